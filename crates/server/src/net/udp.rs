//! SIP over UDP.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sip::Flow;
use socket2::{Domain, Protocol, Socket as Raw, Type};

use super::local::Routes;
use super::{class_of, refusal};
use crate::inbox::{Class, Inbox};

/// What is asked of the system for datagrams that wait: some thousand messages.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Datagrams read before others get their turn.
const BATCH: usize = 64;
/// The longest datagram there is.
const MAX_DATAGRAM: usize = 65_535;

/// A bound socket: read by one task, written by the switch's thread.
pub(super) struct Socket {
    bound: SocketAddr,
    reading: tokio::net::UdpSocket,
    writing: UdpSocket,
    lost: AtomicU64,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Socket> {
        let raw = Raw::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            raw.set_only_v6(true)?;
        }
        // The system may give less; that is no reason not to start.
        let _ = raw.set_recv_buffer_size(RECEIVE_BUFFER);
        raw.set_nonblocking(true)?;
        raw.bind(&address.into())?;
        let writing: UdpSocket = raw.into();
        let reading = tokio::net::UdpSocket::from_std(writing.try_clone()?)?;
        Ok(Socket { bound: writing.local_addr()?, reading, writing, lost: AtomicU64::new(0) })
    }

    pub(super) fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Sends one datagram, or drops it where the system has no room: SIP sends again what matters.
    pub(super) fn send(&self, to: SocketAddr, message: &[u8]) {
        if let Err(error) = self.writing.send_to(message, to) {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            if lost.is_power_of_two() {
                tracing::warn!(%to, %error, lost, "SIP datagrams could not be sent");
            }
        }
    }
}

/// Reads datagrams for ever.
pub(super) async fn read(socket: Arc<Socket>, inbox: Inbox<switch::Input>) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut routes = Routes::default();
    loop {
        if let Err(error) = socket.reading.readable().await {
            tracing::error!(bound = %socket.bound, %error, "a SIP socket is gone");
            return;
        }
        for _ in 0..BATCH {
            match socket.reading.try_recv_from(&mut buffer) {
                Ok((length, from)) => take(&socket, &inbox, &mut routes, from, &buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The echo of an earlier datagram that nobody took (ICMP).
                Err(_) => {}
            }
        }
        tokio::task::yield_now().await;
    }
}

fn take(
    socket: &Socket,
    inbox: &Inbox<switch::Input>,
    routes: &mut Routes,
    from: SocketAddr,
    datagram: &[u8],
) {
    // Keepalives (RFC 5626 §4.4.1) and what is too short for SIP.
    if datagram.trim_ascii().len() < 16 {
        return;
    }
    let local = match socket.bound.ip().is_unspecified() {
        true => SocketAddr::new(routes.towards(from), socket.bound.port()),
        false => socket.bound,
    };
    let message = Bytes::copy_from_slice(datagram);
    let class = class_of(&message);
    let input = signalling::Input::Received { flow: Flow::udp(local, from), message: message.clone() };
    if inbox.post(class, switch::Input::Sip(input)).is_err()
        && class == Class::NewCall
        && let Some(answer) = refusal(message)
    {
        socket.send(from, &answer);
    }
}
