//! What a channel's technology reports.

use std::net::IpAddr;

use media::Command;
use media::talk::TalkSettings;
use rtp::StreamConfig;

use super::{Channel, ChannelKey, ChannelState, DigitsBy, Verb};
use crate::cause::Cause;
use crate::event::{DialStatus, Event};
use crate::model::Calls;
use crate::rack::PortCredit;
use crate::script::{Branch, Notice};
use crate::snapshot::Party;

impl Calls {
    /// Opens the channel's RTP leg and gives the port pair to offer; `None` where no port is free or the channel is
    /// gone. A second call gives the same leg's port no more: ask [`Calls::has_leg`].
    pub fn open_leg(&mut self, key: ChannelKey, want: IpAddr) -> Option<PortCredit> {
        if self.channels.get(key)?.leg.is_some() {
            return None;
        }
        let partner = self.channels[key].owner.or_else(|| {
            let members = self.bridge_channels(self.bridge_of(key)?);
            members.into_iter().find(|member| *member != key)
        });
        let beside = partner.and_then(|partner| self.channels.get(partner)?.leg);
        let (leg, credit) = self.rack.open_rtp(key, want.is_ipv6(), beside)?;
        self.change(key, |channel| channel.leg = Some(leg));
        if let Some(settings) = self.channels[key].talk_detection {
            self.tell_leg(key, |leg| Command::DetectTalking { leg, settings: Some(settings) });
        }
        self.rejoin(key);
        Some(credit)
    }

    /// Whether the channel has a leg.
    pub fn has_leg(&self, key: ChannelKey) -> bool {
        self.channels.get(key).is_some_and(Channel::has_media)
    }

    /// Gives the channel's leg the outcome of offer/answer.
    pub fn configure_leg(&mut self, key: ChannelKey, stream: StreamConfig) {
        let agreed = stream.send_events.is_some();
        self.change(key, |channel| {
            if let DigitsBy::Agreement { events } = &mut channel.digits_by {
                *events = agreed;
            }
        });
        self.tell_leg(key, |leg| Command::Configure { leg, stream: Box::new(stream) });
    }

    /// Tells when the channel's far end talks and has stopped, from its leg's beginning on, or no longer.
    pub(crate) fn detect_talking(&mut self, key: ChannelKey, settings: Option<TalkSettings>) {
        self.change(key, |channel| channel.talk_detection = settings);
        self.tell_leg(key, |leg| Command::DetectTalking { leg, settings });
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
            // Nor does it end with one, as in Asterisk, but for one that an application dialled itself.
            let created = self.channels[key].dialing == Some(super::Dialing::Created);
            let last = if quiet && !created { Cause::UNKNOWN } else { cause };
            self.begin_leaving(key, last, Some(((!quiet).then_some(cause), false)));
        }
    }

    /// The far end put us on hold (`true`) or took us off it. Of two in a bridge the other is held too, with music of
    /// the class that the far end suggests.
    pub fn held(&mut self, key: ChannelKey, on: bool, class: &str) {
        let music_class = (!class.is_empty()).then(|| class.to_owned());
        if on {
            self.tell(key, |channel| Event::ChannelHeld { channel, music_class });
        } else {
            self.tell(key, |channel| Event::ChannelUnheld { channel });
        }
        let Some(peer) = self.bridge_peer(key) else { return };
        if on {
            self.hold(peer, class);
        } else {
            self.unhold(peer);
        }
    }

    /// The far end says who it is now: its channel's caller, and the connected line of who talks to it.
    pub fn far_end_is(&mut self, key: ChannelKey, party: Party) {
        if !self.is_staying(key) || party.number.is_empty() {
            return;
        }
        self.set_caller(key, party.clone());
        if let Some(peer) = self.bridge_peer(key) {
            self.set_connected(peer, party);
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
        // What the leg of whom it talks to would pass on, its technology passes on where it is that one's to do.
        if let Some(peer) = self.bridge_peer(key).filter(|peer| self.signals_digits(*peer)) {
            let digits = media::Digits {
                digits: digit.to_string(),
                before_ms: 0,
                between_ms: 0,
                duration_ms,
                after_ms: 0,
            };
            self.verbs.push_back((peer, Verb::SendDigits { digits, told: false }));
        }
    }
}
