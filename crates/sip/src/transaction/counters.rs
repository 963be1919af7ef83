//! What went through the transaction layer, by kind: plain numbers that whoever owns it reads.

use crate::method::Method;
use std::collections::BTreeMap;

/// The methods that are counted by name; any other counts as the last.
const NAMES: [&str; 15] = [
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "INFO",
    "UPDATE",
    "PRACK",
    "REFER",
    "SUBSCRIBE",
    "NOTIFY",
    "MESSAGE",
    "PUBLISH",
    "other",
];

/// Messages of one direction. Retransmissions count like the message they repeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    requests: [u64; NAMES.len()],
    /// By status: there are as many entries as different answers, a few dozen.
    responses: BTreeMap<u16, u64>,
}

impl Traffic {
    /// Requests by method; those of a method without a name here are `other`.
    pub fn requests(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        NAMES.into_iter().zip(self.requests)
    }

    /// Responses by status.
    pub fn responses(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        self.responses.iter().map(|(status, count)| (*status, *count))
    }

    pub(super) fn request(&mut self, method: &Method) {
        self.requests[place(method.as_str().as_bytes())] += 1;
    }

    pub(super) fn response(&mut self, status: u16) {
        *self.responses.entry(status).or_default() += 1;
    }

    /// A message as it is sent: its kind stands in its first octets.
    pub(super) fn message(&mut self, bytes: &[u8]) {
        match bytes.strip_prefix(b"SIP/2.0 ") {
            Some(rest) => {
                let digits = rest.iter().take(3).take_while(|octet| octet.is_ascii_digit());
                self.response(digits.fold(0, |status, digit| status * 10 + u16::from(digit - b'0')));
            }
            None => {
                let method = bytes.split(|octet| *octet == b' ').next().unwrap_or_default();
                self.requests[place(method)] += 1;
            }
        }
    }
}

fn place(method: &[u8]) -> usize {
    NAMES.iter().position(|name| name.as_bytes() == method).unwrap_or(NAMES.len() - 1)
}

/// What was counted since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// What came.
    pub received: Traffic,
    /// What was sent.
    pub sent: Traffic,
    /// Messages sent again because nothing came back in time, or because the peer asked again.
    pub retransmitted: u64,
    /// Requests that came again and were answered as before.
    pub repeated: u64,
    /// Messages that were refused: not SIP, or more than fits.
    pub refused: u64,
    /// New requests answered 503 because the table of transactions was full.
    pub shed: u64,
    /// Responses that belonged to no transaction.
    pub stray: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_counted_by_its_first_octets() {
        let mut traffic = Traffic::default();
        traffic.message(b"SIP/2.0 486 Busy Here\r\n");
        traffic.message(b"INVITE sip:a@b SIP/2.0\r\n");
        traffic.message(b"FANCY sip:a@b SIP/2.0\r\n");
        traffic.message(b"");
        assert_eq!(traffic.responses().collect::<Vec<_>>(), [(486, 1)]);
        let counted: Vec<_> = traffic.requests().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("INVITE", 1), ("other", 2)]);
    }
}
