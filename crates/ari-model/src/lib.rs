//! Resources and events of the Asterisk REST Interface (ARI) as serde types.
//!
//! Both ends share these types: the `ari` crate writes them, the `client` crate reads them. Field order is the order in
//! which Asterisk 22 writes the keys, so that what is printed here is byte-equal to the real thing wherever the values
//! are. Optional keys are left out, never `null`; text that is not known is the empty string, as in Asterisk.
//!
//! Words from a closed list (a channel's state, a playback's state) are enums with an `Other` variant, and [`Event`] has
//! an `Unknown` variant that keeps the JSON, so a newer server never breaks an older client.
//!
//! ```
//! use ari_model::{Channel, ChannelState, Event};
//!
//! let line = r#"{"type":"ApplicationReplaced","timestamp":"2026-11-23T01:16:33.088+0000","application":"my-app"}"#;
//! let event: Event = serde_json::from_str(line).expect("an event");
//! assert_eq!(event.type_name(), "ApplicationReplaced");
//! assert_eq!(serde_json::to_string(&event).expect("prints"), line);
//!
//! let channel = Channel { id: "1795404346.0".into(), state: ChannelState::Up, ..Channel::default() };
//! assert!(serde_json::to_string(&channel).expect("prints").starts_with(r#"{"id":"1795404346.0","name":"","state":"Up""#));
//! ```

mod application;
mod asterisk;
mod bridge;
mod channel;
mod device;
mod endpoint;
mod event;
mod message;
mod playback;
mod recording;
mod sound;
mod timestamp;
mod transfer;

pub use application::{Application, EventFilter, EventType};
pub use asterisk::{
    AsteriskInfo, AsteriskPing, BuildInfo, ConfigInfo, ConfigTuple, LogChannel, Module, SetId, StatusInfo,
    SystemInfo,
};
pub use bridge::Bridge;
pub use channel::{CallerId, Channel, ChannelState, DialplanCep, RtpStat};
pub use device::{DeviceState, Mailbox};
pub use endpoint::{ContactInfo, Endpoint, EndpointState, Peer, TextMessage};
pub use event::*;
pub use message::{ErrorBody, MissingParams, RestQueryString, RestRequest, Variable, Variables};
pub use playback::{Playback, PlaybackState};
pub use recording::{LiveRecording, RecordingState, StoredRecording};
pub use sound::{FormatLangPair, Sound};
pub use timestamp::{Timestamp, TimestampError};
pub use transfer::{AdditionalParam, ReferTo, ReferredBy, RequiredDestination};

/// A JSON object that keeps its keys in the order they were given.
pub type Object = serde_json::Map<String, serde_json::Value>;
