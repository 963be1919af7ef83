//! RTCP: sender and receiver reports, CNAME and BYE, as compound packets (RFC 3550 §6).

mod ntp;
mod write;

pub use ntp::{NtpTime, short_from_duration, short_to_duration};
pub use write::Writer;

use crate::Error;

/// Most report blocks in one report: the count is five bits wide.
pub const MAX_REPORT_BLOCKS: usize = 31;
/// Longest CNAME, in octets.
pub const MAX_CNAME_LEN: usize = 255;

pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
pub(crate) const SOURCE_DESCRIPTION: u8 = 202;
pub(crate) const BYE: u8 = 203;
pub(crate) const CNAME_ITEM: u8 = 1;
const REPORT_BLOCK_LEN: usize = 24;

/// What a sender says of its own stream (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// Wall time of the report.
    pub ntp: NtpTime,
    /// The same instant in the stream's own timestamp units.
    pub rtp_timestamp: u32,
    /// Packets sent since the stream began; wraps.
    pub packets: u32,
    /// Payload octets sent since the stream began; wraps.
    pub octets: u32,
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source that the block is about.
    pub ssrc: u32,
    /// Share of packets lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// Packets lost since reception began, −2²³ to 2²³−1; negative where duplicates outweigh losses.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with the count of wraps in the upper 16 bits.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of the last sender report from the source; 0 for none.
    pub last_sr: u32,
    /// Delay between that report's arrival and this block, in 65536ths of a second; 0 for none.
    pub delay_since_last_sr: u32,
}

/// The report blocks of one report, read as they are walked over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlocks<'a>(&'a [u8]);

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.0.split_first_chunk::<REPORT_BLOCK_LEN>()?;
        self.0 = rest;
        let word = |at: usize| u32::from_be_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
        Some(ReportBlock {
            ssrc: word(0),
            fraction_lost: block[4],
            // 24 bits, signed: shifted up and down again to carry the sign.
            cumulative_lost: ((word(4) << 8) as i32) >> 8,
            highest_sequence: word(8),
            jitter: word(12),
            last_sr: word(16),
            delay_since_last_sr: word(20),
        })
    }
}

/// One packet of a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rtcp<'a> {
    /// A sender report, type 200.
    SenderReport {
        /// The sender.
        ssrc: u32,
        /// What it sent.
        info: SenderInfo,
        /// What it received.
        blocks: ReportBlocks<'a>,
    },
    /// A receiver report, type 201.
    ReceiverReport {
        /// The receiver.
        ssrc: u32,
        /// What it received.
        blocks: ReportBlocks<'a>,
    },
    /// The CNAME of a source, from a source description, type 202.
    Cname {
        /// The source.
        ssrc: u32,
        /// Its canonical name as sent: UTF-8 by the RFC, not checked.
        name: &'a [u8],
    },
    /// A source leaves, type 203; only the first of several is told.
    Bye {
        /// The source that leaves.
        ssrc: u32,
    },
}

/// A compound packet; iterating yields the packets that we know and passes over all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compound<'a>(&'a [u8]);

/// Reads a compound packet.
///
/// The first packet must be whole and of version 2; it need not be a report (RFC 5506). What follows is read as far
/// as it is valid.
pub fn parse(datagram: &[u8]) -> Result<Compound<'_>, Error> {
    let (first, _) = split(datagram)?;
    if !(192..=223).contains(&first.packet_type) {
        return Err(Error::PacketType(first.packet_type));
    }
    Ok(Compound(datagram))
}

impl<'a> Iterator for Compound<'a> {
    type Item = Rtcp<'a>;

    fn next(&mut self) -> Option<Rtcp<'a>> {
        loop {
            let (raw, rest) = split(self.0).ok()?;
            self.0 = rest;
            if let Some(packet) = read(raw) {
                return Some(packet);
            }
        }
    }
}

/// A packet by its common header; the body is without padding.
struct Raw<'a> {
    packet_type: u8,
    count: u8,
    body: &'a [u8],
}

/// The first packet, and what follows it.
fn split(octets: &[u8]) -> Result<(Raw<'_>, &[u8]), Error> {
    let (head, rest) = octets.split_first_chunk::<4>().ok_or(Error::Truncated)?;
    let version = head[0] >> 6;
    if version != 2 {
        return Err(Error::Version(version));
    }
    let len = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
    let (mut body, rest) = rest.split_at_checked(len).ok_or(Error::Truncated)?;
    if head[0] & 0x20 != 0 {
        let padding = usize::from(*body.last().ok_or(Error::Padding)?);
        if padding == 0 || padding > body.len() {
            return Err(Error::Padding);
        }
        body = &body[..body.len() - padding];
    }
    Ok((Raw { packet_type: head[1], count: head[0] & 0x1f, body }, rest))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk::<4>().map(|word| u32::from_be_bytes(*word))
}

fn read(Raw { packet_type, count, body }: Raw<'_>) -> Option<Rtcp<'_>> {
    let ssrc = word(body, 0)?;
    match packet_type {
        SENDER_REPORT => {
            let info = SenderInfo {
                ntp: NtpTime(u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?)),
                rtp_timestamp: word(body, 12)?,
                packets: word(body, 16)?,
                octets: word(body, 20)?,
            };
            Some(Rtcp::SenderReport { ssrc, info, blocks: blocks(count, &body[24..]) })
        }
        RECEIVER_REPORT => Some(Rtcp::ReceiverReport { ssrc, blocks: blocks(count, &body[4..]) }),
        SOURCE_DESCRIPTION if count > 0 => cname(&body[4..]).map(|name| Rtcp::Cname { ssrc, name }),
        BYE if count > 0 => Some(Rtcp::Bye { ssrc }),
        _ => None,
    }
}

fn blocks(count: u8, octets: &[u8]) -> ReportBlocks<'_> {
    ReportBlocks(&octets[..octets.len().min(usize::from(count) * REPORT_BLOCK_LEN)])
}

/// The CNAME among the items of a description's first chunk (RFC 3550 §6.5).
fn cname(mut items: &[u8]) -> Option<&[u8]> {
    while let [item, len, rest @ ..] = items {
        if *item == 0 {
            break;
        }
        let (value, after) = rest.split_at_checked(usize::from(*len))?;
        if *item == CNAME_ITEM {
            return Some(value);
        }
        items = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(ssrc: u32, lost: i32) -> ReportBlock {
        ReportBlock {
            ssrc,
            fraction_lost: 12,
            cumulative_lost: lost,
            highest_sequence: 0x0001_0002,
            jitter: 40,
            last_sr: 0xb705_2000,
            delay_since_last_sr: 0x0005_4000,
        }
    }

    fn info() -> SenderInfo {
        SenderInfo { ntp: NtpTime(0xb44d_b705_2000_0000), rtp_timestamp: 8000, packets: 50, octets: 8000 }
    }

    #[test]
    fn a_compound_of_report_cname_and_bye_is_read_back() {
        let mut out = [0; 256];
        let mut writer = Writer::new(&mut out);
        writer.sender_report(1, &info(), &[block(2, -3)]).unwrap();
        writer.cname(1, "call@example").unwrap();
        writer.bye(1).unwrap();
        let len = writer.len();
        assert_eq!(len % 4, 0);
        let packets: Vec<_> = parse(&out[..len]).unwrap().collect();
        let [
            Rtcp::SenderReport { ssrc: 1, info: read, blocks },
            Rtcp::Cname { ssrc: 1, name },
            Rtcp::Bye { ssrc: 1 },
        ] = packets[..]
        else {
            panic!("{packets:?}");
        };
        assert_eq!(read, info());
        assert_eq!(blocks.collect::<Vec<_>>(), [block(2, -3)]);
        assert_eq!(name, b"call@example");
    }

    #[test]
    fn unknown_packet_types_are_passed_over() {
        // An application-defined packet (204), then a BYE.
        let datagram = [0x80, 204, 0, 2, 0, 0, 0, 1, b'x', b'x', b'x', b'x', 0x81, 203, 0, 1, 0, 0, 0, 9];
        assert_eq!(parse(&datagram).unwrap().collect::<Vec<_>>(), [Rtcp::Bye { ssrc: 9 }]);
    }

    #[test]
    fn a_receiver_report_with_no_blocks_is_read() {
        let packets: Vec<_> = parse(&[0x80, 201, 0, 1, 0, 0, 0, 7]).unwrap().collect();
        assert!(matches!(packets[..], [Rtcp::ReceiverReport { ssrc: 7, blocks: ReportBlocks(&[]) }]));
    }

    #[test]
    fn a_report_whose_length_reaches_past_the_datagram_is_refused() {
        assert_eq!(parse(&[0x81, 200, 0, 12, 0, 0, 0, 1]), Err(Error::Truncated));
        assert_eq!(parse(&[0x80, 0, 0, 0]), Err(Error::PacketType(0)));
    }

    #[test]
    fn a_full_buffer_is_told_and_leaves_whole_packets() {
        let mut out = [0; 60];
        let mut writer = Writer::new(&mut out);
        writer.sender_report(1, &info(), &[block(2, 0)]).unwrap();
        assert_eq!(writer.cname(1, "call@example"), Err(Error::NoRoom));
        let len = writer.len();
        assert_eq!(parse(&out[..len]).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(compound) = parse(&octets) {
                for packet in compound {
                    if let Rtcp::SenderReport { blocks, .. } | Rtcp::ReceiverReport { blocks, .. } = packet {
                        prop_assert!(blocks.count() <= MAX_REPORT_BLOCKS);
                    }
                }
            }
        }

        #[test]
        fn what_is_written_is_read_back(ssrc: u32, ntp: u64, lost in -(1i32 << 23)..(1 << 23), name in "[a-z0-9@.]{0,255}") {
            let mut out = [0; 1024];
            let mut writer = Writer::new(&mut out);
            let sent = SenderInfo { ntp: NtpTime(ntp), ..info() };
            writer.sender_report(ssrc, &sent, &[block(5, lost); 4]).unwrap();
            writer.cname(ssrc, &name).unwrap();
            let len = writer.len();
            let packets: Vec<_> = parse(&out[..len]).unwrap().collect();
            let [Rtcp::SenderReport { info, blocks, .. }, Rtcp::Cname { name: read, .. }] = packets[..] else {
                panic!("{packets:?}");
            };
            prop_assert_eq!(info, sent);
            prop_assert_eq!(blocks.collect::<Vec<_>>(), vec![block(5, lost); 4]);
            prop_assert_eq!(read, name.as_bytes());
        }
    }
}
