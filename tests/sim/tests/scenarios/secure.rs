//! Encrypted audio, and what is made of audio that does not come.

use std::time::Duration;

use call::{BridgeKind, Cause, Event};

use phone::{Command as PhoneCommand, Encryption, Ending, Event as PhoneEvent};
use rtp::srtp::Suite;
use signalling::config::{Endpoint, MediaEncryption};
use sim::{Device, Line, Setup, World};

use crate::{Answered, enter};

fn endpoint(config: &mut signalling::Config) -> &mut Endpoint {
    config.endpoints.iter_mut().find(|endpoint| &*endpoint.name == "2001").expect("2001 is there")
}

fn world(seed: u64, sip: fn(&mut signalling::Config)) -> World {
    World::with(Setup { sip, ..Setup::new(seed) })
}

fn encrypting(config: &mut signalling::Config) {
    endpoint(config).media.encryption = MediaEncryption::Sdes;
}

fn phone(w: &mut World, suite: Suite) -> Device {
    let encryption = Some(Encryption { suite, optimistic: false });
    w.phone_with("2001", |settings| settings.encryption = encryption)
}

fn foreign(w: &mut World, line: Line) -> u64 {
    w.phone_of(line.device).statistics(line.call).expect("there is a call").foreign
}

#[test]
fn an_encrypted_call_talks_to_a_plain_one_and_nothing_goes_in_the_clear() {
    for (seed, suite) in (1000..).zip(Suite::ALL) {
        let mut w = world(seed, encrypting);
        let app = w.application("my-app");
        let (secure, plain) = (phone(&mut w, suite), w.phone("2002"));
        let (first, of_first) = enter(&mut w, secure, app);
        let (second, of_second) = enter(&mut w, plain, app);
        w.command(first, PhoneCommand::PlayTone { hz: 1_000 });
        w.command(second, PhoneCommand::PlayTone { hz: 1_300 });
        w.bridge(app, "b1", BridgeKind::Mixing);
        w.add(app, "b1", &[&of_first, &of_second]);
        w.until("the plain one hears", |w| w.hears(second, 1_000));
        w.until("the encrypted one hears", |w| w.hears(first, 1_300));
        // A re-INVITE keeps the keys.
        w.command(first, PhoneCommand::Hold);
        w.run(Duration::from_secs(2));
        w.command(first, PhoneCommand::Unhold);
        w.run(Duration::from_secs(2));
        assert!(w.hears(second, 1_000) && w.hears(first, 1_300), "{suite:?}");
        // What is not sealed with its key the phone calls foreign.
        assert_eq!(foreign(&mut w, first), 0, "{suite:?}");
        w.hang_up(first);
        w.hang_up(second);
        w.check();
    }
}

#[test]
fn two_encrypted_calls_have_keys_of_their_own() {
    let both = |config: &mut signalling::Config| {
        for endpoint in &mut config.endpoints {
            endpoint.media.encryption = MediaEncryption::Sdes;
        }
    };
    let mut w = world(1010, both);
    let encryption = Some(Encryption { suite: Suite::AesCm128Sha1_80, optimistic: false });
    let caller = w.phone_with("2001", |settings| settings.encryption = encryption);
    let callee = w.phone_with("2002", |settings| settings.encryption = encryption);
    let line = w.dial(caller, "6002");
    let called = w.called(callee);
    w.pick_up(called);
    w.until("they talk", |w| w.is_up(line));
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.command(called, PhoneCommand::PlayTone { hz: 1_300 });
    w.until("the caller hears", |w| w.hears(line, 1_300));
    w.until("the callee hears", |w| w.hears(called, 1_000));
    assert_eq!((foreign(&mut w, line), foreign(&mut w, called)), (0, 0));
    let keys = |w: &World, device: Device| {
        let keys = |event: &PhoneEvent| match event {
            PhoneEvent::Stream { stream, .. } => stream.options.srtp,
            _ => None,
        };
        w.phone_events(device).filter_map(keys).last().expect("there are keys")
    };
    let (one, other) = (keys(&w, caller), keys(&w, callee));
    assert!(one.receive != other.receive && one.send != other.receive && one.receive != other.send);
    w.hang_up(line);
    w.check();
}

#[test]
fn an_endpoint_that_has_to_encrypt_refuses_a_plain_offer() {
    let mut w = world(1011, encrypting);
    let phone = w.phone("2001");
    let line = w.dial(phone, "1000");
    w.until("it is over", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(Ending::Refused { status: 488, .. })), "{:?}", w.ending(line));
    w.check();
}

#[test]
fn an_endpoint_that_does_not_encrypt_refuses_an_offer_of_nothing_else() {
    let mut w = world(1012, |_| {});
    let phone = phone(&mut w, Suite::AesCm128Sha1_80);
    let line = w.dial(phone, "1000");
    w.until("it is over", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(Ending::Refused { status: 488, .. })), "{:?}", w.ending(line));
    w.check();
}

#[test]
fn an_optimistic_endpoint_goes_on_in_the_clear() {
    for (seed, encryption) in
        [(1013, None), (1014, Some(Encryption { suite: Suite::AesCm128Sha1_80, optimistic: true }))]
    {
        let mut w = world(seed, |config| {
            encrypting(config);
            endpoint(config).media.encryption_optimistic = true;
        });
        let app = w.application("my-app");
        let phone = w.phone_with("2001", |settings| settings.encryption = encryption);
        let (line, channel) = enter(&mut w, phone, app);
        w.play(app, &channel, "p1", "sound:long");
        w.until("it is heard", |w| w.hears(line, sim::PROMPT_HZ));
        assert_eq!(foreign(&mut w, line), 0);
        w.hang_up(line);
        w.check();
    }
}

#[test]
fn short_tags_are_offered_where_they_are_wished() {
    let mut w = world(1015, |config| {
        encrypting(config);
        endpoint(config).media.srtp_tag_32 = true;
    });
    let (caller, callee) = (w.phone("2002"), phone(&mut w, Suite::AesCm128Sha1_80));
    let line = w.dial(caller, "6001");
    let called = w.called(callee);
    w.pick_up(called);
    w.until("they talk", |w| w.is_up(line));
    w.command(called, PhoneCommand::PlayTone { hz: 1_300 });
    w.until("the caller hears", |w| w.hears(line, 1_300));
    let suite = |event: &PhoneEvent| match event {
        PhoneEvent::Stream { stream, .. } => stream.options.srtp.map(|keys| keys.send.suite()),
        _ => None,
    };
    assert_eq!(w.phone_events(callee).filter_map(suite).last(), Some(Suite::AesCm128Sha1_32));
    w.hang_up(line);
    w.check();
}

/// A phone that sends nothing of its own, answered.
fn quiet(seed: u64, sip: fn(&mut signalling::Config)) -> Answered {
    let mut w = world(seed, sip);
    let app = w.application("my-app");
    let phone = w.phone_with("2001", |settings| settings.behaviour.send_silence = false);
    let (line, channel) = enter(&mut w, phone, app);
    Answered { w, phone, line, app, channel }
}

#[test]
fn a_call_that_falls_silent_is_ended_with_cause_44() {
    let Answered { mut w, line, app, .. } = quiet(1020, |config| endpoint(config).media.timeout = 10);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.run(Duration::from_secs(30));
    assert!(w.is_up(line), "it talks");
    w.command(line, PhoneCommand::StopPlaying);
    w.run(Duration::from_secs(9));
    assert!(w.is_up(line), "not yet");
    w.run(Duration::from_secs(2));
    assert!(w.is_over(line));
    let cause = |event: &Event| match event {
        Event::ChannelDestroyed { cause, .. } => Some(*cause),
        _ => None,
    };
    let cause = w.events(app).filter_map(cause).last();
    assert!(cause.is_none_or(|cause| cause == Cause(44)), "{cause:?}");
    let Some(Ending::HungUpByPeer { cause, .. }) = w.ending(line) else { panic!("{:?}", w.ending(line)) };
    assert_eq!(*cause, Some(44));
    w.check();
}

#[test]
fn a_held_call_has_a_time_limit_of_its_own() {
    let Answered { mut w, line, .. } = quiet(1021, |config| {
        (endpoint(config).media.timeout, endpoint(config).media.hold_timeout) = (5, 20);
    });
    w.command(line, PhoneCommand::Hold);
    w.run(Duration::from_secs(18));
    assert!(w.is_up(line), "it is held");
    w.run(Duration::from_secs(4));
    assert!(w.is_over(line));
    w.check();
}

#[test]
fn a_call_without_a_limit_may_stay_silent() {
    let Answered { mut w, line, .. } = quiet(1022, |_| {});
    w.run(Duration::from_secs(600));
    assert!(w.is_up(line));
    w.hang_up(line);
    w.check();
}
