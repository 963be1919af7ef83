//! A tiny driver: a shard, phones that send and receive RTP in memory, and a clock that is counted up.
#![allow(dead_code)]

use core::time::Duration;
use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::net::SocketAddr;
use std::sync::Arc;

use media::codec::{Decoder, Encoder};
use media::{
    Audio, Command, Event, Far, LegId, PacketKind, Piece, PortId, Role, RoomId, RoomKind, Shard, ShardConfig,
    Transmit, detect,
};
use rtp::telephone_event::EventSender;
use rtp::{Codec, Direction, Header, Packet, Payload, StreamConfig};

/// One packet that a shard sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub at: Duration,
    pub port: PortId,
    pub kind: PacketKind,
    pub to: SocketAddr,
    pub packet: Vec<u8>,
}

#[derive(Default)]
struct Wire {
    now: Duration,
    sent: Vec<Sent>,
}

impl Transmit for Wire {
    fn send(&mut self, port: PortId, kind: PacketKind, to: SocketAddr, packet: &[u8]) {
        self.sent.push(Sent { at: self.now, port, kind, to, packet: packet.to_vec() });
    }
}

/// A far end: sends a tone every 20 ms while it has one.
pub struct Phone {
    pub leg: LegId,
    pub port: PortId,
    pub address: SocketAddr,
    pub tone: Option<f64>,
    pub codec: Codec,
    pub ssrc: u32,
    pub sequence: u16,
    pub timestamp: u32,
    pub ptime_ms: u32,
    pub digits: VecDeque<(char, u32)>,
    /// Packets to swallow on the way.
    pub lose: usize,
    digit: Option<EventSender>,
    phase: u64,
    samples: u64,
    encoder: Encoder,
}

pub struct World {
    pub now: Duration,
    pub shard: Shard,
    wire: Wire,
    pub phones: Vec<Phone>,
    pub events: Vec<Event>,
    /// What was told in [`Event::Statistics`].
    pub figures: Vec<media::LegStatistics>,
}

pub fn address(number: u64) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4_000 + number as u16 * 2))
}

pub fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::G722 => 9,
        Codec::L16 => 98,
        Codec::L16Wide => 99,
    }
}

pub fn config(number: u64, codec: Codec) -> Box<StreamConfig> {
    let remote = address(number);
    Box::new(StreamConfig {
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        send: Payload { payload_type: payload_type(codec), codec },
        // A phone of narrow codecs takes either; one of a wide codec that one only.
        receive: match codec {
            Codec::Pcmu | Codec::Pcma => vec![Codec::Pcmu, Codec::Pcma],
            Codec::G722 | Codec::L16 | Codec::L16Wide => vec![codec],
        }
        .into_iter()
        .map(|codec| Payload { payload_type: payload_type(codec), codec })
        .collect(),
        send_events: Some(100 + number as u8),
        receive_events: Some(110 + number as u8),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        symmetric: true,
        options: rtp::StreamOptions::default(),
    })
}

pub fn shard(seed: u64) -> Shard {
    let wall_offset = Duration::from_secs(1_700_000_000);
    Shard::new(ShardConfig { seed, max_legs: 1_000, max_rooms: 1_000, wall_offset })
}

pub fn sine(hz: f64, ms: u32) -> Arc<Audio> {
    let samples = (0..ms * 8).map(|n| ((f64::from(n) * TAU * hz / 8000.0).sin() * 8_000.0) as i16).collect();
    Arc::new(Audio { rate: 8_000, samples })
}

impl World {
    pub fn new() -> World {
        let now = Duration::from_secs(1_000);
        World {
            now,
            shard: shard(1),
            wire: Wire::default(),
            phones: Vec::new(),
            events: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// A leg with a phone behind it that speaks this codec and a tone, if any. Phones are numbered from 0.
    pub fn phone(&mut self, codec: Codec, tone: Option<f64>) -> LegId {
        let number = self.phones.len() as u64;
        let (leg, port) = (LegId(number), PortId(number));
        self.command(Command::Open { leg, far: Far::Rtp(port) });
        self.command(Command::Configure { leg, stream: config(number, codec) });
        self.phones.push(Phone {
            leg,
            port,
            address: address(number),
            tone,
            codec,
            ssrc: 0x1000 + number as u32,
            sequence: 65_500,
            timestamp: 77,
            ptime_ms: 20,
            digits: VecDeque::new(),
            lose: 0,
            digit: None,
            phase: number * 3 % 20,
            samples: 0,
            encoder: Encoder::new(),
        });
        leg
    }

    pub fn room(&mut self, kind: RoomKind, legs: &[LegId]) -> RoomId {
        let room = RoomId(7);
        self.command(Command::OpenRoom { room, kind });
        for leg in legs {
            self.command(Command::Join { leg: *leg, room, role: Role::Participant });
        }
        room
    }

    pub fn command(&mut self, command: Command) {
        self.wire.now = self.now;
        self.shard.command(self.now, command, &mut self.wire);
        self.drain();
    }

    pub fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += Duration::from_millis(1);
            self.wire.now = self.now;
            let due = |phone: &Phone| {
                let interval = if phone.digit.is_some() { 20 } else { u64::from(phone.ptime_ms) };
                self.now.as_millis() as u64 % interval == phone.phase % interval
            };
            let ready: Vec<usize> = (0..self.phones.len()).filter(|n| due(&self.phones[*n])).collect();
            for n in ready {
                if let Some(packet) = self.phones[n].next() {
                    let (port, from) = (self.phones[n].port, self.phones[n].address);
                    self.shard.receive(self.now, port, PacketKind::Rtp, from, &packet, &mut self.wire);
                    self.drain();
                }
            }
            self.shard.advance(self.now, &mut self.wire);
            self.drain();
        }
    }

    pub fn receive(&mut self, port: PortId, kind: PacketKind, from: SocketAddr, packet: &[u8]) {
        self.wire.now = self.now;
        self.shard.receive(self.now, port, kind, from, packet, &mut self.wire);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(event) = self.shard.poll_event() {
            match event {
                Event::Statistics { statistics, .. } => self.figures.push(statistics),
                event => self.events.push(event),
            }
        }
    }

    /// All RTP that went to a leg's far end since the last [`World::forget`].
    pub fn rtp(&self, leg: LegId) -> Vec<(Header, Vec<u8>)> {
        let of_leg = |sent: &&Sent| sent.port.0 == leg.0 && sent.kind == PacketKind::Rtp;
        self.wire
            .sent
            .iter()
            .filter(of_leg)
            .map(|sent| {
                let packet = Packet::parse(&sent.packet).expect("a shard sends RTP");
                (packet.header, packet.payload.to_vec())
            })
            .collect()
    }

    pub fn sent(&self) -> &[Sent] {
        &self.wire.sent
    }

    pub fn forget(&mut self) {
        self.wire.sent.clear();
        self.events.clear();
    }

    /// What a leg's far end heard since the last [`World::forget`], gaps closed, at the rate of its codec.
    pub fn heard(&self, leg: LegId) -> Vec<i16> {
        let (mut all, mut decoder) = (Vec::new(), Decoder::new());
        for (header, payload) in self.rtp(leg) {
            let spoken = |codec: &Codec| payload_type(*codec) == header.payload_type;
            let Some(codec) = Codec::ALL.into_iter().find(spoken) else { continue };
            let mut samples = vec![0; payload.len() * 2];
            let length = decoder.decode(codec, &payload, &mut samples);
            all.extend_from_slice(&samples[..length]);
        }
        all
    }

    /// How loud a tone is in what a leg's far end heard since the last [`World::forget`], dB.
    pub fn level(&self, leg: LegId, hz: f64) -> f64 {
        let rate = self.phones.iter().find(|phone| phone.leg == leg).map(|phone| phone.codec.sample_rate());
        detect::tone_level(&self.heard(leg), rate.unwrap_or(8_000), hz)
    }

    /// Whether a tone was in what a leg's far end heard since the last [`World::forget`].
    pub fn hears(&self, leg: LegId, hz: f64) -> bool {
        self.heard(leg).len() >= 800 && self.level(leg, hz) > -25.0
    }

    pub fn digits(&self, leg: LegId) -> String {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Digit { leg: of, digit, .. } if *of == leg => Some(*digit),
                _ => None,
            })
            .collect()
    }

    /// Sequence numbers that went to a leg's far end.
    pub fn sequences(&self, leg: LegId) -> Vec<u16> {
        self.rtp(leg).iter().map(|(header, _)| header.sequence).collect()
    }
}

/// Steps between numbers that follow one another.
pub fn steps(numbers: &[u16]) -> Vec<u16> {
    numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect()
}

pub fn has_tone(samples: &[i16], hz: f64) -> bool {
    samples.len() >= 800 && detect::tone_level(samples, 8_000, hz) > -25.0
}

pub fn drain(ring: &mut rtrb::Consumer<Piece>) -> (Vec<i16>, u32) {
    let (mut samples, mut dropped) = (Vec::new(), 0);
    while let Ok(piece) = ring.pop() {
        match piece {
            Piece::Frame(frame) => samples.extend(frame),
            Piece::Dropped(count) => dropped += count,
        }
    }
    (samples, dropped)
}

impl Phone {
    fn next(&mut self) -> Option<Vec<u8>> {
        if self.digit.is_none()
            && let Some((digit, ms)) = self.digits.pop_front()
        {
            self.digit = EventSender::new(digit, ms, self.timestamp, 8_000);
        }
        let (marker, payload_type, timestamp, payload) = match self.digit.as_mut().and_then(EventSender::tick)
        {
            Some(event) => (event.marker, 110 + self.port.0 as u8, event.timestamp, event.payload.to_vec()),
            None => {
                self.digit = None;
                (self.samples == 0, payload_type(self.codec), self.timestamp, self.speech()?)
            }
        };
        self.timestamp = self.timestamp.wrapping_add(self.ptime_ms * self.codec.clock_rate() / 1000);
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        if self.lose > 0 {
            self.lose -= 1;
            return None;
        }
        let mut packet = vec![0; 12 + payload.len()];
        Packet::new(header, &payload).write(&mut packet).expect("the buffer is as long as the packet");
        Some(packet)
    }

    fn speech(&mut self) -> Option<Vec<u8>> {
        let hz = self.tone?;
        let rate = self.codec.sample_rate();
        let count = u64::from(self.ptime_ms * rate / 1000);
        let samples: Vec<i16> = (self.samples..self.samples + count)
            .map(|n| ((n as f64 * TAU * hz / f64::from(rate)).sin() * 8_000.0) as i16)
            .collect();
        self.samples += count;
        let mut octets = vec![0; self.ptime_ms as usize * self.codec.octets_per_ms()];
        self.encoder.encode(self.codec, &samples, &mut octets);
        Some(octets)
    }
}

/// Steps between the timestamps of packets that follow one another.
pub fn steps_of_time(packets: &[(Header, Vec<u8>)]) -> Vec<u32> {
    packets.windows(2).map(|pair| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp)).collect()
}
