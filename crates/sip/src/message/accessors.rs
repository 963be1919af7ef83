//! Headers read as what they mean.

use super::{Request, Response};
use crate::error::Error;
use crate::header::{HeaderName, Headers};
use crate::method::Method;
use crate::name_addr::{NameAddr, tag_of};
use crate::syntax::{find_outside, number, seconds, unquote};
use crate::text::Text;
use crate::via::Via;
use std::fmt;

/// The CSeq header (RFC 3261 §20.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// The sequence number, below 2^31.
    pub number: u32,
    /// The method of the request.
    pub method: Method,
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

/// A challenge or an authorization: a scheme and parameters (RFC 3261 §20.7, §20.44).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `Digest`, …
    pub scheme: Text,
    params: Text,
}

impl Credentials {
    /// Reads a header value; one header holds one set.
    pub fn parse(text: &Text) -> Option<Credentials> {
        let (scheme, params) = text.trim().split_once([' ', '\t'])?;
        Some(Credentials { scheme: text.cut(scheme), params: text.cut(params.trim()) })
    }

    /// A parameter without its quotes.
    pub fn param(&self, name: &str) -> Option<String> {
        let mut rest = self.params.as_str();
        while !rest.is_empty() {
            let end = find_outside(rest, |b| b == b',').unwrap_or(rest.len());
            if let Some((n, value)) = rest[..end].split_once('=')
                && n.trim().eq_ignore_ascii_case(name)
            {
                return Some(unquote(value.trim()));
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        None
    }

    /// Is this Digest?
    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Digest")
    }
}

impl Headers {
    fn once(&self, name: HeaderName) -> Result<&Text, Error> {
        self.value(name.clone()).ok_or(Error::Missing(name))
    }

    fn address(&self, name: HeaderName) -> Result<NameAddr, Error> {
        NameAddr::parse(self.once(name.clone())?).map_err(|_| Error::Header(name))
    }

    fn addresses(&self, name: HeaderName) -> Result<Vec<NameAddr>, Error> {
        let one = |element: Text| NameAddr::parse(element).map_err(|_| Error::Header(name.clone()));
        self.elements(name.clone()).map(one).collect()
    }

    /// The topmost Via.
    pub fn via(&self) -> Result<Via, Error> {
        let top = self.elements(HeaderName::Via).next();
        Via::parse(top.ok_or(Error::Missing(HeaderName::Via))?)
    }

    /// Puts another Via in the place of the topmost.
    pub fn replace_top_via(&mut self, via: &Via) {
        if let Some(line) = self.first_mut(HeaderName::Via) {
            let rest = find_outside(line, |b| b == b',').map_or("", |comma| &line.as_str()[comma..]);
            *line = Text::from(format!("{via}{rest}"));
        }
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr, Error> {
        self.address(HeaderName::From)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr, Error> {
        self.address(HeaderName::To)
    }

    /// The tag of From, if there is one.
    pub fn from_tag(&self) -> Option<Text> {
        self.value(HeaderName::From).and_then(tag_of)
    }

    /// The tag of To, if there is one.
    pub fn to_tag(&self) -> Option<Text> {
        self.value(HeaderName::To).and_then(tag_of)
    }

    /// Call-ID; empty when it is missing.
    pub fn call_id(&self) -> Text {
        self.value(HeaderName::CallId).cloned().unwrap_or_default()
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, Error> {
        let value = self.once(HeaderName::CSeq)?;
        let parts = value.split_once([' ', '\t']).and_then(|(n, method)| {
            let number = number(n).filter(|n| *n < 1 << 31)?;
            let method = method.trim();
            crate::syntax::is_token(method).then(|| CSeq { number, method: Method::from(&value.cut(method)) })
        });
        parts.ok_or(Error::Header(HeaderName::CSeq))
    }

    /// Every Contact; `*` (RFC 3261 §10.2.2) is an error here, see [`Headers::is_star_contact`].
    pub fn contacts(&self) -> Result<Vec<NameAddr>, Error> {
        self.addresses(HeaderName::Contact)
    }

    /// The first Contact.
    pub fn contact(&self) -> Option<NameAddr> {
        self.elements(HeaderName::Contact).next().and_then(|c| NameAddr::parse(c).ok())
    }

    /// Is the Contact `*`?
    pub fn is_star_contact(&self) -> bool {
        self.lines(HeaderName::Contact).any(|value| value == "*")
    }

    /// The Route set, topmost first.
    pub fn routes(&self) -> Result<Vec<NameAddr>, Error> {
        self.addresses(HeaderName::Route)
    }

    /// The Record-Route set, topmost first.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, Error> {
        self.addresses(HeaderName::RecordRoute)
    }

    /// Max-Forwards; `None` when missing or unreadable, which RFC 3261 §16.3 reads as 70.
    pub fn max_forwards(&self) -> Option<u32> {
        self.value(HeaderName::MaxForwards).and_then(|v| number(v))
    }

    /// Expires, in seconds.
    pub fn expires(&self) -> Option<u32> {
        self.value(HeaderName::Expires).and_then(|v| seconds(v))
    }

    /// Min-Expires, in seconds.
    pub fn min_expires(&self) -> Option<u32> {
        self.value(HeaderName::MinExpires).and_then(|v| seconds(v))
    }

    /// Retry-After, in seconds, comment and parameters left out.
    pub fn retry_after(&self) -> Option<u32> {
        let value = self.value(HeaderName::RetryAfter)?;
        seconds(value.split([';', '(', ' ']).next().unwrap_or_default())
    }

    /// Content-Type without its parameters, in lower case.
    pub fn content_type(&self) -> Option<String> {
        let value = self.value(HeaderName::ContentType)?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The option tags of Require that are not among `supported`: what a 420 lists in Unsupported (RFC 3261 §8.2.2.3).
    pub fn unsupported(&self, supported: &[&str]) -> Vec<Text> {
        let is_known = |tag: &Text| supported.iter().any(|known| known.eq_ignore_ascii_case(tag));
        self.elements(HeaderName::Require).filter(|tag| !is_known(tag)).collect()
    }

    /// May the peer be asked for this extension: does it list the option tag in Supported or Require?
    pub fn supports(&self, tag: &str) -> bool {
        self.lists(HeaderName::Supported, tag) || self.lists(HeaderName::Require, tag)
    }

    /// Does the peer take requests of this method: is it in Allow, or is there no Allow?
    pub fn allows(&self, method: &Method) -> bool {
        self.value(HeaderName::Allow).is_none()
            || self.elements(HeaderName::Allow).any(|name| name == method.as_str())
    }

    /// Every Authorization.
    pub fn authorizations(&self) -> impl Iterator<Item = Credentials> {
        self.lines(HeaderName::Authorization).filter_map(Credentials::parse)
    }

    /// Every Proxy-Authorization.
    pub fn proxy_authorizations(&self) -> impl Iterator<Item = Credentials> {
        self.lines(HeaderName::ProxyAuthorization).filter_map(Credentials::parse)
    }

    /// Every WWW-Authenticate.
    pub fn www_challenges(&self) -> impl Iterator<Item = Credentials> {
        self.lines(HeaderName::WwwAuthenticate).filter_map(Credentials::parse)
    }

    /// Every Proxy-Authenticate.
    pub fn proxy_challenges(&self) -> impl Iterator<Item = Credentials> {
        self.lines(HeaderName::ProxyAuthenticate).filter_map(Credentials::parse)
    }
}

impl Request {
    /// Does this belong to a dialog, that is: has it a To tag (RFC 3261 §12.2.2)?
    pub fn is_in_dialog(&self) -> bool {
        self.headers.to_tag().is_some()
    }
}

impl Response {
    /// The method of the request that this answers.
    pub fn method(&self) -> Option<Method> {
        self.headers.cseq().ok().map(|c| c.method)
    }
}
