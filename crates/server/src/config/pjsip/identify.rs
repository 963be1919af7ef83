//! `type=identify`.

use conf::{Complaint, SectionReader};
use signalling::config::{Identify, Matching};

use super::words::{networks, text};

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Identify> {
    let name = section.name();
    let matches = networks(section, "match");
    let match_header = header(section);
    let match_request_uri = text(section, "match_request_uri").map(|value| matching(&value));
    let Some(endpoint) = text(section, "endpoint") else {
        let text = format!("[{name}] names no endpoint; it was ignored");
        section.complain(Complaint::error(section.span(), text).with_help("write `endpoint = …` below it"));
        return None;
    };
    if matches.is_empty() && match_header.is_none() && match_request_uri.is_none() {
        let text = format!("[{name}] matches nothing; it was ignored");
        section
            .complain(Complaint::error(section.span(), text).with_help("write `match = 192.0.2.1` below it"));
        return None;
    }
    Some(Identify { name: name.into(), endpoint: endpoint.into(), matches, match_header, match_request_uri })
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
