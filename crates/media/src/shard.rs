//! One shard: its legs and rooms, worked by whoever has the sockets and the clock.
//!
//! The driver's loop: hand in every command, every packet, and the time when [`Shard::deadline`] says so; after each
//! of these take events until [`Shard::poll_event`] gives none. Events of one call are bounded by what the shard
//! holds, and are never left out.

mod digits;
mod forward;
mod leg;
mod mailbox;
mod obey;
mod player;
mod playout;
mod random;
mod recorder;
mod report;
mod room;
mod schedule;
mod secure;
mod stream;
mod table;
mod tick;
mod wide;

pub use digits::{MAX_DIGITS, MAX_WAITING_DIGITS};
pub use player::MAX_PLAYERS;
pub use recorder::MAX_RECORDERS;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use rtp::packet::Packet;
use rtp::telephone_event::DigitEvent;

use crate::{At, Event, LegId, LegStatistics, PlayerId, PortId, RecorderId, RoomId};

use leg::Leg;
use random::Random;
use room::Room;
use schedule::Schedule;
use stream::Incoming;
use table::{Slot, Table};

/// Taps that one leg takes; one more hears nothing.
pub const LEG_TAPS: usize = 8;
/// Events that fit without growing the queue: what one tick of a large shard tells at its worst by far.
const EVENTS: usize = 1_024;

/// Longest SRTP or SRTCP packet that is opened.
const MAX_SEALED: usize = 2_048;

/// Which of a port pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketKind {
    /// The even one.
    Rtp,
    /// The one above it.
    Rtcp,
}

/// Where packets go: the driver's sockets, or a test's list.
pub trait Transmit {
    /// Sends one packet from a port of the shard. What cannot be sent is dropped: RTP repairs nothing.
    fn send(&mut self, port: PortId, kind: PacketKind, to: SocketAddr, packet: &[u8]);
}

/// What a shard is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardConfig {
    /// Where its random numbers begin: SSRCs, first sequence numbers and timestamps. Not to be guessed by others.
    pub seed: u64,
    /// Legs that it takes. One more is answered by [`Event::Closed`], one more adopted by [`Event::Evicted`].
    pub max_legs: usize,
    /// Rooms that it takes. One more is not there, so that a leg that joins it hears nothing.
    pub max_rooms: usize,
    /// The Unix time of the epoch that `now` counts from, for RTCP's sender reports.
    pub wall_offset: Duration,
}

/// Legs, rooms, players and recorders of one thread.
pub struct Shard {
    config: ShardConfig,
    random: Random,
    legs: Table<LegId, Leg>,
    rooms: Table<RoomId, Room>,
    ports: BTreeMap<PortId, Slot>,
    player_places: BTreeMap<PlayerId, At>,
    recorder_places: BTreeMap<RecorderId, At>,
    schedule: Schedule,
    events: VecDeque<Event>,
    /// Where a sealed packet is opened.
    opened: Box<[u8]>,
}

impl Shard {
    /// An empty shard.
    pub fn new(config: ShardConfig) -> Shard {
        Shard {
            config,
            random: Random::new(config.seed),
            legs: Table::new(),
            rooms: Table::new(),
            ports: BTreeMap::new(),
            player_places: BTreeMap::new(),
            recorder_places: BTreeMap::new(),
            schedule: Schedule::new(),
            events: VecDeque::with_capacity(EVENTS),
            opened: vec![0; MAX_SEALED].into_boxed_slice(),
        }
    }

    /// When [`Shard::advance`] is to be called next; `None` while there is nothing to do on the tick.
    pub fn deadline(&self) -> Option<Duration> {
        self.schedule.deadline()
    }

    /// The next thing to tell the switch.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Legs there are.
    pub fn leg_count(&self) -> usize {
        self.legs.len()
    }

    /// Milliseconds of ticks left out because the driver came too late for them.
    pub fn skipped_ms(&self) -> u64 {
        self.schedule.skipped_ms()
    }

    /// What a leg has counted so far; `None` where it is not there.
    pub fn statistics(&self, leg: LegId) -> Option<LegStatistics> {
        Some(self.legs.named(leg)?.stream().map(stream::Stream::statistics).unwrap_or_default())
    }

    /// Takes a packet that came in on a port. One that is nobody's, or nothing, is dropped.
    pub fn receive(
        &mut self,
        now: Duration,
        port: PortId,
        kind: PacketKind,
        from: SocketAddr,
        packet: &[u8],
        out: &mut dyn Transmit,
    ) {
        let Some(slot) = self.ports.get(&port).copied() else { return };
        let Some(stream) = self.legs.at_mut(slot).stream_mut() else { return };
        let kind = stream.kind_of(kind, packet);
        if !stream.is_secure() {
            return self.receive_plain(now, slot, kind, from, packet, out);
        }
        let mut opened = std::mem::take(&mut self.opened);
        if let Some(length) = stream.open(kind, packet, &mut opened) {
            self.receive_plain(now, slot, kind, from, &opened[..length], out);
        }
        self.opened = opened;
    }

    fn receive_plain(
        &mut self,
        now: Duration,
        slot: Slot,
        kind: PacketKind,
        from: SocketAddr,
        packet: &[u8],
        out: &mut dyn Transmit,
    ) {
        match kind {
            PacketKind::Rtp => self.receive_rtp(now, slot, from, packet, out),
            PacketKind::Rtcp => {
                let wall = self.wall(now);
                if let Some(stream) = self.legs.at_mut(slot).stream_mut() {
                    stream.receive_reports(now, wall, from, packet);
                }
            }
        }
    }

    fn receive_rtp(
        &mut self,
        now: Duration,
        slot: Slot,
        from: SocketAddr,
        packet: &[u8],
        out: &mut dyn Transmit,
    ) {
        let Ok(packet) = Packet::parse(packet) else { return };
        let Some(stream) = self.legs.at_mut(slot).stream_mut() else { return };
        let incoming = stream.receive(now, from, &packet);
        if incoming == Incoming::Nothing {
            return;
        }
        let partner = self.forward_partner(slot);
        if let Some(partner) = partner {
            self.forward(now, slot, partner, &packet, incoming, out);
        }
        // Asked only where packets are passed on: a room of many would be walked through for each packet of each.
        let is_watched = || self.legs.at(slot).room.is_some_and(|(room, _)| self.is_room_watched(room));
        let is_held = partner.is_none() || is_watched();
        let Some(stream) = self.legs.at_mut(slot).stream_mut() else { return };
        if partner.is_none() {
            // Even where packets are passed on again before the next tick.
            stream.end_relay();
        }
        if is_held {
            stream.hold(now, &packet, incoming);
        } else {
            stream.let_go();
        }
        if incoming == Incoming::Event {
            for event in stream.receive_event(now, &packet) {
                match event {
                    DigitEvent::Began { .. } => {}
                    DigitEvent::Ended { digit, duration_ms } => self.digit_ended(slot, digit, duration_ms),
                }
            }
        }
    }

    /// The same instant by the wall clock, since the Unix epoch.
    fn wall(&self, now: Duration) -> Duration {
        self.config.wall_offset + now
    }
}
