//! SIP's sockets: datagrams and connections on their way to the switch and back.
//!
//! What comes in is posted to the switch's inbox; where its share is used up, a new INVITE is answered 503 here, other
//! datagrams are dropped (the peer sends them again), and a connection is not read for a while and then closed.

mod connections;
mod counters;
mod dns;
mod door;
mod local;
mod stream;
mod tcp;
pub(crate) mod tls;
mod udp;
mod websocket;

use std::collections::BTreeMap;
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
use sip::resolve::{LookupFailure, Query};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::inbox::{Class, Inbox};
use connections::{Connections, Order};
use dns::Dns;
use tcp::Manner;

pub use connections::{MAX_CONNECTIONS, MAX_PER_ADDRESS, WRITE_QUEUE};
pub use counters::{Counters, Traffic};
pub use dns::{LOOKUP_TIMEOUT, MAX_LOOKUPS};
pub use stream::{FIRST_MESSAGE, IDLE, WHOLE_MESSAGE};
pub use tcp::{CONNECT_TIMEOUT, HANDSHAKE, Keepalive};
pub use tls::{Tls, TlsError, Versions};
pub use websocket::{PATH, Peer, WebSockets};

/// What a transport's sockets are set to, beyond what the user agent has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// Certificates.
    pub tls: Tls,
    /// How the system watches over connections.
    pub keepalive: Option<Keepalive>,
    /// Type of service: the octet of the IP header.
    pub tos: u8,
}

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

/// Why SIP's sockets cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// Somewhere it cannot listen.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A transport's certificates are no good.
    #[error("[{transport}] of pjsip.conf has no TLS: {source}")]
    Tls {
        /// Its name.
        transport: Arc<str>,
        /// Why.
        source: TlsError,
    },
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

/// The sockets, owned by the switch's thread. Its methods never wait. Dropping it ends the listening and the
/// connections, and the ports are free again soon after.
pub struct Net {
    inbox: Inbox<switch::Input>,
    udp: Vec<udp::Socket>,
    connections: Arc<Connections>,
    manners: Vec<Manner>,
    addresses: Vec<SocketAddr>,
    dns: Arc<Dns>,
    lookups: Arc<AtomicUsize>,
    listening: JoinSet<()>,
}

impl Net {
    /// Binds all transports and begins to read connections; datagrams wait for [`Net::register`]. `options` are those
    /// of the transports by name. WebSockets do not listen here: see [`Net::web_sockets`]. Call it within the runtime.
    ///
    /// # Errors
    /// The first transport that cannot be bound, or whose certificates are no good.
    pub fn bind(
        transports: &[Transport],
        options: &BTreeMap<Arc<str>, SocketOptions>,
        inbox: Inbox<switch::Input>,
    ) -> Result<Net, NetError> {
        let runtime = Handle::current();
        let (counters, door) = (Arc::new(Counters::default()), Arc::default());
        let connections = Connections::new(runtime, inbox.clone(), counters.clone(), door);
        let mut net = Net {
            inbox,
            udp: Vec::new(),
            connections,
            manners: Vec::new(),
            addresses: Vec::new(),
            dns: Arc::new(Dns::of_system(counters)),
            lookups: Arc::default(),
            listening: JoinSet::new(),
        };
        for transport in transports {
            let options = options.get(&transport.name).cloned().unwrap_or_default();
            let bound = net.listen(transport, &options)?;
            net.addresses.push(bound);
        }
        Ok(net)
    }

    fn listen(&mut self, transport: &Transport, options: &SocketOptions) -> Result<SocketAddr, NetError> {
        let address = transport.bind;
        let failed = |protocol| move |source| BindError { address, protocol, source };
        if transport.protocol == Protocol::Udp {
            let connections = &self.connections;
            let socket = udp::Socket::bind(address, options.tos, connections).map_err(failed("UDP"))?;
            let bound = socket.bound();
            self.udp.push(socket);
            return Ok(bound);
        }
        let mut manner = manner(transport, options)?;
        let bound = match transport.protocol {
            Protocol::Tcp | Protocol::Tls => {
                let listener = tcp::listen(address).map_err(failed("TCP"))?;
                manner.bind = listener.local_addr().unwrap_or(address);
                let bound = manner.bind;
                self.listening.spawn(tcp::accept(self.connections.clone(), listener, manner.clone()));
                bound
            }
            Protocol::Udp | Protocol::Ws | Protocol::Wss => address,
        };
        self.manners.push(manner);
        Ok(bound)
    }

    /// What the HTTP server hands requests for SIP over WebSocket to.
    pub fn web_sockets(&self) -> WebSockets {
        let is_web = |manner: &Manner| matches!(manner.transport, Protocol::Ws | Protocol::Wss);
        WebSockets { connections: self.connections.clone(), is_wanted: self.manners.iter().any(is_web) }
    }

    /// What is counted.
    pub fn counters(&self) -> Arc<Counters> {
        self.connections.counters.clone()
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

    /// Connections that are open.
    pub fn connections(&self) -> usize {
        self.connections.count()
    }

    /// Does what the user agent wants.
    pub fn perform(&self, output: Output) {
        match output {
            Output::Send { flow, message } => self.send(flow, message),
            Output::Resolve { lookup, query } => self.resolve(lookup, query),
            Output::KeepAlive { flow } => self.keep_alive(flow),
            Output::Close { flow } => self.connections.close(flow.connection),
            Output::Connect { attempt, transport, remote, name } => {
                self.connect(attempt, transport, remote, name);
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
                self.order(flow, Order::Message(message));
            }
        }
    }

    /// CRLF CRLF, or a WebSocket's ping; towards UDP what a translator takes for traffic.
    fn keep_alive(&self, flow: Flow) {
        match flow.transport {
            sip::Transport::Udp => {
                if let Some(socket) = self.socket(flow.local) {
                    socket.send(flow.remote, b"\r\n\r\n");
                }
            }
            sip::Transport::Tcp | sip::Transport::Tls | sip::Transport::Ws | sip::Transport::Wss => {
                self.order(flow, Order::Ping);
            }
        }
    }

    fn order(&self, flow: Flow, order: Order) {
        if !self.connections.send(flow.connection, order) {
            self.connections.spawn(answer(self.inbox.clone(), Input::FlowFailed { flow }));
        }
    }

    fn connect(&self, attempt: u64, transport: sip::Transport, remote: SocketAddr, name: String) {
        let mut of_kind = self.manners.iter().filter(|manner| manner.transport == transport);
        let same_family = of_kind.clone().find(|manner| manner.bind.is_ipv4() == remote.is_ipv4());
        let manner = same_family.or_else(|| of_kind.next()).cloned();
        let (connections, inbox) = (self.connections.clone(), self.inbox.clone());
        self.connections.spawn(async move {
            let flow = match manner {
                Some(manner) => tcp::connect(connections, manner, remote, name).await,
                None => {
                    tracing::warn!(%transport, %remote, "no connection: no transport of this kind is configured");
                    None
                }
            };
            answer(inbox, Input::Connected { attempt, flow }).await;
        });
    }

    fn socket(&self, local: SocketAddr) -> Option<&udp::Socket> {
        let exact = self.udp.iter().find(|socket| socket.bound() == local);
        let family = |bound: SocketAddr| bound.is_ipv4() == local.is_ipv4() && bound.port() == local.port();
        exact
            .or_else(|| self.udp.iter().find(|it| it.bound().ip().is_unspecified() && family(it.bound())))
            .or_else(|| self.udp.iter().find(|it| it.bound().is_ipv4() == local.is_ipv4()))
    }

    fn resolve(&self, lookup: u64, query: Query) {
        let (inbox, lookups, dns) = (self.inbox.clone(), self.lookups.clone(), self.dns.clone());
        let is_too_many = lookups.fetch_add(1, Ordering::Relaxed) >= MAX_LOOKUPS;
        self.connections.spawn(async move {
            let found = if is_too_many { Err(LookupFailure::Unavailable) } else { dns.look_up(&query).await };
            lookups.fetch_sub(1, Ordering::Relaxed);
            answer(inbox, Input::Resolved { lookup, found }).await;
        });
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.connections.end();
    }
}

fn manner(transport: &Transport, options: &SocketOptions) -> Result<Manner, NetError> {
    let failed = |source| NetError::Tls { transport: transport.name.clone(), source };
    let (is_server, is_client) = match transport.protocol {
        Protocol::Udp | Protocol::Tcp | Protocol::Ws => (false, false),
        Protocol::Tls => (true, true),
        // The HTTP server has the certificate of those that come.
        Protocol::Wss => (false, true),
    };
    let acceptor = is_server.then(|| tls::server(&options.tls).map(TlsAcceptor::from)).transpose();
    let connector = is_client.then(|| tls::client(&options.tls).map(TlsConnector::from)).transpose();
    Ok(Manner {
        transport: transport.protocol,
        bind: transport.bind,
        keepalive: options.keepalive,
        tos: options.tos,
        acceptor: acceptor.map_err(failed)?,
        connector: connector.map_err(failed)?,
    })
}

/// Tells the switch, trying again until there is room: answers are never lost.
async fn answer(inbox: Inbox<switch::Input>, input: Input) {
    let mut input = switch::Input::Sip(input);
    while let Err(back) = inbox.post(Class::Answer, input) {
        input = back;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether it looks like SIP at all: its first line names the protocol. Blank lines before it are taken.
fn is_sip(message: &[u8]) -> bool {
    let message = message.trim_ascii_start();
    let line = message.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let head = &line[..line.len().min(sip::MAX_LINE)];
    let named = |part: &[u8]| part.len() >= 4 && part[..4].eq_ignore_ascii_case(b"SIP/");
    // The protocol stands first in a response, last in a request.
    named(head) || head.rsplit(|octet| *octet == b' ').take(4).any(named)
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
