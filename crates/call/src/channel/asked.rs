//! What scripts and applications ask of a channel.

use std::time::Duration;

use media::{Command, Digits, Way};

use super::{Channel, ChannelKey, ChannelState, Dialing, DigitsBy, Launch, Verb};
use crate::event::DialStatus;
use crate::model::Calls;
use crate::script::Notice;
use crate::snapshot::Party;
use crate::transfer::Watched;

impl Calls {
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
        self.noticed(key, Watched::Ringing);
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

    /// Holds the far end, with music of a class where it is ours to play.
    pub fn hold(&mut self, key: ChannelKey, class: &str) {
        if self.is_staying(key) {
            self.verbs.push_back((key, Verb::Hold { class: class.to_owned() }));
        }
    }

    /// Holds the far end no more.
    pub fn unhold(&mut self, key: ChannelKey) {
        if self.is_staying(key) {
            self.verbs.push_back((key, Verb::Unhold));
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

    /// What sends the channel's digits.
    pub fn set_digits_by(&mut self, key: ChannelKey, by: DigitsBy) {
        self.change(key, |channel| channel.digits_by = by);
    }

    pub(super) fn signals_digits(&self, key: ChannelKey) -> bool {
        self.channels.get(key).is_some_and(|channel| match channel.digits_by {
            DigitsBy::Media => false,
            DigitsBy::Signalling => true,
            DigitsBy::Agreement { events } => !events,
        })
    }

    /// Keeps who diverted the call to a channel, and why: `REDIRECTING()` of the dialplan.
    pub fn set_redirecting(&mut self, key: ChannelKey, by: Party, reason: String) {
        self.change(key, |channel| channel.redirecting = Some((by, reason)));
    }

    /// Who diverted the call to a channel, or to the one that dialled it, and why.
    pub fn redirecting(&self, key: ChannelKey) -> Option<(Party, String)> {
        let own = |key: ChannelKey| self.channels.get(key)?.redirecting.clone();
        own(key).or_else(|| own(self.owner(key)?))
    }

    /// Sends digits; [`Notice::DigitsSent`] follows.
    pub fn send_digits(&mut self, key: ChannelKey, digits: Digits) {
        self.progress(key);
        if self.signals_digits(key) {
            self.verbs.push_back((key, Verb::SendDigits { digits, told: true }));
        } else if self.channels.get(key).is_some_and(Channel::has_media) {
            self.tell_leg(key, |leg| Command::SendDigits { leg, digits });
        } else {
            self.notify(key, Notice::DigitsSent);
        }
    }
}
