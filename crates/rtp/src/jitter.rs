//! An adaptive playout buffer: what comes unevenly goes out evenly, late enough and no later.
//!
//! Packets are held by sequence number. How long each was on the way, as far as its timestamp tells, gives the transit
//! that one in a hundred exceeds; the buffer plays with the least delay that is not below it. It grows by concealing a
//! packet's worth where that is more than it has, and shrinks by leaving a packet out where it has been more than needed
//! for [`SHRINK_AFTER`] packets on end.

use core::time::Duration;

use crate::packet::Header;
use crate::receive::clock_units;

/// Longest payload held unless more is asked for: 60 ms of G.711.
pub const MAX_PAYLOAD: usize = 480;
/// The most speech held, and so the most delay added.
pub const MAX_DELAY: Duration = Duration::from_millis(200);
/// Packets held at most, whatever their length: with 10 ms packets this bounds the delay before [`MAX_DELAY`] does.
pub const SLOTS: usize = 16;
/// Packets taken in a row with more delay than needed, before one is left out.
pub const SHRINK_AFTER: u32 = 50;
/// Losses concealed on end while nothing comes, before the stream counts as silent.
pub const MAX_CONCEALED: u32 = 5;

/// A packet behind its turn by no more than this is late; by more, the stream began anew.
const MAX_LATE: u16 = 100;
/// Clock jump that begins the stream anew, in seconds.
const MAX_CLOCK_JUMP: u32 = 2;
/// Delay before any jitter is seen, in milliseconds.
const FIRST_DELAY_MS: u32 = 25;
/// By how much of the spread the wanted transit rises with a packet that exceeds it, and falls with another: the ratio is
/// how many exceed it.
const RISE: f32 = 1.0 / 4.0;
const FALL: f32 = 1.0 / 400.0;
/// The least spread, in milliseconds.
const LEAST_SPREAD_MS: f32 = 4.0;
/// Packets of which the longest transit is known, the last so many and those so many before: no more is wanted than the
/// longer of the two, so that a burst after a stall is soon forgotten.
const WINDOW: u32 = 128;

/// What became of a packet that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Held for its turn.
    Held,
    /// Held, and all before it thrown away: a new source, or a jump of sequence or clock.
    Restarted,
    /// Held already.
    Duplicate,
    /// Its turn is over.
    Late,
    /// Longer than there is room for, or empty.
    Refused,
}

/// What the turn gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken<'a> {
    /// The next packet.
    Packet {
        /// Its header as received.
        header: Header,
        /// Its payload.
        payload: &'a [u8],
    },
    /// A packet should be here and is not: conceal one packet's worth.
    Lost,
    /// Nothing is expected: not begun, silence, or telephone-events.
    Empty,
}

/// What the buffer did so far, in packets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterStatistics {
    /// Taken out in their turn.
    pub played: u64,
    /// Turns concealed.
    pub concealed: u64,
    /// Came after their turn.
    pub late: u64,
    /// Came twice.
    pub duplicates: u64,
    /// Left out to bring the delay down.
    pub dropped: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    Speech,
    /// Another payload, such as telephone-event, that has this sequence number.
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    holds: Holds,
    header: Header,
    len: usize,
    /// Where its payload is, while it holds speech.
    chunk: u8,
}

/// Which places for payloads are free. The one freed last is used next: it is still in the processor's cache.
#[derive(Debug, Clone)]
struct Free {
    chunks: [u8; SLOTS],
    count: usize,
}

impl Free {
    fn all() -> Free {
        Free { chunks: core::array::from_fn(|n| n as u8), count: SLOTS }
    }

    fn take(&mut self) -> u8 {
        self.count -= 1;
        self.chunks[self.count]
    }

    fn give(&mut self, chunk: u8) {
        self.chunks[self.count] = chunk;
        self.count += 1;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No packet is held.
    Idle,
    /// Packets are held until this long after the first.
    Filling {
        since: Duration,
    },
    Playing,
}

/// The buffer of one stream. It allocates its memory, about eight kilobytes, when it is made, and never again.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    clock_rate: u32,
    slots: [Slot; SLOTS],
    payloads: Box<[u8]>,
    free: Free,
    max_payload: usize,
    state: State,
    /// Playing has begun since the stream did, so that what is before `next` is over.
    begun: bool,
    ssrc: u32,
    /// The sequence number whose turn is next.
    next: u16,
    /// One past the highest held; `next` where nothing is.
    end: u16,
    /// Samples in a packet, learnt from the stream.
    packet_samples: u32,
    /// The packet that came last: sequence, timestamp.
    last: Option<(u16, u32)>,
    transit: Transit,
    /// Turns concealed since the last packet while nothing at all was held; a gap found later is paid out of these.
    dry: u32,
    /// Turns on end with more delay than needed.
    watched: u32,
    statistics: JitterStatistics,
}

impl JitterBuffer {
    /// An empty buffer for payloads of this clock rate in hertz, of [`MAX_PAYLOAD`] octets at most.
    pub fn new(clock_rate: u32) -> JitterBuffer {
        JitterBuffer::with_payload(clock_rate, MAX_PAYLOAD)
    }

    /// An empty buffer for payloads of this clock rate in hertz and of so many octets at most.
    pub fn with_payload(clock_rate: u32, max_payload: usize) -> JitterBuffer {
        let header = Header { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0 };
        JitterBuffer {
            clock_rate,
            slots: [Slot { holds: Holds::Nothing, header, len: 0, chunk: 0 }; SLOTS],
            payloads: vec![0; SLOTS * max_payload].into_boxed_slice(),
            max_payload,
            free: Free::all(),
            state: State::Idle,
            begun: false,
            ssrc: 0,
            next: 0,
            end: 0,
            packet_samples: clock_rate / 50,
            last: None,
            transit: Transit::new(clock_rate),
            dry: 0,
            watched: 0,
            statistics: JitterStatistics::default(),
        }
    }

    /// Throws away what is held; what comes from now on has this clock, in hertz.
    pub fn change_clock(&mut self, clock_rate: u32) {
        self.reset();
        self.clock_rate = clock_rate;
        self.packet_samples = clock_rate / 50;
        self.transit = Transit::new(clock_rate);
    }

    /// What the buffer did so far.
    pub fn statistics(&self) -> JitterStatistics {
        self.statistics
    }

    /// Packets from the one whose turn is next to the newest held, gaps included.
    pub fn depth(&self) -> usize {
        usize::from(self.end.wrapping_sub(self.next))
    }

    /// How long a packet of the usual transit waits for its turn, as far as it is wanted.
    pub fn target_delay(&self) -> Duration {
        let units = (self.transit.wanted - self.transit.mean).max(0.0);
        Duration::from_secs_f32(units / self.clock_rate.max(1) as f32).min(MAX_DELAY)
    }

    /// Holds a speech packet that came at `now`; its payload is copied.
    pub fn put(&mut self, header: &Header, payload: &[u8], now: Duration) -> Put {
        if payload.is_empty() || payload.len() > self.max_payload {
            return Put::Refused;
        }
        let put = self.admit(header, now);
        match put {
            Put::Held | Put::Restarted => {}
            Put::Duplicate => self.statistics.duplicates += 1,
            Put::Late => self.statistics.late += 1,
            Put::Refused => {}
        }
        if matches!(put, Put::Held | Put::Restarted) {
            let at = usize::from(header.sequence) % SLOTS;
            self.vacate(at);
            let chunk = self.free.take();
            let place = usize::from(chunk) * self.max_payload;
            self.payloads[place..][..payload.len()].copy_from_slice(payload);
            self.slots[at] = Slot { holds: Holds::Speech, header: *header, len: payload.len(), chunk };
        }
        match put {
            Put::Held | Put::Restarted | Put::Late => self.observe(header, now),
            Put::Duplicate | Put::Refused => {}
        }
        put
    }

    /// Notes that this sequence number was another payload, such as telephone-event, so that its turn is not a loss.
    pub fn put_other(&mut self, header: &Header, now: Duration) {
        if self.state != State::Idle && matches!(self.admit(header, now), Put::Held | Put::Restarted) {
            let at = usize::from(header.sequence) % SLOTS;
            self.vacate(at);
            self.slots[at] = Slot { holds: Holds::Other, header: *header, len: 0, chunk: 0 };
        }
    }

    /// Gives the next packet in turn at `now`. To be called once for each packet's worth of playing.
    pub fn take(&mut self, now: Duration) -> Taken<'_> {
        match self.state {
            State::Idle => return Taken::Empty,
            State::Filling { since } if !self.is_filled(now, since) => return Taken::Empty,
            State::Filling { .. } => {
                self.state = State::Playing;
                self.begun = true;
                self.watch_anew();
                // What was lost before the first packet after a silence is not missed.
                while self.depth() > 0 && self.slot(self.next).is_none() {
                    self.next = self.next.wrapping_add(1);
                }
            }
            State::Playing => {}
        }
        if self.pass_over_others() && self.depth() == 0 {
            self.state = State::Idle;
            return Taken::Empty;
        }
        if self.depth() == 0 {
            return self.run_dry();
        }
        if self.is_too_soon(now) {
            self.statistics.concealed += 1;
            self.watch_anew();
            return Taken::Lost;
        }
        self.shrink(now);
        while self.slot(self.next).is_none() {
            self.next = self.next.wrapping_add(1);
            // The silence while the buffer was dry stood for this packet.
            if self.dry > 0 && self.depth() > 0 {
                self.dry -= 1;
                continue;
            }
            self.statistics.concealed += 1;
            return Taken::Lost;
        }
        self.dry = 0;
        let at = usize::from(self.next) % SLOTS;
        self.next = self.next.wrapping_add(1);
        if self.vacate(at) == Holds::Other {
            return Taken::Empty;
        }
        self.statistics.played += 1;
        // The place is free, and untouched until the next packet is put in.
        let slot = &self.slots[at];
        let place = usize::from(slot.chunk) * self.max_payload;
        Taken::Packet { header: slot.header, payload: &self.payloads[place..][..slot.len] }
    }

    /// Throws away what is held; the next packet begins the stream.
    pub fn reset(&mut self) {
        (0..SLOTS).for_each(|at| {
            self.vacate(at);
        });
        self.state = State::Idle;
        self.begun = false;
        self.last = None;
        self.dry = 0;
        self.end = self.next;
    }

    /// Decides on a packet by its numbers and makes room for it.
    fn admit(&mut self, header: &Header, now: Duration) -> Put {
        let restarted = self.last.is_some() && self.is_jump(header);
        if restarted {
            self.reset();
        }
        if self.last.is_none() {
            self.ssrc = header.ssrc;
            self.next = header.sequence;
            self.end = header.sequence;
        }
        let ahead = header.sequence.wrapping_sub(self.next);
        if ahead >= 0x8000 {
            let behind = ahead.wrapping_neg();
            // Before anything was played, an earlier packet than the first may still have its turn.
            let room = usize::from(behind) + self.depth() <= self.max_depth();
            if self.begun || !matches!(self.state, State::Filling { .. }) || !room {
                return Put::Late;
            }
            self.next = header.sequence;
        } else if self.slot(header.sequence).is_some() {
            return Put::Duplicate;
        }
        match self.state {
            State::Idle => self.state = State::Filling { since: now },
            // A talkspurt after a silence: time to choose the delay anew (RFC 3551 §4.1).
            State::Playing if header.marker && self.dry > 0 && self.depth() == 0 => {
                self.state = State::Filling { since: now };
                self.next = header.sequence;
                self.end = header.sequence;
                self.dry = 0;
            }
            State::Playing | State::Filling { .. } => {}
        }
        let past = header.sequence.wrapping_add(1);
        if past.wrapping_sub(self.next) > self.end.wrapping_sub(self.next) {
            self.end = past;
        }
        while self.depth() > self.max_depth() {
            self.drop_next();
        }
        if restarted { Put::Restarted } else { Put::Held }
    }

    /// Another source, or numbers too far from the last ones to be of the same stretch of speech.
    fn is_jump(&self, header: &Header) -> bool {
        let Some((sequence, timestamp)) = self.last else { return false };
        let ahead = header.sequence.wrapping_sub(self.next);
        let far = ahead > MAX_LATE && ahead < MAX_LATE.wrapping_neg();
        // Silence moves the clock on without packets; with none held that is no jump.
        let steps = i32::from(header.sequence.wrapping_sub(sequence) as i16);
        let expected = timestamp.wrapping_add((steps as u32).wrapping_mul(self.packet_samples));
        let clock_off = (header.timestamp.wrapping_sub(expected) as i32).unsigned_abs();
        let clock_jump = clock_off > MAX_CLOCK_JUMP * self.clock_rate && self.depth() > 0;
        header.ssrc != self.ssrc || far || clock_jump
    }

    /// Learns transit and packet length from a speech packet.
    fn observe(&mut self, header: &Header, now: Duration) {
        if let Some((sequence, timestamp)) = self.last {
            let step = header.timestamp.wrapping_sub(timestamp);
            let one_further = header.sequence == sequence.wrapping_add(1);
            if one_further && (self.clock_rate / 100..=self.clock_rate * 60 / 1000).contains(&step) {
                self.packet_samples = step;
            }
        }
        self.transit.observe(clock_units(now, self.clock_rate).wrapping_sub(header.timestamp));
        if self.last.is_none_or(|(sequence, _)| header.sequence.wrapping_sub(sequence) < 0x8000) {
            self.last = Some((header.sequence, header.timestamp));
        }
    }

    /// By how much the packet whose turn it is would be played later than wanted, in samples; `None` while none is held.
    fn spare(&self, now: Duration) -> Option<f32> {
        let depth = self.end.wrapping_sub(self.next);
        let ahead = (0..depth).find(|ahead| {
            self.slot(self.next.wrapping_add(*ahead)).is_some_and(|slot| slot.holds == Holds::Speech)
        })?;
        let held = self.slot(self.next.wrapping_add(ahead))?;
        let timestamp = held.header.timestamp.wrapping_sub(u32::from(ahead) * self.packet_samples);
        let transit = clock_units(now, self.clock_rate).wrapping_sub(timestamp);
        Some(self.transit.relative(transit) - self.transit.wanted)
    }

    /// Whether playing may begin: the first has waited as long as wanted, and not for ever, and there is room.
    fn is_filled(&self, now: Duration, since: Duration) -> bool {
        self.depth() >= self.max_depth()
            || now.saturating_sub(since) >= MAX_DELAY
            || self.spare(now).is_none_or(|spare| spare >= 0.0)
    }

    /// Whether a packet's worth is to be concealed first, so that later ones will not be late.
    fn is_too_soon(&self, now: Duration) -> bool {
        let slack = self.packet_samples as f32 / 4.0;
        self.depth() < self.max_depth() && self.spare(now).is_some_and(|spare| spare < -slack)
    }

    fn slot(&self, sequence: u16) -> Option<&Slot> {
        let slot = &self.slots[usize::from(sequence) % SLOTS];
        (slot.holds != Holds::Nothing && slot.header.sequence == sequence).then_some(slot)
    }

    fn max_depth(&self) -> usize {
        let samples = MAX_DELAY.as_millis() as u32 * self.clock_rate / 1000;
        ((samples / self.packet_samples.max(1)) as usize).clamp(2, SLOTS)
    }

    /// Nothing is held: conceal without giving up the turn, so that what comes late is still played.
    fn run_dry(&mut self) -> Taken<'_> {
        self.watch_anew();
        self.dry += 1;
        if self.dry > MAX_CONCEALED {
            self.state = State::Idle;
            self.dry = 0;
            return Taken::Empty;
        }
        self.statistics.concealed += 1;
        Taken::Lost
    }

    /// Skips the turns of other payloads; tells whether there were any.
    fn pass_over_others(&mut self) -> bool {
        let mut passed = false;
        while self.depth() > 0 && self.slot(self.next).is_some_and(|slot| slot.holds == Holds::Other) {
            self.vacate(usize::from(self.next) % SLOTS);
            self.next = self.next.wrapping_add(1);
            passed = true;
        }
        passed
    }

    /// Leaves one packet out where for a while every one was played a packet later than wanted, and more.
    fn shrink(&mut self, now: Duration) {
        let needless = self.packet_samples as f32 * 1.25;
        match self.spare(now) {
            Some(spare) if spare >= needless && self.depth() > 1 => self.watched += 1,
            Some(_) | None => self.watched = 0,
        }
        if self.watched >= SHRINK_AFTER {
            self.drop_next();
            self.watch_anew();
        }
    }

    fn drop_next(&mut self) {
        if self.slot(self.next).is_some() {
            self.vacate(usize::from(self.next) % SLOTS);
            self.statistics.dropped += 1;
        }
        self.next = self.next.wrapping_add(1);
    }

    /// Empties a slot, and tells what was in it.
    fn vacate(&mut self, at: usize) -> Holds {
        let slot = &mut self.slots[at];
        let held = core::mem::replace(&mut slot.holds, Holds::Nothing);
        if held == Holds::Speech {
            self.free.give(slot.chunk);
        }
        held
    }

    fn watch_anew(&mut self) {
        self.watched = 0;
    }
}

/// How long packets are on the way, in samples, beside the first of them.
#[derive(Debug, Clone, Copy)]
struct Transit {
    clock_rate: f32,
    /// What transits are counted from; `None` before the first.
    anchor: Option<u32>,
    mean: f32,
    /// What is to be allowed for.
    wanted: f32,
    /// The longest of the window before and of this one, and how many packets this one has.
    longest: (f32, f32),
    seen: u32,
}

impl Transit {
    fn new(clock_rate: u32) -> Transit {
        Transit {
            clock_rate: clock_rate as f32,
            anchor: None,
            mean: 0.0,
            wanted: 0.0,
            longest: (0.0, 0.0),
            seen: 0,
        }
    }

    fn relative(&self, transit: u32) -> f32 {
        (transit.wrapping_sub(self.anchor.unwrap_or(transit)) as i32) as f32
    }

    fn observe(&mut self, transit: u32) {
        let relative = self.relative(transit);
        if self.anchor.is_none() {
            self.anchor = Some(transit);
            self.wanted = FIRST_DELAY_MS as f32 * self.clock_rate / 1000.0;
            self.longest = (self.wanted, 0.0);
            return;
        }
        if (relative - self.mean).abs() > self.clock_rate {
            // The clock stood still in a silence, or jumped: the spread is what it was.
            self.wanted -= self.mean;
            self.longest = (self.wanted, self.wanted);
            self.mean = 0.0;
            self.anchor = Some(transit);
            return;
        }
        self.mean += (relative - self.mean) / 32.0;
        let least = LEAST_SPREAD_MS * self.clock_rate / 1000.0;
        let spread = (self.wanted - self.mean).max(least);
        self.wanted += if relative > self.wanted { spread * RISE } else { -spread * FALL };
        self.longest.1 = self.longest.1.max(relative);
        self.seen += 1;
        if self.seen >= WINDOW {
            self.wanted = self.wanted.min(self.longest.0.max(self.longest.1) + least);
            self.longest = (self.longest.1, f32::MIN);
            self.seen = 0;
        }
        self.wanted = self.wanted.min(self.mean + MAX_DELAY.as_secs_f32() * self.clock_rate);
    }
}

#[cfg(test)]
mod tests;
