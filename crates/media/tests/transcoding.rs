//! Legs of different codecs and rates hear one another.

mod world;

use std::sync::Arc;

use media::{At, Audio, Command, Layer, PlayerId, RecordLimits, RecorderId, Role, RoomKind, detect};
use rtp::packet::Header;
use rtp::{Codec, Packet};
use world::World;

/// A tone of 8,000 of 32,767.
const LEVEL: f64 = -12.25;

#[test]
fn a_tone_comes_through_between_any_two_codecs_with_its_level() {
    for one in Codec::ALL {
        for other in Codec::ALL {
            let mut world = World::new();
            let legs = [world.phone(one, Some(500.0)), world.phone(other, Some(1_500.0))];
            let room = world.room(RoomKind::Mixing, &legs);
            assert_eq!(world.shard.may_forward(room), one == other);
            world.run(200);
            world.forget();
            world.run(1_000);
            for (leg, its, others) in [(legs[0], 500.0, 1_500.0), (legs[1], 1_500.0, 500.0)] {
                let level = world.level(leg, others);
                assert!((level - LEVEL).abs() < 0.5, "{one:?} and {other:?}: {others} Hz came at {level} dB");
                assert!(world.level(leg, its) < -45.0, "{one:?} and {other:?}: an echo of {its} Hz");
                assert_eq!(world.rtp(leg).len(), 50);
            }
        }
    }
}

#[test]
fn wideband_members_of_a_room_hear_one_another_wide_and_the_others_narrow() {
    let mut world = World::new();
    let wide = world.phone(Codec::G722, Some(6_000.0));
    let linear = world.phone(Codec::L16Wide, Some(700.0));
    let narrow = world.phone(Codec::Pcmu, Some(1_900.0));
    let listener = world.phone(Codec::Pcma, None);
    let wide_listener = world.phone(Codec::G722, None);
    world.room(RoomKind::Mixing, &[wide, linear, narrow, listener, wide_listener]);
    world.run(300);
    world.forget();
    world.run(1_000);
    let hears = |leg, tones: &[f64]| {
        for hz in tones {
            let level = world.level(leg, *hz);
            assert!((level - LEVEL).abs() < 0.6, "{leg:?} hears {hz} Hz at {level} dB");
        }
    };
    hears(wide, &[700.0, 1_900.0]);
    hears(linear, &[6_000.0, 1_900.0]);
    hears(narrow, &[700.0]);
    hears(listener, &[700.0, 1_900.0]);
    hears(wide_listener, &[6_000.0, 700.0, 1_900.0]);
    // 6 kHz would fold back to 2 kHz, 1,900 Hz would have an image at 6,100.
    assert!(world.level(listener, 2_000.0) < -55.0, "{}", world.level(listener, 2_000.0));
    assert!(world.level(linear, 6_100.0) < -55.0, "{}", world.level(linear, 6_100.0));
    assert!(world.level(linear, 700.0) < -55.0, "its own voice comes back");
    assert!(world.level(narrow, 1_900.0) < -45.0, "its own voice comes back");
}

#[test]
fn a_room_becomes_wide_and_narrow_again_with_its_members() {
    let mut world = World::new();
    let one = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcma, None);
    let wide = world.phone(Codec::L16Wide, Some(900.0));
    let room = world.room(RoomKind::Mixing, &[one, other]);
    world.run(300);
    world.command(Command::Join { leg: wide, room, role: Role::Participant });
    world.run(300);
    world.forget();
    world.run(500);
    assert!(world.hears(other, 500.0) && world.hears(other, 900.0) && world.hears(wide, 500.0));
    world.command(Command::Leave { leg: wide });
    world.run(100);
    world.forget();
    world.run(500);
    assert!(world.hears(other, 500.0) && !world.hears(other, 900.0));
}

#[test]
fn linear_audio_is_passed_on_untouched_in_packets_of_its_clock() {
    let mut world = World::new();
    let legs = [world.phone(Codec::L16Wide, Some(500.0)), world.phone(Codec::G722, None)];
    world.room(RoomKind::Mixing, &legs);
    world.run(1_000);
    let sent = world.rtp(legs[1]);
    assert!(sent.iter().all(|(header, octets)| header.payload_type == 9 && octets.len() == 160));
    assert!(world::steps_of_time(&sent).iter().all(|step| *step == 160), "G.722's clock is 8 kHz");
    world.forget();
    world.phones[1].tone = Some(700.0);
    world.run(1_000);
    let sent = world.rtp(legs[0]);
    assert!(sent.iter().all(|(header, octets)| header.payload_type == 99 && octets.len() == 640));
    assert!(world::steps_of_time(&sent).iter().all(|step| *step == 320));
}

#[test]
fn wideband_packets_of_other_lengths_fit_the_network() {
    for (codec, ptime_ms, octets, step) in [
        (Codec::G722, 60, 480, 480),
        (Codec::L16Wide, 60, 1_280, 640),
        (Codec::L16, 30, 480, 240),
        (Codec::G722, 10, 80, 80),
    ] {
        let mut world = World::new();
        let leg = world.phone(codec, Some(500.0));
        let mut stream = world::config(0, codec);
        stream.ptime_ms = ptime_ms;
        world.command(Command::Configure { leg, stream });
        world.command(Command::Echo { leg, on: true });
        world.phones[0].ptime_ms = u32::from(ptime_ms);
        world.run(1_200);
        let sent = world.rtp(leg);
        assert!(sent.len() > 10 && sent.iter().all(|(_, payload)| payload.len() == octets), "{codec:?}");
        assert!(world::steps_of_time(&sent).iter().all(|found| *found == step), "{codec:?}");
        assert!((world.level(leg, 500.0) - LEVEL).abs() < 0.7, "{codec:?}: {}", world.level(leg, 500.0));
    }
}

#[test]
fn wide_audio_is_played_wide_to_who_hears_it_and_narrow_to_others() {
    let samples = (0..16_000).map(|n| {
        let time = f64::from(n) * std::f64::consts::TAU / 16_000.0;
        ((time * 5_500.0).sin() * 4_000.0 + (time * 800.0).sin() * 4_000.0) as i16
    });
    let audio = Arc::new(Audio { rate: 16_000, samples: samples.collect() });
    for in_room in [false, true] {
        let mut world = World::new();
        let legs = [world.phone(Codec::G722, None), world.phone(Codec::Pcmu, None)];
        let room = world.room(RoomKind::Mixing, &legs);
        let places = if in_room { vec![At::Room(room)] } else { legs.map(At::Leg).to_vec() };
        for (n, at) in places.into_iter().enumerate() {
            let (audio, player) = (audio.clone(), PlayerId(n as u64));
            world.command(Command::Play {
                player,
                at,
                audio,
                from_ms: 0,
                repeat: true,
                layer: Layer::Foreground,
            });
        }
        world.run(100);
        world.forget();
        world.run(800);
        assert!((world.level(legs[0], 5_500.0) + 18.3).abs() < 0.7, "in a room: {in_room}");
        assert!((world.level(legs[1], 800.0) + 18.3).abs() < 0.7);
        assert!(world.level(legs[1], 2_500.0) < -55.0, "5,500 Hz folded back");
    }
}

#[test]
fn a_recording_at_16_khz_holds_what_wide_and_narrow_members_say() {
    let mut world = World::new();
    let wide = world.phone(Codec::G722, Some(6_000.0));
    let narrow = world.phone(Codec::Pcmu, Some(700.0));
    let room = world.room(RoomKind::Mixing, &[wide, narrow]);
    let mut record = |recorder, at| {
        let (ring, drain) = rtrb::RingBuffer::new(200);
        let limits = RecordLimits { max_duration_ms: 1_000, max_silence_ms: 0 };
        world.command(Command::Record { recorder: RecorderId(recorder), at, ring, rate: 16_000, limits });
        drain
    };
    let mut rings = [record(1, At::Room(room)), record(2, At::Leg(wide)), record(3, At::Leg(narrow))];
    world.run(1_200);
    let tones = [(true, true), (true, false), (false, true)];
    for (ring, (high, low)) in rings.iter_mut().zip(tones) {
        let (samples, dropped) = world::drain(ring);
        assert_eq!((samples.len(), dropped), (16_000, 0));
        let level = |hz| detect::tone_level(&samples[3_200..], 16_000, hz);
        assert_eq!((level(6_000.0) > -13.0, level(700.0) > -13.0), (high, low));
        assert!(level(7_300.0) < -50.0, "an image of 700 Hz at {}", level(7_300.0));
    }
}

#[test]
fn comfort_noise_is_heard_from_its_packet_until_speech_comes_again() {
    let mut world = World::new();
    let quiet = world.phone(Codec::Pcmu, Some(500.0));
    let other = world.phone(Codec::Pcma, None);
    world.room(RoomKind::Mixing, &[quiet, other]);
    world.run(500);
    world.phones[0].tone = None;
    let phone = &mut world.phones[0];
    let header = Header {
        marker: false,
        payload_type: 13,
        sequence: phone.sequence,
        timestamp: phone.timestamp,
        ssrc: phone.ssrc,
    };
    phone.sequence = phone.sequence.wrapping_add(1);
    let (port, from, mut packet) = (phone.port, phone.address, [0; 13]);
    Packet::new(header, &[45]).write(&mut packet).unwrap();
    world.receive(port, media::PacketKind::Rtp, from, &packet);
    world.run(200);
    world.forget();
    world.run(1_000);
    let level = detect::level(&world.heard(other));
    assert!((level + 42.0).abs() < 2.0, "noise of 45 dB below overload came at {level} dB");
    world.phones[0].tone = Some(500.0);
    world.run(200);
    world.forget();
    world.run(500);
    assert!(world.hears(other, 500.0));
    world.phones[0].tone = None;
    world.run(500);
    world.forget();
    world.run(500);
    assert!(detect::level(&world.heard(other)) < -65.0, "noise does not come back by itself");
}
