//! `type=aor`.

use conf::SectionReader;
use signalling::config::Aor;

use super::endpoint::mailboxes;
use super::words::{parts, seconds, text};

/// A year: no registration is longer.
const LONGEST: u32 = 365 * 24 * 3_600;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Aor {
    let default = Aor::default();
    let flag = |key: &str| section.boolean(key, false);
    let time = |key: &str, default: u32| section.number(key, 1..=LONGEST, default);
    Aor {
        name: section.name().into(),
        contacts: section.all("contact").into_iter().flat_map(parts).map(|(uri, _)| uri.to_owned()).collect(),
        max_contacts: section.number("max_contacts", 0..=1_000, 0),
        remove_existing: flag("remove_existing"),
        minimum_expiration: time("minimum_expiration", default.minimum_expiration),
        maximum_expiration: time("maximum_expiration", default.maximum_expiration),
        default_expiration: time("default_expiration", default.default_expiration),
        qualify_frequency: section.number("qualify_frequency", 0..=LONGEST, 0),
        qualify_timeout: seconds(section, "qualify_timeout", LONGEST, default.qualify_timeout),
        qualify_2xx_only: flag("qualify_2xx_only"),
        authenticate_qualify: flag("authenticate_qualify"),
        remove_unavailable: flag("remove_unavailable"),
        outbound_proxy: text(section, "outbound_proxy"),
        support_path: flag("support_path"),
        mailboxes: mailboxes(section),
        voicemail_extension: text(section, "voicemail_extension"),
    }
}
