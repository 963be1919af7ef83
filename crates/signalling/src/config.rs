//! What the user agent is configured with: `pjsip.conf`'s objects, read and checked by whoever read the file.

mod acl;
mod endpoint;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

pub use acl::{Acl, AclRule};
pub use endpoint::{
    ConnectedLineMethod, DtmfMode, Endpoint, Identity, InbandProgress, MediaEncryption, MediaOptions,
    RedirectMethod, Reliable, SessionOptions, SessionTimers, Subscriptions,
};
pub use sip::Transport as Protocol;
pub use sip::digest::Algorithm;

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
    /// Digests offered where credentials name none; MD5 alone where empty (`default_auth_algorithms_uas`).
    pub algorithms: Vec<Algorithm>,
    /// Source addresses and headers that stand for an endpoint.
    pub identifies: Vec<Identify>,
    /// Registrations of ours with others (`type=registration`).
    pub registrations: Vec<Registration>,
    /// Domains that are other names of one domain (`type=domain_alias`): alias and domain.
    pub domain_aliases: Vec<(String, String)>,
    /// What holds for all of it (`type=global`, `type=system`).
    pub global: Global,
    /// Endpoint of callers who are not known (`anonymous`); without it they are challenged and refused.
    pub anonymous: Option<Arc<str>>,
    /// In which order a caller is told: `pjsip.conf` `endpoint_identifier_order`.
    pub identifier_order: Vec<Identifier>,
    /// What `rtp.conf` says of every stream.
    pub streams: Streams,
    /// Sources that nothing is taken from (`type=acl`): refused with 403.
    pub acl: Acl,
    /// Contacts that nothing is taken with (`type=acl`): refused with 403.
    pub contact_acl: Acl,
}

/// What holds for every stream: `rtp.conf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streams {
    /// How sources are learned (`strictrtp`, `probation`); its peer is not looked at.
    pub source: rtp::SourcePolicy,
    /// Time between two RTCP reports (`rtcpinterval`).
    pub report_interval: Duration,
    /// Whether an SRTP packet that comes again is refused (`srtpreplayprotection`).
    pub refuses_replayed: bool,
    /// What keys of ours are made of. It has to be there where an endpoint encrypts.
    pub secret: Option<rtp::srtp::Secret>,
}

impl Default for Streams {
    fn default() -> Streams {
        Streams {
            source: rtp::SourcePolicy::default(),
            report_interval: rtp::send::REPORT_INTERVAL,
            refuses_replayed: true,
            secret: None,
        }
    }
}

/// A way to tell which endpoint a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// Its source address.
    Ip,
    /// A header of it.
    Header,
    /// Its Request-URI.
    RequestUri,
    /// The user of its From.
    Username,
    /// The user of its credentials.
    AuthUsername,
    /// Nothing: the anonymous endpoint.
    Anonymous,
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
    /// Networks on our side of the address translator, address and prefix length: towards these the external
    /// addresses are not written. Without any, they are written towards everybody.
    pub local_nets: Vec<(IpAddr, u8)>,
    /// Requests to a registered contact leave by the transport that it registered over (`symmetric_transport`).
    pub symmetric: bool,
}

/// A `type=global` and a `type=system`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    /// `Max-Forwards` of our requests.
    pub max_forwards: u8,
    /// User of our From where the caller has none.
    pub default_from_user: String,
    /// How often a connection of ours is kept open by CRLF (RFC 5626 §3.5.1); zero: never.
    pub keep_alive_interval: Duration,
    /// So many requests of one address that belong to nobody, within [`Global::unidentified_period`], are worth a line
    /// in the security log and cost it its answers.
    pub unidentified_count: u32,
    /// See [`Global::unidentified_count`].
    pub unidentified_period: Duration,
    /// Domains are not looked at when an endpoint is told by a user name.
    pub disable_multi_domain: bool,
    /// Longest wait before the first OPTIONS to a contact; spread evenly.
    pub max_initial_qualify_time: Duration,
    /// A REFER may go without its subscription (`norefersub`, RFC 4488).
    pub norefersub: bool,
    /// RFC 3261's T1.
    pub timer_t1: Duration,
    /// RFC 3261's timer B.
    pub timer_b: Duration,
    /// Short header names in what we send (RFC 3261 §7.3.3).
    pub compact_headers: bool,
    /// No message-summary goes to a phone that did not subscribe to it, when it registers.
    pub mwi_disable_initial_unsolicited: bool,
    /// Extension in MWI's Message-Account.
    pub default_voicemail_extension: Option<String>,
}

impl Default for Global {
    fn default() -> Global {
        Global {
            max_forwards: 70,
            default_from_user: "asterisk".to_owned(),
            keep_alive_interval: Duration::from_secs(90),
            unidentified_count: 5,
            unidentified_period: Duration::from_secs(5),
            disable_multi_domain: false,
            max_initial_qualify_time: Duration::ZERO,
            norefersub: true,
            timer_t1: Duration::from_millis(500),
            timer_b: Duration::from_secs(32),
            compact_headers: false,
            mwi_disable_initial_unsolicited: false,
            default_voicemail_extension: None,
        }
    }
}

/// A `type=registration`: we register with somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Name.
    pub name: Arc<str>,
    /// Whom to register with: Request-URI of our REGISTER.
    pub server_uri: String,
    /// Whom to register: To and From.
    pub client_uri: String,
    /// User of the Contact.
    pub contact_user: String,
    /// More parameters of the Contact.
    pub contact_header_params: Option<String>,
    /// How long, seconds.
    pub expiration: u32,
    /// Attempts in a row after failures of the other side that may pass; then it is given up.
    pub max_retries: u32,
    /// Between two attempts, seconds.
    pub retry_interval: u32,
    /// Between two attempts after 403, seconds; 0: given up.
    pub forbidden_retry_interval: u32,
    /// Between two attempts after another answer that says "never", seconds; 0: given up.
    pub fatal_retry_interval: u32,
    /// Refused credentials are final.
    pub auth_rejection_permanent: bool,
    /// Longest wait before the first attempt, seconds; spread evenly.
    pub max_random_initial_delay: u32,
    /// Credentials to show.
    pub outbound_auths: Vec<Arc<str>>,
    /// Where to send it first.
    pub outbound_proxy: Option<String>,
    /// Transport to send it by.
    pub transport: Option<Arc<str>>,
    /// Put a `line` parameter into the Contact, by which calls that come back are known to belong to
    /// [`Registration::endpoint`].
    pub line: bool,
    /// The endpoint of such calls.
    pub endpoint: Option<Arc<str>>,
    /// Say `Supported: path` (RFC 3327).
    pub support_path: bool,
    /// Say `Supported: outbound` with `reg-id` and `+sip.instance` (RFC 5626).
    pub support_outbound: bool,
    /// `User-Agent` of it; that of all requests where `None`.
    pub user_agent: Option<String>,
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
    /// How long an answer may take.
    pub qualify_timeout: Duration,
    /// Only a 2xx counts as an answer.
    pub qualify_2xx_only: bool,
    /// Credentials of the endpoint are shown where OPTIONS is challenged.
    pub authenticate_qualify: bool,
    /// Of contacts too many, one that does not answer goes first.
    pub remove_unavailable: bool,
    /// Where requests to it go first.
    pub outbound_proxy: Option<String>,
    /// Path is taken from its registrations (RFC 3327).
    pub support_path: bool,
    /// Mailboxes whose state is told to whoever registers (`mailbox@context`).
    pub mailboxes: Vec<String>,
    /// Extension in MWI's Message-Account.
    pub voicemail_extension: Option<String>,
}

impl Default for Aor {
    fn default() -> Aor {
        Aor {
            name: "".into(),
            contacts: Vec::new(),
            max_contacts: 0,
            remove_existing: false,
            minimum_expiration: 60,
            maximum_expiration: 7_200,
            default_expiration: 3_600,
            qualify_frequency: 0,
            qualify_timeout: Duration::from_secs(3),
            qualify_2xx_only: false,
            authenticate_qualify: false,
            remove_unavailable: false,
            outbound_proxy: None,
            support_path: false,
            mailboxes: Vec::new(),
            voicemail_extension: None,
        }
    }
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
    /// Host names in `match`. Whoever hands this configuration in has looked them up and put their addresses into
    /// [`Identify::matches`].
    pub hosts: Vec<String>,
    /// Header name, and the value it has to have.
    pub match_header: Option<(String, Matching)>,
    /// What the Request-URI has to be.
    pub match_request_uri: Option<Matching>,
}

/// What a value has to be: Asterisk takes a text between slashes as a regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    /// This very text.
    Exactly(String),
    /// Something this regular expression finds.
    Pattern(String),
}
