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
}

impl Transport {
    /// The name as it stands in a Via.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// Does the transport itself deliver or say that it could not?
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
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
        Flow { transport: Transport::Tcp, local, remote, connection }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.transport, self.local, self.remote)
    }
}
