//! Bridges and their members.

use std::sync::Arc;

use call::bridge::{BridgeClass, BridgeFailure};
use call::playback::Place;
use call::{BridgeKind, Calls, ChannelKey, Notice};

use super::playbacks;
use super::recordings::Opening;
use crate::application::Stasis;
use crate::command::{BridgeCommand, Ticket};
use crate::control::{Control, Owed};
use crate::reply::{Answer, Refusal, Reply};

impl Stasis {
    pub(super) fn bridge_command(
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
                let recorded = members.iter().find(|member| calls.is_recorded(**member));
                if let Some(channel) = recorded.and_then(|member| calls.snapshot(*member)) {
                    return Err(Refusal::MemberRecorded(channel.id.clone()));
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
                let playback = playbacks::queue(calls, Place::Bridge(key), play)?;
                let snapshot = calls.playback_snapshot(playback).ok_or(Refusal::NoSuchBridge)?;
                calls.start_playback(playback);
                Answer::Playback(snapshot)
            }
            BridgeCommand::Record(record) => {
                self.open(calls, ticket, Place::Bridge(key), record, Opening::Bridge)?;
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
                for (name, value, reported) in variables {
                    calls.report_bridge_variable(key, &name, reported);
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
            calls.notify(*member, Notice::Poked);
        }
        Ok(None)
    }
}

pub(super) fn list(calls: &Calls) -> Reply {
    Ok(Answer::Bridges(calls.bridges().filter_map(|key| calls.bridge_snapshot(key)).collect()))
}

pub(super) fn create(
    calls: &mut Calls,
    id: Option<String>,
    name: &str,
    kind: BridgeKind,
    variables: Vec<(String, String, bool)>,
) -> Reply {
    let made = calls.create_bridge(id.clone().map(Arc::from), name, kind, BridgeClass::Application);
    let key = made.map_err(|failure| match failure {
        BridgeFailure::Full => Refusal::TooManyBridges,
        BridgeFailure::DuplicateId => Refusal::BridgeIdInUse(id.unwrap_or_default()),
    })?;
    for (name, value, reported) in variables {
        calls.report_bridge_variable(key, &name, reported);
        calls.set_bridge_variable(key, &name, Some(value));
    }
    calls.bridge_snapshot(key).map(Answer::Bridge).ok_or(Refusal::NoSuchBridge)
}
