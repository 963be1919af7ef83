//! A request as it came, and its path, query and body taken apart.

use serde_json::Value;

use crate::Response;

/// Largest request body in bytes; more answers 413.
pub const LARGEST_BODY: usize = 40_960;

/// A request, free of any HTTP engine.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Method as it came.
    pub method: String,
    /// Path as it came, still encoded, from its first slash.
    pub path: String,
    /// Query as it came, still encoded, without the question mark.
    pub query: String,
    /// Headers.
    pub headers: Headers,
    /// Body, at most [`LARGEST_BODY`].
    pub body: Vec<u8>,
}

/// The headers that matter here: names compare without case.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds one.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a request brings besides its path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    /// Form fields, then query fields, decoded.
    pub fields: Vec<(String, String)>,
    /// JSON body. Not looked at where there was a form.
    pub json: Option<Value>,
}

impl Request {
    /// Takes query and body apart. A body of another type is passed over, as in Asterisk.
    pub(crate) fn content(&self) -> Result<Content, Response> {
        if self.body.len() > LARGEST_BODY {
            return Err(Response::too_large());
        }
        let kind = self.headers.first("Content-Type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let mut content = Content::default();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            content.fields = fields(&String::from_utf8_lossy(&self.body));
        } else if kind.eq_ignore_ascii_case("application/json") && !self.body.is_empty() {
            let json = serde_json::from_slice(&self.body);
            content.json = Some(json.map_err(|_| Response::error(400, "Error parsing request body"))?);
        }
        content.fields.extend(fields(&self.query));
        Ok(content)
    }
}

/// `name=value` pairs of a query or form. A name without `=` has an empty value.
pub(crate) fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// The segments of a path, each decoded by itself, so that `%2F` is part of a segment. An empty segment ends the path.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.trim_start_matches('/').split('/').take_while(|segment| !segment.is_empty()).map(decode).collect()
}

/// Percent-decoding with `+` for a space, everywhere. A `%` that starts no code stays; what is not UTF-8 becomes U+FFFD.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, beyond @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = beyond;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_decoded_after_the_path_is_split() {
        assert_eq!(segments("/recordings/stored/a%2Fb/file"), ["recordings", "stored", "a/b", "file"]);
        assert_eq!(segments("/channels/J%C3%BCrgen+1"), ["channels", "Jürgen 1"]);
        assert_eq!(segments("/a//b"), ["a"], "an empty segment ends the path");
        assert_eq!(segments(""), [""; 0]);
    }

    #[test]
    fn broken_codes_stay_as_they_are() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%4"), "%4");
        assert_eq!(decode("%zz%41"), "%zzA");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn fields_keep_their_order_and_may_lack_a_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            fields("a=1&b&a=2%263&&=x"),
            [pair("a", "1"), pair("b", ""), pair("a", "2&3"), pair("", "x")]
        );
    }

    fn with_body(kind: &str, body: &str) -> Request {
        let mut request = Request { query: "x=query".into(), body: body.into(), ..Request::default() };
        request.headers.push("content-type", kind);
        request
    }

    #[test]
    fn a_form_stands_in_front_of_the_query_and_hides_json() {
        let content = with_body("application/x-www-form-urlencoded; charset=utf-8", "x=form&y=1")
            .content()
            .expect("a form");
        let names: Vec<&str> = content.fields.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!((names, content.json), (vec!["form", "1", "query"], None));
    }

    #[test]
    fn json_is_read_and_bad_json_refused() {
        let content = with_body("Application/JSON", "{\"a\":1}").content().expect("JSON");
        assert_eq!(content.json.expect("a body")["a"], 1);
        assert_eq!(with_body("application/json", "{bad").content().expect_err("refused").status, 400);
        assert_eq!(with_body("application/json", "").content().expect("nothing").json, None);
        assert_eq!(with_body("text/plain", "{bad").content().expect("passed over").json, None);
    }

    #[test]
    fn a_body_over_the_limit_is_413() {
        let over = with_body("text/plain", &"x".repeat(LARGEST_BODY + 1));
        assert_eq!(over.content().expect_err("refused").status, 413);
        assert!(with_body("text/plain", &"x".repeat(LARGEST_BODY)).content().is_ok());
    }
}
