//! SIP over UDP.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use mio::{Interest, Registry, Token};
use sip::{Flow, Transport};
use socket2::{Domain, Protocol, SockRef, Socket as Raw, Type};

use super::connections::Connections;
use super::counters::{Counters, count};
use super::door::{Door, Offence};
use super::local::Routes;
use super::tcp::mark;
use super::{class_of, is_sip, refusal};
use crate::inbox::{Class, Inbox};

/// What is asked of the system for datagrams that wait: some thousand messages.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Datagrams read before the switch works again: more than it works in a turn, so that the shares of the inbox decide
/// who has to wait, and not the system's buffer.
const BATCH: usize = 1_024;
/// The longest datagram there is.
const MAX_DATAGRAM: usize = 65_535;

/// A bound socket, read and written by the switch's thread: a message on its way to the switch passes no other.
pub(super) struct Socket {
    bound: SocketAddr,
    socket: mio::net::UdpSocket,
    routes: Routes,
    buffer: Box<[u8]>,
    /// It was not read to its end.
    is_unread: bool,
    lost: Cell<u64>,
    counters: Arc<Counters>,
    door: Arc<Door>,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr, tos: u8, beside: &Connections) -> io::Result<Socket> {
        let raw = Raw::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            raw.set_only_v6(true)?;
        }
        // The system may give less; that is no reason not to start.
        let _ = raw.set_recv_buffer_size(RECEIVE_BUFFER);
        raw.set_nonblocking(true)?;
        mark(&SockRef::from(&raw), tos, address.is_ipv6());
        raw.bind(&address.into())?;
        let socket = mio::net::UdpSocket::from_std(raw.into());
        Ok(Socket {
            bound: socket.local_addr()?,
            socket,
            routes: Routes::default(),
            buffer: vec![0; MAX_DATAGRAM].into(),
            is_unread: true,
            lost: Cell::new(0),
            counters: beside.counters.clone(),
            door: beside.door.clone(),
        })
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.socket, token, Interest::READABLE)
    }

    pub(super) fn bound(&self) -> SocketAddr {
        self.bound
    }

    #[cfg(test)]
    pub(super) fn type_of_service(&self) -> u32 {
        SockRef::from(&self.socket).tos_v4().unwrap()
    }

    /// Sends one datagram, or drops it where the system has no room: SIP sends again what matters.
    pub(super) fn send(&self, to: SocketAddr, message: &[u8]) {
        self.counters.sent(Transport::Udp, message.len());
        if let Err(error) = self.socket.send_to(message, to) {
            let lost = self.lost.get() + 1;
            self.lost.set(lost);
            if lost.is_power_of_two() {
                tracing::warn!(%to, %error, lost, "SIP datagrams could not be sent");
            }
        }
    }

    /// There is something to read.
    pub(super) fn set_unread(&mut self) {
        self.is_unread = true;
    }

    /// Whether more may be there than was read.
    pub(super) fn is_unread(&self) -> bool {
        self.is_unread
    }

    /// Reads what is there into the inbox, as far as this turn allows.
    pub(super) fn read(&mut self, inbox: &Inbox<switch::Input>) {
        for _ in 0..BATCH {
            if !self.is_unread {
                break;
            }
            match self.socket.recv_from(&mut self.buffer) {
                Ok((length, from)) => self.take(inbox, from, length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.is_unread = false,
                // The echo of an earlier datagram that nobody took (ICMP).
                Err(_) => {}
            }
        }
    }

    fn take(&mut self, inbox: &Inbox<switch::Input>, from: SocketAddr, length: usize) {
        let datagram = &self.buffer[..length];
        // Keepalives (RFC 5626 §4.4.1) and what is too short for SIP.
        if datagram.trim_ascii().len() < 16 {
            return;
        }
        let local = match self.bound.ip().is_unspecified() {
            true => SocketAddr::new(self.routes.towards(from), self.bound.port()),
            false => self.bound,
        };
        if !is_sip(datagram) {
            count(&self.counters.unreadable);
            return self.door.tell(Offence::BadFormat, Transport::Udp, local, from);
        }
        self.counters.received(Transport::Udp, length);
        let message = Bytes::copy_from_slice(datagram);
        let class = class_of(&message);
        let input = signalling::Input::Received { flow: Flow::udp(local, from), message: message.clone() };
        if inbox.post(class, switch::Input::Sip(input)).is_ok() {
            return;
        }
        count(&self.counters.refused_messages);
        self.door.tell(Offence::TooMuch, Transport::Udp, local, from);
        if class == Class::NewCall
            && let Some(answer) = refusal(message)
        {
            self.send(from, &answer);
        }
    }
}
