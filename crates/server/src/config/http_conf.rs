//! `http.conf`: where the HTTP server listens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use conf::{Complaint, Reader};

use super::passive::{self, NO, Passive, fine, harmless, unsupported};
use super::{Files, Report};

const NAME: &str = "http.conf";
/// Asterisk's port.
const DEFAULT_PORT: u16 = 8088;
/// Most connections at once, where the file does not say.
const DEFAULT_SESSIONS: u32 = 1_000;

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Whether it listens at all.
    pub enabled: bool,
    /// Where: more than one where `bindaddr = localhost`.
    pub addresses: Vec<SocketAddr>,
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
            prefix: String::new(),
            server_name: ari::NAME.to_owned(),
            session_limit: DEFAULT_SESSIONS,
        }
    }
}

const PASSIVE: &[Passive] = &[
    harmless("session_inactivity"),
    harmless("session_keep_alive"),
    fine("enablestatic", NO, "serve files with a web server beside it"),
    fine("enable_static", NO, "serve files with a web server beside it"),
    fine("enable_status", NO, "ask `/healthz` and `/readyz` instead"),
    unsupported("redirect"),
    fine("tlsenable", NO, "put a reverse proxy in front of it"),
    harmless("tlsbindaddr"),
    harmless("tlscertfile"),
    harmless("tlsprivatekey"),
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

/// `localhost` is both of its addresses, so that a client finds one whichever it tries first.
fn hosts(text: &str) -> Option<Vec<IpAddr>> {
    if text.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().map(|host| vec![host])
}
