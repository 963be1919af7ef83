//! Immutable copies that leave the model for readers and events.

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
    /// Whether it may be shown, and who vouches for it.
    pub presentation: Presentation,
}

impl Party {
    /// A party that may be shown, and that nobody vouches for.
    pub fn new(name: impl Into<String>, number: impl Into<String>) -> Party {
        Party { name: name.into(), number: number.into(), presentation: Presentation::default() }
    }
}

/// Presentation and screening of a party (Q.951): the octet as Asterisk numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presentation(pub u8);

impl Presentation {
    /// May be shown; nobody vouches for it.
    pub const ALLOWED: Presentation = Presentation(0x00);
    /// May be shown; the network vouches for it.
    pub const ALLOWED_PASSED: Presentation = Presentation(0x01);
    /// Not to be shown; nobody vouches for it.
    pub const PROHIBITED: Presentation = Presentation(0x20);
    /// Not to be shown; the network vouches for it.
    pub const PROHIBITED_PASSED: Presentation = Presentation(0x21);
    /// There is no number.
    pub const UNAVAILABLE: Presentation = Presentation(0x43);

    /// Whether it may be shown to the other side.
    pub fn is_allowed(self) -> bool {
        self.0 & 0x60 == 0
    }

    /// Whether the number was checked: the screening part is "passed" or "network".
    pub fn is_screened(self) -> bool {
        matches!(self.0 & 0x03, 0x01 | 0x03)
    }

    /// Asterisk's word, such as `prohib_not_screened`.
    pub fn word(self) -> &'static str {
        PRESENTATIONS.iter().find(|(code, _)| *code == self.0).map_or("unknown", |(_, word)| word)
    }

    /// The presentation of a word of Asterisk's.
    pub fn from_word(word: &str) -> Option<Presentation> {
        let word = match word {
            "allowed" => "allowed_not_screened",
            "prohib" => "prohib_not_screened",
            word => word,
        };
        PRESENTATIONS.iter().find(|(_, known)| *known == word).map(|(code, _)| Presentation(*code))
    }
}

const PRESENTATIONS: [(u8, &str); 9] = [
    (0x00, "allowed_not_screened"),
    (0x01, "allowed_passed_screen"),
    (0x02, "allowed_failed_screen"),
    (0x03, "allowed"),
    (0x20, "prohib_not_screened"),
    (0x21, "prohib_passed_screen"),
    (0x22, "prohib_failed_screen"),
    (0x23, "prohib"),
    (0x43, "unavailable"),
];

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
    pub reported_variables: Vec<(String, String)>,
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
    pub reported_variables: Vec<(String, String)>,
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
    pub channels: Arc<Vec<Arc<str>>>,
}
