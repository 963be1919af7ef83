//! Detail of a transfer that the application decides ([`crate::ChannelTransfer`]).

use serde::{Deserialize, Serialize};

use crate::{Bridge, Channel};

/// Where a transfer is to go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReferTo {
    /// What was asked for.
    pub requested_destination: RequiredDestination,
    /// The channel to be replaced by an attended transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_channel: Option<Channel>,
    /// The channel connected to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_channel: Option<Channel>,
    /// The bridge both are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<Bridge>,
}

/// Who transfers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReferredBy {
    /// The channel that asked.
    pub source_channel: Channel,
    /// The channel connected to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_channel: Option<Channel>,
    /// The bridge both are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<Bridge>,
}

/// A requested destination of a transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredDestination {
    /// The call to be replaced, as its protocol names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol_id: Option<String>,
    /// Destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Further parameters of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_protocol_params: Option<Vec<AdditionalParam>>,
}

/// A parameter of a transfer request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdditionalParam {
    /// Name.
    pub parameter_name: String,
    /// Value.
    pub parameter_value: String,
}
