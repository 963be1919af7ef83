//! The figures of one call's audio.

use core::time::Duration;

/// What a call's audio came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets received, audio and digits, duplicates among them.
    pub received: u64,
    /// Packets that the sequence numbers show missing; below zero where duplicates outweigh losses.
    pub lost: i64,
    /// Packets with a sequence number below one that came before.
    pub out_of_order: u64,
    /// Packets with the sequence number of the one before.
    pub duplicates: u64,
    /// Datagrams that were no RTP of the stream agreed on.
    pub foreign: u64,
    /// Packets to be echoed that found too many waiting.
    pub overflowed: u64,
    /// From the moment the stream was agreed on to its first packet.
    pub first_after: Option<Duration>,
    /// The longest time without a packet, between the first and the last.
    pub longest_gap: Duration,
    /// Interarrival jitter (RFC 3550 §6.4.1) at the end.
    pub jitter: Duration,
}
