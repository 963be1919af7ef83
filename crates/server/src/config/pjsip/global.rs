//! `type=global`.

use conf::{Complaint, SectionReader};
use signalling::config::{Config, Identifier};

use super::{options, parts};

/// Asterisk's order.
pub(super) const DEFAULT_ORDER: [Identifier; 3] =
    [Identifier::Ip, Identifier::Username, Identifier::Anonymous];

pub(super) fn read(section: &SectionReader<'_, '_>, sip: &mut Config) {
    if let Some(user_agent) = section.get("user_agent") {
        sip.user_agent = user_agent.to_owned();
    }
    if let Some(realm) = section.get("default_realm") {
        sip.realm = realm.to_owned();
    }
    if let Some(entry) = section.entry("endpoint_identifier_order") {
        let mut order = Vec::new();
        for (part, span) in parts(entry) {
            match part.to_ascii_lowercase().as_str() {
                "ip" => order.push(Identifier::Ip),
                "username" => order.push(Identifier::Username),
                "auth_username" => order.push(Identifier::AuthUsername),
                "anonymous" => order.push(Identifier::Anonymous),
                other => {
                    let text = format!("callers are not told apart by `{other}`; it was left out");
                    let help = "write some of `ip,username,auth_username,anonymous`";
                    section.complain(Complaint::warning(span, text).with_help(help));
                }
            }
        }
        if !order.is_empty() {
            sip.identifier_order = order;
        }
    }
    super::super::passive::apply(section, options::GLOBAL);
}
