//! Where legs live: shards, port credits, and legs on their way from one shard to another.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use media::{At, Command, EvictedLeg, Far, LegId, PlayerId, PortId, RecorderId, RoomId};

use crate::channel::ChannelKey;
use crate::playback::PlaybackKey;
use crate::recording::RecordingKey;

/// A media shard by number, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u16);

/// An RTP/RTCP port pair that a shard bound ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortCredit {
    /// The pair.
    pub port: PortId,
    /// The address it is bound to; unspecified where it listens on all.
    pub address: IpAddr,
    /// Its RTP port; RTCP is one above.
    pub rtp_port: u16,
}

struct Leg {
    channel: ChannelKey,
    shard: ShardId,
    credit: PortCredit,
    /// Set while the leg travels: where to, and what waits for it there.
    moving: Option<Moving>,
}

struct Moving {
    to: ShardId,
    waiting: Vec<Command>,
}

#[derive(Default)]
struct Shard {
    credits: VecDeque<PortCredit>,
    legs: usize,
}

/// The racks of shards: every command to media goes through here.
pub struct Rack {
    shards: Vec<Shard>,
    legs: BTreeMap<LegId, Leg>,
    rooms: BTreeMap<RoomId, ShardId>,
    players: BTreeMap<PlayerId, (At, PlaybackKey)>,
    music: BTreeMap<PlayerId, At>,
    recorders: BTreeMap<RecorderId, (At, RecordingKey)>,
    commands: VecDeque<(ShardId, Command)>,
    given: u64,
}

impl Rack {
    pub(crate) fn new() -> Rack {
        Rack {
            shards: Vec::new(),
            legs: BTreeMap::new(),
            rooms: BTreeMap::new(),
            players: BTreeMap::new(),
            music: BTreeMap::new(),
            recorders: BTreeMap::new(),
            commands: VecDeque::new(),
            given: 0,
        }
    }

    /// A shard posts port pairs that are free to be used.
    pub fn credit(&mut self, shard: ShardId, ports: impl IntoIterator<Item = PortCredit>) {
        let at = usize::from(shard.0);
        if self.shards.len() <= at {
            self.shards.resize_with(at + 1, Shard::default);
        }
        self.shards[at].credits.extend(ports);
    }

    /// Port pairs that are free, over all shards.
    pub fn free_ports(&self) -> usize {
        self.shards.iter().map(|shard| shard.credits.len()).sum()
    }

    /// The next command for a shard.
    pub fn next_command(&mut self) -> Option<(ShardId, Command)> {
        self.commands.pop_front()
    }

    /// Legs that are open or closing.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    fn give(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    /// Opens an RTP leg that has a port of the wanted address family: beside the leg it will talk to, where there is
    /// one, so that neither has to move; else on the shard with the fewest legs.
    pub(crate) fn open_rtp(
        &mut self,
        channel: ChannelKey,
        want_v6: bool,
        beside: Option<LegId>,
    ) -> Option<(LegId, PortCredit)> {
        let beside = beside.and_then(|leg| self.legs.get(&leg)).map(|leg| usize::from(leg.shard.0));
        let fits = |credit: &PortCredit| credit.address.is_ipv6() == want_v6;
        let at = (0..self.shards.len())
            .filter(|at| self.shards[*at].credits.iter().any(fits))
            .min_by_key(|at| (Some(*at) != beside, self.shards[*at].legs))?;
        let place = self.shards[at].credits.iter().position(fits)?;
        let credit = self.shards[at].credits.remove(place)?;
        let leg = LegId(self.give());
        let shard = ShardId(at as u16);
        self.shards[at].legs += 1;
        self.legs.insert(leg, Leg { channel, shard, credit, moving: None });
        self.commands.push_back((shard, Command::Open { leg, far: Far::Rtp(credit.port) }));
        Some((leg, credit))
    }

    /// Sends a command to a leg's shard, or lets it wait while the leg travels.
    pub(crate) fn tell_leg(&mut self, leg: LegId, command: Command) {
        let Some(entry) = self.legs.get_mut(&leg) else { return };
        match &mut entry.moving {
            Some(moving) => moving.waiting.push(command),
            None => self.commands.push_back((entry.shard, command)),
        }
    }

    fn tell_room(&mut self, room: RoomId, command: Command) {
        if let Some(shard) = self.rooms.get(&room) {
            self.commands.push_back((*shard, command));
        }
    }

    fn tell_place(&mut self, at: At, command: Command) {
        match at {
            At::Leg(leg) => self.tell_leg(leg, command),
            At::Room(room) => self.tell_room(room, command),
        }
    }

    pub(crate) fn close(&mut self, leg: LegId) {
        self.tell_leg(leg, Command::Close { leg });
    }

    /// The shard says that a leg is closed: its port is free again. Gives the channel it belonged to.
    pub(crate) fn closed(&mut self, leg: LegId) -> Option<ChannelKey> {
        let entry = self.legs.remove(&leg)?;
        if let Some(shard) = self.shards.get_mut(usize::from(entry.shard.0)) {
            shard.legs -= 1;
            shard.credits.push_back(entry.credit);
        }
        Some(entry.channel)
    }

    pub(crate) fn channel_of(&self, leg: LegId) -> Option<ChannelKey> {
        self.legs.get(&leg).map(|entry| entry.channel)
    }

    /// Opens a room next to a leg, or on the first shard.
    pub(crate) fn open_room(&mut self, beside: Option<LegId>, kind: media::RoomKind) -> RoomId {
        let room = RoomId(self.give());
        let shard = beside
            .and_then(|leg| self.legs.get(&leg))
            .map_or(ShardId(0), |leg| leg.moving.as_ref().map_or(leg.shard, |moving| moving.to));
        self.rooms.insert(room, shard);
        self.commands.push_back((shard, Command::OpenRoom { room, kind }));
        room
    }

    pub(crate) fn close_room(&mut self, room: RoomId) {
        self.tell_room(room, Command::CloseRoom { room });
        self.rooms.remove(&room);
    }

    /// Brings a leg into a room: at once in its own shard, by eviction and adoption from another.
    pub(crate) fn join(&mut self, leg: LegId, room: RoomId, role: media::Role) {
        let Some(&to) = self.rooms.get(&room) else { return };
        let Some(entry) = self.legs.get_mut(&leg) else { return };
        match &mut entry.moving {
            // Already on its way: the join waits, and is worked or followed by another journey on arrival.
            Some(moving) if moving.to == to => moving.waiting.push(Command::Join { leg, room, role }),
            Some(moving) => {
                moving.to = to;
                moving.waiting.push(Command::Join { leg, room, role });
            }
            None if entry.shard == to => self.commands.push_back((to, Command::Join { leg, room, role })),
            None => {
                let waiting = vec![Command::Join { leg, room, role }];
                self.commands.push_back((entry.shard, Command::Evict { leg }));
                entry.moving = Some(Moving { to, waiting });
            }
        }
    }

    /// A leg left its shard: it goes on to where it is wanted.
    pub(crate) fn evicted(&mut self, evicted: Box<EvictedLeg>) {
        let leg = evicted.leg;
        let Some(entry) = self.legs.get_mut(&leg) else { return };
        let Some(moving) = entry.moving.take() else { return };
        if let Some(from) = self.shards.get_mut(usize::from(entry.shard.0)) {
            from.legs -= 1;
        }
        entry.shard = moving.to;
        if let Some(to) = self.shards.get_mut(usize::from(moving.to.0)) {
            to.legs += 1;
        }
        self.commands.push_back((moving.to, Command::Adopt { leg: evicted }));
        self.commands.extend(moving.waiting.into_iter().map(|command| (moving.to, command)));
    }

    pub(crate) fn play(
        &mut self,
        at: At,
        playback: PlaybackKey,
        audio: std::sync::Arc<media::Audio>,
        from_ms: u32,
        repeat: bool,
    ) -> PlayerId {
        let player = PlayerId(self.give());
        self.players.insert(player, (at, playback));
        let layer = media::Layer::Foreground;
        self.tell_place(at, Command::Play { player, at, audio, from_ms, repeat, layer });
        player
    }

    pub(crate) fn play_music(&mut self, at: At, audio: std::sync::Arc<media::Audio>) -> PlayerId {
        let player = PlayerId(self.give());
        self.music.insert(player, at);
        let layer = media::Layer::Background;
        self.tell_place(at, Command::Play { player, at, audio, from_ms: 0, repeat: true, layer });
        player
    }

    pub(crate) fn tell_player(&mut self, player: PlayerId, command: Command) {
        let at = self.players.get(&player).map(|(at, _)| *at).or_else(|| self.music.get(&player).copied());
        if let Some(at) = at {
            self.tell_place(at, command);
        }
    }

    /// A player ended; gives its playback, where it was not music.
    pub(crate) fn player_finished(&mut self, player: PlayerId) -> Option<PlaybackKey> {
        self.music.remove(&player);
        self.players.remove(&player).map(|(_, playback)| playback)
    }

    pub(crate) fn record(
        &mut self,
        at: At,
        recording: RecordingKey,
        ring: rtrb::Producer<media::Piece>,
        limits: media::RecordLimits,
    ) -> RecorderId {
        let recorder = RecorderId(self.give());
        self.recorders.insert(recorder, (at, recording));
        self.tell_place(at, Command::Record { recorder, at, ring, rate: 8_000, limits });
        recorder
    }

    pub(crate) fn tell_recorder(&mut self, recorder: RecorderId, command: Command) {
        if let Some((at, _)) = self.recorders.get(&recorder) {
            self.tell_place(*at, command);
        }
    }

    pub(crate) fn recorder_finished(&mut self, recorder: RecorderId) -> Option<RecordingKey> {
        self.recorders.remove(&recorder).map(|(_, recording)| recording)
    }
}

impl crate::Calls {
    /// A shard told something.
    pub fn media_event(&mut self, event: media::Event) {
        match event {
            media::Event::Statistics { leg, statistics } => {
                if let Some(channel) = self.rack.channel_of(leg) {
                    self.keep_statistics(channel, statistics);
                }
            }
            media::Event::Silent { leg } => {
                if let Some(channel) = self.rack.channel_of(leg) {
                    self.fell_silent(channel);
                }
            }
            media::Event::Digit { leg, digit, duration_ms } => {
                if let Some(channel) = self.rack.channel_of(leg) {
                    self.digit(channel, digit, duration_ms);
                }
            }
            media::Event::TalkingStarted { leg } => {
                if let Some(key) = self.rack.channel_of(leg).filter(|key| self.is_staying(*key)) {
                    self.tell(key, |channel| crate::Event::ChannelTalkingStarted { channel });
                }
            }
            media::Event::TalkingFinished { leg, duration_ms } => {
                if let Some(key) = self.rack.channel_of(leg).filter(|key| self.is_staying(*key)) {
                    self.tell(key, |channel| crate::Event::ChannelTalkingFinished { channel, duration_ms });
                }
            }
            media::Event::DigitsSent { leg } => {
                if let Some(channel) = self.rack.channel_of(leg) {
                    self.notify(channel, crate::Notice::DigitsSent);
                }
            }
            media::Event::PlayerFinished { player } => self.player_finished(player),
            media::Event::RecorderFinished { recorder, end, duration_ms, talking_ms, dropped: _ } => {
                self.recorder_finished(recorder, end, duration_ms, talking_ms);
            }
            media::Event::Evicted { leg } => self.rack.evicted(leg),
            media::Event::Closed { leg, .. } => {
                self.rack.closed(leg);
            }
        }
    }
}
