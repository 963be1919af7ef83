//! The reference model: what a reply has to be, by what events told before it.
//!
//! Events and replies leave the switch in one order: at the moment of a reply all that it speaks of was told. A reply
//! that had to wait its turn may be followed closely by what was asked next, whose events then come before it.

use call::ChannelState;
use stasis::{Answer, BridgeCommand, ChannelCommand, Command, Refusal, Reply};

use super::Invariants;

type Verdict = Result<(), &'static str>;

fn must(is_so: bool, otherwise: &'static str) -> Verdict {
    if is_so { Ok(()) } else { Err(otherwise) }
}

impl Invariants {
    /// Whether a reply agrees with the events before it.
    pub(super) fn agrees(&self, command: &Command, reply: &Reply) -> Verdict {
        let alive = |id: &str| self.alive.contains_key(id);
        match (command, reply) {
            (Command::Control { channel, .. }, Err(Refusal::NoSuchChannel))
            | (Command::Channel(channel), Err(_)) => must(!alive(channel), "the channel is there"),
            (Command::Hangup { channel, .. }, Err(_)) => must(!alive(channel), "the channel is there"),
            (Command::Hangup { channel, .. } | Command::Channel(channel), Ok(_)) => {
                must(alive(channel) || self.gone.contains(&**channel), "the channel was never there")
            }
            (Command::Control { channel, .. }, Err(Refusal::NotInApplication)) => {
                must(alive(channel), "the channel is not there")?;
                must(self.application_of(channel).is_none(), "the channel is in an application")
            }
            (Command::Control { channel, command }, Ok(_)) => self.controlled(channel, command),
            (Command::Bridge { bridge, command }, reply) => self.bridge_agrees(bridge, command, reply),
            (Command::CreateBridge { id: Some(id), .. }, Ok(_) | Err(Refusal::BridgeIdInUse(_))) => {
                must(self.bridges.contains(&**id), "the bridge is not there")
            }
            (Command::Originate(new) | Command::Create(new), Err(Refusal::ChannelIdInUse)) => {
                must(new.channel_id.as_deref().is_some_and(alive), "the channel is not there")
            }
            (Command::Originate(_) | Command::Create(_), Ok(Answer::Channel(channel))) => {
                must(alive(&channel.id) || self.gone.contains(&channel.id), "the channel was never there")
            }
            (Command::Channels, Ok(Answer::Channels(all))) => {
                must(all.len() == self.alive.len(), "there are others")?;
                let known = all.iter().all(|channel| self.state(&channel.id) == Some(channel.state));
                must(known, "a channel is not there, or in another state")
            }
            (Command::Bridges, Ok(Answer::Bridges(all))) => {
                must(all.len() == self.bridges.len(), "there are others")?;
                let inside: usize = all.iter().map(|bridge| bridge.channels.len()).sum();
                must(inside == self.bridged.len(), "channels are elsewhere")?;
                let known = all.iter().all(|bridge| {
                    let told = |id: &std::sync::Arc<str>| self.bridge_of(id) == Some(&bridge.id);
                    bridge.channels.iter().all(told)
                });
                must(known, "a channel is in another bridge")
            }
            _ => Ok(()),
        }
    }

    /// A command that was done or taken.
    fn controlled(&self, channel: &str, command: &ChannelCommand) -> Verdict {
        let was_there = self.alive.contains_key(channel) || self.gone.contains(channel);
        must(was_there, "the channel was never there")?;
        match command {
            ChannelCommand::Answer => {
                must(self.state(channel).is_none_or(|state| state != ChannelState::Ring), "it is not up")
            }
            _ => Ok(()),
        }
    }

    fn bridge_agrees(&self, bridge: &str, command: &BridgeCommand, reply: &Reply) -> Verdict {
        let is_there = self.bridges.contains(bridge);
        match (command, reply) {
            (BridgeCommand::Destroy, Ok(_)) => must(!is_there, "the bridge is still there"),
            // What is to be done in turn can find it gone by then.
            (_, Err(Refusal::NoSuchBridge)) => must(!is_there, "the bridge is there"),
            // What was asked next may have been done before this was said.
            (BridgeCommand::Add { channels, .. }, Ok(_)) => {
                let entered = |id: &String| self.entered.contains(&((**id).into(), bridge.into()));
                must(channels.iter().all(entered), "it did not enter")
            }
            (BridgeCommand::Remove { channels }, Ok(_)) => {
                let left = |id: &String| self.left.contains(&((**id).into(), bridge.into()));
                must(channels.iter().all(left), "it did not leave")
            }
            (BridgeCommand::Get, Ok(_)) => must(is_there, "the bridge is not there"),
            _ => Ok(()),
        }
    }
}
