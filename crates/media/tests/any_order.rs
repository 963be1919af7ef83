//! Whatever is asked in whatever order, and whatever comes from the network: nothing breaks, and everything that
//! was begun is told to have ended, once.

mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use media::{
    At, Audio, Command, Digits, Event, Far, Layer, LegId, PacketKind, PlayerId, PortId, RecordLimits,
    RecorderId, Role, RoomId, RoomKind, Shard, Transmit, Way, Ways,
};
use proptest::prelude::*;
use rtp::{Codec, Direction};
use world::{address, config};

#[derive(Debug, Clone)]
enum Step {
    Open { kind: u8, with: u64 },
    Configure { leg: u64, codec: bool, direction: u8, ptime_ms: u8, events: bool },
    Close { leg: u64 },
    Move { leg: u64 },
    Switch { leg: u64, which: u8, on: bool },
    Digits { leg: u64, digits: String },
    OpenRoom { room: u64, holding: bool },
    CloseRoom { room: u64 },
    Join { leg: u64, room: u64, announcer: bool },
    Leave { leg: u64 },
    Play { room: bool, at: u64, samples: usize, repeat: bool, background: bool },
    Player { player: u64, what: u8, by_ms: i64 },
    Record { room: bool, at: u64, capacity: usize, max_ms: u32 },
    Recorder { recorder: u64, what: u8 },
    Speech { leg: u64, from: u64, payload_type: u8, sequence: u16, length: usize },
    Octets { leg: u64, rtcp: bool, octets: Vec<u8> },
    Wait { ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let leg = 0..8u64;
    let room = 0..3u64;
    let flag = any::<bool>();
    prop_oneof![
        4 => (0..5u8, leg.clone()).prop_map(|(kind, with)| Step::Open { kind, with }),
        4 => (leg.clone(), flag, 0..4u8, 0..80u8, flag).prop_map(|(leg, codec, direction, ptime_ms, events)| {
            Step::Configure { leg, codec, direction, ptime_ms, events }
        }),
        1 => leg.clone().prop_map(|leg| Step::Close { leg }),
        1 => leg.clone().prop_map(|leg| Step::Move { leg }),
        2 => (leg.clone(), 0..5u8, flag).prop_map(|(leg, which, on)| Step::Switch { leg, which, on }),
        1 => (leg.clone(), "[0-9x#]{0,5}").prop_map(|(leg, digits)| Step::Digits { leg, digits }),
        2 => (room.clone(), flag).prop_map(|(room, holding)| Step::OpenRoom { room, holding }),
        1 => room.clone().prop_map(|room| Step::CloseRoom { room }),
        4 => (leg.clone(), room, flag).prop_map(|(leg, room, announcer)| Step::Join { leg, room, announcer }),
        1 => leg.clone().prop_map(|leg| Step::Leave { leg }),
        2 => (flag, leg.clone(), 0..900usize, flag, flag).prop_map(|(room, at, samples, repeat, background)| {
            Step::Play { room, at, samples, repeat, background }
        }),
        2 => (0..12u64, 0..4u8, -50..50i64).prop_map(|(player, what, by_ms)| Step::Player { player, what, by_ms }),
        2 => (flag, leg.clone(), 1..9usize, 0..200u32).prop_map(|(room, at, capacity, max_ms)| {
            Step::Record { room, at, capacity, max_ms }
        }),
        1 => (0..12u64, 0..5u8).prop_map(|(recorder, what)| Step::Recorder { recorder, what }),
        8 => (leg.clone(), 0..8u64, prop_oneof![Just(0u8), Just(8), 110..118u8], any::<u16>(), 0..600usize)
            .prop_map(|(leg, from, payload_type, sequence, length)| {
                Step::Speech { leg, from, payload_type, sequence, length }
            }),
        1 => (leg, flag, prop::collection::vec(any::<u8>(), 0..80))
            .prop_map(|(leg, rtcp, octets)| Step::Octets { leg, rtcp, octets }),
        6 => (0..70u64).prop_map(|ms| Step::Wait { ms }),
    ]
}

/// All that went out, in order, for comparing two runs.
#[derive(Default, PartialEq, Eq, Debug)]
struct Out(Vec<(PortId, Vec<u8>)>);

impl Transmit for Out {
    fn send(&mut self, port: PortId, _kind: PacketKind, _to: std::net::SocketAddr, packet: &[u8]) {
        self.0.push((port, packet.to_vec()));
    }
}

#[derive(Default)]
struct Ledger {
    legs: BTreeMap<u64, u32>,
    players: BTreeMap<u64, u32>,
    recorders: BTreeMap<u64, u32>,
}

struct Run {
    now: Duration,
    shard: Shard,
    out: Out,
    opened: u64,
    begun: u64,
    ended: Ledger,
    rings: Vec<rtrb::Consumer<media::Piece>>,
}

impl Run {
    fn new() -> Run {
        let (now, shard) = (Duration::from_secs(9), world::shard(3));
        Run {
            now,
            shard,
            out: Out::default(),
            opened: 0,
            begun: 0,
            ended: Ledger::default(),
            rings: Vec::new(),
        }
    }

    fn command(&mut self, command: Command) {
        self.shard.command(self.now, command, &mut self.out);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(event) = self.shard.poll_event() {
            match event {
                Event::PlayerFinished { player } => *self.ended.players.entry(player.0).or_default() += 1,
                Event::RecorderFinished { recorder, .. } => {
                    *self.ended.recorders.entry(recorder.0).or_default() += 1;
                }
                Event::Closed { leg, .. } => *self.ended.legs.entry(leg.0).or_default() += 1,
                Event::Evicted { leg } => self.shard.command(self.now, Command::Adopt { leg }, &mut self.out),
                Event::Statistics { .. }
                | Event::Silent { .. }
                | Event::Digit { .. }
                | Event::TalkingStarted { .. }
                | Event::TalkingFinished { .. }
                | Event::DigitsSent { .. } => {}
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Open { kind, with } => self.open(kind, LegId(with)),
            Step::Configure { leg, codec, direction, ptime_ms, events } => {
                let mut stream = config(leg, if codec { Codec::Pcmu } else { Codec::Pcma });
                stream.direction =
                    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive]
                        [usize::from(direction)];
                stream.ptime_ms = ptime_ms;
                stream.send_events = stream.send_events.filter(|_| events);
                self.command(Command::Configure { leg: LegId(leg), stream });
            }
            Step::Close { leg } => self.command(Command::Close { leg: LegId(leg) }),
            Step::Move { leg } => self.command(Command::Evict { leg: LegId(leg) }),
            Step::Switch { leg, which, on } => {
                let leg = LegId(leg);
                self.command(match which {
                    0 => Command::Mute { leg, way: Way::In, on },
                    1 => Command::Mute { leg, way: Way::Out, on },
                    2 => Command::Echo { leg, on },
                    3 => Command::AbsorbDigits { leg, on },
                    4 => Command::DetectTalking { leg, settings: on.then(Default::default) },
                    _ => Command::DetectDigits { leg, on },
                });
            }
            Step::Digits { leg, digits } => {
                let digits = Digits { digits, before_ms: 10, between_ms: 0, duration_ms: 60, after_ms: 1 };
                self.command(Command::SendDigits { leg: LegId(leg), digits });
            }
            Step::OpenRoom { room, holding } => {
                let kind = if holding { RoomKind::Holding } else { RoomKind::Mixing };
                self.command(Command::OpenRoom { room: RoomId(room), kind });
            }
            Step::CloseRoom { room } => self.command(Command::CloseRoom { room: RoomId(room) }),
            Step::Join { leg, room, announcer } => {
                let role = if announcer { Role::Announcer } else { Role::Participant };
                self.command(Command::Join { leg: LegId(leg), room: RoomId(room), role });
            }
            Step::Leave { leg } => self.command(Command::Leave { leg: LegId(leg) }),
            Step::Play { room, at, samples, repeat, background } => {
                let layer = if background { Layer::Background } else { Layer::Foreground };
                let audio = Arc::new(Audio { rate: 8_000, samples: vec![500; samples] });
                let player = self.begin();
                self.command(Command::Play {
                    player: PlayerId(player),
                    at: place(room, at),
                    audio,
                    from_ms: 3,
                    repeat,
                    layer,
                });
            }
            Step::Player { player, what, by_ms } => {
                let player = PlayerId(player);
                self.command(match what {
                    0 => Command::PausePlayer { player },
                    1 => Command::ResumePlayer { player },
                    2 => Command::SeekPlayer { player, by_ms },
                    _ => Command::StopPlayer { player },
                });
            }
            Step::Record { room, at, capacity, max_ms } => {
                let (ring, drain) = rtrb::RingBuffer::new(capacity);
                self.rings.push(drain);
                let limits = RecordLimits { max_duration_ms: max_ms, max_silence_ms: 0 };
                let recorder = RecorderId(self.begin());
                self.command(Command::Record { recorder, at: place(room, at), ring, rate: 8_000, limits });
            }
            Step::Recorder { recorder, what } => {
                let recorder = RecorderId(recorder);
                self.command(match what {
                    0 => Command::PauseRecorder { recorder },
                    1 => Command::ResumeRecorder { recorder },
                    2 | 3 => Command::MuteRecorder { recorder, on: what == 2 },
                    _ => Command::StopRecorder { recorder },
                });
            }
            Step::Speech { leg, from, payload_type, sequence, length } => {
                let timestamp = u32::from(sequence) * 160;
                let header =
                    rtp::Header { marker: false, payload_type, sequence, timestamp, ssrc: from as u32 };
                let mut packet = vec![0; 12 + length];
                rtp::Packet::new(header, &vec![3; length])
                    .write(&mut packet)
                    .expect("the buffer is as long as the packet");
                self.receive(leg, PacketKind::Rtp, &packet);
            }
            Step::Octets { leg, rtcp, octets } => {
                self.receive(leg, if rtcp { PacketKind::Rtcp } else { PacketKind::Rtp }, &octets);
            }
            Step::Wait { ms } => {
                self.now += Duration::from_millis(ms);
                self.shard.advance(self.now, &mut self.out);
                self.drain();
            }
        }
    }

    /// Legs are numbered as they come; the first eight of them are what steps name.
    fn open(&mut self, kind: u8, with: LegId) {
        let leg = LegId(self.opened);
        self.opened += 1;
        let (here, there) = (rtrb::RingBuffer::new(4), rtrb::RingBuffer::new(4));
        self.command(match kind {
            0 | 1 => Command::Open { leg, far: Far::Rtp(PortId(leg.0)) },
            2 => Command::Open { leg, far: Far::Pair(with) },
            3 => Command::OpenTap { leg, of: with, spy: Ways::Both, whisper: Ways::Both },
            _ => Command::OpenLink { leg, send: here.0, receive: there.1 },
        });
    }

    fn begin(&mut self) -> u64 {
        self.begun += 1;
        self.begun - 1
    }

    fn receive(&mut self, leg: u64, kind: PacketKind, packet: &[u8]) {
        self.shard.receive(self.now, PortId(leg), kind, address(leg), packet, &mut self.out);
        self.drain();
    }

    fn close_all(&mut self) {
        (0..self.opened).for_each(|leg| self.command(Command::Close { leg: LegId(leg) }));
        (0..3).for_each(|room| self.command(Command::CloseRoom { room: RoomId(room) }));
    }
}

fn place(room: bool, at: u64) -> At {
    if room { At::Room(RoomId(at % 3)) } else { At::Leg(LegId(at)) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_begun_ends_once_and_two_runs_are_the_same(steps in prop::collection::vec(step(), 1..150)) {
        let mut runs = [Run::new(), Run::new()];
        for run in &mut runs {
            steps.iter().for_each(|step| run.take(step.clone()));
            run.close_all();
            prop_assert!(run.ended.legs.len() as u64 == run.opened);
            prop_assert!((run.ended.players.len() + run.ended.recorders.len()) as u64 == run.begun);
            let all = [&run.ended.legs, &run.ended.players, &run.ended.recorders];
            prop_assert!(all.iter().all(|ended| ended.values().all(|times| *times == 1)));
            prop_assert_eq!((run.shard.leg_count(), run.shard.deadline()), (0, None));
            prop_assert!(run.rings.iter().all(|ring| ring.is_abandoned()));
        }
        let [one, other] = runs;
        prop_assert_eq!(one.out, other.out);
    }
}
