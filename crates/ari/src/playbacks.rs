//! `/playbacks`, and what `play` on channels and bridges has in common.

use call::playback::PlaybackControl;
use stasis::{Answer, Command, Play};

use crate::service::{Answered, segment};
use crate::{Ari, Call, Operation, Response};

/// How far `reverse` and `forward` go where nothing is said.
const SKIP_MS: u32 = 3000;

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let id = call.value("playbackId").to_owned();
    match call.operation {
        Operation::PlaybacksGet => ari.shown(call, Command::Playback(id)).await,
        Operation::PlaybacksStop => ari.done(call, Command::StopPlayback(id)).await,
        _ => {
            let operation = call.params.text("operation").unwrap_or_default();
            let control = match operation {
                "" => return Err(Response::error(400, "Missing operation")),
                "restart" => PlaybackControl::Restart,
                "pause" => PlaybackControl::Pause,
                "unpause" => PlaybackControl::Unpause,
                "reverse" => PlaybackControl::Reverse,
                "forward" => PlaybackControl::Forward,
                other => return Err(Response::error(400, &format!("Invalid operation {other}"))),
            };
            ari.done(call, Command::ControlPlayback { playback: id, control }).await
        }
    }
}

/// Why a `play` cannot be begun, whoever it is for.
pub(crate) enum Unplayable {
    Skip,
    Offset,
    NoMedia,
    Other(Response),
}

/// Reads the parameters of `play`.
pub(crate) fn play(call: &Call) -> Result<Play, Unplayable> {
    let skip_ms = u32::try_from(call.params.int("skipms").unwrap_or(0)).map_err(|_| Unplayable::Skip)?;
    let offset_ms =
        u32::try_from(call.params.int("offsetms").unwrap_or(0)).map_err(|_| Unplayable::Offset)?;
    let media = call.params.list("media").map_err(Unplayable::Other)?;
    if media.is_empty() {
        return Err(Unplayable::NoMedia);
    }
    let id = match call.value("playbackId") {
        "" => call.params.text("playbackId").unwrap_or_default(),
        id => id,
    };
    Ok(Play {
        id: if id.is_empty() { fresh_id() } else { id.to_owned() }.into(),
        media,
        language: call.params.text("lang").unwrap_or_default().to_owned(),
        offset_ms,
        skip_ms: if skip_ms == 0 { SKIP_MS } else { skip_ms },
    })
}

/// 201 with the playback and where it is.
pub(crate) async fn begin(ari: &Ari, call: &Call, command: Command) -> Answered {
    let answer = ari.ask(call, command).await?;
    let location = match &answer {
        Answer::Playback(playback) => format!("/ari/playbacks/{}", segment(&playback.id)),
        _ => String::new(),
    };
    Ok(ari.show(201, answer).with("Location", location))
}

/// A random UUID (RFC 9562 §5.4).
fn fresh_id() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        id.push_str(&format!("{byte:02x}"));
    }
    id
}

#[cfg(test)]
mod tests {
    #[test]
    fn fresh_ids_are_random_uuids() {
        let (one, other) = (super::fresh_id(), super::fresh_id());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.matches('-').count(), one.as_bytes()[14]), (36, 4, b'4'));
    }
}
