//! `type=global` and `type=system`.

use std::time::Duration;

use conf::{Complaint, Entry, SectionReader};
use signalling::config::{Config, Identifier};

use super::auth;
use super::words::{parts, text, whole};

/// Asterisk's order.
pub(super) const DEFAULT_ORDER: [Identifier; 3] =
    [Identifier::Ip, Identifier::Username, Identifier::Anonymous];
/// A day, seconds.
const LONGEST: u32 = 86_400;
/// What Asterisk allows of `timer_t1`, milliseconds, and a bound above.
const T1: std::ops::RangeInclusive<u32> = 100..=60_000;

const WORDS: &[(&str, Identifier)] = &[
    ("ip", Identifier::Ip),
    ("username", Identifier::Username),
    ("auth_username", Identifier::AuthUsername),
    ("header", Identifier::Header),
    ("request_uri", Identifier::RequestUri),
    ("anonymous", Identifier::Anonymous),
];

pub(super) fn global(section: &SectionReader<'_, '_>, sip: &mut Config) {
    if let Some(user_agent) = section.get("user_agent") {
        sip.user_agent = user_agent.to_owned();
    }
    if let Some(realm) = text(section, "default_realm") {
        sip.realm = realm;
    }
    if let Some(entry) = section.entry("endpoint_identifier_order") {
        let order = identifiers(section, entry);
        if !order.is_empty() {
            sip.identifier_order = order;
        }
    }
    sip.algorithms = auth::usual_algorithms(section);
    let global = &mut sip.global;
    let flag = |key: &str, default: bool| section.boolean(key, default);
    let seconds = |key: &str, default: Duration| {
        whole(
            section,
            key,
            0..=LONGEST,
            u32::try_from(default.as_secs()).unwrap_or(LONGEST),
            Duration::from_secs,
        )
    };
    global.max_forwards = section.number("max_forwards", 1..=255, global.max_forwards);
    global.default_from_user =
        text(section, "default_from_user").unwrap_or_else(|| global.default_from_user.clone());
    global.keep_alive_interval = seconds("keep_alive_interval", global.keep_alive_interval);
    global.unidentified_count =
        section.number("unidentified_request_count", 0..=u32::MAX, global.unidentified_count);
    global.unidentified_period = seconds("unidentified_request_period", global.unidentified_period);
    global.disable_multi_domain = flag("disable_multi_domain", global.disable_multi_domain);
    global.max_initial_qualify_time = seconds("max_initial_qualify_time", global.max_initial_qualify_time);
    global.norefersub = flag("norefersub", global.norefersub);
    global.mwi_disable_initial_unsolicited =
        flag("mwi_disable_initial_unsolicited", global.mwi_disable_initial_unsolicited);
    global.default_voicemail_extension = text(section, "default_voicemail_extension");
}

pub(super) fn system(section: &SectionReader<'_, '_>, sip: &mut Config) {
    let global = &mut sip.global;
    let milliseconds = |key: &str, range, default: Duration| {
        whole(
            section,
            key,
            range,
            u32::try_from(default.as_millis()).unwrap_or(u32::MAX),
            Duration::from_millis,
        )
    };
    global.timer_t1 = milliseconds("timer_t1", T1, global.timer_t1);
    global.timer_b = milliseconds("timer_b", 6_400..=3_840_000, global.timer_b);
    global.compact_headers = section.boolean("compact_headers", global.compact_headers);
}

/// Ways to tell a caller, in the order of the list.
pub(super) fn identifiers(section: &SectionReader<'_, '_>, entry: &Entry) -> Vec<Identifier> {
    let mut order = Vec::new();
    for (part, span) in parts(entry) {
        match WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(part)) {
            Some((_, by)) if order.contains(by) => {}
            Some((_, by)) => order.push(*by),
            None => {
                let text = format!("callers are not told apart by `{part}`; it was left out");
                let help = "write some of `ip,username,auth_username,header,request_uri,anonymous`";
                section.complain(Complaint::warning(span, text).with_help(help));
            }
        }
    }
    order
}
