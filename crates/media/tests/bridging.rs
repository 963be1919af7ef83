//! Two and more legs in a room: forwarded, mixed, held, muted, tapped, moved.

mod world;

use media::{Command, Event, Far, Layer, LegId, PacketKind, PlayerId, Role, RoomKind, Way, Ways};
use rtp::{Codec, Direction};
use world::{World, config, sine, steps};

fn pair(world: &mut World) -> (LegId, LegId) {
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcmu, Some(900.0));
    (one, other)
}

#[test]
fn two_of_one_format_are_forwarded_as_they_come_and_hear_each_other() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let room = world.room(RoomKind::Mixing, &[one, other]);
    assert!(world.shard.may_forward(room));
    world.run(1_000);
    assert!(world.hears(other, 500.0) && world.hears(one, 900.0));
    assert!(!world.hears(other, 900.0) && !world.hears(one, 500.0));
    // Passed on in the very millisecond, with a source of our own.
    let to_other = world.sent().iter().filter(|sent| sent.port.0 == other.0 && sent.kind == PacketKind::Rtp);
    assert!(to_other.map(|sent| sent.at.as_millis() % 20).all(|phase| phase == 0));
    assert!(world.rtp(other).iter().all(|(header, _)| header.ssrc != 0x1000));
}

#[test]
fn a_forwarded_stream_keeps_its_sources_gaps() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    world.room(RoomKind::Mixing, &[one, other]);
    world.run(200);
    world.phones[0].lose = 3;
    world.run(200);
    let steps = steps(&world.sequences(other));
    assert_eq!(steps.iter().filter(|step| **step == 4).count(), 1);
    assert_eq!(steps.iter().filter(|step| **step != 1).count(), 1);
    let stamps: Vec<u32> = world.rtp(other).iter().map(|(header, _)| header.timestamp).collect();
    assert!(stamps.windows(2).all(|pair| matches!(pair[1].wrapping_sub(pair[0]), 160 | 640)));
}

#[test]
fn two_codecs_are_mixed_and_hear_each_other() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcma, Some(900.0));
    let room = world.room(RoomKind::Mixing, &[one, other]);
    assert!(!world.shard.may_forward(room));
    world.run(1_000);
    assert!(world.hears(other, 500.0) && world.hears(one, 900.0));
    assert!(!world.hears(other, 900.0));
    assert!(
        world.rtp(other).iter().all(|(header, payload)| header.payload_type == 8 && payload.len() == 160)
    );
    let packets = world.rtp(one);
    assert!(packets[0].0.marker && packets[1..].iter().all(|(header, _)| !header.marker));
    assert!(steps(&world.sequences(one)).iter().all(|step| *step == 1));
}

#[test]
fn in_a_conference_each_hears_all_others_and_not_itself() {
    let mut world = World::new();
    let tones = [400.0, 700.0, 1100.0, 1500.0];
    let legs: Vec<LegId> = tones.iter().map(|hz| world.phone(Codec::Pcmu, Some(*hz))).collect();
    let listener = world.phone(Codec::Pcma, None);
    world.room(RoomKind::Mixing, &legs);
    world.command(Command::Join { leg: listener, room: media::RoomId(7), role: Role::Participant });
    world.run(1_500);
    for (n, leg) in legs.iter().enumerate() {
        for (m, hz) in tones.iter().enumerate() {
            assert_eq!(world.hears(*leg, *hz), n != m, "leg {n} and {hz} Hz");
        }
    }
    assert!(tones.iter().all(|hz| world.hears(listener, *hz)));
}

#[test]
fn changing_between_forwarding_and_mixing_leaves_no_gap() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let room = world.room(RoomKind::Mixing, &[one, other]);
    let third = world.phone(Codec::Pcmu, Some(1_300.0));
    for _ in 0..4 {
        world.run(300);
        world.command(Command::Join { leg: third, room, role: Role::Participant });
        assert!(!world.shard.may_forward(room));
        world.run(300);
        world.command(Command::Leave { leg: third });
        assert!(world.shard.may_forward(room));
    }
    for leg in [one, other] {
        assert!(steps(&world.sequences(leg)).iter().all(|step| *step == 1));
        let stamps: Vec<u32> = world.rtp(leg).iter().map(|(header, _)| header.timestamp).collect();
        assert!(stamps.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) < 1_600));
        assert!(world.hears(leg, 1_300.0));
    }
    let ssrcs: Vec<u32> = world.rtp(one).iter().map(|(header, _)| header.ssrc).collect();
    assert!(ssrcs.iter().all(|ssrc| *ssrc == ssrcs[0]));
}

#[test]
fn what_is_not_forwarded_for_a_while_is_no_gap_afterwards() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    world.room(RoomKind::Mixing, &[one, other]);
    world.run(300);
    // Nobody may speak to the other one, so that nothing is generated in the meantime.
    world.command(Command::Mute { leg: one, way: Way::In, on: true });
    world.run(500);
    world.command(Command::Mute { leg: one, way: Way::In, on: false });
    world.run(300);
    let packets = world.rtp(other);
    assert!((28..=32).contains(&packets.len()), "{}", packets.len());
    assert!(steps(&world.sequences(other)).iter().all(|step| *step == 1));
    let whole = packets[packets.len() - 1].0.timestamp.wrapping_sub(packets[0].0.timestamp);
    assert!((8_000..9_000).contains(&whole), "{whole} units in 1.1 s");
}

#[test]
fn a_mute_silences_one_way_only() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let room = world.room(RoomKind::Mixing, &[one, other]);
    world.command(Command::Mute { leg: one, way: Way::In, on: true });
    assert!(!world.shard.may_forward(room));
    world.run(1_000);
    assert!(world.hears(one, 900.0) && !world.hears(other, 500.0));
    world.command(Command::Mute { leg: one, way: Way::In, on: false });
    world.command(Command::Mute { leg: one, way: Way::Out, on: true });
    world.forget();
    world.run(1_000);
    assert!(!world.hears(one, 900.0) && world.hears(other, 500.0));
    assert!(world.rtp(one).len() > 40, "silence is sent in its stead");
    world.command(Command::Mute { leg: one, way: Way::Out, on: false });
    assert!(world.shard.may_forward(room));
}

#[test]
fn on_hold_the_held_one_hears_its_background_and_the_other_gets_nothing() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    world.room(RoomKind::Mixing, &[one, other]);
    world.run(200);
    let mut held = config(0, Codec::Pcmu);
    held.direction = Direction::Inactive;
    world.command(Command::Configure { leg: one, stream: held });
    let music = sine(1_000.0, 500);
    world.command(Command::Play {
        player: PlayerId(1),
        at: media::At::Leg(other),
        audio: music,
        from_ms: 0,
        repeat: true,
        layer: Layer::Background,
    });
    world.run(40);
    world.forget();
    world.run(1_000);
    assert!(world.rtp(one).is_empty());
    assert!(world.hears(other, 1_000.0) && !world.hears(other, 500.0));
    world.command(Command::Configure { leg: one, stream: config(0, Codec::Pcmu) });
    world.run(40);
    world.forget();
    world.run(1_000);
    assert!(world.hears(other, 500.0) && !world.hears(other, 1_000.0));
}

#[test]
fn in_a_holding_room_participants_hear_music_and_announcers_and_nobody_hears_them() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let announcer = world.phone(Codec::Pcmu, None);
    let room = world.room(RoomKind::Holding, &[one, other]);
    world.command(Command::Join { leg: announcer, room, role: Role::Announcer });
    world.run(500);
    assert!(world.rtp(one).is_empty() && world.rtp(announcer).is_empty());
    world.command(Command::Play {
        player: PlayerId(1),
        at: media::At::Room(room),
        audio: sine(1_000.0, 500),
        from_ms: 0,
        repeat: true,
        layer: Layer::Background,
    });
    world.run(1_000);
    assert!(world.hears(one, 1_000.0) && world.hears(other, 1_000.0));
    assert!(!world.hears(one, 900.0) && world.rtp(announcer).is_empty());
    world.phones[2].tone = Some(1_500.0);
    world.run(200);
    world.forget();
    world.run(1_000);
    assert!(world.hears(one, 1_500.0) && !world.hears(one, 1_000.0));
}

#[test]
fn a_player_of_a_room_is_heard_by_all_over_the_talk() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let room = world.room(RoomKind::Mixing, &[one, other]);
    world.command(Command::Play {
        player: PlayerId(1),
        at: media::At::Room(room),
        audio: sine(1_500.0, 1_000),
        from_ms: 0,
        repeat: false,
        layer: Layer::Foreground,
    });
    assert!(!world.shard.may_forward(room));
    world.run(1_000);
    assert!(world.hears(one, 1_500.0) && world.hears(one, 900.0));
    assert!(world.hears(other, 1_500.0) && world.hears(other, 500.0));
    world.run(100);
    assert!(matches!(world.events[..], [Event::PlayerFinished { player: PlayerId(1) }]));
    assert!(world.shard.may_forward(room));
}

#[test]
fn a_pair_carries_speech_and_digits_across() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let (near, far) = (LegId(90), LegId(91));
    world.command(Command::Open { leg: near, far: Far::Pair(far) });
    world.command(Command::Open { leg: far, far: Far::Pair(near) });
    world.room(RoomKind::Mixing, &[one, near]);
    world.command(Command::Echo { leg: far, on: true });
    world.run(1_000);
    assert!(world.hears(one, 500.0));
    world.phones[0].digits.push_back(('4', 100));
    world.run(1_000);
    assert_eq!((world.digits(one), world.digits(far)), ("4".into(), "4".into()));
}

#[test]
fn a_tap_hears_both_ways_without_ending_forwarding_and_whispers_into_one() {
    let mut world = World::new();
    let (one, other) = pair(&mut world);
    let room = world.room(RoomKind::Mixing, &[one, other]);
    let spy = world.phone(Codec::Pcmu, None);
    let tapped = |tap, spy, whisper| Command::OpenTap { leg: LegId(tap), of: one, spy, whisper };
    for tap in 100..100 + 2 * media::shard::LEG_TAPS as u64 {
        world.command(tapped(tap, Ways::In, Ways::Both));
        world.command(Command::Close { leg: LegId(tap) });
    }
    world.command(tapped(90, Ways::Both, Ways::Neither));
    world.command(Command::OpenRoom { room: media::RoomId(8), kind: RoomKind::Mixing });
    for leg in [LegId(90), spy] {
        world.command(Command::Join { leg, room: media::RoomId(8), role: Role::Participant });
    }
    assert!(world.shard.may_forward(room));
    world.run(1_000);
    assert!(world.hears(spy, 500.0) && world.hears(spy, 900.0));
    world.command(Command::Close { leg: LegId(90) });
    world.command(tapped(91, Ways::In, Ways::Out));
    world.command(Command::Join { leg: LegId(91), room: media::RoomId(8), role: Role::Participant });
    assert!(!world.shard.may_forward(room));
    world.phones[2].tone = Some(1_300.0);
    world.run(100);
    world.forget();
    world.run(1_000);
    assert!(world.hears(spy, 500.0) && !world.hears(spy, 900.0));
    assert!(world.hears(one, 1_300.0) && !world.hears(other, 1_300.0));
    world.command(Command::Close { leg: LegId(91) });
    world.command(tapped(92, Ways::Neither, Ways::In));
    world.command(Command::Join { leg: LegId(92), room: media::RoomId(8), role: Role::Participant });
    world.run(100);
    world.forget();
    world.run(1_000);
    assert!(world.hears(other, 1_300.0) && world.hears(other, 500.0) && !world.hears(one, 1_300.0));
    assert!(world.rtp(spy).is_empty(), "a tap that hears nothing says nothing");
    world.command(Command::Close { leg: LegId(92) });
    assert!(world.shard.may_forward(room));
}

#[test]
fn an_evicted_leg_goes_on_in_another_shard_where_it_left_off() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, None);
    world.command(Command::Play {
        player: PlayerId(1),
        at: media::At::Leg(one),
        audio: sine(700.0, 2_000),
        from_ms: 0,
        repeat: false,
        layer: Layer::Foreground,
    });
    world.run(1_000);
    world.command(Command::Evict { leg: one });
    let Some(Event::Evicted { leg }) = world.events.pop() else { panic!("it is not evicted") };
    assert_eq!((leg.leg, leg.port), (one, Some(media::PortId(0))));
    assert_eq!((world.shard.leg_count(), world.shard.deadline()), (0, None));
    world.shard = world::shard(2);
    world.command(Command::Adopt { leg });
    world.run(1_100);
    assert!(steps(&world.sequences(one)).iter().all(|step| *step == 1));
    let packets = world.rtp(one);
    assert!(packets.iter().all(|(header, _)| header.ssrc == packets[0].0.ssrc));
    assert_eq!(world.heard(one).len(), 16_000);
    assert!(matches!(world.events[..], [Event::PlayerFinished { player: PlayerId(1) }]));
}

#[test]
fn a_link_carries_speech_and_digits_between_shards() {
    let mut here = World::new();
    let mut there = World::new();
    let one = here.phone(Codec::Pcmu, Some(500.0));
    let other = there.phone(Codec::Pcma, Some(900.0));
    let (to_there, from_here) = rtrb::RingBuffer::new(media::LINK_CAPACITY);
    let (to_here, from_there) = rtrb::RingBuffer::new(media::LINK_CAPACITY);
    here.command(Command::OpenLink { leg: LegId(90), send: to_there, receive: from_there });
    there.command(Command::OpenLink { leg: LegId(91), send: to_here, receive: from_here });
    here.room(RoomKind::Mixing, &[one, LegId(90)]);
    there.room(RoomKind::Mixing, &[other, LegId(91)]);
    here.phones[0].digits.push_back(('9', 100));
    for _ in 0..1_200 {
        here.run(1);
        there.run(1);
    }
    assert!(here.hears(one, 900.0) && there.hears(other, 500.0));
    assert_eq!(there.digits(LegId(91)), "9");
    assert_eq!(here.sent().iter().filter(|sent| sent.kind == PacketKind::Rtcp).count(), 0);
}

#[test]
fn a_shard_may_be_moved_to_its_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&world::shard(1));
}

#[test]
fn those_who_send_silence_are_left_out_of_a_large_mix_and_hear_it_as_mere_listeners_do() {
    let mut world = World::new();
    let talker = world.phone(Codec::Pcmu, Some(500.0));
    let silent = world.phone(Codec::Pcmu, Some(0.0));
    let listener = world.phone(Codec::Pcmu, None);
    let quiet = world.phone(Codec::Pcmu, Some(0.0));
    world.room(RoomKind::Mixing, &[talker, silent, listener, quiet]);
    world.run(500);
    world.forget();
    world.run(500);
    let heard = |leg| world.rtp(leg).into_iter().map(|(_, payload)| payload).collect::<Vec<_>>();
    assert!(world.hears(listener, 500.0));
    assert_eq!(heard(silent), heard(listener));
    assert_eq!(heard(quiet), heard(listener));
    // A soft voice is no silence.
    assert_eq!(world.heard(talker), vec![0; 4_000]);
}
