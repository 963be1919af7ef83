//! SIP, sans-IO: the base of a user agent, server or client (RFC 3261 with 3262, 3581, 4320, 6026, 7616, 8760, 3327).
//!
//! No socket, clock or task: bytes and the time go in, bytes, indications and the next deadline come out.
//!
//! * [`parse`], [`Request`], [`Response`], [`Headers`], [`Uri`], [`NameAddr`], [`Via`]: messages. A parsed message
//!   shares the buffer it came in; what is kept longer is [`Text::detached`].
//! * [`typed`]: headers of extensions, each with a type. [`Request::body_of`] finds a body among parts.
//! * [`Framer`]: cuts a TCP stream into messages.
//! * [`Transactions`]: the four machines of RFC 3261 §17, 2xx retransmission and re-acknowledgement included, so that
//!   the user keeps no timer. It answers by itself: malformed requests, CANCEL, ACK to refusals, 100, 503 when full.
//! * [`Dialog`], [`Forks`]: dialogs of both sides.
//! * [`digest`]: challenges and answers. [`registrar`]: addresses of record and their bindings.
//!
//! A server that answers every INVITE with 486:
//!
//! ```
//! use sip::{Flow, Output, Response, Settings, Transactions};
//! use std::time::Duration;
//!
//! let mut core = Transactions::new(Settings::default(), 42);
//! let flow = Flow::udp("192.0.2.2:5060".parse()?, "192.0.2.1:5060".parse()?);
//! let datagram = "INVITE sip:1000@192.0.2.2 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7;rport\r\n\
//!     From: <sip:2001@192.0.2.2>;tag=1\r\nTo: <sip:1000@192.0.2.2>\r\n\
//!     Call-ID: a\r\nCSeq: 1 INVITE\r\nContact: <sip:2001@192.0.2.1>\r\n\r\n";
//!
//! let now = Duration::ZERO;
//! core.receive(now, flow, datagram.into());
//! let mut sent = Vec::new();
//! while let Some(output) = core.poll() {
//!     match output {
//!         Output::Request { key, request, .. } => core.respond(now, key, Response::to(&request, 486))?,
//!         Output::Transmit { bytes, .. } => sent.push(bytes),
//!         _ => {}
//!     }
//! }
//! assert!(sent[0].starts_with(b"SIP/2.0 486 Busy Here\r\n"));
//! // Nobody acknowledges: it is sent again half a second later.
//! core.advance(core.deadline().expect("timer G runs"));
//! assert!(matches!(core.poll(), Some(Output::Transmit { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod acceptance;
mod dialog;
pub mod digest;
mod error;
mod flow;
mod framer;
mod header;
mod message;
mod method;
mod name_addr;
mod params;
pub mod random;
pub mod registrar;
pub mod resolve;
mod syntax;
mod text;
mod transaction;
pub mod typed;
mod uri;
mod via;

pub use dialog::{Dialog, DialogId, DialogState, Forks, MAX_FORKS, Provisional};
pub use error::Error;
pub use flow::{Flow, Transport};
pub use framer::{Frame, Framer};
pub use header::{Header, HeaderName, Headers};
pub use message::{
    CSeq, Credentials, MAX_DEPTH, MAX_FORWARDS, MAX_HEADERS, MAX_LINE, MAX_MESSAGE, MAX_PARTS, MAX_URI,
    Malformed, Message, Part, Request, RequestBuilder, Response, parse, reason_phrase,
};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use random::Random;
pub use registrar::Registrar;
pub use text::Text;
pub use transaction::{
    ClientKey, Counters, MAX_EXPIRIES, Output, ServerKey, Settings, Traffic, Transactions,
};
pub use uri::{Scheme, Uri, escape_user};
pub use via::{BRANCH_COOKIE, Via};
