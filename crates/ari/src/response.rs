//! Answers, free of any HTTP engine.

use std::path::PathBuf;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Reason phrase where Asterisk's differs from the usual one.
    pub reason: Option<&'static str>,
    /// Headers besides those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Body,
}

/// An answer's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None, and no `Content-type`.
    Empty,
    /// JSON, compact.
    Json(String),
    /// A page of the HTTP server itself.
    Html(String),
    /// A file, sent in pieces as it is read.
    File {
        /// Its type, such as `audio/wav`.
        content_type: String,
        /// Where it is.
        path: PathBuf,
    },
}

impl Response {
    /// 200 with JSON.
    pub fn ok(body: &impl Serialize) -> Response {
        Response::json(200, body)
    }

    /// JSON with any status.
    pub fn json(status: u16, body: &impl Serialize) -> Response {
        let text = serde_json::to_string(body).expect("our own types print as JSON");
        Response { status, reason: None, headers: Vec::new(), body: Body::Json(text) }
    }

    /// 201 with JSON and where the new thing is.
    pub fn created(location: String, body: &impl Serialize) -> Response {
        Response::json(201, body).with("Location", location)
    }

    /// 204.
    pub fn no_content() -> Response {
        Response::empty(204)
    }

    /// 202.
    pub fn accepted() -> Response {
        Response::empty(202)
    }

    /// `{"message": …}`
    pub fn error(status: u16, message: &str) -> Response {
        Response::json(status, &json!({ "message": message }))
    }

    /// What Asterisk answers when it could not make a channel.
    pub fn allocation_failed() -> Response {
        Response::json(500, &json!({ "error": "Allocation failed" }))
    }

    /// 501: the operation exists, but not here.
    pub fn not_implemented(what: &str) -> Response {
        Response::error(501, &format!("{what} is not implemented"))
    }

    /// 413: the body is larger than [`crate::LARGEST_BODY`].
    pub fn too_large() -> Response {
        Response::error(413, "Request body too large").because("Request Entity Too Large")
    }

    /// A file.
    pub fn file(content_type: String, path: PathBuf) -> Response {
        Response { body: Body::File { content_type, path }, ..Response::empty(200) }
    }

    /// The reason phrase that goes with the status.
    pub fn reason_phrase(&self) -> &'static str {
        let usual = || StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        self.reason.or_else(usual).unwrap_or_default()
    }

    /// A page of the HTTP server itself, for what is not ARI's to answer. `server` is the name in its foot.
    pub fn page(status: u16, title: &str, text: &str, server: &str) -> Response {
        let body = format!(
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\r\n<html><head>\r\n<title>{status} {title}</title>\r\n\
             </head><body>\r\n<h1>{title}</h1>\r\n<p>{text}</p>\r\n<hr />\r\n<address>{server}</address>\r\n\
             </body></html>\r\n"
        );
        Response { status, reason: None, headers: Vec::new(), body: Body::Html(body) }
    }

    /// With a header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Response {
        self.headers.push((name, value));
        self
    }

    /// With a reason phrase of its own.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Response {
        self.reason = Some(reason);
        self
    }

    /// With JSON laid out for people: line ends and two spaces a level.
    #[must_use]
    pub fn pretty(mut self) -> Response {
        if let Body::Json(text) = &mut self.body {
            let value: Value = serde_json::from_str(text).expect("it was printed here");
            *text = format!("{value:#}");
        }
        self
    }

    /// The body as text; empty for none and for bytes.
    pub fn text(&self) -> String {
        match &self.body {
            Body::Json(text) | Body::Html(text) => text.clone(),
            Body::Empty | Body::File { .. } => String::new(),
        }
    }

    /// The first header of that name among [`headers`](Response::headers).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn empty(status: u16) -> Response {
        Response { status, reason: None, headers: Vec::new(), body: Body::Empty }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_keeps_the_order_of_keys() {
        let text = Response::json(200, &json!({ "b": 1, "a": [] })).pretty().text();
        assert_eq!(text, "{\n  \"b\": 1,\n  \"a\": []\n}");
    }
}
