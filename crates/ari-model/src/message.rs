//! Small bodies: errors, variables, requests over the WebSocket.

use serde::{Deserialize, Serialize};

use crate::Object;

/// Body of an error. Failures to make a channel use the key `error`, all others `message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorBody {
    /// `{"message": …}`
    Message(String),
    /// `{"error": …}`
    Error(String),
}

impl ErrorBody {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            ErrorBody::Message(text) | ErrorBody::Error(text) => text,
        }
    }
}

/// A channel, bridge or global variable's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Value.
    pub value: String,
}

/// Several variables' values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    /// Values by name.
    pub variables: Object,
}

/// Sent in place of an event when a request lacked parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingParams {
    /// The parameters that were missing.
    pub params: Vec<String>,
}

/// A request sent over the event WebSocket; its `type` must be `RESTRequest`. The answer is a [`crate::RestResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestRequest {
    /// Always `RESTRequest`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The application's id for the transaction; comes back in the answer.
    #[serde(default)]
    pub transaction_id: String,
    /// The application's id for the request; comes back in the answer.
    #[serde(default)]
    pub request_id: String,
    /// HTTP method.
    #[serde(default)]
    pub method: String,
    /// Path below `ari/`, without a leading slash; may have a query.
    #[serde(default)]
    pub uri: String,
    /// Type of `message_body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query_strings: Vec<RestQueryString>,
    /// Body, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_body: Option<String>,
}

/// A query parameter of a [`RestRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestQueryString {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}
