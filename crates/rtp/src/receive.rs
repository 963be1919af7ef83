//! What is received of one stream: sequence, loss and jitter (RFC 3550 §6.4, §A.1, §A.3, §A.8).

use core::time::Duration;

use crate::packet::Header;
use crate::rtcp::{NtpTime, ReportBlock, SenderInfo, short_from_duration};

/// A step forward of this many packets or more is a restart, not a loss (RFC 3550 §A.1).
pub const MAX_DROPOUT: u16 = 3000;
/// A step back of this many packets or fewer is a late packet, not a restart (RFC 3550 §A.1).
pub const MAX_MISORDER: u16 = 100;

/// What a packet is to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Of the stream: use it.
    Valid,
    /// The first valid packet of a new source or after a jump: use it, and forget what came before.
    Restarted,
    /// Out of line, and alone so far: drop it. The next one in sequence with it restarts the stream.
    Doubtful,
}

/// Figures for the stream so far, across restarts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets used, duplicates and late ones among them.
    pub packets: u64,
    /// Payload octets of those.
    pub octets: u64,
    /// Packets expected and not received; below zero where duplicates outweigh losses.
    pub lost: i64,
    /// Packets dropped as doubtful.
    pub doubtful: u64,
    /// Interarrival jitter at present.
    pub jitter: Duration,
    /// The largest jitter there has been.
    pub max_jitter: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Source {
    ssrc: u32,
    /// First sequence number, extended.
    base: u64,
    /// Highest sequence number, extended by the count of wraps.
    highest: u64,
    received: u64,
    expected_prior: u64,
    received_prior: u64,
    last_timestamp: u32,
    transit: u32,
    /// Jitter in sixteenths of a timestamp unit, as §A.8's integer form keeps it.
    jitter: u32,
    /// Middle NTP bits and arrival of the last sender report.
    last_report: Option<(u32, Duration)>,
}

/// Reception of one stream. A new source takes over once two of its packets have come in sequence; the very first is
/// believed at once, so that no speech is lost at the start of a call.
#[derive(Debug, Clone)]
pub struct Reception {
    clock_rate: u32,
    source: Option<Source>,
    /// SSRC and sequence number that would make a doubtful packet's source the stream's.
    candidate: Option<(u32, u16)>,
    /// The next packet begins a new source, whatever its numbers.
    is_expecting: bool,
    /// Totals of the sources before the present one, and the doubtful.
    past: Statistics,
    octets: u64,
}

impl Reception {
    /// Nothing received yet; `clock_rate` is the payload's, in hertz.
    pub fn new(clock_rate: u32) -> Reception {
        Reception {
            clock_rate,
            source: None,
            candidate: None,
            is_expecting: false,
            past: Statistics::default(),
            octets: 0,
        }
    }

    /// What comes from now on has this clock, in hertz; jitter is told in its units and begins anew.
    pub fn change_clock(&mut self, clock_rate: u32) {
        if self.clock_rate != clock_rate {
            self.clock_rate = clock_rate;
            if let Some(source) = &mut self.source {
                source.jitter = 0;
            }
        }
    }

    /// The SSRC of the present source.
    pub fn ssrc(&self) -> Option<u32> {
        self.source.map(|source| source.ssrc)
    }

    /// Takes in a packet that came at `now`, with the length of its payload.
    pub fn received(&mut self, header: &Header, payload_len: usize, now: Duration) -> Arrival {
        let arrival = self.judge(header);
        match arrival {
            Arrival::Doubtful => {
                self.past.doubtful += 1;
                return arrival;
            }
            Arrival::Restarted => self.restart(header, now),
            Arrival::Valid => {}
        }
        self.octets += payload_len as u64;
        let units = clock_units(now, self.clock_rate);
        let Some(source) = &mut self.source else { return arrival };
        source.received += 1;
        let step = header.sequence.wrapping_sub(source.highest as u16);
        if step < MAX_DROPOUT {
            source.highest += u64::from(step);
        }
        // Packets under one timestamp are one instant: telephone-event repeats it while time goes on (RFC 4733 §2.5.1).
        if header.timestamp != source.last_timestamp {
            source.last_timestamp = header.timestamp;
            let transit = units.wrapping_sub(header.timestamp);
            let difference = (transit.wrapping_sub(source.transit) as i32).unsigned_abs();
            source.transit = transit;
            // RFC 3550 §A.8; a step of more than a second is a pause or a new clock, not jitter.
            if difference < self.clock_rate {
                source.jitter = source.jitter + difference - ((source.jitter + 8) >> 4);
            }
            let jitter = self.jitter();
            self.past.max_jitter = self.past.max_jitter.max(jitter);
        }
        arrival
    }

    /// Another source is about to send: its first packet is believed.
    pub fn expect_another(&mut self) {
        self.is_expecting = self.source.is_some();
    }

    /// Takes in the sender report of `ssrc` that came at `now`; another source's is ignored.
    pub fn sender_report(&mut self, ssrc: u32, info: &SenderInfo, now: Duration) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.last_report = Some((NtpTime::middle(info.ntp), now));
        }
    }

    /// The block to report at `now`, which also begins the next interval; `None` while nothing has come.
    pub fn report_block(&mut self, now: Duration) -> Option<ReportBlock> {
        let jitter = self.source.as_ref()?.jitter >> 4;
        let source = self.source.as_mut()?;
        let expected = source.highest - source.base + 1;
        // RFC 3550 §A.3.
        let expected_interval = expected - source.expected_prior;
        let received_interval = source.received - source.received_prior;
        source.expected_prior = expected;
        source.received_prior = source.received;
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction_lost = (lost_interval << 8).checked_div(expected_interval).unwrap_or(0).min(255) as u8;
        let lost = (expected as i64 - source.received as i64).clamp(-(1 << 23), (1 << 23) - 1);
        let (last_sr, delay_since_last_sr) = match source.last_report {
            Some((middle, came)) => (middle, short_from_duration(now.saturating_sub(came))),
            None => (0, 0),
        };
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost,
            cumulative_lost: lost as i32,
            highest_sequence: source.highest as u32,
            jitter,
            last_sr,
            delay_since_last_sr,
        })
    }

    /// The figures so far.
    pub fn statistics(&self) -> Statistics {
        let mut total = self.past;
        total.octets = self.octets;
        total.jitter = self.jitter();
        if let Some(source) = &self.source {
            total.packets += source.received;
            total.lost += (source.highest - source.base + 1) as i64 - source.received as i64;
        }
        total
    }

    fn judge(&mut self, header: &Header) -> Arrival {
        if core::mem::take(&mut self.is_expecting) {
            return Arrival::Restarted;
        }
        let Some(source) = &self.source else { return Arrival::Restarted };
        if source.ssrc == header.ssrc {
            let step = header.sequence.wrapping_sub(source.highest as u16);
            if step < MAX_DROPOUT || step >= MAX_MISORDER.wrapping_neg() {
                self.candidate = None;
                return Arrival::Valid;
            }
        }
        if self.candidate == Some((header.ssrc, header.sequence)) {
            return Arrival::Restarted;
        }
        self.candidate = Some((header.ssrc, header.sequence.wrapping_add(1)));
        Arrival::Doubtful
    }

    fn restart(&mut self, header: &Header, now: Duration) {
        let statistics = self.statistics();
        self.past.packets = statistics.packets;
        self.past.lost = statistics.lost;
        self.candidate = None;
        let base = u64::from(header.sequence);
        self.source = Some(Source {
            ssrc: header.ssrc,
            base,
            highest: base,
            received: 0,
            expected_prior: 0,
            received_prior: 0,
            last_timestamp: header.timestamp,
            transit: clock_units(now, self.clock_rate).wrapping_sub(header.timestamp),
            jitter: 0,
            last_report: None,
        });
    }

    fn jitter(&self) -> Duration {
        let units = self.source.map_or(0, |source| source.jitter >> 4);
        Duration::from_nanos(u64::from(units) * 1_000_000_000 / u64::from(self.clock_rate.max(1)))
    }
}

/// `now` in units of the clock, modulo 2³².
pub(crate) fn clock_units(now: Duration, clock_rate: u32) -> u32 {
    (now.as_nanos() * u128::from(clock_rate) / 1_000_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc }
    }

    fn tick(n: u64) -> Duration {
        Duration::from_millis(n * 20)
    }

    fn feed(reception: &mut Reception, ssrc: u32, first: u16, packets: impl Iterator<Item = u64>) {
        for n in packets {
            reception.received(&header(ssrc, first.wrapping_add(n as u16), n as u32 * 160), 160, tick(n));
        }
    }

    #[test]
    fn a_clean_stream_has_no_loss_and_no_jitter_across_the_wrap() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 65_500, 0..100);
        let block = reception.report_block(tick(100)).unwrap();
        assert_eq!(block.highest_sequence, 65_500 + 99);
        assert_eq!((block.fraction_lost, block.cumulative_lost, block.jitter), (0, 0, 0));
        assert_eq!(reception.statistics().packets, 100);
        assert_eq!(reception.statistics().octets, 16_000);
    }

    #[test]
    fn one_packet_in_four_lost_is_reported_as_a_quarter() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 7, (0..101).filter(|n| n % 4 != 1));
        let block = reception.report_block(tick(101)).unwrap();
        assert_eq!(block.cumulative_lost, 25);
        assert_eq!(block.fraction_lost, 63);
        feed(&mut reception, 1, 7, 101..201);
        let block = reception.report_block(tick(201)).unwrap();
        assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 25));
    }

    #[test]
    fn alternating_delay_shows_as_jitter() {
        let mut reception = Reception::new(8000);
        for n in 0..400u64 {
            let late = Duration::from_millis(if n % 2 == 0 { 0 } else { 10 });
            reception.received(&header(1, n as u16, n as u32 * 160), 160, tick(n) + late);
        }
        let jitter = reception.statistics().jitter.as_millis();
        assert!((9..=10).contains(&jitter), "{jitter}");
    }

    #[test]
    fn a_single_stray_packet_of_another_source_changes_nothing() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 10, 0..10);
        assert_eq!(reception.received(&header(2, 900, 0), 160, tick(10)), Arrival::Doubtful);
        assert_eq!(reception.received(&header(1, 20, 1600), 160, tick(10)), Arrival::Valid);
        assert_eq!(reception.ssrc(), Some(1));
    }

    #[test]
    fn a_new_source_takes_over_with_its_second_packet() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 10, 0..10);
        assert_eq!(reception.received(&header(2, 900, 0), 160, tick(10)), Arrival::Doubtful);
        assert_eq!(reception.received(&header(2, 901, 160), 160, tick(11)), Arrival::Restarted);
        assert_eq!(reception.received(&header(2, 902, 320), 160, tick(12)), Arrival::Valid);
        assert_eq!(reception.ssrc(), Some(2));
        let statistics = reception.statistics();
        assert_eq!((statistics.packets, statistics.lost, statistics.doubtful), (12, 0, 1));
    }

    #[test]
    fn a_big_jump_restarts_the_same_source() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 10, 0..10);
        assert_eq!(reception.received(&header(1, 30_000, 0), 160, tick(10)), Arrival::Doubtful);
        assert_eq!(reception.received(&header(1, 30_001, 160), 160, tick(11)), Arrival::Restarted);
        assert_eq!(reception.report_block(tick(12)).unwrap().cumulative_lost, 0);
    }

    #[test]
    fn late_and_doubled_packets_are_valid_and_lower_the_loss() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 10, [0, 2, 1, 1].into_iter());
        assert_eq!(reception.report_block(tick(4)).unwrap().cumulative_lost, -1);
    }

    #[test]
    fn the_last_sender_report_is_echoed_with_its_age() {
        let mut reception = Reception::new(8000);
        feed(&mut reception, 1, 10, 0..2);
        let ntp = NtpTime(0xb44d_b705_2000_0000);
        let info = SenderInfo { ntp, rtp_timestamp: 0, packets: 2, octets: 320 };
        reception.sender_report(1, &info, Duration::from_secs(1));
        let block = reception.report_block(Duration::from_millis(6250)).unwrap();
        assert_eq!((block.last_sr, block.delay_since_last_sr), (0xb705_2000, 0x0005_4000));
    }
}
