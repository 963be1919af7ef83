//! `http.conf`: where the HTTP server listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use conf::{Complaint, Reader, SectionReader};

use super::passive::{self, NO, Passive, fine, harmless, unsupported};
use super::{Files, Report};
use crate::net::{self, Tls};

const NAME: &str = "http.conf";
/// Asterisk's port.
const DEFAULT_PORT: u16 = 8088;
/// Asterisk's port under TLS.
const DEFAULT_TLS_PORT: u16 = 8089;
/// Most connections at once, where the file does not say.
const DEFAULT_SESSIONS: u32 = 1_000;

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Whether it listens at all.
    pub enabled: bool,
    /// Where: more than one where `bindaddr = localhost`.
    pub addresses: Vec<SocketAddr>,
    /// Where it listens under TLS, with which certificate.
    pub tls: Option<(SocketAddr, Tls)>,
    /// What stands before every path, with its `/` in front, or nothing.
    pub prefix: String,
    /// `Server:`.
    pub server_name: String,
    /// Most connections at once.
    pub session_limit: u32,
}

impl Default for Http {
    fn default() -> Http {
        Http {
            enabled: false,
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT))],
            tls: None,
            prefix: String::new(),
            server_name: ari::NAME.to_owned(),
            session_limit: DEFAULT_SESSIONS,
        }
    }
}

impl Http {
    /// Where it listens, with and without TLS.
    pub(super) fn all_addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.addresses.iter().copied().chain(self.tls.iter().map(|(address, _)| *address))
    }
}

const PASSIVE: &[Passive] = &[
    harmless("session_inactivity"),
    harmless("session_keep_alive"),
    fine("enablestatic", NO, "serve files with a web server beside it"),
    fine("enable_static", NO, "serve files with a web server beside it"),
    fine("enable_status", NO, "ask `/healthz` and `/readyz` instead"),
    unsupported("redirect"),
    harmless("tlscipher"),
    harmless("tlsdisablev1"),
    harmless("tlsdisablev11"),
    harmless("tlsdisablev12"),
    harmless("tlsservercipherorder"),
];

pub(super) fn read(files: &mut Files, report: &mut Report) -> Http {
    let Some(config) = files.parse(NAME) else { return Http::default() };
    let reader = Reader::new(&config);
    let mut http = Http::default();
    if let Some(section) = reader.section("general") {
        http.enabled = section.boolean("enabled", false);
        let port = section.number("bindport", 1..=u16::MAX, DEFAULT_PORT);
        if let Some(entry) = section.entry("bindaddr") {
            match hosts(&entry.value) {
                Some(hosts) => {
                    http.addresses = hosts.into_iter().map(|host| SocketAddr::new(host, port)).collect()
                }
                None => {
                    let text = format!("`{}` is no address to listen on", entry.value);
                    let help = "write an IP address of this machine or `localhost`; 127.0.0.1 was assumed";
                    section.complain(Complaint::error(entry.value_span, text).with_help(help));
                    http.addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
                }
            }
        } else {
            http.addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
        }
        http.tls = tls(&section, http.addresses[0].ip());
        let prefix = section.get("prefix").unwrap_or_default().trim_matches('/');
        http.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        if let Some(name) = section.get("servername") {
            http.server_name = name.to_owned();
        }
        http.session_limit = section.number("sessionlimit", 1..=100_000, DEFAULT_SESSIONS);
        passive::apply(&section, PASSIVE);
    }
    if let Some(section) = reader.section("post_mappings") {
        section.refuse("uploads are not supported", Some("leave the section out"));
    }
    report.read(NAME, &config, reader.finish());
    http
}

/// `tlsenable`: the certificate and its key may lie in one file. Without an address that of plain HTTP counts.
fn tls(section: &SectionReader<'_, '_>, plain: IpAddr) -> Option<(SocketAddr, Tls)> {
    let path = |key: &str| section.get(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let (certificate, key) = (path("tlscertfile"), path("tlsprivatekey"));
    let bind = section.entry("tlsbindaddr");
    if !section.boolean("tlsenable", false) {
        return None;
    }
    let address = match bind {
        None => SocketAddr::new(plain, DEFAULT_TLS_PORT),
        Some(entry) => {
            let bare = || hosts(&entry.value).map(|hosts| SocketAddr::new(hosts[0], DEFAULT_TLS_PORT));
            match entry.value.parse().ok().or_else(bare) {
                Some(address) => address,
                None => {
                    let text = format!("`{}` is no address to listen on; there is no TLS", entry.value);
                    let help = "write an IP address of this machine and a port, such as `127.0.0.1:8089`";
                    section.complain(Complaint::error(entry.value_span, text).with_help(help));
                    return None;
                }
            }
        }
    };
    let tls = Tls { cert_file: certificate, priv_key_file: key, ..Tls::default() };
    if let Err(error) = net::tls::server(&tls) {
        let text = format!("there is no HTTP under TLS: {error}");
        let help = "write `tlscertfile` and `tlsprivatekey`, each with the path of a PEM file";
        section.complain(Complaint::error(section.span(), text).with_help(help));
        return None;
    }
    Some((address, tls))
}

/// `localhost` is both of its addresses, so that a client finds one whichever it tries first.
fn hosts(text: &str) -> Option<Vec<IpAddr>> {
    if text.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().map(|host| vec![host])
}
