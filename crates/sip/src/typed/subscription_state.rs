//! Subscription-State (RFC 6665 §8.2.3).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::syntax::{is_token, seconds};
use crate::text::Text;
use std::fmt;

/// How far a subscription is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionStatus {
    /// Granted.
    Active,
    /// Not yet granted.
    Pending,
    /// Over.
    Terminated,
    /// Another word; to be taken as active (RFC 6665 §4.1.3).
    Other(Text),
}

/// What a NOTIFY says of its subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionState {
    /// How far it is.
    pub status: SubscriptionStatus,
    /// Seconds until it ends.
    pub expires: Option<u32>,
    /// Why it ended: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`.
    pub reason: Option<Text>,
    /// Seconds after which it may be tried again.
    pub retry_after: Option<u32>,
}

impl SubscriptionState {
    /// Granted for so many more seconds.
    pub fn active(expires: u32) -> SubscriptionState {
        SubscriptionState {
            status: SubscriptionStatus::Active,
            expires: Some(expires),
            reason: None,
            retry_after: None,
        }
    }

    /// Over, for this reason.
    pub fn terminated(reason: &str) -> SubscriptionState {
        SubscriptionState {
            status: SubscriptionStatus::Terminated,
            expires: None,
            reason: Some(Text::from(reason)),
            retry_after: None,
        }
    }

    /// Is it over?
    pub fn is_terminated(&self) -> bool {
        self.status == SubscriptionStatus::Terminated
    }
}

impl Typed for SubscriptionState {
    const NAME: HeaderName = HeaderName::SubscriptionState;

    fn parse(value: &Text) -> Option<SubscriptionState> {
        let (word, params) = value_and_params(value)?;
        let status = match word.to_ascii_lowercase().as_str() {
            "active" => SubscriptionStatus::Active,
            "pending" => SubscriptionStatus::Pending,
            "terminated" => SubscriptionStatus::Terminated,
            _ if is_token(&word) => SubscriptionStatus::Other(word),
            _ => return None,
        };
        Some(SubscriptionState {
            status,
            expires: params.value("expires").and_then(seconds),
            reason: params.text("reason").filter(|reason| !reason.is_empty()),
            retry_after: params.value("retry-after").and_then(seconds),
        })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.status {
            SubscriptionStatus::Active => "active",
            SubscriptionStatus::Pending => "pending",
            SubscriptionStatus::Terminated => "terminated",
            SubscriptionStatus::Other(word) => word,
        })?;
        if let Some(expires) = self.expires {
            write!(f, ";expires={expires}")?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ";reason={reason}")?;
        }
        match self.retry_after {
            Some(seconds) => write!(f, ";retry-after={seconds}"),
            None => Ok(()),
        }
    }
}
