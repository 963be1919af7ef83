//! Subscriptions, device states, mailboxes and texts.

use std::time::Duration;

use phone::Event;
use sim::{Setup, World};
use stasis::{Command, StateCommand};

fn hinted(config: &mut signalling::Config) {
    for endpoint in &mut config.endpoints {
        endpoint.subscriptions.subscribe_context = Some("hints".to_owned());
    }
}

fn world(seed: u64) -> World {
    world_with(seed, hinted)
}

fn world_with(seed: u64, sip: fn(&mut signalling::Config)) -> World {
    let hints = "[hints]\nexten => 2001,hint,PJSIP/2001\nexten => 2002,hint,PJSIP/2002&Custom:lamp\n";
    let setup = Setup::new(seed);
    World::with(Setup { dialplan: format!("{}{hints}", setup.dialplan), sip, ..setup })
}

fn answered(w: &World, device: sim::Device) -> Vec<u16> {
    let status = |event: &Event| match event {
        Event::Subscribed { status, .. } => Some(*status),
        _ => None,
    };
    w.phone_events(device).filter_map(status).collect()
}

fn states(w: &World, device: sim::Device) -> Vec<String> {
    let word = |body: String| {
        let rest = body.split_once("<state>")?.1;
        Some(rest.split_once('<')?.0.to_owned())
    };
    w.notified(device).into_iter().filter_map(word).collect()
}

#[test]
fn a_busy_lamp_follows_a_call() {
    let mut w = world(320);
    let (watcher, a, app) = (w.phone("2003"), w.phone("2001"), w.application("my-app"));
    let lamp = w.subscribe(watcher, "dialog", "2001", 600);
    w.until("it is told", |w| states(w, watcher) == ["terminated"]);
    w.ask(app, Command::Originate(sim::call_to("2001", "my-app", "out", None))).expect("it is there");
    let called = w.called(a);
    w.until("it rings", |w| states(w, watcher).last().is_some_and(|state| state == "early"));
    w.pick_up(called);
    w.until("it is in use", |w| states(w, watcher).last().is_some_and(|state| state == "confirmed"));
    w.hang_up(called);
    w.until("it is free", |w| states(w, watcher).last().is_some_and(|state| state == "terminated"));
    assert_eq!(states(&w, watcher), ["terminated", "early", "confirmed", "terminated"]);
    w.resubscribe(watcher, lamp, 0);
    let over = |event: &Event| matches!(event, Event::Notified { is_over: true, .. });
    w.until("it is over", |w| w.phone_events(watcher).any(over));
    w.check();
}

#[test]
fn a_subscription_that_is_not_refreshed_ends_and_one_that_nobody_answers_too() {
    let mut w = world(321);
    let (a, b) = (w.phone("2003"), w.phone("2004"));
    w.phone_of(b).behave(phone::Behaviour { notify_status: 481, ..Default::default() });
    w.subscribe(a, "presence", "2002", 120);
    w.subscribe(b, "presence", "2002", 120);
    w.run(Duration::from_secs(60));
    let told = |w: &World, device| w.notified(device).len();
    assert_eq!((told(&w, a), told(&w, b)), (1, 1));
    w.run(Duration::from_secs(65));
    assert_eq!((told(&w, a), told(&w, b)), (2, 1), "only who listened is told of the end");
    w.check();
}

#[test]
fn what_cannot_be_watched_is_refused() {
    fn forbidden(config: &mut signalling::Config) {
        hinted(config);
        for endpoint in config.endpoints.iter_mut().filter(|endpoint| &*endpoint.name == "2004") {
            endpoint.subscriptions.allow_subscribe = false;
        }
    }
    let mut w = world_with(322, forbidden);
    let (a, b) = (w.phone("2003"), w.phone("2004"));
    w.subscribe(b, "dialog", "2001", 600);
    w.subscribe(a, "weather", "2001", 600);
    w.subscribe(a, "dialog", "9999", 600);
    w.subscribe(a, "dialog", "2001", 10);
    let stranger = w.phone("5001");
    w.subscribe(stranger, "dialog", "2001", 600);
    let all = |w: &World| answered(w, a).len() + answered(w, b).len() + answered(w, stranger).len() == 5;
    w.until("all are answered", all);
    assert_eq!(answered(&w, b), [603]);
    let mut refusals = answered(&w, a);
    refusals.sort_unstable();
    assert_eq!((refusals, answered(&w, stranger)), (vec![404, 423, 489], vec![401]));
    w.check();
}

#[test]
fn a_device_of_an_application_shows_in_a_hint_and_in_events() {
    let mut w = world(323);
    let (watcher, app) = (w.phone("2003"), w.application("my-app"));
    let subscribe = Command::Subscribe {
        application: "my-app".to_owned(),
        sources: vec!["deviceState:PJSIP/2001".to_owned()],
    };
    w.ask(app, subscribe).expect("it can be subscribed to");
    let set = |name: &str, state: &str| {
        Command::State(StateCommand::SetDevice { name: name.to_owned(), state: state.to_owned() })
    };
    assert_eq!(w.ask(app, set("PJSIP/2001", "INUSE")), Err(stasis::Refusal::ForeignDevice));
    w.ask(app, set("Stasis:door", "INUSE")).expect("it is the application's");
    let a = w.phone("2001");
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.answer(app, &channel);
    w.until("it is up", |w| w.is_up(line));
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.run(Duration::from_secs(1));
    let told: Vec<&str> = w
        .events(app)
        .filter_map(|event| match event {
            call::Event::DeviceStateChanged { device, state } if &**device == "PJSIP/2001" => {
                Some(state.word())
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, ["INUSE", "NOT_INUSE"]);
    assert_eq!(w.notified(watcher).len(), 0);
    w.check();
}

#[test]
fn mailboxes_are_told_to_subscribers_and_to_whom_they_belong() {
    fn sip(config: &mut signalling::Config) {
        config.global.default_voicemail_extension = Some("*98".to_owned());
        let mailbox = || vec!["300@default".to_owned()];
        for aor in &mut config.aors {
            match &*aor.name {
                "2003" => {
                    aor.mailboxes = mailbox();
                    aor.voicemail_extension = Some("*97".to_owned());
                }
                "2005" => aor.mailboxes = mailbox(),
                _ => {}
            }
        }
        for endpoint in &mut config.endpoints {
            let options = &mut endpoint.subscriptions;
            match &*endpoint.name {
                "2004" => options.mailboxes = mailbox(),
                "2005" => {
                    options.mailboxes = mailbox();
                    options.mwi_subscribe_replaces_unsolicited = true;
                }
                _ => {}
            }
        }
    }
    let mut w = World::with(Setup { sip, ..Setup::new(324) });
    let (a, b, c, app) = (w.phone("2003"), w.phone("2004"), w.phone("2005"), w.application("my-app"));
    let lamps = [
        (a, w.subscribe(a, "message-summary", "2003", 600)),
        (c, w.subscribe(c, "message-summary", "2005", 600)),
    ];
    w.until("they are told", |w| w.notified(a).len() == 1 && w.notified(c).len() == 1);
    let set = StateCommand::SetMailbox { name: "300@default".to_owned(), old: 1, new: 2 };
    w.ask(app, Command::State(set)).expect("mailboxes are set by applications");
    w.run(Duration::from_secs(2));
    let summary = |account: &str| {
        format!("Messages-Waiting: yes\r\nMessage-Account: sip:{account}\r\nVoice-Message: 2/1 (0/0)\r\n")
    };
    assert_eq!(w.notified(a)[1..], [summary("*97@192.0.2.1")]);
    assert_eq!(w.notified(b), [summary("*98@198.51.102.4")], "nobody asked");
    assert_eq!(
        w.notified(c)[1..],
        [summary("*98@192.0.2.1")],
        "what was asked for takes the place of the other"
    );
    for (device, number) in lamps {
        w.resubscribe(device, number, 0);
    }
    w.run(Duration::from_secs(2));
    w.check();
}

#[test]
fn a_phone_that_rings_beside_a_call_shows_as_configured() {
    fn early(config: &mut signalling::Config) {
        hinted(config);
        for endpoint in &mut config.endpoints {
            endpoint.subscriptions.notify_early_inuse_ringing = true;
        }
    }
    for (sip, last) in [(hinted as fn(&mut signalling::Config), "confirmed"), (early, "early")] {
        let mut w = world_with(326, sip);
        let (watcher, a, app) = (w.phone("2003"), w.phone("2001"), w.application("my-app"));
        let lamp = w.subscribe(watcher, "dialog", "2001", 600);
        let line = w.dial(a, "1000");
        let channel = w.started(app);
        w.answer(app, &channel);
        w.ask(app, Command::Originate(sim::call_to("2001", "my-app", "out", None))).expect("it is there");
        let called = w.called(a);
        w.run(Duration::from_secs(1));
        assert_eq!(states(&w, watcher).last().map(String::as_str), Some(last));
        w.hang_up(called);
        w.hang_up(line);
        w.run(Duration::from_secs(1));
        w.resubscribe(watcher, lamp, 0);
        w.run(Duration::from_secs(1));
        w.check();
    }
}

#[test]
fn texts_go_to_applications_that_listen_and_to_phones() {
    let mut w = World::new(325);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let status = |w: &World| {
        let status = |event: &Event| match event {
            Event::TextAnswered { status } => Some(*status),
            _ => None,
        };
        w.phone_events(a).filter_map(status).last()
    };
    // The monitor of the world listens to everything.
    w.text(a, "1000", "hello");
    w.until("it is taken", |w| status(w) == Some(202));
    let send = Command::SendMessage {
        to: "pjsip:2001".to_owned(),
        from: "shop".to_owned(),
        body: "open until six".to_owned(),
        variables: vec![],
    };
    w.ask(app, send).expect("the phone is known");
    let came = |event: &Event| matches!(event, Event::Text { body, .. } if body == "open until six");
    w.until("it came", |w| w.phone_events(a).any(came));
    w.check();
}
