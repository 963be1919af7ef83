//! Values of one option: a word out of a few, seconds, addresses, networks.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use conf::{Complaint, Entry, SectionReader, Span};

/// The parts of a list with commas, each with its place.
pub(super) fn parts(entry: &Entry) -> impl Iterator<Item = (&str, Span)> {
    let value = entry.value.as_str();
    value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(move |part| {
        let from = part.as_ptr() as usize - value.as_ptr() as usize;
        (part, entry.value_span.part(from, from + part.len()))
    })
}

/// The names in a list with commas.
pub(super) fn names(section: &SectionReader<'_, '_>, key: &str) -> Vec<Arc<str>> {
    section.entry(key).into_iter().flat_map(parts).map(|(part, _)| part.into()).collect()
}

/// The text under a key, where there is any.
pub(super) fn text(section: &SectionReader<'_, '_>, key: &str) -> Option<String> {
    section.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// One of a few words, case ignored. Another is complained about, and `default` holds.
pub(super) fn choice<T: Copy>(
    section: &SectionReader<'_, '_>,
    key: &str,
    words: &[(&str, T)],
    default: T,
) -> T {
    let Some(entry) = section.entry(key) else { return default };
    match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&entry.value)) {
        Some((_, value)) => *value,
        None => {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let text = format!("`{}` is nothing that `{key}` can be; it was ignored", entry.value);
            let help = match conf::suggest(&entry.value, words.iter().map(|(word, _)| *word)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write one of {}", known.join(", ")),
            };
            section.complain(Complaint::error(entry.value_span, text).with_help(help));
            default
        }
    }
}

/// Yes, no, or one of a few words more.
pub(super) fn boolean_or<T: Copy>(
    section: &SectionReader<'_, '_>,
    key: &str,
    (no, yes): (T, T),
    words: &[(&str, T)],
    default: T,
) -> T {
    match section.entry(key).and_then(|entry| conf::boolean(&entry.value)) {
        Some(true) => yes,
        Some(false) => no,
        None => {
            let all: Vec<(&str, T)> =
                [("no", no), ("yes", yes)].into_iter().chain(words.iter().copied()).collect();
            choice(section, key, &all, default)
        }
    }
}

/// Seconds with or without a fraction, up to `most`.
pub(super) fn seconds(section: &SectionReader<'_, '_>, key: &str, most: u32, default: Duration) -> Duration {
    let Some(entry) = section.entry(key) else { return default };
    match entry.value.parse::<f64>() {
        Ok(seconds) if (0.0..=f64::from(most)).contains(&seconds) => Duration::from_secs_f64(seconds),
        Ok(_) | Err(_) => {
            let text = format!("`{}` is not a number of seconds from 0 to {most}", entry.value);
            let help = format!("`{key} = {}` was assumed", default.as_secs_f64());
            section.complain(Complaint::error(entry.value_span, text).with_help(help));
            default
        }
    }
}

/// Whole seconds or milliseconds as a duration.
pub(super) fn whole(
    section: &SectionReader<'_, '_>,
    key: &str,
    range: std::ops::RangeInclusive<u32>,
    default: u32,
    unit: fn(u64) -> Duration,
) -> Duration {
    unit(u64::from(section.number(key, range, default)))
}

/// The IP address under a key.
pub(super) fn address(section: &SectionReader<'_, '_>, key: &str) -> Option<IpAddr> {
    let entry = section.entry(key).filter(|entry| !entry.value.is_empty())?;
    let parsed = unbracketed(&entry.value).parse().ok();
    if parsed.is_none() {
        let text = format!("`{}` is no IP address; `{key}` was ignored", entry.value);
        section.complain(
            Complaint::error(entry.value_span, text)
                .with_help("names are not looked up: write an IP address"),
        );
    }
    parsed
}

/// The networks under all lines of a key.
pub(super) fn networks(section: &SectionReader<'_, '_>, key: &str) -> Vec<(IpAddr, u8)> {
    let mut networks = Vec::new();
    for (part, span) in section.all(key).into_iter().flat_map(parts) {
        match network(part) {
            Some(network) => networks.push(network),
            None => {
                let text = format!("`{part}` is no network; it was left out");
                let help = "names are not looked up: write an address such as `192.0.2.1` or `192.0.2.0/24`";
                section.complain(Complaint::error(span, text).with_help(help));
            }
        }
    }
    networks
}

/// `address`, `address/length` or `address/mask`.
pub(super) fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = unbracketed(address).parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => longest,
        Some(length) => {
            length.parse::<u8>().ok().or_else(|| mask(length)).filter(|length| *length <= longest)?
        }
    };
    Some((address, length))
}

/// An IPv6 address without its brackets.
pub(super) fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

fn mask(text: &str) -> Option<u8> {
    let bits = u32::from(text.parse::<Ipv4Addr>().ok()?);
    let length = bits.leading_ones();
    (bits.count_ones() == length).then_some(length as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_with_a_length_or_a_mask() {
        let v4 = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network("192.0.2.1"), Some((v4("192.0.2.1"), 32)));
        assert_eq!(network("192.0.2.0/24"), Some((v4("192.0.2.0"), 24)));
        assert_eq!(network("192.0.2.0/255.255.255.0"), Some((v4("192.0.2.0"), 24)));
        assert_eq!(network("[2001:db8::]/32"), Some((v4("2001:db8::"), 32)));
        assert_eq!(network("192.0.2.0/255.0.255.0"), None);
        assert_eq!(network("192.0.2.0/33"), None);
        assert_eq!(network("sip.example.com"), None);
    }
}
