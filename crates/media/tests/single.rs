//! One leg by itself: players, digits, recorders, echo, and whose packets are believed.

mod world;

use core::time::Duration;

use media::{
    At, Audio, Command, Digits, Event, Far, Layer, LegId, PacketKind, Piece, PlayerId, PortId, RecordLimits,
    RecorderEnd, RecorderId, Way, detect, tones,
};
use rtp::rtcp::{Rtcp, Writer, parse};
use rtp::srtp::{Keys, MAX_MATERIAL, MAX_TRAILER, MasterKey, Opener, Sealer, Suite};
use rtp::{Codec, Direction, Header, Packet};
use std::sync::Arc;
use world::{World, address, config, drain, has_tone, sine, steps};

fn play(player: u64, leg: LegId, audio: Arc<Audio>, layer: Layer) -> Command {
    Command::Play { player: PlayerId(player), at: At::Leg(leg), audio, from_ms: 0, repeat: false, layer }
}

fn packet(ssrc: u32, sequence: u16, payload_type: u8) -> Vec<u8> {
    let timestamp = u32::from(sequence) * 160;
    let header = Header { marker: false, payload_type, sequence, timestamp, ssrc };
    let mut packet = vec![0; 172];
    Packet::new(header, &[0xd0; 160]).write(&mut packet).expect("the buffer is as long as the packet");
    packet
}

#[test]
fn nothing_is_sent_where_nothing_is_to_be_heard() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    world.run(1_000);
    assert!(world.rtp(leg).is_empty());
}

#[test]
fn a_player_is_heard_from_start_to_end_in_packets_that_step_by_one() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    world.command(play(1, leg, sine(700.0, 990), Layer::Foreground));
    world.run(1_100);
    let packets = world.rtp(leg);
    assert_eq!(packets.len(), 50);
    assert!(packets[0].0.marker && packets[1..].iter().all(|(header, _)| !header.marker));
    assert!(steps(&world.sequences(leg)).iter().all(|step| *step == 1));
    assert!(packets.windows(2).all(|pair| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp) == 160));
    assert!(world.hears(leg, 700.0));
    assert!(matches!(world.events[..], [Event::PlayerFinished { player: PlayerId(1) }]));
}

#[test]
fn after_a_pause_the_timestamp_has_gone_on_and_the_marker_is_set() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    world.command(play(1, leg, sine(700.0, 100), Layer::Foreground));
    world.run(400);
    world.command(play(2, leg, sine(700.0, 100), Layer::Foreground));
    world.run(200);
    let packets = world.rtp(leg);
    assert_eq!(packets.len(), 10);
    assert!(packets[5].0.marker);
    assert_eq!(packets[5].0.sequence.wrapping_sub(packets[4].0.sequence), 1);
    assert_eq!(packets[5].0.timestamp.wrapping_sub(packets[0].0.timestamp), 20 * 160);
}

#[test]
fn other_packet_times_are_sent_and_taken() {
    for ptime_ms in [10u8, 30, 40, 60] {
        let mut world = World::new();
        let leg = world.phone(Codec::Pcma, Some(500.0));
        let mut stream = config(0, Codec::Pcma);
        stream.ptime_ms = ptime_ms;
        world.command(Command::Configure { leg, stream });
        world.phones[0].ptime_ms = u32::from(ptime_ms);
        world.command(Command::Echo { leg, on: true });
        world.run(1_500);
        let packets = world.rtp(leg);
        let samples = usize::from(ptime_ms) * 8;
        assert!(packets.iter().all(|(_, payload)| payload.len() == samples), "{ptime_ms} ms");
        let stamps = packets.windows(2).map(|pair| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp));
        assert!(
            stamps.clone().all(|step| step == samples as u32),
            "{ptime_ms} ms: {:?}",
            stamps.collect::<Vec<_>>()
        );
        assert!(world.hears(leg, 500.0), "{ptime_ms} ms");
        // Whole, without holes: the tone is all there is.
        let heard = world.heard(leg);
        let tail = &heard[heard.len() / 2..];
        assert!((detect::level(tail) - detect::tone_level(tail, 8_000, 500.0)).abs() < 1.0, "{ptime_ms} ms");
    }
}

#[test]
fn a_foreground_player_hides_the_background_which_goes_on_after_it() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    world.command(play(1, leg, sine(1_000.0, 10_000), Layer::Background));
    world.run(300);
    world.command(play(2, leg, sine(500.0, 1_000), Layer::Foreground));
    world.forget();
    world.run(990);
    assert!(world.hears(leg, 500.0) && !world.hears(leg, 1_000.0));
    world.run(30);
    world.forget();
    world.run(300);
    assert!(world.hears(leg, 1_000.0) && !world.hears(leg, 500.0));
    world.command(Command::Close { leg });
    let finished = |event: &Event| matches!(event, Event::PlayerFinished { player: PlayerId(1) });
    assert!(world.events.iter().any(finished));
}

#[test]
fn an_echo_gives_speech_and_digits_back() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    world.command(Command::Echo { leg, on: true });
    world.run(1_000);
    assert!(world.hears(leg, 500.0));
    world.phones[0].digits.push_back(('#', 120));
    world.run(600);
    assert_eq!(world.digits(leg), "#");
    let events: Vec<_> =
        world.rtp(leg).into_iter().filter(|(header, _)| header.payload_type == 100).collect();
    assert!(events.iter().all(|(_, payload)| payload[0] == 11));
    assert_eq!(events.iter().filter(|(_, payload)| payload[1] & 0x80 != 0).count(), 3);
    assert!(steps(&world.sequences(leg)).iter().all(|step| *step == 1));
}

#[test]
fn digits_are_sent_as_events_and_told_when_they_are_out() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let digits =
        Digits { digits: "19".into(), before_ms: 40, between_ms: 100, duration_ms: 100, after_ms: 60 };
    world.command(Command::SendDigits { leg, digits });
    world.run(380);
    assert!(world.events.is_empty());
    world.run(60);
    assert!(matches!(world.events[..], [Event::DigitsSent { leg: LegId(0) }]));
    let packets = world.rtp(leg);
    let ends = |event: u8| {
        let of = packets.iter().filter(|(_, payload)| payload[0] == event && payload[1] & 0x80 != 0);
        of.map(|(_, payload)| u16::from_be_bytes([payload[2], payload[3]])).collect::<Vec<_>>()
    };
    assert_eq!((ends(1), ends(9)), (vec![800; 3], vec![800; 3]));
    assert!(steps(&world.sequences(leg)).iter().all(|step| *step == 1));
}

#[test]
fn digits_are_sent_as_tones_where_events_were_not_agreed() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let mut stream = config(0, Codec::Pcmu);
    stream.send_events = None;
    world.command(Command::Configure { leg, stream });
    let digits = Digits { digits: "5".into(), before_ms: 0, between_ms: 0, duration_ms: 200, after_ms: 0 };
    world.command(Command::SendDigits { leg, digits });
    world.run(300);
    assert_eq!(world.heard(leg).len(), 1_600);
    assert!(world.hears(leg, 770.0) && world.hears(leg, 1336.0));
}

#[test]
fn digits_pressed_are_told_once_though_packets_are_lost_and_passed_on_unless_absorbed() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcmu, None);
    let room = world.room(media::RoomKind::Mixing, &[one, other]);
    let passed =
        |world: &World| world.rtp(other).iter().filter(|(header, _)| header.payload_type == 101).count();
    world.run(100);
    world.phones[0].digits.push_back(('5', 100));
    world.run(300);
    assert!(world.shard.may_forward(room));
    assert_eq!((world.digits(one).as_str(), passed(&world)), ("5", 7));
    world.forget();
    world.command(Command::AbsorbDigits { leg: one, on: true });
    world.run(100);
    world.phones[0].digits.push_back(('6', 100));
    world.run(300);
    assert_eq!((world.digits(one).as_str(), passed(&world)), ("6", 0));
    assert!(world.rtp(other).len() > 10);
    assert!(steps(&world.sequences(other)).iter().all(|step| *step == 1), "what is absorbed is no loss");
    world.command(Command::AbsorbDigits { leg: one, on: false });
    world.command(Command::Mute { leg: other, way: Way::In, on: true });
    world.forget();
    world.phones[0].digits.push_back(('7', 100));
    world.run(500);
    assert_eq!(world.digits(one), "7");
    assert!(passed(&world) >= 5, "mixing passes digits too");
}

#[test]
fn digits_as_tones_are_heard_where_asked() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    world.command(Command::Open { leg: LegId(8), far: Far::Pair(LegId(9)) });
    world.command(Command::Open { leg: LegId(9), far: Far::Pair(LegId(8)) });
    world.command(Command::DetectDigits { leg: LegId(9), on: true });
    let mut tones = tones::dtmf('8', 100).unwrap();
    tones.samples.extend([0; 1_600]);
    world.command(play(1, LegId(8), Arc::new(tones), Layer::Foreground));
    world.run(500);
    assert_eq!((world.digits(LegId(9)), world.digits(leg)), ("8".into(), String::new()));
}

#[test]
fn a_recording_holds_what_the_far_end_said() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    let (ring, mut frames) = rtrb::RingBuffer::new(200);
    let limits = RecordLimits { max_duration_ms: 1_000, max_silence_ms: 0 };
    world.command(Command::Record { recorder: RecorderId(1), at: At::Leg(leg), ring, rate: 8_000, limits });
    world.run(1_100);
    let (samples, dropped) = drain(&mut frames);
    assert_eq!((samples.len(), dropped), (8_000, 0));
    assert!(has_tone(&samples, 500.0));
    let Some(Event::RecorderFinished { end, duration_ms, talking_ms, .. }) = world.events.pop() else {
        panic!("it has not ended")
    };
    assert_eq!((end, duration_ms), (RecorderEnd::Duration, 1_000));
    assert!(talking_ms > 900);
    assert!(frames.is_abandoned());
}

#[test]
fn a_room_is_recorded_with_all_voices_while_packets_are_forwarded() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcmu, Some(900.0));
    let room = world.room(media::RoomKind::Mixing, &[one, other]);
    world.run(200);
    let (ring, mut frames) = rtrb::RingBuffer::new(200);
    let limits = RecordLimits::default();
    world.command(Command::Record { recorder: RecorderId(1), at: At::Room(room), ring, rate: 8_000, limits });
    assert!(world.shard.may_forward(room));
    world.run(1_000);
    world.command(Command::StopRecorder { recorder: RecorderId(1) });
    let (samples, _) = drain(&mut frames);
    assert!(has_tone(&samples, 500.0) && has_tone(&samples, 900.0));
    assert!(steps(&world.sequences(one)).iter().all(|step| *step == 1));
    let stopped = |event: &Event| matches!(event, Event::RecorderFinished { end: RecorderEnd::Stopped, .. });
    assert!(world.events.iter().any(stopped));
}

#[test]
fn a_full_ring_marks_what_it_dropped() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    let (ring, mut frames) = rtrb::RingBuffer::new(10);
    let limits = RecordLimits::default();
    world.command(Command::Record { recorder: RecorderId(1), at: At::Leg(leg), ring, rate: 8_000, limits });
    world.run(1_000);
    let (kept, dropped) = drain(&mut frames);
    assert_eq!((kept.len(), dropped), (1_600, 0));
    world.run(100);
    assert_eq!(frames.pop(), Ok(Piece::Dropped(40)));
    assert_eq!(drain(&mut frames).0.len(), 800);
    world.command(Command::StopRecorder { recorder: RecorderId(1) });
    assert!(matches!(world.events[..], [Event::RecorderFinished { dropped: 40, duration_ms: 1_100, .. }]));
}

#[test]
fn packets_of_a_third_source_are_refused_and_counted() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let port = PortId(0);
    let stranger = address(50);
    world.receive(port, PacketKind::Rtp, stranger, b"not rtp at all");
    world.receive(port, PacketKind::Rtp, stranger, &packet(5, 1, 96));
    // Behind a translator: four packets in sequence qualify, each 20 ms after the other.
    for sequence in 1..8 {
        world.receive(port, PacketKind::Rtp, address(40), &packet(1, sequence, 0));
        world.run(20);
    }
    for sequence in 8..18 {
        world.receive(port, PacketKind::Rtp, stranger, &packet(1, sequence, 0));
    }
    world.command(play(1, leg, sine(700.0, 100), Layer::Foreground));
    world.run(100);
    assert!(world.sent().iter().all(|sent| sent.to == address(40)), "answers go where speech came from");
    let statistics = world.shard.statistics(leg).unwrap();
    assert_eq!((statistics.received_packets, statistics.refused_packets), (4, 13));
    // The same far end again changes nothing; another one is learned afresh.
    world.command(Command::Configure { leg, stream: config(0, Codec::Pcmu) });
    world.receive(port, PacketKind::Rtp, stranger, &packet(1, 20, 0));
    assert_eq!(world.shard.statistics(leg).unwrap().refused_packets, 14);
    world.command(Command::Configure { leg, stream: config(50, Codec::Pcmu) });
    world.receive(port, PacketKind::Rtp, stranger, &packet(1, 21, 0));
    assert_eq!(world.shard.statistics(leg).unwrap().refused_packets, 14);
}

#[test]
fn what_was_not_agreed_is_no_loss_and_teaches_no_source() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    world.receive(PortId(0), PacketKind::Rtp, address(0), &packet(1, 1, 0));
    world.receive(PortId(0), PacketKind::Rtp, address(0), &packet(1, 2, 13));
    world.receive(PortId(0), PacketKind::Rtp, address(0), &packet(1, 3, 0));
    let statistics = world.shard.statistics(leg).unwrap();
    assert_eq!((statistics.received_packets, statistics.lost_packets), (3, 0));
}

#[test]
fn without_symmetric_rtp_packets_go_where_it_was_agreed() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let mut stream = config(0, Codec::Pcmu);
    stream.symmetric = false;
    world.command(Command::Configure { leg, stream });
    world.receive(PortId(0), PacketKind::Rtp, address(40), &packet(1, 1, 0));
    world.command(play(1, leg, sine(700.0, 100), Layer::Foreground));
    world.run(200);
    assert!(world.sent().iter().all(|sent| sent.to == address(0)));
}

#[test]
fn a_direction_is_obeyed() {
    for (direction, sends, receives) in [
        (Direction::SendRecv, true, true),
        (Direction::SendOnly, true, false),
        (Direction::RecvOnly, false, true),
        (Direction::Inactive, false, false),
    ] {
        let mut world = World::new();
        let leg = world.phone(Codec::Pcmu, Some(500.0));
        let mut stream = config(0, Codec::Pcmu);
        stream.direction = direction;
        world.command(Command::Configure { leg, stream });
        let (ring, mut frames) = rtrb::RingBuffer::new(200);
        let limits = RecordLimits::default();
        world.command(Command::Record {
            recorder: RecorderId(1),
            at: At::Leg(leg),
            ring,
            rate: 8_000,
            limits,
        });
        world.command(play(1, leg, sine(700.0, 1_000), Layer::Foreground));
        world.run(1_050);
        assert_eq!(world.hears(leg, 700.0), sends, "{direction:?}");
        assert_eq!(has_tone(&drain(&mut frames).0, 500.0), receives, "{direction:?}");
        let finished = |event: &Event| matches!(event, Event::PlayerFinished { .. });
        assert!(world.events.iter().any(finished), "{direction:?}: time passes for a player nobody hears");
    }
}

#[test]
fn reports_go_out_and_a_goodbye_ends_the_leg() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    world.command(Command::Echo { leg, on: true });
    world.run(12_000);
    let rtcp: Vec<_> = world.sent().iter().filter(|sent| sent.kind == PacketKind::Rtcp).cloned().collect();
    assert!((2..=6).contains(&rtcp.len()), "{} reports in 12 s", rtcp.len());
    let Some(Rtcp::SenderReport { ssrc, info, mut blocks }) = parse(&rtcp[1].packet).unwrap().next() else {
        panic!("no sender report")
    };
    assert_eq!(rtcp[1].to.port(), address(0).port() + 1);
    assert_eq!(ssrc, world.rtp(leg)[0].0.ssrc);
    assert!(info.packets > 100 && info.octets == info.packets * 160);
    assert_eq!(blocks.next().unwrap().ssrc, 0x1000);
    let told: Vec<u64> = world.figures.iter().map(|figures| figures.received_packets).collect();
    assert!((6..=8).contains(&told.len()), "each second, then each fifth: {told:?}");
    assert!(told[0] >= 49 && told.is_sorted(), "{told:?}");
    world.command(Command::Close { leg });
    let last = world.sent().last().unwrap().clone();
    assert!(parse(&last.packet).unwrap().any(|part| part == Rtcp::Bye { ssrc }));
    let Some(Event::Closed { port, statistics, .. }) = world.events.pop() else { panic!("it is not closed") };
    assert_eq!((port, statistics.local_ssrc, statistics.remote_ssrc), (Some(PortId(0)), ssrc, 0x1000));
    assert!(statistics.received_packets >= 599 && statistics.lost_packets == 0);
    assert_eq!(statistics.sent_octets, statistics.sent_packets * 160);
    world.forget();
    world.run(100);
    assert!(world.sent().is_empty() && world.shard.deadline().is_none());
}

#[test]
fn a_far_ends_report_tells_loss_jitter_and_round_trip() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    world.command(Command::Echo { leg, on: true });
    world.run(6_000);
    let mut reports = world.sent().iter().filter(|sent| sent.kind == PacketKind::Rtcp);
    let last = reports.next_back().unwrap().clone();
    let Some(Rtcp::SenderReport { ssrc, info, .. }) = parse(&last.packet).unwrap().next() else { panic!() };
    let block = rtp::rtcp::ReportBlock {
        ssrc,
        fraction_lost: 1,
        cumulative_lost: 3,
        highest_sequence: 1,
        jitter: 40,
        last_sr: info.ntp.middle(),
        delay_since_last_sr: 0,
    };
    let mut report = [0; 64];
    let mut writer = rtp::rtcp::Writer::new(&mut report);
    writer.receiver_report(0x1000, &[block]).unwrap();
    let length = writer.len();
    let from = std::net::SocketAddr::new(address(0).ip(), 9_999);
    let strange = std::net::SocketAddr::from(([198, 51, 100, 9], 9_999));
    world.receive(PortId(0), PacketKind::Rtcp, strange, &report[..length]);
    assert_eq!(world.shard.statistics(leg).unwrap().remote_lost, 0);
    let since = world.now - last.at;
    world.receive(PortId(0), PacketKind::Rtcp, from, &report[..length]);
    let statistics = world.shard.statistics(leg).unwrap();
    assert_eq!((statistics.remote_lost, statistics.remote_jitter_us), (3, 5_000));
    let trip = Duration::from_micros(statistics.round_trip_us.into());
    assert!(trip.abs_diff(since) < Duration::from_millis(1), "{trip:?} is not {since:?}");
}

#[test]
fn losses_are_concealed_and_numbers_still_step_by_one() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    world.command(Command::Echo { leg, on: true });
    world.run(500);
    world.forget();
    world.phones[0].lose = 1;
    world.run(500);
    assert!(steps(&world.sequences(leg)).iter().all(|step| *step == 1));
    assert_eq!(world.rtp(leg).len(), 25);
    assert!(world.heard(leg).chunks(160).all(|frame| detect::level(frame) > -30.0), "a hole is heard");
    assert_eq!(world.shard.statistics(leg).unwrap().lost_packets, 1);
}

#[test]
fn a_player_is_paused_moved_and_stopped_by_command() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let player = PlayerId(1);
    let audio = Arc::new(Audio { rate: 8_000, samples: (0..20).flat_map(|n| [n * 1_000; 800]).collect() });
    world.command(play(1, leg, audio, Layer::Foreground));
    let last = |world: &mut World| {
        world.forget();
        world.run(20);
        world.heard(leg)[159]
    };
    assert_eq!(last(&mut world), 0);
    world.command(Command::SeekPlayer { player, by_ms: 1_000 });
    assert!((9_500..10_500).contains(&last(&mut world)));
    world.command(Command::PausePlayer { player });
    assert_eq!(last(&mut world), 0);
    world.command(Command::ResumePlayer { player });
    world.command(Command::SeekPlayer { player, by_ms: -500 });
    assert!((4_500..5_500).contains(&last(&mut world)));
    world.command(Command::StopPlayer { player });
    world.command(Command::StopPlayer { player });
    assert!(matches!(world.events[..], [Event::PlayerFinished { player: PlayerId(1) }]));
    world.forget();
    world.run(100);
    assert!(world.rtp(leg).is_empty());
}

#[test]
fn what_does_not_fit_or_is_not_there_is_answered() {
    let mut world = World::new();
    world.command(play(1, LegId(77), sine(700.0, 100), Layer::Foreground));
    assert!(matches!(world.events[..], [Event::PlayerFinished { player: PlayerId(1) }]));
    world.events.clear();
    let (ring, _frames) = rtrb::RingBuffer::new(10);
    let limits = RecordLimits::default();
    world.command(Command::Record {
        recorder: RecorderId(1),
        at: At::Leg(LegId(77)),
        ring,
        rate: 8_000,
        limits,
    });
    assert!(matches!(world.events[..], [Event::RecorderFinished { end: RecorderEnd::Gone, .. }]));
    world.events.clear();
    for number in 0..=1_000 {
        world.command(Command::Open { leg: LegId(number), far: Far::Rtp(PortId(number)) });
    }
    assert!(matches!(world.events[..], [Event::Closed { leg: LegId(1_000), port: Some(PortId(1_000)), .. }]));
}

/// A stream that is sealed both ways, and what the far end seals and opens with.
fn sealed(number: u64) -> (Box<rtp::StreamConfig>, Sealer, Opener) {
    let key =
        |octet: u8| MasterKey::new(Suite::AesCm128Sha1_80, &[octet; MAX_MATERIAL]).expect("there is enough");
    let mut stream = config(number, Codec::Pcmu);
    stream.options.srtp = Some(Keys { send: key(1), receive: key(2) });
    (stream, Sealer::new(&key(2)), Opener::new(&key(1)))
}

fn seal(sealer: &mut Sealer, packet: &[u8], report: bool) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_TRAILER, 0);
    let length = match report {
        true => sealer.seal_rtcp(&mut buffer, packet.len()).expect("there is room"),
        false => sealer.seal_rtp(&mut buffer, packet.len()).expect("there is room"),
    };
    buffer.truncate(length);
    buffer
}

#[test]
fn a_sealed_stream_sends_and_takes_nothing_in_the_clear() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let (stream, mut sealer, mut opener) = sealed(0);
    world.command(Command::Configure { leg, stream: stream.clone() });
    world.command(play(1, leg, sine(700.0, 6_000), Layer::Foreground));
    world.receive(PortId(0), PacketKind::Rtp, address(0), &packet(1, 1, 0));
    for sequence in 2..5 {
        let whole = seal(&mut sealer, &packet(1, sequence, 0), false);
        world.receive(PortId(0), PacketKind::Rtp, address(0), &whole);
        // Replayed, from wherever.
        world.receive(PortId(0), PacketKind::Rtp, address(40), &whole);
    }
    world.run(5_000);
    // A new agreement under the same keys goes on with the same counts.
    world.command(Command::Configure { leg, stream });
    world.run(1_000);
    world.command(Command::Close { leg });
    let Some(Event::Closed { statistics, .. }) = world.events.pop() else { panic!("it is not closed") };
    assert_eq!((statistics.received_packets, statistics.refused_packets), (3, 4));
    let mut opened = [0, 0];
    for sent in world.sent() {
        let mut packet = sent.packet.clone();
        assert_eq!(sent.to.ip(), address(0).ip());
        match sent.kind {
            PacketKind::Rtp => {
                let length = opener.open_rtp(&mut packet).unwrap();
                assert_eq!(length, 172);
                opened[0] += 1;
            }
            PacketKind::Rtcp => {
                let length = opener.open_rtcp(&mut packet).unwrap();
                assert!(parse(&packet[..length]).is_ok());
                opened[1] += 1;
            }
        }
    }
    assert!(opened[0] > 250 && opened[1] >= 2, "{opened:?}");
}

#[test]
fn reports_come_over_the_port_of_rtp_where_both_want_it() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, Some(500.0));
    let mut stream = config(0, Codec::Pcmu);
    stream.options.rtcp_mux = true;
    stream.options.report_interval = Duration::from_millis(1_000);
    world.command(Command::Configure { leg, stream });
    world.command(Command::Echo { leg, on: true });
    world.run(5_000);
    let ours = world.shard.statistics(leg).unwrap().local_ssrc;
    let mut report = [0; 200];
    let mut writer = Writer::new(&mut report);
    let block = rtp::rtcp::ReportBlock {
        ssrc: ours,
        fraction_lost: 0,
        cumulative_lost: 17,
        highest_sequence: 0,
        jitter: 0,
        last_sr: 0,
        delay_since_last_sr: 0,
    };
    writer.receiver_report(0x1000, &[block]).unwrap();
    let length = writer.len();
    world.receive(PortId(0), PacketKind::Rtp, address(0), &report[..length]);
    assert_eq!(world.shard.statistics(leg).unwrap().remote_lost, 17);
    assert!(world.sent().iter().all(|sent| sent.kind == PacketKind::Rtp && sent.to == address(0)));
    let reports = world.sent().iter().filter(|sent| rtp::classify(&sent.packet) == rtp::Kind::Rtcp).count();
    assert!((3..=12).contains(&reports), "{reports} reports in 5 s of about one a second");
}

#[test]
fn a_keepalive_goes_out_where_nothing_else_does() {
    let mut world = World::new();
    let leg = world.phone(Codec::Pcmu, None);
    let mut stream = config(0, Codec::Pcmu);
    stream.options.keepalive = Some(Duration::from_secs(2));
    world.command(Command::Configure { leg, stream });
    world.run(9_000);
    let noise: Vec<_> = world.rtp(leg).iter().map(|(header, _)| header.payload_type).collect();
    assert_eq!(noise, [13; 4]);
    world.forget();
    world.command(play(1, leg, sine(700.0, 8_000), Layer::Foreground));
    world.run(7_000);
    assert!(world.rtp(leg).iter().all(|(header, _)| header.payload_type == 0), "there is something else");
}

#[test]
fn the_codec_of_the_far_end_is_followed_unless_it_may_differ() {
    for (asymmetric, expected) in [(false, 8), (true, 0)] {
        let mut world = World::new();
        let leg = world.phone(Codec::Pcmu, None);
        let mut stream = config(0, Codec::Pcmu);
        stream.options.asymmetric_codec = asymmetric;
        world.command(Command::Configure { leg, stream });
        world.command(play(1, leg, sine(700.0, 2_000), Layer::Foreground));
        world.run(200);
        assert!(world.rtp(leg).iter().all(|(header, _)| header.payload_type == 0));
        world.receive(PortId(0), PacketKind::Rtp, address(0), &packet(1, 1, 8));
        world.forget();
        world.run(200);
        assert!(world.rtp(leg).iter().all(|(header, _)| header.payload_type == expected), "{asymmetric}");
    }
}
