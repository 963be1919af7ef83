//! Building messages: a response to a request, a request outside any dialog.

use super::{MAX_MESSAGE, Request, Response, reason_phrase};
use crate::header::{HeaderName, Headers};
use crate::method::Method;
use crate::name_addr::NameAddr;
use crate::random;
use crate::text::Text;
use crate::uri::Uri;
use bytes::Bytes;

/// What a new request starts with (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: u32 = 70;

impl Response {
    /// A response to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq copied; Record-Route too where the
    /// response makes a dialog (§12.1.1). It has no To tag of its own: [`Transactions::respond`] adds one, or
    /// [`Response::with_to_tag`].
    ///
    /// [`Transactions::respond`]: crate::Transactions::respond
    pub fn to(request: &Request, status: u16) -> Response {
        let mut headers = Headers::new();
        let mut copy = |name: HeaderName| {
            for value in request.headers.lines(name.clone()) {
                headers.push(name.clone(), value);
            }
        };
        copy(HeaderName::Via);
        if (101..300).contains(&status) && makes_dialog(&request.method) {
            copy(HeaderName::RecordRoute);
        }
        [HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq]
            .into_iter()
            .for_each(&mut copy);
        if status == 100 {
            copy(HeaderName::Timestamp);
        }
        Response { status, reason: Text::from_static(reason_phrase(status)), headers, body: Bytes::new() }
    }

    /// Adds the To tag, unless there is one.
    pub fn with_to_tag(mut self, tag: &str) -> Response {
        if self.headers.to_tag().is_none()
            && let Ok(to) = self.headers.to()
        {
            self.headers.set(HeaderName::To, to.with_tag(tag));
        }
        self
    }

    /// Adds a header at the end.
    pub fn with(mut self, name: impl Into<HeaderName>, value: impl Into<Text>) -> Response {
        self.headers.push(name, value);
        self
    }

    /// Sets the body and its type.
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Response {
        self.headers.set(HeaderName::ContentType, content_type);
        self.body = body.into();
        debug_assert!(self.body.len() < MAX_MESSAGE, "larger than any peer would take");
        self
    }
}

fn makes_dialog(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Subscribe | Method::Refer | Method::Notify)
}

impl Request {
    /// Starts a request outside any dialog (RFC 3261 §8.1.1).
    pub fn build(method: Method, uri: Uri) -> RequestBuilder {
        RequestBuilder { method, uri, from: None, to: None, call_id: None, cseq: 1, contact: None }
    }

    /// Adds a header at the end.
    pub fn with(mut self, name: impl Into<HeaderName>, value: impl Into<Text>) -> Request {
        self.headers.push(name, value);
        self
    }

    /// Gives it another CSeq number, as sending it again with credentials or elsewhere wants (RFC 3261 §22.2).
    pub fn renumber(&mut self, number: u32) {
        self.headers.set(HeaderName::CSeq, format!("{number} {}", self.method));
    }

    /// Sets the body and its type.
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Request {
        self.headers.set(HeaderName::ContentType, content_type);
        self.body = body.into();
        self
    }
}

/// A request in the making. The Via is added by [`Transactions::request`](crate::Transactions::request).
#[derive(Debug, Clone)]
#[must_use = "finish() makes the request"]
pub struct RequestBuilder {
    method: Method,
    uri: Uri,
    from: Option<NameAddr>,
    to: Option<NameAddr>,
    call_id: Option<Text>,
    cseq: u32,
    contact: Option<NameAddr>,
}

impl RequestBuilder {
    /// Who asks; a tag is added unless it has one. By default the Request-URI (as REGISTER wants it).
    pub fn from(mut self, from: impl Into<NameAddr>) -> Self {
        self.from = Some(from.into());
        self
    }

    /// Who is asked; by default the Request-URI.
    pub fn to(mut self, to: impl Into<NameAddr>) -> Self {
        self.to = Some(to.into());
        self
    }

    /// The Call-ID; by default a random one.
    pub fn call_id(mut self, call_id: impl Into<Text>) -> Self {
        self.call_id = Some(call_id.into());
        self
    }

    /// The CSeq number; 1 by default.
    pub fn cseq(mut self, number: u32) -> Self {
        self.cseq = number;
        self
    }

    /// Where we are reached.
    pub fn contact(mut self, contact: impl Into<NameAddr>) -> Self {
        self.contact = Some(contact.into());
        self
    }

    /// The request; `random` gives the From tag and the Call-ID.
    pub fn finish(self, random: &mut dyn FnMut() -> u64) -> Request {
        let bare = |uri: &Uri| {
            let mut uri = uri.clone();
            uri.headers = None;
            NameAddr::new(uri)
        };
        let to = self.to.unwrap_or_else(|| bare(&self.uri));
        let from = self.from.unwrap_or_else(|| bare(&self.uri));
        let from = if from.tag().is_some() { from } else { from.with_tag(&random::tag(random)) };
        let mut headers = Headers::new();
        headers.push(HeaderName::MaxForwards, MAX_FORWARDS.to_string());
        headers.push(HeaderName::From, from);
        headers.push(HeaderName::To, to);
        headers.push(HeaderName::CallId, self.call_id.unwrap_or_else(|| random::call_id(random)));
        headers.push(HeaderName::CSeq, format!("{} {}", self.cseq, self.method));
        if let Some(contact) = self.contact {
            headers.push(HeaderName::Contact, contact);
        }
        Request { method: self.method, uri: self.uri, headers, body: Bytes::new() }
    }
}
