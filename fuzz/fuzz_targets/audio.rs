//! What carries audio: every codec's octets, comfort noise, sound files, and a whole leg in a room that hears them.
#![no_main]

use core::time::Duration;
use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use media::codec::{Decoder, Encoder};
use media::comfort::ComfortNoise;
use media::{Command, Far, LegId, PacketKind, PortId, Role, RoomId, RoomKind, Shard, ShardConfig, Transmit};
use rtp::{Codec, Direction, Payload, StreamConfig};

struct Nowhere;

impl Transmit for Nowhere {
    fn send(&mut self, _: PortId, _: PacketKind, _: SocketAddr, packet: &[u8]) {
        assert!(packet.len() <= 1_472);
    }
}

fn payload(codec: Codec) -> Payload {
    Payload { payload_type: codec.static_payload_type().unwrap_or(if codec == Codec::L16 { 98 } else { 99 }), codec }
}

fuzz_target!(|data: &[u8]| {
    let mut samples = vec![0; data.len() * 2 + 1];
    let mut octets = vec![0; data.len() + 1];
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new());
    for codec in Codec::ALL {
        let length = decoder.decode(codec, data, &mut samples);
        assert!(encoder.encode(codec, &samples[..length], &mut octets) <= data.len());
    }
    let mut noise = ComfortNoise::new(1);
    noise.describe(data);
    noise.fill(&mut [0; 160]);
    let _ = media::wav::parse(data);

    let Some((first, data)) = data.split_first() else { return };
    let codec = Codec::ALL[usize::from(*first) % Codec::ALL.len()];
    let config = ShardConfig { seed: 1, max_legs: 4, max_rooms: 1, wall_offset: Duration::from_secs(1_700_000_000) };
    let (mut shard, mut now) = (Shard::new(config), Duration::from_secs(1));
    let from = SocketAddr::from(([192, 0, 2, 1], 4_000));
    shard.command(now, Command::OpenRoom { room: RoomId(1), kind: RoomKind::Mixing }, &mut Nowhere);
    for (number, codec) in [(1, codec), (2, Codec::Pcmu), (3, Codec::G722)] {
        let leg = LegId(number);
        shard.command(now, Command::Open { leg, far: Far::Rtp(PortId(number)) }, &mut Nowhere);
        let stream = Box::new(StreamConfig {
            remote: from,
            remote_rtcp: from,
            send: payload(codec),
            receive: Codec::ALL.map(payload).to_vec(),
            send_events: None,
            receive_events: Some(101),
            ptime_ms: 20,
            direction: Direction::SendRecv,
            symmetric: true,
            options: rtp::StreamOptions::default(),
        });
        shard.command(now, Command::Configure { leg, stream }, &mut Nowhere);
        shard.command(now, Command::DetectDigits { leg, on: true }, &mut Nowhere);
        shard.command(now, Command::Join { leg, room: RoomId(1), role: Role::Participant }, &mut Nowhere);
    }
    // The octets in pieces, each a packet whose length is its first.
    let mut rest = data;
    while let Some((length, after)) = rest.split_first() {
        let (packet, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        shard.receive(now, PortId(1), PacketKind::Rtp, from, packet, &mut Nowhere);
        now += Duration::from_millis(20);
        shard.advance(now, &mut Nowhere);
        while shard.poll_event().is_some() {}
    }
});
