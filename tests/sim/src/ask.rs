//! What scenarios ask most, in a word each.

use call::bridge::Join;
use call::{BridgeKind, Cause, IfExists, RecordOptions, TerminateOn};
use media::RecordLimits;
use stasis::{
    Answer, BridgeCommand, ChannelCommand, Command, Destination, MuteDirection, NewCall, Play, Record, Reply,
};

use crate::{App, World};

impl World {
    /// Asks something of a channel, and waits for the reply.
    pub fn control(&mut self, app: App, channel: &str, command: ChannelCommand) -> Reply {
        self.ask(app, Command::Control { channel: channel.to_owned(), command: Box::new(command) })
    }

    /// Asks something of a bridge, and waits for the reply.
    pub fn ask_bridge(&mut self, app: App, bridge: &str, command: BridgeCommand) -> Reply {
        self.ask(app, Command::Bridge { bridge: bridge.to_owned(), command: Box::new(command) })
    }

    /// Answers a channel.
    pub fn answer(&mut self, app: App, channel: &str) {
        done(self.control(app, channel, ChannelCommand::Answer));
    }

    /// Hangs a channel up.
    pub fn end(&mut self, app: App, channel: &str) {
        done(self.ask(app, Command::Hangup { channel: channel.to_owned(), cause: Cause::NORMAL }));
    }

    /// Plays to a channel under an id.
    pub fn play(&mut self, app: App, channel: &str, id: &str, media: &str) {
        done(self.control(app, channel, ChannelCommand::Play(playing(id, media))));
    }

    /// Records a channel under a name.
    pub fn record(&mut self, app: App, channel: &str, name: &str) -> Reply {
        self.control(app, channel, ChannelCommand::Record(recording(name)))
    }

    /// Ends a live recording and keeps it.
    pub fn stop_recording(&mut self, app: App, name: &str) {
        done(self.ask(app, Command::StopRecording { recording: name.to_owned(), discard: false }));
    }

    /// Makes a bridge of that id.
    pub fn bridge(&mut self, app: App, id: &str, kind: BridgeKind) {
        done(self.ask(app, new_bridge(id, kind)));
    }

    /// Brings channels into a bridge.
    pub fn add(&mut self, app: App, bridge: &str, channels: &[&str]) {
        done(self.ask_bridge(app, bridge, adding(channels)));
    }

    /// Takes a channel out of a bridge.
    pub fn remove(&mut self, app: App, bridge: &str, channel: &str) {
        let channels = vec![channel.to_owned()];
        done(self.ask_bridge(app, bridge, BridgeCommand::Remove { channels }));
    }

    /// Ends a bridge.
    pub fn destroy(&mut self, app: App, bridge: &str) {
        done(self.ask_bridge(app, bridge, BridgeCommand::Destroy));
    }

    /// Silences a channel or lets it be heard.
    pub fn mute(&mut self, app: App, channel: &str, way: MuteDirection, on: bool) {
        let command = if on { ChannelCommand::Mute(way) } else { ChannelCommand::Unmute(way) };
        done(self.control(app, channel, command));
    }
}

fn done(reply: Reply) {
    assert!(reply.is_ok(), "refused: {reply:?}");
}

/// One medium to be played under an id.
pub fn playing(id: &str, media: &str) -> Play {
    let media = vec![media.to_owned()];
    Play { id: id.into(), media, language: String::new(), offset_ms: 0, skip_ms: 3_000 }
}

/// A recording of that name without limits.
pub fn recording(name: &str) -> Record {
    let options = RecordOptions {
        name: name.into(),
        format: "wav".to_owned(),
        limits: RecordLimits::default(),
        if_exists: IfExists::Fail,
        terminate_on: TerminateOn::None,
    };
    Record { options, beep: false }
}

/// A bridge of that id.
pub fn new_bridge(id: &str, kind: BridgeKind) -> Command {
    let id = Some(id.to_owned());
    Command::CreateBridge { id, name: String::new(), kind, variables: vec![] }
}

/// Channels to be brought into a bridge as most are.
pub fn adding(channels: &[&str]) -> BridgeCommand {
    let channels = channels.iter().map(|&id| id.to_owned()).collect();
    BridgeCommand::Add { channels, join: Join::PARTICIPANT }
}

/// A call to a phone that goes to an application, under an id.
pub fn call_to(number: &str, application: &str, id: &str, timeout_ms: Option<u32>) -> Box<NewCall> {
    Box::new(NewCall {
        endpoint: format!("PJSIP/{number}"),
        destination: Destination::Application { application: application.to_owned(), args: vec![] },
        caller_id: None,
        timeout_ms,
        channel_id: Some(id.to_owned()),
        originator: None,
        formats: vec![],
        variables: vec![],
        reported: vec![],
    })
}

/// The channel of a reply.
pub fn channel_of(reply: &Reply) -> Option<String> {
    match reply {
        Ok(Answer::Channel(channel)) => Some(channel.id.to_string()),
        _ => None,
    }
}
