//! Sections that name each other: each name has to be there.

use std::sync::Arc;

use conf::{Complaint, Reader, SectionReader};
use signalling::config::Config;

use super::parts;

/// Says which names lead nowhere.
pub(super) fn check(reader: &Reader<'_>, sip: &Config) {
    let auths: Vec<Arc<str>> = sip.auths.iter().map(|it| it.name.clone()).collect();
    let aors: Vec<Arc<str>> = sip.aors.iter().map(|it| it.name.clone()).collect();
    let transports: Vec<Arc<str>> = sip.transports.iter().map(|it| it.name.clone()).collect();
    let endpoints: Vec<Arc<str>> = sip.endpoints.iter().map(|it| it.name.clone()).collect();
    for section in reader.sections() {
        match section.get("type") {
            Some("endpoint") => {
                complain(&section, "auth", "auth", &auths);
                complain(&section, "outbound_auth", "auth", &auths);
                complain(&section, "aors", "aor", &aors);
                complain(&section, "transport", "transport", &transports);
            }
            Some("registration") => {
                complain(&section, "outbound_auth", "auth", &auths);
                complain(&section, "transport", "transport", &transports);
                complain(&section, "endpoint", "endpoint", &endpoints);
            }
            Some("identify") => complain(&section, "endpoint", "endpoint", &endpoints),
            Some(_) | None => {}
        }
    }
}

/// Takes out of the objects the names that lead nowhere.
pub(super) fn drop_dangling(sip: &mut Config) {
    let Config { auths, aors, transports, endpoints, identifies, registrations, .. } = sip;
    let is_auth = |name: &Arc<str>| auths.iter().any(|it| it.name == *name);
    let is_transport = |name: &Arc<str>| transports.iter().any(|it| it.name == *name);
    for endpoint in endpoints.iter_mut() {
        // Credentials that lead nowhere stay: an endpoint does not become open because of a slip.
        endpoint.outbound_auths.retain(is_auth);
        endpoint.aors.retain(|name| aors.iter().any(|it| it.name == *name));
        endpoint.transport = endpoint.transport.take().filter(is_transport);
    }
    identifies.retain(|identify| endpoints.iter().any(|it| it.name == identify.endpoint));
    for registration in registrations.iter_mut() {
        registration.outbound_auths.retain(is_auth);
        registration.transport = registration.transport.take().filter(is_transport);
    }
}

fn complain(section: &SectionReader<'_, '_>, key: &str, kind: &str, known: &[Arc<str>]) {
    for (name, span) in section.entry(key).into_iter().flat_map(parts) {
        if known.iter().any(|known| &**known == name) {
            continue;
        }
        let text = format!("there is no usable `type = {kind}` section [{name}]");
        let help = match conf::suggest(name, known.iter().map(|known| &**known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write a section [{name}] with `type = {kind}`"),
        };
        section.complain(Complaint::error(span, text).with_help(help));
    }
}
