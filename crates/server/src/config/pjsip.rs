//! `pjsip.conf`: what the SIP user agent is configured with.

mod acl;
mod aor;
mod auth;
mod codecs;
mod endpoint;
mod global;
mod identify;
mod references;
mod registration;
mod table;
mod transport;
mod wizard;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use conf::{Complaint, Reader, SectionReader};
use signalling::config::Config;

use super::{Files, Report};
use crate::net::SocketOptions;
use words::parts;

const NAME: &str = "pjsip.conf";
/// Name of the endpoint that unknown callers are taken for.
const ANONYMOUS: &str = "anonymous";

/// What the sockets of each transport are set to, by its name.
pub(super) type Sockets = BTreeMap<Arc<str>, SocketOptions>;

pub(super) fn read(files: &mut Files, report: &mut Report) -> (Config, Sockets) {
    let mut sip = Config {
        user_agent: format!("Strowger {}", env!("CARGO_PKG_VERSION")),
        realm: "asterisk".to_owned(),
        identifier_order: global::DEFAULT_ORDER.to_vec(),
        ..Config::default()
    };
    let lists = acl::lists(files, report);
    let mut sockets = Sockets::new();
    let Some(config) = files.parse(NAME) else { return (sip, sockets) };
    let reader = Reader::new(&config);
    for section in reader.sections() {
        read_section(&section, &lists, &mut sip, &mut sockets);
    }
    wizard::read(files, report, &lists, &mut sip);
    references::check(&reader, &sip);
    references::drop_dangling(&mut sip);
    sip.anonymous = sip.endpoints.iter().map(|it| &it.name).find(|name| &***name == ANONYMOUS).cloned();
    report.read(NAME, &config, reader.finish());
    (sip, sockets)
}

fn read_section(
    section: &SectionReader<'_, '_>,
    lists: &acl::Lists,
    sip: &mut Config,
    sockets: &mut Sockets,
) {
    let name = section.name();
    let kind = match section.entry("type") {
        Some(entry) => entry.value.as_str(),
        // These two need no type where they bear its name.
        None if ["global", "system"].contains(&name) => name,
        None => {
            let text = format!("[{name}] has no `type`; it was ignored");
            section.refuse(
                &text,
                Some("write `type = endpoint`, `auth`, `aor`, `identify` or `transport` below it"),
            );
            return;
        }
    };
    let Some(object) = table::object(kind) else {
        let near = conf::suggest(kind, table::OBJECTS.iter().map(|object| object.kind));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        section.refuse(&format!("`{kind}` is no type; [{name}] was ignored"), help.as_deref());
        return;
    };
    read_object(section, object.kind, lists, sip, sockets);
    table::apply(section, object);
}

fn read_object(
    section: &SectionReader<'_, '_>,
    kind: &str,
    lists: &acl::Lists,
    sip: &mut Config,
    sockets: &mut Sockets,
) {
    match kind {
        "transport" => {
            let (transport, options) = transport::read(section).unzip();
            if let (Some(transport), Some(options)) = (&transport, options) {
                sockets.entry(transport.name.clone()).or_insert(options);
            }
            add(section, &mut sip.transports, transport, |it| &it.name);
        }
        "endpoint" => add(section, &mut sip.endpoints, Some(endpoint::read(section, lists)), |it| &it.name),
        "auth" => add(section, &mut sip.auths, auth::read(section), |it| &it.name),
        "aor" => add(section, &mut sip.aors, Some(aor::read(section)), |it| &it.name),
        "identify" => add(section, &mut sip.identifies, identify::read(section), |it| &it.name),
        "registration" => add(section, &mut sip.registrations, registration::read(section), |it| &it.name),
        "global" => global::global(section, sip),
        "system" => global::system(section, sip),
        "acl" => {
            sip.acl.lists.extend(acl::read(section, lists, acl::SOURCE).lists);
            sip.contact_acl.lists.extend(acl::read(section, lists, acl::CONTACT).lists);
        }
        // The alias is the name of its section.
        "domain_alias" => sip
            .domain_aliases
            .extend(section.get("domain").map(|domain| (section.name().to_owned(), domain.to_owned()))),
        // The others are refused as a whole.
        _ => {}
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
