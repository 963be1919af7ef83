//! `type=identify`.

use std::net::{IpAddr, Ipv4Addr};

use conf::{Complaint, SectionReader};
use signalling::config::Identify;

use super::{options, parts};

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Identify> {
    let name = section.name();
    let mut matches = Vec::new();
    for (part, span) in section.all("match").into_iter().flat_map(parts) {
        match network(part) {
            Some(network) => matches.push(network),
            None => {
                let text = format!("`{part}` is no network; it was left out");
                let help = "names are not looked up: write an address such as `192.0.2.1` or `192.0.2.0/24`";
                section.complain(Complaint::error(span, text).with_help(help));
            }
        }
    }
    super::super::passive::apply(section, options::IDENTIFY);
    let Some(endpoint) = section.get("endpoint") else {
        let text = format!("[{name}] names no endpoint; it was ignored");
        section.complain(Complaint::error(section.span(), text).with_help("write `endpoint = …` below it"));
        return None;
    };
    if matches.is_empty() {
        let text = format!("[{name}] matches no address; it was ignored");
        section
            .complain(Complaint::error(section.span(), text).with_help("write `match = 192.0.2.1` below it"));
        return None;
    }
    Some(Identify {
        name: name.into(),
        endpoint: endpoint.into(),
        matches,
        match_header: None,
        match_request_uri: None,
    })
}

/// `address`, `address/length` or `address/mask`.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => longest,
        Some(length) => {
            length.parse::<u8>().ok().or_else(|| mask(length)).filter(|length| *length <= longest)?
        }
    };
    Some((address, length))
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
