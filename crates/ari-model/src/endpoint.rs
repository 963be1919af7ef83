//! Endpoints, their contacts and text messages.

use serde::{Deserialize, Serialize};

use crate::Object;

/// A party that can be called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Technology, such as `PJSIP`.
    pub technology: String,
    /// Name within the technology.
    pub resource: String,
    /// Whether it can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<EndpointState>,
    /// Ids of its channels.
    pub channel_ids: Vec<String>,
    /// Most channels it may have; present only where limited. Asterisk writes it, its API description omits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_channels: Option<i64>,
}

/// Whether an endpoint can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointState {
    /// The server does not know.
    #[default]
    Unknown,
    /// No contact answers.
    Offline,
    /// A contact is there.
    Online,
    /// A word that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// One registered address of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactInfo {
    /// Address.
    pub uri: String,
    /// `Unreachable`, `Reachable`, `Unknown`, `NonQualified`, `Updated` or `Removed`.
    pub contact_status: String,
    /// Address of record it belongs to.
    pub aor: String,
    /// Round trip of the last check, in microseconds, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roundtrip_usec: Option<String>,
}

/// Detail of a [`crate::PeerStatusChange`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// The new status, such as `Registered`.
    pub peer_status: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Port, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// When it was last heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// A text message outside of any call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextMessage {
    /// Sender.
    pub from: String,
    /// Receiver.
    pub to: String,
    /// Text.
    pub body: String,
    /// Technology-specific headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Object>,
}
