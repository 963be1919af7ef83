//! Live recordings, and the files they wait for.

use call::playback::Place;
use call::recording::{RecordingControl, RecordingRefused};
use call::{Calls, ChannelKey, Notice, OpenFailure, RecordingKey};

use super::playbacks;
use crate::application::Stasis;
use crate::command::{Record, Ticket};
use crate::control::Control;
use crate::reply::{Answer, Refusal, Reply};

/// What goes on once a recording's file is open.
#[derive(Clone, Copy)]
pub(crate) enum Opening {
    /// The channel records in its turn.
    Channel(ChannelKey),
    /// The bridge begins at once.
    Bridge,
}

/// A recording whose file is being opened.
pub(crate) struct Pending {
    ticket: Ticket,
    opening: Opening,
    place: Place,
    beep: bool,
}

impl Stasis {
    pub(super) fn open(
        &mut self,
        calls: &mut Calls,
        ticket: Ticket,
        place: Place,
        record: Record,
        opening: Opening,
    ) -> Result<(), Refusal> {
        let name = record.options.name.to_string();
        let recording = calls.open_recording(place, record.options).ok_or(Refusal::RecordingExists(name))?;
        self.opening.insert(recording, Pending { ticket, opening, place, beep: record.beep });
        Ok(())
    }

    /// The disk opened a recording's file, or could not: the command that asked for it is answered.
    pub fn recording_opened(
        &mut self,
        calls: &mut Calls,
        recording: RecordingKey,
        result: Result<(), OpenFailure>,
    ) {
        let Some(Pending { ticket, opening, place, beep }) = self.opening.remove(&recording) else {
            calls.recording_opened(recording, result);
            return;
        };
        let name = calls.recording_snapshot(recording).map(|snapshot| snapshot.name.to_string());
        let refusal = match &result {
            Ok(()) => None,
            Err(OpenFailure::Exists) => Some(Refusal::RecordingExists(name.unwrap_or_default())),
            Err(OpenFailure::Outside) => Some(Refusal::RecordingOutside),
            Err(OpenFailure::Disk(why)) => Some(Refusal::RecordingDisk(why.clone())),
        };
        let snapshot = calls.recording_snapshot(recording);
        if !calls.recording_opened(recording, result) {
            self.reply(ticket, Err(refusal.unwrap_or(Refusal::Ended)));
            return;
        }
        let reply = snapshot.map(Answer::Recording).ok_or(Refusal::Ended);
        self.reply(ticket, reply);
        let beep = beep.then(|| playbacks::beep(calls, place)).flatten();
        match opening {
            Opening::Bridge => {
                if let Some(beep) = beep {
                    calls.start_playback(beep);
                }
                calls.start_recording(recording);
            }
            Opening::Channel(key) => {
                if self.push(key, Control::Record { recording, beep }, None).is_ok() {
                    calls.notify(key, Notice::Poked);
                } else {
                    calls.abandon_recording(recording);
                }
            }
        }
    }
}

pub(super) fn one(calls: &Calls, name: &str) -> Reply {
    calls.recording_snapshot(find(calls, name)?).map(Answer::Recording).ok_or(Refusal::NoSuchRecording)
}

pub(super) fn stop(calls: &mut Calls, name: &str, discard: bool) -> Reply {
    let key = find(calls, name)?;
    calls.stop_recording(key, discard);
    Ok(Answer::Done)
}

pub(super) fn control(calls: &mut Calls, name: &str, control: RecordingControl) -> Reply {
    let key = find(calls, name)?;
    calls.control_recording(key, control).map_err(|refused| match refused {
        RecordingRefused::Gone => Refusal::NoSuchRecording,
        RecordingRefused::NotBegun => Refusal::RecordingState,
    })?;
    Ok(Answer::Done)
}

fn find(calls: &Calls, name: &str) -> Result<RecordingKey, Refusal> {
    calls.recording_by_name(name).ok_or(Refusal::NoSuchRecording)
}
