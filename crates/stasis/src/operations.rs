//! What each command does. One function a kind of resource; each command is answered exactly once.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use call::bridge::{BridgeClass, BridgeFailure};
use call::channel::{CreateFailure, LONGEST_ID};
use call::playback::{ControlRefused, NewPlayback, Place};
use call::recording::RecordingRefused;
use call::{
    BridgeKey, Calls, ChannelKey, ChannelState, Dialing, EndpointState, Launch, Location, NewChannel,
    OpenFailure, Party, PlaybackKey, Position, RecordingKey, Technology,
};

use crate::application::{Source, Stasis};
use crate::command::*;
use crate::control::{Control, Owed};
use crate::reply::{Answer, Refusal, Reply};
use crate::route::Message;

/// What goes on once a recording's file is open.
pub(crate) enum Opening {
    /// The channel records it in its turn, after a beep.
    Channel(ChannelKey, bool),
    /// The bridge begins at once.
    Bridge(BridgeKey, bool),
}

/// What a context and label of the dialplan stand for: asked of whoever has the dialplan.
pub trait Labels {
    /// The priority of a label, `None` where it is not there.
    fn priority_of(&self, context: &str, exten: &str, label: &str) -> Option<u32>;
}

impl Stasis {
    /// Works one command. Its reply comes from [`Stasis::next_reply`], now or later.
    pub fn command(&mut self, calls: &mut Calls, labels: &dyn Labels, ticket: Ticket, command: Command) {
        self.pump(calls);
        let reply = match command {
            Command::Connect { session, applications, subscribe_all } => {
                self.connect(calls, session, &applications, subscribe_all);
                Some(Ok(Answer::Done))
            }
            Command::Control { channel, command } => {
                self.channel_command(calls, labels, ticket, &channel, *command).transpose_reply()
            }
            Command::Bridge { bridge, command } => {
                self.bridge_command(calls, ticket, &bridge, *command).transpose_reply()
            }
            Command::Channels
            | Command::Channel(_)
            | Command::Originate(_)
            | Command::Create(_)
            | Command::Hangup { .. }
            | Command::ChannelVariables { .. } => Some(self.channels(calls, labels, command)),
            Command::Bridges | Command::CreateBridge { .. } => Some(bridges(calls, command)),
            Command::Playback(_) | Command::StopPlayback(_) | Command::ControlPlayback { .. } => {
                Some(playbacks(calls, command))
            }
            Command::LiveRecording(_) | Command::StopRecording { .. } | Command::ControlRecording { .. } => {
                Some(recordings(calls, command))
            }
            Command::Applications
            | Command::Application(_)
            | Command::Subscribe { .. }
            | Command::Unsubscribe { .. }
            | Command::Filter { .. }
            | Command::UserEvent { .. } => Some(self.applications_command(calls, command)),
            Command::Endpoints | Command::EndpointsOf(_) | Command::Endpoint { .. } => {
                Some(endpoints(calls, command))
            }
            Command::GlobalVariable(name) => {
                let value = calls.variable(None, &name).unwrap_or_default();
                Some(Ok(Answer::Variables(vec![(name, value)])))
            }
            Command::SetGlobalVariable { name, value } => {
                calls.set_variable(None, &name, Some(value));
                Some(Ok(Answer::Done))
            }
        };
        if let Some(reply) = reply {
            self.reply(ticket, reply);
        }
    }

    fn channels(&mut self, calls: &mut Calls, labels: &dyn Labels, command: Command) -> Reply {
        match command {
            Command::Channels => {
                let keys: Vec<ChannelKey> = calls.channels().collect();
                Ok(Answer::Channels(keys.into_iter().filter_map(|key| calls.snapshot(key)).collect()))
            }
            Command::Channel(id) => {
                let key = calls.channel_by_id(&id).ok_or(Refusal::NoSuchChannel)?;
                calls.snapshot(key).map(Answer::Channel).ok_or(Refusal::NoSuchChannel)
            }
            Command::Originate(new) => self.make(calls, labels, *new, true),
            Command::Create(new) => self.make(calls, labels, *new, false),
            Command::Hangup { channel, cause } => {
                let key = calls.channel_by_id_or_name(&channel).ok_or(Refusal::NoSuchChannel)?;
                calls.request_hangup(key, cause);
                Ok(Answer::Done)
            }
            Command::ChannelVariables { channel, names } => {
                let key = calls.channel_by_id_or_name(&channel).ok_or(Refusal::NoSuchChannel)?;
                let read = |name: String| Ok((name.clone(), read_variable(calls, key, &name)?));
                Ok(Answer::Variables(names.into_iter().map(read).collect::<Result<_, Refusal>>()?))
            }
            _ => Err(Refusal::NoSuchChannel),
        }
    }

    /// Originate dials at once and hands over on answer; create hands over at once and dials when asked.
    fn make(&mut self, calls: &mut Calls, labels: &dyn Labels, new: NewCall, originate: bool) -> Reply {
        let (technology, resource) = new.endpoint.split_once('/').ok_or(Refusal::CannotCreate)?;
        let technology = Technology::from_word(technology).ok_or(Refusal::CannotCreate)?;
        let originator = match &new.originator {
            None => None,
            Some(id) => match calls.channel_by_id_or_name(id) {
                None if originate => return Err(Refusal::NoSuchOriginator),
                key => key.and_then(|key| calls.snapshot(key)),
            },
        };
        if new.channel_id.as_ref().is_some_and(|id| id.len() > LONGEST_ID) {
            return Err(Refusal::CannotCreate);
        }
        let endpoint = endpoint_of(resource);
        let state = calls.endpoint(technology, endpoint).map(|endpoint| endpoint.state);
        // With a URI of its own (`endpoint/sip:…`) a call needs no contact.
        let names_target = resource.contains("/sip:") || resource.contains("/sips:");
        let online = matches!(state, Some(EndpointState::Online | EndpointState::Unknown));
        if !online && (!names_target || state.is_none()) {
            return Err(Refusal::CannotCreate);
        }
        let context = calls.endpoint_context(technology, endpoint).unwrap_or("default").to_owned();
        let party = new.caller_id.as_deref().map(Party::parse).unwrap_or_default();
        let (launch, position, application) = match new.destination {
            Destination::Application { application, args } => {
                let position = position(&context);
                (Launch::Application { application: application.clone(), args }, position, Some(application))
            }
            Destination::Dialplan { mut location, label } => {
                if let Some(label) = label {
                    location.priority = priority_of(labels, &location.context, &location.exten, &label)?;
                }
                (Launch::Dialplan(location), position(&context), None)
            }
        };
        let key = calls
            .create(NewChannel {
                id: new.channel_id.map(Arc::from),
                technology,
                endpoint: endpoint.into(),
                dial_string: resource.to_owned(),
                state: ChannelState::Down,
                protocol_id: Arc::from(""),
                caller: party.clone(),
                connected: if new.caller_id.is_some() { party } else { Party::default() },
                dialplan: position,
                account_code: originator.as_ref().map(|from| from.account_code.clone()).unwrap_or_default(),
                language: originator.as_ref().map(|from| from.language.clone()).unwrap_or_default(),
                variables: new.variables,
                owner: None,
                launch: None,
            })
            .map_err(|failure| match failure {
                CreateFailure::Full => Refusal::Full,
                CreateFailure::DuplicateId => Refusal::ChannelIdInUse,
            })?;
        calls.set_formats(key, &new.formats);
        if originate {
            calls.set_application(key, "AppDial2", "(Outgoing Line)");
        }
        let snapshot = calls.snapshot(key).ok_or(Refusal::CannotCreate)?;
        if let Some(application) = application {
            // It hears of the channel from now on, not of how it came to be.
            self.pump(calls);
            self.follow_channel(&application, &snapshot.id);
        }
        if originate {
            calls.launch_on_answer(key, launch);
            calls.dial(key, Dialing::Originated, new.timeout_ms.map(|ms| Duration::from_millis(ms.into())));
        } else {
            calls.launch(key, launch);
        }
        Ok(Answer::Channel(snapshot))
    }

    fn follow_channel(&mut self, application: &str, channel: &Arc<str>) {
        if let Some(application) = self.applications.get_mut(application) {
            application.subscribe(&Source::Channel(channel.to_string()));
        }
    }

    /// The channel of a control command: it has to be there and in an application.
    fn controlled_channel(&self, calls: &Calls, id: &str) -> Result<ChannelKey, Refusal> {
        let key = match calls.channel_by_id(id) {
            Some(key) => key,
            // A name is no id, but the channel is there: refused as one that is in no application.
            None if calls.channel_by_id_or_name(id).is_some() => return Err(Refusal::NotInApplication),
            None => return Err(Refusal::NoSuchChannel),
        };
        if self.controlled.contains_key(&key) { Ok(key) } else { Err(Refusal::NotInApplication) }
    }

    fn push(&self, key: ChannelKey, control: Control, owed: Option<Rc<Owed>>) -> Result<(), Refusal> {
        let taken = self.controlled.get(&key).is_some_and(|channel| channel.desk.push(control, owed));
        if taken { Ok(()) } else { Err(Refusal::NotInApplication) }
    }

    /// `Ok(None)` where the reply comes later.
    fn channel_command(
        &mut self,
        calls: &mut Calls,
        labels: &dyn Labels,
        ticket: Ticket,
        channel: &str,
        command: ChannelCommand,
    ) -> Result<Option<Answer>, Refusal> {
        let key = self.controlled_channel(calls, channel)?;
        let any_state = matches!(
            command,
            ChannelCommand::Move { .. }
                | ChannelCommand::Record(_)
                | ChannelCommand::SetVariable { .. }
                | ChannelCommand::Dial { .. }
        );
        if !any_state && !matches!(calls.state(key), Some(ChannelState::Up | ChannelState::Ring)) {
            return Err(Refusal::WrongState);
        }
        let mut owed = None;
        let mut answer = Some(Answer::Done);
        let control = match command {
            ChannelCommand::Answer => {
                owed = Some(Owed::new(ticket, 1, self.replies.clone()));
                Control::Answer
            }
            ChannelCommand::SetVariable { name, value } => {
                owed = Some(Owed::new(ticket, 1, self.replies.clone()));
                Control::SetVariable { name, value }
            }
            ChannelCommand::Ring => Control::Ring,
            ChannelCommand::Progress => Control::Progress,
            ChannelCommand::SendDigits(digits) => Control::Digits(digits),
            ChannelCommand::Mute(direction) => Control::Mute(direction, true),
            ChannelCommand::Unmute(direction) => Control::Mute(direction, false),
            ChannelCommand::Hold => Control::StartMusic(String::new()),
            ChannelCommand::StartMusic(class) => Control::StartMusic(class),
            ChannelCommand::Unhold | ChannelCommand::StopMusic => Control::StopMusic,
            // Nothing sounds as soon as nothing plays: there is no ring tone of ours and no silence to begin or end.
            ChannelCommand::StopRinging | ChannelCommand::StartSilence | ChannelCommand::StopSilence => {
                return Ok(answer);
            }
            ChannelCommand::Continue { context, extension, priority, label } => {
                let target = continue_target(calls, labels, key, context, extension, priority, label)?;
                Control::Continue(target)
            }
            ChannelCommand::Move { application, args } => Control::Move { application, args },
            ChannelCommand::Redirect { endpoint } => Control::Redirect { to: redirect_target(&endpoint)? },
            ChannelCommand::Dial { caller, timeout_ms } => {
                if calls.was_dialed(key) || calls.state(key) != Some(ChannelState::Down) {
                    return Err(Refusal::NotDialable);
                }
                if let Some(caller) = caller.and_then(|id| calls.channel_by_id_or_name(&id)) {
                    inherit(calls, key, caller);
                }
                Control::Dial { timeout: timeout_ms.map(|ms| Duration::from_millis(ms.into())) }
            }
            ChannelCommand::Play(play) => {
                let playback = queue(calls, Place::Channel(key), play)?;
                answer = calls.playback_snapshot(playback).map(Answer::Playback);
                Control::Play(playback)
            }
            ChannelCommand::Record(record) => {
                self.open(calls, ticket, Place::Channel(key), record, Opening::Channel(key, false))?;
                return Ok(None);
            }
        };
        let later = owed.is_some();
        self.push(key, control, owed)?;
        calls.notify(key, call::Notice::Poked);
        Ok(if later { None } else { answer })
    }

    fn open(
        &mut self,
        calls: &mut Calls,
        ticket: Ticket,
        place: Place,
        record: Record,
        opening: Opening,
    ) -> Result<(), Refusal> {
        let name = record.options.name.to_string();
        let opening = match opening {
            Opening::Channel(key, _) => Opening::Channel(key, record.beep),
            Opening::Bridge(key, _) => Opening::Bridge(key, record.beep),
        };
        let recording = calls.open_recording(place, record.options).ok_or(Refusal::RecordingExists(name))?;
        self.opening.insert(recording, (ticket, opening));
        Ok(())
    }

    /// The disk opened a recording's file, or could not: the command that asked for it is answered.
    pub fn recording_opened(
        &mut self,
        calls: &mut Calls,
        recording: RecordingKey,
        result: Result<(), OpenFailure>,
    ) {
        let Some((ticket, opening)) = self.opening.remove(&recording) else {
            calls.recording_opened(recording, result);
            return;
        };
        let name = calls.recording_snapshot(recording).map(|snapshot| snapshot.name.to_string());
        let refusal = match &result {
            Ok(()) => None,
            Err(OpenFailure::Exists) => Some(Refusal::RecordingExists(name.unwrap_or_default())),
            Err(OpenFailure::Outside) => Some(Refusal::RecordingOutside),
            Err(OpenFailure::Disk(why)) => Some(Refusal::RecordingDisk(why.clone())),
        };
        let snapshot = calls.recording_snapshot(recording);
        if !calls.recording_opened(recording, result) {
            self.reply(ticket, Err(refusal.unwrap_or(Refusal::Ended)));
            return;
        }
        let reply = snapshot.map(Answer::Recording).ok_or(Refusal::Ended);
        self.reply(ticket, reply);
        match opening {
            Opening::Bridge(place, beep) => {
                if let Some(beep) = beep.then(|| beep_for(calls, Place::Bridge(place))).flatten() {
                    calls.start_playback(beep);
                }
                calls.start_recording(recording);
            }
            Opening::Channel(key, beep) => {
                let beep = beep.then(|| beep_for(calls, Place::Channel(key))).flatten();
                if self.push(key, Control::Record { recording, beep }, None).is_ok() {
                    calls.notify(key, call::Notice::Poked);
                } else {
                    calls.abandon_recording(recording);
                }
            }
        }
    }

    fn bridge_command(
        &mut self,
        calls: &mut Calls,
        ticket: Ticket,
        bridge: &str,
        command: BridgeCommand,
    ) -> Result<Option<Answer>, Refusal> {
        let key = calls.bridge_by_id(bridge).ok_or(Refusal::NoSuchBridge)?;
        let reading = matches!(command, BridgeCommand::Get | BridgeCommand::Variables(_));
        if !reading && calls.bridge_class(key) != Some(BridgeClass::Application) {
            return Err(Refusal::ForeignBridge);
        }
        Ok(Some(match command {
            BridgeCommand::Get => {
                calls.bridge_snapshot(key).map(Answer::Bridge).ok_or(Refusal::NoSuchBridge)?
            }
            BridgeCommand::Destroy => {
                calls.destroy_bridge(key);
                Answer::Done
            }
            BridgeCommand::Add { channels, join } => {
                let members = self.members(calls, &channels)?;
                if members.iter().any(|member| calls.is_recorded(*member)) {
                    return Err(Refusal::MemberRecorded);
                }
                return self.each(calls, ticket, &members, || Control::Join { bridge: key, join });
            }
            BridgeCommand::Remove { channels } => {
                let members = self.members(calls, &channels)?;
                if members.iter().any(|member| calls.bridge_of(*member) != Some(key)) {
                    return Err(Refusal::NotInThisBridge);
                }
                return self.each(calls, ticket, &members, || Control::Leave { bridge: key });
            }
            BridgeCommand::StartMusic(class) => {
                calls.start_bridge_music(key, &class);
                Answer::Done
            }
            BridgeCommand::StopMusic if calls.stop_bridge_music(key) => Answer::Done,
            BridgeCommand::StopMusic => return Err(Refusal::NoMusic),
            BridgeCommand::Play(play) => {
                let playback = queue(calls, Place::Bridge(key), play)?;
                let snapshot = calls.playback_snapshot(playback).ok_or(Refusal::NoSuchBridge)?;
                calls.start_playback(playback);
                Answer::Playback(snapshot)
            }
            BridgeCommand::Record(record) => {
                self.open(calls, ticket, Place::Bridge(key), record, Opening::Bridge(key, false))?;
                return Ok(None);
            }
            BridgeCommand::Variables(names) => {
                let read = |name: String| {
                    let value = calls.bridge_variable(key, &name).ok_or(Refusal::NoSuchVariable)?;
                    Ok((name.clone(), value.to_owned()))
                };
                Answer::Variables(names.into_iter().map(read).collect::<Result<_, Refusal>>()?)
            }
            BridgeCommand::SetVariables(variables) => {
                for (name, value) in variables {
                    calls.set_bridge_variable(key, &name, value);
                }
                Answer::Done
            }
        }))
    }

    fn members(&self, calls: &Calls, ids: &[String]) -> Result<Vec<ChannelKey>, Refusal> {
        let member = |id: &String| match self.controlled_channel(calls, id) {
            Ok(key) => Ok(key),
            Err(Refusal::NotInApplication) => Err(Refusal::MemberNotInApplication),
            Err(_) => Err(Refusal::NoSuchMember),
        };
        if ids.is_empty() {
            return Err(Refusal::NoSuchMember);
        }
        ids.iter().map(member).collect()
    }

    fn each(
        &self,
        calls: &mut Calls,
        ticket: Ticket,
        members: &[ChannelKey],
        control: impl Fn() -> Control,
    ) -> Result<Option<Answer>, Refusal> {
        let owed = Owed::new(ticket, members.len(), self.replies.clone());
        for member in members {
            if self.push(*member, control(), Some(owed.clone())).is_err() {
                owed.refuse(Refusal::MemberNotInApplication);
            }
            calls.notify(*member, call::Notice::Poked);
        }
        Ok(None)
    }

    fn applications_command(&mut self, calls: &mut Calls, command: Command) -> Reply {
        match command {
            Command::Applications => Ok(Answer::Applications(self.all_applications())),
            Command::Application(name) => Ok(Answer::Application(self.application(&name)?)),
            Command::Subscribe { application, sources } => {
                self.application(&application)?;
                for source in &sources {
                    let source = Source::parse(source).ok_or(Refusal::BadSource)?;
                    exists(calls, &source)?;
                    if let Some(entry) = self.applications.get_mut(application.as_str()) {
                        entry.subscribe(&source);
                    }
                }
                Ok(Answer::Application(self.application(&application)?))
            }
            Command::Unsubscribe { application, sources } => {
                self.application(&application)?;
                for source in &sources {
                    let source = Source::parse(source).ok_or(Refusal::BadSource)?;
                    let entry = self.applications.get_mut(application.as_str());
                    if !entry.is_some_and(|entry| entry.unsubscribe(&source)) {
                        return Err(Refusal::NotSubscribed);
                    }
                }
                let snapshot = self.application(&application)?;
                self.forget_idle();
                Ok(Answer::Application(snapshot))
            }
            Command::Filter { application, allowed, disallowed } => {
                let entry =
                    self.applications.get_mut(application.as_str()).ok_or(Refusal::NoSuchApplication)?;
                if let Some(allowed) = allowed {
                    entry.filter.allowed = allowed;
                }
                if let Some(disallowed) = disallowed {
                    entry.filter.disallowed = disallowed;
                }
                Ok(Answer::Application(self.application(&application)?))
            }
            Command::UserEvent { application, name, sources, variables } => {
                self.user_event(calls, &application, name, &sources, variables)
            }
            _ => Err(Refusal::NoSuchApplication),
        }
    }

    fn user_event(
        &mut self,
        calls: &mut Calls,
        application: &str,
        name: String,
        sources: &[String],
        variables: String,
    ) -> Reply {
        if !self.is_registered(application) {
            return Err(Refusal::NoSuchApplication);
        }
        let (mut channel, mut bridge, mut endpoint) = (None, None, None);
        for source in sources {
            let source = Source::parse(source).ok_or(Refusal::BadSource)?;
            exists(calls, &source)?;
            match &source {
                Source::Channel(id) => channel = calls.channel_by_id(id).and_then(|key| calls.snapshot(key)),
                Source::Bridge(id) => {
                    bridge = calls.bridge_by_id(id).and_then(|key| calls.bridge_snapshot(key));
                }
                Source::Endpoint(id) => endpoint = find_endpoint(calls, id),
                Source::Device(_) => return Err(Refusal::BadSource),
            }
        }
        let message = Arc::new(Message::UserEvent { name, variables, channel, bridge, endpoint });
        self.tell(&Arc::from(application), calls.time().unix_ms, message);
        Ok(Answer::Done)
    }
}

trait TransposeReply {
    fn transpose_reply(self) -> Option<Reply>;
}

impl TransposeReply for Result<Option<Answer>, Refusal> {
    fn transpose_reply(self) -> Option<Reply> {
        self.transpose()
    }
}

fn bridges(calls: &mut Calls, command: Command) -> Reply {
    match command {
        Command::CreateBridge { id, name, kind, variables, or_rename } => {
            let existing = id.as_deref().and_then(|id| calls.bridge_by_id(id));
            let key = match existing {
                Some(key) if or_rename && calls.bridge_class(key) == Some(BridgeClass::Application) => {
                    calls.rename_bridge(key, &name);
                    key
                }
                Some(_) => return Err(Refusal::BridgeIdInUse(id.unwrap_or_default())),
                None => calls
                    .create_bridge(id.clone().map(Arc::from), &name, kind, BridgeClass::Application)
                    .map_err(|failure| match failure {
                        BridgeFailure::Full => Refusal::TooManyBridges,
                        BridgeFailure::DuplicateId => Refusal::BridgeIdInUse(id.unwrap_or_default()),
                    })?,
            };
            for (name, value) in variables {
                calls.set_bridge_variable(key, &name, Some(value));
            }
            calls.bridge_snapshot(key).map(Answer::Bridge).ok_or(Refusal::NoSuchBridge)
        }
        _ => {
            let keys: Vec<BridgeKey> = calls.bridges().collect();
            Ok(Answer::Bridges(keys.into_iter().filter_map(|key| calls.bridge_snapshot(key)).collect()))
        }
    }
}

fn playbacks(calls: &mut Calls, command: Command) -> Reply {
    let find = |calls: &Calls, id: &str| calls.playback_by_id(id).ok_or(Refusal::NoSuchPlayback);
    match command {
        Command::Playback(id) => {
            let key = find(calls, &id)?;
            calls.playback_snapshot(key).map(Answer::Playback).ok_or(Refusal::NoSuchPlayback)
        }
        Command::StopPlayback(id) => {
            let key = find(calls, &id)?;
            calls.stop_playback(key);
            Ok(Answer::Done)
        }
        Command::ControlPlayback { playback, control } => {
            let key = find(calls, &playback)?;
            calls.control_playback(key, control).map_err(|refused| match refused {
                ControlRefused::Gone => Refusal::NoSuchPlayback,
                ControlRefused::WrongState => Refusal::PlaybackState,
                ControlRefused::NotControllable => Refusal::NotControllable,
            })?;
            Ok(Answer::Done)
        }
        _ => Err(Refusal::NoSuchPlayback),
    }
}

fn recordings(calls: &mut Calls, command: Command) -> Reply {
    let find = |calls: &Calls, name: &str| calls.recording_by_name(name).ok_or(Refusal::NoSuchRecording);
    match command {
        Command::LiveRecording(name) => {
            let key = find(calls, &name)?;
            calls.recording_snapshot(key).map(Answer::Recording).ok_or(Refusal::NoSuchRecording)
        }
        Command::StopRecording { recording, discard } => {
            let key = find(calls, &recording)?;
            calls.stop_recording(key, discard);
            Ok(Answer::Done)
        }
        Command::ControlRecording { recording, control } => {
            let key = find(calls, &recording)?;
            calls.control_recording(key, control).map_err(|refused| match refused {
                RecordingRefused::Gone => Refusal::NoSuchRecording,
                RecordingRefused::NotBegun => Refusal::RecordingState,
            })?;
            Ok(Answer::Done)
        }
        _ => Err(Refusal::NoSuchRecording),
    }
}

fn endpoints(calls: &mut Calls, command: Command) -> Reply {
    match command {
        Command::EndpointsOf(technology) => {
            let technology = exact_technology(&technology).ok_or(Refusal::NoSuchTechnology)?;
            let all = calls.endpoints();
            let word = technology.word();
            Ok(Answer::Endpoints(all.into_iter().filter(|endpoint| endpoint.technology == word).collect()))
        }
        Command::Endpoint { technology, resource } => {
            let technology = exact_technology(&technology).ok_or(Refusal::NoSuchEndpoint)?;
            calls.endpoint(technology, &resource).map(Answer::Endpoint).ok_or(Refusal::NoSuchEndpoint)
        }
        _ => Ok(Answer::Endpoints(calls.endpoints())),
    }
}

/// A variable, or a function where the name ends with a parenthesis.
fn read_variable(calls: &mut Calls, key: ChannelKey, name: &str) -> Result<String, Refusal> {
    match name.split_once('(').and_then(|(function, rest)| Some((function, rest.strip_suffix(')')?))) {
        None => calls.variable(Some(key), name).ok_or(Refusal::NoSuchVariable),
        Some((function, argument)) => calls.function(key, function, argument).ok_or(Refusal::FunctionFailed),
    }
}

fn queue(calls: &mut Calls, place: Place, play: Play) -> Result<PlaybackKey, Refusal> {
    let Play { id, media, language, offset_ms, skip_ms } = play;
    let new = NewPlayback { id, media, language, offset_ms, skip_ms, told: true };
    calls.queue_playback(place, new).ok_or(Refusal::NoSuchChannel)
}

fn beep_for(calls: &mut Calls, place: Place) -> Option<PlaybackKey> {
    let media = vec!["tone:beep".to_owned()];
    let (id, language) = (Arc::from(""), String::new());
    let new = NewPlayback { id, media, language, offset_ms: 0, skip_ms: 0, told: false };
    calls.queue_playback(place, new)
}

/// The endpoint of a dial string: `alice`, `alice/sip:…`, `sip:…@host` by what comes before a slash.
fn endpoint_of(resource: &str) -> &str {
    resource.split('/').next().unwrap_or_default()
}

/// Where an outgoing channel stands until it is handed over.
fn position(context: &str) -> Position {
    Position { context: context.to_owned(), exten: "s".to_owned(), priority: 1, ..Position::default() }
}

/// In a path the technology's name counts by the letter.
fn exact_technology(word: &str) -> Option<Technology> {
    Technology::from_word(word).filter(|technology| technology.word() == word)
}

fn exists(calls: &Calls, source: &Source) -> Result<(), Refusal> {
    let there = match source {
        Source::Channel(id) => id.is_empty() || calls.channel_by_id(id).is_some(),
        Source::Bridge(id) => id.is_empty() || calls.bridge_by_id(id).is_some(),
        Source::Endpoint(id) => id.is_empty() || !id.contains('/') || find_endpoint(calls, id).is_some(),
        Source::Device(_) => true,
    };
    if there { Ok(()) } else { Err(Refusal::NoSuchSource) }
}

fn find_endpoint(calls: &Calls, id: &str) -> Option<Arc<call::EndpointSnapshot>> {
    let (technology, resource) = id.split_once('/')?;
    calls.endpoint(Technology::from_word(technology)?, resource)
}

fn redirect_target(endpoint: &str) -> Result<String, Refusal> {
    let (technology, resource) = endpoint.split_once('/').ok_or(Refusal::BadEndpoint)?;
    if resource.is_empty() {
        return Err(Refusal::BadEndpoint);
    }
    if Technology::from_word(technology).is_none() {
        return Err(Refusal::OtherTechnology);
    }
    Ok(resource.to_owned())
}

/// Where `continue` goes. Nothing given: after where the channel was. Only a context: `s`, 1 there. Only an
/// extension: 1 there in the same context.
fn continue_target(
    calls: &mut Calls,
    labels: &dyn Labels,
    key: ChannelKey,
    context: Option<String>,
    extension: Option<String>,
    priority: Option<u32>,
    label: Option<String>,
) -> Result<Option<Location>, Refusal> {
    if context.is_none() && extension.is_none() && priority.is_none() && label.is_none() {
        return Ok(None);
    }
    let at = calls.snapshot(key).ok_or(Refusal::NoSuchChannel)?;
    let exten = match (&context, extension) {
        (_, Some(extension)) => extension,
        (Some(_), None) => "s".to_owned(),
        (None, None) => at.dialplan.exten.clone(),
    };
    let context = context.unwrap_or_else(|| at.dialplan.context.clone());
    let priority = match label {
        Some(label) => priority_of(labels, &context, &exten, &label)?,
        None => priority.unwrap_or(1),
    };
    Ok(Some(Location { context, exten, priority }))
}

/// A label may be a number too, as Asterisk reads it.
fn priority_of(labels: &dyn Labels, context: &str, exten: &str, label: &str) -> Result<u32, Refusal> {
    match label.parse() {
        Ok(number) => Ok(number),
        Err(_) => labels.priority_of(context, exten, label).ok_or(Refusal::NoSuchLabel),
    }
}

/// What a created channel takes over from the channel it is dialled for.
fn inherit(calls: &mut Calls, key: ChannelKey, caller: ChannelKey) {
    for (name, value) in calls.inherited_variables(caller) {
        calls.set_variable(Some(key), &name, Some(value));
    }
    if let Some(caller) = calls.snapshot(caller) {
        calls.set_connected(key, caller.caller.clone());
        calls.set_language(key, &caller.language);
    }
}
