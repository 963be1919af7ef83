//! History-Info (RFC 7044 §5): one step of a request's way.

use super::{Privacy, Reason, Typed};
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::text::Text;
use std::fmt;

/// One target that a request had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryInfo {
    /// The target, `Reason` and `Privacy` in its URI's headers, `index` and others in its parameters.
    pub address: NameAddr,
}

impl HistoryInfo {
    /// Its place: `1`, `1.1`, `1.2`, …; empty when the sender left it out.
    pub fn index(&self) -> &str {
        self.address.params.value("index").unwrap_or_default()
    }

    /// Why the request left this target.
    pub fn reason(&self) -> Option<Reason> {
        Reason::parse(&Text::from(self.address.uri.header("Reason")?))
    }

    /// What is asked of who passes this on.
    pub fn privacy(&self) -> Option<Privacy> {
        Privacy::parse(&Text::from(self.address.uri.header("Privacy")?))
    }
}

impl Typed for HistoryInfo {
    const NAME: HeaderName = HeaderName::HistoryInfo;

    fn parse(value: &Text) -> Option<HistoryInfo> {
        NameAddr::parse(value).ok().map(|address| HistoryInfo { address })
    }
}

impl fmt::Display for HistoryInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
