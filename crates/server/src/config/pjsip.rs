//! `pjsip.conf`: what the SIP user agent is configured with.

mod aor;
mod auth;
mod codecs;
mod endpoint;
mod global;
mod identify;
mod options;
mod references;
mod transport;

use std::sync::Arc;

use conf::{Complaint, Reader, SectionReader};
use signalling::config::Config;

use super::{Files, Report};

const NAME: &str = "pjsip.conf";
/// Name of the endpoint that unknown callers are taken for.
const ANONYMOUS: &str = "anonymous";

/// Types that Asterisk knows and this version does not.
const UNSUPPORTED_TYPES: &[&str] = &[
    "registration",
    "acl",
    "domain_alias",
    "contact",
    "resource_list",
    "subscription_persistence",
    "phoneprov",
    "mwi",
    "outbound-publish",
    "inbound-publication",
    "asterisk-publication",
    "publication_client",
    "ips",
    "security",
    "geolocation",
];

pub(super) fn read(files: &mut Files, report: &mut Report) -> Config {
    let mut sip = Config {
        user_agent: format!("Strowger {}", env!("CARGO_PKG_VERSION")),
        realm: "asterisk".to_owned(),
        identifier_order: global::DEFAULT_ORDER.to_vec(),
        ..Config::default()
    };
    let Some(config) = files.parse(NAME) else { return sip };
    let reader = Reader::new(&config);
    for section in reader.sections() {
        read_section(&section, &mut sip);
    }
    references::check(&reader, &mut sip);
    sip.anonymous = sip.endpoints.iter().map(|it| &it.name).find(|name| &***name == ANONYMOUS).cloned();
    report.read(NAME, &config, reader.finish());
    sip
}

fn read_section(section: &SectionReader<'_, '_>, sip: &mut Config) {
    let name: Arc<str> = section.name().into();
    let Some(entry) = section.entry("type") else {
        let text = format!("[{name}] has no `type`; it was ignored");
        section.refuse(
            &text,
            Some("write `type = endpoint`, `auth`, `aor`, `identify` or `transport` below it"),
        );
        return;
    };
    match entry.value.to_ascii_lowercase().as_str() {
        "transport" => add(section, &mut sip.transports, transport::read(section), |it| &it.name),
        "endpoint" => add(section, &mut sip.endpoints, Some(endpoint::read(section)), |it| &it.name),
        "auth" => add(section, &mut sip.auths, auth::read(section), |it| &it.name),
        "aor" => add(section, &mut sip.aors, Some(aor::read(section)), |it| &it.name),
        "identify" => add(section, &mut sip.identifies, identify::read(section), |it| &it.name),
        "global" => global::read(section, sip),
        "system" => super::passive::apply(section, options::SYSTEM),
        known if UNSUPPORTED_TYPES.contains(&known) => {
            section.refuse(&format!("`type = {known}` is not supported yet; [{name}] was ignored"), None);
        }
        unknown => {
            let known = ["transport", "endpoint", "auth", "aor", "identify", "global", "system"];
            let near = conf::suggest(unknown, known.into_iter().chain(UNSUPPORTED_TYPES.iter().copied()));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            section.refuse(&format!("`{unknown}` is no type; [{name}] was ignored"), help.as_deref());
        }
    }
}

/// Takes an object in; a second of the same name and type gives way to the first.
fn add<T>(section: &SectionReader<'_, '_>, all: &mut Vec<T>, new: Option<T>, name: fn(&T) -> &Arc<str>) {
    let Some(new) = new else { return };
    if all.iter().any(|there| name(there) == name(&new)) {
        let text = format!("a second [{}] of the same type; it was ignored", section.name());
        section.complain(Complaint::warning(section.span(), text).with_help("give it a name of its own"));
    } else {
        all.push(new);
    }
}

/// The parts of a list with commas, each with its place.
fn parts(entry: &conf::Entry) -> impl Iterator<Item = (&str, conf::Span)> {
    let value = entry.value.as_str();
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(move |part| {
        let from = part.as_ptr() as usize - value.as_ptr() as usize;
        (part, entry.value_span.part(from, from + part.len()))
    })
}

/// The names in a list with commas.
fn names(section: &SectionReader<'_, '_>, key: &str) -> Vec<Arc<str>> {
    section.entry(key).into_iter().flat_map(parts).map(|(part, _)| part.into()).collect()
}
