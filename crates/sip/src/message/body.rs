//! Bodies of one part or of several (RFC 2046 §5.1, RFC 5621).

use super::{Message, Request, Response};
use crate::header::{HeaderName, Headers};
use crate::text::Text;
use crate::typed::{ContentDisposition, ContentType, Handling};
use bytes::Bytes;

/// The most parts looked at in one body; what follows is not seen.
pub const MAX_PARTS: usize = 32;
/// How deep parts may lie in parts; deeper ones are not seen.
pub const MAX_DEPTH: usize = 4;
/// The most header lines of a part; what follows is not seen.
const MAX_PART_HEADERS: usize = 32;

/// One part of a body, or the whole of one that has no parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its headers: Content-Type, Content-Disposition, Content-ID, …; those of the message where it has no parts.
    pub headers: Headers,
    /// Its octets.
    pub body: Bytes,
}

impl Part {
    /// Its media type, in lower case; `text/plain` where a part does not say (RFC 2046 §5.1).
    pub fn media(&self) -> String {
        match self.headers.read::<ContentType>() {
            Ok(Some(kind)) => kind.media,
            Ok(None) | Err(_) => "text/plain".to_owned(),
        }
    }

    /// Must who does not understand it refuse the message (RFC 5621 §8.2)?
    pub fn is_required(&self) -> bool {
        match self.headers.read::<ContentDisposition>() {
            Ok(Some(disposition)) => disposition.handling == Handling::Required,
            Ok(None) | Err(_) => true,
        }
    }
}

impl Message {
    /// The body of either.
    pub fn body(&self) -> &Bytes {
        match self {
            Message::Request(request) => &request.body,
            Message::Response(response) => &response.body,
        }
    }
}

impl Request {
    /// The body of this media type, such as `application/sdp`: the whole body, or the first part of a multipart body
    /// that has it, in `multipart/alternative` the last, which is the best (RFC 5621 §3). Without Content-Type a body
    /// of any kind is taken for what is sought.
    pub fn body_of(&self, media: &str) -> Option<Bytes> {
        find(&self.headers, &self.body, media)
    }

    /// The parts of a multipart body, those within parts too; a body without parts is its only one; none when empty.
    pub fn parts(&self) -> Vec<Part> {
        parts(&self.headers, &self.body)
    }

    /// Makes the part of this media type the whole body, where a multipart body has one: for who understands no other.
    pub fn narrow_body(&mut self, media: &str) {
        narrow(&mut self.headers, &mut self.body, media);
    }
}

impl Response {
    /// As [`Request::narrow_body`].
    pub fn narrow_body(&mut self, media: &str) {
        narrow(&mut self.headers, &mut self.body, media);
    }

    /// As [`Request::body_of`].
    pub fn body_of(&self, media: &str) -> Option<Bytes> {
        find(&self.headers, &self.body, media)
    }

    /// As [`Request::parts`].
    pub fn parts(&self) -> Vec<Part> {
        parts(&self.headers, &self.body)
    }
}

fn find(headers: &Headers, body: &Bytes, media: &str) -> Option<Bytes> {
    if body.is_empty() {
        return None;
    }
    let Ok(Some(kind)) = headers.read::<ContentType>() else { return Some(body.clone()) };
    if !kind.is_multipart() {
        return kind.media.eq_ignore_ascii_case(media).then(|| body.clone());
    }
    let mut all = parts(headers, body).into_iter().filter(|part| part.media().eq_ignore_ascii_case(media));
    let found = if kind.media == "multipart/alternative" { all.next_back() } else { all.next() };
    found.map(|part| part.body)
}

fn narrow(headers: &mut Headers, body: &mut Bytes, media: &str) {
    if body.is_empty() || !headers.content_type().is_some_and(|kind| kind.starts_with("multipart/")) {
        return;
    }
    if let Some(part) = find(headers, body, media) {
        headers.set(HeaderName::ContentType, media);
        *body = part;
    }
}

fn parts(headers: &Headers, body: &Bytes) -> Vec<Part> {
    let mut found = Vec::new();
    if !body.is_empty() {
        collect(Part { headers: headers.clone(), body: body.clone() }, 0, &mut found);
    }
    found
}

fn collect(part: Part, depth: usize, found: &mut Vec<Part>) {
    if found.len() == MAX_PARTS {
        return;
    }
    let kind = part.headers.read::<ContentType>().ok().flatten().filter(ContentType::is_multipart);
    let Some(boundary) = kind.and_then(|kind| kind.boundary()) else {
        return found.push(part);
    };
    if depth == MAX_DEPTH {
        return;
    }
    for inner in split(&part.body, &boundary) {
        collect(inner, depth + 1, found);
    }
}

/// What lies between the delimiter lines, at most [`MAX_PARTS`]. The last may lack its end.
fn split(body: &Bytes, boundary: &str) -> Vec<Part> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < body.len() && parts.len() < MAX_PARTS {
        let line_end = body[at..].iter().position(|b| *b == b'\n').map_or(body.len(), |n| at + n + 1);
        let line = body[at..line_end].trim_ascii_end();
        if let Some(rest) = line.strip_prefix(delimiter.as_bytes())
            && matches!(rest, b"" | b"--")
        {
            if let Some(start) = start {
                parts.push(part(body.slice(start..before_line_end(body, start, at))));
            }
            start = (rest != b"--").then_some(line_end);
            if start.is_none() {
                return parts;
            }
        }
        at = line_end;
    }
    if let Some(start) = start.filter(|start| *start < body.len() && parts.len() < MAX_PARTS) {
        parts.push(part(body.slice(start..)));
    }
    parts
}

/// The line end before a delimiter belongs to the delimiter.
fn before_line_end(body: &[u8], start: usize, at: usize) -> usize {
    match &body[start..at] {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => at,
    }
}

/// Headers up to the empty line, then the content. A part may begin with the empty line.
fn part(bytes: Bytes) -> Part {
    let mut headers = Headers::new();
    let mut at = 0;
    while at < bytes.len() {
        let line_end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n + 1);
        let line = bytes.slice(at..line_end);
        at = line_end;
        let line = line.slice_ref(line.trim_ascii_end());
        if line.is_empty() {
            break;
        }
        let line = Text::from_wire(line);
        if let (Some((name, value)), true) = (line.split_once(':'), headers.len() < MAX_PART_HEADERS) {
            headers.push(name.trim(), value.trim());
        }
    }
    Part { headers, body: bytes.slice(at..) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::Method;

    fn request(kind: &str, body: &str) -> Request {
        Request::build(Method::Invite, "sip:h".parse().unwrap())
            .finish(&mut || 1)
            .with_body(kind, body.to_owned())
    }

    const MIXED: &str = "preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n\r\n--b1\r\n\
        Content-Type: application/sdp\r\nContent-Disposition: session;handling=optional\r\n\r\nv=0\r\ns=-\r\n\
        --b1--\r\nepilogue";

    #[test]
    fn the_session_description_is_found_among_parts() {
        let request = request("multipart/mixed; boundary=\"b1\"", MIXED);
        assert_eq!(request.body_of("application/sdp").unwrap(), "v=0\r\ns=-");
        assert_eq!(request.body_of("text/plain").unwrap(), "hello\r\n");
        assert_eq!(request.body_of("image/png"), None);
        let required: Vec<bool> = request.parts().iter().map(Part::is_required).collect();
        assert_eq!(required, [true, false]);
    }

    #[test]
    fn a_body_is_narrowed_to_the_part_that_is_understood() {
        let mut mixed = request("multipart/mixed;boundary=b1", MIXED);
        mixed.narrow_body("image/png");
        assert_eq!(mixed.body, MIXED);
        mixed.narrow_body("application/sdp");
        assert_eq!(
            (&mixed.body[..], mixed.headers.content_type().unwrap().as_str()),
            (&b"v=0\r\ns=-"[..], "application/sdp")
        );
    }

    #[test]
    fn of_alternatives_the_last_is_taken() {
        let body =
            "--x\nContent-Type: application/sdp\n\none\n--x\nContent-Type: application/sdp\n\ntwo\n--x--";
        let request = request("multipart/alternative;boundary=x", body);
        assert_eq!(request.body_of("application/sdp").unwrap(), "two");
    }

    #[test]
    fn a_plain_body_is_its_own_part_and_another_type_is_not_taken() {
        assert_eq!(request("Application/SDP", "v=0").body_of("application/sdp").unwrap(), "v=0");
        assert_eq!(request("text/plain", "v=0").body_of("application/sdp"), None);
        assert_eq!(request("application/sdp", "").parts(), []);
    }

    #[test]
    fn nests_and_numbers_of_parts_are_limited() {
        let mut body = "--b\n\nx\n".repeat(MAX_PARTS + 9);
        assert_eq!(request("multipart/mixed;boundary=b", &body).parts().len(), MAX_PARTS);
        body = "x".to_owned();
        for level in 0..=MAX_DEPTH {
            body = format!(
                "--b{level}\nContent-Type: multipart/mixed;boundary=b{}\n\n{body}",
                level.wrapping_sub(1)
            );
        }
        let _ = request(&format!("multipart/mixed;boundary=b{MAX_DEPTH}"), &body).parts();
    }

    #[test]
    fn parts_that_are_cut_off_or_empty_are_read_as_far_as_they_go() {
        let request = |body: &str| request("multipart/mixed;boundary=b", body);
        assert_eq!(request("--b\r\n\r\ncut").parts()[0].body, "cut");
        assert_eq!(request("--b\r\n--b--").parts().len(), 1);
        assert_eq!(request("no delimiter").parts().len(), 0);
    }
}
