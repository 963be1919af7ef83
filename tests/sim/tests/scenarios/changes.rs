//! What changes in a call: re-INVITE and UPDATE both ways, reliable provisional responses, session timers, who is shown.

use std::time::Duration;

use phone::{Command, Event, Misbehaviour};
use signalling::config::{ConnectedLineMethod, Reliable, SessionTimers};
use sim::{PROMPT_HZ, Setup, World};
use stasis::ChannelCommand;

fn world(seed: u64, sip: fn(&mut signalling::Config)) -> World {
    let mut setup = Setup::new(seed);
    setup.sip = sip;
    World::with(setup)
}

#[test]
fn an_application_holds_a_phone_and_lets_it_go() {
    let mut w = world(320, |c| c.endpoints.iter_mut().for_each(|one| one.session.moh_passthrough = true));
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let (line, channel) = crate::enter(&mut w, a, app);
    w.run(Duration::from_secs(1));
    w.control(app, &channel, ChannelCommand::Hold).expect("it is held");
    w.until("the phone is held", |w| w.phone_events(a).any(|e| matches!(e, Event::HeldByPeer { .. })));
    w.control(app, &channel, ChannelCommand::Unhold).expect("it is let go");
    w.until("it is let go", |w| w.phone_events(a).any(|e| matches!(e, Event::UnheldByPeer { .. })));
    w.hang_up(line);
    w.check();
    assert_eq!(w.sent("INVITE"), 3);
}

#[test]
fn a_hold_passes_through_to_the_other_phone() {
    let mut w = world(321, |c| c.endpoints.iter_mut().for_each(|one| one.session.moh_passthrough = true));
    let (a, b) = (w.phone("2003"), w.phone("2001"));
    let line = w.dial(a, "6001");
    let called = w.called(b);
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    w.command(line, Command::Hold);
    w.until("the other is held", |w| w.phone_events(b).any(|e| matches!(e, Event::HeldByPeer { .. })));
    w.command(line, Command::Unhold);
    w.until("it is let go", |w| w.phone_events(b).any(|e| matches!(e, Event::UnheldByPeer { .. })));
    w.hang_up(line);
    w.check();
}

#[test]
fn two_reinvites_that_cross_are_tried_again() {
    let mut w = world(322, |c| c.endpoints.iter_mut().for_each(|one| one.session.moh_passthrough = true));
    let a =
        w.phone_with("2001", |s| s.misbehaviour = Misbehaviour { glare: true, ..Misbehaviour::default() });
    let app = w.application("my-app");
    let (line, channel) = crate::enter(&mut w, a, app);
    w.run(Duration::from_secs(1));
    w.control(app, &channel, ChannelCommand::Hold).expect("it is held");
    w.until("the phone is held", |w| w.phone_events(a).any(|e| matches!(e, Event::HeldByPeer { .. })));
    w.until("the phone came through too", |w| {
        w.phone_events(a).any(|e| matches!(e, Event::Refreshed { .. }))
    });
    assert!(w.sent("491 INVITE") >= 2);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_phone_that_does_not_answer_a_reinvite_loses_its_call() {
    let mut w = world(323, |c| c.endpoints.iter_mut().for_each(|one| one.session.moh_passthrough = true));
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let (_, channel) = crate::enter(&mut w, a, app);
    w.run(Duration::from_secs(1));
    w.phone_of(a).misbehave(Misbehaviour { ignore_invite: true, ..Misbehaviour::default() });
    w.control(app, &channel, ChannelCommand::Hold).expect("it is asked");
    w.until_told(app, "StasisEnd");
    w.check();
}

#[test]
fn a_phone_updates_with_and_without_an_offer() {
    let mut w = World::new(324);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let (line, channel) = crate::enter(&mut w, a, app);
    w.run(Duration::from_secs(1));
    for offer in [false, true] {
        w.command(line, Command::Update { offer });
        w.run(Duration::from_secs(1));
    }
    let ok = |event: &&Event| matches!(event, Event::Updated { status: 200, .. });
    assert_eq!(w.phone_events(a).filter(ok).count(), 2);
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_connected_line_is_told_by_update_or_reinvite() {
    for (seed, method, update) in
        [(325, ConnectedLineMethod::Update, 1), (326, ConnectedLineMethod::Invite, 0)]
    {
        let mut setup = Setup::new(seed);
        setup.sip = match method {
            ConnectedLineMethod::Update => |c| {
                for one in &mut c.endpoints {
                    (one.identity.send_pai, one.identity.connected_line_method) =
                        (true, ConnectedLineMethod::Update);
                }
            },
            ConnectedLineMethod::Invite => {
                |c| c.endpoints.iter_mut().for_each(|one| one.identity.send_pai = true)
            }
        };
        let mut w = World::with(setup);
        let (a, app) = (w.phone("2001"), w.application("my-app"));
        let (line, channel) = crate::enter(&mut w, a, app);
        w.run(Duration::from_secs(1));
        let name = "CONNECTEDLINE(all)".to_owned();
        let value = Some("\"Bob\" <4711>".to_owned());
        w.control(app, &channel, ChannelCommand::SetVariable { name, value, reported: false })
            .expect("it is set");
        w.run(Duration::from_secs(1));
        assert_eq!((w.sent("UPDATE"), w.sent("INVITE")), (update, 2 - update));
        if update == 1 {
            let told =
                |e: &Event| matches!(e, Event::UpdatedByPeer { identity, .. } if identity.contains("4711"));
            assert!(w.phone_events(a).any(told));
        }
        w.hang_up(line);
        w.check();
    }
}

#[test]
fn ringing_is_acknowledged_where_it_has_to_be() {
    let mut w =
        world(327, |c| c.endpoints.iter_mut().for_each(|one| one.session.reliable = Reliable::PeerSupported));
    let app = w.application("my-app");
    let a = w.phone_with("2001", |settings| settings.behaviour.reliable = true);
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.control(app, &channel, ChannelCommand::Ring).expect("it rings");
    w.control(app, &channel, ChannelCommand::Progress).expect("it progresses");
    w.run(Duration::from_secs(1));
    assert_eq!(w.sent("PRACK"), 2);
    w.command(line, Command::Update { offer: true });
    w.run(Duration::from_secs(1));
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.hang_up(line);
    w.check();
}

#[test]
fn an_offer_of_ours_in_ringing_is_answered_by_prack() {
    let mut w =
        world(328, |c| c.endpoints.iter_mut().for_each(|one| one.session.reliable = Reliable::Required));
    let app = w.application("my-app");
    let a = w.phone_with("2001", |settings| settings.behaviour.reliable = true);
    let line = w.dial_without_offer(a, "1000");
    let channel = w.started(app);
    w.play(app, &channel, "p1", "sound:long");
    w.until("the prompt is heard early", |w| w.hears(line, PROMPT_HZ));
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_phone_without_100rel_is_refused_where_it_is_required() {
    let mut w =
        world(329, |c| c.endpoints.iter_mut().for_each(|one| one.session.reliable = Reliable::Required));
    w.application("my-app");
    let a = w.phone("2001");
    let line = w.dial(a, "1000");
    w.until("it is refused", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(phone::Ending::Refused { status: 421, .. })));
    w.check();
}

#[test]
fn a_phone_that_rings_reliably_is_acknowledged() {
    let mut w = World::new(330);
    let a = w.phone("2003");
    let b = w.phone_with("2001", |settings| settings.behaviour.reliable = true);
    let line = w.dial(a, "6001");
    let called = w.called(b);
    w.run(Duration::from_secs(1));
    w.command(called, Command::Progress);
    w.run(Duration::from_secs(1));
    assert_eq!(w.sent("PRACK"), 2);
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.command(called, Command::PlayTone { hz: 1_000 });
    w.until("they talk", |w| w.hears(line, 1_000));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_session_is_refreshed_by_us_as_long_as_it_lasts() {
    let mut w = World::new(331);
    let app = w.application("my-app");
    let a = w.phone_with("2001", |settings| settings.behaviour.session_expires = Some(120));
    let (line, _) = crate::enter(&mut w, a, app);
    w.run(Duration::from_secs(300));
    assert!(w.is_up(line));
    assert!(w.sent("UPDATE") >= 4, "{}", w.sent("UPDATE"));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_session_that_the_far_end_does_not_refresh_ends() {
    let mut w = world(332, |c| {
        for one in &mut c.endpoints {
            (one.session.timers, one.session.timers_sess_expires) = (SessionTimers::Always, 120);
        }
    });
    let a = w.phone("2003");
    // It promises to refresh, and does not.
    let b = w.phone_with("2001", |settings| settings.behaviour.session_expires = Some(120));
    let line = w.dial(a, "6001");
    let called = w.called(b);
    let began = w.now();
    w.pick_up(called);
    w.until("it is ended", |w| w.is_over(called));
    assert_eq!((w.now() - began).as_secs(), 88);
    assert!(w.is_over(line) || w.command(line, Command::HangUp));
    w.check();
}

#[test]
fn a_session_interval_that_is_too_short_is_422() {
    let mut w = World::new(333);
    w.application("my-app");
    let a = w.phone_with("2001", |settings| settings.behaviour.session_expires = Some(30));
    let line = w.dial(a, "1000");
    w.until("it is refused", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(phone::Ending::Refused { status: 422, .. })));
    w.check();
}

#[test]
fn an_asserted_identity_is_believed_where_it_is_trusted() {
    for (seed, trusted, number) in [(334, true, "4711"), (335, false, "2001")] {
        let mut setup = Setup::new(seed);
        if trusted {
            setup.sip = |c| c.endpoints.iter_mut().for_each(|one| one.identity.trust_inbound = true);
        }
        let mut w = World::with(setup);
        let app = w.application("my-app");
        let a = w.phone_with("2001", |settings| {
            let value = "\"Bob\" <sip:4711@example.com>".to_owned();
            settings.behaviour.invite_headers.push(("P-Asserted-Identity".to_owned(), value));
            settings.behaviour.invite_headers.push(("Privacy".to_owned(), "id".to_owned()));
        });
        let line = w.dial(a, "1000");
        w.started(app);
        let caller = w.told(app).iter().find_map(|delivery| match &*delivery.message {
            stasis::Message::StasisStart { channel, .. } => Some(channel.caller.clone()),
            _ => None,
        });
        let caller = caller.expect("it started");
        assert_eq!((caller.number.as_str(), caller.presentation.is_allowed()), (number, !trusted));
        w.hang_up(line);
        w.check();
    }
}
