//! What an application is answered.

use std::sync::Arc;

use call::mailbox::Messages;
use call::{
    BridgeSnapshot, ChannelSnapshot, DeviceState, EndpointSnapshot, PlaybackSnapshot, RecordingSnapshot,
};

/// Exactly one for each command.
pub type Reply = Result<Answer, Refusal>;

/// An application at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApplicationSnapshot {
    /// Name.
    pub name: Arc<str>,
    /// Ids of channels it is subscribed to.
    pub channels: Vec<String>,
    /// Ids of bridges it is subscribed to.
    pub bridges: Vec<String>,
    /// `tech/resource` of endpoints it is subscribed to.
    pub endpoints: Vec<String>,
    /// Devices whose states it is subscribed to.
    pub devices: Vec<String>,
    /// Types of events it wants; all where empty.
    pub allowed: Vec<String>,
    /// Types of events it does not want.
    pub disallowed: Vec<String>,
}

/// A command that was done or taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done, or accepted, with nothing to show.
    Done,
    /// A channel.
    Channel(Arc<ChannelSnapshot>),
    /// Channels.
    Channels(Vec<Arc<ChannelSnapshot>>),
    /// A bridge.
    Bridge(Arc<BridgeSnapshot>),
    /// Bridges.
    Bridges(Vec<Arc<BridgeSnapshot>>),
    /// A playback.
    Playback(Arc<PlaybackSnapshot>),
    /// A live recording.
    Recording(Arc<RecordingSnapshot>),
    /// An application.
    Application(ApplicationSnapshot),
    /// Applications.
    Applications(Vec<ApplicationSnapshot>),
    /// An endpoint.
    Endpoint(Arc<EndpointSnapshot>),
    /// Endpoints.
    Endpoints(Vec<Arc<EndpointSnapshot>>),
    /// What a channel's stream has counted.
    RtpStatistics {
        /// The channel's id.
        channel: Arc<str>,
        /// The figures.
        statistics: Box<media::LegStatistics>,
    },
    /// A device and its state.
    Device(Arc<str>, DeviceState),
    /// Devices and their states.
    Devices(Vec<(Arc<str>, DeviceState)>),
    /// A mailbox and what it has.
    Mailbox(String, Messages),
    /// Mailboxes and what they have.
    Mailboxes(Vec<(String, Messages)>),
    /// Variables in the order asked for.
    Variables(Vec<(String, String)>),
}

/// A command that was refused. The edge gives each its status and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such channel.
    NoSuchChannel,
    /// The channel is in no application.
    NotInApplication,
    /// The channel is not in a state for this: `Down` or `Ringing`.
    WrongState,
    /// The unique id of a channel is in use.
    ChannelIdInUse,
    /// The technology or the endpoint is not known, or the channel could not be made.
    CannotCreate,
    /// As many channels as admitted are there, or the server is about to end.
    Full,
    /// The originator is no channel.
    NoSuchOriginator,
    /// The channel has no stream of its own.
    NoStatistics,
    /// The channel was not made by `create`, or is dialled already.
    NotDialable,
    /// The label is nowhere in the dialplan there.
    NoSuchLabel,
    /// A redirect's endpoint is not of the form `technology/resource`.
    BadEndpoint,
    /// A redirect names a technology and nobody of it.
    NoResource,
    /// A redirect's technology is not the channel's.
    OtherTechnology,
    /// The variable is not set.
    NoSuchVariable,
    /// The function could not be read.
    FunctionFailed,
    /// No such bridge.
    NoSuchBridge,
    /// The bridge is not an application's.
    ForeignBridge,
    /// The id of a bridge is in use.
    BridgeIdInUse(String),
    /// As many bridges as admitted are there.
    TooManyBridges,
    /// A channel to be added or removed is not there.
    NoSuchMember,
    /// A channel to be added or removed is in no application.
    MemberNotInApplication,
    /// A channel to be removed is not in this bridge.
    NotInThisBridge,
    /// A channel to be added is being recorded.
    MemberRecorded(std::sync::Arc<str>),
    /// There was no music to stop.
    NoMusic,
    /// No such playback.
    NoSuchPlayback,
    /// The playback is not in a state for this.
    PlaybackState,
    /// What plays cannot be controlled.
    NotControllable,
    /// No such live recording.
    NoSuchRecording,
    /// The recording has not begun.
    RecordingState,
    /// A recording of that name is there, live or stored.
    RecordingExists(String),
    /// The recording's name leaves its folder.
    RecordingOutside,
    /// The recording's file could not be made, and why.
    RecordingDisk(String),
    /// No such application.
    NoSuchApplication,
    /// An event source that is not of a known kind.
    BadSource,
    /// An event source that is not there.
    NoSuchSource,
    /// The application is not subscribed to that.
    NotSubscribed,
    /// No such endpoint.
    NoSuchEndpoint,
    /// The device is none that applications keep.
    ForeignDevice,
    /// The device has no name.
    NoDeviceName,
    /// Not a state of a device.
    BadDeviceState,
    /// No such mailbox.
    NoSuchMailbox,
    /// As many are there, or wait, as may be.
    TooMany,
    /// No such technology.
    NoSuchTechnology,
    /// The channel ended before the command was worked.
    Ended,
}
