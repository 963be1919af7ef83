//! Calls that come in, and how they end.

use std::time::Duration;

use call::{Cause, ChannelState};
use phone::Ending;
use sim::{PROMPT_HZ, World};
use stasis::{ChannelCommand, Command, Refusal};

use crate::{Answered, answered};

#[test]
fn a_call_is_answered_hears_a_prompt_and_is_hung_up_by_its_caller() {
    let Answered { mut w, line, app, channel, .. } = answered(1);
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.until_told(app, "PlaybackFinished");
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    let expected = [
        "StasisStart",
        "ChannelStateChange",
        "PlaybackStarted",
        "PlaybackFinished",
        "ChannelHangupRequest",
        "StasisEnd",
    ];
    assert_eq!(w.types(app), expected);
    w.check();
    assert_eq!(w.ending(line), Some(&Ending::HungUp { status: 200 }));
}

#[test]
fn a_call_is_hung_up_by_its_application() {
    let Answered { mut w, line, app, channel, .. } = answered(2);
    w.end(app, &channel);
    w.until("the phone is rid of it", |w| w.is_over(line));
    let ended = w.ending(line);
    assert!(matches!(ended, Some(Ending::HungUpByPeer { cause: Some(16), .. })), "{ended:?}");
    w.check();
    assert_eq!(w.sent("BYE"), 1);
}

#[test]
fn a_call_is_refused_with_the_status_of_its_cause() {
    let mut w = World::new(3);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.ask(app, Command::Hangup { channel, cause: Cause::BUSY }).expect("it is there");
    w.until("the phone is told", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(Ending::Refused { status: 486, .. })), "{:?}", w.ending(line));
    w.check();
}

#[test]
fn a_caller_gives_up_before_the_answer() {
    let mut w = World::new(4);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.control(app, &channel, ChannelCommand::Ring).expect("it can ring");
    w.run(Duration::from_secs(3));
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
    assert_eq!(w.ending(line), Some(&Ending::Cancelled));
    assert_eq!(w.sent("487 INVITE"), 1);
}

#[test]
fn a_cancel_that_crosses_the_answer_ends_with_bye() {
    let mut w = World::new(5);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    // The answer is on its way when the caller gives up.
    let ticket = w.send(app, Command::Control { channel, command: Box::new(ChannelCommand::Answer) });
    w.until("the answer is given", |w| w.reply(app, ticket).is_some());
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
    assert_eq!(w.ending(line), Some(&Ending::Cancelled));
    assert_eq!((w.sent("CANCEL"), w.sent("BYE")), (1, 1));
}

#[test]
fn both_sides_hang_up_at_once() {
    let Answered { mut w, line, app, channel, .. } = answered(6);
    let command = Command::Hangup { channel, cause: Cause::NORMAL };
    w.send(app, command);
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
    assert_eq!(w.sent("BYE"), 2);
    assert!(w.is_over(line));
}

#[test]
fn what_is_asked_of_a_channel_that_ended_is_refused() {
    let Answered { mut w, line, app, channel, .. } = answered(7);
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.run(Duration::from_secs(1));
    assert_eq!(w.control(app, &channel, ChannelCommand::Answer), Err(Refusal::NoSuchChannel));
    w.check();
}

#[test]
fn what_waits_when_a_channel_ends_is_answered_as_ended() {
    let Answered { mut w, line, app, channel, .. } = answered(8);
    w.play(app, &channel, "p1", "sound:long");
    let set =
        ChannelCommand::SetVariable { name: "A".to_owned(), value: Some("1".to_owned()), reported: true };
    let ticket = w.send(app, Command::Control { channel: channel.clone(), command: Box::new(set) });
    w.run(Duration::from_secs(1));
    assert_eq!(w.reply(app, ticket), None, "the prompt comes first");
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
    assert_eq!(w.reply(app, ticket), Some(&Err(Refusal::Ended)));
}

#[test]
fn a_number_that_is_not_there_is_404() {
    let mut w = World::new(9);
    let a = w.phone("2001");
    let line = w.dial(a, "5555");
    w.until("it is refused", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(Ending::Refused { status: 404, .. })));
    w.check();
}

#[test]
fn an_answer_is_told_once() {
    let Answered { mut w, line, app, channel, .. } = answered(10);
    w.answer(app, &channel);
    w.answer(app, &channel);
    w.run(Duration::from_secs(1));
    assert_eq!(w.count(app, "ChannelStateChange"), 1);
    assert_eq!(w.invariants.state(&channel), Some(ChannelState::Up));
    w.hang_up(line);
    w.check();
    assert_eq!(w.sent("200 INVITE"), 1);
}

#[test]
fn a_call_to_an_application_that_is_not_there_is_declined() {
    let mut w = World::new(11);
    let a = w.phone("2001");
    let line = w.dial(a, "1000");
    w.until("it is refused", |w| w.is_over(line));
    assert!(matches!(w.ending(line), Some(Ending::Refused { status: 603, .. })), "{:?}", w.ending(line));
    w.check();
}

#[test]
fn a_call_without_an_offer_is_answered_with_ours() {
    let mut w = World::new(12);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial_without_offer(a, "1000");
    let channel = w.started(app);
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.hang_up(line);
    w.check();
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let Answered { mut w, line, app, channel, .. } = answered(seed);
        w.network.rtp = sim::Link::losing(50);
        w.play(app, &channel, "p1", "sound:hello");
        w.until_told(app, "PlaybackFinished");
        w.hang_up(line);
        w.check();
        w.trace()
    };
    assert_eq!(run(77), run(77));
    assert_ne!(run(77), run(78));
}

#[test]
fn a_port_that_nobody_has_left_is_503_and_serves_the_next() {
    let mut setup = sim::Setup::new(13);
    setup.ports = 1;
    let mut w = World::with(setup);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let lines: Vec<_> = (0..4).map(|_| w.dial(a, "1000")).collect();
    w.run(Duration::from_secs(1));
    let refused: Vec<_> = lines.iter().filter(|line| w.is_over(**line)).collect();
    assert_eq!(refused.len(), 1);
    assert!(matches!(w.ending(*refused[0]), Some(Ending::Refused { status: 503, .. })));
    for line in lines.iter().filter(|line| !refused.contains(line)) {
        w.hang_up(*line);
    }
    w.run(Duration::from_secs(1));
    let line = w.dial(a, "1000");
    w.until("there is room again", |w| w.count(app, "StasisStart") == 4);
    w.hang_up(line);
    w.check();
}
