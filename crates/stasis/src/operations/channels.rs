//! Channels: made, asked, steered.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use call::channel::{CreateFailure, LONGEST_ID};
use call::playback::Place;
use call::{
    Calls, Cause, ChannelKey, ChannelState, Dialing, EndpointState, Launch, Location, NewChannel, Notice,
    Party, Position, Technology,
};

use super::recordings::Opening;
use super::{Labels, playbacks};
use crate::application::{Source, Stasis};
use crate::command::{ChannelCommand, Destination, NewCall, Ticket};
use crate::control::{Control, Owed};
use crate::reply::{Answer, Refusal, Reply};

pub(super) fn list(calls: &mut Calls) -> Reply {
    let keys: Vec<ChannelKey> = calls.channels().collect();
    Ok(Answer::Channels(keys.into_iter().filter_map(|key| calls.snapshot(key)).collect()))
}

pub(super) fn one(calls: &mut Calls, id: &str) -> Reply {
    let key = calls.channel_by_id(id).ok_or(Refusal::NoSuchChannel)?;
    calls.snapshot(key).map(Answer::Channel).ok_or(Refusal::NoSuchChannel)
}

pub(super) fn hang_up(calls: &mut Calls, id_or_name: &str, cause: Cause) -> Reply {
    let key = calls.channel_by_id_or_name(id_or_name).ok_or(Refusal::NoSuchChannel)?;
    calls.request_hangup(key, cause);
    Ok(Answer::Done)
}

pub(super) fn variables(calls: &mut Calls, id_or_name: &str, names: Vec<String>) -> Reply {
    let key = calls.channel_by_id_or_name(id_or_name).ok_or(Refusal::NoSuchChannel)?;
    let read = |name: String| Ok((name.clone(), read_variable(calls, key, &name)?));
    Ok(Answer::Variables(names.into_iter().map(read).collect::<Result<_, Refusal>>()?))
}

pub(super) fn rtp_statistics(calls: &mut Calls, id_or_name: &str) -> Reply {
    let key = calls.channel_by_id_or_name(id_or_name).ok_or(Refusal::NoSuchChannel)?;
    let channel = calls.snapshot(key).ok_or(Refusal::NoSuchChannel)?.id.clone();
    let statistics = calls.leg_statistics(key).ok_or(Refusal::NoStatistics)?;
    Ok(Answer::RtpStatistics { channel, statistics: Box::new(statistics) })
}

impl Stasis {
    /// Originate dials at once and hands over on answer; create hands over at once and dials when asked.
    pub(super) fn make(
        &mut self,
        calls: &mut Calls,
        labels: &dyn Labels,
        new: NewCall,
        originate: bool,
    ) -> Reply {
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
            Destination::DialplanApplication { name, data } => {
                (Launch::DialplanApplication { name, data }, position(&context), None)
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
        // The reply does not show them yet.
        for name in &new.reported {
            calls.report_variable(key, name, true);
        }
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
    pub(super) fn controlled_channel(&self, calls: &Calls, id: &str) -> Result<ChannelKey, Refusal> {
        let key = match calls.channel_by_id(id) {
            Some(key) => key,
            // A name is no id, but the channel is there: refused as one that is in no application.
            None if calls.channel_by_id_or_name(id).is_some() => return Err(Refusal::NotInApplication),
            None => return Err(Refusal::NoSuchChannel),
        };
        if self.controlled.contains_key(&key) { Ok(key) } else { Err(Refusal::NotInApplication) }
    }

    pub(super) fn push(
        &self,
        key: ChannelKey,
        control: Control,
        owed: Option<Rc<Owed>>,
    ) -> Result<(), Refusal> {
        let taken = self.controlled.get(&key).is_some_and(|channel| channel.desk.push(control, owed));
        if taken { Ok(()) } else { Err(Refusal::NotInApplication) }
    }

    /// `Ok(None)` where the reply comes later.
    pub(super) fn channel_command(
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
            ChannelCommand::SetVariable { name, value, reported } => {
                owed = Some(Owed::new(ticket, 1, self.replies.clone()));
                Control::SetVariable { name, value, reported }
            }
            ChannelCommand::Ring => Control::Ring,
            ChannelCommand::Progress => Control::Progress,
            ChannelCommand::SendDigits(digits) => Control::Digits(digits),
            ChannelCommand::Mute(direction) => Control::Mute(direction, true),
            ChannelCommand::Unmute(direction) => Control::Mute(direction, false),
            ChannelCommand::Hold => Control::Hold,
            ChannelCommand::StartMusic(class) => Control::StartMusic(class),
            ChannelCommand::Unhold => Control::Unhold,
            ChannelCommand::StopMusic => Control::StopMusic,
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
                let playback = playbacks::queue(calls, Place::Channel(key), play)?;
                answer = calls.playback_snapshot(playback).map(Answer::Playback);
                Control::Play(playback)
            }
            ChannelCommand::Record(record) => {
                self.open(calls, ticket, Place::Channel(key), record, Opening::Channel(key))?;
                return Ok(None);
            }
        };
        let later = owed.is_some();
        self.push(key, control, owed)?;
        calls.notify(key, Notice::Poked);
        Ok(if later { None } else { answer })
    }
}

/// A variable, or a function where the name ends with a parenthesis.
fn read_variable(calls: &mut Calls, key: ChannelKey, name: &str) -> Result<String, Refusal> {
    match name.split_once('(').and_then(|(function, rest)| Some((function, rest.strip_suffix(')')?))) {
        None => calls.variable(Some(key), name).ok_or(Refusal::NoSuchVariable),
        Some((function, argument)) => calls.function(key, function, argument).ok_or(Refusal::FunctionFailed),
    }
}

/// The endpoint of a dial string: `alice`, `alice/sip:…` or `600@alice`.
fn endpoint_of(resource: &str) -> &str {
    match resource.split_once('/') {
        Some((endpoint, _)) => endpoint,
        None => resource.rsplit_once('@').map_or(resource, |(_, endpoint)| endpoint),
    }
}

/// Where an outgoing channel stands until it is handed over.
fn position(context: &str) -> Position {
    Position { context: context.to_owned(), exten: "s".to_owned(), priority: 1, ..Position::default() }
}

fn redirect_target(endpoint: &str) -> Result<String, Refusal> {
    let (technology, resource) = endpoint.split_once('/').ok_or(Refusal::BadEndpoint)?;
    if resource.is_empty() {
        return Err(Refusal::NoResource);
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
