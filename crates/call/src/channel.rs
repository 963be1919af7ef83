//! Channels: one leg each as an application sees it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use media::{Command, Digits, LegId, PlayerId, Way};
use rtp::StreamConfig;

use crate::BridgeKey;
use crate::cause::Cause;
use crate::event::{DialStatus, Event};
use crate::model::Calls;
use crate::rack::PortCredit;
use crate::script::{Branch, Notice};
use crate::snapshot::{ChannelSnapshot, Party, Position, UnixMs};

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
    /// A Stasis application.
    Application {
        /// Its name.
        application: String,
        /// What it is given with StasisStart.
        args: Vec<String>,
    },
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
    /// Send the far end elsewhere (302 before the answer, REFER after).
    Redirect {
        /// Where to: an endpoint's resource or a URI.
        to: String,
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
    pub bridge: Option<BridgeKey>,
    pub music: Option<Music>,
    pub owner: Option<ChannelKey>,
    /// Whether it ever dialled another.
    pub has_branches: bool,
    pub launch: Option<Launch>,
    pub codecs: Vec<rtp::Codec>,
    pub dialing: Option<Dialing>,
    /// Name and data of the application that is shown where none runs.
    pub resting: (String, String),
    pub progressed: bool,
    pub dial_deadline: Option<Duration>,
    /// Set once the channel is on its way out.
    pub leaving: Option<Cause>,
    pub tech_cause: Option<u16>,
    /// How what the channel dialled last ended.
    pub peer_cause: Option<Cause>,
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
    /// Whether the two ends' media may flow by now.
    fn has_media(&self) -> bool {
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
            bridge: None,
            music: None,
            owner: new.owner,
            has_branches: false,
            launch: None,
            codecs: Vec::new(),
            dialing: None,
            resting: (String::new(), String::new()),
            progressed: false,
            dial_deadline: None,
            leaving: None,
            tech_cause: None,
            peer_cause: None,
            snapshot: None,
        });
        self.channel_ids.insert(id, key);
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
        let channel = self.channels.get_mut(key)?;
        if channel.snapshot.is_none() {
            channel.snapshot = Some(Arc::new(ChannelSnapshot {
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
                reported_variables: BTreeMap::new(),
            }));
        }
        channel.snapshot.clone()
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

    /// Makes the script of another channel answer for this one, or nobody.
    pub fn set_owner(&mut self, key: ChannelKey, owner: Option<ChannelKey>) {
        if let Some(owner) = owner {
            self.change(owner, |channel| channel.has_branches = true);
        }
        self.change(key, |channel| channel.owner = owner);
    }

    fn set_state(&mut self, key: ChannelKey, state: ChannelState) {
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
        let told = moved && !position.app_name.is_empty();
        self.change(key, |channel| channel.dialplan = position);
        if told {
            self.tell(key, |channel| Event::ChannelDialplanChanged { channel });
        }
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

    // ---- asked by scripts and applications ----

    /// What the channel begins with once it is answered.
    pub fn launch_on_answer(&mut self, key: ChannelKey, launch: Launch) {
        self.change(key, |channel| channel.launch = Some(launch));
    }

    /// What the channel begins with now.
    pub fn launch(&mut self, key: ChannelKey, launch: Launch) {
        self.launches.push_back((key, launch));
    }

    /// The formats to offer to an outgoing channel, in Asterisk's names; the endpoint's own where empty.
    pub fn set_formats(&mut self, key: ChannelKey, formats: &[String]) {
        let codecs = formats.iter().filter_map(|name| rtp::Codec::from_asterisk_name(name)).collect();
        self.change(key, |channel| channel.codecs = codecs);
    }

    /// The codecs to offer, where they are not the endpoint's own.
    pub fn codecs(&self, key: ChannelKey) -> &[rtp::Codec] {
        self.channels.get(key).map_or(&[], |channel| &channel.codecs)
    }

    /// Places the call of an outgoing channel; nobody answering within `timeout` ends it with cause 19.
    pub fn dial(&mut self, key: ChannelKey, dialing: Dialing, timeout: Option<Duration>) {
        let Some(channel) = self.channels.get_mut(key) else { return };
        channel.dialing = Some(dialing);
        if dialing != Dialing::Created {
            let at = &channel.dialplan;
            channel.resting = (at.app_name.clone(), at.app_data.clone());
        }
        if let Some(timeout) = timeout {
            let at = self.time.now.saturating_add(timeout);
            channel.dial_deadline = Some(at);
            self.timers.insert((at, key));
        }
        self.verbs.push_back((key, Verb::Dial));
        self.tell_dial(key, DialStatus::Dialing);
    }

    /// Whether the channel was dialled already.
    pub fn was_dialed(&self, key: ChannelKey) -> bool {
        self.channels.get(key).is_some_and(|channel| channel.dialing.is_some())
    }

    /// Answers an incoming call; nothing where it is answered already.
    pub fn answer(&mut self, key: ChannelKey) {
        if self.is_staying(key) && self.state(key) == Some(ChannelState::Ring) {
            self.verbs.push_back((key, Verb::Answer));
            self.set_state(key, ChannelState::Up);
        }
    }

    /// Tells an incoming caller that it rings.
    pub fn ring(&mut self, key: ChannelKey) {
        if self.is_staying(key) && self.state(key) == Some(ChannelState::Ring) {
            self.verbs.push_back((key, Verb::Ring));
        }
    }

    /// Opens early media to an incoming caller, once.
    pub fn progress(&mut self, key: ChannelKey) {
        if self.is_staying(key)
            && let Some(channel) = self.channels.get_mut(key)
            && channel.state == ChannelState::Ring
            && !channel.progressed
        {
            channel.progressed = true;
            self.verbs.push_back((key, Verb::Progress));
        }
    }

    /// Sends the far end elsewhere.
    pub fn redirect(&mut self, key: ChannelKey, to: String) {
        if self.is_staying(key) {
            self.verbs.push_back((key, Verb::Redirect { to }));
        }
    }

    /// Silences one way of the channel, or lets it be heard again.
    pub fn mute(&mut self, key: ChannelKey, way: Way, on: bool) {
        self.tell_leg(key, |leg| Command::Mute { leg, way, on });
    }

    /// Gives the far end back what it says, or stops doing so.
    pub fn echo(&mut self, key: ChannelKey, on: bool) {
        self.tell_leg(key, |leg| Command::Echo { leg, on });
    }

    /// Sends digits; [`Notice::DigitsSent`] follows.
    pub fn send_digits(&mut self, key: ChannelKey, digits: Digits) {
        self.progress(key);
        if self.channels.get(key).is_some_and(Channel::has_media) {
            self.tell_leg(key, |leg| Command::SendDigits { leg, digits });
        } else {
            self.notify(key, Notice::DigitsSent);
        }
    }

    /// Asks for the end of a channel on behalf of anybody but its far end. A channel on its way out stays so.
    pub fn request_hangup(&mut self, key: ChannelKey, cause: Cause) {
        self.begin_leaving(key, cause, Some((Some(Cause::SOFT), true)));
    }

    /// What is told of the request, if anything: the cause shown, and whether it is soft.
    fn begin_leaving(&mut self, key: ChannelKey, cause: Cause, told: Option<(Option<Cause>, bool)>) {
        if !self.is_staying(key) {
            return;
        }
        if let Some((cause, soft)) = told {
            let tech_cause = self.channels[key].tech_cause;
            self.tell(key, |channel| Event::ChannelHangupRequested { channel, cause, soft, tech_cause });
        }
        self.change(key, |channel| channel.leaving = Some(cause));
        self.leave_bridge(key);
        self.break_playbacks(key);
        // The switch sees that the channel leaves, and unwinds its scripts.
        self.notify(key, Notice::Poked);
    }

    /// Nobody answered in time.
    pub(crate) fn dial_timed_out(&mut self, key: ChannelKey) {
        let Some(channel) = self.channels.get_mut(key) else { return };
        channel.dial_deadline = None;
        let told = match channel.dialing {
            // Asterisk's originate gives up without a word but the last.
            Some(Dialing::Originated) => {
                channel.dialing = None;
                None
            }
            Some(Dialing::Created | Dialing::Branch) | None => Some((Some(Cause::SOFT), true)),
        };
        self.begin_leaving(key, Cause::NO_ANSWER, told);
    }

    /// Ends a channel whose dialplan came to its end: told as a request of our own, as in Asterisk.
    pub fn end_of_dialplan(&mut self, key: ChannelKey, cause: Cause) {
        if self.is_staying(key) {
            let shown = if cause == Cause::UNKNOWN { Cause::NORMAL } else { cause };
            self.tell(key, |channel| Event::ChannelHangupRequested {
                channel,
                cause: Some(shown),
                soft: true,
                tech_cause: None,
            });
        }
        self.end(key, cause);
    }

    /// Ends a channel that nobody asks to end: no request is told.
    pub fn end(&mut self, key: ChannelKey, cause: Cause) {
        self.change(key, |channel| {
            channel.leaving.get_or_insert(cause);
        });
        self.destroy(key);
    }

    /// Takes a channel that is on its way out, and has no script any more, out of the model.
    pub fn destroy(&mut self, key: ChannelKey) {
        let Some(channel) = self.channels.get(key) else { return };
        let cause = channel.leaving.unwrap_or(Cause::NORMAL);
        let (owner, deadline, tech_cause) = (channel.owner, channel.dial_deadline, channel.tech_cause);
        self.change(key, |channel| channel.leaving = Some(cause));
        self.leave_bridge(key);
        self.break_playbacks(key);
        self.stop_recording_at_channel(key);
        self.stop_music(key);
        self.hang_up_branches(key, None);
        if let Some(deadline) = deadline {
            self.timers.remove(&(deadline, key));
        }
        let told = matches!(self.channels[key].dialing, Some(Dialing::Originated | Dialing::Branch));
        if told && self.state(key) != Some(ChannelState::Up) {
            self.tell_dial(key, status_of(cause, owner.is_some()));
        }
        self.verbs.push_back((key, Verb::Hangup { cause }));
        self.change(key, |channel| {
            (channel.dialplan.app_name, channel.dialplan.app_data) = std::mem::take(&mut channel.resting);
        });
        self.tell(key, |channel| Event::ChannelDestroyed { channel, cause, tech_cause });
        if let Some(leg) = self.channels[key].leg {
            self.rack.close(leg);
        }
        if let Some(channel) = self.channels.remove(key) {
            self.channel_ids.remove(&channel.id);
        }
        if let Some(owner) = owner {
            self.notify(owner, Notice::Branch { channel: key, progress: Branch::Ended { cause } });
        }
    }

    /// Hangs up what a channel dialled, but for one.
    pub fn hang_up_branches(&mut self, owner: ChannelKey, but: Option<ChannelKey>) {
        if !self.channels.get(owner).is_some_and(|channel| channel.has_branches) {
            return;
        }
        let branches: Vec<ChannelKey> = self
            .channels
            .iter()
            .filter(|(key, channel)| channel.owner == Some(owner) && Some(*key) != but)
            .map(|(key, _)| key)
            .collect();
        let cause = if but.is_some() { Cause::ANSWERED_ELSEWHERE } else { Cause::NORMAL };
        for branch in branches {
            self.request_hangup(branch, cause);
        }
    }

    // ---- told by technologies ----

    /// Opens the channel's RTP leg and gives the port pair to offer; `None` where no port is free or the channel is
    /// gone. A second call gives the same leg's port no more: ask [`Calls::has_leg`].
    pub fn open_leg(&mut self, key: ChannelKey, want: IpAddr) -> Option<PortCredit> {
        if self.channels.get(key)?.leg.is_some() {
            return None;
        }
        let (leg, credit) = self.rack.open_rtp(key, want.is_ipv6())?;
        self.change(key, |channel| channel.leg = Some(leg));
        self.rejoin(key);
        Some(credit)
    }

    /// Whether the channel has a leg.
    pub fn has_leg(&self, key: ChannelKey) -> bool {
        self.channels.get(key).is_some_and(Channel::has_media)
    }

    /// Gives the channel's leg the outcome of offer/answer.
    pub fn configure_leg(&mut self, key: ChannelKey, stream: StreamConfig) {
        self.tell_leg(key, |leg| Command::Configure { leg, stream: Box::new(stream) });
    }

    /// The far end of an outgoing channel rings.
    pub fn ringing(&mut self, key: ChannelKey) {
        if self.is_staying(key) && self.state(key) == Some(ChannelState::Down) {
            self.set_state(key, ChannelState::Ringing);
            self.tell_dial(key, DialStatus::Ringing);
            self.tell_owner(key, Branch::Ringing);
        }
    }

    /// The far end of an outgoing channel sends early media.
    pub fn progressed(&mut self, key: ChannelKey) {
        if self.is_staying(key) && self.state(key) != Some(ChannelState::Up) {
            self.tell_dial(key, DialStatus::Progress);
            self.tell_owner(key, Branch::Progress);
        }
    }

    /// The far end of an outgoing channel answered.
    pub fn answered(&mut self, key: ChannelKey) {
        if !self.is_staying(key) || self.state(key) == Some(ChannelState::Up) {
            return;
        }
        if let Some(at) = self.channels[key].dial_deadline.take() {
            self.timers.remove(&(at, key));
        }
        self.set_state(key, ChannelState::Up);
        self.tell_dial(key, DialStatus::Answer);
        self.tell_owner(key, Branch::Answered);
        if let Some(launch) = self.channels[key].launch.take() {
            self.launches.push_back((key, launch));
        }
    }

    /// The far end ended the call, or never took it. `tech_cause` is the technology's own code (SIP: the status).
    pub fn hung_up(&mut self, key: ChannelKey, cause: Cause, tech_cause: Option<u16>) {
        if self.is_staying(key) {
            self.change(key, |channel| channel.tech_cause = tech_cause);
            // An answered call that ends normally shows a cause only where it was in a bridge.
            let talks = self.bridge_of(key).is_some_and(|bridge| !self.is_holding(bridge));
            let quiet = cause == Cause::NORMAL && !talks;
            self.begin_leaving(key, cause, Some(((!quiet).then_some(cause), false)));
        }
    }

    /// The far end put us on hold (`true`) or took us off it.
    pub fn held(&mut self, key: ChannelKey, on: bool) {
        if on {
            self.tell(key, |channel| Event::ChannelHeld { channel, music_class: None });
        } else {
            self.tell(key, |channel| Event::ChannelUnheld { channel });
        }
    }

    /// The far end pressed a digit, whichever way it came.
    pub fn digit(&mut self, key: ChannelKey, digit: char, duration_ms: u32) {
        if !self.is_staying(key) {
            return;
        }
        self.tell(key, |channel| Event::ChannelDigitReceived { channel, digit, duration_ms });
        self.end_recordings_by_digit(key, digit);
        self.notify(key, Notice::Digit { digit, duration_ms });
    }

    pub(crate) fn tell_leg(&mut self, key: ChannelKey, command: impl FnOnce(LegId) -> Command) {
        if let Some(leg) = self.channels.get(key).and_then(|channel| channel.leg) {
            self.rack.tell_leg(leg, command(leg));
        }
    }

    fn tell_owner(&mut self, key: ChannelKey, progress: Branch) {
        if let Some(owner) = self.owner(key) {
            self.notify(owner, Notice::Branch { channel: key, progress });
        }
    }

    fn tell_dial(&mut self, key: ChannelKey, status: DialStatus) {
        let caller = self.owner(key).and_then(|owner| self.snapshot(owner));
        let Some(channel) = self.channels.get(key) else { return };
        let shows_string = channel.dialing != Some(Dialing::Created) || status == DialStatus::Dialing;
        let dial_string = if shows_string { channel.dial_string.clone() } else { String::new() };
        self.tell(key, |peer| Event::Dialed { caller, peer, status, dial_string });
    }
}

fn status_of(cause: Cause, is_branch: bool) -> DialStatus {
    match cause {
        Cause::NORMAL if !is_branch => DialStatus::NoAnswer,
        Cause::BUSY => DialStatus::Busy,
        Cause::NO_ANSWER | Cause::NO_USER_RESPONSE => DialStatus::NoAnswer,
        Cause::NORMAL | Cause::ANSWERED_ELSEWHERE => DialStatus::Cancel,
        Cause::SUBSCRIBER_ABSENT | Cause::NO_ROUTE | Cause::UNALLOCATED => DialStatus::ChanUnavail,
        Cause(_) => DialStatus::Congestion,
    }
}
