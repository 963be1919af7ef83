//! Bridges: where channels meet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use media::{At, Command, Role, RoomId, RoomKind};

use crate::BridgeKey;
use crate::channel::{ChannelKey, Music};
use crate::event::Event;
use crate::model::Calls;
use crate::playback::{Place, PlaybackKey};
use crate::snapshot::{BridgeSnapshot, UnixMs};

/// What a bridge does with what its channels say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BridgeKind {
    /// Each hears all others.
    Mixing,
    /// Participants wait and hear music and announcers only.
    Holding,
}

/// What a channel of a two-party bridge is told of the other: its name, and its technology's own id of the call.
const PEER_VARIABLES: [&str; 2] = ["BRIDGEPEER", "BRIDGEPVTCALLID"];

/// How a channel joins a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// Speaks to participants of a holding bridge.
    pub announcer: bool,
    /// Its digits are kept from the others.
    pub absorb_digits: bool,
    /// It is not heard.
    pub mute: bool,
    /// Its connected line stays as it is.
    pub keep_connected_line: bool,
}

impl Join {
    /// As most do.
    pub const PARTICIPANT: Join =
        Join { announcer: false, absorb_digits: false, mute: false, keep_connected_line: false };
}

/// Whom a bridge belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BridgeClass {
    /// An application made it.
    Application,
    /// The dialplan made it; it goes with its last channel.
    Dialplan,
}

pub(crate) struct Bridge {
    pub id: Arc<str>,
    pub name: Arc<str>,
    pub kind: BridgeKind,
    pub class: BridgeClass,
    pub created: UnixMs,
    pub channels: Vec<(ChannelKey, Join)>,
    pub variables: BTreeMap<String, String>,
    /// Names of the variables that its snapshots show.
    pub reported: Vec<String>,
    pub room: Option<RoomId>,
    pub music: Option<Music>,
    pub playing: Option<PlaybackKey>,
    pub queued: VecDeque<PlaybackKey>,
}

/// Why a bridge could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BridgeFailure {
    /// As many bridges as admitted are there.
    Full,
    /// The id is in use.
    DuplicateId,
}

impl Calls {
    /// Makes a bridge and tells it.
    pub fn create_bridge(
        &mut self,
        id: Option<Arc<str>>,
        name: &str,
        kind: BridgeKind,
        class: BridgeClass,
    ) -> Result<BridgeKey, BridgeFailure> {
        if self.bridges.len() >= self.limits.bridges {
            return Err(BridgeFailure::Full);
        }
        if id.as_ref().is_some_and(|id| self.bridge_ids.contains_key(id)) {
            return Err(BridgeFailure::DuplicateId);
        }
        let id = id.unwrap_or_else(|| self.fresh_id());
        let key = self.bridges.insert(Bridge {
            id: id.clone(),
            name: name.into(),
            kind,
            class,
            created: self.time.unix_ms,
            channels: Vec::new(),
            variables: BTreeMap::new(),
            reported: Vec::new(),
            room: None,
            music: None,
            playing: None,
            queued: VecDeque::new(),
        });
        self.bridge_ids.insert(id, key);
        self.tell_bridge(key, |bridge| Event::BridgeCreated { bridge });
        Ok(key)
    }

    /// A bridge by id.
    pub fn bridge_by_id(&self, id: &str) -> Option<BridgeKey> {
        self.bridge_ids.get(id).copied()
    }

    /// All bridges, in no particular order.
    pub fn bridges(&self) -> impl Iterator<Item = BridgeKey> + '_ {
        self.bridges.keys()
    }

    /// Whom the bridge belongs to; `None` where it is gone.
    pub fn bridge_class(&self, key: BridgeKey) -> Option<BridgeClass> {
        self.bridges.get(key).map(|bridge| bridge.class)
    }

    /// A copy of the bridge as it is.
    pub fn bridge_snapshot(&self, key: BridgeKey) -> Option<Arc<BridgeSnapshot>> {
        let bridge = self.bridges.get(key)?;
        let channels =
            bridge.channels.iter().filter_map(|(key, _)| Some(self.channels.get(*key)?.id.clone())).collect();
        Some(Arc::new(BridgeSnapshot {
            id: bridge.id.clone(),
            name: bridge.name.clone(),
            kind: bridge.kind,
            class: match bridge.class {
                BridgeClass::Application => "stasis",
                BridgeClass::Dialplan => "basic",
            },
            creator: match bridge.class {
                BridgeClass::Application => "Stasis",
                BridgeClass::Dialplan => "",
            },
            channels,
            created: bridge.created,
            reported_variables: bridge.reported.iter().map(|name| shown(&bridge.variables, name)).collect(),
        }))
    }

    pub(crate) fn tell_bridge(&mut self, key: BridgeKey, event: impl FnOnce(Arc<BridgeSnapshot>) -> Event) {
        if let Some(bridge) = self.bridge_snapshot(key) {
            self.events.push_back(event(bridge));
        }
    }

    pub(crate) fn is_holding(&self, bridge: BridgeKey) -> bool {
        self.bridges.get(bridge).is_some_and(|bridge| bridge.kind == BridgeKind::Holding)
    }

    /// The bridge the channel is in.
    pub fn bridge_of(&self, channel: ChannelKey) -> Option<BridgeKey> {
        self.channels.get(channel).and_then(|channel| channel.bridge)
    }

    /// Whom a channel talks to: the other of two in a mixing bridge.
    pub fn bridge_peer(&self, channel: ChannelKey) -> Option<ChannelKey> {
        let bridge = self.bridges.get(self.bridge_of(channel)?)?;
        match bridge.channels[..] {
            [(one, _), (other, _)] if bridge.kind == BridgeKind::Mixing => {
                Some(if one == channel { other } else { one })
            }
            _ => None,
        }
    }

    /// The channels of a bridge in the order they joined.
    pub fn bridge_channels(&self, key: BridgeKey) -> Vec<ChannelKey> {
        self.bridges
            .get(key)
            .map(|bridge| bridge.channels.iter().map(|(channel, _)| *channel).collect())
            .unwrap_or_default()
    }

    /// Brings a channel into a bridge; it leaves the one it was in. `false` where either is gone or on its way out.
    pub fn join_bridge(&mut self, key: BridgeKey, channel: ChannelKey, join: Join) -> bool {
        if !self.bridges.contains_key(key) || !self.is_staying(channel) {
            return false;
        }
        // A channel that is in this bridge already leaves and enters, as in Asterisk.
        self.leave_bridge(channel);
        if !self.bridges.contains_key(key) {
            return false;
        }
        self.change(channel, |channel| channel.bridge = Some(key));
        self.bridges[key].channels.push((channel, join));
        self.enter_room(key, channel, join);
        if let (Some(bridge), Some(channel)) = (self.bridge_snapshot(key), self.snapshot(channel)) {
            self.events.push_back(Event::ChannelEnteredBridge { bridge, channel });
        }
        self.connect_lines(key);
        self.noticed(channel, crate::transfer::Watched::Connected);
        true
    }

    /// Takes a channel out of the bridge it is in. A dialplan's bridge goes with its last channel.
    pub fn leave_bridge(&mut self, channel: ChannelKey) {
        let Some(key) = self.bridge_of(channel) else { return };
        for name in PEER_VARIABLES {
            if self.variable(Some(channel), name).is_some_and(|value| !value.is_empty()) {
                self.set_variable(Some(channel), name, Some(String::new()));
            }
        }
        self.change(channel, |channel| channel.bridge = None);
        if let Some(bridge) = self.bridges.get_mut(key) {
            bridge.channels.retain(|(member, _)| *member != channel);
        }
        self.tell_leg(channel, |leg| Command::Leave { leg });
        self.tell_leg(channel, |leg| Command::AbsorbDigits { leg, on: false });
        self.tell_leg(channel, |leg| Command::Mute { leg, way: media::Way::In, on: false });
        if let (Some(bridge), Some(channel)) = (self.bridge_snapshot(key), self.snapshot(channel)) {
            self.events.push_back(Event::ChannelLeftBridge { bridge, channel });
        }
        if self.bridges.get(key).is_some_and(|b| b.class == BridgeClass::Dialplan && b.channels.is_empty()) {
            self.destroy_bridge(key);
        }
    }

    /// Ends a bridge; its channels stay where their scripts are.
    pub fn destroy_bridge(&mut self, key: BridgeKey) {
        if !self.bridges.contains_key(key) {
            return;
        }
        // A dialplan's bridge ends itself as its last channel leaves: it must not do so twice.
        let class = std::mem::replace(&mut self.bridges[key].class, BridgeClass::Application);
        for channel in self.bridge_channels(key) {
            self.leave_bridge(channel);
        }
        self.stop_bridge_music(key);
        self.end_playbacks(Place::Bridge(key), false);
        self.stop_recording_at_bridge(key);
        self.bridges[key].class = class;
        self.tell_bridge(key, |bridge| Event::BridgeDestroyed { bridge });
        if let Some(bridge) = self.bridges.remove(key) {
            self.bridge_ids.remove(&bridge.id);
            if let Some(room) = bridge.room {
                self.rack.close_room(room);
            }
        }
    }

    /// A variable of a bridge.
    pub fn bridge_variable(&self, key: BridgeKey, name: &str) -> Option<&str> {
        self.bridges.get(key)?.variables.get(name).map(String::as_str)
    }

    /// Sets a variable of a bridge, or unsets it with `None`.
    pub fn set_bridge_variable(&mut self, key: BridgeKey, name: &str, value: Option<String>) {
        if let Some(bridge) = self.bridges.get_mut(key) {
            match value {
                Some(value) => bridge.variables.insert(name.to_owned(), value),
                None => bridge.variables.remove(name),
            };
        }
    }

    /// From now on the bridge's snapshots show this variable, or do so no more.
    pub fn report_bridge_variable(&mut self, key: BridgeKey, name: &str, on: bool) {
        let most = self.limits.variables;
        if let Some(bridge) = self.bridges.get_mut(key) {
            bridge.reported.retain(|other| on || other != name);
            if on && bridge.reported.len() < most && bridge.reported.iter().all(|other| other != name) {
                bridge.reported.push(name.to_owned());
            }
        }
    }

    /// The room of a bridge's media, opened beside its first leg or where none is yet.
    pub(crate) fn room(&mut self, key: BridgeKey) -> Option<RoomId> {
        let bridge = self.bridges.get(key)?;
        if let Some(room) = bridge.room {
            return Some(room);
        }
        let beside = bridge.channels.iter().find_map(|(channel, _)| self.channels.get(*channel)?.leg);
        let kind = match bridge.kind {
            BridgeKind::Mixing => RoomKind::Mixing,
            BridgeKind::Holding => RoomKind::Holding,
        };
        let room = self.rack.open_room(beside, kind);
        self.bridges[key].room = Some(room);
        Some(room)
    }

    fn enter_room(&mut self, key: BridgeKey, channel: ChannelKey, join: Join) {
        let Some(leg) = self.channels.get(channel).and_then(|channel| channel.leg) else { return };
        let Some(room) = self.room(key) else { return };
        let role = if join.announcer { Role::Announcer } else { Role::Participant };
        self.rack.join(leg, room, role);
        if join.absorb_digits {
            self.rack.tell_leg(leg, Command::AbsorbDigits { leg, on: true });
        }
        if join.mute {
            self.rack.tell_leg(leg, Command::Mute { leg, way: media::Way::In, on: true });
        }
    }

    /// A channel in a bridge got its leg: the leg joins too.
    pub(crate) fn rejoin(&mut self, channel: ChannelKey) {
        let Some(key) = self.bridge_of(channel) else { return };
        let join = self
            .bridges
            .get(key)
            .and_then(|bridge| bridge.channels.iter().find(|(member, _)| *member == channel))
            .map(|(_, join)| *join);
        if let Some(join) = join {
            self.enter_room(key, channel, join);
        }
    }

    /// Two in a mixing bridge see each other's caller as their connected line.
    fn connect_lines(&mut self, key: BridgeKey) {
        let Some(bridge) = self.bridges.get(key) else { return };
        let [(first, join_first), (second, join_second)] = bridge.channels[..] else { return };
        if bridge.kind != BridgeKind::Mixing {
            return;
        }
        let (Some(one), Some(other)) = (self.snapshot(first), self.snapshot(second)) else { return };
        for (channel, join, peer) in [(first, join_first, &other), (second, join_second, &one)] {
            let [name, call_id] = PEER_VARIABLES;
            self.set_variable(Some(channel), name, Some(peer.name.to_string()));
            self.set_variable(Some(channel), call_id, Some(peer.protocol_id.to_string()));
            if !join.keep_connected_line && peer.caller != Default::default() {
                self.set_connected(channel, peer.caller.clone());
            }
        }
    }

    pub(crate) fn bridge_place(&mut self, key: BridgeKey) -> Option<At> {
        self.room(key).map(At::Room)
    }
}

/// A variable as snapshots show it: empty where it is not set.
fn shown(variables: &BTreeMap<String, String>, name: &String) -> (String, String) {
    (name.clone(), variables.get(name).cloned().unwrap_or_default())
}
