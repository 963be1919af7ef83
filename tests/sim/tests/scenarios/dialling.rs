//! Calls that go out: by the dialplan, and by applications.

use std::time::Duration;

use call::{ChannelState, Event};
use phone::Ending;
use sim::World;
use stasis::{ChannelCommand, Command, Refusal};

#[test]
fn one_of_two_phones_that_ring_answers_and_the_other_stops() {
    let mut w = World::new(60);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let line = w.dial(a, "6000");
    let (first, second) = (w.called(b), w.called(c));
    w.run(Duration::from_secs(1));
    w.pick_up(second);
    w.until("the caller is up", |w| w.is_up(line));
    w.until("the other stops", |w| w.is_over(first));
    assert!(matches!(w.ending(first), Some(Ending::CancelledByPeer { .. })));
    w.run(Duration::from_secs(2));
    w.hang_up(line);
    w.until("the callee is rid of it", |w| w.is_over(second));
    w.check();
}

#[test]
fn two_phones_answer_at_once_and_one_of_them_gets_the_call() {
    let mut w = World::new(61);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let line = w.dial(a, "6000");
    let (first, second) = (w.called(b), w.called(c));
    w.run(Duration::from_millis(500));
    w.pick_up(first);
    w.pick_up(second);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(2));
    let up = [first, second].into_iter().filter(|line| w.is_up(*line)).count();
    assert_eq!(up, 1);
    w.hang_up(line);
    w.check();
    assert!(w.is_over(first) && w.is_over(second));
}

/// What `DIALSTATUS` is after dialling a number.
fn dial_status(seed: u64, number: &str, callee: impl FnOnce(&mut World)) -> (String, u64) {
    let mut w = World::new(seed);
    let (a, app) = (w.phone("2003"), w.application("dialled"));
    callee(&mut w);
    let began = w.now();
    let line = w.dial(a, number);
    let (_, args) = w.started_with(app);
    let took = (w.now() - began).as_secs();
    w.hang_up(line);
    w.check();
    (args.join(","), took)
}

#[test]
fn dialling_one_who_is_busy_says_so() {
    let busy = |w: &mut World| {
        w.phone_with("2001", |settings| settings.behaviour.reject = Some(486));
    };
    assert_eq!(dial_status(62, "6001", busy).0, "BUSY");
}

#[test]
fn dialling_one_who_does_not_answer_says_so_after_the_time() {
    let (status, took) = dial_status(63, "6001", |w| {
        w.phone("2001");
    });
    assert_eq!((status.as_str(), took), ("NOANSWER", 8));
}

#[test]
fn dialling_one_who_is_nowhere_says_so() {
    assert_eq!(dial_status(64, "6099", |_| {}).0, "CHANUNAVAIL");
}

#[test]
fn dialling_where_nobody_takes_datagrams_ends_after_the_time() {
    let (status, took) = dial_status(65, "6005", |_| {});
    assert_eq!((status.as_str(), took), ("NOANSWER", 8));
}

#[test]
fn a_caller_who_gives_up_while_it_rings_stops_the_ringing() {
    let mut w = World::new(66);
    let (a, b) = (w.phone("2003"), w.phone("2001"));
    let line = w.dial(a, "6001");
    let called = w.called(b);
    w.run(Duration::from_secs(2));
    w.hang_up(line);
    w.until("the callee stops", |w| w.is_over(called));
    assert!(matches!(w.ending(called), Some(Ending::CancelledByPeer { .. })));
    w.check();
    assert_eq!(w.ending(line), Some(&Ending::Cancelled));
}

#[test]
fn a_callee_who_hangs_up_ends_the_call_for_the_caller() {
    let mut w = World::new(67);
    let (a, b) = (w.phone("2003"), w.phone("2001"));
    let line = w.dial(a, "6001");
    let called = w.called(b);
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    w.hang_up(called);
    w.run(Duration::from_secs(2));
    if !w.is_over(line) {
        w.hang_up(line);
    }
    w.check();
}

#[test]
fn an_application_calls_a_phone_that_answers() {
    let mut w = World::new(68);
    let (b, app) = (w.phone("2002"), w.application("my-app"));
    let reply = w.ask(app, Command::Originate(sim::call_to("2002", "my-app", "out-1", Some(20_000))));
    assert_eq!(sim::channel_of(&reply).as_deref(), Some("out-1"));
    let called = w.called(b);
    w.run(Duration::from_secs(1));
    w.pick_up(called);
    assert_eq!(w.started(app), "out-1");
    let expected = ["Dial", "ChannelStateChange", "Dial", "ChannelStateChange", "Dial", "StasisStart"];
    assert_eq!(w.types(app), expected);
    w.hang_up(called);
    w.until_told(app, "StasisEnd");
    w.check();
    assert_eq!(w.types(app)[6..], ["ChannelHangupRequest", "StasisEnd", "ChannelDestroyed"]);
}

#[test]
fn an_application_calls_a_phone_that_is_busy() {
    let mut w = World::new(69);
    w.phone_with("2002", |settings| settings.behaviour.reject = Some(486));
    let app = w.application("my-app");
    w.ask(app, Command::Originate(sim::call_to("2002", "my-app", "out-1", None))).expect("it is tried");
    w.until_told(app, "ChannelDestroyed");
    assert_eq!(w.types(app), ["Dial", "ChannelHangupRequest", "Dial", "ChannelDestroyed"]);
    let causes: Vec<u8> = w
        .events(app)
        .filter_map(|event| match event {
            Event::ChannelDestroyed { cause, .. } => Some(cause.0),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [17]);
    w.check();
}

#[test]
fn an_application_calls_a_phone_that_does_not_answer() {
    let mut w = World::new(70);
    let (b, app) = (w.phone("2002"), w.application("my-app"));
    w.ask(app, Command::Originate(sim::call_to("2002", "my-app", "out-1", Some(3_000))))
        .expect("it is tried");
    let called = w.called(b);
    w.until_told(app, "ChannelDestroyed");
    w.until("the phone stops", |w| w.is_over(called));
    assert_eq!(w.types(app), ["Dial", "ChannelStateChange", "Dial", "ChannelDestroyed"]);
    assert_eq!(w.now().as_secs(), 4);
    w.check();
}

#[test]
fn an_application_gives_a_call_up_while_it_rings() {
    let mut w = World::new(71);
    let (b, app) = (w.phone("2002"), w.application("my-app"));
    w.ask(app, Command::Originate(sim::call_to("2002", "my-app", "out-1", None))).expect("it is tried");
    let called = w.called(b);
    w.run(Duration::from_secs(1));
    let reply = w.control(app, "out-1", ChannelCommand::Answer);
    assert_eq!(reply, Err(Refusal::NotInApplication));
    w.end(app, "out-1");
    w.until("the phone stops", |w| w.is_over(called));
    w.check();
}

#[test]
fn a_callee_who_answers_as_the_call_is_given_up_is_hung_up() {
    let mut w = World::new(72);
    let b = w.phone_with("2002", |settings| settings.misbehaviour.answer_after_cancel = true);
    let app = w.application("my-app");
    w.ask(app, Command::Originate(sim::call_to("2002", "my-app", "out-1", None))).expect("it is tried");
    let called = w.called(b);
    w.run(Duration::from_secs(1));
    w.end(app, "out-1");
    w.until("the phone is rid of it", |w| w.is_over(called));
    w.check();
    assert!(w.sent("BYE") >= 1);
    assert_eq!(w.count(app, "StasisStart"), 0);
}

#[test]
fn a_created_channel_is_dialled_when_asked() {
    let mut w = World::new(73);
    let (b, app) = (w.phone("2002"), w.application("my-app"));
    w.ask(app, Command::Create(sim::call_to("2002", "my-app", "out-1", None))).expect("it is made");
    assert_eq!(w.started(app), "out-1");
    assert_eq!(w.invariants.state("out-1"), Some(ChannelState::Down));
    assert_eq!(w.control(app, "out-1", ChannelCommand::Answer), Err(Refusal::WrongState));
    let dial = || ChannelCommand::Dial { caller: None, timeout_ms: Some(20_000) };
    w.control(app, "out-1", dial()).expect("it is dialled");
    assert_eq!(w.control(app, "out-1", dial()), Err(Refusal::NotDialable));
    let called = w.called(b);
    w.pick_up(called);
    w.until("it is up", |w| w.invariants.state("out-1") == Some(ChannelState::Up));
    w.end(app, "out-1");
    w.until("the phone is rid of it", |w| w.is_over(called));
    w.check();
}

#[test]
fn a_created_channel_that_nobody_answers_ends() {
    let mut w = World::new(74);
    let (b, app) = (w.phone("2002"), w.application("my-app"));
    w.ask(app, Command::Create(sim::call_to("2002", "my-app", "out-1", None))).expect("it is made");
    w.started(app);
    let dial = ChannelCommand::Dial { caller: None, timeout_ms: Some(2_000) };
    w.control(app, "out-1", dial).expect("it is dialled");
    let called = w.called(b);
    w.until_told(app, "ChannelDestroyed");
    w.until("the phone stops", |w| w.is_over(called));
    w.check();
}

#[test]
fn a_created_channel_is_hung_up_undialled() {
    let mut w = World::new(75);
    let app = w.application("my-app");
    w.ask(app, Command::Create(sim::call_to("2002", "my-app", "out-1", None))).expect("it is made");
    w.started(app);
    w.end(app, "out-1");
    w.until_told(app, "ChannelDestroyed");
    w.check();
    assert_eq!(w.sent("INVITE"), 0);
}

#[test]
fn a_dialplan_that_goes_round_for_ever_is_ended_and_harms_nobody() {
    let crate::Answered { mut w, line, app, channel, phone } = crate::answered(76);
    let watcher = w.watcher("watcher");
    let round = w.dial(phone, "7000");
    w.until("it is ended", |w| w.is_over(round));
    assert_eq!(w.counters().runaways, 1);
    assert!(w.count(watcher, "ChannelDialplan") < 5_000);
    w.play(app, &channel, "p1", "sound:hello");
    w.until_told(app, "PlaybackFinished");
    w.hang_up(line);
    w.check();
}
