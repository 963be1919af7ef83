//! Connections over TCP, plain or under TLS: listening, accepting, making them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sip::{Flow, Transport};
use socket2::{Domain, Protocol, SockRef, Socket as Raw, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::connections::{Connections, Place};
use super::counters::count;
use super::{stream, tls, websocket};

/// How long a connection that we make may take, handshakes included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the handshake of a connection that came may take.
pub const HANDSHAKE: Duration = Duration::from_secs(5);
/// Connections that the system keeps for us until we accept them.
const BACKLOG: i32 = 1_024;

/// How the system watches over idle connections: `tcp_keepalive_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe.
    pub idle: Duration,
    /// Between probes.
    pub interval: Duration,
    /// Probes without an answer that end it.
    pub probes: u32,
}

impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive { idle: Duration::from_secs(30), interval: Duration::from_secs(10), probes: 5 }
    }
}

/// How one transport treats its connections.
#[derive(Clone)]
pub(super) struct Manner {
    pub(super) transport: Transport,
    /// Where it listens.
    pub(super) bind: SocketAddr,
    pub(super) keepalive: Option<Keepalive>,
    /// Type of service, as the IP header has it.
    pub(super) tos: u8,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) connector: Option<TlsConnector>,
}

impl Manner {
    pub(super) fn settle(&self, stream: &TcpStream) {
        let socket = SockRef::from(stream);
        let _ = stream.set_nodelay(true);
        mark(&socket, self.tos, self.bind.is_ipv6());
        if let Some(Keepalive { idle, interval, probes }) = self.keepalive {
            let keepalive = TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(probes);
            if let Err(error) = socket.set_tcp_keepalive(&keepalive) {
                tracing::warn!(%error, "TCP keepalive cannot be set");
            }
        }
    }
}

/// Sets the type of service, where one is wanted.
pub(super) fn mark(socket: &SockRef<'_>, tos: u8, is_ipv6: bool) {
    let marked = match (tos, is_ipv6) {
        (0, _) => Ok(()),
        (tos, false) => socket.set_tos_v4(tos.into()),
        (tos, true) => socket.set_tclass_v6(tos.into()),
    };
    if let Err(error) = marked {
        tracing::warn!(%error, "the type of service cannot be set");
    }
}

pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let raw = Raw::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        raw.set_only_v6(true)?;
    }
    raw.set_reuse_address(true)?;
    raw.set_nonblocking(true)?;
    raw.bind(&address.into())?;
    raw.listen(BACKLOG)?;
    TcpListener::from_std(raw.into())
}

/// Accepts for ever.
pub(super) async fn accept(connections: Arc<Connections>, listener: TcpListener, manner: Manner) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => match connections.admit(remote.ip(), None) {
                Some(place) => connections.spawn(accepted(place, stream, manner.clone())),
                None => connections.refused(manner.transport, manner.bind, remote),
            },
            Err(error) => {
                // No descriptor is free, or the peer went: later ones may do better.
                tracing::warn!(%error, "a TCP connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn accepted(place: Place, stream: TcpStream, manner: Manner) {
    let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { return };
    manner.settle(&stream);
    let flow = Flow::connected(manner.transport, local, remote, place.number);
    let Some(acceptor) = &manner.acceptor else {
        if place.open(flow) {
            let (reader, writer) = stream.into_split();
            stream::serve(place, flow, reader, writer).await;
        }
        return;
    };
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) if place.open(flow) => {
            let (reader, writer) = tokio::io::split(stream);
            stream::serve(place, flow, reader, writer).await;
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            count(&place.connections.counters.failed_handshakes);
            tracing::info!(%remote, %error, "a TLS handshake failed");
        }
        Err(_) => {
            count(&place.connections.counters.failed_handshakes);
            tracing::info!(%remote, "a TLS handshake took too long");
        }
    }
}

/// A connection to a place: one there is, or a new one.
pub(super) async fn connect(
    connections: Arc<Connections>,
    manner: Manner,
    remote: SocketAddr,
    name: String,
) -> Option<Flow> {
    if let Some(flow) = connections.reusable(manner.transport, remote, &name) {
        return Some(flow);
    }
    let Some(place) = connections.admit(remote.ip(), Some(&name)) else {
        tracing::warn!(%remote, "no connection: too many are open");
        return None;
    };
    match timeout(CONNECT_TIMEOUT, establish(&connections, place, &manner, remote, &name)).await {
        Ok(Ok(flow)) => flow,
        Ok(Err(error)) => {
            tracing::info!(%remote, name, transport = %manner.transport, %error, "no connection");
            None
        }
        Err(_) => {
            tracing::info!(%remote, name, transport = %manner.transport, "no connection in time");
            None
        }
    }
}

async fn establish(
    connections: &Arc<Connections>,
    place: Place,
    manner: &Manner,
    remote: SocketAddr,
    name: &str,
) -> io::Result<Option<Flow>> {
    let stream = dial(manner, remote).await?;
    manner.settle(&stream);
    let flow = Flow::connected(manner.transport, stream.local_addr()?, remote, place.number);
    let secured = async |stream: TcpStream| {
        let connector = manner.connector.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        connector.connect(tls::server_name(name, remote.ip())?, stream).await
    };
    match manner.transport {
        Transport::Tcp => {
            let (reader, writer) = stream.into_split();
            if !place.open(flow) {
                return Ok(None);
            }
            connections.spawn(stream::serve(place, flow, reader, writer));
        }
        Transport::Tls => {
            let (reader, writer) = tokio::io::split(secured(stream).await?);
            if !place.open(flow) {
                return Ok(None);
            }
            connections.spawn(stream::serve(place, flow, reader, writer));
        }
        Transport::Ws => {
            let socket = websocket::ask(stream, name, remote, false).await?;
            if !place.open(flow) {
                return Ok(None);
            }
            connections.spawn(websocket::serve(place, flow, socket));
        }
        Transport::Wss => {
            let socket = websocket::ask(secured(stream).await?, name, remote, true).await?;
            if !place.open(flow) {
                return Ok(None);
            }
            connections.spawn(websocket::serve(place, flow, socket));
        }
        Transport::Udp => return Err(io::ErrorKind::Unsupported.into()),
    }
    Ok(Some(flow))
}

/// Connects from the address that the transport is bound to, where that is one.
async fn dial(manner: &Manner, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if !manner.bind.ip().is_unspecified() && manner.bind.is_ipv4() == remote.is_ipv4() {
        socket.bind(SocketAddr::new(manner.bind.ip(), 0))?;
    }
    socket.connect(remote).await
}
