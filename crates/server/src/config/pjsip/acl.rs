//! `permit`, `deny` and `acl`: who is let in. Lists with names are in `acl.conf`.

use std::collections::BTreeMap;

use conf::{Complaint, Entry, Reader, SectionReader};
use signalling::config::{Acl, AclRule};

use super::super::{Files, Report};
use super::words::{network, parts};

const NAME: &str = "acl.conf";

/// The options of a list of sources.
pub(super) const SOURCE: [&str; 3] = ["acl", "permit", "deny"];
/// The options of a list of what may stand in Contact.
pub(super) const CONTACT: [&str; 3] = ["contact_acl", "contact_permit", "contact_deny"];

/// The lists of `acl.conf`, by name.
pub(super) type Lists = BTreeMap<String, Vec<AclRule>>;

/// Reads `acl.conf`.
pub(super) fn lists(files: &mut Files, report: &mut Report) -> Lists {
    let mut lists = Lists::new();
    let Some(file) = files.parse(NAME) else { return lists };
    let reader = Reader::new(&file);
    for section in reader.sections() {
        lists.insert(section.name().to_owned(), rules(&section, "permit", "deny"));
    }
    report.read(NAME, &file, reader.finish());
    lists
}

/// The lists that an object names under `acl`, and the one it writes itself.
pub(super) fn read(section: &SectionReader<'_, '_>, lists: &Lists, [acl, permit, deny]: [&str; 3]) -> Acl {
    let mut found = Vec::new();
    for (name, span) in section.all(acl).into_iter().flat_map(parts) {
        match lists.get(name) {
            Some(list) => found.push(list.clone()),
            None => {
                let text = format!("there is no list [{name}] in acl.conf; nobody is let in");
                let help = match conf::suggest(name, lists.keys().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write a section [{name}] with `deny` and `permit` into acl.conf"),
                };
                section.complain(Complaint::error(span, text).with_help(help));
                found.push(nobody());
            }
        }
    }
    let own = rules(section, permit, deny);
    if !own.is_empty() {
        found.push(own);
    }
    Acl { lists: found }
}

/// A list that lets nobody in: an object does not become open because of a slip.
fn nobody() -> Vec<AclRule> {
    let all = |address: &str| network(address).map(|(net, bits)| AclRule { permits: false, net, bits });
    ["0.0.0.0/0", "::/0"].into_iter().filter_map(all).collect()
}

/// The rules of a section in the order of its lines; `!` before a network turns one round.
fn rules(section: &SectionReader<'_, '_>, permit: &str, deny: &str) -> Vec<AclRule> {
    section.know(&[permit, deny]);
    let mut rules = Vec::new();
    let mut is_broken = false;
    let is_rule = |entry: &&Entry| entry.is(permit) || entry.is(deny);
    for entry in section.section().entries().iter().filter(is_rule) {
        for (part, span) in parts(entry) {
            let (text, permits) = match part.strip_prefix('!') {
                Some(text) => (text, !entry.is(permit)),
                None => (part, entry.is(permit)),
            };
            match network(text) {
                Some((net, bits)) => rules.push(AclRule { permits, net, bits }),
                None => {
                    let text = format!("`{part}` is no network; nobody is let in by this list");
                    let help = "write an address such as `192.0.2.1` or `192.0.2.0/24`";
                    section.complain(Complaint::error(span, text).with_help(help));
                    is_broken = true;
                }
            }
        }
    }
    if is_broken { nobody() } else { rules }
}
