//! Configured parties, and whether they can be reached.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether an endpoint can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    /// Cannot be told: it has no contact to ask.
    Unknown,
    /// No contact is registered or answers.
    Offline,
    /// At least one contact is there.
    Online,
}

impl EndpointState {
    /// ARI's word.
    pub fn word(self) -> &'static str {
        match self {
            EndpointState::Unknown => "unknown",
            EndpointState::Offline => "offline",
            EndpointState::Online => "online",
        }
    }
}

/// The endpoints of all technologies, by resource within a technology.
pub(crate) type Endpoints = BTreeMap<(crate::Technology, Arc<str>), EndpointEntry>;

/// What is known of an endpoint.
pub(crate) struct EndpointEntry {
    pub state: EndpointState,
    /// The context its calls enter.
    pub context: String,
    /// URIs of its contacts, those first that are to be tried first.
    pub contacts: Vec<String>,
    /// Ids of its channels, oldest first. Shared with snapshots, and copied only while one is about.
    pub channels: Arc<Vec<Arc<str>>>,
}
