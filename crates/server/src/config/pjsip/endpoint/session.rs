//! How an endpoint's calls are held.

use conf::SectionReader;
use signalling::config::{InbandProgress, RedirectMethod, Reliable, SessionOptions, SessionTimers};

use super::super::words::{boolean_or, choice, text};

/// RFC 4028 §4: no interval is shorter, seconds.
const SHORTEST: u32 = 90;
/// A day: no session interval is longer, seconds.
const LONGEST: u32 = 86_400;

pub(super) fn read(section: &SectionReader<'_, '_>) -> SessionOptions {
    let default = SessionOptions::default();
    let flag = |key: &str, default: bool| section.boolean(key, default);
    let progress = flag("inband_progress", default.inband_progress == InbandProgress::Yes);
    SessionOptions {
        reliable: boolean_or(
            section,
            "100rel",
            (Reliable::No, Reliable::Yes),
            &[("required", Reliable::Required), ("peer_supported", Reliable::PeerSupported)],
            default.reliable,
        ),
        timers: boolean_or(
            section,
            "timers",
            (SessionTimers::No, SessionTimers::Yes),
            &[
                ("required", SessionTimers::Required),
                ("always", SessionTimers::Always),
                ("forced", SessionTimers::Always),
            ],
            default.timers,
        ),
        timers_min_se: section.number("timers_min_se", SHORTEST..=LONGEST, default.timers_min_se),
        timers_sess_expires: section.number(
            "timers_sess_expires",
            SHORTEST..=LONGEST,
            default.timers_sess_expires,
        ),
        allow_transfer: flag("allow_transfer", default.allow_transfer),
        refer_blind_progress: flag("refer_blind_progress", default.refer_blind_progress),
        redirect_method: redirect_method(section, default.redirect_method),
        moh_passthrough: flag("moh_passthrough", default.moh_passthrough),
        moh_suggest: text(section, "moh_suggest").unwrap_or(default.moh_suggest),
        inband_progress: if progress { InbandProgress::Yes } else { InbandProgress::No },
        follow_early_media_fork: flag("follow_early_media_fork", default.follow_early_media_fork),
        accept_multiple_sdp_answers: flag("accept_multiple_sdp_answers", default.accept_multiple_sdp_answers),
        ignore_183_without_sdp: flag("ignore_183_without_sdp", default.ignore_183_without_sdp),
        suppress_q850_reason_headers: flag(
            "suppress_q850_reason_headers",
            default.suppress_q850_reason_headers,
        ),
        allow_unauthenticated_options: flag(
            "allow_unauthenticated_options",
            default.allow_unauthenticated_options,
        ),
    }
}

fn redirect_method(section: &SectionReader<'_, '_>, default: RedirectMethod) -> RedirectMethod {
    let methods = [
        ("user", RedirectMethod::User),
        ("uri_core", RedirectMethod::UriCore),
        ("uri_pjsip", RedirectMethod::UriPjsip),
    ];
    choice(section, "redirect_method", &methods, default)
}
