//! Content-Disposition (RFC 3261 §20.11, RFC 5621 §8).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::syntax::is_token;
use crate::text::Text;
use std::fmt;

/// What to do about a body that is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Leave it.
    Optional,
    /// Refuse the request with 415.
    Required,
}

/// What a body is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDisposition {
    /// `session`, `early-session`, `render`, `icon`, …
    pub kind: Text,
    /// `handling`; required where it does not say (RFC 5621 §8.2).
    pub handling: Handling,
}

impl Typed for ContentDisposition {
    const NAME: HeaderName = HeaderName::ContentDisposition;

    fn parse(value: &Text) -> Option<ContentDisposition> {
        let (kind, params) = value_and_params(value)?;
        let is_optional = params.value("handling").is_some_and(|word| word.eq_ignore_ascii_case("optional"));
        let handling = if is_optional { Handling::Optional } else { Handling::Required };
        is_token(&kind).then_some(ContentDisposition { kind, handling })
    }
}

impl fmt::Display for ContentDisposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.handling {
            Handling::Optional => write!(f, "{};handling=optional", self.kind),
            Handling::Required => write!(f, "{}", self.kind),
        }
    }
}
