//! Session-Expires and Min-SE (RFC 4028 §4 and §5).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::syntax::seconds;
use crate::text::Text;
use std::fmt;

/// Who refreshes a session: the client or the server of the request that the header stands in or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answers it.
    Uas,
}

impl Refresher {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Refresher::Uac => "uac",
            Refresher::Uas => "uas",
        }
    }
}

/// How long a session lives without a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds.
    pub seconds: u32,
    /// Who refreshes it; in a request `None` leaves the choice to the server.
    pub refresher: Option<Refresher>,
}

impl Typed for SessionExpires {
    const NAME: HeaderName = HeaderName::SessionExpires;

    fn parse(value: &Text) -> Option<SessionExpires> {
        let (value, params) = value_and_params(value)?;
        let refresher = match params.value("refresher") {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(word) if word.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return None,
        };
        Some(SessionExpires { seconds: seconds(&value)?, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refresher {
            Some(refresher) => write!(f, "{};refresher={}", self.seconds, refresher.as_str()),
            None => self.seconds.fmt(f),
        }
    }
}

/// The shortest session interval that somebody on the way takes, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinSe(pub u32);

impl MinSe {
    /// What holds where there is no Min-SE, and the least there may be (RFC 4028 §5).
    pub const DEFAULT: MinSe = MinSe(90);
}

impl Typed for MinSe {
    const NAME: HeaderName = HeaderName::MinSe;

    fn parse(value: &Text) -> Option<MinSe> {
        seconds(&value_and_params(value)?.0).map(MinSe)
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
