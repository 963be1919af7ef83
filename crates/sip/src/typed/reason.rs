//! Reason (RFC 3326 §2).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::syntax::{is_token, number, quote};
use crate::text::Text;
use std::fmt;

/// Why a request was sent, in one protocol's words; a message may hold one a protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// `Q.850`, `SIP`, …
    pub protocol: Text,
    /// The code in that protocol.
    pub cause: Option<u32>,
    /// In words.
    pub text: Option<String>,
}

impl Reason {
    /// A cause of ISDN (Q.850), 1 to 127.
    pub fn q850(cause: u32) -> Reason {
        Reason { protocol: Text::from_static("Q.850"), cause: Some(cause), text: None }
    }

    /// A status of SIP.
    pub fn sip(status: u16, text: &str) -> Reason {
        Reason {
            protocol: Text::from_static("SIP"),
            cause: Some(status.into()),
            text: (!text.is_empty()).then(|| text.to_owned()),
        }
    }

    /// Is it a cause of ISDN?
    pub fn is_q850(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("Q.850")
    }
}

impl Typed for Reason {
    const NAME: HeaderName = HeaderName::Reason;

    fn parse(value: &Text) -> Option<Reason> {
        let (protocol, params) = value_and_params(value)?;
        if !is_token(&protocol) {
            return None;
        }
        let cause = params.value("cause").and_then(number);
        Some(Reason { protocol, cause, text: params.unquoted("text").filter(|text| !text.is_empty()) })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.protocol.fmt(f)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        match &self.text {
            Some(text) => write!(f, ";text={}", quote(text)),
            None => Ok(()),
        }
    }
}
