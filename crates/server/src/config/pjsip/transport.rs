//! `type=transport`.

use std::net::{IpAddr, SocketAddr};

use conf::{Complaint, Entry, SectionReader};
use signalling::config::{Protocol, Transport};

use super::options;

/// SIP's port (RFC 3261 §19.1.2).
const DEFAULT_PORT: u16 = 5060;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<Transport> {
    let name = section.name();
    let protocol = match section.get("protocol").unwrap_or("udp").to_ascii_lowercase().as_str() {
        "udp" => Protocol::Udp,
        "tcp" => Protocol::Tcp,
        other => {
            let text = format!("`protocol = {other}` is not supported yet; [{name}] does not listen");
            section.refuse(&text, Some("write `udp` or `tcp`"));
            return None;
        }
    };
    let Some(entry) = section.entry("bind") else {
        let text = format!("[{name}] has no `bind`; it does not listen");
        section.complain(
            Complaint::error(section.span(), text).with_help("write `bind = 127.0.0.1:5060` below it"),
        );
        return None;
    };
    let Some(bind) = socket_address(&entry.value) else {
        let text = format!("`{}` is no address; [{name}] does not listen", entry.value);
        let help = "write an IP address of this machine and a port, such as `192.0.2.1:5060`";
        section.complain(Complaint::error(entry.value_span, text).with_help(help));
        return None;
    };
    let transport = Transport {
        name: name.into(),
        protocol,
        bind,
        external_signaling_address: address(section, "external_signaling_address"),
        external_signaling_port: section
            .entry("external_signaling_port")
            .map(|_| section.number("external_signaling_port", 1..=u16::MAX, DEFAULT_PORT)),
        external_media_address: address(section, "external_media_address"),
        local_nets: Vec::new(),
        symmetric: false,
    };
    super::super::passive::apply(section, options::TRANSPORT);
    Some(transport)
}

/// An address with or without a port.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    text.parse().ok().or_else(|| Some(SocketAddr::new(bare()?, DEFAULT_PORT)))
}

/// The IP address under a key.
pub(super) fn address(section: &SectionReader<'_, '_>, key: &str) -> Option<IpAddr> {
    let entry: &Entry = section.entry(key)?;
    let parsed = entry.value.trim_start_matches('[').trim_end_matches(']').parse().ok();
    if parsed.is_none() {
        let text = format!("`{}` is no IP address; `{key}` was ignored", entry.value);
        section.complain(
            Complaint::error(entry.value_span, text)
                .with_help("names are not looked up: write an IP address"),
        );
    }
    parsed
}
