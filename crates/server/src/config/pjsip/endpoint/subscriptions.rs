//! What an endpoint may subscribe to and is told.

use conf::SectionReader;
use signalling::config::Subscriptions;

use super::super::words::text;
use super::mailboxes;

/// A year: no subscription is longer, seconds.
const LONGEST: u32 = 365 * 24 * 3_600;
/// More calls than any device has.
const MOST_CALLS: u32 = 100_000;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Subscriptions {
    let default = Subscriptions::default();
    let text = |key: &str| text(section, key);
    let flag = |key: &str, default: bool| section.boolean(key, default);
    Subscriptions {
        allow_subscribe: flag("allow_subscribe", default.allow_subscribe),
        sub_min_expiry: section.number("sub_min_expiry", 0..=LONGEST, default.sub_min_expiry),
        subscribe_context: text("subscribe_context"),
        message_context: text("message_context"),
        mailboxes: mailboxes(section),
        aggregate_mwi: flag("aggregate_mwi", default.aggregate_mwi),
        mwi_subscribe_replaces_unsolicited: flag(
            "mwi_subscribe_replaces_unsolicited",
            default.mwi_subscribe_replaces_unsolicited,
        ),
        mwi_from_user: text("mwi_from_user"),
        voicemail_extension: text("voicemail_extension"),
        device_state_busy_at: section.number("device_state_busy_at", 0..=MOST_CALLS, 0),
        notify_early_inuse_ringing: flag("notify_early_inuse_ringing", default.notify_early_inuse_ringing),
    }
}
