//! Which events go to whom.

use std::sync::Arc;

use call::{ChannelSnapshot, EndpointSnapshot, Event};

use crate::application::Stasis;
use crate::command::SessionId;

/// An event on its way to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Something of the call model.
    Call(Event),
    /// A channel is in the application now.
    StasisStart {
        /// The channel.
        channel: Arc<ChannelSnapshot>,
        /// What it was given.
        args: Vec<String>,
        /// The channel whose place it takes.
        replaced: Option<Arc<ChannelSnapshot>>,
    },
    /// A channel is in the application no more.
    StasisEnd {
        /// The channel.
        channel: Arc<ChannelSnapshot>,
    },
    /// Another session took the application over.
    ApplicationReplaced,
    /// A channel could not be moved to another application.
    ApplicationMoveFailed {
        /// The channel; it stays.
        channel: Arc<ChannelSnapshot>,
        /// Where it was to go.
        destination: String,
        /// With what.
        args: Vec<String>,
    },
    /// An application raised an event of its own.
    UserEvent {
        /// Its name.
        name: String,
        /// What it carries: a text that only the edge reads.
        variables: String,
        /// The channel it is about.
        channel: Option<Arc<ChannelSnapshot>>,
        /// The bridge it is about.
        bridge: Option<Arc<call::BridgeSnapshot>>,
        /// The endpoint it is about.
        endpoint: Option<Arc<EndpointSnapshot>>,
    },
}

/// A message for one application, on one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where to.
    pub session: SessionId,
    /// Which of the session's applications.
    pub application: Arc<str>,
    /// Number of this event among the application's, from 1, without gaps.
    pub sequence: u64,
    /// When it happened.
    pub unix_ms: u64,
    /// What.
    pub message: Arc<Message>,
}

impl Message {
    /// ARI's name of the event's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Message::StasisStart { .. } => "StasisStart",
            Message::StasisEnd { .. } => "StasisEnd",
            Message::ApplicationReplaced => "ApplicationReplaced",
            Message::ApplicationMoveFailed { .. } => "ApplicationMoveFailed",
            Message::UserEvent { .. } => "ChannelUserevent",
            Message::Call(event) => match event {
                Event::ChannelCreated { .. } => "ChannelCreated",
                Event::ChannelStateChanged { .. } => "ChannelStateChange",
                Event::ChannelDialplanChanged { .. } => "ChannelDialplan",
                Event::ChannelCallerIdChanged { .. } => "ChannelCallerId",
                Event::ChannelConnectedLineChanged { .. } => "ChannelConnectedLine",
                Event::VariableSet { .. } => "ChannelVarset",
                Event::ChannelHangupRequested { .. } => "ChannelHangupRequest",
                Event::ChannelDestroyed { .. } => "ChannelDestroyed",
                Event::ChannelDigitReceived { .. } => "ChannelDtmfReceived",
                Event::ChannelTalkingStarted { .. } => "ChannelTalkingStarted",
                Event::ChannelTalkingFinished { .. } => "ChannelTalkingFinished",
                Event::ChannelHeld { .. } => "ChannelHold",
                Event::ChannelUnheld { .. } => "ChannelUnhold",
                Event::Dialed { .. } => "Dial",
                Event::BlindTransferred(_) => "BridgeBlindTransfer",
                Event::AttendedTransferred(_) => "BridgeAttendedTransfer",
                Event::BridgeCreated { .. } => "BridgeCreated",
                Event::BridgeDestroyed { .. } => "BridgeDestroyed",
                Event::ChannelEnteredBridge { .. } => "ChannelEnteredBridge",
                Event::ChannelLeftBridge { .. } => "ChannelLeftBridge",
                Event::PlaybackStarted { .. } => "PlaybackStarted",
                Event::PlaybackContinuing { .. } => "PlaybackContinuing",
                Event::PlaybackFinished { .. } => "PlaybackFinished",
                Event::RecordingStarted { .. } => "RecordingStarted",
                Event::RecordingFinished { .. } => "RecordingFinished",
                Event::RecordingFailed { .. } => "RecordingFailed",
                Event::EndpointStateChanged { .. } | Event::EndpointChannelsChanged { .. } => {
                    "EndpointStateChange"
                }
                Event::ContactStatusChanged { .. } => "ContactStatusChange",
                Event::PeerStatusChanged { .. } => "PeerStatusChange",
                Event::DeviceStateChanged { .. } => "DeviceStateChanged",
                Event::TextReceived { .. } => "TextMessageReceived",
            },
        }
    }
}

/// What an event is about, as far as subscriptions go.
#[derive(Default)]
pub(crate) struct About<'a> {
    pub channels: [Option<&'a ChannelSnapshot>; 4],
    pub bridges: [Option<&'a str>; 2],
    pub endpoint: Option<&'a EndpointSnapshot>,
    pub device: Option<&'a str>,
    /// A global variable: seen by those who see all channels.
    pub global: bool,
}

pub(crate) fn about(event: &Event) -> About<'_> {
    let none = About::default;
    match event {
        Event::ChannelCreated { channel }
        | Event::ChannelStateChanged { channel }
        | Event::ChannelDialplanChanged { channel }
        | Event::ChannelCallerIdChanged { channel }
        | Event::ChannelConnectedLineChanged { channel }
        | Event::ChannelHangupRequested { channel, .. }
        | Event::ChannelDestroyed { channel, .. }
        | Event::ChannelTalkingStarted { channel }
        | Event::ChannelTalkingFinished { channel, .. }
        | Event::ChannelDigitReceived { channel, .. }
        | Event::ChannelHeld { channel, .. }
        | Event::ChannelUnheld { channel } => About { channels: [Some(channel), None, None, None], ..none() },
        Event::VariableSet { channel, .. } => {
            About { channels: [channel.as_deref(), None, None, None], global: channel.is_none(), ..none() }
        }
        Event::Dialed { caller, peer, .. } => {
            About { channels: [Some(peer), caller.as_deref(), None, None], ..none() }
        }
        Event::BlindTransferred(transfer) => About {
            channels: [Some(&transfer.transferer), Some(&transfer.transferee), None, None],
            bridges: [Some(&transfer.bridge.id), None],
            ..none()
        },
        Event::AttendedTransferred(transfer) => About {
            channels: [
                Some(&transfer.first),
                Some(&transfer.second),
                Some(&transfer.transferee),
                Some(&transfer.target),
            ],
            bridges: [Some(&transfer.first_bridge.id), Some(&transfer.second_bridge.id)],
            ..none()
        },
        Event::BridgeCreated { bridge } | Event::BridgeDestroyed { bridge } => {
            About { bridges: [Some(&bridge.id), None], ..none() }
        }
        Event::ChannelEnteredBridge { bridge, channel } | Event::ChannelLeftBridge { bridge, channel } => {
            About { bridges: [Some(&bridge.id), None], channels: [Some(channel), None, None, None], ..none() }
        }
        // Playbacks and recordings are about their target, which is looked up by id.
        Event::PlaybackStarted { .. }
        | Event::PlaybackContinuing { .. }
        | Event::PlaybackFinished { .. }
        | Event::RecordingStarted { .. }
        | Event::RecordingFinished { .. }
        | Event::RecordingFailed { .. } => none(),
        Event::EndpointStateChanged { endpoint }
        | Event::EndpointChannelsChanged { endpoint }
        | Event::ContactStatusChanged { endpoint, .. }
        | Event::PeerStatusChanged { endpoint, .. }
        | Event::TextReceived { endpoint, .. } => About { endpoint: Some(endpoint), ..none() },
        Event::DeviceStateChanged { device, .. } => About { device: Some(device), ..none() },
    }
}

impl Stasis {
    /// Routes all events that wait in the call model, in order. Called before anything else is told, so that nothing
    /// overtakes.
    pub fn pump(&mut self, calls: &mut call::Calls) {
        let unix_ms = calls.time().unix_ms;
        while let Some(event) = calls.next_event() {
            self.follow_bridge(&event);
            let wanted: Vec<Arc<str>> = self
                .applications
                .iter()
                .filter(|(_, application)| application.wants_event(&event))
                .map(|(name, _)| name.clone())
                .collect();
            self.release(calls, &event);
            if wanted.is_empty() {
                continue;
            }
            let message = Arc::new(Message::Call(event));
            for name in wanted {
                self.tell(&name, unix_ms, message.clone());
            }
        }
        self.forget_idle();
    }

    /// Tells an application, where it has a session and its filter lets the message through.
    pub(crate) fn tell(&mut self, application: &Arc<str>, unix_ms: u64, message: Arc<Message>) {
        let Some(entry) = self.applications.get_mut(application) else { return };
        let Some(session) = entry.session else {
            entry.missed += 1;
            return;
        };
        if !entry.filter.passes(message.type_name()) {
            return;
        }
        entry.sequence += 1;
        let (application, sequence) = (application.clone(), entry.sequence);
        self.deliveries.push_back(Delivery { session, application, sequence, unix_ms, message });
    }
}
