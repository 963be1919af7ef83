//! Where a SIP URI leads (RFC 3263): what has to be asked of the domain name system, and in which order what it
//! answers is to be tried: a [`Resolution`] says what to [`Query`], takes the [`Records`], and ends with [`Target`]s.

mod resolution;
mod weight;

pub use resolution::{MAX_QUERIES, MAX_RECORDS, MAX_TARGETS, Resolution, Step, Unreachable};

use crate::flow::Transport;
use std::net::{IpAddr, SocketAddr};

/// A transport that we can send by, over one version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The transport.
    pub transport: Transport,
    /// Over IPv6, else over IPv4.
    pub is_ipv6: bool,
}

/// A place to try.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// By which transport.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
    /// The host of the URI: what a certificate has to show (RFC 5922 §7.1), and the Host of a WebSocket.
    pub name: String,
}

/// What is asked of the domain name system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// NAPTR records of a domain (RFC 3263 §4.1).
    Naptr(String),
    /// SRV records of a service name such as `_sip._udp.example.com` (RFC 2782).
    Srv(String),
    /// A and AAAA records of a host.
    Addresses(String),
}

/// What it answers. Without any record of the kind the list is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// To [`Query::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Query::Srv`].
    Srv(Vec<Srv>),
    /// To [`Query::Addresses`], in the order they came.
    Addresses(Vec<IpAddr>),
}

/// A NAPTR record, as far as RFC 3263 needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// Lower goes first.
    pub order: u16,
    /// Within one order, lower goes first.
    pub preference: u16,
    /// `s` for one that leads to SRV records.
    pub flags: String,
    /// Such as `SIP+D2U`.
    pub service: String,
    /// The name to go on with.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower goes first.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    /// Port.
    pub port: u16,
    /// Host.
    pub target: String,
}

/// Why a question had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LookupFailure {
    /// There is no such name.
    #[error("there is no such name")]
    NoSuchName,
    /// No name server answered in time, or it could not say.
    #[error("no name server could say")]
    Unavailable,
}
