//! Who calls: which endpoint a request belongs to, and whether it proved it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use call::Calls;
use regex_lite::{Regex, RegexBuilder};
use sip::digest::{Algorithm, Refusal, Secret, Verdict};
use sip::{Flow, Request, Response, Uri};

use crate::agent::UserAgent;
use crate::config::{self, Config, Endpoint, Identifier, Identify, Matching};
use crate::suspects::Offence;

/// What became of asking who it is.
pub(crate) enum Identity {
    /// This endpoint, proved where it has to be.
    Endpoint(Arc<str>),
    /// It has to prove it: send this.
    Refused(Box<Response>),
}

/// Asterisk's order where `endpoint_identifier_order` says nothing.
const DEFAULT_ORDER: [Identifier; 3] = [Identifier::Ip, Identifier::Username, Identifier::Anonymous];
/// What is tried after those that the order names.
const REST: [Identifier; 3] = [Identifier::Header, Identifier::RequestUri, Identifier::AuthUsername];
/// How large a compiled regular expression may be, in octets.
const MAX_REGEX: usize = 1 << 18;

/// A way to match a value, ready to be used.
pub(crate) enum Matcher {
    Exactly(String),
    Pattern(Regex),
}

impl Matcher {
    fn new(matching: &Matching) -> Option<Matcher> {
        match matching {
            Matching::Exactly(text) => Some(Matcher::Exactly(text.clone())),
            Matching::Pattern(pattern) => {
                RegexBuilder::new(pattern).size_limit(MAX_REGEX).build().ok().map(Matcher::Pattern)
            }
        }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Matcher::Exactly(text) => text == value,
            Matcher::Pattern(regex) => regex.is_match(value),
        }
    }
}

/// Where things are in a configuration, so that no request costs more the more there are of them.
#[derive(Default)]
pub(crate) struct Index {
    headers: Vec<(String, Matcher, Arc<str>)>,
    request_uris: Vec<(Matcher, Arc<str>)>,
    pub endpoints: BTreeMap<Arc<str>, usize>,
    auths: BTreeMap<Arc<str>, usize>,
    by_aor: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Endpoints that are told of a mailbox without asking.
    by_mailbox: BTreeMap<String, Vec<Arc<str>>>,
    /// Endpoints that have to prove themselves.
    proving: Vec<usize>,
}

impl Index {
    /// A regular expression that is none matches nothing; whoever read the file said so.
    pub fn new(config: &Config) -> Index {
        let header = |identify: &Identify| {
            let (name, matching) = identify.match_header.as_ref()?;
            Some((name.clone(), Matcher::new(matching)?, identify.endpoint.clone()))
        };
        let request_uri = |identify: &Identify| {
            let matching = identify.match_request_uri.as_ref()?;
            Some((Matcher::new(matching)?, identify.endpoint.clone()))
        };
        let mut by_aor: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
        let mut by_mailbox: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
        for endpoint in &config.endpoints {
            for mailbox in &endpoint.subscriptions.mailboxes {
                by_mailbox.entry(mailbox.clone()).or_default().push(endpoint.name.clone());
            }
            for aor in &endpoint.aors {
                by_aor.entry(aor.clone()).or_default().push(endpoint.name.clone());
            }
        }
        let endpoints = || config.endpoints.iter().enumerate();
        Index {
            headers: config.identifies.iter().filter_map(header).collect(),
            request_uris: config.identifies.iter().filter_map(request_uri).collect(),
            endpoints: endpoints().map(|(at, endpoint)| (endpoint.name.clone(), at)).collect(),
            auths: config.auths.iter().enumerate().map(|(at, auth)| (auth.name.clone(), at)).collect(),
            by_aor,
            by_mailbox,
            proving: endpoints().filter(|(_, one)| !one.auths.is_empty()).map(|(at, _)| at).collect(),
        }
    }

    /// The endpoints that are told of a mailbox without asking.
    pub fn endpoints_with_mailbox(&self, mailbox: &str) -> &[Arc<str>] {
        self.by_mailbox.get(mailbox).map_or(&[], Vec::as_slice)
    }

    /// The endpoints that an AoR belongs to.
    pub fn endpoints_of(&self, aor: &str) -> &[Arc<str>] {
        self.by_aor.get(aor).map_or(&[], Vec::as_slice)
    }
}

impl UserAgent {
    /// The endpoint of a request outside any dialog. An unknown caller is challenged just as a known one with a wrong
    /// password is, so that nobody learns which names there are.
    pub(crate) fn identify(&mut self, calls: &mut Calls, flow: &Flow, request: &Request) -> Identity {
        let found = self.endpoint_of(flow, request);
        let Some(endpoint) = found.as_ref().and_then(|name| self.endpoint(name)) else {
            self.offend(calls, flow, request, Offence::NoEndpoint);
            return self.challenge(calls, flow, request, None);
        };
        if let Some(offence) = refused_by_acl(endpoint, flow, request) {
            self.offend(calls, flow, request, offence);
            return self.challenge(calls, flow, request, None);
        }
        let name = endpoint.name.clone();
        let is_free =
            request.method == sip::Method::Options && endpoint.session.allow_unauthenticated_options;
        if endpoint.auths.is_empty() || is_free {
            return Identity::Endpoint(name);
        }
        let auths = endpoint.auths.clone();
        match self.challenge(calls, flow, request, Some(&auths)) {
            // The name is only known to the caller once it is proved.
            Identity::Endpoint(_) => Identity::Endpoint(name),
            refused => refused,
        }
    }

    /// Whether the lists that hold for everybody keep a request out.
    pub(crate) fn is_kept_out(&self, flow: &Flow, request: &Request) -> bool {
        let Config { acl, contact_acl, .. } = &*self.config;
        let contact = || request.headers.contact().and_then(|contact| contact.uri.host_ip());
        !acl.permits(flow.remote.ip())
            || !contact_acl.is_empty() && contact().is_some_and(|ip| !contact_acl.permits(ip))
    }

    /// Whose a request says it is, in the order that is configured.
    pub(crate) fn endpoint_of(&self, flow: &Flow, request: &Request) -> Option<Arc<str>> {
        if let Some(name) = self.endpoint_by_line(request) {
            return Some(name);
        }
        let order: &[Identifier] = match self.config.identifier_order.is_empty() {
            true => &DEFAULT_ORDER,
            false => &self.config.identifier_order,
        };
        let rest = REST.iter().filter(|by| !order.contains(by));
        order.iter().chain(rest).find_map(|by| self.endpoint_by(*by, flow, request))
    }

    /// A call that comes back by the Contact of one of our registrations.
    fn endpoint_by_line(&self, request: &Request) -> Option<Arc<str>> {
        let line = |uri: &Uri| uri.params.value("line").map(str::to_owned);
        let line = line(&request.uri).or_else(|| line(&request.headers.to().ok()?.uri))?;
        let name = self.enrolments.endpoint_of_line(&line)?;
        self.endpoint(name).map(|endpoint| endpoint.name.clone())
    }

    fn endpoint_by(&self, by: Identifier, flow: &Flow, request: &Request) -> Option<Arc<str>> {
        // Nothing of `identify_by` means all but the user of the credentials, which is asked for by name.
        let may = |endpoint: &Endpoint| match endpoint.identify_by.is_empty() {
            true => by != Identifier::AuthUsername,
            false => endpoint.identify_by.contains(&by) || by == Identifier::Anonymous,
        };
        let known = |name: &str| {
            let endpoint = self.endpoint(name).filter(|endpoint| may(endpoint))?;
            Some(endpoint.name.clone())
        };
        let user_at = |user: &str, domain: &str| {
            let exact = || known(&format!("{user}@{}", self.domain(domain)));
            let exact = if self.config.global.disable_multi_domain { None } else { exact() };
            exact.or_else(|| known(user))
        };
        match by {
            Identifier::Ip => {
                let of = |identify: &&Identify| {
                    identify.matches.iter().any(|(net, bits)| is_within(flow.remote.ip(), *net, *bits))
                };
                self.config.identifies.iter().filter(of).find_map(|identify| known(&identify.endpoint))
            }
            Identifier::Header => self.index.headers.iter().find_map(|(name, matcher, endpoint)| {
                let mut values = request.headers.lines(name.as_str());
                values.any(|value| matcher.matches(value)).then(|| known(endpoint)).flatten()
            }),
            Identifier::RequestUri => {
                let uri = request.uri.to_string();
                let found = self.index.request_uris.iter().find(|(matcher, _)| matcher.matches(&uri));
                found.and_then(|(_, endpoint)| known(endpoint))
            }
            Identifier::Username => {
                let from = request.headers.from().ok()?;
                user_at(&from.uri.user_unescaped(), &from.uri.host)
            }
            Identifier::AuthUsername => request.headers.authorizations().find_map(|credentials| {
                let realm = credentials.param("realm").unwrap_or_default();
                user_at(&credentials.param("username")?, &realm)
            }),
            Identifier::Anonymous => self.config.anonymous.as_ref().and_then(|name| known(name)),
        }
    }

    /// A domain by its first name (`type=domain_alias`).
    pub(crate) fn domain<'a>(&'a self, host: &'a str) -> &'a str {
        let aliases = &self.config.domain_aliases;
        let found = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(host));
        found.map_or(host, |(_, domain)| domain)
    }

    /// Asks for credentials, or takes those that came. Without `auths` none are good enough.
    fn challenge(
        &mut self,
        calls: &mut Calls,
        flow: &Flow,
        request: &Request,
        auths: Option<&[Arc<str>]>,
    ) -> Identity {
        let now = calls.time().now;
        let is_known = auths.is_some();
        // One who is unknown is asked in the way of somebody who is known, always the same for one name.
        let likely = match auths {
            Some(auths) => auths.to_vec(),
            None => self.somebodys_auths(request),
        };
        let (config, index) = (&self.config, &self.index);
        let named = |name: &Arc<str>| index.auths.get(name).map(|at| &config.auths[*at]);
        let auths: Vec<&config::Auth> = likely.iter().filter_map(named).collect();
        let offered: Vec<Algorithm> =
            auths.iter().flat_map(|auth| algorithms_of(auth, config)).copied().collect();
        self.authenticator.offer(if offered.is_empty() { &[Algorithm::Md5] } else { &offered });
        let realm = auths.first().map_or("", |auth| auth.realm.as_str());
        self.authenticator.set_realm(if realm.is_empty() { &config.realm } else { realm });
        let secret = |username: &str| {
            let auth = auths.iter().find(|auth| auth.username == username)?;
            is_known.then(|| secret_of(auth))
        };
        let refusal = match self.authenticator.verify(now, request, secret) {
            Verdict::Passed { username } => return Identity::Endpoint(username.into()),
            Verdict::Refused(refusal) => refusal,
        };
        match refusal {
            Refusal::Missing | Refusal::Stale => {}
            Refusal::Malformed | Refusal::ForeignNonce | Refusal::UnknownUser | Refusal::WrongPassword => {
                if is_known {
                    self.offend(calls, flow, request, Offence::WrongCredentials);
                }
            }
        }
        let response = self.authenticator.challenge(now, request, refusal == Refusal::Stale);
        let response = response.with("Server", self.config.user_agent.as_str());
        Identity::Refused(Box::new(response))
    }

    /// The credentials of an endpoint that a name nobody has is sent to, so that its challenge looks like one of theirs.
    fn somebodys_auths(&self, request: &Request) -> Vec<Arc<str>> {
        let proving = &self.index.proving;
        if proving.is_empty() {
            return Vec::new();
        }
        let user = request.headers.from().map(|from| from.uri.user_unescaped()).unwrap_or_default();
        // FNV-1a: any spread will do.
        let mix = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        let hash = user.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        let at = proving[(hash % proving.len() as u64) as usize];
        self.config.endpoints[at].auths.clone()
    }
}

/// The list that keeps a request out, of its source or of its Contact.
fn refused_by_acl(endpoint: &Endpoint, flow: &Flow, request: &Request) -> Option<Offence> {
    if !endpoint.acl.permits(flow.remote.ip()) {
        return Some(Offence::Acl);
    }
    let contact = request.headers.contact().and_then(|contact| contact.uri.host_ip());
    let refused = contact.is_some_and(|ip| !endpoint.contact_acl.permits(ip));
    refused.then_some(Offence::ContactAcl)
}

/// The digests that credentials are asked for in. The hash of a password is good for MD5 alone.
fn algorithms_of<'a>(auth: &'a config::Auth, config: &'a Config) -> &'a [Algorithm] {
    match &auth.secret {
        _ if !auth.algorithms.is_empty() => &auth.algorithms,
        config::Secret::Password(_) => &config.algorithms,
        config::Secret::Ha1Md5(_) => &[Algorithm::Md5],
    }
}

fn secret_of(auth: &config::Auth) -> Secret<'_> {
    match &auth.secret {
        config::Secret::Password(password) => Secret::Password(password),
        config::Secret::Ha1Md5(hash) => Secret::Ha1(Algorithm::Md5, hash),
    }
}

impl UserAgent {
    pub(crate) fn auth(&self, name: &str) -> Option<&config::Auth> {
        self.index.auths.get(name).map(|at| &self.config.auths[*at])
    }

    /// The endpoints that an AoR belongs to.
    pub(crate) fn endpoints_of(&self, aor: &str) -> Vec<Arc<str>> {
        self.index.endpoints_of(aor).to_vec()
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
