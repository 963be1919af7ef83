//! RTCP of one stream: when reports go, where to, and what the far end's tell.

use core::time::Duration;

use rtp::Quality;
use rtp::receive::Reception;
use rtp::rtcp::{NtpTime, ReportBlock, Rtcp, Writer, parse};
use rtp::send::{REPORT_INTERVAL, Sender, report_interval, round_trip};
use rtp::srtp::MAX_TRAILER;

use super::random::Random;

/// Room for a report of one source, a name and a goodbye.
const MAX_LEN: usize = 160;
/// Both codecs have this clock, hertz.
const CLOCK_RATE: u32 = 8_000;
/// RTP clock units a millisecond.
const UNITS_PER_MS: u64 = CLOCK_RATE as u64 / 1_000;

pub(super) struct Reports {
    due: Duration,
    sent: bool,
    remote_lost: u32,
    remote_jitter_us: u32,
    round_trip_us: u32,
    quality: Quality,
}

impl Reports {
    pub(super) fn new(random: &mut Random, now: Duration) -> Reports {
        let due = now + report_interval(REPORT_INTERVAL, true, random.next());
        Reports {
            due,
            sent: false,
            remote_lost: 0,
            remote_jitter_us: 0,
            round_trip_us: 0,
            quality: Quality::default(),
        }
    }

    pub(super) fn have_been_sent(&self) -> bool {
        self.sent
    }

    /// What the far end said of us: packets lost, jitter and round trip in microseconds.
    pub(super) fn of_remote(&self) -> (u32, u32, u32) {
        (self.remote_lost, self.remote_jitter_us, self.round_trip_us)
    }

    /// The spread of what both sides reported.
    pub(super) fn quality(&self) -> Quality {
        self.quality
    }

    /// Whether a report is due; if so, the next is planned.
    pub(super) fn is_due(&mut self, now: Duration, interval: Duration, random: &mut Random) -> bool {
        let due = now >= self.due;
        if due {
            self.due = now + report_interval(interval, false, random.next());
        }
        due
    }

    pub(super) fn receive(
        &mut self,
        now: Duration,
        wall: Duration,
        packet: &[u8],
        reception: &mut Reception,
        ours: u32,
    ) {
        let Ok(compound) = parse(packet) else { return };
        for part in compound {
            match part {
                Rtcp::SenderReport { ssrc, info, blocks } => {
                    reception.sender_report(ssrc, &info, now);
                    blocks.filter(|block| block.ssrc == ours).for_each(|block| self.learn(&block, wall));
                }
                Rtcp::ReceiverReport { blocks, .. } => {
                    blocks.filter(|block| block.ssrc == ours).for_each(|block| self.learn(&block, wall));
                }
                Rtcp::Cname { .. } | Rtcp::Bye { .. } => {}
            }
        }
    }

    fn learn(&mut self, block: &ReportBlock, wall: Duration) {
        self.remote_lost = block.cumulative_lost.max(0) as u32;
        self.remote_jitter_us = (u64::from(block.jitter) * 1000 / UNITS_PER_MS).min(u32::MAX.into()) as u32;
        let trip = round_trip(block, NtpTime::from_unix(wall));
        self.quality.told(block, trip, CLOCK_RATE);
        if let Some(trip) = trip {
            self.round_trip_us = trip.as_micros().min(u32::MAX.into()) as u32;
        }
    }

    /// Writes a compound of report and name, and of a goodbye where `leaving` (RFC 3550 §6.1), and hands it over in a buffer
    /// with room for a trailer after it.
    pub(super) fn send(
        &mut self,
        now: Duration,
        wall: Duration,
        reception: &mut Reception,
        sender: &Sender,
        leaving: bool,
        hand_over: impl FnOnce(&mut [u8], usize),
    ) {
        let mut packet = [0; MAX_LEN + MAX_TRAILER];
        let mut writer = Writer::new(&mut packet[..MAX_LEN]);
        let block = reception.report_block(now);
        if let Some(block) = &block {
            self.quality.reported(block, CLOCK_RATE);
        }
        let written = match sender.sender_info(NtpTime::from_unix(wall), now) {
            Some(info) => writer.sender_report(sender.ssrc(), &info, block.as_slice()),
            None => writer.receiver_report(sender.ssrc(), block.as_slice()),
        };
        // A name that tells nothing (RFC 7022 §4.2 asks for one that does not lead to the user).
        let mut name = [0; 8];
        let name = hexadecimal(sender.ssrc(), &mut name);
        let written = written.and_then(|()| writer.cname(sender.ssrc(), name));
        let written = if leaving { written.and_then(|()| writer.bye(sender.ssrc())) } else { written };
        let length = writer.len();
        if written.is_ok() {
            self.sent = true;
            hand_over(&mut packet, length);
        }
    }
}

fn hexadecimal(number: u32, digits: &mut [u8; 8]) -> &str {
    for (n, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (28 - 4 * n)) as usize & 15];
    }
    std::str::from_utf8(digits).expect("hexadecimal digits are ASCII")
}
