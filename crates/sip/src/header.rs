//! Header names and the ordered list of headers.

use crate::syntax::list;
use crate::text::Text;
use std::fmt;

macro_rules! names {
    ($($variant:ident = $name:literal $(/ $compact:literal)?,)*) => {
        /// The name of a header; case-insensitive, compact forms resolved.
        #[derive(Debug, Clone)]
        #[allow(missing_docs, reason = "each variant is the header of that name")]
        pub enum HeaderName {
            $($variant,)*
            /// A header without a name here.
            Other(Text),
        }

        impl HeaderName {
            /// The name in full.
            pub fn as_str(&self) -> &str {
                match self {
                    $(HeaderName::$variant => $name,)*
                    HeaderName::Other(name) => name,
                }
            }

            fn known(text: &str) -> Option<HeaderName> {
                if let [letter] = text.as_bytes() {
                    return match letter.to_ascii_lowercase() {
                        $($($compact => Some(HeaderName::$variant),)?)*
                        _ => None,
                    };
                }
                $(if text.len() == $name.len() && text.eq_ignore_ascii_case($name) {
                    return Some(HeaderName::$variant);
                })*
                None
            }

            /// The number of a known name.
            fn ordinal(&self) -> Option<usize> {
                #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
                enum Ordinal { $($variant,)* }
                match self {
                    $(HeaderName::$variant => Some(Ordinal::$variant as usize),)*
                    HeaderName::Other(_) => None,
                }
            }
        }
    };
}

names! {
    Via = "Via" / b'v',
    From = "From" / b'f',
    To = "To" / b't',
    CallId = "Call-ID" / b'i',
    CSeq = "CSeq",
    Contact = "Contact" / b'm',
    MaxForwards = "Max-Forwards",
    ContentLength = "Content-Length" / b'l',
    ContentType = "Content-Type" / b'c',
    Route = "Route",
    RecordRoute = "Record-Route",
    Allow = "Allow",
    Supported = "Supported" / b'k',
    UserAgent = "User-Agent",
    Server = "Server",
    Expires = "Expires",
    MinExpires = "Min-Expires",
    Authorization = "Authorization",
    ProxyAuthorization = "Proxy-Authorization",
    WwwAuthenticate = "WWW-Authenticate",
    ProxyAuthenticate = "Proxy-Authenticate",
    AuthenticationInfo = "Authentication-Info",
    Require = "Require",
    ProxyRequire = "Proxy-Require",
    Unsupported = "Unsupported",
    Accept = "Accept",
    AcceptEncoding = "Accept-Encoding",
    AcceptLanguage = "Accept-Language",
    AcceptContact = "Accept-Contact" / b'a',
    RejectContact = "Reject-Contact" / b'j',
    RequestDisposition = "Request-Disposition" / b'd',
    AlertInfo = "Alert-Info",
    CallInfo = "Call-Info",
    ErrorInfo = "Error-Info",
    ContentDisposition = "Content-Disposition",
    ContentEncoding = "Content-Encoding" / b'e',
    ContentLanguage = "Content-Language",
    MimeVersion = "MIME-Version",
    Date = "Date",
    Subject = "Subject" / b's',
    Organization = "Organization",
    Priority = "Priority",
    InReplyTo = "In-Reply-To",
    ReplyTo = "Reply-To",
    Timestamp = "Timestamp",
    Warning = "Warning",
    RetryAfter = "Retry-After",
    Reason = "Reason",
    ReferTo = "Refer-To" / b'r',
    ReferredBy = "Referred-By" / b'b',
    Replaces = "Replaces",
    Join = "Join",
    Event = "Event" / b'o',
    AllowEvents = "Allow-Events" / b'u',
    SubscriptionState = "Subscription-State",
    SessionExpires = "Session-Expires" / b'x',
    MinSe = "Min-SE",
    RSeq = "RSeq",
    RAck = "RAck",
    Path = "Path",
    ServiceRoute = "Service-Route",
    Privacy = "Privacy",
    PAssertedIdentity = "P-Asserted-Identity",
    PPreferredIdentity = "P-Preferred-Identity",
    RemotePartyId = "Remote-Party-ID",
    Diversion = "Diversion",
    HistoryInfo = "History-Info",
    Identity = "Identity" / b'y',
    SipEtag = "SIP-ETag",
    SipIfMatch = "SIP-If-Match",
}

impl HeaderName {
    pub(crate) fn from_wire(text: Text) -> HeaderName {
        HeaderName::known(&text).unwrap_or(HeaderName::Other(text))
    }
}

impl From<&str> for HeaderName {
    fn from(text: &str) -> Self {
        HeaderName::known(text).unwrap_or_else(|| HeaderName::Other(Text::from(text).on_one_line()))
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (HeaderName::Other(a), HeaderName::Other(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => a.ordinal() == b.ordinal(),
        }
    }
}

impl Eq for HeaderName {}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: HeaderName,
    /// Its value, without surrounding space, on one line.
    pub value: Text,
}

/// The headers of a message in their order, which is kept. Content-Length is not among them: the parser takes it
/// out and the printer writes it from the body.
///
/// Readers for single headers (`from()`, `cseq()`, `contacts()`, …) parse on demand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    list: Vec<Header>,
}

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Headers { list: Vec::with_capacity(16) }
    }

    /// Adds a header at the end. A line end in the value becomes a space.
    pub fn push(&mut self, name: impl Into<HeaderName>, value: impl Into<Text>) {
        self.list.push(Header { name: name.into(), value: value.into().on_one_line() });
    }

    /// Adds a header before all others (Via).
    pub fn push_front(&mut self, name: impl Into<HeaderName>, value: impl Into<Text>) {
        self.list.insert(0, Header { name: name.into(), value: value.into().on_one_line() });
    }

    /// Makes this the only header of its name, in the place of the first one, else at the end.
    pub fn set(&mut self, name: impl Into<HeaderName>, value: impl Into<Text>) {
        let (name, value) = (name.into(), value.into().on_one_line());
        match self.list.iter().position(|h| h.name == name) {
            Some(first) => {
                let mut at = 0;
                self.list.retain(|h| {
                    at += 1;
                    at - 1 <= first || h.name != name
                });
                self.list[first].value = value;
            }
            None => self.list.push(Header { name, value }),
        }
    }

    /// Takes away every header of a name.
    pub fn remove(&mut self, name: impl Into<HeaderName>) {
        let name = name.into();
        self.list.retain(|h| h.name != name);
    }

    /// The first header of a name, as it is written.
    pub fn value(&self, name: impl Into<HeaderName>) -> Option<&Text> {
        let name = name.into();
        self.list.iter().find(|h| h.name == name).map(|h| &h.value)
    }

    /// Every header of a name, one item a line.
    pub fn lines(&self, name: impl Into<HeaderName>) -> impl Iterator<Item = &Text> {
        let name = name.into();
        self.list.iter().filter(move |h| h.name == name).map(|h| &h.value)
    }

    /// Every element of a list header, whether comma-joined or repeated.
    pub fn elements(&self, name: impl Into<HeaderName>) -> impl Iterator<Item = Text> {
        self.lines(name).flat_map(|value| list(value).map(|element| value.cut(element)))
    }

    /// Does a list header name this token (case-insensitive): `Supported: replaces, timer`?
    pub fn lists(&self, name: impl Into<HeaderName>, token: &str) -> bool {
        self.lines(name).any(|value| list(value).any(|element| element.eq_ignore_ascii_case(token)))
    }

    /// All headers in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.list.iter()
    }

    /// How many header lines there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn first_mut(&mut self, name: HeaderName) -> Option<&mut Text> {
        self.list.iter_mut().find(|h| h.name == name).map(|h| &mut h.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_compact_forms_are_resolved() {
        assert_eq!(HeaderName::from("v"), HeaderName::Via);
        assert_eq!(HeaderName::from("call-id"), HeaderName::CallId);
        assert_eq!(HeaderName::from("x-Thing"), HeaderName::from("X-THING"));
        assert_ne!(HeaderName::from("z"), HeaderName::Via);
    }

    #[test]
    fn set_replaces_in_place() {
        let mut h = Headers::new();
        h.push("X-A", "1");
        h.push("X-B", "2");
        h.push("x-a", "3");
        h.set("X-A", "9");
        let all: Vec<_> = h.iter().map(|h| format!("{}={}", h.name, h.value)).collect();
        assert_eq!(all, ["X-A=9", "X-B=2"]);
    }

    #[test]
    fn repeated_and_joined_elements_read_alike() {
        let mut h = Headers::new();
        h.push(HeaderName::Supported, "replaces, timer");
        h.push("k", "path");
        let all: Vec<_> = h.elements(HeaderName::Supported).collect();
        assert_eq!(all, ["replaces", "timer", "path"]);
        assert!(h.lists(HeaderName::Supported, "TIMER"));
    }
}
