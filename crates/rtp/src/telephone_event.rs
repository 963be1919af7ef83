//! Digits as telephone-event payloads, both ways (RFC 4733 §2).

mod receive;
mod send;

pub use receive::{DigitEvent, DigitEvents, EventReceiver, MAX_EVENT_SILENCE};
pub use send::{EventPacket, EventSender, MAX_DIGIT_MS, TICK_MS};

use crate::Error;

/// Octets of a payload.
pub const PAYLOAD_LEN: usize = 4;

const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// One telephone-event payload (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The event's number: 0 to 15 the digits, 16 flash; others are not telephone keys.
    pub event: u8,
    /// The event is over.
    pub end: bool,
    /// Power below 0 dBm0, 0 to 63 in decibels.
    pub volume: u8,
    /// How long it has lasted since the packet's timestamp, in timestamp units.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads the first event of a payload; [`Error::Payload`] where it is too short. More in the same packet, which
    /// RFC 4733 §2.5.1.5 makes redundancy of former ones, are passed over.
    pub fn parse(payload: &[u8]) -> Result<TelephoneEvent, Error> {
        let [event, flags, high, low, ..] = *payload else { return Err(Error::Payload) };
        Ok(TelephoneEvent {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload on the wire.
    pub fn to_payload(self) -> [u8; PAYLOAD_LEN] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, if self.end { 0x80 } else { 0 } | (self.volume & 0x3f), high, low]
    }
}

/// The digit of an event number: `0`–`9`, `*`, `#`, `A`–`D`.
pub fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).copied()
}

/// The event number of a digit, lower-case letters too.
pub fn event_of(digit: char) -> Option<u8> {
    let digit = digit.to_ascii_uppercase();
    DIGITS.iter().position(|known| *known == digit).map(|event| event as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sixteen_digits_have_their_numbers() {
        assert_eq!(event_of('*'), Some(10));
        assert_eq!(event_of('d'), Some(15));
        assert_eq!(event_of('E'), None);
        assert_eq!(digit_of(11), Some('#'));
        assert_eq!(digit_of(16), None);
    }

    #[test]
    fn short_payloads_are_refused() {
        assert_eq!(TelephoneEvent::parse(&[1, 10, 0]), Err(Error::Payload));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(event: u8, end: bool, volume in 0u8..64, duration: u16) {
            let event = TelephoneEvent { event, end, volume, duration };
            prop_assert_eq!(TelephoneEvent::parse(&event.to_payload()).unwrap(), event);
        }
    }
}
