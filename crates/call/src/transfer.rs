//! Transfers: what becomes of bridges and channels when one who talks hands the other on.

use std::sync::Arc;

use crate::bridge::{BridgeClass, Join};
use crate::cause::Cause;
use crate::channel::{ChannelKey, Launch, Location, Verb};
use crate::event::Event;
use crate::model::Calls;
use crate::snapshot::{BridgeSnapshot, ChannelSnapshot};

/// Why nobody was transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferFailure {
    /// Who transfers talks to nobody.
    Invalid,
    /// The bridge does not let its channels go: it is an application's.
    NotPermitted,
    /// It could not be done: more than two talk, for instance.
    Failed,
}

/// What is noticed of a channel that somebody was told of: see [`Calls::watch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// It hears ringing.
    Ringing,
    /// It hears something before the answer.
    Progress,
    /// It hears something of ours.
    Heard,
    /// It talks to somebody.
    Connected,
    /// It is over.
    Ended,
}

/// Who took part in a blind transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindTransfer {
    /// Who transferred.
    pub transferer: Arc<ChannelSnapshot>,
    /// Who was.
    pub transferee: Arc<ChannelSnapshot>,
    /// Where they talked.
    pub bridge: Arc<BridgeSnapshot>,
    /// Where to.
    pub context: String,
    /// Where to.
    pub exten: String,
}

/// Who took part in an attended transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendedTransfer {
    /// The transferer's call with who is transferred.
    pub first: Arc<ChannelSnapshot>,
    /// Its call with the target.
    pub second: Arc<ChannelSnapshot>,
    /// Who is transferred.
    pub transferee: Arc<ChannelSnapshot>,
    /// To whom.
    pub target: Arc<ChannelSnapshot>,
    /// The bridge of the first call.
    pub first_bridge: Arc<BridgeSnapshot>,
    /// The bridge of the second call.
    pub second_bridge: Arc<BridgeSnapshot>,
    /// Id of the bridge that both are in now.
    pub destination: Arc<str>,
}

/// What a channel of a transfer is left with.
const BLIND: &str = "BLINDTRANSFER";
const ATTENDED: &str = "ATTENDEDTRANSFER";

impl Calls {
    /// Sends whom a channel talks to on to an extension, and hangs the channel up. Gives who was sent.
    ///
    /// # Errors
    /// See [`TransferFailure`]; nothing has changed then.
    pub fn transfer_blind(
        &mut self,
        transferer: ChannelKey,
        to: Location,
        variables: Vec<(String, String)>,
    ) -> Result<ChannelKey, TransferFailure> {
        let bridge = self.bridge_of(transferer).ok_or(TransferFailure::Invalid)?;
        if self.bridge_class(bridge) != Some(BridgeClass::Dialplan) {
            return Err(TransferFailure::NotPermitted);
        }
        let transferee = self.bridge_peer(transferer).ok_or(TransferFailure::Failed)?;
        let (Some(from), Some(who), Some(at)) =
            (self.snapshot(transferer), self.snapshot(transferee), self.bridge_snapshot(bridge))
        else {
            return Err(TransferFailure::Failed);
        };
        self.mark(transferee, BLIND, ATTENDED, &from.name);
        self.mark(transferer, BLIND, ATTENDED, &who.name);
        for (name, value) in variables {
            self.set_variable(Some(transferee), &name, Some(value));
        }
        self.disown(transferee);
        self.disown(transferer);
        self.leave_bridge(transferee);
        self.launches.push_back((transferee, Launch::Elsewhere(to.clone())));
        self.tell_transfer(transferee, |transferee| {
            Event::BlindTransferred(Box::new(BlindTransfer {
                transferer: from,
                transferee,
                bridge: at,
                context: to.context,
                exten: to.exten,
            }))
        });
        self.request_hangup(transferer, Cause::NORMAL);
        Ok(transferee)
    }

    /// Connects whom a party talks to in its first call with whom it talks to in its second, and hangs up both its calls.
    ///
    /// # Errors
    /// See [`TransferFailure`]; nothing has changed then.
    pub fn transfer_attended(
        &mut self,
        first: ChannelKey,
        second: ChannelKey,
    ) -> Result<(), TransferFailure> {
        let (Some(here), Some(there)) = (self.bridge_of(first), self.bridge_of(second)) else {
            return Err(TransferFailure::Invalid);
        };
        let ours = |class| class == Some(BridgeClass::Dialplan);
        if !ours(self.bridge_class(here)) || !ours(self.bridge_class(there)) {
            return Err(TransferFailure::NotPermitted);
        }
        let (Some(transferee), Some(target)) = (self.bridge_peer(first), self.bridge_peer(second)) else {
            return Err(TransferFailure::Failed);
        };
        if here == there || [first, second].contains(&transferee) || [first, second].contains(&target) {
            return Err(TransferFailure::Invalid);
        }
        let bridges = (self.bridge_snapshot(here), self.bridge_snapshot(there));
        let (Some(one), Some(other), (Some(first_bridge), Some(second_bridge))) =
            (self.snapshot(first), self.snapshot(second), bridges)
        else {
            return Err(TransferFailure::Failed);
        };
        self.mark(transferee, ATTENDED, BLIND, &one.name);
        self.mark(target, ATTENDED, BLIND, &other.name);
        self.disown(first);
        self.disown(second);
        self.tie(transferee, first, target, second);
        self.leave_bridge(first);
        self.leave_bridge(second);
        self.join_bridge(here, target, Join::PARTICIPANT);
        let destination = first_bridge.id.clone();
        let target = self.snapshot(target).ok_or(TransferFailure::Failed)?;
        self.tell_transfer(transferee, |transferee| {
            Event::AttendedTransferred(Box::new(AttendedTransfer {
                first: one,
                second: other,
                transferee,
                target,
                first_bridge,
                second_bridge,
                destination,
            }))
        });
        self.request_hangup(first, Cause::NORMAL);
        self.request_hangup(second, Cause::NORMAL);
        Ok(())
    }

    /// Puts a channel that is up into the place of another in its bridge, and hangs that one up (RFC 3891).
    ///
    /// # Errors
    /// [`TransferFailure::Invalid`] where the other is in no bridge.
    pub fn take_place(&mut self, replaced: ChannelKey, by: ChannelKey) -> Result<(), TransferFailure> {
        let bridge = self.bridge_of(replaced).ok_or(TransferFailure::Invalid)?;
        if self.bridge_class(bridge) != Some(BridgeClass::Dialplan) {
            // An application's bridge takes it through the application.
            self.launches.push_back((by, Launch::InPlaceOf(replaced)));
            return Ok(());
        }
        let peer = self.bridge_peer(replaced).ok_or(TransferFailure::Failed)?;
        self.disown(replaced);
        self.tie(peer, replaced, by, replaced);
        self.leave_bridge(replaced);
        self.join_bridge(bridge, by, Join::PARTICIPANT);
        self.request_hangup(replaced, Cause::NORMAL);
        Ok(())
    }

    /// From now on what [`Watched`] names is told to the channel's technology as [`Verb::Watched`], until it ends.
    pub fn watch(&mut self, key: ChannelKey) {
        self.change(key, |channel| channel.watched = true);
    }

    /// It is watched no more.
    pub fn unwatch(&mut self, key: ChannelKey) {
        self.change(key, |channel| channel.watched = false);
    }

    pub(crate) fn noticed(&mut self, key: ChannelKey, what: Watched) {
        if self.channels.get(key).is_some_and(|channel| channel.watched) {
            self.verbs.push_back((key, Verb::Watched(what)));
        }
    }

    fn mark(&mut self, key: ChannelKey, name: &str, other: &str, value: &str) {
        if self.variable(Some(key), other).is_some_and(|value| !value.is_empty()) {
            self.set_variable(Some(key), other, None);
        }
        self.set_variable(Some(key), name, Some(value.to_owned()));
    }

    /// Nobody's script answers for the channel any more, nor its script for those that it dialled.
    fn disown(&mut self, key: ChannelKey) {
        self.change(key, |channel| channel.owner = None);
        let branches: Vec<ChannelKey> = self
            .channels
            .iter()
            .filter(|(_, channel)| channel.owner == Some(key) && channel.bridge.is_some())
            .map(|(branch, _)| branch)
            .collect();
        for branch in branches {
            self.change(branch, |channel| channel.owner = None);
        }
    }

    /// Lets two share their fate: the end of each is told to the other's script as the end of whom that talked to.
    fn tie(&mut self, one: ChannelKey, one_knew: ChannelKey, other: ChannelKey, other_knew: ChannelKey) {
        self.change(one, |channel| {
            (channel.owner, channel.stands_for, channel.has_branches) = (Some(other), Some(other_knew), true);
        });
        self.change(other, |channel| {
            (channel.owner, channel.stands_for, channel.has_branches) = (Some(one), Some(one_knew), true);
        });
    }

    fn tell_transfer(&mut self, key: ChannelKey, event: impl FnOnce(Arc<ChannelSnapshot>) -> Event) {
        self.tell(key, event);
    }
}
