//! Many calls on a bad network.

use std::time::Duration;

use phone::Command as PhoneCommand;
use sim::{Link, World};
use stasis::{ChannelCommand, Command, Message};

#[test]
fn two_hundred_calls_on_a_network_that_loses_every_twentieth_packet() {
    let mut w = World::new(200);
    w.network.sip = Link { reordered: 20, duplicated: 20, ..Link::losing(50) };
    w.network.rtp = Link { reordered: 20, duplicated: 20, ..Link::losing(50) };
    let app = w.application("my-app");
    w.behave(app, |delivery| match &*delivery.message {
        Message::StasisStart { channel, .. } => {
            let channel = channel.id.to_string();
            let control = |command| Command::Control { channel: channel.clone(), command: Box::new(command) };
            let play = sim::playing(&format!("play-{channel}"), "sound:hello");
            vec![control(ChannelCommand::Answer), control(ChannelCommand::Play(play))]
        }
        _ => vec![],
    });
    let phones: Vec<_> = (0..10).map(|n| w.phone(&(2001 + n).to_string())).collect();
    let mut lines = Vec::new();
    for n in 0..200 {
        let line = w.dial(phones[n % 10], "1000");
        lines.push(line);
        w.run(Duration::from_millis(50));
        if n >= 40 {
            // The one of two seconds ago; it may have ended by itself.
            w.command(lines[n - 40], PhoneCommand::HangUp);
        }
    }
    w.run(Duration::from_secs(5));
    for line in &lines {
        w.command(*line, PhoneCommand::HangUp);
    }
    w.run(Duration::from_secs(40));
    assert!(lines.iter().all(|line| w.is_over(*line)));
    let started = w.count(app, "StasisStart");
    assert!(started >= 195, "{started}");
    assert_eq!(w.count(app, "StasisEnd"), started);
    w.check();
}
