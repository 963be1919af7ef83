//! Transfers that phones ask for, and calls that take the place of others.

use std::time::Duration;

use phone::{Command, Event};
use sim::{Device, Line, Setup, World};

/// Two phones talk; 2003 called 2001.
struct Talking {
    w: World,
    caller: Line,
    called: Line,
}

fn talking(seed: u64) -> Talking {
    let mut w = World::with(Setup::new(seed));
    let (a, b) = (w.phone("2003"), w.phone("2001"));
    let (caller, called) = call(&mut w, a, b, "6001");
    Talking { w, caller, called }
}

fn call(w: &mut World, from: Device, to: Device, number: &str) -> (Line, Line) {
    let line = w.dial(from, number);
    let called = w.called(to);
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    (line, called)
}

fn progress(w: &World, line: Line) -> Vec<(u16, bool)> {
    let of = |event: &Event| match event {
        Event::TransferProgress { call, status, over } if *call == line.call => Some((*status, *over)),
        _ => None,
    };
    w.phone_events(line.device).filter_map(of).collect()
}

fn refer(w: &mut World, line: Line, to: &str) {
    assert!(w.command(line, Command::Refer { to: to.to_owned() }));
}

#[test]
fn the_called_sends_the_caller_on_to_a_third() {
    let Talking { mut w, caller, called } = talking(300);
    let c = w.phone("2002");
    refer(&mut w, called, "sip:6002@192.0.2.1");
    let third = w.called(c);
    w.run(Duration::from_secs(1));
    assert_eq!(progress(&w, called), [(100, false), (180, false)]);
    w.pick_up(third);
    w.run(Duration::from_secs(1));
    assert_eq!(progress(&w, called), [(100, false), (180, false), (200, true)]);
    w.command(caller, Command::PlayTone { hz: 1_000 });
    w.until("the third hears the caller", |w| w.hears(third, 1_000));
    w.hang_up(called);
    w.hang_up(caller);
    w.check();
    assert!(w.is_over(third));
}

#[test]
fn the_caller_sends_the_called_on_to_a_third() {
    let Talking { mut w, caller, called } = talking(301);
    let c = w.phone("2002");
    refer(&mut w, caller, "sip:6002@192.0.2.1");
    let third = w.called(c);
    w.pick_up(third);
    w.run(Duration::from_secs(1));
    w.command(called, Command::PlayTone { hz: 1_000 });
    w.until("the third hears who was called", |w| w.hears(third, 1_000));
    w.hang_up(third);
    w.until("who was called is hung up", |w| w.is_over(called));
    // The phone that transferred never hangs up: its call is ended for it.
    w.check();
    assert!(w.is_over(caller));
}

#[test]
fn a_transfer_to_nowhere_fails_and_the_call_goes_on() {
    let Talking { mut w, caller, called } = talking(302);
    refer(&mut w, called, "sip:5555@192.0.2.1");
    w.run(Duration::from_secs(2));
    assert_eq!(progress(&w, called), [(100, false), (404, true)]);
    w.command(caller, Command::PlayTone { hz: 1_000 });
    w.until("they still talk", |w| w.hears(called, 1_000));
    w.hang_up(caller);
    w.check();
}

#[test]
fn a_transfer_that_is_not_allowed_is_declined() {
    let mut setup = Setup::new(303);
    setup.sip = |config| config.endpoints.iter_mut().for_each(|one| one.session.allow_transfer = false);
    let mut w = World::with(setup);
    let (a, b) = (w.phone("2003"), w.phone("2001"));
    let (caller, called) = call(&mut w, a, b, "6001");
    refer(&mut w, called, "sip:6002@192.0.2.1");
    w.run(Duration::from_secs(1));
    let declined = |event: &Event| matches!(event, Event::Referred { status: 603, .. });
    assert!(w.phone_events(b).any(declined));
    w.hang_up(caller);
    w.check();
}

#[test]
fn the_progress_of_a_transfer_is_told_only_where_it_is_wanted() {
    let mut setup = Setup::new(310);
    setup.sip = |config| config.endpoints.iter_mut().for_each(|one| one.session.refer_blind_progress = false);
    let mut w = World::with(setup);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let (caller, called) = call(&mut w, a, b, "6001");
    refer(&mut w, called, "sip:6002@192.0.2.1");
    w.called(c);
    w.run(Duration::from_secs(1));
    assert_eq!(progress(&w, called), [(100, false), (200, true)]);
    w.hang_up(caller);
    w.check();
}

#[test]
fn a_phone_that_called_both_connects_them_and_is_gone() {
    let mut w = World::new(304);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let watcher = w.watcher("watcher");
    let (first, one) = call(&mut w, a, b, "6001");
    let (second, other) = call(&mut w, a, c, "6002");
    let target = w.phone_of(a).replaces(second.call).expect("it is up");
    refer(&mut w, first, &target);
    w.run(Duration::from_secs(1));
    assert_eq!(progress(&w, first), [(100, false), (200, true)]);
    assert_eq!(w.count(watcher, "BridgeAttendedTransfer"), 1);
    w.command(one, Command::PlayTone { hz: 1_000 });
    w.until("the two talk", |w| w.hears(other, 1_000));
    w.hang_up(one);
    w.until("the other is hung up too", |w| w.is_over(other));
    w.check();
    assert!(w.is_over(first) && w.is_over(second));
}

#[test]
fn a_phone_that_was_called_hands_the_caller_on_after_asking() {
    let mut w = World::new(305);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let (caller, first) = call(&mut w, a, b, "6001");
    let (second, target) = call(&mut w, b, c, "6002");
    let to = w.phone_of(b).replaces(second.call).expect("it is up");
    refer(&mut w, first, &to);
    w.run(Duration::from_secs(1));
    w.command(caller, Command::PlayTone { hz: 1_000 });
    w.until("the two talk", |w| w.hears(target, 1_000));
    w.hang_up(target);
    w.until("the caller is hung up too", |w| w.is_over(caller));
    w.check();
}

#[test]
fn two_callers_are_connected_by_who_they_called() {
    let mut w = World::new(306);
    let (a, b, c) = (w.phone("2003"), w.phone("2001"), w.phone("2002"));
    let (one, first) = call(&mut w, a, b, "6001");
    let (other, second) = call(&mut w, c, b, "6001");
    let to = w.phone_of(b).replaces(second.call).expect("it is up");
    refer(&mut w, first, &to);
    w.run(Duration::from_secs(1));
    w.command(one, Command::PlayTone { hz: 1_000 });
    w.until("the two talk", |w| w.hears(other, 1_000));
    w.hang_up(other);
    w.until("the first caller is hung up too", |w| w.is_over(one));
    w.check();
}

#[test]
fn a_call_takes_the_place_of_another() {
    let Talking { mut w, caller, called } = talking(307);
    let replaces = w.phone_of(called.device).replaces_value(called.call).expect("it is up");
    let c = w.phone_with("2002", |settings| {
        settings.behaviour.invite_headers.push(("Replaces".to_owned(), replaces));
    });
    let third = w.dial(c, "whoever");
    w.until("it is up", |w| w.is_up(third));
    w.until("the other is out", |w| w.is_over(called));
    w.command(third, Command::PlayTone { hz: 1_000 });
    w.until("the caller hears the new one", |w| w.hears(caller, 1_000));
    w.hang_up(third);
    w.until("the caller is hung up", |w| w.is_over(caller));
    w.check();
}

#[test]
fn a_call_to_be_replaced_that_is_not_there_is_481() {
    let mut w = World::new(308);
    let c = w.phone_with("2002", |settings| {
        let value = "nobody@example.com;to-tag=1;from-tag=2".to_owned();
        settings.behaviour.invite_headers.push(("Replaces".to_owned(), value));
    });
    let line = w.dial(c, "1000");
    w.until("it is refused", |w| w.is_over(line));
    assert!(
        matches!(w.ending(line), Some(phone::Ending::Refused { status: 481, .. })),
        "{:?}",
        w.ending(line)
    );
    w.check();
}

#[test]
fn a_call_takes_a_place_in_an_application() {
    let mut w = World::new(309);
    let (a, b, app) = (w.phone("2003"), w.phone("2001"), w.application("my-app"));
    let (one, first) = crate::enter(&mut w, a, app);
    let (other, second) = crate::enter(&mut w, b, app);
    w.bridge(app, "b1", call::BridgeKind::Mixing);
    w.add(app, "b1", &[&first, &second]);
    let replaces = w.phone_of(b).replaces_value(other.call).expect("it is up");
    let c = w.phone_with("2002", |settings| {
        settings.behaviour.invite_headers.push(("Replaces".to_owned(), replaces));
    });
    let third = w.dial(c, "1000");
    let channel = w.started(app);
    w.until("the other is out", |w| w.is_over(other));
    assert_eq!(w.invariants.bridge_of(&channel), Some("b1"));
    w.command(third, Command::PlayTone { hz: 1_000 });
    w.until("they talk", |w| w.hears(one, 1_000));
    w.hang_up(third);
    w.hang_up(one);
    w.destroy(app, "b1");
    w.check();
}
