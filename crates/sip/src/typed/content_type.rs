//! Content-Type (RFC 3261 §20.15).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::params::Params;
use crate::syntax::is_token;
use crate::text::Text;
use std::fmt;

/// The media type of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    /// `application/sdp`, in lower case.
    pub media: String,
    /// `boundary`, `charset` and others.
    pub params: Params,
}

impl ContentType {
    /// The boundary of a multipart body, without its quotes.
    pub fn boundary(&self) -> Option<String> {
        self.params.unquoted("boundary").filter(|boundary| !boundary.is_empty())
    }

    /// Is the body made of parts?
    pub fn is_multipart(&self) -> bool {
        self.media.starts_with("multipart/")
    }
}

impl Typed for ContentType {
    const NAME: HeaderName = HeaderName::ContentType;

    fn parse(value: &Text) -> Option<ContentType> {
        let (media, params) = value_and_params(value)?;
        let (kind, subtype) = media.split_once('/')?;
        let (kind, subtype) = (kind.trim(), subtype.trim());
        let media = format!("{kind}/{subtype}").to_ascii_lowercase();
        (is_token(kind) && is_token(subtype)).then_some(ContentType { media, params })
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.media, self.params)
    }
}
