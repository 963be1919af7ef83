//! What an application asks, as ARI has it but without its text.

use std::sync::Arc;

use call::bridge::Join;
use call::playback::PlaybackControl;
use call::recording::RecordingControl;
use call::{BridgeKind, Cause, Location, RecordOptions};
use media::Digits;

/// One reply is owed under this number. Given by the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// One event WebSocket. Given by the edge, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Which way of a channel, in ARI's words: `in` is what the far end says, `out` what it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MuteDirection {
    /// What the far end says.
    In,
    /// What it hears.
    Out,
    /// Both.
    Both,
}

/// Where an originated channel goes once it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An application.
    Application {
        /// Name.
        application: String,
        /// What it is given with StasisStart.
        args: Vec<String>,
    },
    /// One dialplan application; the channel ends with it.
    DialplanApplication {
        /// Name.
        name: String,
        /// What it is given.
        data: String,
    },
    /// The dialplan.
    Dialplan {
        /// Where.
        location: Location,
        /// A label instead of the location's priority.
        label: Option<String>,
    },
}

/// `POST /channels` and `POST /channels/create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    /// `Technology/resource`.
    pub endpoint: String,
    /// Where it goes: after the answer (originate) or at once (create).
    pub destination: Destination,
    /// Caller id and connected line of the new channel, in the form `"name" <number>`.
    pub caller_id: Option<String>,
    /// How long it may ring, milliseconds; `None` without end.
    pub timeout_ms: Option<u32>,
    /// Unique id of the application's choice.
    pub channel_id: Option<String>,
    /// Channel whose language, account code and variables it inherits.
    pub originator: Option<String>,
    /// Formats to offer, in Asterisk's names; the endpoint's where empty.
    pub formats: Vec<String>,
    /// First variables.
    pub variables: Vec<(String, String)>,
    /// Names of those that its snapshots show.
    pub reported: Vec<String>,
}

/// `play` on a channel or bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// Playback id.
    pub id: Arc<str>,
    /// Media URIs in order.
    pub media: Vec<String>,
    /// Language; the channel's where empty.
    pub language: String,
    /// Where the first item begins, milliseconds.
    pub offset_ms: u32,
    /// How far to skip, milliseconds.
    pub skip_ms: u32,
}

/// `record` on a channel or bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What and how.
    pub options: RecordOptions,
    /// Play a beep first.
    pub beep: bool,
}

/// What is asked of one channel that an application controls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelCommand {
    /// Answer it. Replied when done.
    Answer,
    /// Let it ring.
    Ring,
    /// Stop that.
    StopRinging,
    /// Open early media.
    Progress,
    /// Send digits.
    SendDigits(Digits),
    /// Silence it.
    Mute(MuteDirection),
    /// Let it be heard.
    Unmute(MuteDirection),
    /// Put it on hold.
    Hold,
    /// Take it off hold.
    Unhold,
    /// Begin music of a class; the default one where empty.
    StartMusic(String),
    /// End music.
    StopMusic,
    /// Send silence.
    StartSilence,
    /// Stop that.
    StopSilence,
    /// Give it back to the dialplan: at a place (parts left out keep Asterisk's defaults), or after where it was.
    Continue {
        /// Context.
        context: Option<String>,
        /// Extension.
        extension: Option<String>,
        /// Priority, from 1.
        priority: Option<u32>,
        /// Label instead of a priority.
        label: Option<String>,
    },
    /// Give it to another application.
    Move {
        /// Which.
        application: String,
        /// With what.
        args: Vec<String>,
    },
    /// Send the far end elsewhere: `technology/resource`.
    Redirect {
        /// Where to.
        endpoint: String,
    },
    /// Dial a created channel.
    Dial {
        /// Channel it is dialled for.
        caller: Option<String>,
        /// How long it may ring, milliseconds; `None` without end.
        timeout_ms: Option<u32>,
    },
    /// Set a variable or function, or unset it. Replied when done.
    SetVariable {
        /// Name.
        name: String,
        /// Value.
        value: Option<String>,
        /// Whether the channel's snapshots show it from now on.
        reported: bool,
    },
    /// Play to it.
    Play(Play),
    /// Record what it says.
    Record(Record),
}

/// What is asked of one bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeCommand {
    /// What it is.
    Get,
    /// End it.
    Destroy,
    /// Bring channels in. Replied when done.
    Add {
        /// Ids.
        channels: Vec<String>,
        /// How.
        join: Join,
    },
    /// Take channels out. Replied when done.
    Remove {
        /// Ids.
        channels: Vec<String>,
    },
    /// Begin music of a class.
    StartMusic(String),
    /// End music.
    StopMusic,
    /// Play to all of it.
    Play(Play),
    /// Record its mix.
    Record(Record),
    /// Read variables: all of them must be set.
    Variables(Vec<String>),
    /// Set variables, each with whether the bridge's snapshots show it from now on.
    SetVariables(Vec<(String, Option<String>, bool)>),
}

/// What is asked of device states and mailboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateCommand {
    /// The devices that applications keep.
    Devices,
    /// Any device, by name.
    Device(String),
    /// Set the state of a device that applications keep.
    SetDevice {
        /// Its name, which begins with `Stasis:`.
        name: String,
        /// Asterisk's word for its state.
        state: String,
    },
    /// Forget one.
    ForgetDevice(String),
    /// All mailboxes.
    Mailboxes,
    /// One mailbox, by name.
    Mailbox(String),
    /// Set what a mailbox has.
    SetMailbox {
        /// Its name.
        name: String,
        /// Messages that were heard.
        old: u32,
        /// Messages that were not.
        new: u32,
    },
    /// Forget one.
    ForgetMailbox(String),
}

/// Anything an application asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Registers applications on a session (an event WebSocket opens).
    Connect {
        /// The session.
        session: SessionId,
        /// Names.
        applications: Vec<String>,
        /// Subscribe new ones to everything.
        subscribe_all: bool,
    },
    /// All channels.
    Channels,
    /// One channel, by id.
    Channel(String),
    /// Make a channel, dial it, hand it over on answer.
    Originate(Box<NewCall>),
    /// Make a channel that is in the application at once; dial it later.
    Create(Box<NewCall>),
    /// Hang up, by id or name.
    Hangup {
        /// Channel.
        channel: String,
        /// Why.
        cause: Cause,
    },
    /// Read variables or functions of a channel, by id or name: all of them must be there.
    ChannelVariables {
        /// Channel.
        channel: String,
        /// Names.
        names: Vec<String>,
    },
    /// What the channel's stream has counted, by id or name.
    RtpStatistics(String),
    /// Anything that needs the channel to be in an application.
    Control {
        /// Channel, by id.
        channel: String,
        /// What.
        command: Box<ChannelCommand>,
    },
    /// All bridges.
    Bridges,
    /// Make a bridge.
    CreateBridge {
        /// Id of the application's choice.
        id: Option<String>,
        /// Name.
        name: String,
        /// Mixing or holding.
        kind: BridgeKind,
        /// First variables, each with whether the bridge's snapshots show it.
        variables: Vec<(String, String, bool)>,
    },
    /// Anything of one bridge.
    Bridge {
        /// Bridge, by id.
        bridge: String,
        /// What.
        command: Box<BridgeCommand>,
    },
    /// One playback.
    Playback(String),
    /// Stop a playback.
    StopPlayback(String),
    /// Pause, resume, move within a playback.
    ControlPlayback {
        /// Playback, by id.
        playback: String,
        /// What.
        control: PlaybackControl,
    },
    /// One live recording.
    LiveRecording(String),
    /// End a live recording.
    StopRecording {
        /// Recording, by name.
        recording: String,
        /// Throw it away.
        discard: bool,
    },
    /// Pause, mute a live recording.
    ControlRecording {
        /// Recording, by name.
        recording: String,
        /// What.
        control: RecordingControl,
    },
    /// All applications.
    Applications,
    /// One application.
    Application(String),
    /// Subscribe an application to event sources.
    Subscribe {
        /// Application.
        application: String,
        /// `channel:id`, `bridge:id`, `endpoint:tech/resource`, `deviceState:name`.
        sources: Vec<String>,
    },
    /// Unsubscribe an application from event sources.
    Unsubscribe {
        /// Application.
        application: String,
        /// As in [`Command::Subscribe`].
        sources: Vec<String>,
    },
    /// Which types of events an application wants.
    Filter {
        /// Application.
        application: String,
        /// Only these, where not empty; `None` leaves the list as it is.
        allowed: Option<Vec<String>>,
        /// Never these; `None` leaves the list as it is.
        disallowed: Option<Vec<String>>,
    },
    /// All endpoints.
    Endpoints,
    /// The endpoints of a technology.
    EndpointsOf(String),
    /// One endpoint.
    Endpoint {
        /// Technology, in any case.
        technology: String,
        /// Resource.
        resource: String,
    },
    /// Anything of device states and mailboxes.
    State(StateCommand),
    /// Send a text.
    SendMessage {
        /// `technology:destination`.
        to: String,
        /// Who sends it.
        from: String,
        /// The text.
        body: String,
        /// Headers of the technology.
        variables: Vec<(String, String)>,
    },
    /// A global variable; missing reads as empty.
    GlobalVariable(String),
    /// Sets a global variable.
    SetGlobalVariable {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// Raise an event of the application's own.
    UserEvent {
        /// Whom it goes to.
        application: String,
        /// Its name.
        name: String,
        /// Sources it is about: `channel:id`, `bridge:id`, `endpoint:tech/resource`.
        sources: Vec<String>,
        /// What it carries: a text that only the edge reads.
        variables: String,
    },
}
