//! Two phones against each other.
mod world;

use media::Audio;
use phone::{CallState, Command, Ending, Event};
use std::sync::Arc;
use std::time::Duration;
use world::{World, ms};

fn answering() -> World {
    World::new(|settings| settings[1].behaviour.answer_after = Some(ms(100)))
}

#[test]
fn a_call_rings_is_answered_and_is_hung_up() {
    let mut world = answering();
    let call = world.call();
    world.tell(0, call, Command::HangUp);
    world.run(ms(500));
    let expected = ["0> INVITE", "1> 180 INVITE", "1> 200 INVITE", "0> ACK", "0> BYE", "1> 200 BYE"];
    assert_eq!(world.ladder, expected);
    assert!(world.has(0, |event| matches!(event, Event::Ringing { .. })));
    assert!(world.has(0, |event| matches!(event, Event::Answered { .. })));
    assert!(world.has(1, |event| matches!(event, Event::Incoming { from, to, .. }
        if from == "sip:alice@192.0.2.2" && to == "bob")));
    assert_eq!(world.endings(0), [Ending::HungUp { status: 200 }]);
    assert_eq!(world.endings(1), [Ending::HungUpByPeer { reason: None, cause: None }]);
    assert_eq!(world.phones[0].call_state(call), None);
}

#[test]
fn a_tone_is_heard_both_ways_and_recorded() {
    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].behaviour.tone_hz = Some(1700);
        settings[1].hearing.record_ms = 400;
    });
    let call = world.call();
    world.tell(0, call, Command::PlayTone { hz: 440 });
    world.run(ms(600));
    let other = world.call_of(1);
    assert!((world.phones[1].tone_level(other, 440.0).unwrap() + 12.0).abs() < 0.5);
    assert!((world.phones[0].tone_level(call, 1700.0).unwrap() + 12.0).abs() < 0.5);
    assert!(world.phones[0].tone_level(call, 440.0).unwrap() < -50.0);
    assert_eq!(world.phones[1].recording(other).unwrap().len(), 3200);
    let statistics = world.phones[0].statistics(call).unwrap();
    assert_eq!((statistics.lost, statistics.out_of_order, statistics.foreign), (0, 0, 0));
    assert!(statistics.first_after.unwrap() <= ms(20));
    assert_eq!(statistics.longest_gap, ms(20));
    world.tell(0, call, Command::StopPlaying);
    world.run(ms(400));
    assert!(world.phones[1].level(other).unwrap() < -50.0);
}

#[test]
fn audio_is_played_to_its_end() {
    let mut world = answering();
    let call = world.call();
    let audio = media::tones::render("600/500").unwrap();
    world.tell(0, call, Command::Play { audio: Arc::new(audio), repeat: false });
    world.run(ms(400));
    assert!(world.phones[1].tone_level(world.call_of(1), 600.0).unwrap() > -20.0);
    assert!(!world.has(0, |event| matches!(event, Event::Played { .. })));
    world.run(ms(300));
    assert!(world.has(0, |event| matches!(event, Event::Played { .. })));
    let nothing = Audio { rate: 8000, samples: Vec::new() };
    world.tell(0, call, Command::Play { audio: Arc::new(nothing), repeat: true });
    world.run(ms(100));
    assert_eq!(world.phones[0].call_state(call), Some(CallState::Up));
}

#[test]
fn an_echo_sends_back_what_it_hears() {
    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].behaviour.echo = true;
    });
    let call = world.call();
    world.tell(0, call, Command::PlayTone { hz: 800 });
    world.run(ms(500));
    assert!(world.phones[0].tone_level(call, 800.0).unwrap() > -15.0);
    world.tell(0, call, Command::HangUp);
    world.run(ms(500));
    let sent = world.rtp_sent;
    world.run(ms(500));
    assert_eq!(world.rtp_sent, sent, "nothing is sent after the call");
}

#[test]
fn digits_arrive_in_order_as_events_or_as_tones() {
    let mut world = answering();
    let call = world.call();
    let digits = |world: &World| -> String {
        let digit = |event: &Event| match event {
            Event::Digit { digit, .. } => Some(*digit),
            _ => None,
        };
        world.events[1].iter().filter_map(digit).collect()
    };
    world.tell(0, call, Command::SendDigits { digits: "12#33".to_owned(), duration_ms: 80 });
    world.run(ms(1500));
    assert_eq!(digits(&world), "12#33");
    assert!(world.has(0, |event| matches!(event, Event::DigitsSent { .. })));
    let refused = Command::SendDigits { digits: "x".to_owned(), duration_ms: 80 };
    assert_eq!(world.phones[0].command(world.now, call, refused), Err(phone::Error::Digits));

    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].telephone_event = false;
    });
    let call = world.call();
    world.tell(0, call, Command::SendDigits { digits: "5".to_owned(), duration_ms: 400 });
    world.run(ms(300));
    let other = world.call_of(1);
    assert!(world.phones[1].tone_level(other, 770.0).unwrap() > -20.0);
    assert!(world.phones[1].tone_level(other, 1336.0).unwrap() > -20.0);
}

#[test]
fn hold_and_its_end_are_seen_by_the_far_end() {
    let mut world = answering();
    let call = world.call();
    world.tell(0, call, Command::Hold);
    world.run(ms(300));
    assert!(world.has(0, |event| matches!(event, Event::Held { .. })));
    assert!(world.has(1, |event| matches!(event, Event::HeldByPeer { .. })));
    let received = world.phones[0].statistics(call).unwrap().received;
    world.run(ms(300));
    assert_eq!(world.phones[0].statistics(call).unwrap().received, received, "who is held sends nothing");
    world.tell(0, call, Command::Unhold);
    world.run(ms(300));
    assert!(world.has(0, |event| matches!(event, Event::Unheld { .. })));
    assert!(world.has(1, |event| matches!(event, Event::UnheldByPeer { .. })));
    assert!(world.phones[0].statistics(call).unwrap().received > received);
}

#[test]
fn a_call_is_cancelled_while_it_rings() {
    let mut world = World::new(|_| {});
    let call = world.call();
    world.tell(0, call, Command::HangUp);
    world.run(ms(500));
    assert_eq!(world.endings(0), [Ending::Cancelled]);
    assert_eq!(world.endings(1), [Ending::CancelledByPeer { reason: None }]);
    assert_eq!(world.count("1> 487 INVITE"), 1);
}

#[test]
fn a_refusal_tells_its_status() {
    let mut world = World::new(|settings| settings[1].behaviour.reject = Some(486));
    world.call();
    assert_eq!(world.endings(0), [Ending::Refused { status: 486, reason: None, cause: None }]);
    assert_eq!(world.endings(1), [Ending::Rejected { status: 486 }]);
    assert_eq!(world.count("0> ACK"), 1);
}

#[test]
fn a_phone_without_a_port_or_room_is_busy_and_ports_come_back() {
    let mut world = World::new(|settings| {
        settings[0].max_calls = 4;
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].behaviour.hang_up_after = Some(ms(300));
    });
    let one = world.phones[0].call(world.now, "bob").unwrap();
    let two = world.phones[0].call(world.now, "bob").unwrap();
    assert_eq!(world.phones[0].call(world.now, "bob"), Err(phone::Error::NoPort));
    assert_ne!(one, two);
    world.run(ms(1000));
    assert_eq!(world.endings(0).len(), 2);
    assert!(world.phones[0].call(world.now, "bob").is_ok());
}

#[test]
fn codecs_without_one_in_common_are_not_acceptable() {
    let mut world = World::new(|settings| {
        settings[0].codecs = vec![rtp::Codec::Pcma];
        settings[1].codecs = vec![rtp::Codec::Pcmu];
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
    });
    world.call();
    assert_eq!(world.endings(0), [Ending::Refused { status: 488, reason: None, cause: None }]);
    assert_eq!(world.endings(1), [Ending::Rejected { status: 488 }]);
}

#[test]
fn an_offer_may_come_with_the_200() {
    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].behaviour.tone_hz = Some(500);
    });
    let call = world.phones[0].call_without_offer(world.now, "bob").unwrap();
    world.run(ms(600));
    assert!(world.phones[0].tone_level(call, 500.0).unwrap() > -15.0);
    assert!(world.phones[1].statistics(world.call_of(1)).unwrap().received > 10);
}

#[test]
fn early_media_flows_before_the_answer() {
    let mut world = World::new(|settings| settings[1].behaviour.tone_hz = Some(425));
    let call = world.call();
    let other = world.call_of(1);
    world.tell(1, other, Command::Progress);
    world.run(ms(400));
    assert!(world.has(0, |event| matches!(event, Event::Progress { status: 183, .. })));
    assert!(world.phones[0].tone_level(call, 425.0).unwrap() > -15.0);
    assert_eq!(world.phones[0].call_state(call), Some(CallState::Calling));
    world.tell(1, other, Command::Answer { after: Duration::ZERO });
    world.run(ms(200));
    assert_eq!(world.phones[0].call_state(call), Some(CallState::Up));
}

#[test]
fn the_called_side_hangs_up_only_after_the_ack() {
    let mut world = World::new(|_| {});
    world.call();
    let other = world.call_of(1);
    world.tell(1, other, Command::Answer { after: Duration::ZERO });
    world.tell(1, other, Command::HangUp);
    world.run(ms(500));
    let at = |line: &str| world.ladder.iter().position(|sent| sent == line).unwrap();
    assert!(at("0> ACK") < at("1> BYE"));
    assert_eq!(world.endings(1), [Ending::HungUp { status: 200 }]);
}

#[test]
fn options_and_info_are_answered() {
    let mut world = answering();
    world.phones[0].options(world.now, "bob").unwrap();
    let call = world.call();
    let (content_type, body) = ("application/dtmf-relay".to_owned(), "Signal=1".to_owned());
    world.tell(0, call, Command::Info { content_type, body });
    world.run(ms(200));
    assert!(world.has(0, |event| matches!(event, Event::OptionsAnswered { status: 200 })));
    assert_eq!(world.count("1> 200 INFO"), 1);
}

#[test]
fn one_seed_gives_one_run() {
    let run = || {
        let mut world = answering();
        world.sip_loss = 200;
        world.rtp_loss = 50;
        let call = world.call();
        world.run(ms(5_000));
        drop(world.phones[0].command(world.now, call, Command::HangUp));
        world.run(ms(40_000));
        (world.ladder.clone(), format!("{:?}", world.events))
    };
    assert_eq!(run(), run());
}
