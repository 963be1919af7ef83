//! `type=identify`.

use std::net::IpAddr;

use conf::{Complaint, SectionReader};
use signalling::config::{Identify, Matching};

use super::words::{network, parts, text};

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Identify> {
    let name = section.name();
    let (matches, hosts) = matches(section);
    let match_header = header(section);
    let match_request_uri = text(section, "match_request_uri").map(|value| matching(&value));
    let Some(endpoint) = text(section, "endpoint") else {
        let text = format!("[{name}] names no endpoint; it was ignored");
        section.complain(Complaint::error(section.span(), text).with_help("write `endpoint = …` below it"));
        return None;
    };
    if matches.is_empty() && hosts.is_empty() && match_header.is_none() && match_request_uri.is_none() {
        let text = format!("[{name}] matches nothing; it was ignored");
        section
            .complain(Complaint::error(section.span(), text).with_help("write `match = 192.0.2.1` below it"));
        return None;
    }
    Some(Identify {
        name: name.into(),
        endpoint: endpoint.into(),
        matches,
        hosts,
        match_header,
        match_request_uri,
    })
}

/// Networks and host names of all `match` lines.
fn matches(section: &SectionReader<'_, '_>) -> (Vec<(IpAddr, u8)>, Vec<String>) {
    let (mut networks, mut hosts) = (Vec::new(), Vec::new());
    for (part, span) in section.all("match").into_iter().flat_map(parts) {
        match network(part) {
            Some(network) => networks.push(network),
            None if is_host(part) => hosts.push(part.to_owned()),
            None => {
                let text = format!("`{part}` is neither a network nor a host name; it was left out");
                let help = "write an address such as `192.0.2.1` or `192.0.2.0/24`";
                section.complain(Complaint::error(span, text).with_help(help));
            }
        }
    }
    (networks, hosts)
}

/// Letters, digits, dots and hyphens, and no address that was meant otherwise.
fn is_host(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    text.bytes().all(allowed) && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// `Name: value`.
fn header(section: &SectionReader<'_, '_>) -> Option<(String, Matching)> {
    let entry = section.entry("match_header").filter(|entry| !entry.value.is_empty())?;
    let Some((name, value)) = entry.value.split_once(':') else {
        let text = format!("`{}` is no header and value; it was left out", entry.value);
        section.complain(
            Complaint::error(entry.value_span, text).with_help("write `match_header = X-Name: value`"),
        );
        return None;
    };
    Some((name.trim().to_owned(), matching(value.trim())))
}

/// A text between slashes is a regular expression.
fn matching(value: &str) -> Matching {
    match value.strip_prefix('/').and_then(|value| value.strip_suffix('/')) {
        Some(pattern) => Matching::Pattern(pattern.to_owned()),
        None => Matching::Exactly(value.to_owned()),
    }
}
