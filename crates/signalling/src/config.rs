//! What the user agent is configured with: `pjsip.conf`'s objects, read and checked by whoever read the file.

pub use sip::digest::Algorithm;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rtp::Codec;

/// Everything the user agent is told at start and at each reload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// `Server:` and `User-Agent:`.
    pub user_agent: String,
    /// Realm of our challenges.
    pub realm: String,
    /// Transports, by name.
    pub transports: Vec<Transport>,
    /// Endpoints, by name.
    pub endpoints: Vec<Endpoint>,
    /// Addresses of record, by name.
    pub aors: Vec<Aor>,
    /// Credentials, by name.
    pub auths: Vec<Auth>,
    /// Source addresses that stand for an endpoint.
    pub identifies: Vec<Identify>,
    /// Endpoint of callers who are not known (`anonymous`); without it they are challenged and refused.
    pub anonymous: Option<Arc<str>>,
    /// In which order a caller is told: `pjsip.conf` `endpoint_identifier_order`.
    pub identifier_order: Vec<Identifier>,
}

/// A way to tell which endpoint a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// Its source address.
    Ip,
    /// The user of its From.
    Username,
    /// The user of its credentials.
    AuthUsername,
    /// Nothing: the anonymous endpoint.
    Anonymous,
}

/// Protocol of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// A `type=transport`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// Name.
    pub name: Arc<str>,
    /// Protocol.
    pub protocol: Protocol,
    /// Where it listens.
    pub bind: SocketAddr,
    /// Address to write into Via and Contact instead of the bound one.
    pub external_signaling_address: Option<IpAddr>,
    /// Port to go with it.
    pub external_signaling_port: Option<u16>,
    /// Address to write into SDP instead of the bound one.
    pub external_media_address: Option<IpAddr>,
}

/// How digits go to and come from an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DtmfMode {
    /// RFC 4733, or INFO and in-band where it was not agreed.
    #[default]
    Rfc4733,
    /// SIP INFO.
    Info,
    /// Tones in the audio.
    Inband,
    /// RFC 4733 where agreed, else in-band.
    Auto,
}

/// A `type=endpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name: the resource of `PJSIP/<name>`.
    pub name: Arc<str>,
    /// Context its calls enter.
    pub context: String,
    /// Codecs it may use, preferred first.
    pub codecs: Vec<Codec>,
    /// Credentials it has to show; without any it need not.
    pub auths: Vec<Arc<str>>,
    /// Credentials we show to it.
    pub outbound_auths: Vec<Arc<str>>,
    /// Where it can be found.
    pub aors: Vec<Arc<str>>,
    /// Transport to reach it by.
    pub transport: Option<Arc<str>>,
    /// Caller id of its calls: name and number; from From where `None`.
    pub caller_id: Option<call::Party>,
    /// User of our From towards it.
    pub from_user: Option<String>,
    /// Host of our From towards it.
    pub from_domain: Option<String>,
    /// Digits.
    pub dtmf_mode: DtmfMode,
    /// Answer where its packets come from (RFC 4961).
    pub rtp_symmetric: bool,
    /// Answer its requests where they came from, as if `rport` were asked.
    pub force_rport: bool,
    /// Take its source address for its Contact.
    pub rewrite_contact: bool,
    /// Address to write into SDP for it.
    pub media_address: Option<IpAddr>,
    /// Language of prompts.
    pub language: String,
    /// Account code of its channels.
    pub account_code: String,
    /// Variables set on its channels (`set_var`).
    pub variables: Vec<(String, String)>,
    /// Most channels at once; 0 without limit.
    pub device_limit: u32,
}

/// A `type=aor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aor {
    /// Name: the user of its registrations.
    pub name: Arc<str>,
    /// Contacts that are always there.
    pub contacts: Vec<String>,
    /// Most registered contacts; 0: none may register.
    pub max_contacts: u32,
    /// Whether a registration beyond that replaces the oldest.
    pub remove_existing: bool,
    /// Shortest registration, seconds.
    pub minimum_expiration: u32,
    /// Longest registration, seconds.
    pub maximum_expiration: u32,
    /// Registration where none is asked, seconds.
    pub default_expiration: u32,
    /// How often each contact is asked by OPTIONS, seconds; 0: never.
    pub qualify_frequency: u32,
}

/// A `type=auth`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Name.
    pub name: Arc<str>,
    /// User.
    pub username: String,
    /// Realm to expect or to use; ours where empty.
    pub realm: String,
    /// What is known of the password.
    pub secret: Secret,
    /// Digests offered to who calls or registers, the preferred one first; MD5 alone where empty.
    pub algorithms: Vec<Algorithm>,
}

/// What is known of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password.
    Password(String),
    /// MD5 of `user:realm:password`, hexadecimal (`auth_type=md5`).
    Ha1Md5(String),
}

/// A `type=identify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identify {
    /// Name.
    pub name: Arc<str>,
    /// The endpoint.
    pub endpoint: Arc<str>,
    /// Networks whose requests are its: address and prefix length.
    pub matches: Vec<(IpAddr, u8)>,
}
