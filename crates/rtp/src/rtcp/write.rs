//! Writing a compound packet, one packet after another, into a caller's buffer.

use super::{
    BYE, CNAME_ITEM, MAX_CNAME_LEN, MAX_REPORT_BLOCKS, RECEIVER_REPORT, ReportBlock, SENDER_REPORT,
    SOURCE_DESCRIPTION, SenderInfo,
};
use crate::Error;

/// Appends packets to a compound. A packet that does not fit leaves what is there as it was.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// An empty compound at the start of `out`.
    pub fn new(out: &'a mut [u8]) -> Writer<'a> {
        Writer { out, len: 0 }
    }

    /// Octets written so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a sender report; [`Error::TooLarge`] for more than [`MAX_REPORT_BLOCKS`].
    pub fn sender_report(
        &mut self,
        ssrc: u32,
        info: &SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), Error> {
        let mut body = [0; 24];
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4..12].copy_from_slice(&info.ntp.0.to_be_bytes());
        body[12..16].copy_from_slice(&info.rtp_timestamp.to_be_bytes());
        body[16..20].copy_from_slice(&info.packets.to_be_bytes());
        body[20..].copy_from_slice(&info.octets.to_be_bytes());
        self.report(SENDER_REPORT, &body, blocks)
    }

    /// Appends a receiver report; [`Error::TooLarge`] for more than [`MAX_REPORT_BLOCKS`].
    pub fn receiver_report(&mut self, ssrc: u32, blocks: &[ReportBlock]) -> Result<(), Error> {
        self.report(RECEIVER_REPORT, &ssrc.to_be_bytes(), blocks)
    }

    /// Appends a source description of the CNAME alone; [`Error::TooLarge`] over [`MAX_CNAME_LEN`] octets.
    pub fn cname(&mut self, ssrc: u32, name: &str) -> Result<(), Error> {
        if name.len() > MAX_CNAME_LEN {
            return Err(Error::TooLarge);
        }
        // The list ends with one to four zero octets, up to a whole word (RFC 3550 §6.5).
        let len = (4 + 2 + name.len() + 1).next_multiple_of(4);
        let body = self.packet(SOURCE_DESCRIPTION, 1, len)?;
        body[..4].copy_from_slice(&ssrc.to_be_bytes());
        body[4] = CNAME_ITEM;
        body[5] = name.len() as u8;
        body[6..6 + name.len()].copy_from_slice(name.as_bytes());
        Ok(())
    }

    /// Appends a BYE without a reason.
    pub fn bye(&mut self, ssrc: u32) -> Result<(), Error> {
        self.packet(BYE, 1, 4)?.copy_from_slice(&ssrc.to_be_bytes());
        Ok(())
    }

    fn report(&mut self, packet_type: u8, head: &[u8], blocks: &[ReportBlock]) -> Result<(), Error> {
        if blocks.len() > MAX_REPORT_BLOCKS {
            return Err(Error::TooLarge);
        }
        let body = self.packet(packet_type, blocks.len() as u8, head.len() + blocks.len() * 24)?;
        body[..head.len()].copy_from_slice(head);
        for (block, out) in blocks.iter().zip(body[head.len()..].chunks_exact_mut(24)) {
            out[..4].copy_from_slice(&block.ssrc.to_be_bytes());
            let lost = block.cumulative_lost.clamp(-(1 << 23), (1 << 23) - 1) as u32 & 0x00ff_ffff;
            out[4..8].copy_from_slice(&(u32::from(block.fraction_lost) << 24 | lost).to_be_bytes());
            out[8..12].copy_from_slice(&block.highest_sequence.to_be_bytes());
            out[12..16].copy_from_slice(&block.jitter.to_be_bytes());
            out[16..20].copy_from_slice(&block.last_sr.to_be_bytes());
            out[20..].copy_from_slice(&block.delay_since_last_sr.to_be_bytes());
        }
        Ok(())
    }

    /// Writes a packet's head and hands out its zeroed body of `len` octets, a multiple of four.
    fn packet(&mut self, packet_type: u8, count: u8, len: usize) -> Result<&mut [u8], Error> {
        let packet = self.out.get_mut(self.len..self.len + 4 + len).ok_or(Error::NoRoom)?;
        self.len += 4 + len;
        let (head, body) = packet.split_at_mut(4);
        head[0] = 0x80 | count;
        head[1] = packet_type;
        head[2..].copy_from_slice(&((len / 4) as u16).to_be_bytes());
        body.fill(0);
        Ok(body)
    }
}
