//! Working commands.

use core::time::Duration;
use std::sync::Arc;

use rtp::StreamConfig;

use crate::detect::DtmfDetector;
use crate::talk::TalkDetector;
use crate::{
    At, Audio, Command, Event, EvictedLeg, Far, Layer, LegId, PlayerId, PortId, RecorderEnd, RecorderId,
    Role, RoomId, RoomKind,
};

use super::leg::{Leg, Other};
use super::player::{Player, Players};
use super::recorder::{MAX_RECORDERS, Recorder};
use super::room::Room;
use super::schedule::Phase;
use super::stream::Stream;
use super::table::Slot;
use super::wide::Wide;
use super::{LEG_TAPS, Shard, Transmit};

impl Shard {
    /// Works one command. RTCP's goodbye goes out by `out` when a leg is closed.
    pub fn command(&mut self, now: Duration, command: Command, out: &mut dyn Transmit) {
        match command {
            Command::Open { leg, far } => self.open_far(now, leg, far),
            Command::OpenLink { leg, send, receive } => self.open(now, leg, Other::Link { send, receive }),
            Command::OpenTap { leg, of, spy, whisper } => {
                self.open(now, leg, Other::Tap { of, spy, whisper });
                self.attach_tap(leg, of);
            }
            Command::Configure { leg, stream } => {
                self.configure(now, leg, stream);
            }
            Command::Close { leg } => self.close(now, leg, out),
            Command::Evict { leg } => self.evict(leg),
            Command::Adopt { leg } => self.adopt(now, leg),
            Command::Mute { leg, way, on } => self.with_leg(leg, |leg| leg.mute(way, on)),
            Command::Echo { leg, on } => self.with_leg(leg, |leg| leg.echo = on),
            Command::AbsorbDigits { leg, on } => self.with_leg(leg, |leg| leg.absorbs_digits = on),
            Command::DetectDigits { leg, on } => {
                self.with_leg(leg, |leg| leg.detector = on.then(|| Box::new(DtmfDetector::new())));
            }
            Command::DetectTalking { leg, settings } => {
                self.with_leg(leg, |leg| match (&mut leg.talk, settings) {
                    (Some(talk), Some(settings)) => talk.change(settings),
                    (talk, settings) => *talk = settings.map(TalkDetector::new),
                });
            }
            Command::SendDigits { leg: id, digits } => {
                if self.legs.named_mut(id).is_some_and(|leg| !leg.digits.ask(digits)) {
                    self.events.push_back(Event::DigitsSent { leg: id });
                }
            }
            Command::OpenRoom { room, kind } => self.open_room(now, room, kind),
            Command::CloseRoom { room } => self.close_room(room),
            Command::Join { leg, room, role } => self.join(leg, room, role),
            Command::Leave { leg } => {
                if let Some(slot) = self.legs.slot(leg) {
                    self.leave(slot);
                }
            }
            Command::Play { player, at, audio, from_ms, repeat, layer } => {
                self.play(player, at, audio, from_ms, repeat, layer);
            }
            Command::PausePlayer { player } => {
                self.with_players(player, |players| players.pause(player, true))
            }
            Command::ResumePlayer { player } => {
                self.with_players(player, |players| players.pause(player, false))
            }
            Command::SeekPlayer { player, by_ms } => {
                self.with_players(player, |players| players.seek(player, by_ms));
            }
            Command::StopPlayer { player } => {
                self.with_players(player, |players| players.stop(player));
                if self.player_places.remove(&player).is_some() {
                    self.events.push_back(Event::PlayerFinished { player });
                }
            }
            Command::Record { recorder, at, ring, rate, limits } => {
                self.record(at, Recorder::new(recorder, ring, rate, limits));
            }
            Command::PauseRecorder { recorder } => {
                self.with_recorder(recorder, |recorder| recorder.pause(true))
            }
            Command::ResumeRecorder { recorder } => {
                self.with_recorder(recorder, |recorder| recorder.pause(false))
            }
            Command::MuteRecorder { recorder, on } => {
                self.with_recorder(recorder, |recorder| recorder.mute(on))
            }
            Command::StopRecorder { recorder } => self.stop_recorder(recorder),
        }
    }

    fn configure(&mut self, now: Duration, leg: LegId, config: Box<StreamConfig>) {
        let Some(leg) = self.legs.named_mut(leg) else { return };
        let Some(stream) = leg.stream_mut() else { return };
        let hears_tones = config.options.inband_digits && config.receive_events.is_none();
        stream.configure(now, config);
        let is_wide = stream.is_wide();
        if hears_tones != leg.detector.is_some() {
            leg.detector = hears_tones.then(Box::default);
        }
        if is_wide != leg.wide.is_some() {
            leg.wide = is_wide.then(Wide::new);
            if let Some((room, _)) = leg.room {
                self.fit_room(room);
            }
        }
    }

    /// Makes a room work at 16 kHz where anybody in it needs that, and at 8 kHz alone where nobody does.
    fn fit_room(&mut self, slot: Slot) {
        let room = self.rooms.at(slot);
        let is_wide = room.members.iter().any(|(member, _)| self.legs.at(*member).wide.is_some())
            || room.recorders.iter().any(Recorder::is_wide);
        self.rooms.at_mut(slot).mix.widen(is_wide);
    }

    fn with_leg(&mut self, leg: LegId, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.named_mut(leg) {
            change(leg);
        }
    }

    fn open_far(&mut self, now: Duration, leg: LegId, far: Far) {
        let other = match far {
            Far::Rtp(port) => Other::Rtp(Box::new(Stream::new(port, &mut self.random, now))),
            Far::Pair(pair) => Other::Pair(pair),
            Far::Null => Other::Null,
        };
        self.open(now, leg, other);
    }

    fn open(&mut self, now: Duration, id: LegId, other: Other) {
        if self.legs.slot(id).is_some() {
            return;
        }
        let leg = Leg::new(id, other, 0);
        if self.legs.len() >= self.config.max_legs {
            self.events.push_back(closed(&leg));
            return;
        }
        self.take_in(now, leg);
    }

    fn take_in(&mut self, now: Duration, mut leg: Box<Leg>) {
        self.schedule.wake(now);
        let phase = self.schedule.quietest();
        leg.phase = phase;
        let (id, port) = (leg.id, leg.stream().map(|stream| stream.port));
        let slot = self.legs.insert(id, leg);
        self.schedule.add_leg(phase, slot);
        if let Some(port) = port {
            self.ports.insert(port, slot);
        }
    }

    fn attach_tap(&mut self, tap: LegId, of: LegId) {
        if self.legs.slot(tap).is_some()
            && let Some(of) = self.legs.named_mut(of)
            && of.taps.len() < LEG_TAPS
        {
            of.taps.push(tap);
        }
    }

    /// Takes a leg out of its room, its phase and the taps of others.
    fn take_out(&mut self, id: LegId) -> Option<Box<Leg>> {
        let slot = self.legs.slot(id)?;
        self.leave(slot);
        let mut leg = self.legs.remove(id)?;
        self.schedule.remove_leg(leg.phase, slot);
        if let Some(stream) = leg.stream_mut() {
            stream.end_relay();
            self.ports.remove(&stream.port);
        }
        if let Other::Tap { of, .. } = &leg.other
            && let Some(of) = self.legs.named_mut(*of)
        {
            of.taps.retain(|tap| *tap != id);
        }
        leg.taps.clear();
        Some(leg)
    }

    fn close(&mut self, now: Duration, id: LegId, out: &mut dyn Transmit) {
        self.end_players(At::Leg(id));
        self.end_recorders(At::Leg(id));
        let wall = self.wall(now);
        if let Some(mut leg) = self.take_out(id) {
            if let Some(stream) = leg.stream_mut() {
                stream.goodbye(now, wall, out);
            }
            self.events.push_back(closed(&leg));
        }
    }

    fn evict(&mut self, id: LegId) {
        let Some(leg) = self.take_out(id) else { return };
        for player in leg.foreground.ids().chain(leg.background.ids()) {
            self.player_places.remove(&player);
        }
        for recorder in &leg.recorders {
            self.recorder_places.remove(&recorder.id);
        }
        let port = leg.stream().map(|stream| stream.port);
        let leg = EvictedLeg { leg: id, port, descriptor: None, state: leg };
        self.events.push_back(Event::Evicted { leg: Box::new(leg) });
    }

    fn adopt(&mut self, now: Duration, evicted: Box<EvictedLeg>) {
        if self.legs.len() >= self.config.max_legs || self.legs.slot(evicted.leg).is_some() {
            self.events.push_back(Event::Evicted { leg: evicted });
            return;
        }
        let Ok(leg) = evicted.state.downcast::<Leg>() else { return };
        for player in leg.foreground.ids().chain(leg.background.ids()) {
            self.player_places.insert(player, At::Leg(leg.id));
        }
        for recorder in &leg.recorders {
            self.recorder_places.insert(recorder.id, At::Leg(leg.id));
        }
        self.take_in(now, leg);
    }

    fn open_room(&mut self, now: Duration, room: RoomId, kind: RoomKind) {
        if self.rooms.slot(room).is_some() || self.rooms.len() >= self.config.max_rooms {
            return;
        }
        self.schedule.wake(now);
        let phase = self.schedule.quietest();
        let slot = self.rooms.insert(room, Room::new(kind, phase));
        self.schedule.add_room(phase, slot);
    }

    fn close_room(&mut self, id: RoomId) {
        self.end_players(At::Room(id));
        self.end_recorders(At::Room(id));
        let Some(slot) = self.rooms.slot(id) else { return };
        while let Some((member, _)) = self.rooms.at(slot).members.first().copied() {
            self.leave(member);
        }
        if let Some(room) = self.rooms.remove(id) {
            self.schedule.remove_room(room.phase, slot);
        }
    }

    fn join(&mut self, leg: LegId, room: RoomId, role: Role) {
        let Some(slot) = self.legs.slot(leg) else { return };
        self.leave(slot);
        let Some(place) = self.rooms.slot(room) else { return };
        let room = self.rooms.at_mut(place);
        let leg = self.legs.at_mut(slot);
        // A room takes over its first member's phase, and later ones that of the room: all of a room is worked in one.
        if room.members.is_empty() {
            self.schedule.remove_room(room.phase, place);
            room.phase = leg.phase;
            self.schedule.add_room(room.phase, place);
        } else {
            let phase: Phase = room.phase;
            self.schedule.remove_leg(leg.phase, slot);
            leg.phase = phase;
            self.schedule.add_leg(phase, slot);
        }
        room.members.push((slot, role));
        leg.room = Some((place, role));
        self.fit_room(place);
    }

    fn leave(&mut self, slot: Slot) {
        if let Some((place, _)) = self.legs.at_mut(slot).room.take() {
            let room = self.rooms.at_mut(place);
            room.members.retain(|(member, _)| *member != slot);
            self.fit_room(place);
        }
    }

    fn play(&mut self, id: PlayerId, at: At, audio: Arc<Audio>, from_ms: u32, repeat: bool, layer: Layer) {
        let added = self
            .players_mut(at, layer)
            .map_or(Err(id), |players| players.add(Player::new(id, audio, from_ms, repeat)));
        match added {
            Ok(()) => drop(self.player_places.insert(id, at)),
            Err(player) => self.events.push_back(Event::PlayerFinished { player }),
        }
    }

    fn players_mut(&mut self, at: At, layer: Layer) -> Option<&mut Players> {
        let (foreground, background) = match at {
            At::Leg(leg) => self.legs.named_mut(leg).map(|leg| (&mut leg.foreground, &mut leg.background))?,
            At::Room(room) => {
                self.rooms.named_mut(room).map(|room| (&mut room.foreground, &mut room.background))?
            }
        };
        Some(match layer {
            Layer::Foreground => foreground,
            Layer::Background => background,
        })
    }

    fn with_players(&mut self, player: PlayerId, mut change: impl FnMut(&mut Players)) {
        if let Some(at) = self.player_places.get(&player).copied() {
            for layer in [Layer::Foreground, Layer::Background] {
                if let Some(players) = self.players_mut(at, layer) {
                    change(players);
                }
            }
        }
    }

    fn record(&mut self, at: At, recorder: Recorder) {
        let id = recorder.id;
        match self.recorders_mut(at).filter(|recorders| recorders.len() < MAX_RECORDERS) {
            Some(recorders) => {
                recorders.push(recorder);
                self.recorder_places.insert(id, at);
                self.fit_place(at);
            }
            None => self.events.push_back(recorder.finish(RecorderEnd::Gone)),
        }
    }

    fn recorders_mut(&mut self, at: At) -> Option<&mut Vec<Recorder>> {
        match at {
            At::Leg(leg) => self.legs.named_mut(leg).map(|leg| &mut leg.recorders),
            At::Room(room) => self.rooms.named_mut(room).map(|room| &mut room.recorders),
        }
    }

    fn with_recorder(&mut self, id: RecorderId, change: impl FnOnce(&mut Recorder)) {
        if let Some(at) = self.recorder_places.get(&id).copied()
            && let Some(recorder) =
                self.recorders_mut(at).and_then(|all| all.iter_mut().find(|recorder| recorder.id == id))
        {
            change(recorder);
        }
    }

    fn stop_recorder(&mut self, id: RecorderId) {
        let Some(at) = self.recorder_places.remove(&id) else { return };
        let Some(recorders) = self.recorders_mut(at) else { return };
        if let Some(place) = recorders.iter().position(|recorder| recorder.id == id) {
            let recorder = recorders.swap_remove(place);
            self.events.push_back(recorder.finish(RecorderEnd::Stopped));
            self.fit_place(at);
        }
    }

    fn fit_place(&mut self, at: At) {
        if let At::Room(room) = at
            && let Some(slot) = self.rooms.slot(room)
        {
            self.fit_room(slot);
        }
    }

    fn end_recorders(&mut self, at: At) {
        let Some(recorders) = self.recorders_mut(at) else { return };
        for recorder in std::mem::take(recorders) {
            self.recorder_places.remove(&recorder.id);
            self.events.push_back(recorder.finish(RecorderEnd::Gone));
        }
    }
}

fn closed(leg: &Leg) -> Event {
    let port: Option<PortId> = leg.stream().map(|stream| stream.port);
    let statistics = leg.stream().map(Stream::statistics).unwrap_or_default();
    Event::Closed { leg: leg.id, port, statistics }
}
