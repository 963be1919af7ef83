//! Playbacks.

use std::sync::Arc;

use call::playback::{ControlRefused, NewPlayback, Place, PlaybackControl};
use call::{Calls, PlaybackKey};

use crate::command::Play;
use crate::reply::{Answer, Refusal, Reply};

pub(super) fn one(calls: &Calls, id: &str) -> Reply {
    calls.playback_snapshot(find(calls, id)?).map(Answer::Playback).ok_or(Refusal::NoSuchPlayback)
}

pub(super) fn stop(calls: &mut Calls, id: &str) -> Reply {
    let key = find(calls, id)?;
    calls.stop_playback(key);
    Ok(Answer::Done)
}

pub(super) fn control(calls: &mut Calls, id: &str, control: PlaybackControl) -> Reply {
    let key = find(calls, id)?;
    calls.control_playback(key, control).map_err(|refused| match refused {
        ControlRefused::Gone => Refusal::NoSuchPlayback,
        ControlRefused::WrongState => Refusal::PlaybackState,
        ControlRefused::NotControllable => Refusal::NotControllable,
    })?;
    Ok(Answer::Done)
}

fn find(calls: &Calls, id: &str) -> Result<PlaybackKey, Refusal> {
    calls.playback_by_id(id).ok_or(Refusal::NoSuchPlayback)
}

/// What an application plays: told to it, begun when its turn comes.
pub(super) fn queue(calls: &mut Calls, place: Place, play: Play) -> Result<PlaybackKey, Refusal> {
    let Play { id, media, language, offset_ms, skip_ms } = play;
    let new = NewPlayback { id, media, language, offset_ms, skip_ms, told: true };
    calls.queue_playback(place, new).ok_or(Refusal::NoSuchChannel)
}

/// The beep before a recording; nobody is told of it.
pub(super) fn beep(calls: &mut Calls, place: Place) -> Option<PlaybackKey> {
    let media = vec!["tone:beep".to_owned()];
    let (id, language) = (Arc::from(""), String::new());
    let new = NewPlayback { id, media, language, offset_ms: 0, skip_ms: 0, told: false };
    calls.queue_playback(place, new)
}
