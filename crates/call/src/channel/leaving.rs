//! How a channel ends: asked for, unwound, destroyed.

use super::{ChannelKey, ChannelState, Dialing, Verb};
use crate::cause::Cause;
use crate::event::{DialStatus, Event};
use crate::model::Calls;
use crate::script::{Branch, Notice};
use crate::transfer::Watched;

impl Calls {
    /// Asks for the end of a channel on behalf of anybody but its far end. A channel on its way out stays so.
    pub fn request_hangup(&mut self, key: ChannelKey, cause: Cause) {
        self.begin_leaving(key, cause, Some((Some(Cause::SOFT), true)));
    }

    /// The far end sends no audio any more, for longer than its endpoint allows.
    pub(crate) fn fell_silent(&mut self, key: ChannelKey) {
        self.begin_leaving(key, Cause::CHANNEL_UNAVAILABLE, Some((Some(Cause::BY_TECHNOLOGY), true)));
    }

    /// What is told of the request, if anything: the cause shown, and whether it is soft.
    pub(super) fn begin_leaving(
        &mut self,
        key: ChannelKey,
        cause: Cause,
        told: Option<(Option<Cause>, bool)>,
    ) {
        if !self.is_staying(key) {
            return;
        }
        if let Some((cause, soft)) = told {
            self.tell_quality(key);
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

    /// The dialplan of a channel came to its end. Told as a request of our own, whoever asked before, as in Asterisk; the
    /// channel goes only with [`Calls::destroy`].
    pub fn end_of_dialplan(&mut self, key: ChannelKey, cause: Cause) {
        let Some(tech_cause) = self.channels.get(key).map(|channel| channel.tech_cause) else { return };
        let (shown, soft) = (Some(Cause::NORMAL), true);
        self.tell(key, |channel| Event::ChannelHangupRequested { channel, cause: shown, soft, tech_cause });
        if self.is_staying(key) {
            self.begin_leaving(key, cause, None);
        }
    }

    /// Changes why a channel on its way out ends.
    pub fn set_last_cause(&mut self, key: ChannelKey, cause: Cause) {
        self.change(key, |channel| channel.leaving = Some(cause));
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
        self.tell_quality(key);
        self.change(key, |channel| channel.leaving = Some(cause));
        self.leave_bridge(key);
        self.break_playbacks(key);
        self.stop_recording_at_channel(key);
        self.stop_music(key);
        let branches = self.branches(key);
        if let Some(deadline) = deadline {
            self.timers.remove(&(deadline, key));
        }
        let told = matches!(self.channels[key].dialing, Some(Dialing::Originated | Dialing::Branch));
        if told && self.state(key) != Some(ChannelState::Up) {
            self.tell_dial(key, status_of(cause, owner.is_some()));
        }
        let known_as = self.channels[key].stands_for.unwrap_or(key);
        self.noticed(key, Watched::Ended);
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
            self.change_endpoint_channels(channel.technology, &channel.endpoint, |channels| {
                channels.retain(|id| *id != channel.id);
            });
        }
        if let Some(owner) = owner {
            self.notify(owner, Notice::Branch { channel: known_as, progress: Branch::Ended { cause } });
        }
        for branch in branches {
            self.end(branch, Cause::NORMAL);
        }
    }

    /// Hangs up what a channel dialled, but for one. Nobody asks for it, so no request is told.
    pub fn hang_up_branches(&mut self, owner: ChannelKey, but: Option<ChannelKey>) {
        let cause = if but.is_some() { Cause::ANSWERED_ELSEWHERE } else { Cause::NORMAL };
        for branch in self.branches(owner) {
            if Some(branch) != but {
                self.end(branch, cause);
            }
        }
    }

    /// The caller gives up: told of each branch that did not answer. They end with the caller.
    pub fn give_up_branches(&mut self, owner: ChannelKey) {
        for branch in self.branches(owner) {
            if self.state(branch) != Some(ChannelState::Up) {
                self.tell_dial(branch, DialStatus::Cancel);
                self.change(branch, |channel| channel.dialing = None);
            }
        }
    }

    fn branches(&self, owner: ChannelKey) -> Vec<ChannelKey> {
        if !self.channels.get(owner).is_some_and(|channel| channel.has_branches) {
            return Vec::new();
        }
        // One who shares its fate after a transfer hears of its end instead.
        let of_owner = |(key, channel): (ChannelKey, &super::Channel)| {
            (channel.owner == Some(owner) && channel.stands_for.is_none()).then_some(key)
        };
        self.channels.iter().filter_map(of_owner).collect()
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
