//! Retry-After (RFC 3261 §20.33).

use super::Typed;
use crate::header::HeaderName;
use crate::syntax::seconds;
use crate::text::Text;
use std::fmt;

/// When to try again. A comment is read over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter {
    /// Seconds from now.
    pub seconds: u32,
    /// Seconds that there will be somebody then.
    pub duration: Option<u32>,
}

impl Typed for RetryAfter {
    const NAME: HeaderName = HeaderName::RetryAfter;

    fn parse(value: &Text) -> Option<RetryAfter> {
        let first = value.split([';', '(', ' ', '\t']).next().unwrap_or_default();
        let rest = match value.rsplit_once(')') {
            Some((_, rest)) => rest,
            None => value.split_once(';').map_or("", |(_, rest)| rest),
        };
        let duration = rest.split(';').find_map(|param| {
            let (name, value) = param.split_once('=')?;
            name.trim().eq_ignore_ascii_case("duration").then(|| seconds(value.trim()))?
        });
        Some(RetryAfter { seconds: seconds(first)?, duration })
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.duration {
            Some(duration) => write!(f, "{};duration={duration}", self.seconds),
            None => self.seconds.fmt(f),
        }
    }
}
