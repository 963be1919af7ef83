//! What makes a start impossible, each with the way out.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Why the process cannot be started with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory cannot be read.
    #[error("{}: {source}; name a directory of Asterisk's files, or make one with `strowger init DIR --listen ADDRESS`", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No transport can be used.
    #[error(
        "pjsip.conf has no transport that can be used; write\n  [udp]\n  type = transport\n  protocol = udp\n  bind = 127.0.0.1:5060"
    )]
    NoTransport,
    /// An ARI user with a password that everybody knows would be reachable from other machines.
    #[error(
        "ari.conf: the password of user `{user}` is one that everybody tries first, and HTTP listens on {address}; \
         write another `password` below [{user}], or `bindaddr = 127.0.0.1` in http.conf"
    )]
    KnownAriPassword {
        /// The user.
        user: String,
        /// An address that is not loopback.
        address: SocketAddr,
    },
    /// A SIP user with a password that everybody knows would be reachable from other machines.
    #[error(
        "pjsip.conf: the password of [{auth}] is one that everybody tries first, and SIP listens on {address}; \
         write another `password` below [{auth}], or bind the transports to 127.0.0.1"
    )]
    KnownSipPassword {
        /// The `type=auth` section.
        auth: String,
        /// An address that is not loopback.
        address: SocketAddr,
    },
    /// The HTTP address is no address of this machine.
    #[error(
        "http.conf: `bindaddr = {0}` is neither an address nor `localhost`; write an IP address of this machine"
    )]
    HttpAddress(String),
    /// RTP has no address to be bound to.
    #[error("no address for RTP in the family of {0}; bind a transport in that family")]
    NoRtpAddress(IpAddr),
}
