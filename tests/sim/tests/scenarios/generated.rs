//! Programs of applications, phones and misfortune made up by a seed. The reference model and all invariants are asked
//! at every step.
//!
//! `SIM_SEEDS=5000` runs more of them, `SIM_SEED=17` runs one again.

use std::collections::BTreeMap;
use std::time::Duration;

use call::playback::PlaybackControl;
use call::recording::RecordingControl;
use call::{BridgeKind, Cause};
use media::Digits;
use phone::{Command as PhoneCommand, Misbehaviour};
use sim::{App, Device, Line, Link, World};
use sip::Random;
use stasis::{Answer, BridgeCommand, ChannelCommand, Command, MuteDirection, SessionId};

/// Programs that are run where nothing else is said: about half a minute's worth.
const SEEDS: u64 = 3_000;
/// Actions of a program.
const ACTIONS: u32 = 120;
const THREADS: u64 = 2;

/// What has to happen at least once in all programs together.
const TRANSITIONS: &[&str] = &[
    "ApplicationMoveFailed",
    "ApplicationReplaced",
    "BridgeCreated",
    "BridgeDestroyed",
    "ChannelCreated",
    "ChannelDestroyed 16",
    "ChannelDestroyed 17",
    "ChannelDestroyed 19",
    "ChannelDtmfReceived",
    "ChannelEnteredBridge",
    "ChannelHangupRequest",
    "ChannelHold",
    "ChannelLeftBridge",
    "ChannelUnhold",
    "Dial ANSWER",
    "Dial BUSY",
    "Dial NOANSWER",
    "Dial RINGING",
    "PlaybackFinished",
    "PlaybackStarted",
    "RecordingFailed",
    "RecordingFinished",
    "RecordingStarted",
    "StasisEnd",
    "StasisStart",
    "received 486 INVITE",
    "received BYE",
    "received CANCEL",
    "refused BridgeIdInUse",
    "refused CannotCreate",
    "refused ChannelIdInUse",
    "refused Ended",
    "refused MemberNotInApplication",
    "refused NoMusic",
    "refused NoSuchBridge",
    "refused NoSuchChannel",
    "refused NoSuchPlayback",
    "refused NotDialable",
    "refused NotInApplication",
    "refused PlaybackState",
    "refused RecordingDisk",
    "refused RecordingExists",
    "refused WrongState",
    "sent 200 INVITE",
    "sent 481 BYE",
    "sent 487 INVITE",
    "sent BYE",
    "sent CANCEL",
    "to Ringing",
    "to Up",
];

struct Program {
    w: World,
    random: Random,
    phones: Vec<Device>,
    lines: Vec<Line>,
    apps: Vec<App>,
    /// Ids that were ever given, dead ones among them.
    channels: Vec<String>,
    made: u32,
}

const BRIDGES: [&str; 3] = ["b1", "b2", "b3"];
const PLAYBACKS: [&str; 4] = ["p1", "p2", "p3", "p4"];
const RECORDINGS: [&str; 3] = ["r1", "r2", "r3"];

impl Program {
    fn new(seed: u64) -> Program {
        let mut w = World::new(seed);
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9));
        let phones = (0..4)
            .map(|n| {
                let dice = random.next_u64();
                w.phone_with(&(2001 + n).to_string(), |settings| {
                    settings.behaviour.answer_after = match dice % 4 {
                        0 => None,
                        1 => Some(Duration::ZERO),
                        _ => Some(Duration::from_millis(dice >> 8 & 0xfff)),
                    };
                    settings.behaviour.reject = (dice >> 20).is_multiple_of(8).then_some(486);
                    settings.misbehaviour = misbehaviour(dice >> 32);
                })
            })
            .collect();
        let apps = vec![w.application("my-app"), w.application("other"), w.application("dialled")];
        let faulty = random.next_u64() % 3;
        if faulty > 0 {
            w.network.sip = Link { duplicated: 30, reordered: 30, ..Link::losing(30) };
        }
        if faulty > 1 {
            w.network.rtp = Link { duplicated: 30, reordered: 30, ..Link::losing(30) };
        }
        Program { w, random, phones, lines: vec![], apps, channels: vec![], made: 0 }
    }

    fn dice(&mut self, sides: u64) -> u64 {
        self.random.next_u64() % sides
    }

    fn one_of<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let sides = of.len().max(1) as u64;
        let at = self.dice(sides) as usize;
        of.get(at).cloned()
    }

    fn run(mut self) -> BTreeMap<String, u64> {
        for _ in 0..ACTIONS {
            match self.dice(10) {
                0..3 => self.phone_acts(),
                3..9 => self.application_acts(),
                _ => self.world_acts(),
            }
            // Often at once, now and then after a while.
            let wait = match self.dice(4) {
                0 => 0,
                1 => self.dice(30),
                2 => self.dice(600),
                _ => self.dice(2_000),
            };
            self.w.run(Duration::from_millis(wait));
        }
        self.end();
        self.w.invariants.transitions().clone()
    }

    fn phone_acts(&mut self) {
        for phone in self.phones.clone() {
            for call in self.w.incoming(phone) {
                let line = Line { device: phone, call };
                if !self.lines.contains(&line) {
                    self.lines.push(line);
                }
            }
        }
        let w = &self.w;
        let open: Vec<Line> = self.lines.iter().copied().filter(|line| !w.is_over(*line)).collect();
        let action = self.dice(12);
        if action < 4 || open.is_empty() {
            let numbers = ["1000", "1000", "1001", "1002", "6000", "6001", "6002", "6003", "7001", "5555"];
            let (Some(phone), Some(number)) = (self.one_of(&self.phones.clone()), self.one_of(&numbers))
            else {
                return;
            };
            let line = self.w.dial(phone, number);
            self.lines.push(line);
            return;
        }
        let Some(line) = self.one_of(&open) else { return };
        let command = match action {
            4 | 5 => PhoneCommand::HangUp,
            6 => PhoneCommand::Answer { after: Duration::ZERO },
            7 => PhoneCommand::Hold,
            8 => PhoneCommand::Unhold,
            9 => PhoneCommand::SendDigits { digits: "12#".to_owned(), duration_ms: 80 },
            10 => PhoneCommand::PlayTone { hz: 1_000 },
            _ => PhoneCommand::Refresh,
        };
        self.w.command(line, command);
    }

    /// A channel that there is, or one that there was, or never.
    fn channel(&mut self) -> String {
        for id in self.w.invariants.channels() {
            if !self.channels.iter().any(|known| known == id) {
                self.channels.push(id.to_owned());
            }
        }
        let alive: Vec<String> = self.w.invariants.channels().map(str::to_owned).collect();
        let all = self.channels.clone();
        let from = if self.dice(12) == 0 { &all } else { &alive };
        self.one_of(from).unwrap_or_else(|| "nobody".to_owned())
    }

    fn application_acts(&mut self) {
        let Some(app) = self.one_of(&self.apps.clone()) else { return };
        let command = match self.dice(10) {
            0..6 => {
                let command = self.channel_command();
                Command::Control { channel: self.channel(), command: Box::new(command) }
            }
            6 | 7 => {
                let bridge = self.one_of(&BRIDGES).unwrap_or_default().to_owned();
                let command = self.bridge_command();
                Command::Bridge { bridge, command: Box::new(command) }
            }
            _ => self.other_command(),
        };
        self.w.send(app, command);
    }

    fn channel_command(&mut self) -> ChannelCommand {
        let application = self.one_of(&["other", "my-app", "nowhere"]).unwrap_or_default().to_owned();
        let context =
            self.one_of(&[Some("elsewhere".to_owned()), Some("nowhere".to_owned()), None]).flatten();
        match self.dice(24) {
            0..5 => ChannelCommand::Answer,
            5 => ChannelCommand::Ring,
            6 => ChannelCommand::Progress,
            7 | 8 => ChannelCommand::Play(self.playing()),
            9 => ChannelCommand::Record(sim::recording(self.one_of(&RECORDINGS).unwrap_or_default())),
            10 => ChannelCommand::StartMusic(String::new()),
            11 => ChannelCommand::StopMusic,
            12 => ChannelCommand::Mute(MuteDirection::Both),
            13 => ChannelCommand::Unmute(MuteDirection::Both),
            14 => ChannelCommand::Continue { context, extension: None, priority: None, label: None },
            15 => ChannelCommand::Move { application, args: vec![] },
            16 | 17 => {
                ChannelCommand::Dial { caller: None, timeout_ms: Some(1_000 + self.dice(3_000) as u32) }
            }
            18 => ChannelCommand::SetVariable {
                name: "X".to_owned(),
                value: Some("1".to_owned()),
                reported: true,
            },
            19 => ChannelCommand::SendDigits(Digits {
                digits: "5#".to_owned(),
                before_ms: 0,
                between_ms: 50,
                duration_ms: 80,
                after_ms: 0,
            }),
            20 => ChannelCommand::Hold,
            21 => ChannelCommand::Unhold,
            22 => ChannelCommand::StopRinging,
            _ => ChannelCommand::Redirect { endpoint: "PJSIP/2002".to_owned() },
        }
    }

    fn playing(&mut self) -> stasis::Play {
        let media = self.one_of(&["sound:hello", "sound:long", "sound:missing", "tone:ring", "recording:r1"]);
        let id = self.one_of(&PLAYBACKS).unwrap_or_default();
        sim::playing(&format!("{id}-{}", self.dice(2)), media.unwrap_or_default())
    }

    fn bridge_command(&mut self) -> BridgeCommand {
        match self.dice(10) {
            0..4 => sim::adding(&[&self.channel()]),
            4 => {
                let (one, other) = (self.channel(), self.channel());
                sim::adding(&[&one, &other])
            }
            5 => BridgeCommand::Remove { channels: vec![self.channel()] },
            6 => BridgeCommand::StartMusic(String::new()),
            7 => BridgeCommand::StopMusic,
            8 => BridgeCommand::Play(self.playing()),
            _ => BridgeCommand::Record(sim::recording(self.one_of(&RECORDINGS).unwrap_or_default())),
        }
    }

    fn other_command(&mut self) -> Command {
        let bridge = self.one_of(&BRIDGES).unwrap_or_default();
        let playback = format!("{}-{}", self.one_of(&PLAYBACKS).unwrap_or_default(), self.dice(2));
        let recording = self.one_of(&RECORDINGS).unwrap_or_default().to_owned();
        let number = self.one_of(&["2001", "2002", "2003", "2050", "2099"]).unwrap_or_default();
        // Sometimes an id that is in use.
        self.made += u32::from(self.dice(5) > 0);
        let id = format!("made-{}", self.made);
        let timeout = Some(1_000 + self.dice(4_000) as u32);
        match self.dice(14) {
            0..2 => Command::Hangup { channel: self.channel(), cause: Cause::NORMAL },
            2..4 => sim::new_bridge(bridge, BridgeKind::Mixing),
            4 => sim::new_bridge(bridge, BridgeKind::Holding),
            5 => Command::Bridge { bridge: bridge.to_owned(), command: Box::new(BridgeCommand::Destroy) },
            6 => Command::StopPlayback(playback),
            7 => {
                let all = [PlaybackControl::Pause, PlaybackControl::Unpause, PlaybackControl::Forward];
                let control = self.one_of(&all).unwrap_or(PlaybackControl::Pause);
                Command::ControlPlayback { playback, control }
            }
            8 => Command::StopRecording { recording, discard: self.dice(2) == 0 },
            9 => {
                let all = [RecordingControl::Pause, RecordingControl::Unpause, RecordingControl::Mute];
                let control = self.one_of(&all).unwrap_or(RecordingControl::Pause);
                Command::ControlRecording { recording, control }
            }
            10 => Command::Originate(sim::call_to(number, "my-app", &id, timeout)),
            11 => Command::Create(sim::call_to(number, "my-app", &id, None)),
            12 => Command::Channels,
            _ => Command::Bridges,
        }
    }

    fn world_acts(&mut self) {
        match self.dice(8) {
            0 => self.w.disk.full = self.random.next_u64().is_multiple_of(2),
            1 => {
                let slow = self.random.next_u64().is_multiple_of(2);
                self.w.disk.slow = slow.then_some(Duration::from_secs(12));
            }
            // An application goes and comes back, or comes twice.
            2 => {
                let at = self.dice(self.apps.len() as u64) as usize;
                let name = ["my-app", "other", "dialled"][at];
                if self.dice(2) == 0 {
                    self.w.disconnect(self.apps[at]);
                    let away = self.dice(3_000);
                    self.w.run(Duration::from_millis(away));
                }
                self.apps[at] = self.w.application(name);
            }
            3 => {
                let app = self.apps[0];
                let session = SessionId(u64::MAX);
                self.w.send(app, Command::Connect { session, applications: vec![], subscribe_all: false });
            }
            _ => {
                for command in [Command::Channels, Command::Bridges, Command::Applications] {
                    self.w.send(self.apps[0], command);
                }
            }
        }
    }

    /// Everything is ended, on a network that works.
    fn end(&mut self) {
        self.w.network.sip = Link::GOOD;
        self.w.disk.full = false;
        self.w.disk.slow = None;
        for phone in self.phones.clone() {
            self.w.phone_of(phone).misbehave(Misbehaviour::default());
        }
        // What is under way comes to rest, so that nothing new begins after the last hang-up.
        self.w.run(Duration::from_secs(15));
        let app = self.apps[0];
        if let Ok(Answer::Channels(all)) = self.w.ask(app, Command::Channels) {
            for channel in all {
                self.w.send(app, Command::Hangup { channel: channel.id.to_string(), cause: Cause::NORMAL });
            }
        }
        self.w.run(Duration::from_secs(1));
        if let Ok(Answer::Bridges(all)) = self.w.ask(app, Command::Bridges) {
            for bridge in all {
                let bridge = bridge.id.to_string();
                self.w.send(app, Command::Bridge { bridge, command: Box::new(BridgeCommand::Destroy) });
            }
        }
        self.w.check();
        let orphans: Vec<_> = self.w.invariants.channels().collect();
        assert!(orphans.is_empty(), "{orphans:?}");
    }
}

fn misbehaviour(dice: u64) -> Misbehaviour {
    let none = Misbehaviour::default();
    match dice % 12 {
        0 => Misbehaviour { withhold_acks: 3, ..none },
        1 => Misbehaviour { answer_after_cancel: true, ..none },
        2 => Misbehaviour { send_twice: true, ..none },
        3 => Misbehaviour { ignore_bye: true, ..none },
        4 => Misbehaviour { ignore_cancel: true, ..none },
        5 => Misbehaviour { answer_without_sdp: true, ..none },
        6 => Misbehaviour { hold_at_once: true, ..none },
        _ => none,
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn made_up_programs_break_nothing() {
    if let Some(seed) = number("SIM_SEED") {
        Program::new(seed).run();
        return;
    }
    let seeds = number("SIM_SEEDS").unwrap_or(SEEDS);
    let mut total: BTreeMap<String, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let part = |thread: u64| {
            scope.spawn(move || {
                let mut total: BTreeMap<String, u64> = BTreeMap::new();
                for seed in (thread..seeds).step_by(THREADS as usize) {
                    for (transition, times) in Program::new(seed).run() {
                        *total.entry(transition).or_default() += times;
                    }
                }
                total
            })
        };
        let parts: Vec<_> = (0..THREADS).map(part).collect();
        for part in parts {
            for (transition, times) in part.join().expect("a program broke something, see above") {
                *total.entry(transition).or_default() += times;
            }
        }
    });
    for (transition, times) in &total {
        println!("{times:9} {transition}");
    }
    let never: Vec<_> = TRANSITIONS.iter().filter(|transition| !total.contains_key(**transition)).collect();
    assert!(never.is_empty(), "never occurred: {never:?}");
}

#[test]
fn a_made_up_program_is_the_same_every_time() {
    let run = || {
        let mut program = Program::new(5);
        for _ in 0..40 {
            program.application_acts();
            program.phone_acts();
            program.w.run(Duration::from_millis(300));
        }
        program.w.trace()
    };
    assert_eq!(run(), run());
}
