//! One call's audio, both ways.

use crate::command::Command;
use crate::error::Error;
use crate::output::RtpPacket;
use crate::settings::{Behaviour, Hearing};
use crate::sound::{self, LONGEST, Player, What};
use crate::statistics::Statistics;
use core::time::Duration;
use media::codec::Decoder;
use media::{Audio, detect, tones};
use rtp::receive::Arrival;
use rtp::srtp::{Keys, Opener, Sealer};
use rtp::telephone_event::{DigitEvent, EventReceiver, EventSender};
use rtp::{Packet, Reception, Sender, StreamConfig};
use std::collections::VecDeque;
use std::sync::Arc;

/// The time between two packets.
pub(crate) const TICK: Duration = Duration::from_millis(20);
/// The clock of telephone-event, hertz.
const CLOCK_RATE: u32 = 8_000;
/// Samples in 20 ms at 8 kHz.
const FRAME: usize = 160;
/// Ticks of silence between two digits.
const DIGIT_GAP_TICKS: u8 = 3;
/// The longest gap that is filled with silence in what is heard, in samples.
const MAX_FILL: u32 = 8_000;

/// What a received packet was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Audio of the stream.
    Audio,
    /// A packet of a digit; perhaps one that is over now.
    Digit(Option<(char, u32)>),
    /// Not of the stream.
    Foreign,
}

/// What a tick of sending came to.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) packet: Option<RtpPacket>,
    /// The last digit was sent.
    pub(crate) digits_sent: bool,
    /// What played is at its end.
    pub(crate) played: bool,
}

/// What seals and opens a call's packets.
struct Secure {
    keys: Keys,
    sealer: Sealer,
    opener: Opener,
}

impl Secure {
    fn new(keys: Keys) -> Secure {
        Secure { keys, sealer: Sealer::new(&keys.send), opener: Opener::new(&keys.receive) }
    }
}

impl core::fmt::Debug for Secure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.keys.fmt(f)
    }
}

/// One call's audio.
#[derive(Debug)]
pub(crate) struct MediaStream {
    pub(crate) stream: Option<StreamConfig>,
    pub(crate) statistics: Statistics,
    /// When the stream was agreed on first.
    agreed_at: Duration,
    secure: Option<Secure>,
    sender: Sender,
    reception: Reception,
    events: EventReceiver,
    last_at: Option<Duration>,
    highest: Option<u16>,
    /// The timestamp that the next audio should have, to see gaps.
    expected_timestamp: Option<u32>,
    player: Option<Player>,
    /// Digits sent as tones, in front of the player.
    tones: Option<Player>,
    digits: VecDeque<(char, u32)>,
    digit: Option<EventSender>,
    digit_gap: u8,
    silent: bool,
    behaviour: Behaviour,
    hearing: Hearing,
    decoder: Decoder,
    /// Samples a second of what was heard last.
    rate: u32,
    meter: VecDeque<i16>,
    recording: Vec<i16>,
}

impl MediaStream {
    pub(crate) fn new(
        random: &mut dyn FnMut() -> u64,
        behaviour: &Behaviour,
        hearing: &Hearing,
    ) -> MediaStream {
        let (ssrc, first) = (random() as u32, random());
        MediaStream {
            stream: None,
            statistics: Statistics::default(),
            agreed_at: Duration::ZERO,
            secure: None,
            sender: Sender::new(ssrc, first as u16, (first >> 16) as u32, CLOCK_RATE),
            reception: Reception::new(CLOCK_RATE),
            events: EventReceiver::new(CLOCK_RATE),
            last_at: None,
            highest: None,
            expected_timestamp: None,
            player: None,
            tones: None,
            digits: VecDeque::new(),
            digit: None,
            digit_gap: 0,
            silent: true,
            behaviour: behaviour.clone(),
            hearing: hearing.clone(),
            decoder: Decoder::new(),
            rate: CLOCK_RATE,
            meter: VecDeque::new(),
            recording: Vec::new(),
        }
    }

    /// Takes what was agreed on.
    pub(crate) fn agree(&mut self, now: Duration, stream: StreamConfig) {
        if self.stream.is_none() {
            self.agreed_at = now;
            self.rate = stream.send.codec.sample_rate();
            self.recording.reserve_exact(self.samples(self.hearing.record_ms, Hearing::MAX_RECORDING_MS));
            self.meter.reserve_exact(self.samples(self.hearing.meter_ms, Hearing::MAX_METER_MS) + 2 * FRAME);
            if let (Some(hz), None) = (self.behaviour.tone_hz, &self.player) {
                self.player = Some(Player::new(What::Tone(hz), true, stream.send.codec));
            }
        }
        match (stream.options.srtp, &mut self.secure) {
            (None, secure) => *secure = None,
            (Some(keys), Some(secure)) => {
                if keys.send != secure.keys.send {
                    secure.sealer = Sealer::new(&keys.send);
                }
                if keys.receive != secure.keys.receive {
                    secure.opener = Opener::new(&keys.receive);
                }
                secure.keys = keys;
            }
            (Some(keys), none) => *none = Some(Secure::new(keys)),
        }
        self.stream = Some(stream);
    }

    /// Opens a sealed datagram into `room`; one that is not sealed as agreed is foreign.
    pub(crate) fn open<'a>(&mut self, datagram: &'a [u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
        let Some(secure) = &mut self.secure else { return Some(datagram) };
        let room = room.get_mut(..datagram.len())?;
        room.copy_from_slice(datagram);
        match secure.opener.open_rtp(room) {
            Ok(length) => Some(&room[..length]),
            Err(_) => {
                self.statistics.foreign += 1;
                None
            }
        }
    }

    /// Whether packets leave on a tick: something plays, or silence is sent.
    pub(crate) fn wants_ticks(&self) -> bool {
        self.stream.is_some()
            && (self.behaviour.send_silence && !self.behaviour.echo
                || self.player.is_some()
                || self.tones.is_some()
                || self.digit.is_some()
                || !self.digits.is_empty())
    }

    pub(crate) fn play(&mut self, what: What, repeat: bool) {
        let codec = self.codec();
        self.player = Some(Player::new(what, repeat, codec));
    }

    pub(crate) fn stop_playing(&mut self) {
        self.player = None;
    }

    pub(crate) fn send_digits(&mut self, digits: &str, duration_ms: u32) -> Result<(), Error> {
        let known = |digit: char| rtp::telephone_event::event_of(digit).is_some();
        if digits.is_empty()
            || self.digits.len() + digits.chars().count() > Command::MAX_DIGITS
            || !digits.chars().all(known)
        {
            return Err(Error::Digits);
        }
        if self.stream.as_ref().is_some_and(|stream| stream.send_events.is_none()) {
            let mut samples = Vec::new();
            for digit in digits.chars() {
                samples.extend(tones::dtmf(digit, duration_ms).map_err(|_| Error::Digits)?.samples);
                samples.resize(samples.len() + FRAME * usize::from(DIGIT_GAP_TICKS), 0);
            }
            let audio = Arc::new(Audio { rate: CLOCK_RATE, samples });
            self.tones = Some(Player::new(What::Audio(audio), false, self.codec()));
            return Ok(());
        }
        self.digits.extend(digits.chars().map(|digit| (digit, duration_ms)));
        Ok(())
    }

    /// The codec that is sent.
    pub(crate) fn codec(&self) -> rtp::Codec {
        self.stream.as_ref().map_or(rtp::Codec::Pcmu, |stream| stream.send.codec)
    }

    /// One tick of sending.
    pub(crate) fn tick(&mut self, now: Duration) -> Sent {
        let Some(stream) = &self.stream else { return Sent::default() };
        let (codec, payload_type) = (stream.send.codec, stream.send.payload_type);
        let (sends, send_events) = (stream.direction.sends(), stream.send_events);
        let mut sent = Sent::default();
        if let Some(payload_type) = send_events.filter(|_| sends)
            && let Some(packet) = self.digit_packet(now, payload_type, &mut sent)
        {
            sent.packet = Some(packet);
        } else if sends {
            let mut frame = [0; LONGEST];
            let played = self.fill(codec, &mut frame, &mut sent);
            let is_silence_sent = self.behaviour.send_silence && !self.behaviour.echo;
            let mut silence = [0; LONGEST];
            match played.or_else(|| is_silence_sent.then(|| sound::silence(codec, &mut silence))) {
                Some(octets) => {
                    let marker = core::mem::replace(&mut self.silent, false);
                    let header = self.sender.next(payload_type, marker, octets.len(), now);
                    sent.packet =
                        RtpPacket::new(header, octets, self.secure.as_mut().map(|secure| &mut secure.sealer));
                }
                None => self.silent = true,
            }
        }
        self.sender.advance(codec.clock_rate() / 50);
        self.statistics.sent += u64::from(sent.packet.is_some());
        sent
    }

    /// The next 20 ms of what plays.
    fn fill<'a>(
        &mut self,
        codec: rtp::Codec,
        frame: &'a mut [u8; LONGEST],
        sent: &mut Sent,
    ) -> Option<&'a [u8]> {
        let mut length = None;
        if let Some(tones) = &mut self.tones {
            length = tones.next(codec, frame).map(<[u8]>::len);
            if length.is_none() {
                self.tones = None;
                sent.digits_sent = true;
            }
        }
        if let Some(player) = self.player.as_mut().filter(|_| length.is_none()) {
            length = player.next(codec, frame).map(<[u8]>::len);
            if length.is_none() {
                self.player = None;
                sent.played = true;
            }
        }
        length.map(|length| &frame[..length])
    }

    fn digit_packet(&mut self, now: Duration, payload_type: u8, sent: &mut Sent) -> Option<RtpPacket> {
        if self.digit_gap > 0 {
            self.digit_gap -= 1;
            return None;
        }
        if self.digit.is_none() {
            let (digit, duration_ms) = self.digits.pop_front()?;
            self.digit = EventSender::new(digit, duration_ms, self.sender.timestamp(), CLOCK_RATE);
        }
        let digit = self.digit.as_mut()?;
        let packet = digit.tick()?;
        if digit.is_done() {
            self.digit = None;
            self.digit_gap = DIGIT_GAP_TICKS;
            sent.digits_sent = self.digits.is_empty();
        }
        let header =
            self.sender.next_at(packet.timestamp, payload_type, packet.marker, packet.payload.len(), now);
        RtpPacket::new(header, &packet.payload, self.secure.as_mut().map(|secure| &mut secure.sealer))
    }

    /// Takes a packet that came.
    pub(crate) fn receive(&mut self, now: Duration, packet: &Packet<'_>) -> Received {
        let Some(stream) = &self.stream else { return self.foreign() };
        let header = &packet.header;
        let codec = stream.receive.iter().find(|payload| payload.payload_type == header.payload_type);
        let codec = codec.map(|payload| payload.codec);
        let is_event = stream.receive_events == Some(header.payload_type);
        if codec.is_none() && !is_event {
            return self.foreign();
        }
        if self.reception.received(header, packet.payload.len(), now) == Arrival::Doubtful {
            return self.foreign();
        }
        let late = self.count(now, header.sequence);
        match codec {
            Some(codec) => {
                if !late {
                    self.hear(codec, header.timestamp, packet.payload);
                }
                Received::Audio
            }
            None => Received::Digit(self.events.received(header, packet.payload, now).find_map(over)),
        }
    }

    /// A digit whose end was lost, once that is plain; and when to ask again.
    pub(crate) fn expire_digit(&mut self, now: Duration) -> Option<(char, u32)> {
        self.events.expire(now).and_then(over)
    }

    pub(crate) fn digit_deadline(&self) -> Option<Duration> {
        self.events.deadline()
    }

    /// The packet that sends a received one back.
    pub(crate) fn echo(&mut self, now: Duration, packet: &Packet<'_>) -> Option<RtpPacket> {
        let stream = self.stream.as_ref().filter(|stream| stream.direction.sends())?;
        let payload_type = stream.send.payload_type;
        let header = self.sender.pass_on(&packet.header, payload_type, packet.payload.len(), now);
        let packet =
            RtpPacket::new(header, packet.payload, self.secure.as_mut().map(|secure| &mut secure.sealer))?;
        self.statistics.sent += 1;
        Some(packet)
    }

    pub(crate) fn echoes(&self) -> bool {
        self.behaviour.echo
    }

    fn foreign(&mut self) -> Received {
        self.statistics.foreign += 1;
        Received::Foreign
    }

    /// Counts a packet; tells whether it came after one with a higher sequence number, or twice.
    fn count(&mut self, now: Duration, sequence: u16) -> bool {
        let statistics = &mut self.statistics;
        statistics.received += 1;
        match self.last_at {
            None => statistics.first_after = Some(now.saturating_sub(self.agreed_at)),
            Some(last) => statistics.longest_gap = statistics.longest_gap.max(now.saturating_sub(last)),
        }
        self.last_at = Some(now);
        match self.highest.map(|highest| sequence.wrapping_sub(highest)) {
            Some(0) => statistics.duplicates += 1,
            Some(0x8000..) => statistics.out_of_order += 1,
            Some(_) | None => {
                self.highest = Some(sequence);
                return false;
            }
        }
        true
    }

    fn hear(&mut self, codec: rtp::Codec, timestamp: u32, payload: &[u8]) {
        if self.rate != codec.sample_rate() {
            self.rate = codec.sample_rate();
            self.meter.clear();
            self.recording.clear();
        }
        let meter_room = self.samples(self.hearing.meter_ms, Hearing::MAX_METER_MS);
        let recording_room = self.samples(self.hearing.record_ms, Hearing::MAX_RECORDING_MS);
        if meter_room == 0 && recording_room == 0 {
            return;
        }
        let gap = self.expected_timestamp.map_or(0, |expected| timestamp.wrapping_sub(expected));
        let mut samples = [0; 960];
        let count = self.decoder.decode(codec, payload, &mut samples);
        // Samples in a unit of the clock: G.722 has two.
        let per_unit = codec.sample_rate() / codec.clock_rate();
        self.expected_timestamp = Some(timestamp.wrapping_add(count as u32 / per_unit));
        let filled = if gap <= MAX_FILL { (gap * per_unit) as usize } else { 0 };
        if recording_room > 0 {
            let silence = filled.min(recording_room.saturating_sub(self.recording.len()));
            self.recording.resize(self.recording.len() + silence, 0);
            let room = count.min(recording_room.saturating_sub(self.recording.len()));
            self.recording.extend_from_slice(&samples[..room]);
        }
        if meter_room > 0 {
            // Silence that would fill the meter alone is as good as that much of it.
            let silence = core::iter::repeat_n(0, filled.min(meter_room));
            for sample in silence.chain(samples[..count].iter().copied()) {
                if self.meter.len() >= meter_room {
                    self.meter.pop_front();
                }
                self.meter.push_back(sample);
            }
        }
    }

    /// The level of one frequency in the last audio, dB below a sine at full scale.
    pub(crate) fn tone_level(&self, hz: f64) -> f64 {
        detect::tone_level(&self.heard(), self.rate, hz)
    }

    /// The level of the last audio altogether.
    pub(crate) fn level(&self) -> f64 {
        detect::level(&self.heard())
    }

    fn samples(&self, ms: u32, most_ms: u32) -> usize {
        (ms.min(most_ms) * (self.rate / 1000)) as usize
    }

    fn heard(&self) -> Vec<i16> {
        self.meter.iter().copied().collect()
    }

    /// The figures so far.
    pub(crate) fn statistics(&self) -> Statistics {
        let reception = self.reception.statistics();
        Statistics { lost: reception.lost, jitter: reception.jitter, ..self.statistics }
    }

    pub(crate) fn take_recording(&mut self) -> Vec<i16> {
        core::mem::take(&mut self.recording)
    }

    pub(crate) fn recording(&self) -> &[i16] {
        &self.recording
    }
}

fn over(event: DigitEvent) -> Option<(char, u32)> {
    match event {
        DigitEvent::Ended { digit, duration_ms } => Some((digit, duration_ms)),
        DigitEvent::Began { .. } => None,
    }
}
