//! What has to hold after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use call::{Census, ChannelSnapshot, ChannelState, Event};
use stasis::{Command, Delivery, Message, Reply, Ticket};
use switch::Counters;

mod reference;
mod wire;

use wire::Wire;
pub(crate) use wire::label;

/// Which invariant was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// One StasisEnd for each StasisStart.
    StasisEnd,
    /// ChannelDestroyed is a channel's last event, and there is one for each ChannelCreated.
    LastEvent,
    /// A channel is in at most one bridge, and once.
    Membership,
    /// A state never goes back.
    State,
    /// Each command gets exactly one reply.
    Reply,
    /// Events of an application are numbered without gaps.
    EventNumber,
    /// No RTP is sent after BYE was answered.
    RtpAfterBye,
    /// RTP sequence numbers step by one.
    RtpNumber,
    /// An INVITE has one final answer.
    Answer,
    /// No inbox passes its limit, and no input has too much follow from it.
    Inbox,
    /// Nothing panics.
    Panic,
    /// Nothing outlives its owner.
    Leak,
    /// A reply agrees with what the events told before it.
    Reference,
}

/// An invariant that was broken.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Which.
    pub broken: Broken,
    /// When.
    pub at: Duration,
    /// How.
    pub how: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}: {}", self.broken, self.at, self.how)
    }
}

/// What was seen so far, and what was wrong with it.
#[derive(Default)]
pub struct Invariants {
    now: Duration,
    violations: Vec<Violation>,
    /// By ticket: what was asked, and how many replies came.
    asked: BTreeMap<Ticket, (Command, u32)>,
    /// By application: the number of its last event, and whether it may begin again.
    numbers: BTreeMap<Arc<str>, (u64, bool)>,
    /// Which channels are in which application, and whether its end may be missed because the session was gone.
    inside: BTreeMap<(Arc<str>, Arc<str>), bool>,
    /// Channels and their states.
    alive: BTreeMap<Arc<str>, ChannelState>,
    gone: BTreeSet<Arc<str>>,
    /// By channel: the bridge it is in.
    bridged: BTreeMap<Arc<str>, Arc<str>>,
    bridges: BTreeSet<Arc<str>>,
    /// Which channel ever entered and left which bridge.
    entered: BTreeSet<(Arc<str>, Arc<str>)>,
    left: BTreeSet<(Arc<str>, Arc<str>)>,
    wire: Wire,
    /// How often each transition occurred.
    transitions: BTreeMap<String, u64>,
    /// The name of the application that sees everything.
    monitor: Arc<str>,
}

impl Invariants {
    /// Nothing seen yet. The application of that name sees everything.
    pub(crate) fn watched_by(monitor: &str) -> Invariants {
        Invariants { monitor: monitor.into(), ..Invariants::default() }
    }

    /// How often each transition occurred.
    pub fn transitions(&self) -> &BTreeMap<String, u64> {
        &self.transitions
    }

    /// What was wrong so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Ids of the channels that are there, in order.
    pub fn channels(&self) -> impl Iterator<Item = &str> {
        self.alive.keys().map(|id| &**id)
    }

    /// The state of a channel as events tell it.
    pub fn state(&self, channel: &str) -> Option<ChannelState> {
        self.alive.get(channel).copied()
    }

    /// The bridge that a channel is in as events tell it.
    pub fn bridge_of(&self, channel: &str) -> Option<&str> {
        self.bridged.get(channel).map(|id| &**id)
    }

    /// The application that a channel is in as events tell it.
    pub fn application_of(&self, channel: &str) -> Option<&str> {
        self.inside.keys().find(|(_, id)| **id == *channel).map(|(name, _)| &**name)
    }

    pub(crate) fn set_time(&mut self, now: Duration) {
        self.now = now;
    }

    pub(crate) fn breaks(&mut self, broken: Broken, how: String) {
        if self.violations.len() < 100 {
            self.violations.push(Violation { broken, at: self.now, how });
        }
    }

    /// Counts a transition.
    pub fn occurred(&mut self, transition: impl Into<String>) {
        *self.transitions.entry(transition.into()).or_default() += 1;
    }

    pub(crate) fn asked(&mut self, command: &Command) -> Ticket {
        let ticket = Ticket(self.asked.len() as u64 + 1);
        self.asked.insert(ticket, (command.clone(), 0));
        ticket
    }

    pub(crate) fn replied(&mut self, ticket: Ticket, reply: &Reply) {
        match self.asked.get_mut(&ticket) {
            None => self.breaks(Broken::Reply, format!("{ticket:?} was never asked")),
            Some((command, replies)) => {
                *replies += 1;
                let (command, replies) = (command.clone(), *replies);
                if replies > 1 {
                    let how = format!("{ticket:?} was replied {replies} times: {command:?}");
                    self.breaks(Broken::Reply, how);
                } else if let Err(how) = self.agrees(&command, reply) {
                    self.breaks(Broken::Reference, format!("{how}: {reply:?} to {command:?}"));
                }
            }
        }
        let word = match reply {
            Ok(_) => "reply ok".to_owned(),
            Err(refusal) => {
                let word = format!("{refusal:?}");
                format!("refused {}", word.split('(').next().unwrap_or_default())
            }
        };
        self.occurred(word);
    }

    pub(crate) fn session_closed(&mut self, application: &str) {
        for ((name, _), missed) in &mut self.inside {
            *missed |= **name == *application;
        }
        if let Some((_, again)) = self.numbers.get_mut(application) {
            *again = true;
        }
    }

    pub(crate) fn inbox(&mut self, name: &str, queued: usize, limit: usize) {
        if queued > limit {
            self.breaks(Broken::Inbox, format!("{queued} in the inbox of a {name}, {limit} may be"));
        }
    }

    /// An event left the switch.
    pub(crate) fn delivered(&mut self, now: Duration, delivery: &Delivery) {
        self.now = now;
        self.number(delivery);
        for channel in channels_of(&delivery.message) {
            if self.gone.contains(&channel.id) && !is_end_of(&delivery.message, channel) {
                let name = delivery.message.type_name();
                let how =
                    format!("{name} to {} after the end of channel {}", delivery.application, channel.id);
                self.breaks(Broken::LastEvent, how);
            }
        }
        if let Message::Call(Event::ChannelEnteredBridge { bridge, .. }) = &*delivery.message {
            let distinct: BTreeSet<_> = bridge.channels.iter().collect();
            if distinct.len() != bridge.channels.len() {
                let how = format!("{} shows {:?}", bridge.id, bridge.channels);
                self.breaks(Broken::Membership, how);
            }
        }
        let name = delivery.application.clone();
        match &*delivery.message {
            Message::StasisStart { channel, .. } => {
                self.occurred("StasisStart");
                let before = self.inside.insert((name.clone(), channel.id.clone()), false);
                if before == Some(false) {
                    self.breaks(Broken::StasisEnd, format!("{} is in {name} already", channel.id));
                }
            }
            Message::StasisEnd { channel } => {
                self.occurred("StasisEnd");
                if self.inside.remove(&(name.clone(), channel.id.clone())).is_none() {
                    self.breaks(Broken::StasisEnd, format!("{} was not in {name}", channel.id));
                }
            }
            Message::Call(event) if name == self.monitor => self.happened(event),
            Message::ApplicationReplaced | Message::ApplicationMoveFailed { .. } => {
                self.occurred(delivery.message.type_name());
            }
            Message::Call(_) | Message::UserEvent { .. } => {}
        }
    }

    fn number(&mut self, delivery: &Delivery) {
        let (last, again) = self.numbers.entry(delivery.application.clone()).or_insert((0, false));
        let dense = delivery.sequence == *last + 1 || (*again && delivery.sequence == 1);
        let before = *last;
        (*last, *again) = (delivery.sequence, false);
        if !dense {
            let how = format!("{} of {} follows {before}", delivery.sequence, delivery.application);
            self.breaks(Broken::EventNumber, how);
        }
    }

    /// An event of the call model, as the one who sees all of them sees it.
    fn happened(&mut self, event: &Event) {
        match event {
            Event::ChannelCreated { channel } => {
                self.occurred("ChannelCreated");
                self.gone.remove(&channel.id);
                if self.alive.insert(channel.id.clone(), channel.state).is_some() {
                    self.breaks(Broken::LastEvent, format!("{} came to be twice", channel.id));
                }
            }
            Event::ChannelStateChanged { channel } => self.changed(channel),
            Event::ChannelDestroyed { channel, cause, .. } => {
                self.occurred(format!("ChannelDestroyed {}", cause.0));
                if self.alive.remove(&channel.id).is_none() {
                    self.breaks(Broken::LastEvent, format!("{} ended and was not there", channel.id));
                }
                self.gone.insert(channel.id.clone());
                if let Some(bridge) = self.bridged.remove(&channel.id) {
                    self.breaks(Broken::Membership, format!("{} ended inside {bridge}", channel.id));
                }
            }
            Event::ChannelEnteredBridge { bridge, channel } => {
                self.occurred("ChannelEnteredBridge");
                self.entered.insert((channel.id.clone(), bridge.id.clone()));
                let before = self.bridged.insert(channel.id.clone(), bridge.id.clone());
                if let Some(before) = before {
                    let how = format!("{} entered {} inside {before}", channel.id, bridge.id);
                    self.breaks(Broken::Membership, how);
                }
                self.members(bridge);
            }
            Event::ChannelLeftBridge { bridge, channel } => {
                self.occurred("ChannelLeftBridge");
                self.left.insert((channel.id.clone(), bridge.id.clone()));
                if self.bridged.remove(&channel.id).as_deref() != Some(&*bridge.id) {
                    let how = format!("{} left {} and was not in it", channel.id, bridge.id);
                    self.breaks(Broken::Membership, how);
                }
                self.members(bridge);
            }
            Event::BridgeCreated { bridge } => {
                self.occurred("BridgeCreated");
                self.bridges.insert(bridge.id.clone());
            }
            Event::BridgeDestroyed { bridge } => {
                self.occurred("BridgeDestroyed");
                self.bridges.remove(&bridge.id);
                if self.bridged.values().any(|id| *id == bridge.id) {
                    self.breaks(Broken::Membership, format!("{} ended with channels in it", bridge.id));
                }
            }
            Event::Dialed { status, .. } => self.occurred(format!("Dial {}", status.word())),
            Event::VariableSet { .. } => {}
            other => self.occurred(Message::Call(other.clone()).type_name()),
        }
    }

    /// A bridge shows each channel once, and those that were told.
    fn members(&mut self, bridge: &call::BridgeSnapshot) {
        let shown: BTreeSet<Arc<str>> = bridge.channels.iter().cloned().collect();
        let inside = self.bridged.iter().filter(|(_, id)| **id == bridge.id);
        let told: BTreeSet<Arc<str>> = inside.map(|(channel, _)| channel.clone()).collect();
        if shown.len() != bridge.channels.len() || shown != told {
            let how = format!("{} shows {:?} and {told:?} were told", bridge.id, bridge.channels);
            self.breaks(Broken::Membership, how);
        }
    }

    fn changed(&mut self, channel: &ChannelSnapshot) {
        self.occurred(format!("to {}", channel.state.word()));
        let Some(before) = self.alive.insert(channel.id.clone(), channel.state) else {
            return self.breaks(Broken::State, format!("{} is not there", channel.id));
        };
        if rank(channel.state) <= rank(before) {
            let how = format!("{} went from {before:?} to {:?}", channel.id, channel.state);
            self.breaks(Broken::State, how);
        }
    }

    /// The switch worked an input to its end.
    pub(crate) fn switch_rested(&mut self, census: &Census, counters: &Counters) {
        if counters.panics > 0 {
            self.breaks(Broken::Panic, format!("{} panics", counters.panics));
        }
        if census.channels != self.alive.len() {
            let how = format!("{} channels, {} were told", census.channels, self.alive.len());
            self.breaks(Broken::LastEvent, how);
        }
        if census.bridges != self.bridges.len() {
            let how = format!("{} bridges, {} were told", census.bridges, self.bridges.len());
            self.breaks(Broken::LastEvent, how);
        }
        let gone = std::mem::take(&mut self.gone);
        let left = |((name, id), missed): (&(Arc<str>, Arc<str>), &bool)| {
            (!missed && gone.contains(id)).then(|| (name.clone(), id.clone()))
        };
        let left: Vec<_> = self.inside.iter().filter_map(left).collect();
        for (name, id) in left {
            self.breaks(Broken::StasisEnd, format!("{id} is gone and was never told to leave {name}"));
        }
        self.inside.retain(|(_, id), _| !gone.contains(id));
        self.gone = gone;
    }

    /// What has to hold once all is over.
    pub(crate) fn over(&mut self) {
        let unanswered = |(ticket, (command, replies)): (&Ticket, &(Command, u32))| {
            (*replies == 0).then(|| format!("{ticket:?} was not replied: {command:?}"))
        };
        let unanswered: Vec<String> = self.asked.iter().filter_map(unanswered).collect();
        for how in unanswered {
            self.breaks(Broken::Reply, how);
        }
        let inside: Vec<_> =
            self.inside.iter().filter(|(_, missed)| !**missed).map(|(at, _)| at.clone()).collect();
        for (name, id) in inside {
            self.breaks(Broken::StasisEnd, format!("{id} is in {name} to the end"));
        }
    }
}

fn rank(state: ChannelState) -> u8 {
    match state {
        ChannelState::Down => 0,
        ChannelState::Ring => 1,
        ChannelState::Ringing => 2,
        ChannelState::Up => 3,
    }
}

/// Each application that hears of the end hears it once; the numbers show it.
fn is_end_of(message: &Message, channel: &ChannelSnapshot) -> bool {
    matches!(message, Message::Call(Event::ChannelDestroyed { channel: ended, .. }) if ended.id == channel.id)
}

/// The channels that an event is about.
fn channels_of(message: &Message) -> Vec<&ChannelSnapshot> {
    match message {
        Message::StasisStart { channel, .. }
        | Message::StasisEnd { channel }
        | Message::ApplicationMoveFailed { channel, .. } => vec![channel],
        Message::UserEvent { channel, .. } => channel.as_deref().into_iter().collect(),
        Message::ApplicationReplaced => vec![],
        Message::Call(event) => match event {
            Event::ChannelCreated { .. } => vec![],
            Event::ChannelStateChanged { channel }
            | Event::ChannelDialplanChanged { channel }
            | Event::ChannelCallerIdChanged { channel }
            | Event::ChannelConnectedLineChanged { channel }
            | Event::ChannelHangupRequested { channel, .. }
            | Event::ChannelDestroyed { channel, .. }
            | Event::ChannelDigitReceived { channel, .. }
            | Event::ChannelTalkingStarted { channel }
            | Event::ChannelTalkingFinished { channel, .. }
            | Event::ChannelHeld { channel, .. }
            | Event::ChannelUnheld { channel }
            | Event::ChannelEnteredBridge { channel, .. }
            | Event::ChannelLeftBridge { channel, .. } => vec![channel],
            Event::VariableSet { channel, .. } => channel.as_deref().into_iter().collect(),
            Event::Dialed { caller, peer, .. } => caller.as_deref().into_iter().chain([&**peer]).collect(),
            Event::BlindTransferred(transfer) => vec![&transfer.transferer, &transfer.transferee],
            Event::AttendedTransferred(transfer) => {
                vec![&transfer.first, &transfer.second, &transfer.transferee, &transfer.target]
            }
            Event::BridgeCreated { .. }
            | Event::BridgeDestroyed { .. }
            | Event::PlaybackStarted { .. }
            | Event::PlaybackContinuing { .. }
            | Event::PlaybackFinished { .. }
            | Event::RecordingStarted { .. }
            | Event::RecordingFinished { .. }
            | Event::RecordingFailed { .. }
            | Event::EndpointStateChanged { .. }
            | Event::EndpointChannelsChanged { .. }
            | Event::ContactStatusChanged { .. }
            | Event::PeerStatusChanged { .. }
            | Event::DeviceStateChanged { .. }
            | Event::TextReceived { .. } => vec![],
        },
    }
}
