//! What an operator is shown of the user agent: copies, taken when asked for.

use std::sync::Arc;
use std::time::Duration;

use call::Calls;
use sip::registrar::Binding;
use sip::{Counters, Uri};

use crate::agent::UserAgent;
use crate::config::Config;
use crate::enrol::RegistrationSnapshot;

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
    /// Where its REGISTER says that it was sent from: `host:port` of its last Via.
    pub via_address: String,
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
    /// All contacts, by address of record, registered ones first, the latest before others.
    pub contacts: Vec<Contact>,
    /// Registrations of ours with others.
    pub registrations: Vec<RegistrationSnapshot>,
    /// Subscriptions of phones.
    pub subscriptions: Vec<SubscriptionView>,
}

/// A subscription of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    /// Whose.
    pub endpoint: Arc<str>,
    /// The extension or the mailboxes.
    pub resource: String,
    /// The event package.
    pub event: String,
    /// Seconds until its end.
    pub expires_in_s: u64,
    /// Its Call-ID.
    pub call_id: String,
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
            contacts
                .extend(self.contacts.contacts(aor).map(|(uri, binding)| self.show(aor, uri, binding, now)));
        }
        View {
            config: self.config.clone(),
            contacts,
            registrations: self.registrations(now),
            subscriptions: self.subscription_views(now),
        }
    }

    fn show(&self, aor: &Arc<str>, uri: &Uri, binding: Option<&Binding>, now: Duration) -> Contact {
        let uri = uri.to_string();
        let health = self.contacts.health(aor, &uri);
        let state = match health.answers {
            None => ContactState::NotQualified,
            Some(true) => ContactState::Available,
            Some(false) => ContactState::Unavailable,
        };
        let text = |of: fn(&Binding) -> String| binding.map(of).unwrap_or_default();
        Contact {
            aor: aor.clone(),
            uri,
            state,
            round_trip: health.round_trip_us.map(|us| Duration::from_micros(us.into())),
            expires_in_s: binding.map(|binding| binding.expires_at.saturating_sub(now).as_secs()),
            user_agent: text(|binding| binding.user_agent.to_string()),
            call_id: text(|binding| binding.call_id.to_string()),
            via_address: text(|binding| binding.via_address.to_string()),
            path: binding.into_iter().flat_map(|b| &b.path).map(ToString::to_string).collect(),
            source: binding.map(|binding| binding.flow.remote),
        }
    }

    /// Asks all contacts of an endpoint whether they are there; gives its addresses of record, or `None` where there is no
    /// such endpoint.
    pub fn qualify_endpoint(&mut self, calls: &mut Calls, endpoint: &str) -> Option<Vec<Arc<str>>> {
        let aors = self.endpoint(endpoint)?.aors.clone();
        for aor in &aors {
            self.qualify_all(calls, aor);
        }
        Some(aors)
    }

    /// What is counted.
    pub fn figures(&self) -> Figures {
        let bindings = self.contacts.registrar.iter();
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
