//! Session descriptions as we need them: read tolerantly, written in Asterisk's order (RFC 8866).

mod read;
mod write;

use std::net::{IpAddr, SocketAddr};

pub use read::{MAX_CRYPTO, MAX_DESCRIPTION_LEN, MAX_MEDIA, parse};
pub use write::{LocalDescription, LocalMedia, MAX_PTIME_MS};

use crate::srtp::sdes::Crypto;
use crate::{Codec, Direction};

/// What the far end describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its `m=` lines, in order.
    pub media: Vec<Media>,
}

/// One `m=` line with what belongs to it, session-level defaults applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The media's name as written: `audio`, `video`, `image`, …
    pub name: String,
    /// Its port; 0 for a stream refused or given up.
    pub port: u16,
    /// The transport as written: `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    pub protocol: String,
    /// The formats as written.
    pub formats: Vec<String>,
    /// The address of its `c=` line or the session's; `None` where there is none, or a host name.
    pub address: Option<IpAddr>,
    /// Where RTCP goes where `a=rtcp` says so (RFC 3605); its address is the stream's own where it names none.
    pub rtcp: Option<(u16, Option<IpAddr>)>,
    /// Which way media flows, from the far end's side; both ways where nothing is said.
    pub direction: Direction,
    /// What each RTP payload type among the formats stands for, in the formats' order, unknown ones left out.
    pub payloads: Vec<(u8, Format)>,
    /// Packet time wished for, in milliseconds.
    pub ptime_ms: Option<u16>,
    /// Longest packet time taken, in milliseconds.
    pub maxptime_ms: Option<u16>,
    /// Its `a=crypto` lines that we can use, in order, at most [`MAX_CRYPTO`].
    pub crypto: Vec<Crypto>,
    /// RTCP may go over RTP's port (`a=rtcp-mux`, RFC 5761).
    pub rtcp_mux: bool,
}

/// An RTP format that we can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Audio.
    Codec(Codec),
    /// Digits at 8 kHz (RFC 4733).
    TelephoneEvent,
}

impl Media {
    /// Whether this is audio.
    pub fn is_audio(&self) -> bool {
        self.name.eq_ignore_ascii_case("audio")
    }

    /// Whether the transport is plain RTP: `RTP/AVP`, or `RTP/AVPF` whose feedback we do without.
    pub fn is_plain_rtp(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("RTP/AVP") || self.protocol.eq_ignore_ascii_case("RTP/AVPF")
    }

    /// Whether the transport is SRTP with keys in the description: `RTP/SAVP` or `RTP/SAVPF`.
    pub fn is_secure_rtp(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("RTP/SAVP") || self.protocol.eq_ignore_ascii_case("RTP/SAVPF")
    }

    /// Where to send RTP; `None` without an address.
    pub fn rtp_address(&self) -> Option<SocketAddr> {
        self.address.map(|address| SocketAddr::new(address, self.port))
    }

    /// Where to send RTCP: what `a=rtcp` says, or the port after RTP's.
    pub fn rtcp_address(&self) -> Option<SocketAddr> {
        let address = self.address?;
        Some(match self.rtcp {
            Some((port, other)) => SocketAddr::new(other.unwrap_or(address), port),
            None => SocketAddr::new(address, self.port.checked_add(1).unwrap_or(self.port)),
        })
    }

    /// The codecs, each under the first payload type it has, in the far end's order.
    pub fn codecs(&self) -> impl Iterator<Item = crate::Payload> + '_ {
        let codec = |format: Format| match format {
            Format::Codec(codec) => Some(codec),
            Format::TelephoneEvent => None,
        };
        self.payloads.iter().enumerate().filter_map(move |(at, &(payload_type, format))| {
            let codec = codec(format)?;
            let first = !self.payloads[..at].iter().any(|&(_, earlier)| earlier == format);
            first.then_some(crate::Payload { payload_type, codec })
        })
    }

    /// The payload type of telephone-event.
    pub fn events(&self) -> Option<u8> {
        self.payloads
            .iter()
            .find(|(_, format)| *format == Format::TelephoneEvent)
            .map(|(payload_type, _)| *payload_type)
    }
}

impl Direction {
    /// The direction by which one side sends and the other receives as asked.
    pub fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether this side sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether this side receives.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same seen from the other side.
    pub fn mirrored(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What both allow.
    pub fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The attribute's name (RFC 8866 §6.7).
    pub fn attribute(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The direction of an attribute's name; `None` for another attribute.
    pub fn from_attribute(name: &str) -> Option<Direction> {
        match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
