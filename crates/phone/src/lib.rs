//! A softphone as a plain struct: the far end in the demo, the simulation, the interop tests and the load generator.
//!
//! No socket and no clock: a driver hands in datagrams and the time, and sends what comes out.
//!
//! ```text
//! phone.lend_port(address)          RTP sockets that the driver has bound, one a call
//! phone.register(now), call(now, …), command(now, call, …)
//! phone.sip(now, flow, bytes)       a SIP message came
//! phone.rtp(now, local, from, …)    a datagram came on a lent port
//! phone.advance(now)                the deadline has come
//! ```
//!
//! The rule: after each of these, drain [`Phone::poll`]; then wait for input, or for [`Phone::deadline`] to call
//! [`Phone::advance`]. Every SIP message that a phone sends or receives passes the driver as bytes, so a driver that
//! wants a ladder writes one from there.
//!
//! A phone has any number of calls up to [`Settings::max_calls`], each with a few hundred bytes of state; no RTP packet
//! costs an allocation. What it does without being told is in [`Behaviour`], what it does wrong on purpose in
//! [`Misbehaviour`].
//!
//! Not here: RTCP, re-registration after a lost connection, forking (a second 2xx to one INVITE is ignored),
//! session timers, 100rel.

mod call;
mod command;
mod error;
mod extensions;
mod incoming;
mod media_stream;
mod outgoing;
mod output;
mod outside;
mod phone;
mod registration;
mod session;
mod settings;
mod sound;
mod statistics;
mod timers;

pub use call::{CallId, CallState};
pub use command::Command;
pub use error::Error;
pub use output::{Ending, Event, Output, Report, RtpPacket};
pub use phone::Phone;
pub use settings::{Behaviour, Encryption, Hearing, Misbehaviour, Settings};
pub use statistics::Statistics;
