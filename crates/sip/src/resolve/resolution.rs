//! The procedure of RFC 3263 §4.

use super::{LookupFailure, Naptr, Query, Records, Srv, Target, Way, weight};
use crate::flow::Transport;
use crate::uri::{Scheme, Uri};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// The most questions asked for one URI; what is found until then counts.
pub const MAX_QUERIES: usize = 24;
/// The most records of one answer that are looked at.
pub const MAX_RECORDS: usize = 16;
/// The most targets of one URI.
pub const MAX_TARGETS: usize = 32;

/// Without NAPTR records, services are tried in this order.
const PREFERENCE: [Transport; 5] =
    [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Wss, Transport::Ws];

/// Finding where a URI leads. It asks one question at a time and never waits itself.
///
/// ```
/// use sip::resolve::{Query, Records, Resolution, Step, Way};
///
/// let ways = [Way { transport: sip::Transport::Udp, is_ipv6: false }];
/// let mut resolution = Resolution::new(&"sip:bob@example.com:5070".parse()?, &ways);
/// assert_eq!(resolution.step(), Step::Ask(Query::Addresses("example.com".into())));
/// resolution.answer(Ok(Records::Addresses(vec!["192.0.2.1".parse()?])), &mut || 7);
/// let Step::Done(Ok(targets)) = resolution.step() else { panic!("one question was enough") };
/// assert_eq!(targets[0].address, "192.0.2.1:5070".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Resolution {
    /// The host of the URI, for certificates.
    name: String,
    /// What is looked up: `maddr`, else the host.
    host: String,
    is_secure: bool,
    ways: Vec<Way>,
    wanted: VecDeque<Wanted>,
    /// What comes next when nothing is wanted any more and nothing was found.
    otherwise: Otherwise,
    /// No NAPTR record named the services: the first that there is settles it.
    is_guessing: bool,
    asked: usize,
    targets: Vec<Target>,
    failure: Unreachable,
}

/// What [`Resolution::step`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask this and tell the answer; until then the step is the same.
    Ask(Query),
    /// The end: at least one target, to be tried in this order.
    Done(Result<Vec<Target>, Unreachable>),
}

/// Why a URI leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Neither `sip:` nor `sips:`: a `tel:` URI needs somebody who knows numbers.
    #[error("the URI names no host")]
    NoHost,
    /// What the URI asks for, or what its host has, is no transport of ours.
    #[error("there is no transport to it")]
    NoTransport,
    /// There is no such name, or it has no address.
    #[error("there is no such name")]
    NoSuchName,
    /// No name server could say. It may be tried again.
    #[error("no name server could say")]
    Unavailable,
}

#[derive(Debug, Clone)]
enum Wanted {
    Naptr,
    Service { transport: Transport, name: String },
    Host { transport: Transport, host: String, port: u16 },
}

#[derive(Debug, Clone)]
enum Otherwise {
    /// The services of these transports, then the host itself.
    Services(Vec<Transport>),
    /// The host itself.
    Host(Transport),
    Nothing,
}

impl Resolution {
    /// Begins with a URI, a Route's or a Request-URI, and the ways there are, of which none is asked for twice.
    pub fn new(uri: &Uri, ways: &[Way]) -> Resolution {
        let host = uri.params.unquoted("maddr").filter(|maddr| !maddr.is_empty());
        let mut resolution = Resolution {
            name: bare(&uri.host).to_owned(),
            host: bare(host.as_deref().unwrap_or(&uri.host)).to_owned(),
            is_secure: uri.scheme == Scheme::Sips,
            ways: ways.to_vec(),
            wanted: VecDeque::new(),
            otherwise: Otherwise::Nothing,
            is_guessing: false,
            asked: 0,
            targets: Vec::new(),
            failure: Unreachable::NoTransport,
        };
        if let Err(failure) = resolution.begin(uri) {
            resolution.failure = failure;
        }
        resolution
    }

    /// §4.1: the transport, as far as the URI settles it; else NAPTR.
    fn begin(&mut self, uri: &Uri) -> Result<(), Unreachable> {
        if !matches!(uri.scheme, Scheme::Sip | Scheme::Sips) {
            return Err(Unreachable::NoHost);
        }
        let named = match uri.params.value("transport") {
            Some(name) => Some(self.named(name).ok_or(Unreachable::NoTransport)?),
            None => None,
        };
        let ip: Option<IpAddr> = self.host.parse().ok();
        let usual = || self.usual(ip.map(|ip| ip.is_ipv6())).ok_or(Unreachable::NoTransport);
        if let Some(ip) = ip {
            let transport = named.map_or_else(usual, Ok)?;
            self.found(transport, ip, uri.port.unwrap_or(transport.default_port()));
            return Ok(());
        }
        match (named, uri.port) {
            (named, Some(port)) => {
                let transport = named.map_or_else(usual, Ok)?;
                self.wanted.push_back(Wanted::Host { transport, host: self.host.clone(), port });
            }
            (Some(transport), None) => {
                self.wanted.push_back(self.service(transport));
                self.otherwise = Otherwise::Host(transport);
            }
            (None, None) => {
                usual()?;
                self.wanted.push_back(Wanted::Naptr);
                let offered = PREFERENCE.into_iter().filter(|transport| self.may(*transport));
                self.otherwise = Otherwise::Services(offered.collect());
            }
        }
        self.failure = Unreachable::NoSuchName;
        Ok(())
    }

    /// What to do now.
    pub fn step(&self) -> Step {
        let ask = |wanted: &Wanted| match wanted {
            Wanted::Naptr => Query::Naptr(self.host.clone()),
            Wanted::Service { name, .. } => Query::Srv(name.clone()),
            Wanted::Host { host, .. } => Query::Addresses(host.clone()),
        };
        match self.wanted.front() {
            Some(wanted) => Step::Ask(ask(wanted)),
            None if self.targets.is_empty() => Step::Done(Err(self.failure)),
            None => Step::Done(Ok(self.targets.clone())),
        }
    }

    /// The answer to what was asked last. Records of another kind count as none. `random` shares out weights.
    pub fn answer(&mut self, found: Result<Records, LookupFailure>, random: &mut dyn FnMut() -> u64) {
        let Some(wanted) = self.wanted.pop_front() else { return };
        self.asked += 1;
        if found == Err(LookupFailure::Unavailable) {
            self.failure = Unreachable::Unavailable;
        }
        match (wanted, found) {
            (Wanted::Naptr, Ok(Records::Naptr(records))) => self.services(records),
            (Wanted::Service { transport, .. }, Ok(Records::Srv(records))) => {
                self.hosts(transport, records, random);
            }
            (Wanted::Host { transport, port, .. }, Ok(Records::Addresses(addresses))) => {
                for ip in addresses.into_iter().take(MAX_RECORDS) {
                    self.found(transport, ip, port);
                }
            }
            (_, Ok(_) | Err(_)) => {}
        }
        if self.wanted.is_empty() && self.targets.is_empty() {
            self.go_on();
        }
        if self.asked >= MAX_QUERIES || self.targets.len() >= MAX_TARGETS {
            self.wanted.clear();
        }
    }

    /// §4.1: the NAPTR records that we can follow, by order and preference.
    fn services(&mut self, mut records: Vec<Naptr>) {
        records.truncate(MAX_RECORDS);
        records.sort_by_key(|record| (record.order, record.preference));
        for record in records {
            let Some(transport) = of_service(&record.service).filter(|transport| self.may(*transport)) else {
                continue;
            };
            let name = record.replacement.trim_end_matches('.').to_owned();
            if record.flags.eq_ignore_ascii_case("s") && !name.is_empty() {
                self.wanted.push_back(Wanted::Service { transport, name });
            }
        }
        if let Some(Wanted::Service { transport, .. }) = self.wanted.front() {
            self.otherwise = Otherwise::Host(*transport);
        }
    }

    /// §4.2: the hosts of a service, in the order of RFC 2782.
    fn hosts(&mut self, transport: Transport, mut records: Vec<Srv>, random: &mut dyn FnMut() -> u64) {
        records.truncate(MAX_RECORDS);
        if records.is_empty() {
            return;
        }
        // The domain knows of services: its bare host is none.
        self.otherwise = Otherwise::Nothing;
        // A lone dot says that there is no such service.
        records.retain(|record| !record.target.trim_end_matches('.').is_empty());
        if self.is_guessing && !records.is_empty() {
            self.wanted.clear();
        }
        for record in weight::order(records, random).into_iter().rev() {
            let host = bare(record.target.trim_end_matches('.')).to_owned();
            self.wanted.push_front(Wanted::Host { transport, host, port: record.port });
        }
    }

    fn go_on(&mut self) {
        match std::mem::replace(&mut self.otherwise, Otherwise::Nothing) {
            Otherwise::Services(transports) => {
                let services: Vec<Wanted> = transports.iter().map(|t| self.service(*t)).collect();
                self.wanted.extend(services);
                self.is_guessing = true;
                let usual = self.usual(None).unwrap_or(Transport::Udp);
                self.otherwise = Otherwise::Host(usual);
            }
            Otherwise::Host(transport) => {
                let (host, port) = (self.host.clone(), transport.default_port());
                self.wanted.push_back(Wanted::Host { transport, host, port });
            }
            Otherwise::Nothing => {}
        }
    }

    fn found(&mut self, transport: Transport, ip: IpAddr, port: u16) {
        let way = Way { transport, is_ipv6: ip.is_ipv6() };
        let target = Target { transport, address: SocketAddr::new(ip, port), name: self.name.clone() };
        if !self.ways.contains(&way) {
            self.failure = Unreachable::NoTransport;
        } else if self.targets.len() < MAX_TARGETS && !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    /// The transport of a `transport=` parameter; under `sips:` its secure kind (RFC 5630 §3.1.3).
    fn named(&self, name: &str) -> Option<Transport> {
        let transport = match (Transport::from_name(name)?, self.is_secure) {
            (Transport::Udp, true) => return None,
            (Transport::Tcp, true) => Transport::Tls,
            (Transport::Ws, true) => Transport::Wss,
            (transport, _) => transport,
        };
        self.has(transport).then_some(transport)
    }

    /// The transport where nothing names one: UDP, or TLS for `sips:`; the next best where we have none of it.
    fn usual(&self, is_ipv6: Option<bool>) -> Option<Transport> {
        let reaches = |transport: Transport| {
            self.ways
                .iter()
                .any(|way| way.transport == transport && is_ipv6.is_none_or(|v6| way.is_ipv6 == v6))
        };
        PREFERENCE.into_iter().find(|transport| self.may(*transport) && reaches(*transport))
    }

    /// May this URI be sent by it, and do we have it?
    fn may(&self, transport: Transport) -> bool {
        self.has(transport) && (!self.is_secure || transport.is_secure())
    }

    fn has(&self, transport: Transport) -> bool {
        self.ways.iter().any(|way| way.transport == transport)
    }

    fn service(&self, transport: Transport) -> Wanted {
        let label = match transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
            Transport::Ws => "_sip._ws",
            Transport::Wss => "_sips._ws",
        };
        Wanted::Service { transport, name: format!("{label}.{}", self.host) }
    }
}

/// The service field of NAPTR (RFC 3263 §4.1, RFC 7118 §7).
fn of_service(service: &str) -> Option<Transport> {
    match service.to_ascii_uppercase().as_str() {
        "SIP+D2U" => Some(Transport::Udp),
        "SIP+D2T" => Some(Transport::Tcp),
        "SIPS+D2T" => Some(Transport::Tls),
        "SIP+D2W" => Some(Transport::Ws),
        "SIPS+D2W" => Some(Transport::Wss),
        _ => None,
    }
}

/// A host without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests;
