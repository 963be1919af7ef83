//! `type=endpoint`.

use conf::{Complaint, SectionReader};
use signalling::config::{DtmfMode, Endpoint, Identity, MediaOptions};

use super::{codecs, names, options, transport};

/// Asterisk's context where none is named.
const DEFAULT_CONTEXT: &str = "default";

pub(super) fn read(section: &SectionReader<'_, '_>) -> Endpoint {
    let text = |key: &str| section.get(key).filter(|value| !value.is_empty()).map(str::to_owned);
    let endpoint = Endpoint {
        name: section.name().into(),
        context: text("context").unwrap_or_else(|| DEFAULT_CONTEXT.to_owned()),
        codecs: codecs::read(section),
        auths: names(section, "auth"),
        outbound_auths: names(section, "outbound_auth"),
        aors: names(section, "aors"),
        transport: text("transport").map(Into::into),
        identity: Identity {
            caller_id: text("callerid").map(|value| call::Party::parse(&value)),
            from_user: text("from_user"),
            from_domain: text("from_domain"),
            ..Identity::default()
        },
        dtmf_mode: dtmf_mode(section),
        force_rport: section.boolean("force_rport", true),
        rewrite_contact: section.boolean("rewrite_contact", false),
        media: MediaOptions {
            symmetric: section.boolean("rtp_symmetric", false),
            address: transport::address(section, "media_address"),
        },
        language: text("language").unwrap_or_else(|| "en".to_owned()),
        account_code: text("accountcode").unwrap_or_default(),
        variables: variables(section),
        ..Endpoint::default()
    };
    super::super::passive::apply(section, options::ENDPOINT);
    endpoint
}

fn dtmf_mode(section: &SectionReader<'_, '_>) -> DtmfMode {
    let Some(entry) = section.entry("dtmf_mode") else { return DtmfMode::Rfc4733 };
    match entry.value.to_ascii_lowercase().as_str() {
        "rfc4733" | "rfc2833" => DtmfMode::Rfc4733,
        "info" => DtmfMode::Info,
        "inband" => DtmfMode::Inband,
        "auto" | "auto_info" => DtmfMode::Auto,
        other => {
            let text = format!("`{other}` is no way to send digits; rfc4733 was assumed");
            let help = "write `rfc4733`, `info`, `inband` or `auto`";
            section.complain(Complaint::error(entry.value_span, text).with_help(help));
            DtmfMode::Rfc4733
        }
    }
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
