//! What happened, told in past tense to whoever watches.

use std::sync::Arc;

use crate::cause::Cause;
use crate::device::DeviceState;
use crate::endpoint::EndpointState;
use crate::message::TextMessage;
use crate::snapshot::{
    BridgeSnapshot, ChannelSnapshot, EndpointSnapshot, PlaybackSnapshot, RecordingSnapshot,
};

/// How a dial attempt stands, in the words of `DIALSTATUS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialStatus {
    /// Under way, nothing heard yet. Empty on the wire.
    Dialing,
    /// The far end rings.
    Ringing,
    /// The far end sends early media.
    Progress,
    /// Answered.
    Answer,
    /// Busy.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// The caller gave up.
    Cancel,
    /// The network or the far end could not.
    Congestion,
    /// No such destination, or it is not registered.
    ChanUnavail,
}

impl DialStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            DialStatus::Dialing => "",
            DialStatus::Ringing => "RINGING",
            DialStatus::Progress => "PROGRESS",
            DialStatus::Answer => "ANSWER",
            DialStatus::Busy => "BUSY",
            DialStatus::NoAnswer => "NOANSWER",
            DialStatus::Cancel => "CANCEL",
            DialStatus::Congestion => "CONGESTION",
            DialStatus::ChanUnavail => "CHANUNAVAIL",
        }
    }
}

/// An event of the call model. Each carries snapshots taken at its moment; the fields are named as their types.
#[allow(missing_docs)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A channel came to be.
    ChannelCreated { channel: Arc<ChannelSnapshot> },
    /// Its state changed.
    ChannelStateChanged { channel: Arc<ChannelSnapshot> },
    /// Its dialplan position or application changed.
    ChannelDialplanChanged { channel: Arc<ChannelSnapshot> },
    /// Its caller id changed.
    ChannelCallerIdChanged { channel: Arc<ChannelSnapshot> },
    /// Its connected line changed.
    ChannelConnectedLineChanged { channel: Arc<ChannelSnapshot> },
    /// A variable was set; a global one has no channel.
    VariableSet { channel: Option<Arc<ChannelSnapshot>>, name: String, value: String },
    /// Somebody asked for the end of a channel: its far end, or somebody else (`soft`). The cause is the one that
    /// Asterisk shows here, which need not be the one the channel ends with.
    ChannelHangupRequested {
        channel: Arc<ChannelSnapshot>,
        cause: Option<Cause>,
        soft: bool,
        tech_cause: Option<u16>,
    },
    /// A channel is gone: the last event of a channel.
    ChannelDestroyed { channel: Arc<ChannelSnapshot>, cause: Cause, tech_cause: Option<u16> },
    /// The far end pressed and let go a digit.
    ChannelDigitReceived { channel: Arc<ChannelSnapshot>, digit: char, duration_ms: u32 },
    /// The far end talks, where `TALK_DETECT` asked to be told.
    ChannelTalkingStarted { channel: Arc<ChannelSnapshot> },
    /// It has stopped.
    ChannelTalkingFinished { channel: Arc<ChannelSnapshot>, duration_ms: u32 },
    /// The far end put us on hold.
    ChannelHeld { channel: Arc<ChannelSnapshot>, music_class: Option<String> },
    /// The far end took us off hold.
    ChannelUnheld { channel: Arc<ChannelSnapshot> },
    /// A dial attempt began or moved on. An application's own dialling has no caller.
    Dialed {
        caller: Option<Arc<ChannelSnapshot>>,
        peer: Arc<ChannelSnapshot>,
        status: DialStatus,
        dial_string: String,
    },
    /// Who talked to one was sent to an extension by it.
    BlindTransferred(Box<crate::transfer::BlindTransfer>),
    /// Two who talked to one were connected by it.
    AttendedTransferred(Box<crate::transfer::AttendedTransfer>),
    /// A bridge came to be.
    BridgeCreated { bridge: Arc<BridgeSnapshot> },
    /// A bridge is gone.
    BridgeDestroyed { bridge: Arc<BridgeSnapshot> },
    /// A channel joined a bridge.
    ChannelEnteredBridge { bridge: Arc<BridgeSnapshot>, channel: Arc<ChannelSnapshot> },
    /// A channel left a bridge.
    ChannelLeftBridge { bridge: Arc<BridgeSnapshot>, channel: Arc<ChannelSnapshot> },
    /// A playback's item began (again, after a pause).
    PlaybackStarted { playback: Arc<PlaybackSnapshot> },
    /// A playback goes on with its next item.
    PlaybackContinuing { playback: Arc<PlaybackSnapshot> },
    /// A playback ended.
    PlaybackFinished { playback: Arc<PlaybackSnapshot> },
    /// A recording began.
    RecordingStarted { recording: Arc<RecordingSnapshot> },
    /// A recording ended and its file is on disk.
    RecordingFinished { recording: Arc<RecordingSnapshot> },
    /// A recording could not be made.
    RecordingFailed { recording: Arc<RecordingSnapshot> },
    /// An endpoint became reachable or stopped being so.
    EndpointStateChanged { endpoint: Arc<EndpointSnapshot> },
    /// An endpoint gained or lost a channel.
    EndpointChannelsChanged { endpoint: Arc<EndpointSnapshot> },
    /// A contact of an AoR came, stayed or went.
    ContactStatusChanged {
        endpoint: Arc<EndpointSnapshot>,
        uri: String,
        aor: String,
        status: ContactStatus,
        round_trip_us: Option<u32>,
    },
    /// An endpoint became reachable or stopped being so, in the words of a peer.
    PeerStatusChanged { endpoint: Arc<EndpointSnapshot>, status: EndpointState },
    /// A device's state changed.
    DeviceStateChanged { device: Arc<str>, state: DeviceState },
    /// An endpoint sent a text.
    TextReceived { endpoint: Arc<EndpointSnapshot>, message: Arc<TextMessage> },
}

/// How a contact stands, in Asterisk's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStatus {
    /// Answers OPTIONS.
    Reachable,
    /// Does not answer OPTIONS.
    Unreachable,
    /// Not asked.
    NonQualified,
    /// Gone.
    Removed,
}

impl ContactStatus {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ContactStatus::Reachable => "Reachable",
            ContactStatus::Unreachable => "Unreachable",
            ContactStatus::NonQualified => "NonQualified",
            ContactStatus::Removed => "Removed",
        }
    }
}
