//! Where a dial string leads: endpoint, target, and the flow to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use call::{Calls, Cause, ChannelKey};
use sip::resolve::{LookupFailure, Query, Records};
use sip::{Flow, Uri};

use crate::Output;
use crate::agent::UserAgent;
use crate::config::{Protocol, Transport};
use crate::incoming::shared;

/// Where an INVITE goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Request-URI.
    pub uri: Uri,
    /// The way back to a registered contact.
    pub flow: Option<Flow>,
    /// Route headers.
    pub route: Vec<String>,
}

impl Target {
    pub fn address_or_unspecified(&self) -> SocketAddr {
        let unspecified = SocketAddr::from(([0, 0, 0, 0], 0));
        self.flow.map_or(unspecified, |flow| flow.remote)
    }
}

/// Calls whose target's address is being found.
#[derive(Default)]
pub(crate) struct Locating {
    next: u64,
    waiting: BTreeMap<u64, (ChannelKey, Target)>,
}

impl UserAgent {
    /// The endpoint and target of a dial string: `endpoint`, `endpoint/sip:user@host`, `user@endpoint` or
    /// `endpoint/user` with the host of the endpoint's AoR.
    pub(crate) fn locate(&self, dialled: &str) -> Result<(Arc<str>, Target), Cause> {
        let (name, rest) = match (dialled.split_once('/'), dialled.split_once('@')) {
            (Some((name, rest)), _) => (name, Some(rest)),
            (None, Some((user, name))) => (name, Some(user)),
            (None, None) => (dialled, None),
        };
        let endpoint = self.endpoint(name).ok_or(Cause::NO_ROUTE)?;
        if let Some(uri) = rest.filter(|rest| rest.starts_with("sip:") || rest.starts_with("sips:")) {
            let uri = Uri::parse(uri).map_err(|_| Cause::NO_ROUTE)?;
            return Ok((shared(name), Target { uri, flow: None, route: Vec::new() }));
        }
        let reach = endpoint.aors.iter().find_map(|aor| self.registrations.reach(aor));
        let reach = reach.ok_or(Cause::SUBSCRIBER_ABSENT)?;
        let mut uri = reach.uri;
        if let Some(user) = rest {
            uri.user = Some(sip::escape_user(user).into());
        }
        Ok((shared(name), Target { uri, flow: reach.flow, route: reach.route }))
    }

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

    /// The UDP flow to a URI whose host is an address.
    pub(crate) fn flow_to(&self, uri: &Uri) -> Option<Flow> {
        let remote = SocketAddr::new(uri.host_ip()?, uri.port_or_default());
        self.udp_flow(remote)
    }

    fn udp_flow(&self, remote: SocketAddr) -> Option<Flow> {
        let transport = self
            .config
            .transports
            .iter()
            .find(|t| t.protocol == Protocol::Udp && t.bind.is_ipv6() == remote.is_ipv6())?;
        Some(Flow::udp(transport.bind, remote))
    }

    /// Finds the flow to a target: the one it registered by, an address, or a name that has to be looked up first.
    pub(crate) fn find_flow(&mut self, calls: &mut Calls, channel: ChannelKey, target: Target) {
        if let Some(flow) = target.flow {
            return self.place(calls, channel, flow, &target);
        }
        let port = target.uri.port_or_default();
        let Some(ip) = target.uri.host_ip() else {
            let query = Query::Addresses(target.uri.host.to_string());
            let lookup = self.wait(channel, target);
            self.outputs.push_back(Output::Resolve { lookup, query });
            return;
        };
        self.go(calls, channel, target, SocketAddr::new(ip, port));
    }

    fn wait(&mut self, channel: ChannelKey, target: Target) -> u64 {
        self.locating.next += 1;
        self.locating.waiting.insert(self.locating.next, (channel, target));
        self.locating.next
    }

    fn go(&mut self, calls: &mut Calls, channel: ChannelKey, target: Target, remote: SocketAddr) {
        let wants_tcp = target.uri.params.value("transport").is_some_and(|t| t.eq_ignore_ascii_case("tcp"));
        if wants_tcp {
            let name = target.uri.host.to_string();
            let attempt = self.wait(channel, target);
            self.outputs.push_back(Output::Connect { attempt, transport: sip::Transport::Tcp, remote, name });
            return;
        }
        match self.udp_flow(remote) {
            Some(flow) => self.place(calls, channel, flow, &target),
            None => self.invite_failed(calls, channel, 503),
        }
    }

    pub(crate) fn resolved(&mut self, calls: &mut Calls, lookup: u64, found: Result<Records, LookupFailure>) {
        let Some((channel, target)) = self.locating.waiting.remove(&lookup) else { return };
        if !self.sessions.contains_key(&channel) {
            return;
        }
        let port = target.uri.port_or_default();
        let addresses = match found {
            Ok(Records::Addresses(addresses)) => addresses,
            Ok(Records::Naptr(_) | Records::Srv(_)) | Err(_) => Vec::new(),
        };
        let mut addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, port));
        match addresses.find(|address| self.udp_flow(*address).is_some()) {
            Some(address) => self.go(calls, channel, target, address),
            None => self.invite_failed(calls, channel, 404),
        }
    }

    pub(crate) fn connected(&mut self, calls: &mut Calls, attempt: u64, flow: Option<Flow>) {
        let Some((channel, target)) = self.locating.waiting.remove(&attempt) else { return };
        if !self.sessions.contains_key(&channel) {
            return;
        }
        match flow {
            Some(flow) => self.place(calls, channel, flow, &target),
            None => self.invite_failed(calls, channel, 503),
        }
    }
}
