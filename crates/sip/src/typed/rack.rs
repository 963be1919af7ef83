//! RAck (RFC 3262 §7.2).

use super::Typed;
use crate::header::HeaderName;
use crate::message::CSeq;
use crate::syntax::{is_token, number};
use crate::text::Text;
use std::fmt;

/// Which reliable provisional response a PRACK acknowledges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of the response.
    pub rseq: u32,
    /// Its CSeq.
    pub cseq: CSeq,
}

impl Typed for RAck {
    const NAME: HeaderName = HeaderName::RAck;

    fn parse(value: &Text) -> Option<RAck> {
        let mut words = value.split_ascii_whitespace();
        let (rseq, cseq, method) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() || !is_token(method) {
            return None;
        }
        let cseq = CSeq { number: number(cseq)?, method: method.into() };
        Some(RAck { rseq: number(rseq).filter(|n| *n > 0)?, cseq })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}
