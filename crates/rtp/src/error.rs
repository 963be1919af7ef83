//! What can be wrong with octets from the network, or with a buffer handed in to write into.

/// Why a packet or a session description could not be read or written.
///
/// Every reading error is the far end's fault and none is worth a retry: drop the packet and count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Fewer octets than the header or the header's own counts ask for.
    #[error("packet is shorter than its header says")]
    Truncated,
    /// The version is not 2 (RFC 3550 §5.1, §6.4.1).
    #[error("version {0} is not 2")]
    Version(u8),
    /// The padding count is zero or larger than what follows the header (RFC 3550 §5.1).
    #[error("padding count is zero or larger than the packet")]
    Padding,
    /// The RTP packet type field holds an RTCP type, or the other way round (RFC 5761 §4).
    #[error("packet type {0} is not one of this protocol")]
    PacketType(u8),
    /// The payload is not one this payload type can have, as a telephone-event of fewer than four octets.
    #[error("payload does not fit its format")]
    Payload,
    /// The caller's buffer has no room for the packet.
    #[error("buffer has no room for the packet")]
    NoRoom,
    /// A value does not fit its field: more than 15 CSRCs, more than 31 report blocks, a CNAME over 255 octets.
    #[error("value does not fit its field")]
    TooLarge,
    /// An SRTP or SRTCP packet is not sealed with the key that was agreed (RFC 3711 §3.3).
    #[error("packet is not authentic")]
    Authentication,
    /// An SRTP or SRTCP packet came before, or is too old to tell (RFC 3711 §3.3.2).
    #[error("packet came before")]
    Replayed,
    /// The session description breaks RFC 8866 in a way that leaves its meaning open.
    #[error("session description is malformed")]
    SessionDescription,
}
