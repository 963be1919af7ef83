//! Referred-By (RFC 3892).

use super::Typed;
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::text::Text;
use std::fmt;

/// Who asked for a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferredBy(pub NameAddr);

impl Typed for ReferredBy {
    const NAME: HeaderName = HeaderName::ReferredBy;

    fn parse(value: &Text) -> Option<ReferredBy> {
        NameAddr::parse(value).ok().map(ReferredBy)
    }
}

impl fmt::Display for ReferredBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
