//! What goes wrong on the way.

use std::time::Duration;

use phone::{Command, Ending, Event, Misbehaviour};
use sim::{Link, MUSIC_HZ, World};

use crate::{Answered, answered, enter};

#[test]
fn an_answer_that_gets_lost_is_sent_again() {
    let mut w = World::new(20);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    w.network.lose("200 INVITE", 2);
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    w.run(Duration::from_secs(5));
    assert_eq!(w.sent("200 INVITE"), 3);
    w.hang_up(line);
    w.check();
}

#[test]
fn an_ack_that_gets_lost_is_sent_again() {
    let mut w = World::new(21);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    w.network.lose("ACK", 1);
    let (line, _) = enter(&mut w, a, app);
    w.run(Duration::from_secs(5));
    assert_eq!(w.sent("ACK"), 2);
    w.hang_up(line);
    w.check();
}

#[test]
fn an_ack_that_never_comes_ends_the_call_after_32_seconds() {
    let mut w = World::new(22);
    let a = w.phone_with("2001", |settings| {
        settings.misbehaviour = Misbehaviour { withhold_acks: u32::MAX, ..Misbehaviour::default() };
    });
    let app = w.application("my-app");
    let (line, _) = enter(&mut w, a, app);
    let answered = w.now();
    w.until("the call is given up", |w| w.is_over(line));
    let waited = (w.now() - answered).as_secs();
    assert!((31..34).contains(&waited), "{waited}");
    assert!(matches!(w.ending(line), Some(Ending::HungUpByPeer { .. })));
    assert!(w.count(app, "StasisEnd") == 1);
    w.check();
}

#[test]
fn messages_that_come_twice_change_nothing() {
    let mut w = World::new(23);
    w.network.sip = Link { duplicated: 1_000, ..Link::GOOD };
    w.network.rtp = Link { duplicated: 1_000, ..Link::GOOD };
    let (a, b, app) = (w.phone("2001"), w.phone("2002"), w.application("my-app"));
    let (line, channel) = enter(&mut w, a, app);
    assert_eq!(w.count(app, "StasisStart"), 1);
    w.command(line, Command::SendDigits { digits: "42".to_owned(), duration_ms: 100 });
    w.run(Duration::from_secs(2));
    assert_eq!(w.count(app, "ChannelDtmfReceived"), 2);
    w.hang_up(line);
    let line = w.dial(a, "6002");
    let called = w.called(b);
    w.pick_up(called);
    w.until("the caller is up", |w| w.is_up(line));
    w.run(Duration::from_secs(1));
    w.hang_up(called);
    w.until("the caller is rid of it", |w| w.is_over(line));
    assert_eq!(w.count(app, "StasisEnd"), 1);
    assert!(!channel.is_empty());
    w.check();
}

#[test]
fn a_phone_holds_and_comes_back() {
    let Answered { mut w, phone, line, app, channel } = answered(24);
    w.command(line, Command::Hold);
    w.until_told(app, "ChannelHold");
    w.control(app, &channel, stasis::ChannelCommand::StartMusic(String::new())).expect("music");
    w.until("the hold is accepted", |w| {
        w.phone_events(phone).any(|event| matches!(event, Event::Held { .. }))
    });
    w.run(Duration::from_secs(1));
    w.command(line, Command::Unhold);
    w.until_told(app, "ChannelUnhold");
    w.until("the music is heard", |w| w.hears(line, MUSIC_HZ));
    w.control(app, &channel, stasis::ChannelCommand::StopMusic).expect("music");
    w.until("it is quiet", |w| w.hears_nothing(line));
    w.hang_up(line);
    w.check();
    assert_eq!((w.count(app, "ChannelHold"), w.count(app, "ChannelUnhold")), (1, 1));
}

#[test]
fn a_reinvite_that_changes_nothing_is_accepted() {
    let Answered { mut w, phone, line, app, .. } = answered(25);
    w.command(line, Command::Refresh);
    w.until("it is accepted", |w| {
        w.phone_events(phone).any(|event| matches!(event, Event::Refreshed { .. }))
    });
    assert_eq!(w.count(app, "ChannelHold"), 0);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_reinvite_before_the_ack_is_refused_and_comes_again() {
    let mut w = World::new(26);
    let a = w.phone_with("2001", |settings| settings.misbehaviour.hold_at_once = true);
    let app = w.application("my-app");
    // The re-INVITE arrives while our 2xx is not acknowledged.
    w.network.lose("ACK", 1);
    let (line, _) = enter(&mut w, a, app);
    w.run(Duration::from_secs(1));
    assert_eq!(w.sent("500 INVITE") + w.sent("491 INVITE"), 1);
    assert_eq!(w.count(app, "ChannelHold"), 0);
    w.run(Duration::from_secs(5));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_phone_that_is_gone_does_not_keep_the_channel() {
    let Answered { mut w, phone, app, channel, .. } = answered(27);
    w.phone_of(phone).misbehave(Misbehaviour { ignore_bye: true, ..Misbehaviour::default() });
    w.end(app, &channel);
    w.until_told(app, "StasisEnd");
    w.run(Duration::from_secs(60));
    assert!(w.sent("BYE") > 5, "it is sent again");
    assert_eq!(w.census().channels, 0);
}

#[test]
fn a_bye_that_gets_lost_is_sent_again() {
    let Answered { mut w, line, app, channel, .. } = answered(28);
    w.network.lose("BYE", 3);
    w.end(app, &channel);
    w.until("the phone is rid of it", |w| w.is_over(line));
    assert_eq!(w.sent("BYE"), 4);
    w.check();
}

#[test]
fn a_bye_whose_answer_gets_lost_is_answered_again() {
    let Answered { mut w, line, .. } = answered(29);
    w.network.lose("200 BYE", 2);
    w.hang_up(line);
    w.until("the phone is rid of it", |w| w.is_over(line));
    assert_eq!(w.ending(line), Some(&Ending::HungUp { status: 200 }));
    assert_eq!((w.sent("BYE"), w.sent("200 BYE")), (3, 3));
    w.check();
}
