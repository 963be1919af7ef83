//! Path (RFC 3327) and Service-Route (RFC 3608): routes that a registration teaches, in the order they are used.

use super::Typed;
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::text::Text;
use std::fmt;

/// A proxy on the way to a registered contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub NameAddr);

/// A proxy on the way out for who registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRoute(pub NameAddr);

impl Typed for Path {
    const NAME: HeaderName = HeaderName::Path;

    fn parse(value: &Text) -> Option<Path> {
        NameAddr::parse(value).ok().map(Path)
    }
}

impl Typed for ServiceRoute {
    const NAME: HeaderName = HeaderName::ServiceRoute;

    fn parse(value: &Text) -> Option<ServiceRoute> {
        NameAddr::parse(value).ok().map(ServiceRoute)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ServiceRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
