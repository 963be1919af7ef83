//! Applications: their sessions, subscriptions and filters, and the channels in them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use call::{Calls, ChannelKey, Event, RecordingKey, Target};

use crate::command::{SessionId, Ticket};
use crate::control::{Desk, Outcome, Replies};
use crate::reply::{ApplicationSnapshot, Refusal, Reply};
use crate::route::{Delivery, Message, about};

/// Longest name of an application.
pub const LONGEST_NAME: usize = 72;

/// Which types of events an application wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Only these, where not empty.
    pub allowed: Vec<String>,
    /// Never these; wins over `allowed`.
    pub disallowed: Vec<String>,
}

impl EventFilter {
    /// Whether an event of that type goes through.
    pub fn passes(&self, type_name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == type_name);
        !named(&self.disallowed) && (self.allowed.is_empty() || named(&self.allowed))
    }
}

/// One application.
#[derive(Debug, Default)]
pub struct Application {
    /// The session that gets its events; without one it is not registered.
    pub(crate) session: Option<SessionId>,
    pub(crate) filter: EventFilter,
    pub(crate) sequence: u64,
    /// Events that nobody got, since it had no session.
    pub(crate) missed: u64,
    channels: BTreeMap<String, u32>,
    bridges: BTreeMap<String, u32>,
    endpoints: BTreeMap<String, u32>,
    devices: BTreeMap<String, u32>,
    /// Names of recordings that were under way when their channel left.
    recordings: BTreeSet<Arc<str>>,
    all_channels: bool,
    all_bridges: bool,
    all_endpoints: bool,
    all_devices: bool,
}

/// What an application may subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Channel(String),
    Bridge(String),
    Endpoint(String),
    Device(String),
}

impl Source {
    pub(crate) fn parse(text: &str) -> Option<Source> {
        let (scheme, rest) = text.split_once(':')?;
        let rest = rest.to_owned();
        match scheme {
            "channel" => Some(Source::Channel(rest)),
            "bridge" => Some(Source::Bridge(rest)),
            "endpoint" => Some(Source::Endpoint(rest)),
            "deviceState" => Some(Source::Device(rest)),
            _ => None,
        }
    }
}

impl Application {
    fn list(&mut self, source: &Source) -> (&mut BTreeMap<String, u32>, &mut bool, String) {
        match source {
            Source::Channel(id) => (&mut self.channels, &mut self.all_channels, id.clone()),
            Source::Bridge(id) => (&mut self.bridges, &mut self.all_bridges, id.clone()),
            Source::Endpoint(id) => (&mut self.endpoints, &mut self.all_endpoints, id.clone()),
            Source::Device(id) => (&mut self.devices, &mut self.all_devices, id.clone()),
        }
    }

    pub(crate) fn subscribe(&mut self, source: &Source) {
        let counted = !matches!(source, Source::Device(_));
        let (list, all, id) = self.list(source);
        if id.is_empty() {
            *all = true;
        } else if !*all || !counted {
            let count = list.entry(id).or_insert(0);
            *count = if counted { *count + 1 } else { 1 };
        }
    }

    /// `false` where it was not subscribed to that.
    pub(crate) fn unsubscribe(&mut self, source: &Source) -> bool {
        let (list, all, id) = self.list(source);
        if id.is_empty() {
            return std::mem::take(all);
        }
        let Some(count) = list.get_mut(&id) else { return *all };
        *count -= 1;
        if *count == 0 {
            list.remove(&id);
        }
        true
    }

    pub(crate) fn subscribe_all(&mut self) {
        self.all_channels = true;
        self.all_bridges = true;
        self.all_endpoints = true;
        self.all_devices = true;
    }

    fn unsubscribe_wildcards(&mut self) {
        self.all_channels = false;
        self.all_bridges = false;
        self.all_endpoints = false;
        self.all_devices = false;
    }

    fn is_idle(&self) -> bool {
        self.session.is_none()
            && self.channels.is_empty()
            && self.bridges.is_empty()
            && self.endpoints.is_empty()
            && self.devices.is_empty()
            && self.recordings.is_empty()
    }

    pub(crate) fn wants_event(&self, event: &Event) -> bool {
        let about = about(event);
        let target = match event {
            Event::PlaybackStarted { playback }
            | Event::PlaybackContinuing { playback }
            | Event::PlaybackFinished { playback } => Some(&playback.target),
            Event::RecordingStarted { recording }
            | Event::RecordingFinished { recording }
            | Event::RecordingFailed { recording } => Some(&recording.target),
            _ => None,
        };
        let channel_wanted = |id: &str| self.all_channels || self.channels.contains_key(id);
        let bridge_wanted = |id: &str| self.all_bridges || self.bridges.contains_key(id);
        let by_endpoint = |technology: &str, resource: &str| self.hears_endpoint(technology, resource);
        about.channels.iter().flatten().any(|channel| {
            channel_wanted(&channel.id) || by_endpoint(channel.technology.word(), &channel.endpoint)
        }) || about.bridges.into_iter().flatten().any(bridge_wanted)
            || about.endpoint.is_some_and(|endpoint| {
                // Who is subscribed to all endpoints hears of their channels no otherwise, as in Asterisk.
                let channels_alone = matches!(event, Event::EndpointChannelsChanged { .. });
                let all = self.all_endpoints || self.endpoints.contains_key(endpoint.technology);
                (all && !channels_alone) || by_endpoint(endpoint.technology, &endpoint.resource)
            })
            || about.device.is_some_and(|device| self.all_devices || self.devices.contains_key(device))
            || (about.global && self.all_channels)
            || recording_ended(event).is_some_and(|name| self.recordings.contains(name))
            || target.is_some_and(|target| match target {
                Target::Channel(id) => channel_wanted(id),
                Target::Bridge(id) => bridge_wanted(id),
            })
    }

    fn hears_endpoint(&self, technology: &str, resource: &str) -> bool {
        !resource.is_empty() && self.endpoints.contains_key(&format!("{technology}/{resource}"))
    }

    fn snapshot(&self, name: &Arc<str>) -> ApplicationSnapshot {
        let list = |ids: &BTreeMap<String, u32>, all: bool, word: &str| {
            let mut ids: Vec<String> = ids.keys().cloned().collect();
            if all {
                ids.push(word.to_owned());
            }
            ids
        };
        ApplicationSnapshot {
            name: name.clone(),
            channels: list(&self.channels, self.all_channels, "__AST_CHANNEL_ALL_TOPIC"),
            bridges: list(&self.bridges, self.all_bridges, "__AST_BRIDGE_ALL_TOPIC"),
            endpoints: list(&self.endpoints, self.all_endpoints, "__AST_ENDPOINT_ALL_TOPIC"),
            devices: list(&self.devices, self.all_devices, "__AST_DEVICE_STATE_ALL_TOPIC"),
            allowed: self.filter.allowed.clone(),
            disallowed: self.filter.disallowed.clone(),
        }
    }
}

/// A channel in an application.
pub(crate) struct Controlled {
    pub application: Arc<str>,
    pub desk: Rc<Desk>,
}

/// All applications. See the crate's documentation.
#[derive(Default)]
pub struct Stasis {
    pub(crate) applications: BTreeMap<Arc<str>, Application>,
    pub(crate) controlled: BTreeMap<ChannelKey, Controlled>,
    /// The same channels by id: events name them so, even after they are gone.
    controlled_ids: BTreeMap<Arc<str>, ChannelKey>,
    pub(crate) deliveries: VecDeque<Delivery>,
    pub(crate) replies: Replies,
    /// Recordings whose file is being opened: whom to answer.
    pub(crate) opening: BTreeMap<RecordingKey, crate::operations::Pending>,
}

impl Stasis {
    /// No application yet.
    pub fn new() -> Stasis {
        Stasis { replies: Rc::new(RefCell::new(VecDeque::new())), ..Stasis::default() }
    }

    /// The next message for a session.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        self.deliveries.pop_front()
    }

    /// The next reply.
    pub fn next_reply(&mut self) -> Option<(Ticket, Reply)> {
        self.replies.borrow_mut().pop_front()
    }

    pub(crate) fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.replies.borrow_mut().push_back((ticket, reply));
    }

    /// Whether an application wants the texts of an endpoint.
    pub fn wants_messages(&self, technology: call::Technology, resource: &str) -> bool {
        let word = technology.word();
        self.applications.values().any(|application| {
            application.session.is_some()
                && (application.all_endpoints
                    || application.endpoints.contains_key(word)
                    || application.hears_endpoint(word, resource))
        })
    }

    /// Whether an application has a session.
    pub fn is_registered(&self, name: &str) -> bool {
        self.applications.get(name).is_some_and(|application| application.session.is_some())
    }

    /// Registers applications on a session. One that another session has is taken over: that one is told.
    pub(crate) fn connect(
        &mut self,
        calls: &mut Calls,
        session: SessionId,
        names: &[String],
        subscribe_all: bool,
    ) {
        self.pump(calls);
        let unix_ms = calls.time().unix_ms;
        for name in names {
            let name: Arc<str> = Arc::from(name.as_str());
            let is_new = !self.applications.contains_key(&name);
            if self.is_registered(&name) {
                self.tell(&name, unix_ms, Arc::new(Message::ApplicationReplaced));
            }
            let application = self.applications.entry(name).or_default();
            application.session = Some(session);
            if is_new && subscribe_all {
                application.subscribe_all();
            }
        }
    }

    /// A session ended: its applications are not registered any more. Their channels stay, and are given back as a
    /// count for the log: `(application, channels left without one)`.
    pub fn disconnect(&mut self, calls: &mut Calls, session: SessionId) -> Vec<(Arc<str>, usize)> {
        self.pump(calls);
        let mut left = Vec::new();
        for (name, application) in &mut self.applications {
            if application.session == Some(session) {
                application.session = None;
                application.unsubscribe_wildcards();
                let channels =
                    self.controlled.values().filter(|controlled| controlled.application == *name).count();
                left.push((name.clone(), channels));
            }
        }
        self.forget_idle();
        left
    }

    pub(crate) fn forget_idle(&mut self) {
        let controlled = &self.controlled;
        self.applications.retain(|name, application| {
            !application.is_idle() || controlled.values().any(|channel| channel.application == *name)
        });
    }

    /// Hands a channel to an application: StasisStart goes out, and the desk of its control script comes back.
    /// `None` where no such application is registered.
    pub fn enter(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        application: &str,
        args: Vec<String>,
    ) -> Option<Rc<Desk>> {
        self.enter_as(calls, channel, application, args, None)
    }

    /// As [`Stasis::enter`], for a channel that takes the place of another, which the application is told.
    pub fn enter_in_place_of(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        application: &str,
        replaced: ChannelKey,
    ) -> Option<Rc<Desk>> {
        let replaced = calls.snapshot(replaced);
        self.enter_as(calls, channel, application, Vec::new(), replaced)
    }

    /// The application that a channel is in.
    pub fn application_name(&self, channel: ChannelKey) -> Option<Arc<str>> {
        self.controlled.get(&channel).map(|controlled| controlled.application.clone())
    }

    fn enter_as(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        application: &str,
        args: Vec<String>,
        replaced: Option<Arc<call::ChannelSnapshot>>,
    ) -> Option<Rc<Desk>> {
        self.pump(calls);
        if !self.is_registered(application) {
            return None;
        }
        let (name, _) = self.applications.get_key_value(application)?;
        let name = name.clone();
        let snapshot = calls.snapshot(channel)?;
        let desk = match self.controlled.remove(&channel) {
            // Moved from one application to another: what is queued stays queued.
            Some(controlled) => controlled.desk,
            None => Rc::new(Desk::new(snapshot.id.clone())),
        };
        self.controlled.insert(channel, Controlled { application: name.clone(), desk: desk.clone() });
        self.controlled_ids.insert(snapshot.id.clone(), channel);
        if let Some(application) = self.applications.get_mut(&name) {
            application.subscribe(&Source::Channel(snapshot.id.to_string()));
        }
        let message = Arc::new(Message::StasisStart { channel: snapshot, args, replaced });
        self.tell(&name, calls.time().unix_ms, message);
        Some(desk)
    }

    /// The control script of a channel ended: StasisEnd goes out. Gives what it ended for. A move to an application
    /// that is not registered is told as failed, and the channel stays: [`Outcome::Stay`].
    pub fn leave(&mut self, calls: &mut Calls, channel: ChannelKey) -> Outcome {
        self.pump(calls);
        let Some(controlled) = self.controlled.get(&channel) else { return Outcome::Gone };
        let (name, desk) = (controlled.application.clone(), controlled.desk.clone());
        // What it was asked last is void where the channel hung up meanwhile.
        let asked = desk.take_outcome();
        let outcome = if calls.is_staying(channel) { asked } else { Outcome::Gone };
        let unix_ms = calls.time().unix_ms;
        if let Outcome::Move { application, args } = &outcome {
            if !self.is_registered(application) {
                if let Some(channel) = calls.snapshot(channel) {
                    let (destination, args) = (application.clone(), args.clone());
                    let message = Message::ApplicationMoveFailed { channel, destination, args };
                    self.tell(&name, unix_ms, Arc::new(message));
                }
                return Outcome::Stay(desk);
            }
        } else {
            self.controlled.remove(&channel);
            self.controlled_ids.remove(desk.channel_id());
            desk.close();
        }
        if let Some(snapshot) = calls.snapshot(channel) {
            let recordings = calls.recordings_of(channel);
            // The channel's own reference goes before the end is told.
            let message = Arc::new(Message::StasisEnd { channel: snapshot.clone() });
            self.tell(&name, unix_ms, message);
            if let Some(application) = self.applications.get_mut(&name) {
                application.unsubscribe(&Source::Channel(snapshot.id.to_string()));
                // What the disk makes of a recording is told after its channel is gone.
                application.recordings.extend(recordings);
            }
        }
        self.forget_idle();
        outcome
    }

    /// A bridge is followed by an application while one of its channels is in it.
    pub(crate) fn follow_bridge(&mut self, event: &Event) {
        if let Event::ChannelEnteredBridge { bridge, channel } = event
            && let Some(application) = self.application_of(channel)
        {
            application.subscribe(&Source::Bridge(bridge.id.to_string()));
        }
    }

    /// What an event ends is unsubscribed from after it was told.
    pub(crate) fn release(&mut self, calls: &Calls, event: &Event) {
        match event {
            Event::ChannelLeftBridge { bridge, channel } => {
                // As in Asterisk, a channel that hung up in the bridge leaves its application following the bridge.
                let stays = calls.channel_by_id(&channel.id).is_some_and(|key| calls.is_staying(key));
                if stays && let Some(application) = self.application_of(channel) {
                    application.unsubscribe(&Source::Bridge(bridge.id.to_string()));
                }
            }
            Event::ChannelDestroyed { channel, .. } => {
                for application in self.applications.values_mut() {
                    application.channels.remove(&*channel.id);
                }
            }
            Event::RecordingFinished { recording } | Event::RecordingFailed { recording } => {
                for application in self.applications.values_mut() {
                    application.recordings.remove(&recording.name);
                }
            }
            Event::BridgeDestroyed { bridge } => {
                for application in self.applications.values_mut() {
                    application.bridges.remove(&*bridge.id);
                }
            }
            _ => {}
        }
    }

    fn application_of(&mut self, channel: &call::ChannelSnapshot) -> Option<&mut Application> {
        let key = self.controlled_ids.get(&*channel.id)?;
        let name = self.controlled.get(key)?.application.clone();
        self.applications.get_mut(&name)
    }

    pub(crate) fn application(&self, name: &str) -> Result<ApplicationSnapshot, Refusal> {
        let (name, application) = self.applications.get_key_value(name).ok_or(Refusal::NoSuchApplication)?;
        Ok(application.snapshot(name))
    }

    pub(crate) fn all_applications(&self) -> Vec<ApplicationSnapshot> {
        self.applications.iter().map(|(name, application)| application.snapshot(name)).collect()
    }
}

/// The name of a recording that has just come to its end.
fn recording_ended(event: &Event) -> Option<&Arc<str>> {
    match event {
        Event::RecordingFinished { recording } | Event::RecordingFailed { recording } => {
            Some(&recording.name)
        }
        _ => None,
    }
}
