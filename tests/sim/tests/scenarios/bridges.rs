//! Where channels meet.

use std::time::Duration;

use call::BridgeKind;
use phone::Command as PhoneCommand;
use sim::{App, Line, Link, MUSIC_HZ, PROMPT_HZ, World};
use stasis::BridgeCommand;

use crate::enter;

/// Phones in one application, answered, each with its own tone.
fn company(seed: u64, phones: u16) -> (World, App, Vec<(Line, String)>) {
    let mut w = World::new(seed);
    let app = w.application("my-app");
    let mut lines = Vec::new();
    for n in 0..phones {
        let phone = w.phone(&(2001 + n).to_string());
        let (line, channel) = enter(&mut w, phone, app);
        w.command(line, PhoneCommand::PlayTone { hz: tone(n) });
        lines.push((line, channel));
    }
    (w, app, lines)
}

fn tone(n: u16) -> u16 {
    1_000 + 300 * n
}

fn leave(w: &mut World, lines: &[(Line, String)]) {
    for (line, _) in lines {
        if !w.is_over(*line) {
            w.hang_up(*line);
        }
    }
    w.run(Duration::from_secs(1));
}

#[test]
fn two_in_a_bridge_hear_each_other() {
    let (mut w, app, lines) = company(120, 2);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.until("the first hears the second", |w| w.hears(lines[0].0, tone(1)));
    w.until("the second hears the first", |w| w.hears(lines[1].0, tone(0)));
    w.run(Duration::from_secs(2));
    assert!(!w.hears(lines[0].0, tone(0)), "nobody hears himself");
    w.remove(app, "b1", &lines[0].1);
    w.until("it is quiet", |w| w.hears_nothing(lines[1].0));
    w.add(app, "b1", &[&lines[0].1]);
    w.until("they hear each other again", |w| w.hears(lines[0].0, tone(1)));
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn three_of_three_shards_hear_the_two_others() {
    let (mut w, app, lines) = company(121, 3);
    assert_eq!(w.legs(), [1, 1, 1]);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1, &lines[2].1]);
    w.until("they are of one shard", |w| w.legs().contains(&3));
    for (n, m) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
        w.until("each hears each", |w| w.hears(lines[n].0, tone(m as u16)));
    }
    leave(&mut w, &lines[..1]);
    w.until("two are left", |w| !w.hears(lines[1].0, tone(0)));
    assert!(w.hears(lines[1].0, tone(2)));
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn those_who_wait_hear_music_and_not_each_other() {
    let (mut w, app, lines) = company(122, 2);
    w.bridge(app, "b1", BridgeKind::Holding);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.ask_bridge(app, "b1", BridgeCommand::StartMusic(String::new())).expect("music");
    w.until("both hear it", |w| lines.iter().all(|(line, _)| w.hears(*line, MUSIC_HZ)));
    assert!(!w.hears(lines[0].0, tone(1)));
    w.ask_bridge(app, "b1", BridgeCommand::StopMusic).expect("it plays");
    w.until("it is quiet", |w| w.hears_nothing(lines[0].0));
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn all_in_a_bridge_hear_what_is_played_to_it() {
    let (mut w, app, lines) = company(123, 2);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.ask_bridge(app, "b1", BridgeCommand::Play(sim::playing("p1", "sound:hello"))).expect("it plays");
    w.until("both hear it", |w| lines.iter().all(|(line, _)| w.hears(*line, PROMPT_HZ)));
    w.until_told(app, "PlaybackFinished");
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn a_bridge_that_ends_lets_its_channels_go() {
    let (mut w, app, lines) = company(124, 2);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.run(Duration::from_secs(1));
    w.destroy(app, "b1");
    w.until("they hear nothing", |w| w.hears_nothing(lines[0].0) && w.hears_nothing(lines[1].0));
    assert!(lines.iter().all(|(line, _)| w.is_up(*line)));
    leave(&mut w, &lines);
    w.check();
}

#[test]
fn a_channel_goes_from_bridge_to_bridge() {
    let (mut w, app, lines) = company(125, 3);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.bridge(app, "b2", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.add(app, "b2", &[&lines[2].1]);
    w.until("the first hears the second", |w| w.hears(lines[0].0, tone(1)));
    for turn in 0..6 {
        let bridge = if turn % 2 == 0 { "b2" } else { "b1" };
        w.add(app, bridge, &[&lines[0].1]);
    }
    w.add(app, "b2", &[&lines[0].1]);
    w.until("it hears the third", |w| w.hears(lines[0].0, tone(2)) && !w.hears(lines[0].0, tone(1)));
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.destroy(app, "b2");
    w.check();
}

#[test]
fn a_channel_hangs_up_while_its_leg_moves() {
    let (mut w, app, lines) = company(126, 2);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1]);
    for _ in 0..2 {
        let channels: Vec<&str> = vec![&lines[1].1];
        let command =
            stasis::Command::Bridge { bridge: "b1".to_owned(), command: Box::new(sim::adding(&channels)) };
        w.send(app, command);
    }
    w.hang_up(lines[1].0);
    w.run(Duration::from_secs(1));
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn what_the_source_lost_is_missing_in_what_is_passed_on() {
    let (mut w, app, lines) = company(127, 2);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&lines[0].1, &lines[1].1]);
    w.until("they hear each other", |w| w.hears(lines[0].0, tone(1)));
    w.run(Duration::from_secs(1));
    w.network.rtp = Link::losing(100);
    w.run(Duration::from_secs(10));
    // What was lost last shows with the next packet.
    w.network.rtp = Link::losing(1);
    w.run(Duration::from_millis(100));
    w.network.rtp = Link::GOOD;
    w.run(Duration::from_secs(1));
    let (packets, gaps) = w.invariants.sent();
    // Of 500 packets each way a tenth is lost on the way in, and numbers are kept.
    assert!(packets > 1_000 && (60..140).contains(&gaps), "{packets} {gaps}");
    w.network.rtp = Link { latency: Duration::from_millis(6), ..Link::losing(1) };
    leave(&mut w, &lines);
    w.destroy(app, "b1");
    w.check();
}
