//! What is sent of one stream: sequence numbers, timestamps, counts, and when to report (RFC 3550 §5.1, §6.2).

use core::time::Duration;

use crate::packet::Header;
use crate::rtcp::{NtpTime, ReportBlock, SenderInfo, short_to_duration};

/// The least interval between reports that RFC 3550 §6.2 recommends, before it is randomised.
pub const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// How a stream that is passed on maps to ours: what to add to its numbers.
#[derive(Debug, Clone, Copy)]
struct Relay {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

/// Numbers the packets of one stream that we send, generated or passed on.
///
/// Generated packets step by one; packets passed on keep their source's gaps, so that the far end sees what was lost.
#[derive(Debug, Clone)]
pub struct Sender {
    ssrc: u32,
    clock_rate: u32,
    /// The next sequence number.
    sequence: u16,
    /// The timestamp of what is said now.
    timestamp: u32,
    packets: u32,
    octets: u32,
    /// Timestamp and time of the last packet, to tell a report's timestamp by.
    last: Option<(u32, Duration)>,
    relay: Option<Relay>,
}

impl Sender {
    /// A stream that begins with these numbers, which are to be random (RFC 3550 §5.1); `clock_rate` is in hertz.
    pub fn new(ssrc: u32, first_sequence: u16, first_timestamp: u32, clock_rate: u32) -> Sender {
        Sender {
            ssrc,
            clock_rate,
            sequence: first_sequence,
            timestamp: first_timestamp,
            packets: 0,
            octets: 0,
            last: None,
            relay: None,
        }
    }

    /// What is sent from now on has this clock, in hertz.
    pub fn change_clock(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
    }

    /// Our SSRC.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of what is said now.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Packets sent so far; wraps.
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// Payload octets sent so far; wraps.
    pub fn octets(&self) -> u32 {
        self.octets
    }

    /// Moves the timestamp on by so many samples: each tick, whether or not anything is sent in it.
    pub fn advance(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// The header of the next packet that we generate, at the present timestamp, and counts it as sent.
    ///
    /// Where packets were passed on before it, the timestamp is first brought up to `now`.
    pub fn next(&mut self, payload_type: u8, marker: bool, payload_len: usize, now: Duration) -> Header {
        if self.relay.take().is_some() {
            self.timestamp = self.timestamp_at(now);
        }
        self.next_at(self.timestamp, payload_type, marker, payload_len, now)
    }

    /// As [`Sender::next`] under another timestamp: telephone-event keeps that of its beginning (RFC 4733 §2.5.1).
    pub fn next_at(
        &mut self,
        timestamp: u32,
        payload_type: u8,
        marker: bool,
        payload_len: usize,
        now: Duration,
    ) -> Header {
        self.relay = None;
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        self.count(payload_len);
        self.last = Some((self.timestamp, now));
        header
    }

    /// The header under which a packet received from elsewhere is passed on, and counts it as sent.
    ///
    /// The first packet of a source, or the first after one that we generated, follows on the last sent and carries
    /// the marker; later ones keep the source's steps. The caller need not [`advance`](Sender::advance) meanwhile.
    pub fn pass_on(
        &mut self,
        source: &Header,
        payload_type: u8,
        payload_len: usize,
        now: Duration,
    ) -> Header {
        let mut marker = source.marker;
        let relay = match self.relay.filter(|relay| relay.ssrc == source.ssrc) {
            Some(relay) => relay,
            None => {
                marker = true;
                // What is said now, by the time that passed since the last packet.
                let timestamp = self.last.map_or(self.timestamp, |_| self.timestamp_at(now));
                let relay = Relay {
                    ssrc: source.ssrc,
                    sequence: self.sequence.wrapping_sub(source.sequence),
                    timestamp: timestamp.wrapping_sub(source.timestamp),
                };
                self.relay = Some(relay);
                relay
            }
        };
        let sequence = source.sequence.wrapping_add(relay.sequence);
        let timestamp = source.timestamp.wrapping_add(relay.timestamp);
        // A packet that comes late does not turn the stream back.
        if sequence.wrapping_sub(self.sequence) < 0x8000 {
            self.sequence = sequence.wrapping_add(1);
            self.timestamp = timestamp;
            self.last = Some((timestamp, now));
        }
        self.count(payload_len);
        Header { marker, payload_type, sequence, timestamp, ssrc: self.ssrc }
    }

    /// What a sender report at `now` says, `wall` being the same instant; `None` while nothing has been sent.
    pub fn sender_info(&self, wall: NtpTime, now: Duration) -> Option<SenderInfo> {
        self.last?;
        let rtp_timestamp = self.timestamp_at(now);
        Some(SenderInfo { ntp: wall, rtp_timestamp, packets: self.packets, octets: self.octets })
    }

    /// The timestamp of `now`, reckoned from the last packet: for an event that begins while packets are passed on.
    pub fn timestamp_at(&self, now: Duration) -> u32 {
        let Some((timestamp, at)) = self.last else { return self.timestamp };
        let since = now.saturating_sub(at).as_nanos() * u128::from(self.clock_rate) / 1_000_000_000;
        timestamp.wrapping_add(since as u32)
    }

    fn count(&mut self, payload_len: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload_len as u32);
    }
}

/// The round trip that a report block about us tells, the block having come at wall time `wall` (RFC 3550 §6.4.1).
///
/// `None` where the far end has had no sender report yet, or where the clocks disagree so that it would be negative.
pub fn round_trip(block: &ReportBlock, wall: NtpTime) -> Option<Duration> {
    if block.last_sr == 0 {
        return None;
    }
    let units = wall.middle().wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_last_sr);
    (units < 0x8000_0000).then(|| short_to_duration(units))
}

/// The time to the next report: `interval`, [`REPORT_INTERVAL`] as a rule, or half of it before the first, times a factor from 0.5 to 1.5
/// chosen by `random`, over e − 3/2 (RFC 3550 §6.2, §6.3.1).
///
/// The bandwidth rule never decides for the two members of a call, and is left out.
pub fn report_interval(interval: Duration, first: bool, random: u32) -> Duration {
    let interval = if first { interval / 2 } else { interval };
    let factor = 0.5 + f64::from(random) / f64::from(u32::MAX);
    interval.mul_f64(factor / (core::f64::consts::E - 1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(20);

    #[test]
    fn generated_packets_step_by_one_across_the_wrap() {
        let mut sender = Sender::new(9, u16::MAX, u32::MAX - 159, 8000);
        let first = sender.next(0, true, 160, TICK);
        sender.advance(160);
        let second = sender.next(0, false, 160, TICK * 2);
        assert_eq!((first.sequence, second.sequence), (u16::MAX, 0));
        assert_eq!((first.timestamp, second.timestamp), (u32::MAX - 159, 0));
        assert_eq!((sender.packets(), sender.octets()), (2, 320));
    }

    #[test]
    fn passed_on_packets_keep_the_gaps_of_their_source() {
        let mut sender = Sender::new(9, 100, 5000, 8000);
        sender.next(0, false, 160, TICK);
        let source = |sequence: u16| Header {
            marker: false,
            payload_type: 8,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc: 77,
        };
        let first = sender.pass_on(&source(3000), 0, 160, TICK * 2);
        assert_eq!((first.sequence, first.timestamp, first.marker, first.ssrc), (101, 5160, true, 9));
        let after_gap = sender.pass_on(&source(3003), 0, 160, TICK * 5);
        assert_eq!((after_gap.sequence, after_gap.timestamp, after_gap.marker), (104, 5640, false));
        let late = sender.pass_on(&source(3002), 0, 160, TICK * 5);
        assert_eq!((late.sequence, late.timestamp), (103, 5480));
        assert_eq!(sender.timestamp_at(TICK * 6), 5800);
        let own = sender.next(0, true, 160, TICK * 6);
        assert_eq!((own.sequence, own.timestamp), (105, 5800));
    }

    #[test]
    fn a_report_tells_the_timestamp_of_its_own_instant() {
        let mut sender = Sender::new(9, 1, 1000, 8000);
        assert_eq!(sender.sender_info(NtpTime(5), TICK), None);
        sender.next(0, true, 160, Duration::from_secs(1));
        let info = sender.sender_info(NtpTime(5), Duration::from_millis(1500)).unwrap();
        assert_eq!((info.rtp_timestamp, info.packets, info.octets), (5000, 1, 160));
    }

    #[test]
    fn the_round_trip_is_that_of_the_rfcs_figure() {
        // RFC 3550 §6.4.1: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 0x0005:4000, trip 0x0006:2000 = 6.125 s.
        let block = ReportBlock {
            ssrc: 1,
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_sequence: 0,
            jitter: 0,
            last_sr: 0xb705_2000,
            delay_since_last_sr: 0x0005_4000,
        };
        let wall = NtpTime(0xb44d_b710_8000_0000);
        assert_eq!(round_trip(&block, wall), Some(Duration::from_millis(6125)));
        assert_eq!(round_trip(&ReportBlock { last_sr: 0, ..block }, wall), None);
    }

    #[test]
    fn report_intervals_lie_in_the_range_of_the_rfc() {
        assert_eq!(report_interval(REPORT_INTERVAL, false, 0).as_millis(), 2052);
        assert_eq!(report_interval(REPORT_INTERVAL, false, u32::MAX).as_millis(), 6156);
        assert_eq!(report_interval(REPORT_INTERVAL, true, 0).as_millis(), 1026);
    }
}
