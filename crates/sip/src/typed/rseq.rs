//! RSeq (RFC 3262 §7.1).

use super::Typed;
use crate::header::HeaderName;
use crate::syntax::number;
use crate::text::Text;
use std::fmt;

/// The number of a reliable provisional response, 1 to 2^32 − 1; the first of a transaction is below 2^31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RSeq(pub u32);

impl Typed for RSeq {
    const NAME: HeaderName = HeaderName::RSeq;

    fn parse(value: &Text) -> Option<RSeq> {
        number(value.trim()).filter(|n| *n > 0).map(RSeq)
    }
}

impl fmt::Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
