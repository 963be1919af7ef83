//! Channels: one leg each as an application sees it.

mod asked;
mod leaving;
mod told;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use media::{Command, LegId, PlayerId};

use crate::BridgeKey;
use crate::cause::Cause;
use crate::event::{DialStatus, Event};
use crate::model::Calls;
use crate::script::{Branch, Notice};
use crate::snapshot::{ChannelSnapshot, Party, Position, UnixMs};
use crate::transfer::Watched;

slotmap::new_key_type! {
    /// A channel in [`Calls`]; a dead key answers as "no longer there".
    pub struct ChannelKey;
}

/// Longest unique id of a channel, as Asterisk has it.
pub const LONGEST_ID: usize = 149;

/// What carries a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technology {
    /// SIP, under Asterisk's name for its SIP channel driver.
    Sip,
}

impl Technology {
    /// The word before the slash of a channel's name.
    pub fn word(self) -> &'static str {
        match self {
            Technology::Sip => "PJSIP",
        }
    }

    /// The technology of a word, in any case.
    pub fn from_word(word: &str) -> Option<Technology> {
        word.eq_ignore_ascii_case("PJSIP").then_some(Technology::Sip)
    }
}

/// A channel's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelState {
    /// Made, not yet dialled.
    Down,
    /// An incoming call that is not answered.
    Ring,
    /// An outgoing call that rings.
    Ringing,
    /// Answered.
    Up,
}

impl ChannelState {
    /// Asterisk's word.
    pub fn word(self) -> &'static str {
        match self {
            ChannelState::Down => "Down",
            ChannelState::Ring => "Ring",
            ChannelState::Ringing => "Ringing",
            ChannelState::Up => "Up",
        }
    }
}

/// A place in the dialplan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Context.
    pub context: String,
    /// Extension.
    pub exten: String,
    /// Priority, from 1.
    pub priority: u32,
}

/// What a channel begins with once it is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// The dialplan.
    Dialplan(Location),
    /// One dialplan application; the channel ends with it.
    DialplanApplication {
        /// Its name.
        name: String,
        /// What it is given.
        data: String,
    },
    /// A Stasis application.
    Application {
        /// Its name.
        application: String,
        /// What it is given with StasisStart.
        args: Vec<String>,
    },
    /// Another place in the dialplan than the one its scripts are at: they are left first.
    Elsewhere(Location),
    /// The application and the bridge that another channel is in, which is hung up.
    InPlaceOf(ChannelKey),
}

/// Asked of a channel's technology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Place the call. What follows comes as [`Calls::ringing`], [`Calls::answered`], [`Calls::hung_up`].
    Dial,
    /// Tell the caller that it rings.
    Ring,
    /// Open early media.
    Progress,
    /// Answer.
    Answer,
    /// End the call. The channel is gone from the model already.
    Hangup {
        /// Why.
        cause: Cause,
    },
    /// The connected line changed: tell the far end where it wants to know.
    Update,
    /// Hold the far end: tell it so, or play it music of this class ([`Calls::start_music`]), as it is configured.
    Hold {
        /// Music class; the default one where empty.
        class: String,
    },
    /// Hold the far end no more.
    Unhold,
    /// Send digits: asked of a channel whose technology sends them itself ([`Calls::set_digits_by`]).
    SendDigits {
        /// Which, and how fast.
        digits: media::Digits,
        /// Whether [`Notice::DigitsSent`] is owed.
        told: bool,
    },
    /// Something is noticed of a channel that is watched ([`Calls::watch`]).
    Watched(Watched),
    /// Send the far end elsewhere (302 before the answer, REFER after).
    Redirect {
        /// Where to: an endpoint's resource or a URI.
        to: String,
    },
}

/// What sends a channel's digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DigitsBy {
    /// Its leg, as was agreed.
    #[default]
    Media,
    /// Its technology.
    Signalling,
    /// Its leg where telephone-event was agreed, else its technology.
    Agreement {
        /// It was.
        events: bool,
    },
}

/// Who dials an outgoing channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialing {
    /// An application, to be handed the channel once it is answered.
    Originated,
    /// An application that has the channel already.
    Created,
    /// The script of another channel.
    Branch,
}

/// What makes a new channel.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Unique id of its maker's choice; one is made where it is `None`.
    pub id: Option<Arc<str>>,
    /// What carries it.
    pub technology: Technology,
    /// Endpoint resource; part of the name.
    pub endpoint: Arc<str>,
    /// What is dialled, for an outgoing one: the part after the technology.
    pub dial_string: String,
    /// First state.
    pub state: ChannelState,
    /// The technology's own id of the call, where it is known.
    pub protocol_id: Arc<str>,
    /// Who calls.
    pub caller: Party,
    /// Who is at the other end.
    pub connected: Party,
    /// Where it stands.
    pub dialplan: Position,
    /// Account code.
    pub account_code: String,
    /// Language of prompts; `en` where empty.
    pub language: String,
    /// First variables. Each is told.
    pub variables: Vec<(String, String)>,
    /// The channel whose script dialled it and answers for it.
    pub owner: Option<ChannelKey>,
    /// What it begins with: an incoming one at once, an outgoing one when it is answered.
    pub launch: Option<Launch>,
}

/// Why a channel could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateFailure {
    /// As many channels as admitted are there, or the process is about to end.
    Full,
    /// The id is in use.
    DuplicateId,
}

pub(crate) struct Channel {
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub technology: Technology,
    pub endpoint: Arc<str>,
    pub dial_string: String,
    pub state: ChannelState,
    pub protocol_id: Arc<str>,
    pub caller: Party,
    pub connected: Party,
    pub dialplan: Position,
    pub account_code: String,
    pub language: String,
    pub created: UnixMs,
    pub variables: BTreeMap<String, String>,
    /// Names that dialled channels inherit, and whether theirs do in turn.
    pub inherited: BTreeMap<String, bool>,
    pub leg: Option<LegId>,
    /// What the leg told last.
    pub statistics: Option<Box<media::LegStatistics>>,
    /// The figures have been told in variables.
    pub quality_told: bool,
    pub bridge: Option<BridgeKey>,
    pub music: Option<Music>,
    pub owner: Option<ChannelKey>,
    /// The channel that its owner knows it as, where it is another than itself.
    pub stands_for: Option<ChannelKey>,
    pub watched: bool,
    pub digits_by: DigitsBy,
    /// Who diverted the call to it, and why.
    pub redirecting: Option<(Party, String)>,
    /// Whether it ever dialled another.
    pub has_branches: bool,
    pub launch: Option<Launch>,
    pub codecs: Vec<rtp::Codec>,
    pub dialing: Option<Dialing>,
    /// Name and data of the application that is shown where none runs.
    pub resting: (String, String),
    pub progressed: bool,
    pub dial_deadline: Option<Duration>,
    /// When its far end counts as talking, where that is to be told.
    pub talk_detection: Option<media::talk::TalkSettings>,
    /// Set once the channel is on its way out.
    pub leaving: Option<Cause>,
    pub tech_cause: Option<u16>,
    /// How what the channel dialled last ended.
    pub peer_cause: Option<Cause>,
    /// Names of variables and functions that its snapshots show.
    pub reported: Vec<String>,
    snapshot: Option<Arc<ChannelSnapshot>>,
}

/// Music on hold of a channel or bridge.
pub(crate) enum Music {
    /// Its audio is being loaded.
    Loading(crate::LoadKey),
    /// It plays.
    Playing(PlayerId),
}

impl Channel {
    pub(crate) fn forget_snapshot(&mut self) {
        self.snapshot = None;
    }

    /// Whether the two ends' media may flow by now.
    pub(super) fn has_media(&self) -> bool {
        self.leg.is_some()
    }
}

impl Calls {
    /// Makes a channel and tells it. An incoming one (state `Ring`) begins its launch at once.
    pub fn create(&mut self, new: NewChannel) -> Result<ChannelKey, CreateFailure> {
        if self.is_draining() || self.channels.len() >= self.limits.channels {
            return Err(CreateFailure::Full);
        }
        if new.id.as_ref().is_some_and(|id| self.channel_ids.contains_key(id)) {
            return Err(CreateFailure::DuplicateId);
        }
        let id = new.id.unwrap_or_else(|| self.fresh_id());
        let protocol_id = match (new.technology, new.state) {
            (Technology::Sip, ChannelState::Down) if new.protocol_id.is_empty() => self.fresh_protocol_id(),
            _ => new.protocol_id,
        };
        let name = format!("{}/{}-{:08x}", new.technology.word(), new.endpoint, self.names_given);
        self.names_given = self.names_given.wrapping_add(1);
        let outgoing = new.state == ChannelState::Down;
        let key = self.channels.insert(Channel {
            id: id.clone(),
            name: name.into(),
            technology: new.technology,
            endpoint: new.endpoint,
            dial_string: new.dial_string,
            state: new.state,
            protocol_id,
            caller: new.caller,
            connected: new.connected,
            dialplan: new.dialplan,
            account_code: new.account_code,
            language: if new.language.is_empty() { "en".to_owned() } else { new.language },
            created: self.time.unix_ms,
            variables: BTreeMap::new(),
            inherited: BTreeMap::new(),
            leg: None,
            statistics: None,
            quality_told: false,
            bridge: None,
            music: None,
            owner: new.owner,
            stands_for: None,
            watched: false,
            digits_by: DigitsBy::default(),
            redirecting: None,
            has_branches: false,
            launch: None,
            codecs: Vec::new(),
            dialing: None,
            resting: (String::new(), String::new()),
            progressed: false,
            dial_deadline: None,
            talk_detection: None,
            leaving: None,
            tech_cause: None,
            peer_cause: None,
            reported: Vec::new(),
            snapshot: None,
        });
        self.channel_ids.insert(id.clone(), key);
        let (technology, endpoint) = (self.channels[key].technology, self.channels[key].endpoint.clone());
        self.change_endpoint_channels(technology, &endpoint, |channels| channels.push(id));
        if let Some(owner) = new.owner {
            self.change(owner, |channel| channel.has_branches = true);
        }
        self.tell(key, |channel| Event::ChannelCreated { channel });
        for (name, value) in new.variables {
            self.set_variable(Some(key), &name, Some(value));
        }
        match new.launch {
            Some(launch) if !outgoing => self.launches.push_back((key, launch)),
            launch => self.channels[key].launch = launch,
        }
        Ok(key)
    }

    /// A channel by unique id.
    pub fn channel_by_id(&self, id: &str) -> Option<ChannelKey> {
        self.channel_ids.get(id).copied()
    }

    /// A channel by unique id or by name.
    pub fn channel_by_id_or_name(&self, text: &str) -> Option<ChannelKey> {
        self.channel_by_id(text)
            .or_else(|| self.channels.iter().find(|(_, channel)| &*channel.name == text).map(|(key, _)| key))
    }

    /// All channels, in no particular order.
    pub fn channels(&self) -> impl Iterator<Item = ChannelKey> + '_ {
        self.channels.keys()
    }

    /// Whether the channel is still there.
    pub fn is_alive(&self, key: ChannelKey) -> bool {
        self.channels.contains_key(key)
    }

    /// Whether the channel is there and not on its way out.
    pub fn is_staying(&self, key: ChannelKey) -> bool {
        self.channels.get(key).is_some_and(|channel| channel.leaving.is_none())
    }

    /// A copy of the channel as it is.
    pub fn snapshot(&mut self, key: ChannelKey) -> Option<Arc<ChannelSnapshot>> {
        let channel = self.channels.get(key)?;
        if channel.snapshot.is_none() {
            let mut snapshot = ChannelSnapshot {
                id: channel.id.clone(),
                name: channel.name.clone(),
                state: channel.state,
                technology: channel.technology,
                protocol_id: channel.protocol_id.clone(),
                endpoint: channel.endpoint.clone(),
                caller: channel.caller.clone(),
                connected: channel.connected.clone(),
                account_code: channel.account_code.clone(),
                dialplan: channel.dialplan.clone(),
                created: channel.created,
                language: channel.language.clone(),
                reported_variables: Vec::new(),
            };
            snapshot.reported_variables = self.reported_variables(key, &snapshot);
            self.channels[key].snapshot = Some(Arc::new(snapshot));
        }
        self.channels[key].snapshot.clone()
    }

    /// Names of variables and functions that every channel's snapshot shows from now on.
    pub fn show_variables(&mut self, names: Vec<String>) {
        self.shown_variables = names;
        for channel in self.channels.values_mut() {
            channel.snapshot = None;
        }
    }

    /// From now on the channel's snapshots show this variable or function, or do so no more.
    pub fn report_variable(&mut self, key: ChannelKey, name: &str, on: bool) {
        let most = self.limits.variables;
        let reported =
            self.channels.get(key).is_some_and(|channel| channel.reported.iter().any(|n| n == name));
        if reported != on {
            self.change(key, |channel| match on {
                true if channel.reported.len() < most => channel.reported.push(name.to_owned()),
                true => {}
                false => channel.reported.retain(|other| other != name),
            });
        }
    }

    /// The variables that a snapshot of the channel shows, those of every channel first.
    fn reported_variables(&self, key: ChannelKey, channel: &ChannelSnapshot) -> Vec<(String, String)> {
        let own = self.channels[key].reported.iter().filter(|name| !self.shown_variables.contains(name));
        let value = |name: &String| {
            let called = name.strip_suffix(')').and_then(|call| call.split_once('('));
            let value = match called {
                Some((function, argument)) => self.function_of(channel, function, argument),
                None => self.variable(Some(key), name),
            };
            (name.clone(), value.unwrap_or_default())
        };
        self.shown_variables.iter().chain(own).map(value).collect()
    }

    pub(crate) fn tell(&mut self, key: ChannelKey, event: impl FnOnce(Arc<ChannelSnapshot>) -> Event) {
        if let Some(snapshot) = self.snapshot(key) {
            self.events.push_back(event(snapshot));
        }
    }

    pub(crate) fn change(&mut self, key: ChannelKey, change: impl FnOnce(&mut Channel)) -> bool {
        let Some(channel) = self.channels.get_mut(key) else { return false };
        change(channel);
        channel.snapshot = None;
        true
    }

    /// The state; `None` where the channel is gone.
    pub fn state(&self, key: ChannelKey) -> Option<ChannelState> {
        self.channels.get(key).map(|channel| channel.state)
    }

    /// What is dialled on an outgoing channel: the part after the technology.
    pub fn dial_string(&self, key: ChannelKey) -> Option<&str> {
        self.channels.get(key).map(|channel| channel.dial_string.as_str())
    }

    /// The channel whose script answers for this one.
    pub fn owner(&self, key: ChannelKey) -> Option<ChannelKey> {
        self.channels.get(key).and_then(|channel| channel.owner)
    }

    pub(super) fn set_state(&mut self, key: ChannelKey, state: ChannelState) {
        if self.state(key).is_some_and(|before| before != state) {
            self.change(key, |channel| channel.state = state);
            self.tell(key, |channel| Event::ChannelStateChanged { channel });
        }
    }

    /// Sets the technology's own id of the call (SIP: Call-ID).
    pub fn set_protocol_id(&mut self, key: ChannelKey, id: Arc<str>) {
        self.change(key, |channel| channel.protocol_id = id);
    }

    /// Sets where the channel stands and what it runs. Told, as in Asterisk, where the place changed or a first
    /// application runs there; another application at the same place is not.
    pub fn set_position(&mut self, key: ChannelKey, position: Position) {
        let Some(before) = self.channels.get(key).map(|channel| &channel.dialplan) else { return };
        let place =
            |position: &Position| (position.context.clone(), position.exten.clone(), position.priority);
        let moved = place(before) != place(&position) || before.app_name.is_empty();
        let told = moved && !position.app_name.is_empty() && !self.steps_hidden;
        self.change(key, |channel| channel.dialplan = position);
        if told {
            self.tell(key, |channel| Event::ChannelDialplanChanged { channel });
        }
    }

    /// Sets where the channel stands when its dialplan is over; told with whatever comes next.
    pub fn come_to_rest(&mut self, key: ChannelKey, position: Position) {
        self.change(key, |channel| channel.dialplan = position);
    }

    /// Sets what the channel runs where it stands; a change is told.
    pub fn set_application(&mut self, key: ChannelKey, name: &str, data: &str) {
        if let Some(channel) = self.channels.get(key) {
            let mut position = channel.dialplan.clone();
            name.clone_into(&mut position.app_name);
            data.clone_into(&mut position.app_data);
            self.set_position(key, position);
        }
    }

    /// Sets who calls; a change is told.
    pub fn set_caller(&mut self, key: ChannelKey, caller: Party) {
        if self.channels.get(key).is_some_and(|channel| channel.caller != caller) {
            self.change(key, |channel| channel.caller = caller);
            self.tell(key, |channel| Event::ChannelCallerIdChanged { channel });
        }
    }

    /// Sets who is at the other end; a change is told here and to the far end.
    pub fn set_connected(&mut self, key: ChannelKey, connected: Party) {
        if self.channels.get(key).is_some_and(|channel| channel.connected != connected) {
            self.change(key, |channel| channel.connected = connected);
            self.tell(key, |channel| Event::ChannelConnectedLineChanged { channel });
            self.verbs.push_back((key, Verb::Update));
        }
    }

    /// Keeps how what the channel dialled ended: `HANGUPCAUSE` of the dialplan.
    pub fn set_peer_cause(&mut self, key: ChannelKey, cause: Cause) {
        self.change(key, |channel| channel.peer_cause = Some(cause));
    }

    /// How what the channel dialled last ended.
    pub fn peer_cause(&self, key: ChannelKey) -> Option<Cause> {
        self.channels.get(key).and_then(|channel| channel.peer_cause)
    }

    /// Sets the language of prompts.
    pub fn set_language(&mut self, key: ChannelKey, language: &str) {
        self.change(key, |channel| language.clone_into(&mut channel.language));
    }

    pub(crate) fn tell_leg(&mut self, key: ChannelKey, command: impl FnOnce(LegId) -> Command) {
        if let Some(leg) = self.channels.get(key).and_then(|channel| channel.leg) {
            self.rack.tell_leg(leg, command(leg));
        }
    }

    pub(super) fn tell_owner(&mut self, key: ChannelKey, progress: Branch) {
        if let Some(owner) = self.owner(key) {
            self.notify(owner, Notice::Branch { channel: key, progress });
        }
    }

    pub(super) fn tell_dial(&mut self, key: ChannelKey, status: DialStatus) {
        let caller = self.owner(key).and_then(|owner| self.snapshot(owner));
        let Some(channel) = self.channels.get(key) else { return };
        let shows_string = channel.dialing != Some(Dialing::Created) || status == DialStatus::Dialing;
        let dial_string = if shows_string { channel.dial_string.clone() } else { String::new() };
        self.tell(key, |peer| Event::Dialed { caller, peer, status, dial_string });
    }
}
