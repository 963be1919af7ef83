//! Phones of different codecs, digits as tones, and who talks.

use std::time::Duration;

use call::{BridgeKind, Event};
use phone::Command as PhoneCommand;
use rtp::Codec;
use sim::{App, Line, World};
use stasis::ChannelCommand;

use crate::enter;

/// A phone that speaks one codec only, in an application and answered, with a tone.
fn speaks(w: &mut World, app: App, number: &str, codec: Codec, hz: u16) -> (Line, String) {
    let phone = w.phone_with(number, |settings| settings.codecs = vec![codec]);
    let (line, channel) = enter(w, phone, app);
    w.command(line, PhoneCommand::PlayTone { hz });
    (line, channel)
}

fn level(w: &mut World, line: Line, hz: u16) -> f64 {
    w.phone_of(line.device).tone_level(line.call, f64::from(hz)).expect("the call is up")
}

#[test]
fn a_g722_phone_and_a_g711_phone_hear_each_other_at_the_right_level() {
    for (n, codec) in [Codec::G722, Codec::L16, Codec::L16Wide].into_iter().enumerate() {
        let mut w = World::new(700 + n as u64);
        let app = w.application("my-app");
        let (wide, one) = speaks(&mut w, app, "2081", codec, 1_000);
        let (narrow, other) = speaks(&mut w, app, "2001", Codec::Pcmu, 1_600);
        w.bridge(app, "b1", BridgeKind::Mixing);
        w.add(app, "b1", &[&one, &other]);
        w.run(Duration::from_secs(2));
        for (line, theirs, own) in [(wide, 1_600, 1_000), (narrow, 1_000, 1_600)] {
            // A phone's tone is 12 dB below full scale.
            let heard = level(&mut w, line, theirs);
            assert!((heard + 12.0).abs() < 0.7, "{codec:?}: {theirs} Hz came at {heard} dB");
            assert!(level(&mut w, line, own) < -45.0, "{codec:?}: nobody hears himself");
        }
        w.hang_up(wide);
        w.hang_up(narrow);
        w.run(Duration::from_secs(1));
        w.destroy(app, "b1");
        w.check();
    }
}

#[test]
fn three_of_two_rates_meet_and_the_wide_two_hear_what_is_above_4_khz() {
    let mut w = World::new(710);
    let app = w.application("my-app");
    let (wide, one) = speaks(&mut w, app, "2081", Codec::G722, 5_000);
    let (linear, two) = speaks(&mut w, app, "2082", Codec::L16Wide, 1_000);
    let (narrow, three) = speaks(&mut w, app, "2003", Codec::Pcma, 1_600);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&one, &two, &three]);
    w.run(Duration::from_secs(3));
    for (line, hz) in [(linear, 5_000), (wide, 1_000), (narrow, 1_000), (wide, 1_600), (linear, 1_600)] {
        assert!((level(&mut w, line, hz) + 12.0).abs() < 0.8, "{hz} Hz: {} dB", level(&mut w, line, hz));
    }
    assert!(level(&mut w, narrow, 3_000) < -50.0, "5,000 Hz folded back to 3,000");
    for line in [wide, linear, narrow] {
        w.hang_up(line);
    }
    w.run(Duration::from_secs(1));
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn two_g722_phones_are_passed_on_without_decoding() {
    let mut w = World::new(711);
    let app = w.application("my-app");
    let (a, one) = speaks(&mut w, app, "2081", Codec::G722, 6_000);
    let (b, two) = speaks(&mut w, app, "2082", Codec::G722, 1_000);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&one, &two]);
    w.run(Duration::from_secs(2));
    for (line, hz) in [(b, 6_000), (a, 1_000)] {
        assert!((level(&mut w, line, hz) + 12.0).abs() < 0.7, "{hz} Hz: {} dB", level(&mut w, line, hz));
    }
    w.hang_up(a);
    w.hang_up(b);
    w.run(Duration::from_secs(1));
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn a_phone_without_telephone_event_sends_and_gets_digits_as_tones() {
    for (seed, codec) in [(712, Codec::Pcmu), (713, Codec::G722)] {
        let mut w = World::new(seed);
        let app = w.application("my-app");
        let phone = w.phone_with("2083", |settings| {
            settings.codecs = vec![codec];
            settings.telephone_event = false;
        });
        let (line, channel) = enter(&mut w, phone, app);
        w.command(line, PhoneCommand::SendDigits { digits: "19#".to_owned(), duration_ms: 120 });
        w.until("all are told", |w| w.count(app, "ChannelDtmfReceived") == 3);
        let digit = |event: &Event| match event {
            Event::ChannelDigitReceived { digit, .. } => Some(*digit),
            _ => None,
        };
        assert_eq!(w.events(app).filter_map(digit).collect::<String>(), "19#");
        let digits = media::Digits {
            digits: "5".to_owned(),
            before_ms: 0,
            between_ms: 100,
            duration_ms: 1_000,
            after_ms: 0,
        };
        w.control(app, &channel, ChannelCommand::SendDigits(digits)).expect("they are sent");
        w.until("both tones of a 5 are heard", |w| w.hears(line, 770) && w.hears(line, 1_336));
        w.hang_up(line);
        w.check();
    }
}

#[test]
fn an_application_is_told_who_talks() {
    let mut w = World::new(714);
    let app = w.application("my-app");
    let phone = w.phone("2001");
    let (line, channel) = enter(&mut w, phone, app);
    let set = |name: &str, value: &str| ChannelCommand::SetVariable {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        reported: false,
    };
    w.control(app, &channel, set("TALK_DETECT(set)", "500,300")).expect("it is set");
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.until_told(app, "ChannelTalkingStarted");
    w.run(Duration::from_secs(2));
    w.command(line, PhoneCommand::StopPlaying);
    w.until_told(app, "ChannelTalkingFinished");
    let lasted = |event: &Event| match event {
        Event::ChannelTalkingFinished { duration_ms, .. } => Some(*duration_ms),
        _ => None,
    };
    let lasted = w.events(app).find_map(lasted).expect("it was told");
    assert!((1_900..2_200).contains(&lasted), "{lasted} ms");
    w.control(app, &channel, set("TALK_DETECT(remove)", "")).expect("it is set");
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.run(Duration::from_secs(2));
    assert_eq!(w.count(app, "ChannelTalkingStarted"), 1);
    w.hang_up(line);
    w.check();
}
