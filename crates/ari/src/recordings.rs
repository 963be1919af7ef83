//! `/recordings`, live and stored, and what `record` on channels and bridges has in common.

use call::recording::RecordingControl;
use call::{IfExists, RecordOptions, TerminateOn};
use media::RecordLimits;
use stasis::{Answer, Command, Record};

use crate::service::{Answered, segment};
use crate::{Ari, Call, Operation, Response, StoredFailure};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let name = call.value("recordingName");
    let recording = name.to_owned();
    let control = |control| Command::ControlRecording { recording: name.to_owned(), control };
    match call.operation {
        Operation::RecordingsListStored => {
            Ok(Response::ok(&ari.stored.list().await.map_err(|failure| refused(&failure))?))
        }
        Operation::RecordingsGetStored => {
            Ok(Response::ok(&ari.stored.find(name).await.map_err(|failure| refused(&failure))?))
        }
        Operation::RecordingsDeleteStored => {
            ari.stored.remove(name).await.map_err(|failure| refused(&failure))?;
            Ok(Response::no_content())
        }
        Operation::RecordingsGetStoredFile => {
            let (recording, path) = ari.stored.file(name).await.map_err(|failure| refused(&failure))?;
            Ok(Response::file(format!("audio/{}", recording.format), path))
        }
        Operation::RecordingsCopyStored => copy(ari, call).await,
        Operation::RecordingsGetLive => ari.shown(call, Command::LiveRecording(recording)).await,
        Operation::RecordingsCancel => {
            ari.done(call, Command::StopRecording { recording, discard: true }).await
        }
        Operation::RecordingsStop => {
            ari.done(call, Command::StopRecording { recording, discard: false }).await
        }
        Operation::RecordingsPause => ari.done(call, control(RecordingControl::Pause)).await,
        Operation::RecordingsUnpause => ari.done(call, control(RecordingControl::Unpause)).await,
        Operation::RecordingsMute => ari.done(call, control(RecordingControl::Mute)).await,
        _ => ari.done(call, control(RecordingControl::Unmute)).await,
    }
}

async fn copy(ari: &Ari, call: &Call) -> Answered {
    let name = call.value("recordingName");
    let to = call.params.text("destinationRecordingName").unwrap_or_default();
    if to.is_empty() {
        ari.stored.find(name).await.map_err(|failure| refused(&failure))?;
        return Err(Response::error(400, "Invalid destination recording name").because("Bad request"));
    }
    Ok(Response::ok(&ari.stored.copy(name, to).await.map_err(|failure| refused(&failure))?))
}

fn refused(failure: &StoredFailure) -> Response {
    match failure {
        StoredFailure::Missing => Response::error(404, "Recording not found"),
        StoredFailure::Exists => {
            Response::error(409, "A recording with the same name already exists on the system")
        }
        StoredFailure::Outside => Response::error(403, "Access forbidden to specified recording"),
        StoredFailure::Disk(why) => Response::error(500, why),
    }
}

/// A limit in seconds that may not be negative.
pub(crate) fn limits(call: &Call) -> Result<RecordLimits, Response> {
    let milliseconds = |name: &str, shown: &str| {
        let seconds = call.params.int(name).unwrap_or(0);
        let seconds = u32::try_from(seconds)
            .map_err(|_| Response::error(400, &format!("{shown} cannot be negative")))?;
        Ok(seconds.saturating_mul(1000))
    };
    Ok(RecordLimits {
        max_duration_ms: milliseconds("maxDurationSeconds", "max_duration_seconds")?,
        max_silence_ms: milliseconds("maxSilenceSeconds", "max_silence_seconds")?,
    })
}

/// Reads the parameters of `record`. What is wrong with them counts only where the channel or bridge is there.
pub(crate) fn record(ari: &Ari, call: &Call, limits: RecordLimits) -> Result<Record, Response> {
    let text = |name: &str| call.params.text(name).unwrap_or_default();
    let terminate_on = match text("terminateOn") {
        "" | "none" => TerminateOn::None,
        "any" => TerminateOn::Any,
        "#" => TerminateOn::Digit('#'),
        "*" => TerminateOn::Digit('*'),
        _ => return Err(Response::error(400, "terminateOn invalid")),
    };
    let if_exists = match text("ifExists") {
        "" | "fail" => IfExists::Fail,
        "overwrite" => IfExists::Overwrite,
        "append" => IfExists::Append,
        _ => return Err(Response::error(400, "ifExists invalid")),
    };
    let format = text("format").to_owned();
    if !ari.stored.formats().contains(&format.as_str()) {
        return Err(Response::error(422, "specified format is unknown on this system"));
    }
    let name = text("name");
    if name.is_empty() {
        return Err(Response::error(500, "Error parsing request"));
    }
    let options = RecordOptions { name: name.into(), format, limits, if_exists, terminate_on };
    Ok(Record { options, beep: call.params.bool("beep") })
}

/// 201 with the recording and where it is.
pub(crate) async fn begin(ari: &Ari, call: &Call, command: Command) -> Answered {
    let answer = ari.ask(call, command).await?;
    let location = match &answer {
        Answer::Recording(live) => format!("/ari/recordings/live/{}", segment(&live.name)),
        _ => String::new(),
    };
    Ok(ari.show(201, answer).with("Location", location))
}
