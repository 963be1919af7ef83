//! Applications that come, go, and hand channels on.

use std::time::Duration;

use call::BridgeKind;
use sim::PROMPT_HZ;
use stasis::{BridgeCommand, ChannelCommand, Command, Refusal};

use crate::{Answered, answered};

#[test]
fn a_channel_stays_when_its_application_goes_and_is_there_when_it_comes_back() {
    let Answered { mut w, line, app, channel, .. } = answered(80);
    w.disconnect(app);
    w.run(Duration::from_secs(5));
    assert!(w.is_up(line));
    assert_eq!(w.counters().orphaned, 1);
    let again = w.application("my-app");
    w.play(again, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.hang_up(line);
    w.until_told(again, "StasisEnd");
    w.check();
}

#[test]
fn a_channel_of_an_application_that_does_not_come_back_can_end() {
    let Answered { mut w, line, app, .. } = answered(81);
    w.disconnect(app);
    w.run(Duration::from_secs(1));
    w.hang_up(line);
    w.check();
}

#[test]
fn an_application_that_connects_again_takes_over() {
    let Answered { mut w, line, app, channel, .. } = answered(82);
    let second = w.application("my-app");
    w.until_told(app, "ApplicationReplaced");
    w.play(second, &channel, "p1", "sound:hello");
    w.until_told(second, "PlaybackFinished");
    assert_eq!(w.count(app, "PlaybackFinished"), 0);
    w.disconnect(app);
    w.run(Duration::from_secs(1));
    w.hang_up(line);
    w.until_told(second, "StasisEnd");
    assert_eq!(w.count(app, "StasisEnd"), 0);
    w.check();
}

#[test]
fn a_channel_goes_on_in_the_dialplan() {
    let Answered { mut w, line, app, channel, .. } = answered(83);
    let on = ChannelCommand::Continue {
        context: Some("elsewhere".to_owned()),
        extension: None,
        priority: None,
        label: None,
    };
    w.control(app, &channel, on).expect("it goes");
    w.until_told(app, "StasisEnd");
    w.until("the dialplan ends it", |w| w.is_over(line));
    w.check();
    assert_eq!(w.types(app), ["StasisStart", "ChannelStateChange", "StasisEnd"]);
}

#[test]
fn a_channel_goes_on_after_where_it_was() {
    let Answered { mut w, line, app, channel, .. } = answered(84);
    let on = ChannelCommand::Continue { context: None, extension: None, priority: None, label: None };
    w.control(app, &channel, on).expect("it goes");
    w.until("the dialplan ends it", |w| w.is_over(line));
    w.check();
}

#[test]
fn a_channel_moves_to_another_application() {
    let Answered { mut w, line, app, channel, .. } = answered(85);
    let other = w.application("other");
    let to = ChannelCommand::Move { application: "other".to_owned(), args: vec!["x".to_owned()] };
    w.control(app, &channel, to).expect("it goes");
    assert_eq!(w.started_with(other), (channel.clone(), vec!["x".to_owned()]));
    w.until_told(app, "StasisEnd");
    w.play(other, &channel, "p1", "sound:hello");
    w.until_told(other, "PlaybackFinished");
    w.hang_up(line);
    w.until_told(other, "StasisEnd");
    w.check();
}

#[test]
fn a_move_to_nowhere_fails_and_the_channel_stays() {
    let Answered { mut w, line, app, channel, .. } = answered(86);
    let to = ChannelCommand::Move { application: "nowhere".to_owned(), args: vec![] };
    w.control(app, &channel, to).expect("it is tried");
    w.until_told(app, "ApplicationMoveFailed");
    w.play(app, &channel, "p1", "sound:hello");
    w.until_told(app, "PlaybackFinished");
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
}

#[test]
fn a_channel_in_a_bridge_moves_and_stays_in_it() {
    let Answered { mut w, line, app, channel, .. } = answered(87);
    let other = w.application("other");
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&channel]);
    let to = ChannelCommand::Move { application: "other".to_owned(), args: vec![] };
    w.control(app, &channel, to).expect("it goes");
    assert_eq!(w.started(other), channel);
    w.hang_up(line);
    w.until_told(other, "StasisEnd");
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn an_application_answers_by_itself() {
    let mut w = sim::World::new(88);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    w.behave(app, |delivery| match &*delivery.message {
        stasis::Message::StasisStart { channel, .. } => vec![Command::Control {
            channel: channel.id.to_string(),
            command: Box::new(ChannelCommand::Answer),
        }],
        _ => vec![],
    });
    let line = w.dial(a, "1000");
    w.until("it is answered", |w| w.is_up(line));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_bridge_of_that_name_is_there_once() {
    let Answered { mut w, line, app, channel, .. } = answered(89);
    w.bridge(app, "b1", BridgeKind::Mixing);
    let twice = w.ask(app, sim::new_bridge("b1", BridgeKind::Mixing));
    assert_eq!(twice, Err(Refusal::BridgeIdInUse("b1".to_owned())));
    let nobody = w.ask_bridge(app, "b1", sim::adding(&["nobody"]));
    assert_eq!(nobody, Err(Refusal::NoSuchMember));
    let not_in = w.ask_bridge(app, "b1", BridgeCommand::Remove { channels: vec![channel] });
    assert_eq!(not_in, Err(Refusal::NotInThisBridge));
    w.destroy(app, "b1");
    w.hang_up(line);
    w.check();
}
