//! `type=transport`.

use std::net::{IpAddr, SocketAddr};

use conf::{Complaint, SectionReader};
use signalling::config::{Protocol, Transport};

use super::words::{address, networks, unbracketed};

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
    let external_port = section.number("external_signaling_port", 0..=u16::MAX, 0);
    Some(Transport {
        name: name.into(),
        protocol,
        bind,
        external_signaling_address: address(section, "external_signaling_address"),
        external_signaling_port: (external_port > 0).then_some(external_port),
        external_media_address: address(section, "external_media_address"),
        local_nets: networks(section, "local_net"),
        symmetric: section.boolean("symmetric_transport", false),
    })
}

/// An address with or without a port.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let bare = || unbracketed(text).parse::<IpAddr>().ok();
    text.parse().ok().or_else(|| Some(SocketAddr::new(bare()?, DEFAULT_PORT)))
}
