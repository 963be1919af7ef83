//! Who calls: which endpoint a request belongs to, and whether it proved it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sip::digest::{Algorithm, Refusal, Secret, Verdict};
use sip::{Flow, Request, Response};

use crate::agent::UserAgent;
use crate::config::{self, Identifier};

/// What became of asking who it is.
pub(crate) enum Identity {
    /// This endpoint, proved where it has to be.
    Endpoint(Arc<str>),
    /// It has to prove it: send this.
    Challenged(Box<Response>),
}

const DEFAULT_ORDER: [Identifier; 3] = [Identifier::Ip, Identifier::Username, Identifier::Anonymous];

impl UserAgent {
    /// The endpoint of a request outside any dialog. An unknown caller is challenged just as a known one with a wrong
    /// password is, so that nobody learns which names there are.
    pub(crate) fn identify(&mut self, now: Duration, flow: &Flow, request: &Request) -> Identity {
        let order = match self.config.identifier_order.is_empty() {
            true => DEFAULT_ORDER.to_vec(),
            false => self.config.identifier_order.clone(),
        };
        let found = order.iter().find_map(|by| self.endpoint_by(*by, flow, request));
        let Some(name) = found else { return self.challenge(now, request, &[]) };
        let auths = self.endpoint(&name).map(|endpoint| endpoint.auths.clone()).unwrap_or_default();
        if auths.is_empty() {
            return Identity::Endpoint(name);
        }
        match self.challenge(now, request, &auths) {
            // The name is only known to the caller once it is proved.
            Identity::Endpoint(_) => Identity::Endpoint(name),
            challenged => challenged,
        }
    }

    fn endpoint_by(&self, by: Identifier, flow: &Flow, request: &Request) -> Option<Arc<str>> {
        let known = |name: String| self.endpoints.get_key_value(name.as_str()).map(|(name, _)| name.clone());
        match by {
            Identifier::Ip => self
                .config
                .identifies
                .iter()
                .find(|identify| {
                    identify.matches.iter().any(|(net, bits)| is_within(flow.remote.ip(), *net, *bits))
                })
                .and_then(|identify| known(identify.endpoint.to_string())),
            // Read, and without effect so far.
            Identifier::Header | Identifier::RequestUri => None,
            Identifier::Username => {
                request.headers.from().ok().and_then(|from| known(from.uri.user_unescaped()))
            }
            Identifier::AuthUsername => {
                let mut names = request.headers.authorizations().filter_map(|c| c.param("username"));
                names.find_map(known)
            }
            Identifier::Anonymous => self.config.anonymous.as_ref().and_then(|name| known(name.to_string())),
        }
    }

    fn challenge(&mut self, now: Duration, request: &Request, auths: &[Arc<str>]) -> Identity {
        let config = &self.config;
        let secret = |username: &str| {
            let auth =
                config.auths.iter().find(|auth| auths.contains(&auth.name) && auth.username == username)?;
            Some(secret_of(auth))
        };
        let offered: Vec<Algorithm> = config
            .auths
            .iter()
            .filter(|auth| auths.contains(&auth.name))
            .flat_map(|auth| &auth.algorithms)
            .copied()
            .collect();
        self.authenticator.offer(if offered.is_empty() { &[Algorithm::Md5] } else { &offered });
        match self.authenticator.verify(now, request, secret) {
            Verdict::Passed { username } => Identity::Endpoint(username.into()),
            Verdict::Refused(refusal) => {
                let response = self.authenticator.challenge(now, request, refusal == Refusal::Stale);
                let response = response.with("Server", self.config.user_agent.as_str());
                Identity::Challenged(Box::new(response))
            }
        }
    }
}

fn secret_of(auth: &config::Auth) -> Secret<'_> {
    match &auth.secret {
        config::Secret::Password(password) => Secret::Password(password),
        config::Secret::Ha1Md5(hash) => Secret::Ha1(Algorithm::Md5, hash),
    }
}

/// Whether an address lies in a network.
pub(crate) fn is_within(address: IpAddr, net: IpAddr, bits: u8) -> bool {
    let (address, net, width) = match (address.to_canonical(), net) {
        (IpAddr::V4(address), IpAddr::V4(net)) => {
            (u128::from(address.to_bits()), u128::from(net.to_bits()), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(net)) => (address.to_bits(), net.to_bits(), 128),
        _ => return false,
    };
    let shift = width - u32::from(bits).min(width);
    address.checked_shr(shift).unwrap_or(0) == net.checked_shr(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn networks_match_by_prefix() {
        let within = |a: &str, n: &str, bits| is_within(a.parse().unwrap(), n.parse().unwrap(), bits);
        assert!(within("127.0.0.1", "127.0.0.1", 32));
        assert!(!within("127.0.0.2", "127.0.0.1", 32));
        assert!(within("10.1.2.3", "10.0.0.0", 8));
        assert!(!within("11.1.2.3", "10.0.0.0", 8));
        assert!(within("192.0.2.7", "0.0.0.0", 0));
        assert!(within("::1", "::1", 128));
        assert!(within("2001:db8::5", "2001:db8::", 32));
        assert!(!within("::1", "127.0.0.1", 32));
        assert!(within("::ffff:127.0.0.1", "127.0.0.1", 32));
    }
}
