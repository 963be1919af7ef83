//! Who an endpoint is shown to be, and who others are shown to be to it.

use conf::{Complaint, SectionReader};
use signalling::config::{ConnectedLineMethod, Identity};

use super::super::words::{choice, text};

/// Asterisk's words for how a caller id is shown and how sure it is.
const PRIVACIES: &[&str] = &[
    "allowed_not_screened",
    "allowed_passed_screen",
    "allowed_failed_screen",
    "allowed",
    "prohib_not_screened",
    "prohib_passed_screen",
    "prohib_failed_screen",
    "prohib",
    "unavailable",
];

pub(super) fn read(section: &SectionReader<'_, '_>) -> Identity {
    let text = |key: &str| text(section, key);
    let default = Identity::default();
    let flag = |key: &str, default: bool| section.boolean(key, default);
    Identity {
        caller_id: text("callerid").map(|value| call::Party::parse(&value)),
        caller_id_privacy: privacy(section),
        caller_id_tag: text("callerid_tag"),
        from_user: text("from_user"),
        from_domain: text("from_domain"),
        contact_user: text("contact_user"),
        trust_inbound: flag("trust_id_inbound", default.trust_inbound),
        trust_outbound: flag("trust_id_outbound", default.trust_outbound),
        send_pai: flag("send_pai", default.send_pai),
        send_rpid: flag("send_rpid", default.send_rpid),
        rpid_immediate: flag("rpid_immediate", default.rpid_immediate),
        send_diversion: flag("send_diversion", default.send_diversion),
        send_connected_line: flag("send_connected_line", default.send_connected_line),
        trust_connected_line: flag("trust_connected_line", default.trust_connected_line),
        connected_line_method: method(section, default.connected_line_method),
        user_eq_phone: flag("user_eq_phone", default.user_eq_phone),
    }
}

fn method(section: &SectionReader<'_, '_>, default: ConnectedLineMethod) -> ConnectedLineMethod {
    let methods = [
        ("invite", ConnectedLineMethod::Invite),
        ("reinvite", ConnectedLineMethod::Invite),
        ("update", ConnectedLineMethod::Update),
    ];
    choice(section, "connected_line_method", &methods, default)
}

fn privacy(section: &SectionReader<'_, '_>) -> Option<String> {
    let entry = section.entry("callerid_privacy").filter(|entry| !entry.value.is_empty())?;
    let word = entry.value.to_ascii_lowercase();
    if PRIVACIES.contains(&word.as_str()) {
        return Some(word);
    }
    let text = format!("`{}` is no presentation; it was ignored", entry.value);
    let help = conf::suggest(&word, PRIVACIES.iter().copied())
        .map_or_else(|| "write `allowed` or `prohib`".to_owned(), |near| format!("did you mean `{near}`?"));
    section.complain(Complaint::error(entry.value_span, text).with_help(help));
    None
}
