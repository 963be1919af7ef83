//! Cutting a byte stream into messages (RFC 3261 §18.3, RFC 5626 §3.5.1).

use crate::error::Error;
use crate::message::MAX_MESSAGE;
use crate::syntax::number;
use bytes::{Buf, Bytes, BytesMut};

/// What a [`Framer`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A whole message, to be handed to [`Transactions::receive`](crate::Transactions::receive).
    Message(Bytes),
    /// A keepalive (CRLF CRLF): answer with CRLF.
    Ping,
}

/// Cuts one connection's bytes into messages. Feed, then poll until `Ok(None)`; an error means: close.
///
/// It holds at most [`MAX_MESSAGE`] bytes beyond what one `feed` brings.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// How far the buffer has been searched for the end of the head.
    searched: usize,
    /// The length of the whole message, once the head is complete.
    wanted: Option<usize>,
    /// Set when the length of a message is unknowable: what follows cannot be cut.
    lost: bool,
}

impl Framer {
    /// An empty one.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Takes bytes that arrived.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message or keepalive; `Ok(None)` when more bytes are needed; an error when the connection is to be
    /// closed, because what comes is not SIP or too long.
    pub fn poll(&mut self) -> Result<Option<Frame>, Error> {
        if self.lost {
            return Err(Error::Header(crate::HeaderName::ContentLength));
        }
        if self.wanted.is_none() {
            if self.keepalive() {
                return Ok(Some(Frame::Ping));
            }
            self.check_first_line()?;
            let Some(head) = self.end_of_head() else {
                return if self.buffer.len() > MAX_MESSAGE { Err(Error::MessageTooLarge) } else { Ok(None) };
            };
            match content_length(&self.buffer[..head]) {
                Some(body) if body > MAX_MESSAGE || head + body > MAX_MESSAGE => {
                    return Err(Error::MessageTooLarge);
                }
                Some(body) => self.wanted = Some(head + body),
                None => {
                    // The parser refuses it with 400; after that the stream cannot be followed.
                    self.lost = true;
                    return Ok(Some(Frame::Message(self.buffer.split_to(head).freeze())));
                }
            }
        }
        match self.wanted {
            Some(wanted) if self.buffer.len() >= wanted => {
                self.wanted = None;
                self.searched = 0;
                Ok(Some(Frame::Message(Bytes::copy_from_slice(&self.take(wanted)))))
            }
            Some(_) | None => Ok(None),
        }
    }

    fn take(&mut self, length: usize) -> BytesMut {
        self.buffer.split_to(length)
    }

    /// Skips line ends before a message; two in a row are a ping, one is the answer to ours.
    fn keepalive(&mut self) -> bool {
        if self.searched > 0 {
            return false;
        }
        loop {
            if self.buffer.starts_with(b"\r\n\r\n") {
                self.buffer.advance(4);
                return true;
            }
            match &self.buffer[..] {
                // Half of a ping, or a whole pong: more bytes will tell.
                [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return false,
                [b'\r' | b'\n', ..] => self.buffer.advance(1),
                _ => return false,
            }
        }
    }

    fn check_first_line(&self) -> Result<(), Error> {
        if self.searched > 0 || self.buffer.starts_with(b"\r\n") {
            return Ok(());
        }
        let line_end = self.buffer.iter().position(|b| *b == b'\n');
        let line = &self.buffer[..line_end.unwrap_or(self.buffer.len())];
        if line.len() > crate::message::MAX_LINE {
            return Err(Error::LineTooLong);
        }
        let printable = line.iter().all(|b| *b >= b' ' || matches!(b, b'\t' | b'\r'));
        let sip = line.to_ascii_uppercase().windows(4).any(|w| w == b"SIP/");
        match printable && (sip || line_end.is_none()) {
            true => Ok(()),
            false => Err(Error::NotSip),
        }
    }

    /// The position after the empty line.
    fn end_of_head(&mut self) -> Option<usize> {
        let from = self.searched.saturating_sub(3);
        let buffer = &self.buffer[..];
        for at in from..buffer.len() {
            if buffer[at] != b'\n' {
                continue;
            }
            match &buffer[at + 1..] {
                [b'\n', ..] => return Some(at + 2),
                [b'\r', b'\n', ..] => return Some(at + 3),
                _ => {}
            }
        }
        // Searched only counts once a line is complete, so that the first line is still checked.
        self.searched =
            if buffer.contains(&b'\n') && !buffer.starts_with(b"\r\n") { buffer.len() } else { 0 };
        None
    }
}

/// The Content-Length in a head: 0 when there is none (a stream must have one, but many mean that), `None` when it is
/// no number or there are two.
fn content_length(head: &[u8]) -> Option<usize> {
    let mut found = None;
    for line in head.split(|b| *b == b'\n') {
        let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
        let name = line[..colon].trim_ascii_end();
        if !(name.eq_ignore_ascii_case(b"Content-Length") || name.eq_ignore_ascii_case(b"l")) {
            continue;
        }
        let value = std::str::from_utf8(line[colon + 1..].trim_ascii()).ok().and_then(number)? as usize;
        match found {
            Some(before) if before != value => return None,
            Some(_) | None => found = Some(value),
        }
    }
    Some(found.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc";

    fn frames(framer: &mut Framer) -> Vec<Frame> {
        std::iter::from_fn(|| framer.poll().unwrap()).collect()
    }

    #[test]
    fn two_messages_in_any_pieces_are_two_messages() {
        let stream = [A, A].concat();
        for cut in 0..stream.len() {
            let mut framer = Framer::new();
            framer.feed(&stream[..cut]);
            let mut found = frames(&mut framer);
            framer.feed(&stream[cut..]);
            found.extend(frames(&mut framer));
            assert_eq!(
                found,
                [Frame::Message(Bytes::from_static(A)), Frame::Message(Bytes::from_static(A))],
                "{cut}"
            );
        }
        let mut framer = Framer::new();
        let found: Vec<_> = stream.iter().flat_map(|b| (framer.feed(&[*b]), frames(&mut framer)).1).collect();
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_ping_is_told_and_a_pong_is_not() {
        let mut framer = Framer::new();
        framer.feed(b"\r\n\r\n");
        assert_eq!(frames(&mut framer), [Frame::Ping]);
        framer.feed(b"\r\n");
        assert_eq!(frames(&mut framer), []);
        framer.feed(A);
        assert_eq!(frames(&mut framer), [Frame::Message(Bytes::from_static(A))]);
    }

    #[test]
    fn line_feeds_alone_end_lines() {
        let mut framer = Framer::new();
        framer.feed(b"OPTIONS sip:a SIP/2.0\nContent-Length: 1\n\nx");
        assert_eq!(frames(&mut framer).len(), 1);
    }

    #[test]
    fn garbage_and_endless_heads_are_refused() {
        let mut framer = Framer::new();
        framer.feed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(framer.poll(), Err(Error::NotSip));
        let mut framer = Framer::new();
        framer.feed(b"\x16\x03\x01\x00");
        assert_eq!(framer.poll(), Err(Error::NotSip));
        let mut framer = Framer::new();
        framer.feed(b"OPTIONS sip:a SIP/2.0\r\n");
        framer.feed(&vec![b'x'; MAX_MESSAGE]);
        assert_eq!(framer.poll(), Err(Error::MessageTooLarge));
        let mut framer = Framer::new();
        framer.feed(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n");
        assert_eq!(framer.poll(), Err(Error::MessageTooLarge));
    }

    #[test]
    fn an_unreadable_length_is_handed_on_once_and_then_closes() {
        let mut framer = Framer::new();
        framer.feed(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n");
        assert!(matches!(framer.poll(), Ok(Some(Frame::Message(_)))));
        assert!(framer.poll().is_err());
    }
}
