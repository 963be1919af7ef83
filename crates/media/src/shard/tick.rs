//! The tick: hear every far end, mix every room, speak to every far end.

use core::time::Duration;

use rtp::telephone_event::DigitEvent;

use crate::detect::Heard;
use crate::talk::Talk;
use crate::{At, Crossing, Event, Frame, Layer, PlayerId, RoomKind, Way, Ways, WideFrame, tones};

use super::digits::{Press, Step};
use super::leg::{Leg, Other, SILENCE};
use super::playout::Spoken;
use super::recorder::Recorder;
use super::room::{Mix, mix_over};
use super::schedule::Shift;
use super::stream::{MAX_OCTETS, Stream};
use super::table::Slot;
use super::{Shard, Transmit};

/// Pieces that may wait in a link before the oldest are left out.
const LINK_BACKLOG: usize = 3;

/// What a far end is to hear in this tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feed {
    Nothing,
    /// The leg's own frame.
    Own,
    /// The leg's own frame at 16 kHz.
    OwnWide,
    /// What all hear in this room who say nothing.
    Room(Slot),
}

impl Shard {
    /// Works all that is due by `now`.
    pub fn advance(&mut self, now: Duration, out: &mut dyn Transmit) {
        while let Some((phase, shift)) = self.schedule.take_due(now) {
            self.work(now, &shift, out);
            self.schedule.back(phase, shift);
        }
    }

    fn work(&mut self, now: Duration, shift: &Shift, out: &mut dyn Transmit) {
        for room in &shift.rooms {
            self.rooms.at_mut(*room).forwarding = self.forwards(*room);
        }
        for leg in &shift.legs {
            self.hear(now, *leg);
        }
        for room in &shift.rooms {
            self.mix(*room);
        }
        for leg in &shift.legs {
            self.speak(now, *leg, out);
        }
        let wall = self.wall(now);
        for leg in &shift.legs {
            let leg = self.legs.at_mut(*leg);
            let id = leg.id;
            if let Some(stream) = leg.stream_mut() {
                stream.report(now, wall, &mut self.random, out);
                stream.keep_alive(now, out);
                if stream.is_overdue(now) {
                    self.events.push_back(Event::Silent { leg: id });
                }
                if let Some(statistics) = stream.news(now) {
                    self.events.push_back(Event::Statistics { leg: id, statistics });
                }
            }
        }
    }

    /// Takes what one far end says.
    fn hear(&mut self, now: Duration, slot: Slot) {
        let room = self.legs.at(slot).room.map(|(room, _)| room);
        let forwarding = room.is_some_and(|room| self.rooms.at(room).forwarding);
        let wanted = !forwarding || room.is_some_and(|room| self.is_room_watched(room));
        let leg = self.legs.at_mut(slot);
        let mut crossed = None;
        let spoken = match &mut leg.other {
            Other::Rtp(stream) => {
                if !forwarding {
                    stream.end_relay();
                    stream.advance();
                }
                let wide = leg.wide.as_deref_mut().map(|wide| &mut wide.said);
                if wanted { stream.hear(now, &mut leg.said, wide) } else { Spoken::Nothing }
            }
            Other::Pair(_) | Other::Tap { .. } => {
                narrow_if(leg.arriving.take().map(|frame| leg.said = frame).is_some())
            }
            Other::Link { receive, .. } => narrow_if(hear_link(receive, &mut leg.said, &mut crossed)),
            Other::Null => Spoken::Nothing,
        };
        leg.spoke(if leg.muted_in { Spoken::Nothing } else { spoken });
        let overdue = leg.stream_mut().and_then(|stream| stream.overdue_digit(now));
        if let Some(DigitEvent::Ended { digit, duration_ms }) = overdue {
            self.digit_ended(slot, digit, duration_ms);
        }
        if let Some((digit, duration_ms)) = crossed {
            self.digit_pressed(slot, digit, duration_ms);
        }
        self.hear_whispers(slot);
        self.detect(slot);
        self.detect_talk(slot);
        self.record_leg(slot);
    }

    fn hear_whispers(&mut self, slot: Slot) {
        let leg = self.legs.at_mut(slot);
        if let Some(whisper) = leg.whispered_in.take() {
            let mut frame = *leg.narrow_said();
            mix_over(&mut frame, &whisper);
            leg.say_instead(&frame);
        }
    }

    /// Listens for digits sent as tones.
    fn detect(&mut self, slot: Slot) {
        let leg = self.legs.at_mut(slot);
        let Some(mut detector) = leg.detector.take() else { return };
        let frame = leg.narrow_said();
        let mut released = None;
        // A digit and the pause after it last more than a frame, so one frame holds one release at most.
        detector.feed(frame, |heard| match heard {
            Heard::Pressed(_) => {}
            Heard::Released { digit, duration_ms } => released = Some((digit, duration_ms)),
        });
        leg.detector = Some(detector);
        if let Some((digit, duration_ms)) = released {
            self.digit_pressed(slot, digit, duration_ms);
        }
    }

    /// Listens for talking and its end.
    fn detect_talk(&mut self, slot: Slot) {
        let leg = self.legs.at_mut(slot);
        let Some(detector) = leg.talk.as_mut() else { return };
        let samples = match leg.wide.as_ref().filter(|_| leg.speaks_wide) {
            Some(wide) => &wide.said[..],
            None if leg.speaks => &leg.said[..],
            None => &SILENCE[..],
        };
        let leg_id = leg.id;
        self.events.extend(detector.feed(samples).map(|talk| match talk {
            Talk::Started => Event::TalkingStarted { leg: leg_id },
            Talk::Finished { duration_ms } => Event::TalkingFinished { leg: leg_id, duration_ms },
        }));
    }

    fn record_leg(&mut self, slot: Slot) {
        let leg = self.legs.at_mut(slot);
        if leg.recorders.is_empty() {
            return;
        }
        let frame = *leg.narrow_said();
        let wide = leg.wide.as_ref().filter(|_| leg.speaks_wide).map(|wide| &wide.said);
        let events = &mut self.events;
        let places = &mut self.recorder_places;
        record(&mut leg.recorders, &frame, wide, |recorder, end| {
            places.remove(&recorder.id);
            events.push_back(recorder.finish(end));
        });
    }

    /// A far end pressed a digit and let it go: tells it, and passes it on to who is to have it.
    pub(super) fn digit_pressed(&mut self, slot: Slot, digit: char, duration_ms: u32) {
        let leg = self.legs.at_mut(slot);
        self.events.push_back(Event::Digit { leg: leg.id, digit, duration_ms });
        self.pass_digit(slot, digit, duration_ms);
    }

    /// A digit came by telephone-event. Where packets are passed on, the others of the room have it already.
    pub(super) fn digit_ended(&mut self, slot: Slot, digit: char, duration_ms: u32) {
        let takes_events = |partner| self.legs.at(partner).stream().is_some_and(Stream::sends_events);
        if self.forward_partner(slot).is_some_and(takes_events) {
            let leg = self.legs.at(slot).id;
            self.events.push_back(Event::Digit { leg, digit, duration_ms });
        } else {
            self.digit_pressed(slot, digit, duration_ms);
        }
    }

    /// Passes a digit on to who is to have it: the far end itself where it is echoed, else the others of the room.
    fn pass_digit(&mut self, slot: Slot, digit: char, duration_ms: u32) {
        let leg = self.legs.at_mut(slot);
        if leg.echo {
            leg.digits.pass(digit, duration_ms);
            return;
        }
        let Some((room, _)) = leg.room.filter(|_| !leg.absorbs_digits) else { return };
        let room = self.rooms.at(room);
        if room.kind == RoomKind::Mixing {
            for (member, _) in room.members.iter().filter(|(member, _)| *member != slot) {
                self.legs.at_mut(*member).digits.pass(digit, duration_ms);
            }
        }
    }

    /// Sums what the members of a room say.
    fn mix(&mut self, slot: Slot) {
        let room = self.rooms.at_mut(slot);
        room.mix.clear();
        let skips_silent = room.members.len() > 2;
        for (member, role) in &room.members {
            let leg = self.legs.at_mut(*member);
            let is_heard = room.is_heard(*role);
            // Of two, each hears the other to the last bit; of many, those who say nothing cost nothing.
            leg.is_mixed = is_heard && leg.speaks && !(skips_silent && leg.falls_silent());
            if leg.is_mixed {
                match leg.wide.as_ref().filter(|_| leg.speaks_wide && room.mix.is_wide()) {
                    Some(wide) => room.mix.add_wide(&wide.said),
                    None => room.mix.add(leg.narrow_said()),
                }
                room.mix.speaking += 1;
            }
            if is_heard && leg.may_speak() {
                room.mix.may_speak += 1;
            }
        }
        let mut frame = SILENCE;
        let events = &mut self.events;
        let places = &mut self.player_places;
        let mut finished = |player| {
            places.remove(&player);
            events.push_back(Event::PlayerFinished { player });
        };
        // Music is for those who wait; an announcer, or a prompt, is heard alone.
        let announced = room.kind == RoomKind::Holding && room.mix.speaking > 0;
        let waits = announced && room.foreground.is_empty();
        let players = if room.foreground.is_empty() { &mut room.background } else { &mut room.foreground };
        if waits {
        } else if players.is_wide() && room.mix.is_wide() {
            let mut frame: WideFrame = [0; 320];
            players.fill_wide(&mut frame, &mut finished);
            room.mix.add_wide(&frame);
            room.mix.playing = true;
        } else if players.fill(&mut frame, &mut finished) {
            room.mix.add(&frame);
            room.mix.playing = true;
        }
        room.mix.close();
        let places = &mut self.recorder_places;
        record(&mut room.recorders, room.mix.whole(), room.mix.whole_wide(), |recorder, end| {
            places.remove(&recorder.id);
            events.push_back(recorder.finish(end));
        });
    }

    /// Gives one far end what it is to hear.
    fn speak(&mut self, now: Duration, slot: Slot, out: &mut dyn Transmit) {
        let forwarding = self.legs.at(slot).room.is_some_and(|(room, _)| self.rooms.at(room).forwarding);
        let press = self.step_digits(slot);
        let feed = self.feed(slot, press);
        self.serve_taps(slot, feed);
        if forwarding {
            return;
        }
        let leg = self.legs.at_mut(slot);
        match &mut leg.other {
            Other::Rtp(stream) => {
                let pressed = press.filter(|_| stream.sends_events());
                if let Some(press) = pressed {
                    stream.press(now, press, out);
                    return;
                }
                stream.continue_digit(now, out);
                let Some(codec) = stream.send_codec() else { return };
                let wide = leg.wide.as_deref_mut().filter(|_| codec.sample_rate() > 8_000);
                match (feed, wide) {
                    (Feed::Nothing, _) => stream.fall_silent(),
                    (Feed::Own, Some(wide)) => {
                        wide.widen_heard(&leg.heard);
                        stream.say(now, &wide.heard, out);
                    }
                    (Feed::OwnWide, Some(wide)) => stream.say(now, &wide.heard, out),
                    (Feed::Own | Feed::OwnWide, None) => stream.say(now, &leg.heard, out),
                    (Feed::Room(room), _) => {
                        let mut octets = [0; MAX_OCTETS];
                        if let Some(octets) = self.rooms.at_mut(room).mix.encoded(codec, &mut octets) {
                            stream.speak(now, octets, out);
                        }
                    }
                }
            }
            Other::Null => {}
            Other::Pair(_) | Other::Tap { .. } | Other::Link { .. } => self.hand_over(slot, feed, press),
        }
    }

    /// Gives what a leg hears to the leg that is its far end.
    fn hand_over(&mut self, slot: Slot, feed: Feed, press: Option<Press>) {
        let frame = self.frame(slot, feed);
        let digit = press.filter(|press| press.elapsed_ms + 20 >= press.duration_ms);
        let leg = self.legs.at_mut(slot);
        match &mut leg.other {
            Other::Pair(pair) => {
                let pair = *pair;
                let Some(pair) = self.legs.slot(pair) else { return };
                if let Some(frame) = frame {
                    self.legs.at_mut(pair).arriving.put(&frame);
                }
                if let Some(press) = digit {
                    self.digit_pressed(pair, press.digit, press.duration_ms);
                }
            }
            Other::Link { send, .. } => {
                // A full ring means that the other shard is not drained; it is the reader who catches up.
                if let Some(press) = digit {
                    let _ = send.push(Crossing::Digit { digit: press.digit, duration_ms: press.duration_ms });
                }
                if let Some(frame) = frame {
                    let _ = send.push(Crossing::Frame(frame));
                }
            }
            Other::Tap { of, whisper, .. } => {
                let (of, whisper) = (*of, *whisper);
                let Some(of) = self.legs.named_mut(of) else { return };
                if let Some(frame) = frame {
                    if whisper.include(Way::In) {
                        of.whispered_in.put(&frame);
                    }
                    if whisper.include(Way::Out) {
                        of.whispered_out.put(&frame);
                    }
                }
            }
            Other::Rtp(_) | Other::Null => {}
        }
    }

    /// Gives taps of a leg what it says and hears.
    fn serve_taps(&mut self, slot: Slot, feed: Feed) {
        if self.legs.at(slot).taps.is_empty() {
            return;
        }
        let heard = self.frame(slot, feed);
        let leg = self.legs.at_mut(slot);
        let said = leg.speaks.then(|| *leg.narrow_said());
        for n in 0..leg.taps.len() {
            let tap = self.legs.at(slot).taps[n];
            let Some(tap) = self.legs.named_mut(tap) else { continue };
            let Other::Tap { spy, .. } = tap.other else { continue };
            if spy == Ways::Neither {
                continue;
            }
            let mut frame = SILENCE;
            for (way, part) in [(Way::In, &said), (Way::Out, &heard)] {
                if let Some(part) = part.as_ref().filter(|_| spy.include(way)) {
                    mix_over(&mut frame, part);
                }
            }
            tap.arriving.put(&frame);
        }
    }

    /// What a far end hears, at 8 kHz.
    fn frame(&mut self, slot: Slot, feed: Feed) -> Option<Frame> {
        match feed {
            Feed::Nothing => None,
            Feed::Own => Some(self.legs.at(slot).heard),
            Feed::OwnWide => {
                let leg = self.legs.at_mut(slot);
                if let Some(wide) = &mut leg.wide {
                    wide.narrow_heard(&mut leg.heard);
                }
                Some(leg.heard)
            }
            Feed::Room(room) => Some(*self.rooms.at(room).mix.whole()),
        }
    }

    /// What is done about digits to this far end in this tick.
    fn step_digits(&mut self, slot: Slot) -> Option<Press> {
        let leg = self.legs.at_mut(slot);
        match leg.digits.step() {
            Step::Idle | Step::Wait => None,
            Step::Hold(press) => Some(press),
            Step::Sent => {
                self.events.push_back(Event::DigitsSent { leg: leg.id });
                None
            }
        }
    }

    /// What a far end is to hear: a digit's tones, else its own player, else its echo, else the room, else its
    /// background; whispers over all of it; silence in its stead where it is muted.
    fn feed(&mut self, slot: Slot, press: Option<Press>) -> Feed {
        let room_feed = self.room_feed(slot);
        let leg = self.legs.at_mut(slot);
        let events = &mut self.events;
        let places = &mut self.player_places;
        let mut finished = |player| {
            places.remove(&player);
            events.push_back(Event::PlayerFinished { player });
        };
        // A player goes on while its leg hears digits or silence: time passes for it.
        let played = play(leg, Layer::Foreground, &mut finished);
        let mut feed = if let Some(press) = press.filter(|_| hears_tones(leg)) {
            tones::dtmf_frame(press.digit, press.elapsed_ms * 8, &mut leg.heard);
            Feed::Own
        } else if played != Feed::Nothing {
            played
        } else if leg.echo && leg.speaks {
            echo(leg)
        } else if let Some((room, is_own)) = room_feed {
            if is_own { without_own(leg, &self.rooms.at(room).mix) } else { Feed::Room(room) }
        } else {
            play(leg, Layer::Background, &mut finished)
        };
        if let Some(whisper) = leg.whispered_out.take() {
            match feed {
                Feed::Own => {}
                Feed::OwnWide => {
                    if let Some(wide) = &mut leg.wide {
                        wide.narrow_heard(&mut leg.heard);
                    }
                }
                Feed::Nothing => leg.heard = SILENCE,
                Feed::Room(room) => leg.heard = *self.rooms.at(room).mix.whole(),
            }
            mix_over(&mut leg.heard, &whisper);
            feed = Feed::Own;
        }
        if leg.muted_out && feed != Feed::Nothing {
            leg.heard = SILENCE;
            feed = Feed::Own;
        }
        feed
    }

    /// The room that a leg hears, if it hears one, and whether its own voice is in that room's mix.
    fn room_feed(&self, slot: Slot) -> Option<(Slot, bool)> {
        let leg = self.legs.at(slot);
        let (place, role) = leg.room?;
        let room = self.rooms.at(place);
        if !room.hears(role) {
            return None;
        }
        let is_own = leg.is_mixed;
        let others = match room.kind {
            RoomKind::Mixing => room.mix.may_speak - usize::from(leg.may_speak()),
            // Announcers speak when they have something to announce; music goes on between.
            RoomKind::Holding => room.mix.speaking,
        };
        (others > 0 || room.mix.playing).then_some((place, is_own))
    }

    /// Forgets a place of players, and tells that they ended.
    pub(super) fn end_players(&mut self, at: At) {
        let players = match at {
            At::Leg(leg) => self.legs.named_mut(leg).map(|leg| (&mut leg.foreground, &mut leg.background)),
            At::Room(room) => {
                self.rooms.named_mut(room).map(|room| (&mut room.foreground, &mut room.background))
            }
        };
        let Some((foreground, background)) = players else { return };
        for player in std::mem::take(foreground).ids().chain(std::mem::take(background).ids()) {
            self.player_places.remove(&player);
            self.events.push_back(Event::PlayerFinished { player });
        }
    }
}

fn narrow_if(speaks: bool) -> Spoken {
    if speaks { Spoken::Narrow } else { Spoken::Nothing }
}

/// The next of a leg's own player, at its rate where the far end hears that.
fn play(leg: &mut Leg, layer: Layer, finished: &mut impl FnMut(PlayerId)) -> Feed {
    let hears_wide = leg.hears_wide();
    let players = match layer {
        Layer::Foreground => &mut leg.foreground,
        Layer::Background => &mut leg.background,
    };
    if let Some(wide) = leg.wide.as_mut().filter(|_| hears_wide && players.is_wide()) {
        players.fill_wide(&mut wide.heard, finished);
        Feed::OwnWide
    } else if players.fill(&mut leg.heard, finished) {
        Feed::Own
    } else {
        Feed::Nothing
    }
}

fn echo(leg: &mut Leg) -> Feed {
    let hears_wide = leg.hears_wide();
    if let Some(wide) = leg.wide.as_mut().filter(|_| hears_wide && leg.speaks_wide) {
        wide.heard = wide.said;
        return Feed::OwnWide;
    }
    leg.heard = *leg.narrow_said();
    Feed::Own
}

/// The mix without what the leg says itself.
fn without_own(leg: &mut Leg, mix: &Mix) -> Feed {
    let hears_wide = leg.hears_wide();
    let Some(wide) = leg.wide.as_mut().filter(|_| leg.speaks_wide && mix.is_wide()) else {
        leg.narrow_said();
        mix.without(&leg.said, &mut leg.heard);
        return Feed::Own;
    };
    mix.without_wide(&wide.said, &mut wide.heard);
    if hears_wide {
        return Feed::OwnWide;
    }
    wide.narrow_heard(&mut leg.heard);
    Feed::Own
}

fn hears_tones(leg: &Leg) -> bool {
    match &leg.other {
        Other::Rtp(stream) => !stream.sends_events(),
        Other::Tap { .. } | Other::Null => true,
        Other::Pair(_) | Other::Link { .. } => false,
    }
}

fn hear_link(
    receive: &mut rtrb::Consumer<Crossing>,
    said: &mut Frame,
    crossed: &mut Option<(char, u32)>,
) -> bool {
    let mut heard = false;
    while let Ok(piece) = receive.peek() {
        match *piece {
            Crossing::Digit { digit, duration_ms } => {
                if crossed.is_some() {
                    return heard;
                }
                *crossed = Some((digit, duration_ms));
            }
            Crossing::Frame(frame) => {
                if heard && receive.slots() < LINK_BACKLOG {
                    return heard;
                }
                *said = frame;
                heard = true;
            }
        }
        let _ = receive.pop();
    }
    heard
}

fn record(
    recorders: &mut Vec<Recorder>,
    frame: &Frame,
    wide: Option<&WideFrame>,
    mut ended: impl FnMut(Recorder, crate::RecorderEnd),
) {
    let mut n = 0;
    while n < recorders.len() {
        match recorders[n].take(frame, wide) {
            Some(end) => ended(recorders.swap_remove(n), end),
            None => n += 1,
        }
    }
}
