//! The printer.

use super::{Request, Response};
use crate::header::Headers;
use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::Write;

impl Request {
    /// The request as it goes on the wire: headers in their order, Content-Length last, written from the body.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = room(&self.headers, &self.body);
        let start = out.len();
        write!(out, "{} {} SIP/2.0", self.method, self.uri).expect("a growing buffer takes everything");
        one_line(&mut out[start..]);
        finish(out, &self.headers, &self.body)
    }
}

impl Response {
    /// The response as it goes on the wire: headers in their order, Content-Length last, written from the body.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = room(&self.headers, &self.body);
        write!(out, "SIP/2.0 {} {}", self.status, self.reason).expect("a growing buffer takes everything");
        one_line(&mut out);
        finish(out, &self.headers, &self.body)
    }
}

fn room(headers: &Headers, body: &Bytes) -> BytesMut {
    let lines: usize = headers.iter().map(|h| h.name.as_str().len() + h.value.len() + 4).sum();
    BytesMut::with_capacity(lines + body.len() + 160)
}

/// A URI or reason phrase that the caller made up must not be able to add headers.
fn one_line(line: &mut [u8]) {
    line.iter_mut().filter(|b| matches!(b, b'\r' | b'\n')).for_each(|b| *b = b' ');
}

fn finish(mut out: BytesMut, headers: &Headers, body: &Bytes) -> Bytes {
    out.put_slice(b"\r\n");
    for header in headers.iter() {
        out.put_slice(header.name.as_str().as_bytes());
        out.put_slice(b": ");
        out.put_slice(header.value.as_bytes());
        out.put_slice(b"\r\n");
    }
    write!(out, "Content-Length: {}\r\n\r\n", body.len()).expect("a growing buffer takes everything");
    out.put_slice(body);
    out.freeze()
}
