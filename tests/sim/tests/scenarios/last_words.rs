//! The extension `h`: what the dialplan does once a call is over.

use std::time::Duration;

use call::Event;
use sim::{App, Setup, World};

/// `h` says what it knows, then wants what needs a caller, and does not come to the step after that.
const PLAN: &str = "\
[default]
exten => 1000,1,Stasis(my-app)
 same => n,Wait(1)
exten => 2001,1,Dial(PJSIP/2001)
exten => 4000,1,Answer()
 same => n,Wait(1)
 same => n,Hangup(21)
exten => 5000,1,Answer()
 same => n,Wait(60)
exten => 7000,1,Answer()
 same => n,Wait(60)
exten => h,1,Set(SAID=${DIALSTATUS}/${HANGUPCAUSE}/${ANSWEREDTIME}/${DIALEDTIME})
 same => n,Playback(hello)
 same => n,Set(SAID=${PLAYBACKSTATUS})
 same => n,Stasis(my-app,again)
 same => n,GotoIf($[\"${EXTEN}\" = \"h\"]?more,1)
exten => more,1,Wait(1)
 same => n,Set(SAID=never)
";

fn world(seed: u64) -> (World, App) {
    let mut setup = Setup::new(seed);
    PLAN.clone_into(&mut setup.dialplan);
    let mut w = World::with(setup);
    let watcher = w.watcher("watcher");
    (w, watcher)
}

/// What `h` said, and why the channel ended.
fn said(w: &World, watcher: App) -> (Vec<String>, Vec<u8>) {
    let (mut said, mut causes) = (Vec::new(), Vec::new());
    for event in w.events(watcher) {
        match event {
            Event::VariableSet { name, value, .. } if name == "SAID" => said.push(value.clone()),
            Event::ChannelDestroyed { cause, .. } => causes.push(cause.0),
            _ => {}
        }
    }
    (said, causes)
}

#[test]
fn a_caller_who_hangs_up_leaves_last_words() {
    let (mut w, watcher) = world(400);
    let phone = w.phone("2003");
    let line = w.dial(phone, "5000");
    w.until("it is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    w.hang_up(line);
    w.check();
    assert_eq!(said(&w, watcher), (vec!["/0//".to_owned(), "FAILED".to_owned()], vec![0]));
    let mut types = w.types(watcher);
    types.retain(|name| *name != "DeviceStateChanged");
    assert_eq!(
        types[types.len() - 3..],
        ["ChannelHangupRequest", "ChannelHangupRequest", "ChannelDestroyed"]
    );
}

#[test]
fn a_dialplan_that_hangs_up_has_its_last_words_before_the_bye() {
    let (mut w, watcher) = world(401);
    let phone = w.phone("2003");
    let line = w.dial(phone, "4000");
    w.until("it is over", |w| w.is_over(line));
    w.check();
    assert_eq!(said(&w, watcher), (vec!["/21//".to_owned(), "FAILED".to_owned()], vec![21]));
}

#[test]
fn last_words_know_how_a_dial_went() {
    let (mut w, watcher) = world(402);
    let (caller, callee) = (w.phone("2003"), w.phone("2001"));
    let line = w.dial(caller, "2001");
    let called = w.called(callee);
    w.run(Duration::from_secs(2));
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(3));
    w.hang_up(line);
    w.check();
    assert!(w.is_over(called));
    assert_eq!(said(&w, watcher).0[0], "ANSWER/16/3/5");
}

#[test]
fn last_words_know_that_the_caller_gave_up() {
    let (mut w, watcher) = world(403);
    let (caller, callee) = (w.phone("2003"), w.phone("2001"));
    let line = w.dial(caller, "2001");
    let called = w.called(callee);
    w.run(Duration::from_secs(2));
    w.hang_up(line);
    w.check();
    assert!(w.is_over(called));
    assert_eq!(said(&w, watcher).0[0], "CANCEL/127//");
}

#[test]
fn an_application_hears_of_a_channel_in_its_last_words_once_more() {
    let (mut w, watcher) = world(404);
    let (phone, app) = (w.phone("2003"), w.application("my-app"));
    let (line, channel) = crate::enter(&mut w, phone, app);
    w.hang_up(line);
    w.check();
    assert_eq!(said(&w, watcher).1, [0]);
    let types: Vec<_> = w.types(app).into_iter().filter(|name| name.starts_with("Stasis")).collect();
    assert_eq!(types, ["StasisStart", "StasisEnd", "StasisStart", "StasisEnd"]);
    assert!(!channel.is_empty());
}

#[test]
fn a_channel_that_an_application_called_has_no_last_words() {
    let (mut w, watcher) = world(405);
    let (phone, app) = (w.phone("2002"), w.application("my-app"));
    w.ask(app, stasis::Command::Originate(sim::call_to("2002", "my-app", "out-1", None)))
        .expect("it is made");
    let called = w.called(phone);
    w.pick_up(called);
    let channel = w.started(app);
    let back = stasis::ChannelCommand::Continue {
        context: Some("default".to_owned()),
        extension: Some("4000".to_owned()),
        priority: None,
        label: None,
    };
    w.control(app, &channel, back).expect("it goes on");
    w.until("it is over", |w| w.is_over(called));
    w.check();
    assert_eq!(said(&w, watcher), (vec![], vec![21]));
    assert_eq!(w.count(watcher, "ChannelHangupRequest"), 0);
}
