//! [`Calls`]: the one owner of call state, and the queues it fills for the switch.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use slotmap::SlotMap;

use crate::bridge::Bridge;
use crate::channel::{Channel, ChannelKey, Launch, Verb};
use crate::device::Devices;
use crate::effect::{Effect, LoadKey};
use crate::endpoint::{EndpointEntry, EndpointState, Endpoints};
use crate::event::Event;
use crate::mailbox::Mailboxes;
use crate::message::TextToSend;
use crate::playback::{Loading, Playback, PlaybackKey};
use crate::rack::Rack;
use crate::recording::{Recording, RecordingKey};
use crate::script::Notice;
use crate::snapshot::{EndpointSnapshot, UnixMs};
use crate::zone::Zone;
use crate::{BridgeKey, Technology};

/// The time of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Time {
    /// Monotonic time since the process's epoch.
    pub now: Duration,
    /// Wall time.
    pub unix_ms: UnixMs,
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Somebody should look at it.
    Warning,
    /// Worth knowing.
    Notice,
    /// Somebody tried what he may not: a security event of Asterisk's (`SecurityEvent=…`) or its notice of it.
    Security,
    /// What the dialplan does, for who follows it.
    Verbose,
}

/// Limits of the whole model, each with its answer when reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most channels at once; one more is refused ([`crate::channel::CreateFailure::Full`]).
    pub channels: usize,
    /// Most bridges at once.
    pub bridges: usize,
    /// Most variables of one channel; one more is not set.
    pub variables: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { channels: 10_000, bridges: 10_000, variables: 1_000 }
    }
}

/// All calls. See the crate's documentation.
pub struct Calls {
    pub(crate) time: Time,
    pub(crate) limits: Limits,
    pub(crate) channels: SlotMap<ChannelKey, Channel>,
    pub(crate) channel_ids: BTreeMap<Arc<str>, ChannelKey>,
    pub(crate) bridges: SlotMap<BridgeKey, Bridge>,
    pub(crate) bridge_ids: BTreeMap<Arc<str>, BridgeKey>,
    pub(crate) playbacks: SlotMap<PlaybackKey, Playback>,
    pub(crate) recordings: SlotMap<RecordingKey, Recording>,
    pub(crate) loads: SlotMap<LoadKey, Loading>,
    pub(crate) rack: Rack,
    pub(crate) globals: BTreeMap<String, String>,
    endpoints: Endpoints,
    pub(crate) devices: Devices,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) texts: VecDeque<TextToSend>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) verbs: VecDeque<(ChannelKey, Verb)>,
    pub(crate) effects: VecDeque<Effect>,
    pub(crate) notices: VecDeque<(ChannelKey, Notice)>,
    pub(crate) launches: VecDeque<(ChannelKey, Launch)>,
    logs: VecDeque<(LogLevel, String)>,
    zone: Zone,
    pub(crate) steps_hidden: bool,
    /// Names of variables and functions that every channel's snapshot shows.
    pub(crate) shown_variables: Vec<String>,
    pub(crate) timers: BTreeSet<(Duration, ChannelKey)>,
    pub(crate) ids_given: u64,
    pub(crate) protocol_ids: Option<u64>,
    pub(crate) names_given: u32,
    draining: bool,
}

impl Calls {
    /// A model with nothing in it.
    pub fn new(limits: Limits) -> Calls {
        Calls {
            time: Time::default(),
            limits,
            channels: SlotMap::with_key(),
            channel_ids: BTreeMap::new(),
            bridges: SlotMap::with_key(),
            bridge_ids: BTreeMap::new(),
            playbacks: SlotMap::with_key(),
            recordings: SlotMap::with_key(),
            loads: SlotMap::with_key(),
            rack: Rack::new(),
            globals: BTreeMap::new(),
            endpoints: Endpoints::new(),
            devices: Devices::default(),
            mailboxes: Mailboxes::default(),
            texts: VecDeque::new(),
            events: VecDeque::new(),
            verbs: VecDeque::new(),
            effects: VecDeque::new(),
            notices: VecDeque::new(),
            launches: VecDeque::new(),
            logs: VecDeque::new(),
            zone: Zone::default(),
            steps_hidden: false,
            shown_variables: Vec::new(),
            timers: BTreeSet::new(),
            ids_given: 0,
            protocol_ids: None,
            names_given: 0,
            draining: false,
        }
    }

    /// Sets the time of what follows. Monotonic time never goes back.
    pub fn set_time(&mut self, time: Time) {
        debug_assert!(time.now >= self.time.now, "monotonic time went back");
        self.time = time;
    }

    /// The time of the input being worked.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The local time zone; UTC until another is set.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Sets the local time zone.
    pub fn set_zone(&mut self, zone: Zone) {
        self.zone = zone;
    }

    /// Replaces the limits; what is there already stays.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// From now on no new channel is admitted.
    pub fn drain(&mut self) {
        self.draining = true;
    }

    /// Whether new channels are refused because the process is about to end.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// The shards, legs and ports.
    pub fn rack(&mut self) -> &mut Rack {
        &mut self.rack
    }

    /// The next event to tell, oldest first.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.follow_devices(&event);
        Some(event)
    }

    /// The next thing a channel technology has to do.
    pub fn next_verb(&mut self) -> Option<(ChannelKey, Verb)> {
        self.verbs.pop_front()
    }

    /// The next thing wanted of the outside.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The next notice for a channel's script.
    pub fn next_notice(&mut self) -> Option<(ChannelKey, Notice)> {
        self.notices.pop_front()
    }

    /// The next channel that has to begin a script.
    pub fn next_launch(&mut self) -> Option<(ChannelKey, Launch)> {
        self.launches.pop_front()
    }

    /// The next line for the log.
    pub fn next_log(&mut self) -> Option<(LogLevel, String)> {
        self.logs.pop_front()
    }

    /// From now on steps of the dialplan are neither told nor logged, or are again. Whoever goes round for ever would
    /// have nobody hear anything else.
    pub fn hide_steps(&mut self, hidden: bool) {
        self.steps_hidden = hidden;
    }

    /// Writes a line to the log.
    pub fn log(&mut self, level: LogLevel, line: String) {
        if level == LogLevel::Verbose && self.steps_hidden {
            return;
        }
        self.logs.push_back((level, line));
    }

    /// When [`Calls::advance`] wants to be called next.
    pub fn deadline(&self) -> Option<Duration> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Works the timers that are due: dial attempts nobody answered in time.
    pub fn advance(&mut self) {
        while let Some(&(at, key)) = self.timers.first() {
            if at > self.time.now {
                break;
            }
            self.timers.remove(&(at, key));
            self.dial_timed_out(key);
        }
    }

    /// Leaves a notice for the script of a channel.
    pub fn notify(&mut self, channel: ChannelKey, notice: Notice) {
        self.notices.push_back((channel, notice));
    }

    /// Makes an endpoint known, or changes its state; a change is told.
    pub fn set_endpoint(
        &mut self,
        technology: Technology,
        resource: &Arc<str>,
        state: EndpointState,
        context: &str,
    ) {
        let at = (technology, resource.clone());
        let context = context.to_owned();
        if let Some(entry) = self.endpoints.get_mut(&at) {
            entry.context = context;
            let changed = std::mem::replace(&mut entry.state, state) != state;
            self.note_device(technology, resource);
            if changed && let Some(endpoint) = self.endpoint(technology, resource) {
                self.events.push_back(Event::PeerStatusChanged { endpoint: endpoint.clone(), status: state });
                self.events.push_back(Event::EndpointStateChanged { endpoint });
            }
            return;
        }
        let channels = self.channels.values();
        let own =
            channels.filter(|channel| channel.technology == technology && channel.endpoint == *resource);
        let channels = Arc::new(own.map(|channel| channel.id.clone()).collect());
        self.endpoints.insert(at, EndpointEntry { state, context, contacts: Vec::new(), channels });
        self.note_device(technology, resource);
    }

    /// The channels of an endpoint change; told, before a new channel is and after the end of one.
    pub(crate) fn change_endpoint_channels(
        &mut self,
        technology: Technology,
        resource: &Arc<str>,
        change: impl FnOnce(&mut Vec<Arc<str>>),
    ) {
        if let Some(entry) = self.endpoints.get_mut(&(technology, resource.clone())) {
            change(Arc::make_mut(&mut entry.channels));
            if let Some(endpoint) = self.endpoint(technology, resource) {
                self.events.push_back(Event::EndpointChannelsChanged { endpoint });
            }
        }
    }

    /// The URIs that an endpoint's calls go to (`PJSIP_DIAL_CONTACTS()`).
    pub fn set_contacts(&mut self, technology: Technology, resource: &Arc<str>, contacts: Vec<String>) {
        if let Some(entry) = self.endpoints.get_mut(&(technology, resource.clone())) {
            entry.contacts = contacts;
        }
    }

    /// A dial string for all contacts of an endpoint at once: `PJSIP/2001/sip:…&PJSIP/2001/sip:…`.
    pub fn dial_contacts(&self, technology: Technology, resource: &str) -> Option<String> {
        let entry = self.endpoints.get(&(technology, Arc::from(resource)))?;
        let word = technology.word();
        let all: Vec<String> =
            entry.contacts.iter().map(|contact| format!("{word}/{resource}/{contact}")).collect();
        Some(all.join("&"))
    }

    /// Whether an endpoint can be reached; `None` where there is no such endpoint.
    pub fn endpoint_state(&self, technology: Technology, resource: &str) -> Option<EndpointState> {
        self.endpoints.get(&(technology, Arc::from(resource))).map(|entry| entry.state)
    }

    /// Forgets an endpoint that is no longer configured.
    pub fn forget_endpoint(&mut self, technology: Technology, resource: &Arc<str>) {
        self.endpoints.remove(&(technology, resource.clone()));
    }

    /// Tells how a contact of an endpoint stands.
    pub fn report_contact(
        &mut self,
        endpoint: &Arc<str>,
        aor: &str,
        uri: String,
        status: crate::event::ContactStatus,
        round_trip_us: Option<u32>,
    ) {
        if let Some(endpoint) = self.endpoint(Technology::Sip, endpoint) {
            let aor = aor.to_owned();
            self.events.push_back(Event::ContactStatusChanged { endpoint, uri, aor, status, round_trip_us });
        }
    }

    /// One endpoint.
    pub fn endpoint(&self, technology: Technology, resource: &str) -> Option<Arc<EndpointSnapshot>> {
        let resource: Arc<str> = Arc::from(resource);
        let EndpointEntry { state, channels, .. } = self.endpoints.get(&(technology, resource.clone()))?;
        let (state, channels) = (*state, channels.clone());
        Some(Arc::new(EndpointSnapshot { technology: technology.word(), resource, state, channels }))
    }

    /// The context that calls of an endpoint enter.
    pub fn endpoint_context(&self, technology: Technology, resource: &str) -> Option<&str> {
        self.endpoints.get(&(technology, Arc::from(resource))).map(|entry| entry.context.as_str())
    }

    /// All endpoints, by technology and resource.
    pub fn endpoints(&self) -> Vec<Arc<EndpointSnapshot>> {
        let snapshot = |((technology, resource), entry): (&(Technology, Arc<str>), &EndpointEntry)| {
            Arc::new(EndpointSnapshot {
                technology: technology.word(),
                resource: resource.clone(),
                state: entry.state,
                channels: entry.channels.clone(),
            })
        };
        self.endpoints.iter().map(snapshot).collect()
    }

    /// A fresh unique id in Asterisk's form: seconds of wall time, a dot, a running number.
    /// Feeds the ids that outgoing calls have in their technology (SIP: Call-ID) from the moment they are made.
    /// Without it they have none until they are dialled.
    pub fn seed_protocol_ids(&mut self, seed: u64) {
        self.protocol_ids = Some(seed);
    }

    /// 128 bits of SplitMix64: unique, and no secret.
    pub(crate) fn fresh_protocol_id(&mut self) -> Arc<str> {
        let Some(state) = &mut self.protocol_ids else { return Arc::from("") };
        let mut next = || {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        format!("{:016x}{:016x}", next(), next()).into()
    }

    pub(crate) fn fresh_id(&mut self) -> Arc<str> {
        loop {
            let id = format!("{}.{}", self.time.unix_ms / 1000, self.ids_given);
            self.ids_given += 1;
            if !self.channel_ids.contains_key(id.as_str()) && !self.bridge_ids.contains_key(id.as_str()) {
                return id.into();
            }
        }
    }

    /// How many of each live thing there are: for invariants and metrics.
    pub fn census(&self) -> Census {
        Census {
            channels: self.channels.len(),
            bridges: self.bridges.len(),
            playbacks: self.playbacks.len(),
            recordings: self.recordings.len(),
            loads: self.loads.len(),
            timers: self.timers.len(),
            legs: self.rack.legs(),
        }
    }
}

/// Numbers of live things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Channels.
    pub channels: usize,
    /// Bridges.
    pub bridges: usize,
    /// Playbacks.
    pub playbacks: usize,
    /// Live recordings.
    pub recordings: usize,
    /// Loads under way.
    pub loads: usize,
    /// Timers of the model.
    pub timers: usize,
    /// Legs in shards, those that are closing too.
    pub legs: usize,
}
