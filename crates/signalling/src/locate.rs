//! Where a request goes: from a URI to the flow that leads there (RFC 3263), and on to the next place where one fails.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use call::{Calls, ChannelKey};
use sip::resolve::{self, LookupFailure, Records, Resolution, Step, Unreachable, Way};
use sip::{Flow, NameAddr, Uri};

use crate::Output;
use crate::agent::UserAgent;
use crate::config::{Protocol, Transport};
use crate::errand::{Errand, Outcome};

/// Connections of ours that are kept for further requests. One more takes the place of the one that was opened first.
const MAX_CONNECTIONS: usize = 4_096;

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Request-URI.
    pub uri: Uri,
    /// The way back to a registered contact.
    pub flow: Option<Flow>,
    /// Route headers.
    pub route: Vec<String>,
    /// The transport to use where the URI names none.
    pub transport: Option<Arc<str>>,
}

impl Target {
    /// A URI, with nothing else known.
    pub fn at(uri: Uri) -> Target {
        Target { uri, flow: None, route: Vec::new(), transport: None }
    }

    pub fn address_or_unspecified(&self) -> SocketAddr {
        let unspecified = SocketAddr::from(([0, 0, 0, 0], 0));
        self.flow.map_or(unspecified, |flow| flow.remote)
    }

    /// Where it goes first: the topmost route, or the target itself.
    fn next_hop(&self) -> Uri {
        let route = self.route.first().and_then(|route| NameAddr::parse(route.as_str()).ok());
        route.map_or_else(|| self.uri.clone(), |route| route.uri)
    }
}

/// A place to try.
pub(crate) use sip::resolve::Target as Hop;

/// Who waits for a place to be found.
#[derive(Debug)]
pub(crate) enum Bound {
    /// The INVITE of a channel.
    Call(ChannelKey),
    /// Any other request outside a dialog.
    Errand(Box<Errand>),
}

/// A request whose place is being found.
#[derive(Debug)]
struct Search {
    bound: Bound,
    target: Target,
    hops: VecDeque<Hop>,
    /// The domain name system is being asked.
    resolution: Option<Resolution>,
}

/// Everything that is being found, and what is left to try of what was.
#[derive(Default)]
pub(crate) struct Locating {
    next: u64,
    waiting: BTreeMap<u64, Search>,
    /// What else may be tried for a call whose INVITE is out.
    spare: BTreeMap<ChannelKey, (Target, VecDeque<Hop>)>,
    /// Connections that we opened, by where they lead.
    connections: BTreeMap<(sip::Transport, SocketAddr, String), Flow>,
    /// When the connections are kept open next.
    keep_alive_at: Option<Duration>,
}

impl Locating {
    pub fn forget_flow(&mut self, flow: &Flow) {
        self.connections.retain(|_, kept| kept != flow);
        if self.connections.is_empty() {
            self.keep_alive_at = None;
        }
    }

    pub fn forget_call(&mut self, channel: ChannelKey) {
        self.spare.remove(&channel);
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.keep_alive_at
    }
}

impl UserAgent {
    /// The transport a flow belongs to.
    pub(crate) fn transport_of(&self, flow: &Flow) -> Option<&Transport> {
        let mut all = self.config.transports.iter().filter(|transport| transport.protocol == flow.transport);
        let exact = all.clone().find(|transport| transport.bind == flow.local);
        exact.or_else(|| all.find(|transport| transport.bind.is_ipv6() == flow.local.is_ipv6()))
    }

    /// What our Via says of us on a flow.
    pub(crate) fn sent_by(&self, flow: &Flow) -> (String, Option<u16>) {
        let contact = self.contact(flow);
        (contact.uri.host.to_string(), contact.uri.port)
    }

    /// The UDP flow to an address: from the transport of that name where it is one, else from the first that can.
    fn udp_flow(&self, remote: SocketAddr, transport: Option<&str>) -> Option<Flow> {
        let mut fit = self
            .config
            .transports
            .iter()
            .filter(|t| t.protocol == Protocol::Udp && t.bind.is_ipv6() == remote.is_ipv6());
        let named = fit.clone().find(|t| transport == Some(&*t.name));
        named.or_else(|| fit.next()).map(|transport| Flow::udp(transport.bind, remote))
    }

    /// The ways there are to a target: all, or those of the transport that it is configured with.
    fn ways(&self, target: &Target, uri: &Uri) -> Vec<Way> {
        let named = target.transport.as_deref().filter(|_| !uri.params.contains("transport"));
        let named = named.and_then(|name| self.config.transports.iter().find(|t| *t.name == *name));
        let way =
            |transport: &Transport| Way { transport: transport.protocol, is_ipv6: transport.bind.is_ipv6() };
        match named {
            Some(transport) => vec![way(transport)],
            None => self.config.transports.iter().map(way).collect(),
        }
    }

    /// Finds the way to a target: the flow it registered by, an address, or a name that has to be looked up first.
    pub(crate) fn seek(&mut self, calls: &mut Calls, bound: Bound, target: Target) {
        let flow = target.flow;
        let mut search = Search { bound, target, hops: VecDeque::new(), resolution: None };
        if let Some(flow) = flow {
            return self.arrive(calls, search, flow);
        }
        let uri = search.target.next_hop();
        search.resolution = Some(Resolution::new(&uri, &self.ways(&search.target, &uri)));
        self.resolve(calls, search);
    }

    /// Asks the next question, or goes to what was found.
    fn resolve(&mut self, calls: &mut Calls, mut search: Search) {
        let Some(resolution) = &search.resolution else { return };
        match resolution.step() {
            Step::Ask(query) => {
                let lookup = self.wait(search);
                self.outputs.push_back(Output::Resolve { lookup, query });
            }
            Step::Done(Ok(hops)) => {
                search.hops = hops.into();
                search.resolution = None;
                self.try_next(calls, search);
            }
            Step::Done(Err(Unreachable::NoTransport | Unreachable::Unavailable)) => {
                self.lost(calls, search.bound, Outcome::Unreachable);
            }
            Step::Done(Err(Unreachable::NoHost | Unreachable::NoSuchName)) => {
                self.lost(calls, search.bound, Outcome::NoSuchName);
            }
        }
    }

    fn wait(&mut self, search: Search) -> u64 {
        self.locating.next += 1;
        self.locating.waiting.insert(self.locating.next, search);
        self.locating.next
    }

    /// Takes the next place there is.
    fn try_next(&mut self, calls: &mut Calls, mut search: Search) {
        let Some(hop) = search.hops.pop_front() else {
            return self.lost(calls, search.bound, Outcome::Unreachable);
        };
        if hop.transport == sip::Transport::Udp {
            return match self.udp_flow(hop.address, search.target.transport.as_deref()) {
                Some(flow) => self.arrive(calls, search, flow),
                None => self.try_next(calls, search),
            };
        }
        let kept = (hop.transport, hop.address, hop.name.clone());
        if let Some(flow) = self.locating.connections.get(&kept).copied() {
            return self.arrive(calls, search, flow);
        }
        search.hops.push_front(hop.clone());
        let attempt = self.wait(search);
        let resolve::Target { transport, address: remote, name } = hop;
        self.outputs.push_back(Output::Connect { attempt, transport, remote, name });
    }

    /// The way is known: the request goes out.
    fn arrive(&mut self, calls: &mut Calls, search: Search, flow: Flow) {
        match search.bound {
            Bound::Call(channel) => {
                if !self.sessions.contains_key(&channel) {
                    return;
                }
                let target = search.target.clone();
                self.locating.spare.insert(channel, (search.target, search.hops));
                self.place(calls, channel, flow, &target);
            }
            Bound::Errand(errand) => self.depart(calls, *errand, flow, search.target, search.hops),
        }
    }

    fn lost(&mut self, calls: &mut Calls, bound: Bound, outcome: Outcome<'_>) {
        match bound {
            Bound::Call(channel) if self.sessions.contains_key(&channel) => {
                let status = if matches!(outcome, Outcome::NoSuchName) { 404 } else { 503 };
                self.invite_failed(calls, channel, status);
            }
            Bound::Call(_) => {}
            Bound::Errand(errand) => self.errand_over(calls, errand.why, outcome),
        }
    }

    /// The INVITE of a call came to nothing at one place (503, no answer, no connection): `true` where it goes to the
    /// next (RFC 3263 §4.3).
    pub(crate) fn try_elsewhere(&mut self, calls: &mut Calls, channel: ChannelKey) -> bool {
        let ending = self.sessions.get(&channel).is_none_or(|session| session.ending.is_some());
        match self.locating.spare.remove(&channel) {
            Some((target, hops)) if !ending && !hops.is_empty() => {
                self.try_next(calls, Search { bound: Bound::Call(channel), target, hops, resolution: None });
                true
            }
            _ => false,
        }
    }

    /// The same for any other request.
    pub(crate) fn send_elsewhere(
        &mut self,
        calls: &mut Calls,
        errand: Errand,
        target: Target,
        hops: VecDeque<Hop>,
    ) {
        self.try_next(
            calls,
            Search { bound: Bound::Errand(Box::new(errand)), target, hops, resolution: None },
        );
    }

    pub(crate) fn resolved(&mut self, calls: &mut Calls, lookup: u64, found: Result<Records, LookupFailure>) {
        let Some(mut search) = self.locating.waiting.remove(&lookup) else { return };
        if let Some(resolution) = &mut search.resolution {
            let transactions = &mut self.transactions;
            resolution.answer(found, &mut || transactions.random());
        }
        self.resolve(calls, search);
    }

    pub(crate) fn connected(&mut self, calls: &mut Calls, attempt: u64, flow: Option<Flow>) {
        let Some(mut search) = self.locating.waiting.remove(&attempt) else { return };
        let Some(hop) = search.hops.pop_front() else { return };
        match flow {
            Some(flow) => {
                self.keep(calls.time().now, hop, flow);
                self.arrive(calls, search, flow);
            }
            None => self.try_next(calls, search),
        }
    }

    /// Keeps a connection for what else goes there.
    fn keep(&mut self, now: Duration, hop: Hop, flow: Flow) {
        let connections = &mut self.locating.connections;
        if connections.len() >= MAX_CONNECTIONS {
            let oldest = connections.iter().min_by_key(|(_, flow)| flow.connection);
            let oldest = oldest.map(|(key, flow)| (key.clone(), *flow));
            if let Some((key, flow)) = oldest {
                connections.remove(&key);
                self.outputs.push_back(Output::Close { flow });
            }
        }
        connections.insert((hop.transport, hop.address, hop.name), flow);
        let every = self.config.global.keep_alive_interval;
        if self.locating.keep_alive_at.is_none() && !every.is_zero() {
            self.locating.keep_alive_at = Some(now + every);
        }
    }

    /// Keeps the connections open that we opened (RFC 5626 §3.5.1).
    pub(crate) fn keep_alive(&mut self, now: Duration) {
        if self.locating.keep_alive_at.is_none_or(|at| at > now) {
            return;
        }
        for flow in self.locating.connections.values() {
            self.outputs.push_back(Output::KeepAlive { flow: *flow });
        }
        let every = self.config.global.keep_alive_interval;
        let again = !every.is_zero() && !self.locating.connections.is_empty();
        self.locating.keep_alive_at = again.then(|| now + every);
    }
}
