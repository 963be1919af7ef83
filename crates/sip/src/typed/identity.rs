//! P-Asserted-Identity and P-Preferred-Identity (RFC 3325 §9.1 and §9.2); each may hold a `sip:` and a `tel:` URI.

use super::Typed;
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::text::Text;
use std::fmt;

/// Who a trusted network says the sender is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PAssertedIdentity(pub NameAddr);

/// Who the sender would like to be taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PPreferredIdentity(pub NameAddr);

impl Typed for PAssertedIdentity {
    const NAME: HeaderName = HeaderName::PAssertedIdentity;

    fn parse(value: &Text) -> Option<PAssertedIdentity> {
        NameAddr::parse(value).ok().map(PAssertedIdentity)
    }
}

impl Typed for PPreferredIdentity {
    const NAME: HeaderName = HeaderName::PPreferredIdentity;

    fn parse(value: &Text) -> Option<PPreferredIdentity> {
        NameAddr::parse(value).ok().map(PPreferredIdentity)
    }
}

impl fmt::Display for PAssertedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for PPreferredIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
