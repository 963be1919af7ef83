//! Writing, line by line as Asterisk does.

use core::fmt::Write;
use std::net::IpAddr;

use crate::srtp::sdes::Crypto;
use crate::{Direction, Payload};

/// The longest packet time that we say we take, in milliseconds.
pub const MAX_PTIME_MS: u16 = 140;

/// What we describe, all but the version of its `o=` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDescription {
    /// The session's number in the `o=` line.
    pub session_id: u64,
    /// The address in the `o=` and `c=` lines.
    pub address: IpAddr,
    /// The `s=` line, without line ends.
    pub session_name: String,
    /// Who made it, in the `o=` line: a word.
    pub owner: String,
    /// The `m=` lines.
    pub media: Vec<LocalMedia>,
}

/// One `m=` line of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalMedia {
    /// Audio that we take part in.
    Audio {
        /// Our RTP port.
        port: u16,
        /// `RTP/AVP`, or as the offer had it.
        protocol: String,
        /// The codecs, preferred first.
        payloads: Vec<Payload>,
        /// Payload type of telephone-event.
        events: Option<u8>,
        /// Packet time, in milliseconds.
        ptime_ms: u8,
        /// Which way media flows, from our side.
        direction: Direction,
        /// Our key.
        crypto: Option<Crypto>,
        /// `a=rtcp-mux`.
        rtcp_mux: bool,
    },
    /// A stream that we refuse: port 0, all else as it was offered (RFC 3264 §6).
    Refused {
        /// The media's name.
        name: String,
        /// The transport.
        protocol: String,
        /// The formats.
        formats: Vec<String>,
    },
}

impl LocalDescription {
    /// The body, with this version in its `o=` line.
    pub fn to_body(&self, version: u64) -> String {
        let mut body = String::with_capacity(320);
        self.write(version, &mut body).expect("writing to a string does not fail");
        body
    }

    fn write(&self, version: u64, out: &mut String) -> core::fmt::Result {
        let Self { session_id, address, session_name, owner, media } = self;
        let family = if address.is_ipv4() { "IP4" } else { "IP6" };
        write!(out, "v=0\r\no={owner} {session_id} {version} IN {family} {address}\r\n")?;
        write!(out, "s={session_name}\r\nc=IN {family} {address}\r\nt=0 0\r\n")?;
        media.iter().try_for_each(|media| media.write(out))
    }
}

impl LocalMedia {
    fn write(&self, out: &mut String) -> core::fmt::Result {
        match self {
            LocalMedia::Audio { port, protocol, payloads, events, ptime_ms, direction, crypto, rtcp_mux } => {
                write!(out, "m=audio {port} {protocol}")?;
                payloads.iter().try_for_each(|payload| write!(out, " {}", payload.payload_type))?;
                events.iter().try_for_each(|events| write!(out, " {events}"))?;
                out.write_str("\r\n")?;
                if let Some(crypto) = crypto {
                    write!(out, "a=crypto:{}\r\n", crypto.value())?;
                }
                for Payload { payload_type, codec } in payloads {
                    write!(
                        out,
                        "a=rtpmap:{payload_type} {}/{}\r\n",
                        codec.encoding_name(),
                        codec.clock_rate()
                    )?;
                }
                if let Some(events) = events {
                    write!(out, "a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-16\r\n")?;
                }
                if *rtcp_mux {
                    out.write_str("a=rtcp-mux\r\n")?;
                }
                write!(
                    out,
                    "a=ptime:{ptime_ms}\r\na=maxptime:{MAX_PTIME_MS}\r\na={}\r\n",
                    direction.attribute()
                )
            }
            LocalMedia::Refused { name, protocol, formats } => {
                write!(out, "m={name} 0 {protocol} {}\r\n", formats.join(" "))
            }
        }
    }
}
