//! Loss, crossing messages, and phones that misbehave.
mod world;

use phone::{CallState, Command, Ending, Event, Output, Phone, Settings};
use sip::digest::{Authenticator, Secret, Verdict};
use std::time::Duration;
use world::{World, ms};

fn answering() -> World {
    World::new(|settings| settings[1].behaviour.answer_after = Some(Duration::ZERO))
}

#[test]
fn a_call_stands_on_a_network_that_loses_a_fifth() {
    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(ms(200));
        settings[1].behaviour.tone_hz = Some(1000);
    });
    world.sip_loss = 200;
    world.rtp_loss = 200;
    let call = world.phones[0].call(world.now, "bob").unwrap();
    world.run(ms(20_000));
    assert_eq!(world.phones[0].call_state(call), Some(CallState::Up));
    assert!(world.phones[0].tone_level(call, 1000.0).unwrap() > -20.0);
    let statistics = world.phones[0].statistics(call).unwrap();
    let share = statistics.lost as f64 / (statistics.lost + statistics.received as i64) as f64;
    assert!((0.1..0.3).contains(&share), "{statistics:?}");
    world.tell(0, call, Command::SendDigits { digits: "1234567890".to_owned(), duration_ms: 100 });
    world.run(ms(4_000));
    let digits = world.events[1].iter().filter(|event| matches!(event, Event::Digit { .. })).count();
    assert_eq!(digits, 10);
    world.tell(0, call, Command::HangUp);
    world.run(ms(40_000));
    assert_eq!(world.endings(0), [Ending::HungUp { status: 200 }]);
    assert_eq!(world.endings(1).len(), 1);
}

#[test]
fn a_lost_200_and_a_lost_ack_are_sent_again() {
    let mut world = answering();
    world.lose = vec!["1> 200 INVITE", "0> ACK"];
    world.call();
    world.run(ms(3000));
    assert_eq!(world.count("1> 200 INVITE"), 3);
    assert!(world.has(1, |event| matches!(event, Event::Acknowledged { .. })));
}

#[test]
fn a_phone_may_withhold_its_ack_once_or_for_ever() {
    let mut world = answering();
    world.phones[0].misbehave(phone::Misbehaviour { withhold_acks: 2, ..Default::default() });
    world.call();
    world.run(ms(4000));
    assert_eq!((world.count("1> 200 INVITE"), world.count("0> ACK")), (3, 1));
    let mut world = answering();
    world.phones[0].misbehave(phone::Misbehaviour { withhold_acks: u32::MAX, ..Default::default() });
    world.call();
    world.run(ms(40_000));
    assert_eq!(world.count("0> ACK"), 0);
    assert_eq!(world.endings(1), [Ending::Unacknowledged]);
    assert!(matches!(world.endings(0)[..], [Ending::HungUpByPeer { .. }]));
}

#[test]
fn a_200_that_crosses_a_cancel_is_acknowledged_and_hung_up() {
    let mut world = World::new(|settings| settings[1].misbehaviour.answer_after_cancel = true);
    let call = world.call();
    world.tell(0, call, Command::HangUp);
    world.run(ms(500));
    let at = |line: &str| world.ladder.iter().position(|sent| sent == line).unwrap();
    assert!(at("0> CANCEL") < at("1> 200 INVITE"));
    assert!(at("0> ACK") < at("0> BYE"));
    assert_eq!(world.endings(0), [Ending::Cancelled]);
    assert!(matches!(world.endings(1)[..], [Ending::HungUpByPeer { .. }]));
}

#[test]
fn two_re_invites_that_cross_both_come_through_in_the_end() {
    let mut world = answering();
    let call = world.call();
    let other = world.call_of(1);
    world.tell(0, call, Command::Hold);
    world.tell(1, other, Command::Refresh);
    world.run(ms(200));
    assert_eq!((world.count("0> 491"), world.count("1> 491")), (1, 1));
    world.run(ms(5_000));
    assert!(world.has(0, |event| matches!(event, Event::Held { .. })));
    assert!(world.has(1, |event| matches!(event, Event::Refreshed { .. })));
}

#[test]
fn a_phone_may_cause_glare() {
    let mut world = World::new(|settings| {
        settings[1].behaviour.answer_after = Some(Duration::ZERO);
        settings[1].misbehaviour.glare = true;
    });
    let call = world.call();
    world.tell(0, call, Command::Hold);
    world.run(ms(6_000));
    assert!(world.has(0, |event| matches!(event, Event::Glare { .. })));
    assert!(world.has(0, |event| matches!(event, Event::Held { .. })));
}

#[test]
fn everything_twice_changes_nothing() {
    let mut world = answering();
    for phone in &mut world.phones {
        phone.misbehave(phone::Misbehaviour { send_twice: true, ..Default::default() });
    }
    let call = world.call();
    world.tell(0, call, Command::HangUp);
    world.run(ms(1000));
    assert_eq!(world.endings(0), [Ending::HungUp { status: 200 }]);
    assert_eq!(world.endings(1).len(), 1);
    assert_eq!(world.events[1].iter().filter(|event| matches!(event, Event::Incoming { .. })).count(), 1);
}

#[test]
fn a_bye_that_nobody_answers_is_given_up() {
    let mut world = answering();
    world.phones[1].misbehave(phone::Misbehaviour { ignore_bye: true, ..Default::default() });
    let call = world.call();
    world.tell(0, call, Command::HangUp);
    world.run(ms(33_000));
    assert_eq!(world.endings(0), [Ending::HungUp { status: 408 }]);
    assert_eq!(world.endings(1), []);
}

#[test]
fn an_invite_that_nobody_sees_times_out() {
    let mut world = World::new(|settings| settings[1].misbehaviour.ignore_invite = true);
    world.call();
    world.run(ms(33_000));
    assert_eq!(world.endings(0), [Ending::Refused { status: 408, reason: None, cause: None }]);
}

#[test]
fn an_answer_without_sdp_ends_the_call() {
    let mut world = answering();
    world.phones[1].misbehave(phone::Misbehaviour { answer_without_sdp: true, ..Default::default() });
    world.call();
    assert_eq!((world.count("0> ACK"), world.count("0> BYE")), (1, 1));
}

#[test]
fn a_call_that_the_far_end_forgot_is_lost() {
    let mut world = answering();
    let call = world.call();
    let mut settings = world.phones[1].settings().clone();
    settings.seed += 1;
    world.phones[1] = Phone::new(settings);
    world.tell(0, call, Command::Hold);
    world.run(ms(500));
    assert_eq!(world.endings(0), [Ending::Lost { status: 481 }]);
}

/// A registrar that challenges: only as much as a phone's REGISTER needs.
fn register(password: &str) -> Vec<Event> {
    let flow = sip::Flow::udp(world::sip_address(0), world::sip_address(1));
    let mut phone = Phone::new(Settings::new("2001", "example.org", flow).with_password(password));
    let mut authenticator = Authenticator::new("realm", [5; 32]);
    let mut events = Vec::new();
    phone.register(ms(0));
    while let Some(output) = phone.poll() {
        match output {
            Output::Event(event) => events.push(event),
            Output::SendSip { bytes, .. } => {
                let Ok(sip::Message::Request(request)) = sip::parse(bytes) else { panic!("a request") };
                assert_eq!(request.uri.to_string(), "sip:example.org");
                let response = answer(&mut authenticator, &request);
                phone.sip(ms(10), flow, response.to_bytes());
            }
            Output::SendRtp { .. } => panic!("no call"),
        }
    }
    // A registration is refreshed when four fifths of its time have passed.
    let refresh = phone.is_registered().then(|| ms(10 + 48_000));
    assert!(refresh.is_none() || phone.deadline() <= refresh);
    phone.advance(ms(10 + 48_000));
    let sends = core::iter::from_fn(|| phone.poll()).any(|output| matches!(output, Output::SendSip { .. }));
    assert_eq!(sends, refresh.is_some());
    events
}

fn answer(authenticator: &mut Authenticator, request: &sip::Request) -> sip::Response {
    match authenticator.verify(ms(0), request, |_| Some(Secret::Password("secret"))) {
        Verdict::Refused(_) => authenticator.challenge(ms(0), request, false),
        Verdict::Passed { username } => {
            assert_eq!(username, "2001");
            let contact = request.headers.contact().expect("REGISTER has a Contact");
            sip::Response::to(request, 200).with("Contact", format!("{contact};expires=60"))
        }
    }
}

#[test]
fn a_challenged_registration_stands_and_is_refreshed() {
    let events = register("secret");
    assert!(matches!(events[..], [Event::Registered { expires: 60 }]), "{events:?}");
}

#[test]
fn a_wrong_password_fails_after_one_try() {
    let events = register("wrong");
    assert!(matches!(events[..], [Event::RegistrationFailed { status: 401 }]), "{events:?}");
}
