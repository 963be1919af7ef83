//! RTP packets, read in place and written into a caller's buffer (RFC 3550 §5.1).

use crate::Error;

/// Octets of the fixed header.
pub const HEADER_LEN: usize = 12;
/// Most CSRC entries the four-bit count can tell.
pub const MAX_CSRC: usize = 15;

const VERSION: u8 = 2;
const VERSION_BITS: u8 = VERSION << 6;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const MARKER_BIT: u8 = 0x80;

/// What a datagram on a media port is, judged by its first octets (RFC 7983 §7, RFC 5761 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// STUN: first octet 0 to 3.
    Stun,
    /// DTLS: first octet 20 to 63.
    Dtls,
    /// RTP: first octet 128 to 191, and not RTCP's types.
    Rtp,
    /// RTCP: first octet 128 to 191, and packet type 192 to 223.
    Rtcp,
    /// Anything else: to be dropped.
    Other,
}

/// Sorts a datagram by its first two octets; says nothing of whether the rest is valid.
pub fn classify(datagram: &[u8]) -> Kind {
    match datagram {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Other,
    }
}

/// The fixed header's fields, less the counts that the packet's parts tell themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The marker: for audio the first packet of a talkspurt (RFC 3551 §4.1).
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number, which wraps.
    pub sequence: u16,
    /// Timestamp in units of the payload's clock rate, which wraps.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

/// A header extension (RFC 3550 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The profile's own 16 bits.
    pub profile: u16,
    /// Its contents, a multiple of four octets.
    pub data: &'a [u8],
}

/// An RTP packet whose parts lie in the datagram it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// Contributing sources, four octets each; [`Packet::contributing`] reads them.
    pub csrc: &'a [u8],
    /// The header extension, if there is one.
    pub extension: Option<Extension<'a>>,
    /// The payload without padding.
    pub payload: &'a [u8],
    /// Octets of padding after the payload, its count octet included; 0 for none.
    pub padding: u8,
}

impl<'a> Packet<'a> {
    /// A packet of a header and a payload only, which is all that we send ourselves.
    pub fn new(header: Header, payload: &'a [u8]) -> Packet<'a> {
        Packet { header, csrc: &[], extension: None, payload, padding: 0 }
    }

    /// Reads a packet; every count in it is checked against the datagram's length (RFC 3550 §A.1).
    pub fn parse(datagram: &'a [u8]) -> Result<Packet<'a>, Error> {
        let (fixed, mut rest) = datagram.split_first_chunk::<HEADER_LEN>().ok_or(Error::Truncated)?;
        let version = fixed[0] >> 6;
        if version != VERSION {
            return Err(Error::Version(version));
        }
        // RFC 5761 §4: 64 to 95 with the marker set or not are left to RTCP.
        if (192..=223).contains(&fixed[1]) {
            return Err(Error::PacketType(fixed[1]));
        }
        let header = Header {
            marker: fixed[1] & MARKER_BIT != 0,
            payload_type: fixed[1] & !MARKER_BIT,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        let csrc = take(&mut rest, usize::from(fixed[0] & 0x0f) * 4)?;
        let mut extension = None;
        if fixed[0] & EXTENSION_BIT != 0 {
            let head = take(&mut rest, 4)?;
            let words = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let data = take(&mut rest, words * 4)?;
            extension = Some(Extension { profile: u16::from_be_bytes([head[0], head[1]]), data });
        }
        let mut padding = 0;
        if fixed[0] & PADDING_BIT != 0 {
            padding = *rest.last().ok_or(Error::Padding)?;
            if padding == 0 || usize::from(padding) > rest.len() {
                return Err(Error::Padding);
            }
            rest = &rest[..rest.len() - usize::from(padding)];
        }
        Ok(Packet { header, csrc, extension, payload: rest, padding })
    }

    /// The contributing sources in their order.
    pub fn contributing(&self) -> impl Iterator<Item = u32> + 'a {
        self.csrc.chunks_exact(4).map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]]))
    }

    /// Octets that [`Packet::write`] fills.
    pub fn encoded_len(&self) -> usize {
        let extension = self.extension.map_or(0, |extension| 4 + extension.data.len());
        HEADER_LEN + self.csrc.len() + extension + self.payload.len() + usize::from(self.padding)
    }

    /// Writes the packet at the start of `out` and tells how many octets it took.
    ///
    /// [`Error::TooLarge`] where the CSRCs or the extension are not whole words or too many, [`Error::NoRoom`]
    /// where `out` is too short; `out` is then unchanged.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, Error> {
        if !self.csrc.len().is_multiple_of(4)
            || self.csrc.len() / 4 > MAX_CSRC
            || self.header.payload_type > 127
        {
            return Err(Error::TooLarge);
        }
        let len = self.encoded_len();
        let out = out.get_mut(..len).ok_or(Error::NoRoom)?;
        let mut flags = VERSION_BITS | (self.csrc.len() / 4) as u8;
        if let Some(extension) = self.extension {
            let words = extension.data.len() / 4;
            if !extension.data.len().is_multiple_of(4) || words > usize::from(u16::MAX) {
                return Err(Error::TooLarge);
            }
            flags |= EXTENSION_BIT;
        }
        if self.padding > 0 {
            flags |= PADDING_BIT;
        }
        self.header.write_fixed(flags, out);
        let mut at = HEADER_LEN;
        put(out, &mut at, self.csrc);
        if let Some(extension) = self.extension {
            put(out, &mut at, &extension.profile.to_be_bytes());
            put(out, &mut at, &((extension.data.len() / 4) as u16).to_be_bytes());
            put(out, &mut at, extension.data);
        }
        put(out, &mut at, self.payload);
        if self.padding > 0 {
            out[at..].fill(0);
            out[len - 1] = self.padding;
        }
        Ok(len)
    }
}

impl Header {
    /// Writes this header alone at the start of `out`, for a payload that the caller puts after it; tells its
    /// length, which is [`HEADER_LEN`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize, Error> {
        Packet::new(*self, &[]).write(out)
    }

    fn write_fixed(&self, flags: u8, out: &mut [u8]) {
        out[0] = flags;
        out[1] = self.payload_type | if self.marker { MARKER_BIT } else { 0 };
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Error> {
    let (taken, left) = rest.split_at_checked(len).ok_or(Error::Truncated)?;
    *rest = left;
    Ok(taken)
}

fn put(out: &mut [u8], at: &mut usize, octets: &[u8]) {
    out[*at..*at + octets.len()].copy_from_slice(octets);
    *at += octets.len();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_g711_packet_is_read_as_a_phone_sends_it() {
        let mut datagram = vec![0x80, 0x80, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef];
        datagram.extend([0xff; 160]);
        let packet = Packet::parse(&datagram).unwrap();
        assert!(packet.header.marker);
        assert_eq!(packet.header.payload_type, 0);
        assert_eq!(packet.header.sequence, 0x1234);
        assert_eq!(packet.header.timestamp, 160);
        assert_eq!(packet.header.ssrc, 0xdead_beef);
        assert_eq!(packet.payload, [0xff; 160]);
    }

    #[test]
    fn counts_that_reach_past_the_datagram_are_refused() {
        let fixed = |first: u8| [first, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        assert_eq!(Packet::parse(&fixed(0x80)[..11]), Err(Error::Truncated));
        assert_eq!(Packet::parse(&fixed(0x40)), Err(Error::Version(1)));
        assert_eq!(Packet::parse(&fixed(0x8f)), Err(Error::Truncated));
        assert_eq!(Packet::parse(&fixed(0x90)), Err(Error::Truncated));
        assert_eq!(Packet::parse(&fixed(0xa0)), Err(Error::Padding));
        let mut padded = fixed(0xa0).to_vec();
        padded.extend([0, 0, 4]);
        assert_eq!(Packet::parse(&padded), Err(Error::Padding));
        padded.push(0);
        assert_eq!(Packet::parse(&padded), Err(Error::Padding));
    }

    #[test]
    fn datagrams_are_sorted_by_their_first_octets() {
        assert_eq!(classify(&[0x00, 0x01]), Kind::Stun);
        assert_eq!(classify(&[22, 254]), Kind::Dtls);
        assert_eq!(classify(&[0x80, 0x00]), Kind::Rtp);
        assert_eq!(classify(&[0x80, 0xe5]), Kind::Rtp);
        assert_eq!(classify(&[0x80, 200]), Kind::Rtcp);
        assert_eq!(classify(&[0x81, 201]), Kind::Rtcp);
        assert_eq!(classify(b"\r\n\r\n"), Kind::Other);
        assert_eq!(classify(&[]), Kind::Other);
        assert_eq!(classify(&[0x80]), Kind::Other);
    }

    #[test]
    fn a_buffer_too_short_is_refused_and_left_alone() {
        let header = Header { marker: false, payload_type: 8, sequence: 1, timestamp: 2, ssrc: 3 };
        let mut out = [7; 20];
        assert_eq!(Packet::new(header, &[0; 160]).write(&mut out), Err(Error::NoRoom));
        assert_eq!(out, [7; 20]);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = classify(&octets);
            if let Ok(packet) = Packet::parse(&octets) {
                prop_assert_eq!(packet.encoded_len(), octets.len());
                let mut out = vec![0; octets.len()];
                packet.write(&mut out).unwrap();
                prop_assert_eq!(Packet::parse(&out).unwrap(), packet);
            }
        }

        #[test]
        fn what_is_written_is_read_back(
            marker: bool, payload_type in 0u8..64, sequence: u16, timestamp: u32, ssrc: u32, csrcs in 0usize..16,
            words in proptest::option::of(0usize..9), payload in proptest::collection::vec(any::<u8>(), 0..480),
            padding: u8,
        ) {
            let filler = [0xa5; 64];
            let packet = Packet {
                header: Header { marker, payload_type, sequence, timestamp, ssrc },
                csrc: &filler[..csrcs * 4],
                extension: words.map(|words| Extension { profile: 0xbede, data: &filler[..words * 4] }),
                payload: &payload,
                padding,
            };
            let mut out = [0; 1500];
            let len = packet.write(&mut out).unwrap();
            prop_assert_eq!(Packet::parse(&out[..len]).unwrap(), packet);
        }
    }
}
