//! Who may call, and who is where.

use phone::{Ending, Event};
use sim::World;

fn with_password(w: &mut World, number: &str, password: &str) -> sim::Device {
    let password = password.to_owned();
    w.phone_with(number, move |settings| settings.password = Some(password))
}

#[test]
fn a_phone_registers_and_is_called_where_it_is() {
    let mut w = World::new(40);
    let (a, app) = (with_password(&mut w, "3001", "secret"), w.application("my-app"));
    w.register(a);
    w.until("it is registered", |w| w.phone_events(a).any(|event| matches!(event, Event::Registered { .. })));
    w.ask(app, stasis::Command::Originate(sim::call_to("3001", "my-app", "out", None))).expect("it is there");
    let called = w.called(a);
    w.pick_up(called);
    assert_eq!(w.started(app), "out");
    w.hang_up(called);
    w.until_told(app, "StasisEnd");
    w.unregister(a);
    w.until("it is gone", |w| w.phone_events(a).any(|event| matches!(event, Event::Unregistered)));
    let reply = w.ask(app, stasis::Command::Originate(sim::call_to("3001", "my-app", "out", None)));
    assert_eq!(reply, Err(stasis::Refusal::CannotCreate));
    w.check();
}

#[test]
fn a_call_with_the_right_password_is_taken() {
    let mut w = World::new(41);
    let (a, app) = (with_password(&mut w, "3001", "secret"), w.application("my-app"));
    let (line, _) = crate::enter(&mut w, a, app);
    assert_eq!(w.sent("401 INVITE"), 1);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let mut refusals = Vec::new();
    for (number, password) in [("3001", "wrong"), ("4001", "secret")] {
        let mut w = World::new(42);
        let (a, app) = (with_password(&mut w, number, password), w.application("my-app"));
        let line = w.dial(a, "1000");
        w.until("it is refused", |w| w.is_over(line));
        refusals.push((w.ending(line).cloned(), w.sent("401 INVITE"), w.sent("INVITE")));
        assert_eq!(w.count(app, "StasisStart"), 0);
        w.register(a);
        let failed = |event: &Event| matches!(event, Event::RegistrationFailed { status: 401 });
        w.until("the registration is refused", |w| w.phone_events(a).any(failed));
        w.check();
    }
    assert!(matches!(refusals[0].0, Some(Ending::Refused { status: 401, .. })), "{refusals:?}");
    assert_eq!(refusals[0], refusals[1]);
}

#[test]
fn a_registration_that_is_not_refreshed_ends() {
    let mut w = World::new(43);
    let a = w.phone_with("3001", |settings| {
        settings.password = Some("secret".to_owned());
        settings.expires = 60;
    });
    let watcher = w.watcher("watcher");
    w.register(a);
    w.until("it is registered", |w| w.phone_events(a).any(|event| matches!(event, Event::Registered { .. })));
    assert_eq!(w.count(watcher, "EndpointStateChange"), 1);
    w.run(std::time::Duration::from_secs(120));
    assert_eq!(w.count(watcher, "EndpointStateChange"), 1, "it is refreshed");
    w.network.lose("REGISTER", u32::MAX);
    w.run(std::time::Duration::from_secs(120));
    assert_eq!(w.count(watcher, "EndpointStateChange"), 2);
    w.check();
}

#[test]
fn contacts_are_asked_as_often_as_configured_and_missed_when_silent() {
    fn asked(config: &mut signalling::Config) {
        for aor in config.aors.iter_mut().filter(|aor| &*aor.name == "3001") {
            aor.qualify_frequency = 30;
        }
    }
    let mut w = World::with(sim::Setup { sip: asked, ..sim::Setup::new(44) });
    let (a, watcher) = (with_password(&mut w, "3001", "secret"), w.watcher("watcher"));
    w.register(a);
    w.until_told(watcher, "EndpointStateChange");
    w.network.lose("OPTIONS", u32::MAX);
    w.run(std::time::Duration::from_secs(40));
    assert_eq!(w.count(watcher, "EndpointStateChange"), 2, "it does not answer");
    w.network.heal();
    w.run(std::time::Duration::from_secs(40));
    let words: Vec<&str> = w
        .events(watcher)
        .filter_map(|event| match event {
            call::Event::ContactStatusChanged { status, .. } => Some(status.word()),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["NonQualified", "Reachable", "Unreachable", "Reachable"]);
    w.unregister(a);
    w.check();
}

#[test]
fn a_scanner_is_answered_as_anybody_and_fills_no_table() {
    let mut w = World::new(45);
    let a = with_password(&mut w, "3001", "secret");
    w.register(a);
    w.until("it is registered", |w| w.phone_events(a).any(|event| matches!(event, Event::Registered { .. })));
    let scanner = with_password(&mut w, "5001", "guess");
    let scan = |w: &mut World, times| {
        for _ in 0..times {
            w.register(scanner);
            w.run(std::time::Duration::from_millis(50));
        }
    };
    scan(&mut w, 20);
    assert_eq!(w.log_lines("SecurityEvent=\"InvalidAccountID\""), 1, "one line a minute");
    assert_eq!(w.log_lines("No matching endpoint found"), 1);
    scan(&mut w, 280);
    let (_, transactions) = w.sip_census();
    assert!(transactions < 60, "{transactions} transactions are kept for a scanner");
    let (line, _) = {
        let app = w.application("my-app");
        crate::enter(&mut w, a, app)
    };
    w.hang_up(line);
    w.check();
}
