//! Diversion (RFC 5806 §10).

use super::Typed;
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::syntax::{is_token, quote};
use crate::text::Text;
use std::fmt;

/// Who sent the call on, and why; the last diversion comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diversion {
    /// Who sent it on.
    pub address: NameAddr,
    /// `unconditional`, `user-busy`, `no-answer`, `unavailable`, `time-of-day`, `do-not-disturb`, `deflection`,
    /// `follow-me`, `out-of-service`, `away`, `unknown`, or a text of the sender's.
    pub reason: String,
    /// How many diversions this stands for, 1 where it does not say.
    pub counter: u32,
    /// Is it to be withheld from the called: `privacy` is there and not `off`?
    pub is_private: bool,
    /// Was the address verified?
    pub screen: bool,
}

impl Diversion {
    /// A diversion for a reason.
    pub fn new(address: NameAddr, reason: &str) -> Diversion {
        Diversion { address, reason: reason.to_owned(), counter: 1, is_private: false, screen: false }
    }
}

impl Typed for Diversion {
    const NAME: HeaderName = HeaderName::Diversion;

    fn parse(value: &Text) -> Option<Diversion> {
        let mut address = NameAddr::parse(value).ok()?;
        let params = std::mem::take(&mut address.params);
        let word = |name: &str| params.unquoted(name);
        Some(Diversion {
            address,
            reason: word("reason").filter(|r| !r.is_empty()).unwrap_or_else(|| "unknown".to_owned()),
            counter: word("counter").and_then(|n| crate::syntax::number(&n)).unwrap_or(1),
            is_private: word("privacy").is_some_and(|p| !p.eq_ignore_ascii_case("off")),
            screen: word("screen").is_some_and(|s| s.eq_ignore_ascii_case("yes")),
        })
    }
}

impl fmt::Display for Diversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if is_token(&self.reason) { self.reason.clone() } else { quote(&self.reason) };
        write!(f, "{};reason={reason}", self.address)?;
        if self.counter != 1 {
            write!(f, ";counter={}", self.counter)?;
        }
        if self.is_private {
            f.write_str(";privacy=full")?;
        }
        if self.screen {
            f.write_str(";screen=yes")?;
        }
        Ok(())
    }
}
