//! Nothing allocates on the tick: a binary of its own, for the allocator that counts.
// `GlobalAlloc` cannot be written without it; each method hands on to the system's allocator unchanged.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use media::{
    At, Audio, Command, Far, Layer, LegId, PacketKind, Piece, PlayerId, PortId, RecordLimits, RecorderId,
    Role, RoomId, RoomKind, Shard, ShardConfig, Transmit,
};
use rtp::srtp::{Keys, MAX_MATERIAL, MasterKey, Sealer, Suite};
use rtp::{Codec, Direction, Header, Packet, Payload, StreamConfig};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const LEGS: u64 = 200;
const TICKS: u64 = 1_000;
/// A leg makes room for packets when the first is held, and never again.
const WARM_UP: u64 = 50;

#[derive(Default)]
struct Counted {
    packets: u64,
}

impl Transmit for Counted {
    fn send(&mut self, _port: PortId, _kind: PacketKind, _to: SocketAddr, _packet: &[u8]) {
        self.packets += 1;
    }
}

fn codec(number: u64) -> Codec {
    match number % 20 {
        3 | 7 => Codec::G722,
        11 => Codec::L16Wide,
        13 => Codec::L16,
        0 | 6 | 9 | 12 | 15 | 18 => Codec::Pcma,
        _ => Codec::Pcmu,
    }
}

fn payload_type(codec: Codec) -> u8 {
    codec.static_payload_type().unwrap_or(if codec == Codec::L16 { 98 } else { 99 })
}

fn stream(number: u64) -> Box<StreamConfig> {
    let codec = codec(number);
    let remote = SocketAddr::from(([192, 0, 2, 1], 10_000 + number as u16 * 2));
    let receive = Codec::ALL.map(|codec| Payload { payload_type: payload_type(codec), codec });
    Box::new(StreamConfig {
        remote,
        remote_rtcp: remote,
        send: Payload { payload_type: payload_type(codec), codec },
        receive: receive.to_vec(),
        send_events: Some(101).filter(|_| !number.is_multiple_of(11)),
        receive_events: Some(101),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        symmetric: true,
        options: rtp::StreamOptions { srtp: keys(number), ..rtp::StreamOptions::default() },
    })
}

/// A fifth of the legs is sealed, in all suites.
fn keys(number: u64) -> Option<Keys> {
    let suite = Suite::ALL[(number / 5) as usize % Suite::ALL.len()];
    let key = MasterKey::new(suite, &[number as u8; MAX_MATERIAL]).expect("there is enough");
    (number % 5 == 2).then_some(Keys { send: key, receive: key })
}

/// Wide and narrow: pairs forwarded and mixed, conferences, holding rooms with music, echoes, players and recorders.
fn populate(shard: &mut Shard, now: Duration, out: &mut Counted) -> Vec<rtrb::Consumer<Piece>> {
    let mut rings = Vec::new();
    let music = Arc::new(Audio { rate: 8_000, samples: (0..12_345).collect() });
    let wide_music = Arc::new(Audio { rate: 16_000, samples: (0..12_345).collect() });
    let mut obey = |command| shard.command(now, command, out);
    for number in 0..LEGS {
        let leg = LegId(number);
        obey(Command::Open { leg, far: Far::Rtp(PortId(number)) });
        obey(Command::Configure { leg, stream: stream(number) });
        let (room, kind) = match number {
            0..100 => (RoomId(number / 2), RoomKind::Mixing),
            100..140 => (RoomId(100 + number / 10), RoomKind::Mixing),
            140..160 => (RoomId(200), RoomKind::Holding),
            _ => {
                obey(Command::DetectDigits { leg, on: number % 3 == 0 });
                obey(Command::Echo { leg, on: number % 2 == 0 });
                obey(Command::Play {
                    player: PlayerId(number),
                    at: At::Leg(leg),
                    audio: if number % 4 == 0 { wide_music.clone() } else { music.clone() },
                    from_ms: 0,
                    repeat: number % 3 == 0,
                    layer: if number % 2 == 0 { Layer::Background } else { Layer::Foreground },
                });
                continue;
            }
        };
        obey(Command::OpenRoom { room, kind });
        obey(Command::Join { leg, room, role: Role::Participant });
        if number % 10 == 0 {
            let (ring, drain) = rtrb::RingBuffer::new(64);
            let limits = RecordLimits { max_duration_ms: 9_000, max_silence_ms: 0 };
            let at = if number % 20 == 0 { At::Leg(leg) } else { At::Room(room) };
            obey(Command::Record {
                recorder: RecorderId(number),
                at,
                ring,
                rate: if number % 40 == 0 { 16_000 } else { 8_000 },
                limits,
            });
            rings.push(drain);
        }
    }
    obey(Command::Play {
        player: PlayerId(999),
        at: At::Room(RoomId(200)),
        audio: music.clone(),
        from_ms: 0,
        repeat: true,
        layer: Layer::Background,
    });
    rings
}

#[test]
fn a_thousand_ticks_of_two_hundred_legs_allocate_nothing() {
    let wall_offset = Duration::from_secs(1_700_000_000);
    let mut shard = Shard::new(ShardConfig { seed: 1, max_legs: 500, max_rooms: 500, wall_offset });
    let mut out = Counted::default();
    let mut now = Duration::from_secs(5);
    let mut rings = populate(&mut shard, now, &mut out);
    let (mut events, mut before) = (0, 0);
    let mut sealers: Vec<_> =
        (0..LEGS).map(|number| keys(number).map(|keys| Sealer::new(&keys.receive))).collect();
    for tick in 0..(WARM_UP + TICKS) * 20 {
        if tick == WARM_UP * 20 {
            before = ALLOCATIONS.get();
        }
        now += Duration::from_millis(1);
        for number in (0..LEGS).filter(|number| number % 20 == tick % 20) {
            let sequence = (tick / 20) as u16;
            // Every tenth second some press a key; others send comfort noise for a while; a packet in fifty is lost.
            let is_event = number % 7 == 0 && sequence % 500 < 8;
            let is_noise = number % 7 == 1 && sequence % 500 < 20;
            if (u64::from(sequence) * 7 + number) % 50 == 49 || is_noise && !sequence.is_multiple_of(500) {
                continue;
            }
            let codec = codec(number);
            let (payload_type, payload): (u8, &[u8]) = if is_event {
                (101, &[5, if sequence % 500 > 4 { 0x80 } else { 0 }, 3, 0x20])
            } else if is_noise {
                (13, &[40, 100, 140])
            } else {
                (payload_type(codec), &[0x9c; 640][..codec.octets_per_ms() * 20])
            };
            let clock = codec.clock_rate() / 50;
            let timestamp =
                if is_event { u32::from(sequence / 500) * 80_000 } else { u32::from(sequence) * clock };
            let header = Header { marker: false, payload_type, sequence, timestamp, ssrc: number as u32 };
            let mut packet = [0; 700];
            let mut length = Packet::new(header, payload).write(&mut packet).unwrap();
            if let Some(sealer) = &mut sealers[number as usize] {
                length = sealer.seal_rtp(&mut packet, length).unwrap();
            }
            let from = SocketAddr::from(([192, 0, 2, 1], 10_000 + number as u16 * 2));
            let port = PortId(number);
            shard.receive(now, port, PacketKind::Rtp, from, &packet[..length], &mut out);
        }
        shard.advance(now, &mut out);
        while shard.poll_event().is_some() {
            events += 1;
        }
        rings.iter_mut().for_each(|ring| while ring.pop().is_ok() {});
    }
    let allocations = ALLOCATIONS.get() - before;
    assert!(out.packets > LEGS * TICKS * 8 / 10, "{} packets went out", out.packets);
    assert!(events > 50, "{events} events");
    assert_eq!(allocations, 0);
}
