//! Event (RFC 6665 §8.2.1). Allow-Events is a list of tokens: [`Headers::lists`](crate::Headers::lists).

use super::{Typed, value_and_params};
use crate::header::HeaderName;
use crate::params::Params;
use crate::syntax::is_token;
use crate::text::Text;
use std::fmt;

/// The event package of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The package with its templates: `message-summary`, `presence.winfo`, …
    pub package: Text,
    /// `id` and others.
    pub params: Params,
}

impl Event {
    /// A package without parameters.
    pub fn new(package: &str) -> Event {
        Event { package: Text::from(package), params: Params::default() }
    }

    /// What tells two subscriptions of one package in one dialog apart.
    pub fn id(&self) -> Option<&str> {
        self.params.value("id").filter(|id| !id.is_empty())
    }

    /// Do both belong to one subscription? Package and id count, other parameters do not.
    pub fn matches(&self, other: &Event) -> bool {
        self.package == other.package && self.id() == other.id()
    }
}

impl Typed for Event {
    const NAME: HeaderName = HeaderName::Event;

    fn parse(value: &Text) -> Option<Event> {
        let (package, params) = value_and_params(value)?;
        is_token(&package).then_some(Event { package, params })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.package, self.params)
    }
}
