//! The SIP user agent: dialogs ⇄ channels, registrations, authentication, identification of callers.

mod agent;
mod causes;
pub mod config;
mod identify;
mod incoming;
mod locate;
mod midcall;
mod outgoing;
mod register;
mod session;

use std::net::SocketAddr;

use bytes::Bytes;
use sip::Flow;

pub use agent::UserAgent;
pub use config::Config;

/// What the outside tells the user agent.
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram, or one message framed from a connection.
    Received {
        /// Where it came from.
        flow: Flow,
        /// Its octets.
        message: Bytes,
    },
    /// A flow is gone, or what was sent on it could not be delivered.
    FlowFailed {
        /// Which.
        flow: Flow,
    },
    /// A host name was looked up.
    Resolved {
        /// The number of [`Output::Resolve`].
        lookup: u64,
        /// Addresses in order of preference; empty where there is none.
        addresses: Vec<SocketAddr>,
    },
    /// A TCP connection wanted by [`Output::Connect`] is there, or could not be made.
    Connected {
        /// The number of [`Output::Connect`].
        attempt: u64,
        /// The flow.
        flow: Option<Flow>,
    },
}

/// What the user agent wants of the outside.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send one message.
    Send {
        /// Where to.
        flow: Flow,
        /// Its octets.
        message: Bytes,
    },
    /// Look a host name up.
    Resolve {
        /// A number to answer under.
        lookup: u64,
        /// The name.
        host: String,
        /// The port to put into the answer.
        port: u16,
    },
    /// Connect by TCP.
    Connect {
        /// A number to answer under.
        attempt: u64,
        /// Where to.
        remote: SocketAddr,
    },
}

/// Which extensions there are: asked of whoever has the dialplan, before a call is taken.
pub trait Extensions {
    /// Whether a call to that extension by that caller can begin there.
    fn exists(&self, context: &str, exten: &str, caller: &str) -> bool;
}
