//! Reliable provisional responses of one INVITE (RFC 3262 §3): numbered, one outstanding at a time, the rest and a
//! 2xx waiting behind it.

use crate::header::{HeaderName, Headers};
use crate::message::{Response, reason_phrase};
use crate::text::Text;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// The most reliable provisional responses of one INVITE that wait for a PRACK to an earlier one.
pub(super) const MAX_WAITING: usize = 8;

/// A response on its way.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) rseq: u32,
    pub(super) status: u16,
    pub(super) bytes: Bytes,
}

#[derive(Debug)]
pub(super) struct Reliable {
    /// The number of the next one.
    next: u32,
    pub(super) outstanding: Option<Numbered>,
    pub(super) interval: Duration,
    pub(super) waiting: VecDeque<Numbered>,
    /// The 2xx that goes out when everything is acknowledged.
    pub(super) held: Option<(u16, Bytes)>,
    /// What the INVITE is answered with when nobody acknowledges.
    pub(super) refusal: Bytes,
}

impl Reliable {
    /// `random` gives the first number, 1 to 2^31 − 1; `response` the headers of a refusal.
    pub(super) fn new(random: u64, response: &Response) -> Reliable {
        Reliable {
            next: 1 + (random % 0x7fff_ffff) as u32,
            outstanding: None,
            interval: Duration::ZERO,
            waiting: VecDeque::new(),
            held: None,
            refusal: refusal(response).to_bytes(),
        }
    }

    /// Writes the number into a response.
    pub(super) fn number(&mut self, mut response: Response) -> Numbered {
        let rseq = self.next;
        self.next += 1;
        if !response.headers.lists(HeaderName::Require, "100rel") {
            response.headers.push(HeaderName::Require, "100rel");
        }
        response.headers.set(HeaderName::RSeq, rseq.to_string());
        Numbered { rseq, status: response.status, bytes: response.to_bytes() }
    }

    /// Is a response waiting to be acknowledged, or behind such a one?
    pub(super) fn is_busy(&self) -> bool {
        self.outstanding.is_some() || !self.waiting.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING
    }

    /// Is this the number of the one outstanding?
    pub(super) fn awaits(&self, rseq: u32) -> bool {
        self.outstanding.as_ref().is_some_and(|numbered| numbered.rseq == rseq)
    }
}

fn refusal(response: &Response) -> Response {
    let kept = [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq];
    let mut headers = Headers::new();
    for header in response.headers.iter().filter(|header| kept.contains(&header.name)) {
        headers.push(header.name.clone(), &header.value);
    }
    Response { status: 504, reason: Text::from_static(reason_phrase(504)), headers, body: Bytes::new() }
}
