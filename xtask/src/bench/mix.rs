//! One mixing room in one shard, in this process: what a party costs, without the sockets.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use media::codec::Encoder;
use media::{Command, Far, LegId, PacketKind, PortId, Role, RoomId, RoomKind, Shard, ShardConfig, Transmit};
use rtp::{Codec, Direction, Header, Packet, Payload, StreamConfig};

/// Ticks before those that are measured.
const WARM_UP: u64 = 100;
const TICK: Duration = Duration::from_millis(20);
/// Packets that a party says over and over: a quarter of a second.
const PACKETS: usize = 13;

/// Counts what would be sent.
#[derive(Default)]
struct Nowhere {
    packets: u64,
}

impl Transmit for Nowhere {
    fn send(&mut self, _port: PortId, _kind: PacketKind, _to: SocketAddr, packet: &[u8]) {
        self.packets += u64::from(black_box(packet).len() > 12);
    }
}

/// Who is in the room.
#[derive(Clone, Copy)]
pub(super) struct Parties {
    /// How many.
    pub(super) count: u64,
    /// How many of them talk; the others send silence.
    pub(super) talking: u64,
}

/// Runs each size and prints a row.
pub(super) fn measure(sizes: &[u64], talking: Option<u64>, codecs: &[String], seconds: u64) -> Result<()> {
    let codecs: Vec<Codec> = codecs
        .iter()
        .map(|name| Codec::from_asterisk_name(name).with_context(|| format!("`{name}` is no codec")))
        .collect::<Result<_>>()?;
    println!("one mixing room, no sockets; parties speak {} by turns", names(&codecs));
    println!("| parties | talking | ns a party and tick | share of a core |");
    println!("|--:|--:|--:|--:|");
    for count in sizes {
        let parties = Parties { count: *count, talking: talking.unwrap_or(*count).min(*count) };
        let spent = run(parties, &codecs, seconds * 50);
        let per_tick = spent.as_nanos() as f64 / (seconds * 50) as f64;
        println!(
            "| {count} | {} | {:.0} | {:.2} % |",
            parties.talking,
            per_tick / *count as f64,
            per_tick / TICK.as_nanos() as f64 * 100.0
        );
    }
    Ok(())
}

/// The time that this thread has worked: others on the machine do not count.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn names(codecs: &[Codec]) -> String {
    codecs.iter().map(|codec| codec.asterisk_name()).collect::<Vec<_>>().join(", ")
}

/// How long the shard worked.
fn run(parties: Parties, codecs: &[Codec], ticks: u64) -> Duration {
    let legs = parties.count as usize + 1;
    let wall_offset = Duration::from_secs(1_700_000_000);
    let mut shard = Shard::new(ShardConfig { seed: 1, max_legs: legs, max_rooms: 1, wall_offset });
    let (mut now, mut out) = (Duration::from_secs(1), Nowhere::default());
    let room = RoomId(1);
    shard.command(now, Command::OpenRoom { room, kind: RoomKind::Mixing }, &mut out);
    for number in 0..parties.count {
        let (leg, codec) = (LegId(number), codecs[number as usize % codecs.len()]);
        shard.command(now, Command::Open { leg, far: Far::Rtp(PortId(number)) }, &mut out);
        shard.command(now, Command::Configure { leg, stream: stream(number, codec) }, &mut out);
        shard.command(now, Command::Join { leg, room, role: Role::Participant }, &mut out);
    }
    let speech: Vec<Vec<Vec<u8>>> = (0..parties.count)
        .map(|number| speech(number, codecs[number as usize % codecs.len()], number < parties.talking))
        .collect();
    let mut spent = Duration::ZERO;
    for tick in 0..WARM_UP + ticks {
        let packets: Vec<Vec<u8>> = speech
            .iter()
            .enumerate()
            .map(|(number, speech)| packet(number as u64, tick, codecs, &speech[tick as usize % PACKETS]))
            .collect();
        let begin = worked();
        for (number, packet) in packets.iter().enumerate() {
            let number = number as u64;
            shard.receive(now, PortId(number), PacketKind::Rtp, address(number), packet, &mut out);
        }
        now += TICK;
        shard.advance(now, &mut out);
        while shard.poll_event().is_some() {}
        if tick >= WARM_UP {
            spent += worked() - begin;
        }
    }
    assert!(out.packets >= parties.count * ticks, "not everybody heard the room");
    spent
}

fn payload(codec: Codec) -> Payload {
    Payload { payload_type: codec.static_payload_type().unwrap_or(118), codec }
}

fn address(number: u64) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 10_000 + number as u16 * 2))
}

fn stream(number: u64, codec: Codec) -> Box<StreamConfig> {
    Box::new(StreamConfig {
        remote: address(number),
        remote_rtcp: address(number),
        send: payload(codec),
        receive: vec![payload(codec)],
        send_events: Some(101),
        receive_events: Some(101),
        ptime_ms: 20,
        direction: Direction::SendRecv,
        symmetric: true,
        options: rtp::StreamOptions::default(),
    })
}

/// Noise that nobody shares, or silence.
fn speech(number: u64, codec: Codec, talks: bool) -> Vec<Vec<u8>> {
    let (mut state, mut encoder) = (number as u32 * 2 + 1, Encoder::new());
    let mut sample = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if talks { (state >> 16) as i16 >> 3 } else { 0 }
    };
    let length = codec.sample_rate() as usize / 50;
    (0..PACKETS)
        .map(|_| {
            let samples: Vec<i16> = (0..length).map(|_| sample()).collect();
            let mut octets = vec![0; codec.octets_per_ms() * 20];
            encoder.encode(codec, &samples, &mut octets);
            octets
        })
        .collect()
}

fn packet(number: u64, tick: u64, codecs: &[Codec], octets: &[u8]) -> Vec<u8> {
    let codec = codecs[number as usize % codecs.len()];
    let header = Header {
        marker: false,
        payload_type: payload(codec).payload_type,
        sequence: tick as u16,
        timestamp: tick as u32 * (codec.clock_rate() / 50),
        ssrc: number as u32 + 1,
    };
    let mut packet = vec![0; octets.len() + 12];
    Packet::new(header, octets).write(&mut packet).expect("the buffer is as long as the packet");
    packet
}
