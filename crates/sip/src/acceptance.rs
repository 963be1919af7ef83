//! What a server looks at before it works a request (RFC 3261 §8.2): method, schemes, hops, extensions, bodies.

use crate::header::HeaderName;
use crate::message::{Part, Request, Response};
use crate::method::Method;
use crate::text::Text;
use crate::uri::Scheme;

/// What a server takes. What it does not take is refused with the status and the headers that the RFC wants, so that the
/// client can do better.
#[derive(Debug, Clone, Copy)]
pub struct Acceptance<'a> {
    /// Methods: others get 405 with Allow.
    pub methods: &'a [Method],
    /// Option tags: others in Require get 420 with Unsupported.
    pub extensions: &'a [&'a str],
    /// Media types, in lower case: a body of another that has to be understood gets 415 with Accept.
    pub bodies: &'a [&'a str],
}

impl Acceptance<'_> {
    /// The refusal of a request, or `None` where it may be worked. ACK and CANCEL are never refused here. Who asks has
    /// to be authenticated, and merged requests have been refused, elsewhere.
    pub fn refuse(&self, request: &Request) -> Option<Response> {
        if matches!(request.method, Method::Ack | Method::Cancel) {
            return None;
        }
        let checks = [
            Acceptance::method,
            Acceptance::schemes,
            Acceptance::hops,
            Acceptance::required,
            Acceptance::body,
            Acceptance::answer,
        ];
        checks.iter().find_map(|check| check(self, request))
    }

    /// §8.2.1.
    fn method(&self, request: &Request) -> Option<Response> {
        let allow = || self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let is_taken = self.methods.contains(&request.method);
        (!is_taken).then(|| Response::to(request, 405).with(HeaderName::Allow, allow()))
    }

    /// §8.2.2.1; a registrar's address of record is a SIP or tel URI (§10.3).
    fn schemes(&self, request: &Request) -> Option<Response> {
        if matches!(request.uri.scheme, Scheme::Other(_)) {
            return Some(Response::to(request, 416));
        }
        let to = request.headers.to().ok()?;
        let is_strange = matches!(to.uri.scheme, Scheme::Other(_)) && request.method == Method::Register;
        is_strange.then(|| {
            let mut response = Response::to(request, 400);
            response.reason = Text::from_static("Bad Request - To names no address of record");
            response
        })
    }

    /// A call that is passed on goes round no more often than a proxy would let it (RFC 7332 §4).
    fn hops(&self, request: &Request) -> Option<Response> {
        let is_spent = request.headers.max_forwards() == Some(0);
        (is_spent && request.method == Method::Invite && !request.is_in_dialog())
            .then(|| Response::to(request, 483))
    }

    /// §8.2.2.3.
    fn required(&self, request: &Request) -> Option<Response> {
        let unknown = request.headers.unsupported(self.extensions);
        (!unknown.is_empty()).then(|| {
            let tags = unknown.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
            Response::to(request, 420).with(HeaderName::Unsupported, tags)
        })
    }

    /// §8.2.3, RFC 5621 §8: of several parts each that has to be understood.
    fn body(&self, request: &Request) -> Option<Response> {
        let is_packed = |coding: Text| !coding.eq_ignore_ascii_case("identity");
        if !request.body.is_empty() && request.headers.elements(HeaderName::ContentEncoding).any(is_packed) {
            return Some(Response::to(request, 415).with(HeaderName::AcceptEncoding, "identity"));
        }
        let parts = request.parts();
        let is_taken = |part: &Part| self.bodies.contains(&part.media().as_str());
        // Of parts, one that is understood is enough: the others may be there for somebody else.
        let is_missed = |part: &Part| {
            part.is_required() && part.headers.value(HeaderName::ContentType).is_some() && !is_taken(part)
        };
        let is_refused = !parts.iter().any(is_taken) && parts.iter().any(is_missed);
        is_refused.then(|| Response::to(request, 415).with(HeaderName::Accept, self.bodies.join(", ")))
    }

    /// Could the answer to an INVITE, a session description, be read by who asks (§20.1)?
    fn answer(&self, request: &Request) -> Option<Response> {
        if request.method != Method::Invite || request.headers.value(HeaderName::Accept).is_none() {
            return None;
        }
        let fits = |range: Text| {
            let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            ["application/sdp", "application/*", "*/*"].contains(&range.as_str())
        };
        let mut ranges = request.headers.elements(HeaderName::Accept).peekable();
        // An empty Accept takes nothing; too many phones mean nothing by it.
        (ranges.peek().is_some() && !ranges.any(fits)).then(|| Response::to(request, 406))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKEN: Acceptance<'_> = Acceptance {
        methods: &[Method::Invite, Method::Options, Method::Message, Method::Register],
        extensions: &["100rel", "timer"],
        bodies: &["application/sdp", "text/plain"],
    };

    fn request(method: Method) -> Request {
        Request::build(method, "sip:1000@h".parse().unwrap()).finish(&mut || 1)
    }

    fn status(request: &Request) -> Option<u16> {
        TAKEN.refuse(request).map(|response| response.status)
    }

    #[test]
    fn what_is_taken_is_not_refused() {
        let plain = request(Method::Invite).with("Require", "Timer").with_body("application/sdp", "v=0");
        assert_eq!(status(&plain), None);
        let accepts = plain.clone().with("Accept", "text/x, application/*;q=0.1");
        assert_eq!(status(&accepts), None);
        assert_eq!(status(&plain.with("Accept", "")), None);
        assert_eq!(status(&request(Method::Ack).with("Require", "x")), None);
    }

    #[test]
    fn each_refusal_says_what_would_do() {
        let refused = |request: &Request, name: HeaderName| {
            let response = TAKEN.refuse(request).unwrap();
            (response.status, response.headers.value(name).map(|v| v.as_str().to_owned()).unwrap_or_default())
        };
        let text = |status, text: &str| (status, text.to_owned());
        let publish = request(Method::Publish);
        assert_eq!(refused(&publish, HeaderName::Allow), text(405, "INVITE, OPTIONS, MESSAGE, REGISTER"));
        let required = request(Method::Invite).with("Require", "100rel, magic");
        assert_eq!(refused(&required, HeaderName::Unsupported), text(420, "magic"));
        let body = request(Method::Message).with_body("text/html", "x");
        assert_eq!(refused(&body, HeaderName::Accept), text(415, "application/sdp, text/plain"));
        let packed = request(Method::Message).with("Content-Encoding", "gzip").with_body("text/plain", "x");
        assert_eq!(refused(&packed, HeaderName::AcceptEncoding), text(415, "identity"));
    }

    #[test]
    fn a_part_that_nobody_has_to_understand_is_no_reason() {
        let optional =
            "--b\nContent-Type: image/png\nContent-Disposition: icon;handling=optional\n\nx\n--b--";
        assert_eq!(status(&request(Method::Invite).with_body("multipart/mixed;boundary=b", optional)), None);
        let required = optional.replace("optional", "required");
        assert_eq!(
            status(&request(Method::Invite).with_body("multipart/mixed;boundary=b", required)),
            Some(415)
        );
    }

    // RFC 7332 §4
    #[test]
    fn a_call_that_has_used_up_its_hops_is_refused_and_a_question_to_us_is_not() {
        let mut spent = request(Method::Invite);
        spent.headers.set(HeaderName::MaxForwards, "0");
        assert_eq!(status(&spent), Some(483));
        let mut question = request(Method::Options);
        question.headers.set(HeaderName::MaxForwards, "0");
        assert_eq!(status(&question), None);
    }
}
