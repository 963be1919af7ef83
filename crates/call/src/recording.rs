//! Live recordings: what a channel says or a bridge mixes, on its way to a file.

use std::sync::Arc;

use media::{Command, RecordLimits, RecorderEnd, RecorderId};

use crate::BridgeKey;
use crate::channel::ChannelKey;
use crate::effect::{Effect, OpenFailure, Ring};
use crate::event::Event;
use crate::model::Calls;
use crate::playback::Place;
use crate::script::Notice;
use crate::snapshot::{RecordingSnapshot, Target};

slotmap::new_key_type! {
    /// A live recording in [`Calls`]; a dead key answers as "no longer there".
    pub struct RecordingKey;
}

/// Frames between a shard and the disk: 10 s. What does not fit is dropped and marked.
pub const RING_FRAMES: usize = 500;

/// How a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    /// Waits for its turn or its file.
    Queued,
    /// Records.
    Recording,
    /// Held.
    Paused,
    /// Its file is on disk.
    Done,
    /// It could not be made.
    Failed,
    /// Thrown away.
    Canceled,
}

impl RecordingState {
    /// ARI's word.
    pub fn word(self) -> &'static str {
        match self {
            RecordingState::Queued => "queued",
            RecordingState::Recording => "recording",
            RecordingState::Paused => "paused",
            RecordingState::Done => "done",
            RecordingState::Failed => "failed",
            RecordingState::Canceled => "canceled",
        }
    }
}

/// What to do where a recording of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfExists {
    /// Refuse.
    #[default]
    Fail,
    /// Replace it.
    Overwrite,
    /// Go on at its end.
    Append,
}

/// Which digit of the far end ends a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TerminateOn {
    /// None.
    #[default]
    None,
    /// Any.
    Any,
    /// This one.
    Digit(char),
}

/// What is to be recorded and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOptions {
    /// Name: a path below the recordings folder, without extension.
    pub name: Arc<str>,
    /// Format: the file's extension.
    pub format: String,
    /// When it ends by itself.
    pub limits: RecordLimits,
    /// Where the name is taken.
    pub if_exists: IfExists,
    /// Which digit ends it.
    pub terminate_on: TerminateOn,
}

/// What is asked of a live recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingControl {
    /// Leave out what is said.
    Pause,
    /// Go on.
    Unpause,
    /// Record silence.
    Mute,
    /// Record what is said.
    Unmute,
}

/// Why a control was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingRefused {
    /// It ended.
    Gone,
    /// It has not begun.
    NotBegun,
}

pub(crate) struct Recording {
    options: RecordOptions,
    place: Place,
    target: Target,
    state: RecordingState,
    recorder: Option<RecorderId>,
    opened: bool,
    canceled: bool,
    ring: Option<rtrb::Producer<media::Piece>>,
    duration_ms: u32,
    talking_ms: u32,
    cause: Option<String>,
}

impl Calls {
    /// Asks for the file of a new recording: [`Calls::recording_opened`] goes on. `None` where the place is gone or a
    /// live recording has that name.
    pub fn open_recording(&mut self, place: Place, options: RecordOptions) -> Option<RecordingKey> {
        if self.recording_by_name(&options.name).is_some() {
            return None;
        }
        let (target, _) = self.target(place)?;
        let (producer, consumer) = rtrb::RingBuffer::new(RING_FRAMES);
        let (name, format) = (options.name.clone(), options.format.clone());
        let if_exists = options.if_exists;
        let key = self.recordings.insert(Recording {
            options,
            place,
            target,
            state: RecordingState::Queued,
            recorder: None,
            opened: false,
            canceled: false,
            ring: Some(producer),
            duration_ms: 0,
            talking_ms: 0,
            cause: None,
        });
        let ring = Ring(consumer);
        self.effects.push_back(Effect::OpenRecording { recording: key, name, format, if_exists, ring });
        Some(key)
    }

    /// The disk opened the recording's file, or could not. `true` where it waits for [`Calls::start_recording`].
    pub fn recording_opened(&mut self, key: RecordingKey, result: Result<(), OpenFailure>) -> bool {
        match (self.recordings.get_mut(key), result) {
            (None, _) => false,
            (Some(recording), Ok(())) => {
                recording.opened = true;
                true
            }
            (Some(_), Err(_)) => {
                self.recordings.remove(key);
                false
            }
        }
    }

    /// Begins to record. An unanswered channel is answered; a channel in a bridge cannot be recorded by itself.
    pub fn start_recording(&mut self, key: RecordingKey) {
        let Some(recording) = self.recordings.get(key) else { return };
        let place = recording.place;
        if let Place::Channel(channel) = place {
            if self.bridge_of(channel).is_some() {
                self.fail_recording(key, "Cannot record channel while in bridge");
                return;
            }
            self.answer(channel);
        }
        let Some(at) = self.at(place) else {
            self.fail_recording(key, "Channel has no media");
            return;
        };
        let recording = &mut self.recordings[key];
        let limits = recording.options.limits;
        let Some(ring) = recording.ring.take() else { return };
        recording.state = RecordingState::Recording;
        let recorder = self.rack.record(at, key, ring, limits);
        self.recordings[key].recorder = Some(recorder);
        self.tell_recording(key, |recording| Event::RecordingStarted { recording });
    }

    /// A live recording by name.
    pub fn recording_by_name(&self, name: &str) -> Option<RecordingKey> {
        self.recordings.iter().find(|(_, recording)| &*recording.options.name == name).map(|(key, _)| key)
    }

    /// The names of the channel's live recordings.
    pub fn recordings_of(&self, channel: ChannelKey) -> Vec<Arc<str>> {
        let own = self.recordings.values().filter(|recording| recording.place == Place::Channel(channel));
        own.map(|recording| recording.options.name.clone()).collect()
    }

    /// Whether the channel itself is being recorded.
    pub fn is_recorded(&self, channel: ChannelKey) -> bool {
        self.recordings.values().any(|recording| recording.place == Place::Channel(channel))
    }

    /// A copy of the recording as it is.
    pub fn recording_snapshot(&self, key: RecordingKey) -> Option<Arc<RecordingSnapshot>> {
        let recording = self.recordings.get(key)?;
        let done = recording.state == RecordingState::Done;
        let seconds = |ms: u32| ms / 1000;
        Some(Arc::new(RecordingSnapshot {
            name: recording.options.name.clone(),
            format: recording.options.format.clone(),
            state: recording.state,
            target: recording.target.clone(),
            duration_s: (done && recording.duration_ms > 0).then(|| seconds(recording.duration_ms)),
            talking_silence_s: (done && recording.options.limits.max_silence_ms > 0).then(|| {
                let silent = recording.duration_ms.saturating_sub(recording.talking_ms);
                (seconds(recording.talking_ms), seconds(silent))
            }),
            cause: recording.cause.clone(),
        }))
    }

    /// Ends a recording and keeps its file (`discard` false), or throws it away.
    pub fn stop_recording(&mut self, key: RecordingKey, discard: bool) {
        let Some(recording) = self.recordings.get_mut(key) else { return };
        recording.canceled |= discard;
        if let Some(recorder) = recording.recorder {
            self.rack.tell_recorder(recorder, Command::StopRecorder { recorder });
        }
    }

    /// Pauses or mutes a recording, or lets it go on.
    pub fn control_recording(
        &mut self,
        key: RecordingKey,
        control: RecordingControl,
    ) -> Result<(), RecordingRefused> {
        let recording = self.recordings.get_mut(key).ok_or(RecordingRefused::Gone)?;
        let recorder = recording.recorder.ok_or(RecordingRefused::NotBegun)?;
        let command = match control {
            RecordingControl::Pause => {
                recording.state = RecordingState::Paused;
                Command::PauseRecorder { recorder }
            }
            RecordingControl::Unpause => {
                recording.state = RecordingState::Recording;
                Command::ResumeRecorder { recorder }
            }
            RecordingControl::Mute => Command::MuteRecorder { recorder, on: true },
            RecordingControl::Unmute => Command::MuteRecorder { recorder, on: false },
        };
        self.rack.tell_recorder(recorder, command);
        Ok(())
    }

    /// A shard's recorder ended: the file is complete once the disk says so ([`Calls::recording_stored`]).
    pub(crate) fn recorder_finished(
        &mut self,
        recorder: RecorderId,
        _end: RecorderEnd,
        duration_ms: u32,
        talking_ms: u32,
    ) {
        let Some(key) = self.rack.recorder_finished(recorder) else { return };
        let Some(recording) = self.recordings.get_mut(key) else { return };
        recording.recorder = None;
        recording.duration_ms = duration_ms;
        recording.talking_ms = talking_ms;
    }

    /// The disk has all of the recording, or failed with a text.
    pub fn recording_stored(&mut self, key: RecordingKey, result: Result<(), String>) {
        let Some(recording) = self.recordings.get_mut(key) else { return };
        match result {
            Ok(()) => {
                recording.state = RecordingState::Done;
                // A recording of nothing is not kept.
                if recording.canceled || recording.duration_ms == 0 {
                    self.effects.push_back(Effect::DiscardRecording { recording: key });
                }
                self.tell_recording(key, |recording| Event::RecordingFinished { recording });
                self.end_recording(key);
            }
            Err(cause) => self.fail_recording(key, &cause),
        }
    }

    /// Throws away a recording that cannot begin any more.
    pub fn abandon_recording(&mut self, key: RecordingKey) {
        self.fail_recording(key, "Channel left the application");
    }

    fn fail_recording(&mut self, key: RecordingKey, cause: &str) {
        let Some(recording) = self.recordings.get_mut(key) else { return };
        recording.state = RecordingState::Failed;
        recording.cause = Some(cause.to_owned());
        if recording.opened {
            self.effects.push_back(Effect::DiscardRecording { recording: key });
        }
        self.tell_recording(key, |recording| Event::RecordingFailed { recording });
        self.end_recording(key);
    }

    fn end_recording(&mut self, key: RecordingKey) {
        if let Some(recording) = self.recordings.remove(key)
            && let Place::Channel(channel) = recording.place
        {
            self.notify(channel, Notice::RecordingFinished { recording: key });
        }
    }

    fn tell_recording(&mut self, key: RecordingKey, event: impl FnOnce(Arc<RecordingSnapshot>) -> Event) {
        if let Some(snapshot) = self.recording_snapshot(key) {
            self.events.push_back(event(snapshot));
        }
    }

    pub(crate) fn end_recordings_by_digit(&mut self, channel: ChannelKey, digit: char) {
        let ends = |recording: &Recording| match recording.options.terminate_on {
            TerminateOn::None => false,
            TerminateOn::Any => true,
            TerminateOn::Digit(wanted) => wanted == digit,
        };
        let keys = self.recordings_at(Place::Channel(channel), ends);
        for key in keys {
            self.stop_recording(key, false);
        }
    }

    pub(crate) fn stop_recording_at_channel(&mut self, channel: ChannelKey) {
        self.end_recordings_at(Place::Channel(channel));
    }

    pub(crate) fn stop_recording_at_bridge(&mut self, bridge: BridgeKey) {
        self.end_recordings_at(Place::Bridge(bridge));
    }

    fn end_recordings_at(&mut self, place: Place) {
        for key in self.recordings_at(place, |_| true) {
            let recording = &mut self.recordings[key];
            if recording.recorder.is_some() {
                self.stop_recording(key, false);
            } else if recording.ring.is_some() {
                self.fail_recording(key, "Channel hung up");
            }
        }
    }

    fn recordings_at(&self, place: Place, which: impl Fn(&Recording) -> bool) -> Vec<RecordingKey> {
        self.recordings
            .iter()
            .filter(|(_, recording)| recording.place == place && which(recording))
            .map(|(key, _)| key)
            .collect()
    }
}
