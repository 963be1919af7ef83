//! SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714): packets are sealed and opened in place, without allocation.
//!
//! A [`Sealer`] is one stream's way out, an [`Opener`] its way in. Both are made of a [`MasterKey`], which
//! [`sdes`] carries in session descriptions (RFC 4568).

mod keys;
mod protection;
mod replay;
pub mod sdes;
mod suite;

pub use sdes::Secret;
pub use suite::{MAX_MATERIAL, MasterKey, Suite};

use crate::Error;
use protection::Session;
use replay::Window;

/// Octets that sealing adds at most: a tag of 16, and SRTCP's index.
pub const MAX_TRAILER: usize = 20;
/// Sources of one stream whose counts are kept: the far end may begin a new one now and then.
pub const MAX_SOURCES: usize = 4;

/// The flag before SRTCP's index that says the packet is encrypted (RFC 3711 §3.4).
const ENCRYPTED: u32 = 0x8000_0000;
/// Octets of RTCP that stay readable: the first header and its SSRC.
const RTCP_CLEAR: usize = 8;
/// Octets of SRTCP's flag and index.
const INDEX_LEN: usize = 4;

/// Keys of both ways of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Ours, for what we send.
    pub send: MasterKey,
    /// The far end's, for what it sends.
    pub receive: MasterKey,
}

/// Seals what one stream sends.
pub struct Sealer {
    rtp: Session,
    rtcp: Session,
    /// The stream's source and its highest index (rollover count and sequence number).
    source: Option<(u32, u64)>,
    /// SRTCP's index of the last packet, 31 bits.
    reports: u32,
}

impl Sealer {
    /// A stream that begins.
    pub fn new(key: &MasterKey) -> Sealer {
        Sealer { rtp: Session::rtp(key), rtcp: Session::rtcp(key), source: None, reports: 0 }
    }

    /// Seals the RTP packet in the first `length` octets of `buffer`, and tells its new length.
    ///
    /// [`Error::NoRoom`] where the trailer does not fit; the buffer is then as it was.
    pub fn seal_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Error> {
        let packet = buffer.get(..length).ok_or(Error::NoRoom)?;
        let header = header_len(packet)?;
        let (ssrc, sequence) = (ssrc_of(packet, 8), sequence_of(packet));
        let highest = self.source.filter(|(known, _)| *known == ssrc).map(|(_, highest)| highest);
        // A packet from before the stream's own beginning, passed on late, has no count that could be told.
        let index = index_of(highest, sequence).ok_or(Error::Replayed)?;
        let sealed = self.rtp.seal_rtp(buffer, header, length, ssrc, index)?;
        self.source = Some((ssrc, highest.map_or(index, |highest| highest.max(index))));
        Ok(sealed)
    }

    /// Seals the compound RTCP packet in the first `length` octets of `buffer`, and tells its new length.
    pub fn seal_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, Error> {
        let packet = buffer.get(..length).ok_or(Error::NoRoom)?;
        if packet.len() < RTCP_CLEAR {
            return Err(Error::Truncated);
        }
        self.reports = (self.reports + 1) & !ENCRYPTED;
        self.rtcp.seal_rtcp(buffer, length, self.reports)
    }
}

#[derive(Debug, Clone, Copy)]
struct Source {
    ssrc: u32,
    packets: Window,
    reports: Window,
    /// When it was last heard, in packets of the stream.
    used: u64,
}

/// Opens what one stream receives: checks, decrypts, and lets nothing pass twice.
pub struct Opener {
    rtp: Session,
    rtcp: Session,
    sources: [Option<Source>; MAX_SOURCES],
    opened: u64,
    checks_replay: bool,
}

impl Opener {
    /// A stream of which nothing has come.
    pub fn new(key: &MasterKey) -> Opener {
        Opener {
            rtp: Session::rtp(key),
            rtcp: Session::rtcp(key),
            sources: [None; MAX_SOURCES],
            opened: 0,
            checks_replay: true,
        }
    }

    /// The same without a look at whether a packet came before (`srtpreplayprotection = no` in `rtp.conf`).
    pub fn without_replay_protection(mut self) -> Opener {
        self.checks_replay = false;
        self
    }

    /// Opens an SRTP packet in place, and tells the length of the RTP packet that it held.
    ///
    /// [`Error::Authentication`] for one that is not of the far end, [`Error::Replayed`] for one that came before or is too
    /// old to tell; its octets are then of no use.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Error> {
        let header = header_len(packet)?;
        let (ssrc, sequence) = (ssrc_of(packet, 8), sequence_of(packet));
        let mut source = self.source(ssrc);
        let index = index_of(source.packets.highest(), sequence).ok_or(Error::Replayed)?;
        if self.checks_replay && !source.packets.admits(index) {
            return Err(Error::Replayed);
        }
        let length = self.rtp.open_rtp(packet, header, ssrc, index)?;
        source.packets.note(index);
        self.keep(source);
        Ok(length)
    }

    /// Opens an SRTCP packet in place, and tells the length of the compound that it held.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Error> {
        if packet.len() < RTCP_CLEAR {
            return Err(Error::Truncated);
        }
        let mut source = self.source(ssrc_of(packet, 4));
        let index = self.rtcp.index(packet)?;
        if self.checks_replay && !source.reports.admits(u64::from(index)) {
            return Err(Error::Replayed);
        }
        let length = self.rtcp.open_rtcp(packet)?;
        source.reports.note(u64::from(index));
        self.keep(source);
        Ok(length)
    }

    fn source(&self, ssrc: u32) -> Source {
        let known = self.sources.iter().flatten().find(|source| source.ssrc == ssrc).copied();
        known.unwrap_or(Source { ssrc, packets: Window::default(), reports: Window::default(), used: 0 })
    }

    /// Keeps what a packet that proved genuine changed; the source heard longest ago gives way to a new one.
    fn keep(&mut self, mut source: Source) {
        self.opened += 1;
        source.used = self.opened;
        let own = self.sources.iter().position(|kept| kept.is_some_and(|kept| kept.ssrc == source.ssrc));
        let stalest = || (0..MAX_SOURCES).min_by_key(|at| self.sources[*at].map_or(0, |kept| kept.used));
        if let Some(at) = own.or_else(stalest) {
            self.sources[at] = Some(source);
        }
    }
}

/// The index of a packet: rollover count and sequence number, the count being the one that brings it nearest to the
/// highest so far (RFC 3711 §3.3.1, appendix A). `None` for one from before the first count.
fn index_of(highest: Option<u64>, sequence: u16) -> Option<u64> {
    let Some(highest) = highest else { return Some(u64::from(sequence)) };
    let forward = sequence.wrapping_sub(highest as u16);
    match forward {
        0..=0x7fff => Some(highest + u64::from(forward)),
        0x8000.. => highest.checked_sub(0x1_0000 - u64::from(forward)),
    }
}

/// Octets before the payload: they stay readable.
fn header_len(packet: &[u8]) -> Result<usize, Error> {
    let first = *packet.first().ok_or(Error::Truncated)?;
    if first >> 6 != 2 {
        return Err(Error::Version(first >> 6));
    }
    let mut length = crate::packet::HEADER_LEN + usize::from(first & 0x0f) * 4;
    if first & 0x10 != 0 {
        let words = packet.get(length + 2..length + 4).ok_or(Error::Truncated)?;
        length += 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4;
    }
    if packet.len() < length { Err(Error::Truncated) } else { Ok(length) }
}

fn ssrc_of(packet: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]])
}

fn sequence_of(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[2], packet[3]])
}

#[cfg(test)]
mod tests;
