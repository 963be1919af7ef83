//! The SIP user agent: dialogs ⇄ channels, registrations, authentication, identification of callers.

pub mod config;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use call::{Calls, ChannelKey, Verb};
use sip::Flow;

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

/// The user agent.
pub struct UserAgent {}

impl UserAgent {
    /// A user agent. `seed` feeds its tags, branches and nonces.
    pub fn new(config: Config, seed: u64, calls: &mut Calls) -> UserAgent {
        let _ = (config, seed, calls);
        UserAgent {}
    }

    /// Something came from outside.
    pub fn input(&mut self, calls: &mut Calls, input: Input) {
        let _ = (calls, input);
    }

    /// The call model asks something of a SIP channel. The channel of `Verb::Hangup` is gone from the model already.
    pub fn perform(&mut self, calls: &mut Calls, channel: ChannelKey, verb: Verb) {
        let _ = (calls, channel, verb);
    }

    /// Works what is due.
    pub fn advance(&mut self, calls: &mut Calls) {
        let _ = calls;
    }

    /// When [`UserAgent::advance`] wants to be called next.
    pub fn deadline(&self) -> Option<Duration> {
        None
    }

    /// The next thing wanted of the outside.
    pub fn next_output(&mut self) -> Option<Output> {
        None
    }
}
