//! What an operator is shown of the user agent: copies, taken when asked for.

use std::sync::Arc;
use std::time::Duration;

use call::Calls;
use sip::Counters;

use crate::agent::UserAgent;
use crate::config::Config;

/// How a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactState {
    /// It is not asked, or has not been yet.
    NotQualified,
    /// It answered its last OPTIONS.
    Available,
    /// It did not.
    Unavailable,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its address of record.
    pub aor: Arc<str>,
    /// Where it is.
    pub uri: String,
    /// How it stands.
    pub state: ContactState,
    /// How long it took for the OPTIONS that it answered last.
    pub round_trip: Option<Duration>,
    /// Seconds until its registration ends; `None` for one that is configured.
    pub expires_in_s: Option<u64>,
    /// The User-Agent of its registration.
    pub user_agent: String,
    /// The Call-ID of its registration.
    pub call_id: String,
    /// The Path of its registration, topmost first.
    pub path: Vec<String>,
    /// Where its registration came from; `None` for one that is configured.
    pub source: Option<std::net::SocketAddr>,
}

/// What is configured, and who is where.
#[derive(Debug, Clone)]
pub struct View {
    /// The configuration in force.
    pub config: Arc<Config>,
    /// All contacts, by address of record, registered ones first.
    pub contacts: Vec<Contact>,
}

/// Numbers for `/metrics`.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Sessions that are alive.
    pub sessions: usize,
    /// Client transactions that are alive.
    pub client_transactions: usize,
    /// Server transactions that are alive.
    pub server_transactions: usize,
    /// Contacts that are registered.
    pub registered_contacts: usize,
    /// Addresses of record with a registered contact.
    pub registered_aors: usize,
    /// Messages.
    pub messages: Counters,
}

impl UserAgent {
    /// A copy of what is configured and who is where.
    pub fn view(&self, now: Duration) -> View {
        let mut contacts = Vec::new();
        for aor in self.config.aors.iter().map(|aor| &aor.name) {
            contacts.extend(self.registered(aor, now));
            contacts.extend(self.configured(aor));
        }
        View { config: self.config.clone(), contacts }
    }

    fn registered<'a>(&'a self, aor: &'a Arc<str>, now: Duration) -> impl Iterator<Item = Contact> + 'a {
        self.registrations.registrar.bindings(aor).iter().map(move |binding| {
            let uri = binding.uri.to_string();
            let round_trip = self.registrations.round_trips.get(&uri).copied();
            let state = match (self.registrations.silent.contains(&uri), round_trip) {
                (true, _) => ContactState::Unavailable,
                (false, Some(_)) => ContactState::Available,
                (false, None) => ContactState::NotQualified,
            };
            Contact {
                aor: aor.clone(),
                uri,
                state,
                round_trip,
                expires_in_s: Some(binding.expires_at.saturating_sub(now).as_secs()),
                user_agent: binding.user_agent.to_string(),
                call_id: binding.call_id.to_string(),
                path: binding.path.iter().map(ToString::to_string).collect(),
                source: Some(binding.flow.remote),
            }
        })
    }

    fn configured<'a>(&'a self, aor: &'a Arc<str>) -> impl Iterator<Item = Contact> + 'a {
        self.registrations.statics.get(aor).into_iter().flatten().map(|contact| {
            let uri = contact.uri.to_string();
            let state = match contact.answers {
                None => ContactState::NotQualified,
                Some(true) => ContactState::Available,
                Some(false) => ContactState::Unavailable,
            };
            Contact {
                aor: aor.clone(),
                state,
                round_trip: self.registrations.round_trips.get(&uri).copied(),
                uri,
                expires_in_s: None,
                user_agent: String::new(),
                call_id: String::new(),
                path: Vec::new(),
                source: None,
            }
        })
    }

    /// Asks all contacts of an endpoint whether they are there; gives its addresses of record, or `None` where there is no
    /// such endpoint.
    pub fn qualify_endpoint(&mut self, calls: &Calls, endpoint: &str) -> Option<Vec<Arc<str>>> {
        let aors = self.endpoint(endpoint)?.aors.clone();
        for aor in &aors {
            self.qualify(calls.time().now, aor);
        }
        Some(aors)
    }

    /// What is counted.
    pub fn figures(&self) -> Figures {
        let bindings = self.registrations.registrar.iter();
        let (registered_aors, registered_contacts) =
            bindings.fold((0, 0), |(aors, contacts), (_, these)| (aors + 1, contacts + these.len()));
        Figures {
            sessions: self.sessions.len(),
            client_transactions: self.transactions.client_count(),
            server_transactions: self.transactions.server_count(),
            registered_contacts,
            registered_aors,
            messages: self.transactions.counters().clone(),
        }
    }
}
