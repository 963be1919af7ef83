//! What the switch asks of the outside, made to fail: the n-th of a kind, as the real thing fails.

use std::collections::BTreeMap;
use std::time::Duration;

use call::{Effect, LoadFailure, OpenFailure, ShardId};
use media::{Event, Far, LegStatistics, RecorderEnd};
use switch::{Input, Output};

use crate::World;

/// How long it takes until a failure is known.
const FAILURE: Duration = Duration::from_millis(1);

/// What fails. (Names and connections are never had in this world: whoever wants one sees that fail anyway.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failing {
    /// Audio cannot be loaded.
    Load,
    /// A recording's file cannot be opened.
    OpenRecording,
    /// What was recorded cannot be put on disk.
    StoreRecording,
    /// A SIP message cannot be sent, and the switch is told so.
    SendSip,
    /// A SIP message gets lost.
    LoseSip,
    /// A shard has no room for one more leg.
    OpenLeg,
    /// A leg's stream never gets its settings.
    ConfigureLeg,
    /// A shard has no room for one more room.
    OpenRoom,
    /// A leg does not get into a room.
    JoinRoom,
    /// A shard has no room for a leg that moves to it.
    AdoptLeg,
    /// A place has as many players as may be.
    Play,
    /// A place has as many recorders as may be.
    Record,
    /// A leg has as many digits to send as may be.
    SendDigits,
}

impl Failing {
    /// All of them.
    pub const ALL: [Failing; 13] = [
        Failing::Load,
        Failing::OpenRecording,
        Failing::StoreRecording,
        Failing::SendSip,
        Failing::LoseSip,
        Failing::OpenLeg,
        Failing::ConfigureLeg,
        Failing::OpenRoom,
        Failing::JoinRoom,
        Failing::AdoptLeg,
        Failing::Play,
        Failing::Record,
        Failing::SendDigits,
    ];
}

/// What is to fail, and what there was that could have.
#[derive(Default)]
pub(crate) struct Failures {
    wanted: Option<(Failing, u32)>,
    seen: BTreeMap<Failing, u32>,
}

impl Failures {
    /// One more of a kind: whether it is the one that fails.
    pub(crate) fn is_next(&mut self, kind: Failing) -> bool {
        let seen = self.seen.entry(kind).or_default();
        *seen += 1;
        self.wanted == Some((kind, *seen))
    }
}

impl World {
    /// The n-th of a kind, counted from 1, will fail.
    pub fn let_fail(&mut self, kind: Failing, nth: u32) {
        self.failures.wanted = Some((kind, nth));
    }

    /// How many there were of a kind so far.
    pub fn seen(&self, kind: Failing) -> u32 {
        self.failures.seen.get(&kind).copied().unwrap_or_default()
    }

    /// An output on its way out; `None` where it failed.
    pub(crate) fn may_fail(&mut self, output: Output) -> Option<Output> {
        match output {
            Output::Sip(signalling::Output::Send { flow, message }) => {
                if self.failures.is_next(Failing::SendSip) {
                    self.tell_switch(FAILURE, Input::Sip(signalling::Input::FlowFailed { flow }));
                    return None;
                }
                if self.failures.is_next(Failing::LoseSip) {
                    return None;
                }
                Some(Output::Sip(signalling::Output::Send { flow, message }))
            }
            Output::Media { shard, command } => {
                self.command_may_fail(shard, command).map(|command| Output::Media { shard, command })
            }
            Output::Effect(effect) => self.effect_may_fail(effect).map(Output::Effect),
            Output::Sip(
                signalling::Output::Resolve { .. }
                | signalling::Output::Connect { .. }
                | signalling::Output::KeepAlive { .. }
                | signalling::Output::Close { .. },
            )
            | Output::Reply { .. }
            | Output::Delivery(_)
            | Output::View { .. }
            | Output::Log { .. } => Some(output),
        }
    }

    fn effect_may_fail(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Load { load, .. } if self.failures.is_next(Failing::Load) => {
                self.tell_switch(FAILURE, Input::Loaded { load, result: Err(LoadFailure::Missing) });
                None
            }
            Effect::OpenRecording { recording, .. } if self.failures.is_next(Failing::OpenRecording) => {
                let result = Err(OpenFailure::Disk("no space left".to_owned()));
                self.tell_switch(FAILURE, Input::RecordingOpened { recording, result });
                None
            }
            Effect::Load { .. } | Effect::OpenRecording { .. } | Effect::DiscardRecording { .. } => {
                Some(effect)
            }
        }
    }

    /// A shard refuses as one at its limits does.
    fn command_may_fail(&mut self, shard: ShardId, command: media::Command) -> Option<media::Command> {
        use media::Command;
        let (kind, event) = match &command {
            Command::Open { leg, far } => {
                let port = match far {
                    Far::Rtp(port) => Some(*port),
                    Far::Pair(_) | Far::Null => None,
                };
                let closed = Event::Closed { leg: *leg, port, statistics: LegStatistics::default() };
                (Failing::OpenLeg, Some(closed))
            }
            Command::Adopt { leg } => {
                let closed =
                    Event::Closed { leg: leg.leg, port: leg.port, statistics: LegStatistics::default() };
                (Failing::AdoptLeg, Some(closed))
            }
            Command::Configure { .. } => (Failing::ConfigureLeg, None),
            Command::OpenRoom { .. } => (Failing::OpenRoom, None),
            Command::Join { .. } => (Failing::JoinRoom, None),
            Command::Play { player, .. } => (Failing::Play, Some(Event::PlayerFinished { player: *player })),
            Command::Record { recorder, .. } => {
                let ended = Event::RecorderFinished {
                    recorder: *recorder,
                    end: RecorderEnd::Gone,
                    duration_ms: 0,
                    talking_ms: 0,
                    dropped: 0,
                };
                (Failing::Record, Some(ended))
            }
            Command::SendDigits { leg, .. } => (Failing::SendDigits, Some(Event::DigitsSent { leg: *leg })),
            Command::OpenLink { .. }
            | Command::OpenTap { .. }
            | Command::Close { .. }
            | Command::Evict { .. }
            | Command::Mute { .. }
            | Command::Echo { .. }
            | Command::AbsorbDigits { .. }
            | Command::DetectDigits { .. }
            | Command::DetectTalking { .. }
            | Command::CloseRoom { .. }
            | Command::Leave { .. }
            | Command::PausePlayer { .. }
            | Command::ResumePlayer { .. }
            | Command::SeekPlayer { .. }
            | Command::StopPlayer { .. }
            | Command::PauseRecorder { .. }
            | Command::ResumeRecorder { .. }
            | Command::MuteRecorder { .. }
            | Command::StopRecorder { .. } => return Some(command),
        };
        if !self.failures.is_next(kind) {
            return Some(command);
        }
        if let Some(event) = event {
            self.tell_switch(FAILURE, Input::Media { shard, event });
        }
        None
    }
}
