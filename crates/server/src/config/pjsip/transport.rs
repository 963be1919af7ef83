//! `type=transport`.

mod tls;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use conf::{Complaint, SectionReader};
use signalling::config::{Protocol, Transport};

use super::words::{address, networks, unbracketed, whole};
use crate::net::{self, Keepalive, SocketOptions};

/// The transport, and what its sockets are set to.
pub(super) fn read(section: &SectionReader<'_, '_>) -> Option<(Transport, SocketOptions)> {
    let name = section.name();
    let word = section.get("protocol").unwrap_or("udp");
    let protocol = Protocol::from_name(word);
    let options = options(section);
    let Some(protocol) = protocol else {
        let text = format!("`protocol = {word}` is not supported; [{name}] does not listen");
        section.refuse(&text, Some("write `udp`, `tcp`, `tls`, `ws` or `wss`"));
        return None;
    };
    let bind = bind(section, protocol)?;
    if protocol == Protocol::Tls
        && let Err(error) = net::tls::server(&options.tls)
    {
        let text = format!("[{name}] has no TLS and does not listen: {error}");
        let help = "write `cert_file` and `priv_key_file` below it, each with the path of a PEM file";
        section.complain(Complaint::error(section.span(), text).with_help(help));
        return None;
    }
    let external_port = section.number("external_signaling_port", 0..=u16::MAX, 0);
    let transport = Transport {
        name: name.into(),
        protocol,
        bind,
        external_signaling_address: address(section, "external_signaling_address"),
        external_signaling_port: (external_port > 0).then_some(external_port),
        external_media_address: address(section, "external_media_address"),
        local_nets: networks(section, "local_net"),
        symmetric: section.boolean("symmetric_transport", false),
    };
    Some((transport, options))
}

fn bind(section: &SectionReader<'_, '_>, protocol: Protocol) -> Option<SocketAddr> {
    let name = section.name();
    let Some(entry) = section.entry("bind") else {
        // The HTTP server listens for WebSockets.
        if matches!(protocol, Protocol::Ws | Protocol::Wss) {
            return Some(SocketAddr::from((Ipv4Addr::UNSPECIFIED, protocol.default_port())));
        }
        let text = format!("[{name}] has no `bind`; it does not listen");
        section.complain(
            Complaint::error(section.span(), text).with_help("write `bind = 127.0.0.1:5060` below it"),
        );
        return None;
    };
    let found = socket_address(&entry.value, protocol);
    if found.is_none() {
        let text = format!("`{}` is no address; [{name}] does not listen", entry.value);
        let help = "write an IP address of this machine and a port, such as `192.0.2.1:5060`";
        section.complain(Complaint::error(entry.value_span, text).with_help(help));
    }
    found
}

fn options(section: &SectionReader<'_, '_>) -> SocketOptions {
    let usual = Keepalive::default();
    let seconds = |key: &str, default: Duration| {
        whole(section, key, 1..=32_767, default.as_secs() as u32, Duration::from_secs)
    };
    let keepalive = Keepalive {
        idle: seconds("tcp_keepalive_idle_time", usual.idle),
        interval: seconds("tcp_keepalive_interval_time", usual.interval),
        probes: section.number("tcp_keepalive_probe_count", 1..=127, usual.probes),
    };
    SocketOptions {
        tls: tls::read(section),
        keepalive: section.boolean("tcp_keepalive_enable", false).then_some(keepalive),
        tos: type_of_service(section),
    }
}

/// A number, or a name of RFC 2474 and its kin, as Asterisk has them.
fn type_of_service(section: &SectionReader<'_, '_>) -> u8 {
    let Some(entry) = section.entry("tos") else { return 0 };
    let text = entry.value.to_ascii_lowercase();
    let digit = |at: usize| text.as_bytes().get(at).map(|b| b.wrapping_sub(b'0'));
    let named = match (text.get(..2), text.len()) {
        (Some("cs"), 3) => digit(2).filter(|class| *class < 8).map(|class| class << 5),
        (Some("af"), 4) => match (digit(2), digit(3)) {
            (Some(class @ 1..=4), Some(drop @ 1..=3)) => Some(class << 5 | drop << 3),
            _ => None,
        },
        (Some("ef"), 2) => Some(0xb8),
        _ if text == "none" || conf::boolean(&text) == Some(false) => Some(0),
        _ => match text.strip_prefix("0x") {
            Some(hex) => u8::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        },
    };
    named.unwrap_or_else(|| {
        let text = format!("`{}` is no type of service; `tos` was ignored", entry.value);
        section.complain(Complaint::error(entry.value_span, text).with_help("write a name such as `cs3`"));
        0
    })
}

/// An address with or without a port.
fn socket_address(text: &str, protocol: Protocol) -> Option<SocketAddr> {
    let bare = || unbracketed(text).parse::<IpAddr>().ok();
    text.parse().ok().or_else(|| Some(SocketAddr::new(bare()?, protocol.default_port())))
}
