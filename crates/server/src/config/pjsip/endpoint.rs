//! `type=endpoint`.

mod identity;
mod session;
mod subscriptions;

use conf::{Complaint, SectionReader};
use signalling::config::{DtmfMode, Endpoint, Identifier, MediaEncryption, MediaOptions};

use super::words::{address, choice, names, parts, text};
use super::{acl, codecs, global};

/// Longest silence that can be asked for, seconds: a day.
const MOST_SECONDS: u32 = 86_400;
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
        sdp_session: text(section, "sdp_session"),
        sdp_owner: sdp_owner(section),
        encryption: encryption(section),
        encryption_optimistic: section.boolean("media_encryption_optimistic", false),
        srtp_tag_32: section.boolean("srtp_tag_32", false),
        rtcp_mux: section.boolean("rtcp_mux", false),
        asymmetric_codec: section.boolean("asymmetric_rtp_codec", false),
        timeout: section.number("rtp_timeout", 0..=MOST_SECONDS, 0),
        hold_timeout: section.number("rtp_timeout_hold", 0..=MOST_SECONDS, 0),
        keepalive: section.number("rtp_keepalive", 0..=MOST_SECONDS, 0),
    }
}

/// `o=` begins with one word (RFC 8866 §5.2).
fn sdp_owner(section: &SectionReader<'_, '_>) -> Option<String> {
    let entry = section.entry("sdp_owner").filter(|entry| !entry.value.is_empty())?;
    let is_word = !entry.value.contains(char::is_whitespace);
    if !is_word {
        let text = format!("`{}` is more than one word; it was ignored", entry.value);
        section.complain(Complaint::error(entry.value_span, text).with_help("write one word, such as `-`"));
    }
    is_word.then(|| entry.value.clone())
}

/// Where encryption is wished in a way that is not there, SDES is demanded: audio must not go in the clear then.
fn encryption(section: &SectionReader<'_, '_>) -> MediaEncryption {
    let Some(entry) = section.entry("media_encryption") else { return MediaEncryption::No };
    match entry.value.to_ascii_lowercase().as_str() {
        "no" => MediaEncryption::No,
        "sdes" => MediaEncryption::Sdes,
        "dtls" => {
            let text = "DTLS-SRTP is not supported yet; sdes was assumed, so that no audio goes in the clear";
            let help = "write `media_encryption = sdes` and set the telephone to SDES";
            section.complain(Complaint::error(entry.value_span, text).with_help(help));
            MediaEncryption::Sdes
        }
        other => {
            let text = format!(
                "`{other}` is no way to encrypt media; sdes was assumed, so that no audio goes in the clear"
            );
            section.complain(Complaint::error(entry.value_span, text).with_help("write `sdes` or `no`"));
            MediaEncryption::Sdes
        }
    }
}

fn dtmf_mode(section: &SectionReader<'_, '_>) -> DtmfMode {
    let modes = [
        ("rfc4733", DtmfMode::Rfc4733),
        ("rfc2833", DtmfMode::Rfc4733),
        ("info", DtmfMode::Info),
        ("inband", DtmfMode::Inband),
        ("auto", DtmfMode::Auto),
        ("auto_info", DtmfMode::AutoInfo),
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
