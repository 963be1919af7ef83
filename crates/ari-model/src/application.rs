//! Stasis applications and their event filters.

use serde::{Deserialize, Serialize};

/// A Stasis application with what it is subscribed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Name.
    pub name: String,
    /// Channels.
    pub channel_ids: Vec<String>,
    /// Bridges.
    pub bridge_ids: Vec<String>,
    /// Endpoints as `technology/resource`.
    pub endpoint_ids: Vec<String>,
    /// Device states.
    pub device_names: Vec<String>,
    /// Event types that alone may be sent; empty means all.
    pub events_allowed: Vec<EventType>,
    /// Event types that are never sent.
    pub events_disallowed: Vec<EventType>,
}

/// Body of `PUT /applications/{name}/eventFilter`. A list that is absent stays as it is; neither clears both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Event types that alone may be sent; empty means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<EventType>>,
    /// Event types that are never sent; wins over `allowed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disallowed: Option<Vec<EventType>>,
}

/// An event type in a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventType {
    /// Name of the event, such as `ChannelVarset`.
    #[serde(rename = "type")]
    pub name: String,
}
