//! The SIP user agent: dialogs ⇄ channels, registrations, authentication, identification of callers.

mod agent;
mod causes;
pub mod config;
mod contacts;
mod date;
mod dial_string;
mod enrol;
mod errand;
mod event_body;
mod forks;
mod identify;
mod identity;
mod incoming;
mod info;
mod locate;
mod message;
mod midcall;
mod mwi;
mod nat;
mod outgoing;
mod qualify;
mod redirection;
mod refer;
mod register;
mod reinvite;
mod reliable;
mod session;
mod session_timer;
mod streams;
mod subscribe;
mod suspects;
mod timers;
pub mod view;

use std::net::SocketAddr;

use bytes::Bytes;
use sip::resolve::{LookupFailure, Query, Records};
use sip::{Flow, Transport};

pub use agent::UserAgent;
pub use config::Config;
pub use enrol::{RegistrationSnapshot, RegistrationState};

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
    /// The domain name system was asked.
    Resolved {
        /// The number of [`Output::Resolve`].
        lookup: u64,
        /// What was found.
        found: Result<Records, LookupFailure>,
    },
    /// A connection wanted by [`Output::Connect`] is there, or could not be made.
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
    /// Ask the domain name system.
    Resolve {
        /// A number to answer under.
        lookup: u64,
        /// What.
        query: Query,
    },
    /// Connect.
    Connect {
        /// A number to answer under.
        attempt: u64,
        /// By which transport; never UDP.
        transport: Transport,
        /// Where to.
        remote: SocketAddr,
        /// The name that the certificate of the far end has to show (RFC 5922), and the Host of a WebSocket; the
        /// address where there is no name.
        name: String,
    },
    /// Keep a flow open: CRLF twice on a connection (RFC 5626 §3.5.1).
    KeepAlive {
        /// Which.
        flow: Flow,
    },
    /// Close a connection: nothing more will be sent or wanted on it.
    Close {
        /// Which.
        flow: Flow,
    },
}

/// Which extensions there are: asked of whoever has the dialplan, before a call is taken.
pub trait Extensions {
    /// Whether a call to that extension by that caller can begin there.
    fn exists(&self, context: &str, exten: &str, caller: &str) -> bool;

    /// The hint of an extension, its variables replaced: devices joined by `&`, and what follows a comma.
    fn hint(&self, context: &str, exten: &str) -> Option<String>;

    /// Whether somebody wants the texts that an endpoint sends.
    fn wants_messages(&self, endpoint: &str) -> bool;
}
