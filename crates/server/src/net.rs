//! SIP's sockets: datagrams and connections on their way to the switch and back.
//!
//! What comes in is posted to the switch's inbox; where its share is used up, a new INVITE is answered 503 here, other
//! datagrams are dropped (the peer sends them again), and a connection is not read for a while and then closed.

mod local;
mod tcp;
mod udp;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use mio::{Registry, Token};
use signalling::config::{Protocol, Transport};
use signalling::{Input, Output};
use sip::Flow;
use sip::resolve::{LookupFailure, Query, Records};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::inbox::{Class, Inbox};

pub use tcp::{CONNECT_TIMEOUT, FIRST_MESSAGE, IDLE, MAX_CONNECTIONS, MAX_PER_ADDRESS, WRITE_QUEUE};

/// Host names that are looked up at once. One more has no address.
const MAX_LOOKUPS: usize = 256;
/// How long a look-up may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why SIP cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("{}", sentence(*.address, .protocol, .source))]
pub struct BindError {
    /// Where.
    pub address: SocketAddr,
    /// UDP or TCP.
    pub protocol: &'static str,
    /// Why.
    pub source: io::Error,
}

/// One clear sentence with the way out.
pub(crate) fn sentence(address: SocketAddr, protocol: &str, error: &io::Error) -> String {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{protocol} port {port} of {} is in use: end the program that has it (`ss -lnp | grep :{port}` names it), \
             or write another port in the configuration",
            address.ip()
        ),
        io::ErrorKind::PermissionDenied => format!(
            "no right to listen on {protocol} {address}: use a port from 1024 up, or give the program \
             CAP_NET_BIND_SERVICE"
        ),
        io::ErrorKind::AddrNotAvailable => {
            format!(
                "{} is no address of this machine: write one of its own, or 0.0.0.0 for all",
                address.ip()
            )
        }
        _ => format!("{protocol} {address} cannot be listened on: {error}"),
    }
}

/// The sockets, owned by the switch's thread. Its methods never wait. Dropping it ends the listening, and the
/// ports are free again soon after.
pub struct Net {
    runtime: Handle,
    inbox: Inbox<switch::Input>,
    udp: Vec<udp::Socket>,
    tcp: Arc<tcp::Connections>,
    addresses: Vec<SocketAddr>,
    lookups: Arc<AtomicUsize>,
    _listening: JoinSet<()>,
}

impl Net {
    /// Binds all transports and begins to read connections; datagrams wait for [`Net::register`]. Call it within the
    /// runtime.
    ///
    /// # Errors
    /// The first transport that cannot be bound.
    pub fn bind(transports: &[Transport], inbox: Inbox<switch::Input>) -> Result<Net, BindError> {
        let runtime = Handle::current();
        let tcp = Arc::new(tcp::Connections::new(inbox.clone()));
        let mut udp = Vec::new();
        let mut addresses = Vec::new();
        let mut listening = JoinSet::new();
        for transport in transports {
            let address = transport.bind;
            match transport.protocol {
                Protocol::Udp => {
                    let socket = udp::Socket::bind(address).map_err(|source| BindError {
                        address,
                        protocol: "UDP",
                        source,
                    })?;
                    addresses.push(socket.bound());
                    udp.push(socket);
                }
                // The configuration reader lets no other through yet.
                Protocol::Tcp | Protocol::Tls | Protocol::Ws | Protocol::Wss => {
                    let listener = tcp::listen(address).map_err(|source| BindError {
                        address,
                        protocol: "TCP",
                        source,
                    })?;
                    addresses.push(listener.local_addr().unwrap_or(address));
                    listening.spawn(tcp::accept(tcp.clone(), listener));
                }
            }
        }
        Ok(Net { runtime, inbox, udp, tcp, addresses, lookups: Arc::default(), _listening: listening })
    }

    /// Has the datagram sockets waited for.
    ///
    /// # Errors
    /// Where the system cannot wait for one.
    pub fn register(&mut self, registry: &Registry) -> io::Result<()> {
        self.udp.iter_mut().zip(0..).try_for_each(|(socket, at)| socket.register(registry, Token(at)))
    }

    /// Reads the datagram sockets that are `ready` or were not read to their end into the inbox. Gives whether more may
    /// be there.
    pub fn read(&mut self, ready: &mut Vec<Token>) -> bool {
        for Token(at) in ready.drain(..) {
            if let Some(socket) = self.udp.get_mut(at) {
                socket.set_unread();
            }
        }
        for socket in &mut self.udp {
            socket.read(&self.inbox);
        }
        self.udp.iter().any(udp::Socket::is_unread)
    }

    /// Where each transport listens: the port that was given where 0 was asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// TCP connections that are open.
    pub fn connections(&self) -> usize {
        self.tcp.count()
    }

    /// Does what the user agent wants.
    pub fn perform(&self, output: Output) {
        match output {
            Output::Send { flow, message } => self.send(flow, message),
            Output::Resolve { lookup, query } => self.resolve(lookup, query),
            // Nothing asks for these yet.
            Output::KeepAlive { flow: _ } | Output::Close { flow: _ } => {}
            Output::Connect { attempt, transport: _, remote, name: _ } => {
                let (connections, inbox) = (self.tcp.clone(), self.inbox.clone());
                self.runtime.spawn(async move {
                    let flow = tcp::connect(connections, remote).await;
                    answer(inbox, Input::Connected { attempt, flow }).await;
                });
            }
        }
    }

    fn send(&self, flow: Flow, message: Bytes) {
        match flow.transport {
            sip::Transport::Udp => match self.socket(flow.local) {
                Some(socket) => socket.send(flow.remote, &message),
                None => tracing::warn!(%flow, "no UDP socket has this address; a message was dropped"),
            },
            sip::Transport::Tcp | sip::Transport::Tls | sip::Transport::Ws | sip::Transport::Wss => {
                if !self.tcp.send(flow.connection, message) {
                    let inbox = self.inbox.clone();
                    self.runtime.spawn(answer(inbox, Input::FlowFailed { flow }));
                }
            }
        }
    }

    fn socket(&self, local: SocketAddr) -> Option<&udp::Socket> {
        let exact = self.udp.iter().find(|socket| socket.bound() == local);
        let family = |bound: SocketAddr| bound.is_ipv4() == local.is_ipv4() && bound.port() == local.port();
        exact
            .or_else(|| self.udp.iter().find(|it| it.bound().ip().is_unspecified() && family(it.bound())))
            .or_else(|| self.udp.iter().find(|it| it.bound().is_ipv4() == local.is_ipv4()))
    }

    fn resolve(&self, lookup: u64, query: Query) {
        let (inbox, lookups) = (self.inbox.clone(), self.lookups.clone());
        let is_too_many = lookups.fetch_add(1, Ordering::Relaxed) >= MAX_LOOKUPS;
        self.runtime.spawn(async move {
            let found = if is_too_many { Err(LookupFailure::Unavailable) } else { look_up(query).await };
            lookups.fetch_sub(1, Ordering::Relaxed);
            answer(inbox, Input::Resolved { lookup, found }).await;
        });
    }
}

async fn look_up(query: Query) -> Result<Records, LookupFailure> {
    let host = match query {
        Query::Naptr(_) => return Ok(Records::Naptr(Vec::new())),
        Query::Srv(_) => return Ok(Records::Srv(Vec::new())),
        Query::Addresses(host) => host,
    };
    match tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((host.as_str(), 0))).await {
        Ok(Ok(addresses)) => Ok(Records::Addresses(addresses.map(|address| address.ip()).collect())),
        Ok(Err(error)) => {
            tracing::warn!(host, %error, "a host name was not found");
            Err(LookupFailure::NoSuchName)
        }
        Err(_) => {
            tracing::warn!(host, "a host name was not found in time");
            Err(LookupFailure::Unavailable)
        }
    }
}

/// Tells the switch, trying again until there is room: answers are never lost.
async fn answer(inbox: Inbox<switch::Input>, input: Input) {
    let mut input = switch::Input::Sip(input);
    while let Err(back) = inbox.post(Class::Answer, input) {
        input = back;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a message would begin a call: an INVITE whose To has no tag.
fn class_of(message: &[u8]) -> Class {
    if !message.starts_with(b"INVITE ") {
        return Class::Sip;
    }
    let tagged = message.split(|byte| *byte == b'\n').take_while(|line| line.len() > 1).any(|line| {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
        let name = line[..colon].trim_ascii_end();
        let is_to = name.eq_ignore_ascii_case(b"To") || name.eq_ignore_ascii_case(b"t");
        is_to && line.windows(5).any(|window| window.eq_ignore_ascii_case(b";tag="))
    });
    if tagged { Class::Sip } else { Class::NewCall }
}

/// The answer to an INVITE that there is no room for.
fn refusal(message: Bytes) -> Option<Bytes> {
    match sip::parse(message) {
        Ok(sip::Message::Request(request)) => Some(sip::Response::to(&request, 503).to_bytes()),
        Ok(sip::Message::Response(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
