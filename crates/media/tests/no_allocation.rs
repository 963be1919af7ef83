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

#[derive(Default)]
struct Counted {
    packets: u64,
}

impl Transmit for Counted {
    fn send(&mut self, _port: PortId, _kind: PacketKind, _to: SocketAddr, _packet: &[u8]) {
        self.packets += 1;
    }
}

fn stream(number: u64) -> Box<StreamConfig> {
    let codec = if number.is_multiple_of(3) { Codec::Pcma } else { Codec::Pcmu };
    let remote = SocketAddr::from(([192, 0, 2, 1], 10_000 + number as u16 * 2));
    let both =
        [Payload { payload_type: 0, codec: Codec::Pcmu }, Payload { payload_type: 8, codec: Codec::Pcma }];
    Box::new(StreamConfig {
        remote,
        remote_rtcp: remote,
        send: Payload { payload_type: if codec == Codec::Pcmu { 0 } else { 8 }, codec },
        receive: both.to_vec(),
        send_events: Some(101),
        receive_events: Some(101),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        symmetric: true,
        options: rtp::StreamOptions::default(),
    })
}

/// Pairs forwarded and mixed, conferences, holding rooms with music, echoes, players and recorders.
fn populate(shard: &mut Shard, now: Duration, out: &mut Counted) -> Vec<rtrb::Consumer<Piece>> {
    let mut rings = Vec::new();
    let music = Arc::new(Audio { rate: 8_000, samples: (0..12_345).collect() });
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
                obey(Command::Echo { leg, on: number % 2 == 0 });
                obey(Command::Play {
                    player: PlayerId(number),
                    at: At::Leg(leg),
                    audio: music.clone(),
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
            obey(Command::Record { recorder: RecorderId(number), at, ring, limits });
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
    let mut events = 0;
    let before = ALLOCATIONS.get();
    for tick in 0..TICKS * 20 {
        now += Duration::from_millis(1);
        for number in (0..LEGS).filter(|number| number % 20 == tick % 20) {
            let sequence = (tick / 20) as u16;
            // Every tenth second some press a key.
            let is_event = number % 7 == 0 && sequence % 500 < 8;
            let payload_type = if is_event { 101 } else { 0 };
            let timestamp =
                if is_event { u32::from(sequence / 500) * 80_000 } else { u32::from(sequence) * 160 };
            let header = Header { marker: false, payload_type, sequence, timestamp, ssrc: number as u32 };
            let payload: &[u8] = if is_event {
                &[5, if sequence % 500 > 4 { 0x80 } else { 0 }, 3, 0x20]
            } else {
                &[0x9c; 160]
            };
            let mut packet = [0; 172];
            let length = Packet::new(header, payload).write(&mut packet).unwrap();
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
