//! The sending side: a packet on every tick while the digit lasts, then its end three times.

use super::{PAYLOAD_LEN, TelephoneEvent, event_of};

/// The tick that packets are sent on, in milliseconds.
pub const TICK_MS: u32 = 20;
/// Longest digit sent, in milliseconds, so that its duration fits its field at 8 kHz; longer ones end then.
pub const MAX_DIGIT_MS: u32 = 8000;
/// Times that the end is sent (RFC 4733 §2.5.1.4).
const END_PACKETS: u8 = 3;
/// Power of the tone, in decibels below 0 dBm0.
const VOLUME: u8 = 10;

/// A packet to send on this tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// The marker: set on the digit's first packet.
    pub marker: bool,
    /// The timestamp of the digit's beginning, the same in all its packets.
    pub timestamp: u32,
    /// The payload.
    pub payload: [u8; PAYLOAD_LEN],
}

/// One digit being sent.
#[derive(Debug, Clone)]
pub struct EventSender {
    event: u8,
    timestamp: u32,
    samples_per_tick: u16,
    /// Ticks that the digit lasts, at least one.
    ticks: u16,
    sent: u16,
    ends: u8,
}

impl EventSender {
    /// Begins a digit at the stream's present timestamp, to last `duration_ms` rounded up to whole ticks; `None` for
    /// what is no digit. `clock_rate` is that of the telephone-event payload, in hertz.
    pub fn new(digit: char, duration_ms: u32, timestamp: u32, clock_rate: u32) -> Option<EventSender> {
        let event = event_of(digit)?;
        let samples_per_tick = u16::try_from(clock_rate * TICK_MS / 1000).unwrap_or(u16::MAX).max(1);
        let longest = (MAX_DIGIT_MS / TICK_MS).min(u32::from(u16::MAX / samples_per_tick));
        let ticks = duration_ms.div_ceil(TICK_MS).clamp(1, longest) as u16;
        Some(EventSender { event, timestamp, samples_per_tick, ticks, sent: 0, ends: 0 })
    }

    /// As [`EventSender::new`] for a key that is still down: it lasts until [`EventSender::release`], or
    /// [`MAX_DIGIT_MS`].
    pub fn held(digit: char, timestamp: u32, clock_rate: u32) -> Option<EventSender> {
        EventSender::new(digit, MAX_DIGIT_MS, timestamp, clock_rate)
    }

    /// The key comes up: the next tick sends the end.
    pub fn release(&mut self) {
        self.ticks = self.ticks.min(self.sent + 1);
    }

    /// The packet of this tick; `None` once all is sent. The caller moves the stream's own timestamp on each tick, and
    /// sends no speech meanwhile.
    pub fn tick(&mut self) -> Option<EventPacket> {
        if self.is_done() {
            return None;
        }
        let marker = self.sent == 0;
        if self.sent < self.ticks {
            self.sent += 1;
        }
        let end = self.sent == self.ticks;
        if end {
            self.ends += 1;
        }
        let duration = self.sent * self.samples_per_tick;
        let payload = TelephoneEvent { event: self.event, end, volume: VOLUME, duration }.to_payload();
        Some(EventPacket { marker, timestamp: self.timestamp, payload })
    }

    /// Whether the last packet has been given out.
    pub fn is_done(&self) -> bool {
        self.ends >= END_PACKETS
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::packet::Header;
    use crate::telephone_event::{DigitEvent, EventReceiver};

    fn all(mut sender: EventSender) -> Vec<EventPacket> {
        core::iter::from_fn(|| sender.tick()).collect()
    }

    #[test]
    fn a_digit_is_a_marked_packet_growing_ones_and_three_ends() {
        let packets = all(EventSender::new('#', 100, 4711, 8000).unwrap());
        let read: Vec<_> =
            packets.iter().map(|packet| TelephoneEvent::parse(&packet.payload).unwrap()).collect();
        assert!(packets.iter().all(|packet| packet.timestamp == 4711));
        assert_eq!(
            packets.iter().map(|packet| packet.marker).collect::<Vec<_>>(),
            [true, false, false, false, false, false, false]
        );
        assert_eq!(
            read.iter().map(|event| event.duration).collect::<Vec<_>>(),
            [160, 320, 480, 640, 800, 800, 800]
        );
        assert_eq!(
            read.iter().map(|event| event.end).collect::<Vec<_>>(),
            [false, false, false, false, true, true, true]
        );
        assert!(read.iter().all(|event| event.event == 11));
    }

    #[test]
    fn durations_are_bounded_both_ways() {
        assert_eq!(all(EventSender::new('1', 0, 0, 8000).unwrap()).len(), 3);
        assert_eq!(all(EventSender::new('1', u32::MAX, 0, 8000).unwrap()).len(), 402);
        assert!(EventSender::new('x', 100, 0, 8000).is_none());
    }

    #[test]
    fn a_held_key_ends_when_released() {
        let mut sender = EventSender::held('1', 0, 8000).unwrap();
        assert!((0..10).all(|_| !TelephoneEvent::parse(&sender.tick().unwrap().payload).unwrap().end));
        sender.release();
        let ends: Vec<_> =
            all(sender).iter().map(|packet| TelephoneEvent::parse(&packet.payload).unwrap()).collect();
        assert_eq!(ends.len(), 3);
        assert!(ends.iter().all(|event| event.end && event.duration == 11 * 160));
    }

    #[test]
    fn what_is_sent_is_heard_even_with_every_other_packet_lost() {
        for keep in 0..2 {
            let mut receiver = EventReceiver::new(8000);
            let packets = all(EventSender::new('7', 120, 800, 8000).unwrap());
            let events: Vec<_> = packets
                .iter()
                .enumerate()
                .filter(|(n, _)| n % 2 == keep)
                .flat_map(|(n, packet)| {
                    let header = Header {
                        marker: packet.marker,
                        payload_type: 101,
                        sequence: n as u16,
                        timestamp: packet.timestamp,
                        ssrc: 1,
                    };
                    receiver.received(&header, &packet.payload, Duration::from_millis(n as u64 * 20))
                })
                .collect();
            assert_eq!(
                events,
                [DigitEvent::Began { digit: '7' }, DigitEvent::Ended { digit: '7', duration_ms: 120 }]
            );
        }
    }
}
