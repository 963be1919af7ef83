//! Everything the switch asks of the outside fails once: each kind, the first of it, the second, up to the last that a
//! story has. The story ends all the same, nothing is left, and who waits for an end is told of one.

use std::collections::BTreeMap;
use std::time::Duration;

use call::{BridgeKind, Cause};
use media::Digits;
use phone::Command as PhoneCommand;
use sim::{App, Failing, World, adding, call_to, new_bridge, playing, recording};
use stasis::{BridgeCommand, ChannelCommand, Command, Message, Ticket};

/// A call into an application that does a bit of everything, then one from phone to phone.
struct Story {
    w: World,
    app: App,
    /// Sees everything.
    watcher: App,
    playbacks: Vec<(Ticket, &'static str)>,
    recordings: Vec<(Ticket, &'static str)>,
}

impl Story {
    fn told(fails: Option<(Failing, u32)>) -> Story {
        let mut w = World::new(430);
        if let Some((kind, nth)) = fails {
            w.let_fail(kind, nth);
        }
        let (watcher, app) = (w.watcher("watcher"), w.application("my-app"));
        let mut story = Story { w, app, watcher, playbacks: Vec::new(), recordings: Vec::new() };
        story.by_application();
        story.call_phone_to_phone();
        story
            .w
            .send(app, Command::Bridge { bridge: "b".to_owned(), command: Box::new(BridgeCommand::Destroy) });
        story.w.check();
        story.everything_ended();
        story
    }

    fn run(&mut self, ms: u64) {
        self.w.run(Duration::from_millis(ms));
    }

    fn control(&mut self, channel: &str, command: ChannelCommand) -> Ticket {
        let (app, channel) = (self.app, channel.to_owned());
        self.w.send(app, Command::Control { channel, command: Box::new(command) })
    }

    fn bridge(&mut self, command: BridgeCommand) -> Ticket {
        self.w.send(self.app, Command::Bridge { bridge: "b".to_owned(), command: Box::new(command) })
    }

    fn by_application(&mut self) {
        let caller = self.w.phone("2001");
        self.w.phone_with("2002", |settings| {
            settings.behaviour.answer_after = Some(Duration::from_millis(200));
        });
        let line = self.w.dial(caller, "1000");
        self.run(1_000);
        let channel = self.w.invariants.channels().next().unwrap_or("absent").to_owned();
        self.control(&channel, ChannelCommand::Answer);
        self.run(500);
        let asked = self.control(&channel, ChannelCommand::Play(playing("p1", "sound:hello")));
        self.playbacks.push((asked, "p1"));
        self.run(2_000);
        self.w.command(line, PhoneCommand::SendDigits { digits: "5".to_owned(), duration_ms: 100 });
        let digits =
            Digits { digits: "12".to_owned(), before_ms: 0, between_ms: 50, duration_ms: 100, after_ms: 0 };
        self.control(&channel, ChannelCommand::SendDigits(digits));
        self.run(1_000);
        let asked = self.control(&channel, ChannelCommand::Record(recording("r1")));
        self.recordings.push((asked, "r1"));
        self.run(1_500);
        self.w.send(self.app, Command::StopRecording { recording: "r1".to_owned(), discard: false });
        self.run(500);
        self.in_a_bridge(&channel);
        self.w.send(self.app, Command::Hangup { channel: "out-1".to_owned(), cause: Cause::NORMAL });
        self.run(500);
        self.w.command(line, PhoneCommand::HangUp);
        self.run(500);
    }

    fn in_a_bridge(&mut self, channel: &str) {
        let app = self.app;
        self.w.send(app, Command::Originate(call_to("2002", "my-app", "out-1", Some(5_000))));
        self.run(1_500);
        self.w.send(app, new_bridge("b", BridgeKind::Mixing));
        self.bridge(adding(&[channel, "out-1"]));
        self.run(1_000);
        let asked = self.bridge(BridgeCommand::Record(recording("r2")));
        self.recordings.push((asked, "r2"));
        let asked = self.bridge(BridgeCommand::Play(playing("p2", "sound:hello")));
        self.playbacks.push((asked, "p2"));
        self.run(2_000);
        self.bridge(BridgeCommand::StartMusic(String::new()));
        self.run(500);
        self.bridge(BridgeCommand::StopMusic);
        self.w.send(app, Command::StopRecording { recording: "r2".to_owned(), discard: false });
        self.run(500);
        self.bridge(BridgeCommand::Remove { channels: vec![channel.to_owned()] });
        self.run(500);
    }

    fn call_phone_to_phone(&mut self) {
        let caller = self.w.phone("2003");
        let line = self.w.dial(caller, "6002");
        self.run(3_000);
        self.w.command(line, PhoneCommand::HangUp);
        // One whose call could not even be refused gives up by itself (RFC 3261 §17.1.1.2).
        self.run(40_000);
        assert!(self.w.is_over(line));
    }

    /// Whoever was told that something begins is told once that it ends.
    fn everything_ended(&self) {
        let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
        for delivery in self.w.told(self.watcher) {
            if let Message::Call(event) = &*delivery.message {
                match event {
                    call::Event::PlaybackFinished { playback } => {
                        *ends.entry(&*playback.id).or_default() += 1;
                    }
                    call::Event::RecordingFinished { recording }
                    | call::Event::RecordingFailed { recording } => {
                        *ends.entry(&*recording.name).or_default() += 1;
                    }
                    _ => {}
                }
            }
        }
        for (ticket, id) in self.playbacks.iter().chain(&self.recordings) {
            let accepted = matches!(self.w.reply(self.app, *ticket), Some(Ok(_)));
            let expected = u32::from(accepted);
            assert_eq!(ends.get(id).copied().unwrap_or_default(), expected, "{id} ended so often");
        }
    }
}

#[test]
fn whatever_fails_the_calls_end_and_nothing_is_left() {
    let well = Story::told(None);
    for kind in Failing::ALL {
        let times = well.w.seen(kind);
        assert!(times > 0, "the story has no {kind:?}");
        for nth in 1..=times {
            println!("{kind:?} {nth} of {times}");
            Story::told(Some((kind, nth)));
        }
    }
}
