//! `type=endpoint`.

mod identity;
mod session;
mod subscriptions;

use conf::{Complaint, SectionReader};
use signalling::config::{DtmfMode, Endpoint, Identifier, MediaOptions};

use super::words::{address, choice, names, parts, text};
use super::{acl, codecs, global};

/// Asterisk's context where none is named.
const DEFAULT_CONTEXT: &str = "default";

pub(super) fn read(section: &SectionReader<'_, '_>, lists: &acl::Lists) -> Endpoint {
    let text = |key: &str| text(section, key);
    Endpoint {
        name: section.name().into(),
        context: text("context").unwrap_or_else(|| DEFAULT_CONTEXT.to_owned()),
        codecs: codecs::read(section),
        identify_by: identify_by(section),
        auths: names(section, "auth"),
        outbound_auths: names(section, "outbound_auth"),
        aors: names(section, "aors"),
        transport: text("transport").map(Into::into),
        dtmf_mode: dtmf_mode(section),
        force_rport: section.boolean("force_rport", true),
        rewrite_contact: section.boolean("rewrite_contact", false),
        outbound_proxy: text("outbound_proxy"),
        identity: identity::read(section),
        session: session::read(section),
        media: media(section),
        subscriptions: subscriptions::read(section),
        language: text("language").unwrap_or_else(|| "en".to_owned()),
        account_code: text("accountcode").unwrap_or_default(),
        variables: variables(section),
        acl: acl::read(section, lists, acl::SOURCE),
        contact_acl: acl::read(section, lists, acl::CONTACT),
        ..Endpoint::default()
    }
}

fn identify_by(section: &SectionReader<'_, '_>) -> Vec<Identifier> {
    section.entry("identify_by").map(|entry| global::identifiers(section, entry)).unwrap_or_default()
}

fn media(section: &SectionReader<'_, '_>) -> MediaOptions {
    MediaOptions {
        symmetric: section.boolean("rtp_symmetric", false),
        address: address(section, "media_address"),
    }
}

fn dtmf_mode(section: &SectionReader<'_, '_>) -> DtmfMode {
    let modes = [
        ("rfc4733", DtmfMode::Rfc4733),
        ("rfc2833", DtmfMode::Rfc4733),
        ("info", DtmfMode::Info),
        ("inband", DtmfMode::Inband),
        ("auto", DtmfMode::Auto),
        ("auto_info", DtmfMode::Auto),
    ];
    choice(section, "dtmf_mode", &modes, DtmfMode::Rfc4733)
}

fn variables(section: &SectionReader<'_, '_>) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for entry in section.all("set_var") {
        match entry.value.split_once('=') {
            Some((name, value)) => variables.push((name.trim().to_owned(), value.trim().to_owned())),
            None => {
                let text = format!("`{}` sets no variable; it was ignored", entry.value);
                section.complain(
                    Complaint::warning(entry.value_span, text).with_help("write `set_var = NAME=value`"),
                );
            }
        }
    }
    variables
}

/// The mailboxes of a list; `mailbox` alone is one of the context `default`.
pub(super) fn mailboxes(section: &SectionReader<'_, '_>) -> Vec<String> {
    let whole = |name: &str| match name.contains('@') {
        true => name.to_owned(),
        false => format!("{name}@default"),
    };
    section.entry("mailboxes").into_iter().flat_map(parts).map(|(name, _)| whole(name)).collect()
}
