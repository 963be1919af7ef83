//! The Via header (RFC 3261 §20.42, RFC 3581).

use crate::error::Error;
use crate::flow::{Flow, Transport};
use crate::header::HeaderName;
use crate::params::Params;
use crate::syntax::is_token;
use crate::text::Text;
use crate::uri::{host_text, split_host_port};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// What branches of RFC 3261 start with (§8.1.1.7).
pub const BRANCH_COOKIE: &str = "z9hG4bK";

/// One Via element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// The transport as written: `UDP`, `TCP`, …
    pub transport: Text,
    /// The host of sent-by, as written.
    pub host: Text,
    /// The port of sent-by, if written.
    pub port: Option<u16>,
    /// `branch`, `rport`, `received` and others.
    pub params: Params,
}

impl Via {
    /// A Via of ours: asks for the response port (RFC 3581).
    pub fn new(transport: Transport, host: &str, port: Option<u16>, branch: &str) -> Via {
        let mut params = Params::default();
        params.set("rport", "");
        params.set("branch", branch);
        Via { transport: Text::from_static(transport.as_str()), host: Text::from(host), port, params }
    }

    /// Reads one element.
    pub fn parse(text: impl Into<Text>) -> Result<Via, Error> {
        let text = text.into();
        Via::parts(&text).ok_or(Error::Header(HeaderName::Via))
    }

    fn parts(text: &Text) -> Option<Via> {
        let (name, rest) = text.trim().split_once('/')?;
        let (version, rest) = rest.split_once('/')?;
        if !name.trim().eq_ignore_ascii_case("SIP") || version.trim() != "2.0" {
            return None;
        }
        let rest = rest.trim_start();
        let (transport, rest) = rest.split_once([' ', '\t'])?;
        if !is_token(transport) {
            return None;
        }
        let (sent_by, params) = rest.split_once(';').unwrap_or((rest, ""));
        // Space is allowed around the colon: "example.com : 5060".
        let sent_by = sent_by.trim();
        let (host, port) = match sent_by.rsplit_once(':').filter(|_| !sent_by.ends_with(']')) {
            Some((host, port)) => split_host_port(host.trim_end())
                .filter(|(_, none)| none.is_none())
                .and_then(|(h, _)| Some((h, Some(port.trim().parse().ok()?))))?,
            None => split_host_port(sent_by)?,
        };
        let params = Params::parse(text.cut(params))?;
        Some(Via { transport: text.cut(transport), host: text.cut(host), port, params })
    }

    /// The branch, if there is one.
    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch").filter(|b| !b.is_empty())
    }

    /// Does the branch promise RFC 3261's uniqueness? A bare cookie does not.
    pub fn has_cookie(&self) -> bool {
        let cookie =
            |b: &str| b.len() > BRANCH_COOKIE.len() && b.as_bytes()[..7].eq_ignore_ascii_case(b"z9hG4bK");
        self.branch().is_some_and(cookie)
    }

    /// Notes where the request came from: `received` where sent-by says another address (§18.2.1), and `rport`
    /// where it was asked for (RFC 3581 §4) or `force_rport` is set.
    pub fn note_source(&mut self, source: SocketAddr, force_rport: bool) {
        let asked = self.params.value("rport").is_some_and(str::is_empty);
        if asked || force_rport {
            self.params.set("rport", &source.port().to_string());
        }
        if asked || force_rport || self.host_ip() != Some(source.ip()) {
            self.params.set("received", &source.ip().to_string());
        }
    }

    /// Where the response to a request with this top Via goes that came over `flow` (§18.2.2, RFC 3581 §4):
    /// back through the connection; for datagrams to the source address, and there to `rport`, else to the port of
    /// sent-by. `maddr` is not followed: nobody uses it but to have us send to third parties.
    pub fn response_flow(&self, flow: Flow) -> Flow {
        match flow.transport {
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => flow,
            Transport::Udp => {
                let rport = self.params.value("rport").and_then(|p| p.parse().ok());
                let port = rport.or(self.port).unwrap_or(5060);
                Flow { remote: SocketAddr::new(flow.remote.ip(), port), ..flow }
            }
        }
    }

    /// The host of sent-by as an address, where it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// Sent-by for comparing: lower case, default port written out.
    pub fn sent_by(&self) -> String {
        format!("{}:{}", self.host.to_ascii_lowercase(), self.port.unwrap_or(5060))
    }

    pub(crate) fn of_flow(flow: Flow, branch: &str) -> Via {
        Via::new(flow.transport, &host_text(flow.local.ip()), Some(flow.local.port()), branch)
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spacing_is_read() {
        let via = Via::parse("SIP  / 2.0 / TCP     spindle.example.com   : 5070 ;  branch  =   z9hG4bK9ikj8")
            .unwrap();
        assert_eq!(
            (via.host.as_str(), via.port, via.branch()),
            ("spindle.example.com", Some(5070), Some("z9hG4bK9ikj8"))
        );
        assert_eq!(Via::parse("SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKx").unwrap().port, Some(6050));
        assert_eq!(Via::parse("SIP/2.0/UDP [2001:db8::9:1]").unwrap().port, None);
    }

    #[test]
    fn source_is_noted_only_where_it_differs_or_was_asked_for() {
        let mut same = Via::parse("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa").unwrap();
        same.note_source("192.0.2.1:9999".parse().unwrap(), false);
        assert_eq!(same.to_string(), "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa");
        let mut nat = Via::parse("SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa").unwrap();
        nat.note_source("192.0.2.1:9999".parse().unwrap(), false);
        assert_eq!(nat.to_string(), "SIP/2.0/UDP 10.0.0.1;rport=9999;branch=z9hG4bKa;received=192.0.2.1");
    }

    #[test]
    fn a_bare_cookie_promises_nothing() {
        assert!(!Via::parse("SIP/2.0/UDP h;branch=z9hG4bK").unwrap().has_cookie());
        assert!(Via::parse("SIP/2.0/UDP h;branch=z9hG4bKx").unwrap().has_cookie());
    }
}
