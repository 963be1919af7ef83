//! The receiving side: each digit begins once and ends once, whatever is lost, doubled or swapped.

use core::time::Duration;

use super::{TelephoneEvent, digit_of};
use crate::packet::Header;

/// A digit of which nothing more has come for this long is over: its end packets were lost.
pub const MAX_EVENT_SILENCE: Duration = Duration::from_millis(200);

/// An event older than the one last seen by no more than this is a packet that comes late, in seconds.
const MAX_REORDER_SECONDS: u32 = 5;

/// What the far end's keypad did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitEvent {
    /// A key went down.
    Began {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// It came up again; exactly once for each that began.
    Ended {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How long it was down, as far as was heard, in milliseconds.
        duration_ms: u32,
    },
}

/// What one packet told, in order; at most three: an end, a beginning and its end.
pub type DigitEvents = core::iter::Flatten<core::array::IntoIter<Option<DigitEvent>, 3>>;

#[derive(Debug, Clone, Copy)]
struct Current {
    event: u8,
    digit: char,
    timestamp: u32,
    /// Units that segments before this one lasted (RFC 4733 §2.5.1.3).
    before: u32,
    duration: u16,
    heard: Duration,
    ended: bool,
}

/// Reads one stream's telephone-events.
#[derive(Debug, Clone)]
pub struct EventReceiver {
    clock_rate: u32,
    current: Option<Current>,
}

impl EventReceiver {
    /// No digit yet; `clock_rate` is that of the telephone-event payload, in hertz.
    pub fn new(clock_rate: u32) -> EventReceiver {
        EventReceiver { clock_rate: clock_rate.max(1), current: None }
    }

    /// Takes in a telephone-event packet that came at `now`. A payload that is no digit gives nothing: too short, or
    /// another event, such as flash.
    pub fn received(&mut self, header: &Header, payload: &[u8], now: Duration) -> DigitEvents {
        let mut events = [None; 3];
        if let Ok(event) = TelephoneEvent::parse(payload)
            && let Some(digit) = digit_of(event.event)
        {
            self.progress(header, event, digit, now, &mut events);
        }
        events.into_iter().flatten()
    }

    /// Ends the digit whose end packets did not come; to be asked on every tick, or at [`EventReceiver::deadline`].
    pub fn expire(&mut self, now: Duration) -> Option<DigitEvent> {
        let due = self.deadline()?;
        (now >= due).then(|| self.end()).flatten()
    }

    /// When the digit now down counts as over unless more of it comes.
    pub fn deadline(&self) -> Option<Duration> {
        self.current.filter(|current| !current.ended).map(|current| current.heard + MAX_EVENT_SILENCE)
    }

    /// Ends the digit now down, if any, and forgets all: the stream has another source, or is over.
    pub fn reset(&mut self) -> Option<DigitEvent> {
        let event = self.end();
        self.current = None;
        event
    }

    fn progress(
        &mut self,
        header: &Header,
        event: TelephoneEvent,
        digit: char,
        now: Duration,
        events: &mut [Option<DigitEvent>; 3],
    ) {
        if !self.continues(header, event, now) {
            if self.is_late(header) {
                return;
            }
            events[0] = self.end();
            events[1] = Some(DigitEvent::Began { digit });
            self.current = Some(Current {
                event: event.event,
                digit,
                timestamp: header.timestamp,
                before: 0,
                duration: event.duration,
                heard: now,
                ended: false,
            });
        }
        if event.end {
            events[2] = self.end();
        }
    }

    /// Whether the packet is of the digit last seen; takes in its duration if so.
    fn continues(&mut self, header: &Header, event: TelephoneEvent, now: Duration) -> bool {
        let Some(current) = &mut self.current else { return false };
        if header.timestamp != current.timestamp {
            let ahead = header.timestamp.wrapping_sub(current.timestamp);
            let same_key =
                event.event == current.event && !current.ended && !header.marker && ahead < 0x8000_0000;
            // RFC 4733 §2.5.1.3: a long event goes on in a segment that begins where the former one ended.
            let segment =
                (u32::from(current.duration)..=0x1_0000).contains(&ahead) && current.duration >= 0xf000;
            // Some senders move the timestamp with every packet of one event; its duration then grows all the same.
            let moving = event.duration > current.duration && ahead < self.clock_rate;
            if !same_key || !(segment || moving) {
                return false;
            }
            if segment {
                current.before = current.before.saturating_add(ahead);
                current.duration = 0;
            }
            current.timestamp = header.timestamp;
        } else if event.event != current.event {
            // The same instant cannot be two keys; RFC 4733 gives no meaning to it, so the former one stands.
            return true;
        }
        current.duration = current.duration.max(event.duration);
        current.heard = now;
        true
    }

    fn is_late(&self, header: &Header) -> bool {
        self.current.is_some_and(|current| {
            let behind = current.timestamp.wrapping_sub(header.timestamp);
            behind > 0 && behind < self.clock_rate * MAX_REORDER_SECONDS
        })
    }

    fn end(&mut self) -> Option<DigitEvent> {
        let current = self.current.as_mut().filter(|current| !current.ended)?;
        current.ended = true;
        let units = u64::from(current.before) + u64::from(current.duration);
        let duration_ms = u32::try_from(units * 1000 / u64::from(self.clock_rate)).unwrap_or(u32::MAX);
        Some(DigitEvent::Ended { digit: current.digit, duration_ms })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use DigitEvent::{Began, Ended};

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn feed(
        receiver: &mut EventReceiver,
        timestamp: u32,
        marker: bool,
        event: (u8, bool, u16),
        ms: u64,
    ) -> Vec<DigitEvent> {
        let header = Header { marker, payload_type: 101, sequence: 0, timestamp, ssrc: 1 };
        let payload =
            TelephoneEvent { event: event.0, end: event.1, volume: 10, duration: event.2 }.to_payload();
        receiver.received(&header, &payload, at(ms)).collect()
    }

    #[test]
    fn the_rfcs_example_911_is_three_digits() {
        // RFC 4733 §2.5.1.6, table 5: "911", 50 ms packets, ends repeated.
        let mut receiver = EventReceiver::new(8000);
        let trace = [
            (0, true, (9, false, 400)),
            (0, false, (9, false, 800)),
            (0, false, (9, false, 1200)),
            (0, false, (9, false, 1600)),
            (0, false, (9, true, 1760)),
            (0, false, (9, true, 1760)),
            (0, false, (9, true, 1760)),
            (3200, true, (1, false, 400)),
            (3200, false, (1, true, 800)),
            (3200, false, (1, true, 800)),
            (3200, false, (1, true, 800)),
            (11_200, true, (1, false, 400)),
            (11_200, false, (1, true, 1120)),
            (11_200, false, (1, true, 1120)),
            (11_200, false, (1, true, 1120)),
        ];
        let events: Vec<_> = trace
            .iter()
            .enumerate()
            .flat_map(|(n, (timestamp, marker, event))| {
                feed(&mut receiver, *timestamp, *marker, *event, n as u64 * 50)
            })
            .collect();
        let ended = |digit, duration_ms| Ended { digit, duration_ms };
        assert_eq!(
            events,
            [
                Began { digit: '9' },
                ended('9', 220),
                Began { digit: '1' },
                ended('1', 100),
                Began { digit: '1' },
                ended('1', 140),
            ]
        );
        assert_eq!(receiver.expire(at(10_000)), None);
    }

    #[test]
    fn a_digit_known_only_by_an_end_packet_still_counts() {
        let mut receiver = EventReceiver::new(8000);
        let events = feed(&mut receiver, 160, false, (5, true, 800), 0);
        assert_eq!(events, [Began { digit: '5' }, Ended { digit: '5', duration_ms: 100 }]);
        assert_eq!(feed(&mut receiver, 160, false, (5, true, 800), 20), []);
    }

    #[test]
    fn lost_ends_are_made_up_by_silence() {
        let mut receiver = EventReceiver::new(8000);
        feed(&mut receiver, 160, true, (5, false, 160), 0);
        feed(&mut receiver, 160, false, (5, false, 320), 20);
        assert_eq!(receiver.deadline(), Some(at(220)));
        assert_eq!(receiver.expire(at(219)), None);
        assert_eq!(receiver.expire(at(220)), Some(Ended { digit: '5', duration_ms: 40 }));
        assert_eq!(receiver.expire(at(500)), None);
        assert_eq!(feed(&mut receiver, 160, false, (5, true, 480), 510), [], "an end that comes too late");
    }

    #[test]
    fn lost_ends_are_made_up_by_the_next_digit() {
        let mut receiver = EventReceiver::new(8000);
        feed(&mut receiver, 160, true, (5, false, 160), 0);
        let events = feed(&mut receiver, 1600, true, (5, false, 160), 150);
        assert_eq!(events, [Ended { digit: '5', duration_ms: 20 }, Began { digit: '5' }]);
    }

    #[test]
    fn packets_of_a_former_digit_that_come_late_are_nothing() {
        let mut receiver = EventReceiver::new(8000);
        feed(&mut receiver, 160, true, (5, true, 160), 0);
        feed(&mut receiver, 1600, true, (6, false, 160), 150);
        assert_eq!(feed(&mut receiver, 160, false, (5, true, 160), 151), []);
    }

    #[test]
    fn a_digit_longer_than_its_field_goes_on_in_segments() {
        let mut receiver = EventReceiver::new(8000);
        feed(&mut receiver, 0, true, (5, false, 400), 0);
        feed(&mut receiver, 0, false, (5, false, 0xffff), 150);
        assert_eq!(feed(&mut receiver, 0xffff, false, (5, false, 400), 200), []);
        let events = feed(&mut receiver, 0xffff, false, (5, true, 801), 250);
        assert_eq!(events, [Ended { digit: '5', duration_ms: 8292 }]);
    }

    #[test]
    fn a_timestamp_that_moves_with_each_packet_is_still_one_digit() {
        let mut receiver = EventReceiver::new(8000);
        feed(&mut receiver, 160, true, (5, false, 160), 0);
        assert_eq!(feed(&mut receiver, 320, false, (5, false, 320), 20), []);
        assert_eq!(
            feed(&mut receiver, 480, false, (5, true, 480), 40),
            [Ended { digit: '5', duration_ms: 60 }]
        );
        assert_eq!(feed(&mut receiver, 480, false, (5, true, 480), 40), []);
    }

    #[test]
    fn flash_and_tones_are_not_digits() {
        let mut receiver = EventReceiver::new(8000);
        assert_eq!(feed(&mut receiver, 160, true, (16, false, 160), 0), []);
        assert_eq!(feed(&mut receiver, 160, true, (36, false, 160), 0), []);
    }

    proptest! {
        #[test]
        fn every_digit_that_began_ends_once(
            packets in proptest::collection::vec((0u32..40, any::<bool>(), 0u8..20, any::<bool>(), any::<u16>(), 0u64..300), 0..200),
        ) {
            let mut receiver = EventReceiver::new(8000);
            let mut now = 0;
            let mut events = Vec::new();
            for (timestamp, marker, event, end, duration, wait) in packets {
                now += wait;
                events.extend(receiver.expire(at(now)));
                events.extend(feed(&mut receiver, timestamp * 1600, marker, (event, end, duration), now));
            }
            events.extend(receiver.reset());
            for pair in events.chunks(2) {
                let [Began { digit: began }, Ended { digit: ended, .. }] = pair else { panic!("{pair:?}") };
                prop_assert_eq!(began, ended);
            }
        }
    }
}
