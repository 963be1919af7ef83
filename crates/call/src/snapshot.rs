//! Immutable copies that leave the model for readers and events.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bridge::BridgeKind;
use crate::channel::{ChannelState, Technology};
use crate::endpoint::EndpointState;
use crate::playback::PlaybackState;
use crate::recording::RecordingState;

/// Wall time, milliseconds since 1970-01-01 UTC.
pub type UnixMs = u64;

/// A name and a number: a caller or a connected party. Empty where not known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// Display name.
    pub name: String,
    /// Number or SIP user.
    pub number: String,
}

/// Where a channel stands in the dialplan and what it runs there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Context.
    pub context: String,
    /// Extension.
    pub exten: String,
    /// Priority, from 1.
    pub priority: u32,
    /// Dialplan application, empty where none runs.
    pub app_name: String,
    /// Its arguments as written after substitution.
    pub app_data: String,
}

/// A channel at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSnapshot {
    /// Unique id.
    pub id: Arc<str>,
    /// Name, such as `PJSIP/2001-0000000a`.
    pub name: Arc<str>,
    /// State.
    pub state: ChannelState,
    /// What carries it.
    pub technology: Technology,
    /// The technology's own id of the call: the SIP Call-ID; empty where it has none.
    pub protocol_id: Arc<str>,
    /// Endpoint resource it belongs to, such as `2001`; empty where none.
    pub endpoint: Arc<str>,
    /// Who calls.
    pub caller: Party,
    /// Who is at the other end.
    pub connected: Party,
    /// Account code.
    pub account_code: String,
    /// Where it stands in the dialplan.
    pub dialplan: Position,
    /// When it came to be.
    pub created: UnixMs,
    /// Language of prompts.
    pub language: String,
    /// Variables that are reported with the channel; empty for most.
    pub reported_variables: BTreeMap<String, String>,
}

/// A bridge at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeSnapshot {
    /// Unique id.
    pub id: Arc<str>,
    /// Name given by its creator, or empty.
    pub name: Arc<str>,
    /// Mixing or holding.
    pub kind: BridgeKind,
    /// `stasis` for an application's, `basic` for the dialplan's.
    pub class: &'static str,
    /// `Stasis` for an application's, else empty.
    pub creator: &'static str,
    /// Ids of its channels in the order they joined.
    pub channels: Vec<Arc<str>>,
    /// When it came to be.
    pub created: UnixMs,
    /// Variables that are reported with the bridge.
    pub reported_variables: BTreeMap<String, String>,
}

impl BridgeSnapshot {
    /// Asterisk's word for how such a bridge works now.
    pub fn technology(&self) -> &'static str {
        match self.kind {
            BridgeKind::Holding => "holding_bridge",
            BridgeKind::Mixing if self.channels.len() > 2 => "softmix",
            BridgeKind::Mixing => "simple_bridge",
        }
    }
}

/// What a playback or recording works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A channel, by id.
    Channel(Arc<str>),
    /// A bridge, by id.
    Bridge(Arc<str>),
}

impl Target {
    /// `channel:<id>` or `bridge:<id>`.
    pub fn uri(&self) -> String {
        match self {
            Target::Channel(id) => format!("channel:{id}"),
            Target::Bridge(id) => format!("bridge:{id}"),
        }
    }
}

/// A playback at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaybackSnapshot {
    /// Id.
    pub id: Arc<str>,
    /// What plays now.
    pub media_uri: String,
    /// What plays next; `None` on the last.
    pub next_media_uri: Option<String>,
    /// To whom.
    pub target: Target,
    /// Language of prompts.
    pub language: String,
    /// State.
    pub state: PlaybackState,
}

/// A live recording at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSnapshot {
    /// Name: its id and its path below the recordings folder, without the extension.
    pub name: Arc<str>,
    /// Format: the file's extension.
    pub format: String,
    /// State.
    pub state: RecordingState,
    /// Whom it records.
    pub target: Target,
    /// Length in whole seconds, once it is finished.
    pub duration_s: Option<u32>,
    /// Seconds of talking and of silence, where a silence limit was set and it is finished.
    pub talking_silence_s: Option<(u32, u32)>,
    /// Why it failed.
    pub cause: Option<String>,
}

/// An endpoint at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSnapshot {
    /// Technology, such as `PJSIP`.
    pub technology: &'static str,
    /// Resource, such as `2001`.
    pub resource: Arc<str>,
    /// Whether it can be reached.
    pub state: EndpointState,
    /// Ids of its channels.
    pub channels: Vec<Arc<str>>,
}
