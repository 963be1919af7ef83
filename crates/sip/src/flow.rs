//! Where bytes come from and go to.

use std::fmt;
use std::net::SocketAddr;

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams; transactions retransmit.
    Udp,
    /// A connection; nothing is retransmitted but a 2xx to INVITE.
    Tcp,
    /// A connection under TLS (RFC 5630).
    Tls,
    /// A WebSocket (RFC 7118).
    Ws,
    /// A WebSocket under TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// The name as it stands in a Via.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// Does the transport itself deliver or say that it could not?
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => true,
        }
    }

    /// Is what goes over it encrypted?
    pub const fn is_secure(self) -> bool {
        match self {
            Transport::Udp | Transport::Tcp | Transport::Ws => false,
            Transport::Tls | Transport::Wss => true,
        }
    }

    /// The port where a URI names none (RFC 3261 §19.1.2, RFC 7118 §5.3).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// The transport of a `transport=` parameter or a Via, in any case.
    pub fn from_name(name: &str) -> Option<Transport> {
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss]
            .into_iter()
            .find(|transport| transport.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One path to a peer: a pair of addresses, or a connection (RFC 5626's word).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// The protocol.
    pub transport: Transport,
    /// Our address; what Via and Contact say when nothing else is configured, so not 0.0.0.0.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
    /// The number of the connection, given by whoever owns it; 0 for UDP.
    pub connection: u64,
}

impl Flow {
    /// A UDP path.
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Flow {
        Flow { transport: Transport::Udp, local, remote, connection: 0 }
    }

    /// A TCP connection with the number its owner gave it.
    pub const fn tcp(local: SocketAddr, remote: SocketAddr, connection: u64) -> Flow {
        Flow::connected(Transport::Tcp, local, remote, connection)
    }

    /// A connection of any transport with the number its owner gave it.
    pub const fn connected(
        transport: Transport,
        local: SocketAddr,
        remote: SocketAddr,
        connection: u64,
    ) -> Flow {
        Flow { transport, local, remote, connection }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.transport, self.local, self.remote)
    }
}
