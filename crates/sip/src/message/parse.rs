//! The parser (RFC 3261 §7 and §25): liberal in what it reads, but it says so where a message cannot be trusted.

use super::{MAX_HEADERS, MAX_LINE, MAX_MESSAGE, MAX_URI, Message, Request, Response};
use crate::error::Error;
use crate::header::{HeaderName, Headers};
use crate::method::Method;
use crate::name_addr::NameAddr;
use crate::syntax::{is_token, is_token_byte, number};
use crate::text::Text;
use crate::uri::{Scheme, Uri};
use crate::via::Via;
use bytes::Bytes;

/// A message that was refused, with as much of it as could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Malformed {
    /// Why.
    pub error: Error,
    /// What could be read of it, if it was a request that can be answered.
    pub request: Option<Box<Request>>,
}

impl Malformed {
    fn silent(error: Error) -> Self {
        Malformed { error, request: None }
    }

    /// The answer to send, if any: none to an ACK, to a response, or where there is no Via to send it by.
    pub fn answer(&self) -> Option<Response> {
        let request = self.request.as_deref()?;
        let status = self.error.status()?;
        if request.method == Method::Ack || request.headers.value(HeaderName::Via).is_none() {
            return None;
        }
        let mut response = Response::to(request, status);
        if status == 400 {
            response.reason = Text::from(format!("Bad Request - {}", self.error));
        }
        Some(response)
    }
}

/// Reads one message: a datagram, or what a [`Framer`](crate::Framer) cut from a stream. Nothing is copied but
/// folded lines and lines that are not UTF-8.
pub fn parse(bytes: Bytes) -> Result<Message, Malformed> {
    let too_large = bytes.len() > MAX_MESSAGE;
    let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let mut lines = Lines { bytes, at: blank };
    let line = lines.next().ok_or(Malformed::silent(Error::NotSip))?;
    let start = start_line(&line)?;
    let mut refused = if too_large { Some(Error::MessageTooLarge) } else { start.error };
    let mut length = None;
    let headers = match headers(&mut lines, &mut length) {
        (headers, None) => headers,
        (headers, Some(error)) => {
            refused.get_or_insert(error);
            headers
        }
    };
    let rest = lines.bytes.slice(lines.at..);
    let body = match length {
        Some(Some(length)) if length > rest.len() => {
            refused.get_or_insert(Error::BodyTooShort);
            rest
        }
        Some(Some(length)) => rest.slice(..length),
        Some(None) => {
            refused.get_or_insert(Error::Header(HeaderName::ContentLength));
            rest
        }
        None => rest,
    };
    match start.kind {
        Kind::Request(method, uri) => {
            let request = Request { method, uri, headers, body };
            match refused.or_else(|| check(&request.headers, Some(&request.method)).err()) {
                Some(error) => Err(Malformed { error, request: Some(Box::new(request)) }),
                None => Ok(Message::Request(request)),
            }
        }
        Kind::Response(status, reason) => match refused.or_else(|| check(&headers, None).err()) {
            Some(error) => Err(Malformed::silent(error)),
            None => Ok(Message::Response(Response { status, reason, headers, body })),
        },
    }
}

#[allow(clippy::large_enum_variant, reason = "lives for one call; boxing would cost an allocation a message")]
enum Kind {
    Request(Method, Uri),
    Response(u16, Text),
}

struct Start {
    kind: Kind,
    error: Option<Error>,
}

fn start_line(line: &Text) -> Result<Start, Malformed> {
    let text = line.as_str();
    if let Some(version) = text.get(..4).filter(|s| s.eq_ignore_ascii_case("SIP/")).map(|_| &text[4..]) {
        let (version, rest) = version.split_once(' ').ok_or(Malformed::silent(Error::StartLine))?;
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status =
            number(status).filter(|s| (100..700).contains(s)).ok_or(Malformed::silent(Error::StartLine))?;
        let error = (version != "2.0").then_some(Error::Version);
        return Ok(Start { kind: Kind::Response(status as u16, line.cut(reason).on_one_line()), error });
    }
    // The method ends at the first space, the version starts after the last.
    let (method, rest) = text.split_once(' ').ok_or(Malformed::silent(Error::NotSip))?;
    let trimmed = rest.trim_end();
    let (uri, version) = trimmed.rsplit_once(' ').ok_or(Malformed::silent(Error::NotSip))?;
    let number = version.get(..4).filter(|s| s.eq_ignore_ascii_case("SIP/")).map(|_| &version[4..]);
    let (Some(number), true) = (number, is_token(method)) else {
        return Err(Malformed::silent(Error::NotSip));
    };
    let error = match Uri::parse(line.cut(uri)) {
        _ if number != "2.0" => Some(Error::Version),
        _ if uri.len() > MAX_URI => Some(Error::UriTooLong),
        _ if trimmed != rest => Some(Error::StartLine),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    let opaque = |text: Text| Uri {
        scheme: Scheme::Other(Text::from_static("invalid")),
        user: Some(text),
        password: None,
        host: Text::default(),
        port: None,
        params: Default::default(),
        headers: None,
    };
    let uri = Uri::parse(line.cut(uri)).unwrap_or_else(|_| opaque(line.cut(uri)));
    Ok(Start { kind: Kind::Request(Method::from(&line.cut(method)), uri), error })
}

/// Reads headers until the empty line or the end; after a faulty one it goes on, so that an answer can be built.
fn headers(lines: &mut Lines, length: &mut Option<Option<usize>>) -> (Headers, Option<Error>) {
    let mut headers = Headers::new();
    let mut refused = None;
    while let Some(line) = lines.next() {
        if line.is_empty() {
            break;
        }
        if headers.len() == MAX_HEADERS {
            refused.get_or_insert(Error::TooManyHeaders);
            lines.skip_head();
            break;
        }
        if line.len() > MAX_LINE {
            refused.get_or_insert(Error::LineTooLong);
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            refused.get_or_insert(Error::HeaderLine);
            continue;
        };
        let name = name.trim_end_matches([' ', '\t']);
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            refused.get_or_insert(Error::HeaderLine);
            continue;
        }
        let value = line.cut(value.trim());
        match HeaderName::from_wire(line.cut(name)) {
            HeaderName::ContentLength => match (number(&value), &length) {
                (Some(n), None) => *length = Some(Some(n as usize)),
                (Some(n), Some(Some(before))) if n as usize == *before => {}
                _ => *length = Some(None),
            },
            name => headers.push(name, value),
        }
    }
    (headers, refused)
}

/// The headers that every message has (§8.1.1), once each, and readable.
fn check(headers: &Headers, method: Option<&Method>) -> Result<(), Error> {
    let once = |name: HeaderName| {
        let mut lines = headers.lines(name.clone());
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(line),
            (Some(_), Some(_)) => Err(Error::Repeated(name)),
            (None, _) => Err(Error::Missing(name)),
        }
    };
    let top = headers.elements(HeaderName::Via).next().ok_or(Error::Missing(HeaderName::Via))?;
    Via::parse(top)?;
    for name in [HeaderName::From, HeaderName::To] {
        NameAddr::parse(once(name.clone())?).map_err(|_| Error::Header(name))?;
    }
    let call_id = once(HeaderName::CallId)?;
    if call_id.is_empty() || call_id.contains(' ') {
        return Err(Error::Header(HeaderName::CallId));
    }
    once(HeaderName::CSeq)?;
    let cseq = headers.cseq()?;
    match method {
        Some(method) if *method != cseq.method => Err(Error::MethodMismatch),
        Some(_) | None => Ok(()),
    }
}

/// Lines that end in CRLF or LF, continuation lines joined (§7.3.1).
struct Lines {
    bytes: Bytes,
    at: usize,
}

impl Lines {
    fn next(&mut self) -> Option<Text> {
        let (start, mut end) = self.raw()?;
        if start == end {
            return Some(Text::default());
        }
        if !self.continues() {
            return Some(Text::from_wire(self.bytes.slice(start..end)));
        }
        let mut joined = self.bytes[start..end].to_vec();
        while self.continues() {
            let start;
            (start, end) = self.raw()?;
            joined.push(b' ');
            joined.extend_from_slice(self.bytes[start..end].trim_ascii());
        }
        Some(Text::from_wire(Bytes::from(joined)))
    }

    fn continues(&self) -> bool {
        matches!(self.bytes.get(self.at), Some(b' ' | b'\t'))
    }

    fn raw(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let rest = &self.bytes[start..];
        let newline = rest.iter().position(|b| *b == b'\n');
        let line = newline.unwrap_or(rest.len());
        self.at = start + newline.map_or(rest.len(), |n| n + 1);
        let line = if line > 0 && rest[line - 1] == b'\r' { line - 1 } else { line };
        Some((start, start + line))
    }

    fn skip_head(&mut self) {
        while let Some((start, end)) = self.raw() {
            if start == end {
                break;
            }
        }
    }
}
