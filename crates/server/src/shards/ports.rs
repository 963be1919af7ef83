//! RTP/RTCP port pairs: bound ahead, posted as credits, moved with their legs.

use std::any::Any;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use call::PortCredit;
use media::{PacketKind, PortId, Transmit};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket as Raw, Type};

use super::traffic::Traffic;
use crate::config::Rtp;

/// Pairs of a shard that are bound before a leg wants them: as many as calls can come while more are being bound.
pub const AHEAD: usize = 256;
/// Pairs that are bound in one turn: binding takes some 20 µs a pair, and audio must not wait for it.
pub(super) const BOUND_AT_ONCE: usize = 8;
/// Port numbers there are; a pair of IPv6 is known by its number above that.
const PORTS: u64 = 1 << 16;
/// What is asked of the system for packets that wait: a second of audio and more.
const RECEIVE_BUFFER: usize = 256 << 10;
/// Expedited forwarding (RFC 3246), as telephony is marked.
const TYPE_OF_SERVICE: u32 = 0xb8;

/// The sockets of a pair; what the drivers of two shards hand each other.
pub(super) struct Pair {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
}

/// The pairs of one shard.
pub(super) struct Ports {
    registry: Registry,
    pairs: HashMap<PortId, Pair>,
    /// Even ports of this shard that are not bound yet, by address, the next one last.
    unbound: Vec<(IpAddr, Vec<u16>)>,
    /// What went through the sockets.
    pub(super) traffic: Traffic,
}

/// What packet came through which token.
pub(super) fn token(port: PortId, kind: PacketKind) -> Token {
    let odd = match kind {
        PacketKind::Rtp => 0,
        PacketKind::Rtcp => 1,
    };
    Token((port.0 as usize) << 1 | odd)
}

/// The pair and the kind of a token.
pub(super) fn of_token(token: Token) -> (PortId, PacketKind) {
    let kind = if token.0 & 1 == 0 { PacketKind::Rtp } else { PacketKind::Rtcp };
    (PortId((token.0 >> 1) as u64), kind)
}

impl Ports {
    /// The share of shard `number` of `count` in a range.
    pub(super) fn new(registry: Registry, rtp: Rtp, addresses: &[IpAddr], number: u16, count: u16) -> Ports {
        let share = || {
            let mut ports: Vec<u16> =
                rtp.pairs().skip(usize::from(number)).step_by(usize::from(count.max(1))).collect();
            ports.reverse();
            ports
        };
        let unbound = addresses.iter().map(|address| (*address, share())).collect();
        Ports { registry, pairs: HashMap::new(), unbound, traffic: Traffic::default() }
    }

    pub(super) fn pair(&self, port: PortId) -> Option<&Pair> {
        self.pairs.get(&port)
    }

    /// Binds up to `count` more pairs of each family. A pair that another program has is passed over.
    pub(super) fn bind(&mut self, count: usize) -> Vec<PortCredit> {
        let mut credits = Vec::new();
        for (address, ports) in &mut self.unbound {
            let mut bound = 0;
            while bound < count
                && let Some(rtp_port) = ports.pop()
            {
                let port = id(*address, rtp_port);
                match bind_pair(*address, rtp_port).and_then(|pair| register(&self.registry, port, pair)) {
                    Ok(pair) => {
                        self.pairs.insert(port, pair);
                        credits.push(PortCredit { port, address: *address, rtp_port });
                        bound += 1;
                    }
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                        tracing::debug!(%address, rtp_port, "another program has this port of rtp.conf's range");
                    }
                    Err(error) => {
                        tracing::warn!(%address, rtp_port, %error, "a media port could not be bound");
                        ports.push(rtp_port);
                        break;
                    }
                }
            }
        }
        credits
    }

    /// Takes a pair out, for another shard.
    pub(super) fn take(&mut self, port: PortId) -> Option<Box<dyn Any + Send>> {
        let mut pair = self.pairs.remove(&port)?;
        let registry = &self.registry;
        let result = registry.deregister(&mut pair.rtp).and_then(|()| registry.deregister(&mut pair.rtcp));
        if let Err(error) = result {
            tracing::error!(%error, "a media socket could not leave its shard");
        }
        Some(Box::new(pair))
    }

    /// Puts in a pair that another shard took out.
    pub(super) fn put(&mut self, port: PortId, pair: Box<dyn Any + Send>) {
        let Ok(pair) = pair.downcast::<Pair>() else { return };
        match register(&self.registry, port, *pair) {
            Ok(pair) => {
                self.pairs.insert(port, pair);
            }
            Err(error) => tracing::error!(%error, "a media socket could not join its shard"),
        }
    }
}

impl Transmit for Ports {
    fn send(&mut self, port: PortId, kind: PacketKind, to: SocketAddr, packet: &[u8]) {
        let Some(pair) = self.pairs.get(&port) else { return };
        let socket = match kind {
            PacketKind::Rtp => &pair.rtp,
            PacketKind::Rtcp => &pair.rtcp,
        };
        match socket.send_to(packet, to) {
            Ok(_) => self.traffic.sent.count(kind, packet.len()),
            Err(_) => self.traffic.unsent += 1,
        }
    }
}

fn id(address: IpAddr, rtp_port: u16) -> PortId {
    let family = if address.is_ipv4() { 0 } else { PORTS };
    PortId(family + u64::from(rtp_port))
}

fn bind_pair(address: IpAddr, rtp_port: u16) -> io::Result<Pair> {
    Ok(Pair { rtp: bind(address, rtp_port)?, rtcp: bind(address, rtp_port + 1)? })
}

fn bind(address: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let address = SocketAddr::new(address, port);
    let raw = Raw::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        raw.set_only_v6(true)?;
    } else {
        // A network that does not let us mark packets carries them all the same.
        let _ = raw.set_tos_v4(TYPE_OF_SERVICE);
    }
    let _ = raw.set_recv_buffer_size(RECEIVE_BUFFER);
    raw.set_nonblocking(true)?;
    raw.bind(&address.into())?;
    Ok(UdpSocket::from_std(raw.into()))
}

fn register(registry: &Registry, port: PortId, mut pair: Pair) -> io::Result<Pair> {
    registry.register(&mut pair.rtp, token(port, PacketKind::Rtp), Interest::READABLE)?;
    registry.register(&mut pair.rtcp, token(port, PacketKind::Rtcp), Interest::READABLE)?;
    Ok(pair)
}
