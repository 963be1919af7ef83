//! Events as they come over the WebSocket.
//!
//! Each event is a struct of its own; [`Event`] is any of them. The order in which the fields are written is part of what
//! clients see, and Asterisk does not write `type` first everywhere: events that it makes from a channel and a blob have
//! the blob's keys first (`ChannelVarset`, `ChannelHangupRequest`, `ChannelHold`, `ChannelTalkingFinished`).

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::{
    Bridge, Channel, ContactInfo, DeviceState, Endpoint, LiveRecording, Object, Peer, Playback, ReferTo,
    ReferredBy, TextMessage,
};

/// A field's value that is written, or left out where there is none.
trait Entry {
    fn write<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error>;
}

macro_rules! always_written {
    ($($kind:ty),* $(,)?) => { $(
        impl Entry for $kind {
            fn write<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
                map.serialize_entry(key, self)
            }
        }
    )* };
}

always_written! {
    bool, i32, i64, str, String, Vec<String>, Object, Bridge, Channel, ContactInfo, DeviceState, Endpoint, LiveRecording,
    Peer, Playback, ReferTo, ReferredBy, TextMessage,
}

impl<T: Serialize> Entry for Option<T> {
    fn write<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(key, value),
            None => Ok(()),
        }
    }
}

/// Defines the event structs and the enum. For each: its name, its name on the wire, and its fields in the order of the
/// wire; those in brackets come before the key `type`.
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $name:ident = $wire:literal [
            $( $(#[$before_doc:meta])* $before:ident: $before_type:ty ),* $(,)?
        ] {
            $( $(#[$after_doc:meta])* $after:ident: $after_type:ty, )*
        }
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
            pub struct $name {
                $( $(#[$before_doc])* pub $before: $before_type, )*
                $( $(#[$after_doc])* pub $after: $after_type, )*
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut map = serializer.serialize_map(None)?;
                    $( self.$before.write(stringify!($before), &mut map)?; )*
                    $wire.write("type", &mut map)?;
                    $( self.$after.write(stringify!($after), &mut map)?; )*
                    map.end()
                }
            }

            impl From<$name> for Event {
                fn from(event: $name) -> Event {
                    Event::$name(Box::new(event))
                }
            }
        )*

        /// Any event.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $( $(#[$doc])* $name(Box<$name>), )*
            /// An event that this crate does not know, or knows in another form: the JSON as it came.
            Unknown(Value),
        }

        impl Event {
            /// Names of all events in this crate, as on the wire.
            pub const TYPES: &[&str] = &[$($wire),*];

            /// The value of the key `type`; empty for an unknown event without one.
            pub fn type_name(&self) -> &str {
                match self {
                    $( Event::$name(_) => $wire, )*
                    Event::Unknown(value) => text(value, "type"),
                }
            }

            /// The application that it was sent to.
            pub fn application(&self) -> &str {
                match self {
                    $( Event::$name(event) => &event.application, )*
                    Event::Unknown(value) => text(value, "application"),
                }
            }

            /// When it happened; see [`crate::Timestamp`].
            pub fn timestamp(&self) -> &str {
                match self {
                    $( Event::$name(event) => &event.timestamp, )*
                    Event::Unknown(value) => text(value, "timestamp"),
                }
            }

            /// Reads an event; never fails, since what is not known is [`Event::Unknown`].
            pub fn from_value(value: Value) -> Event {
                let known = match text(&value, "type") {
                    $( $wire => $name::deserialize(&value).ok().map(Event::from), )*
                    _ => None,
                };
                known.unwrap_or(Event::Unknown(value))
            }
        }

        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Event::$name(event) => event.serialize(serializer), )*
                    Event::Unknown(value) => value.serialize(serializer),
                }
            }
        }
    };
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Event, D::Error> {
        Value::deserialize(deserializer).map(Event::from_value)
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Event {
    /// The channel that the event is about, where it is about one: `peer` for a [`Dial`].
    pub fn channel(&self) -> Option<&Channel> {
        match self {
            Event::StasisStart(event) => Some(&event.channel),
            Event::StasisEnd(event) => Some(&event.channel),
            Event::ApplicationMoveFailed(event) => Some(&event.channel),
            Event::ChannelCreated(event) => Some(&event.channel),
            Event::ChannelDestroyed(event) => Some(&event.channel),
            Event::ChannelEnteredBridge(event) => event.channel.as_ref(),
            Event::ChannelLeftBridge(event) => Some(&event.channel),
            Event::ChannelStateChange(event) => Some(&event.channel),
            Event::ChannelDtmfReceived(event) => Some(&event.channel),
            Event::ChannelDialplan(event) => Some(&event.channel),
            Event::ChannelCallerId(event) => Some(&event.channel),
            Event::ChannelConnectedLine(event) => Some(&event.channel),
            Event::ChannelUserevent(event) => event.channel.as_ref(),
            Event::ChannelHangupRequest(event) => Some(&event.channel),
            Event::ChannelVarset(event) => event.channel.as_ref(),
            Event::ChannelHold(event) => Some(&event.channel),
            Event::ChannelUnhold(event) => Some(&event.channel),
            Event::ChannelToneDetected(event) => Some(&event.channel),
            Event::ChannelTalkingStarted(event) => Some(&event.channel),
            Event::ChannelTalkingFinished(event) => Some(&event.channel),
            Event::BridgeBlindTransfer(event) => Some(&event.channel),
            Event::CallBroadcast(event) => Some(&event.channel),
            Event::CallClaimed(event) => Some(&event.channel),
            Event::Dial(event) => Some(&event.peer),
            Event::ChannelTransfer(event) => Some(&event.referred_by.source_channel),
            Event::DeviceStateChanged(_)
            | Event::PlaybackStarted(_)
            | Event::PlaybackContinuing(_)
            | Event::PlaybackFinished(_)
            | Event::RecordingStarted(_)
            | Event::RecordingFinished(_)
            | Event::RecordingFailed(_)
            | Event::ApplicationRegistered(_)
            | Event::ApplicationUnregistered(_)
            | Event::ApplicationReplaced(_)
            | Event::BridgeCreated(_)
            | Event::BridgeDestroyed(_)
            | Event::BridgeMerged(_)
            | Event::BridgeVideoSourceChanged(_)
            | Event::BridgeAttendedTransfer(_)
            | Event::ContactStatusChange(_)
            | Event::PeerStatusChange(_)
            | Event::EndpointStateChange(_)
            | Event::TextMessageReceived(_)
            | Event::RestResponse(_)
            | Event::Unknown(_) => None,
        }
    }
}

events! {
    /// A channel entered the application.
    StasisStart = "StasisStart" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Arguments of `Stasis()` after the application.
        args: Vec<String>,
        /// The channel.
        channel: Channel,
        /// The channel that it replaces.
        replace_channel: Option<Channel>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel left the application.
    StasisEnd = "StasisEnd" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel could not be moved to another application.
    ApplicationMoveFailed = "ApplicationMoveFailed" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Where it was to go.
        destination: String,
        /// Arguments for it.
        args: Vec<String>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// Another WebSocket took the application over.
    ApplicationReplaced = "ApplicationReplaced" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The application that it was sent to.
        application: String,
        /// Id of the server.
        asterisk_id: Option<String>,
    }

    /// The application was registered on an outbound WebSocket.
    ApplicationRegistered = "ApplicationRegistered" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The application that it was sent to.
        application: String,
        /// Id of the server.
        asterisk_id: Option<String>,
    }

    /// The application was taken off an outbound WebSocket.
    ApplicationUnregistered = "ApplicationUnregistered" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The application that it was sent to.
        application: String,
        /// Id of the server.
        asterisk_id: Option<String>,
    }

    /// A channel was made.
    ChannelCreated = "ChannelCreated" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel is gone.
    ChannelDestroyed = "ChannelDestroyed" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Q.850 cause.
        cause: i32,
        /// The cause in words.
        cause_txt: String,
        /// The cause in the channel's protocol, such as a SIP status.
        tech_cause: Option<i32>,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel's state changed.
    ChannelStateChange = "ChannelStateChange" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel went to another place in the dialplan.
    ChannelDialplan = "ChannelDialplan" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The dialplan application there.
        dialplan_app: String,
        /// Its arguments.
        dialplan_app_data: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel's caller id changed.
    ChannelCallerId = "ChannelCallerId" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Presentation, as a number.
        caller_presentation: i32,
        /// Presentation in words.
        caller_presentation_txt: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel's connected party changed.
    ChannelConnectedLine = "ChannelConnectedLine" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A digit was received on a channel; sent when the key goes up.
    ChannelDtmfReceived = "ChannelDtmfReceived" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The digit: `0`–`9`, `A`–`D`, `*` or `#`.
        digit: String,
        /// How long it was pressed.
        duration_ms: i32,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel was asked to hang up.
    ChannelHangupRequest = "ChannelHangupRequest" [
        /// Q.850 cause.
        cause: Option<i32>,
        /// The cause in the channel's protocol.
        tech_cause: Option<i32>,
        /// Asked from within the server rather than by the far end.
        soft: Option<bool>,
    ] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A variable was set.
    ChannelVarset = "ChannelVarset" [
        /// Name.
        variable: String,
        /// Value.
        value: String,
    ] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel; none for a global variable.
        channel: Option<Channel>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel was put on hold by its device.
    ChannelHold = "ChannelHold" [
        /// Music it asked for.
        musicclass: Option<String>,
    ] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel was taken off hold by its device.
    ChannelUnhold = "ChannelUnhold" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A tone was detected on a channel.
    ChannelToneDetected = "ChannelToneDetected" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// Talking began on a channel.
    ChannelTalkingStarted = "ChannelTalkingStarted" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// Talking ended on a channel.
    ChannelTalkingFinished = "ChannelTalkingFinished" [
        /// How long it lasted, in milliseconds.
        duration: i64,
    ] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// An event of an application's or dialplan's own.
    ChannelUserevent = "ChannelUserevent" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Name.
        eventname: String,
        /// What it carries, with `eventname`.
        userevent: Object,
        /// Channel it is about.
        channel: Option<Channel>,
        /// Bridge it is about.
        bridge: Option<Bridge>,
        /// Endpoint it is about.
        endpoint: Option<Endpoint>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel entered a bridge.
    ChannelEnteredBridge = "ChannelEnteredBridge" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// The channel.
        channel: Option<Channel>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A channel left a bridge.
    ChannelLeftBridge = "ChannelLeftBridge" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// The channel.
        channel: Channel,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A transfer was asked for that the application is to decide.
    ChannelTransfer = "ChannelTransfer" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Where to.
        refer_to: ReferTo,
        /// By whom.
        referred_by: ReferredBy,
        /// How far it is.
        state: Option<String>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A dialling began, went on or ended.
    Dial = "Dial" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Empty at the start, then `RINGING`, `PROGRESS`, `ANSWER`, …
        dialstatus: String,
        /// Where the peer sent the call on to.
        forward: Option<String>,
        /// What was dialled.
        dialstring: Option<String>,
        /// The calling channel.
        caller: Option<Channel>,
        /// The dialled channel.
        peer: Channel,
        /// The channel that a forward made.
        forwarded: Option<Channel>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A bridge was made.
    BridgeCreated = "BridgeCreated" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A bridge is gone.
    BridgeDestroyed = "BridgeDestroyed" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A bridge was merged into another.
    BridgeMerged = "BridgeMerged" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// The bridge that went into it.
        bridge_from: Bridge,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A bridge's video source changed.
    BridgeVideoSourceChanged = "BridgeVideoSourceChanged" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The bridge.
        bridge: Bridge,
        /// The source before.
        old_video_source_id: Option<String>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A blind transfer was made.
    BridgeBlindTransfer = "BridgeBlindTransfer" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel that transferred.
        channel: Channel,
        /// Extension transferred to.
        exten: String,
        /// Its context.
        context: String,
        /// How it went.
        result: String,
        /// Asked for by something outside the bridge.
        is_external: bool,
        /// The channel that was transferred.
        transferee: Option<Channel>,
        /// The channel that takes the place of the one that transferred.
        replace_channel: Option<Channel>,
        /// The bridge it happened in.
        bridge: Option<Bridge>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// An attended transfer was made.
    BridgeAttendedTransfer = "BridgeAttendedTransfer" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// First leg of the party that transferred.
        transferer_first_leg: Channel,
        /// Its second leg.
        transferer_second_leg: Channel,
        /// How it went.
        result: String,
        /// Asked for by something outside the bridge.
        is_external: bool,
        /// The channel that was transferred.
        transferee: Option<Channel>,
        /// The channel it was transferred to.
        transfer_target: Option<Channel>,
        /// Bridge of the first leg.
        transferer_first_leg_bridge: Option<Bridge>,
        /// Bridge of the second leg.
        transferer_second_leg_bridge: Option<Bridge>,
        /// `bridge`, `application`, `link`, `threeway` or `fail`.
        destination_type: String,
        /// Id of the bridge that both went into.
        destination_bridge: Option<String>,
        /// Application that it went to.
        destination_application: Option<String>,
        /// The channel that takes the place of a leg.
        replace_channel: Option<Channel>,
        /// First half of a link between bridges.
        destination_link_first_leg: Option<Channel>,
        /// Its second half.
        destination_link_second_leg: Option<Channel>,
        /// The leg that stays in a three-way call.
        destination_threeway_channel: Option<Channel>,
        /// Bridge of the three-way call.
        destination_threeway_bridge: Option<Bridge>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A playback began.
    PlaybackStarted = "PlaybackStarted" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The playback.
        playback: Playback,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A playback went on to the next of its media.
    PlaybackContinuing = "PlaybackContinuing" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The playback.
        playback: Playback,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A playback ended or failed.
    PlaybackFinished = "PlaybackFinished" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The playback.
        playback: Playback,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A recording began.
    RecordingStarted = "RecordingStarted" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The recording.
        recording: LiveRecording,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A recording ended.
    RecordingFinished = "RecordingFinished" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The recording.
        recording: LiveRecording,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A recording failed.
    RecordingFailed = "RecordingFailed" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The recording.
        recording: LiveRecording,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A device's state changed.
    DeviceStateChanged = "DeviceStateChanged" [] {
        /// The application that it was sent to.
        application: String,
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The device.
        device_state: DeviceState,
        /// Id of the server.
        asterisk_id: Option<String>,
    }

    /// An endpoint's state changed.
    EndpointStateChange = "EndpointStateChange" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The endpoint.
        endpoint: Endpoint,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// An endpoint's registration changed.
    PeerStatusChange = "PeerStatusChange" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The endpoint.
        endpoint: Endpoint,
        /// What changed.
        peer: Peer,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A contact's status changed.
    ContactStatusChange = "ContactStatusChange" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The endpoint.
        endpoint: Endpoint,
        /// The contact.
        contact_info: ContactInfo,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A text message came in.
    TextMessageReceived = "TextMessageReceived" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The message.
        message: TextMessage,
        /// Where from.
        endpoint: Option<Endpoint>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// A call is offered to several applications.
    CallBroadcast = "CallBroadcast" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// Who calls.
        caller: Option<String>,
        /// Whom.
        called: Option<String>,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// An offered call was claimed.
    CallClaimed = "CallClaimed" [] {
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// The channel.
        channel: Channel,
        /// By which application.
        winner_app: String,
        /// Id of the server.
        asterisk_id: Option<String>,
        /// The application that it was sent to.
        application: String,
    }

    /// Answer to a [`crate::RestRequest`].
    RestResponse = "RESTResponse" [] {
        /// The application's id for the transaction.
        transaction_id: String,
        /// The application's id for the request.
        request_id: String,
        /// HTTP status.
        status_code: i32,
        /// HTTP reason phrase.
        reason_phrase: String,
        /// Path of the request, its query cut off.
        uri: String,
        /// Type of `message_body`.
        content_type: Option<String>,
        /// Body, as text.
        message_body: Option<String>,
        /// The application that it was sent to.
        application: String,
        /// When it happened; see [`crate::Timestamp`].
        timestamp: String,
        /// Id of the server.
        asterisk_id: Option<String>,
    }
}
