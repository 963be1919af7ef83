//! Events, durations and levels in words.

use core::time::Duration;

use client::model::{Event, Playback};

use super::journal::{Entry, Happening};

/// A duration in milliseconds, `1.2 ms`.
pub fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

/// A duration in seconds, `1.2 s`.
pub fn s(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// A level, `−12 dB`.
pub fn db(level: f64) -> String {
    format!("{level:.0} dB").replace('-', "−")
}

/// Events that would drown the story.
pub const HIDDEN: &[&str] = &["ChannelVarset", "ChannelConnectedLine"];

/// Whether an event is part of the story.
pub fn is_shown(event: &Event) -> bool {
    !HIDDEN.contains(&event.type_name())
}

/// An event's name and what is worth knowing of it.
pub fn event(event: &Event) -> (String, String) {
    let name = event.type_name().to_owned();
    let channel = event.channel().map(|channel| channel.name.clone()).unwrap_or_default();
    let detail = match event {
        Event::ChannelDtmfReceived(digit) => format!("{} ({} ms) {channel}", digit.digit, digit.duration_ms),
        Event::ChannelStateChange(change) => format!("{channel} {:?}", change.channel.state),
        Event::ChannelEnteredBridge(entered) => format!("{channel} → {}", entered.bridge.id),
        Event::ChannelLeftBridge(left) => format!("{channel} ← {}", left.bridge.id),
        Event::ChannelDestroyed(destroyed) => format!("{channel} {}", destroyed.cause_txt),
        Event::Dial(dial) if dial.dialstatus.is_empty() => channel,
        Event::Dial(dial) => format!("{channel} {}", dial.dialstatus),
        Event::BridgeCreated(created) => created.bridge.id.clone(),
        Event::BridgeDestroyed(destroyed) => destroyed.bridge.id.clone(),
        Event::PlaybackStarted(started) => playback(&started.playback),
        Event::PlaybackContinuing(continuing) => playback(&continuing.playback),
        Event::PlaybackFinished(finished) => playback(&finished.playback),
        Event::RecordingStarted(started) => started.recording.name.clone(),
        Event::RecordingFinished(finished) => match finished.recording.duration {
            Some(seconds) => format!("{}, {seconds} s", finished.recording.name),
            None => finished.recording.name.clone(),
        },
        Event::RecordingFailed(failed) => {
            let cause = failed.recording.cause.as_deref().unwrap_or("no cause given");
            format!("{}: {cause}", failed.recording.name)
        }
        _ => channel,
    };
    (name, detail)
}

fn playback(playback: &Playback) -> String {
    playback.media_uri.clone()
}

/// What last happened, for somebody who waited for something else.
pub fn last(entries: &[Entry]) -> String {
    let shown = entries.iter().rev().find_map(|entry| {
        let what = match &entry.happening {
            Happening::Sip { message, party, .. } => {
                format!("{} at {}'s phone", message.labels().into_iter().next()?, party.name())
            }
            Happening::Event(it) => {
                let (name, detail) = event(it);
                format!("{name} {detail}")
            }
            Happening::Command { method, path, refusal, .. } => match refusal {
                Some(refusal) => format!("{method} {path}: {refusal}"),
                None => format!("{method} {path}"),
            },
            Happening::Lost(what) => what.clone(),
            Happening::Chapter(_)
            | Happening::Audio { .. }
            | Happening::Phone { .. }
            | Happening::Checked(..) => return None,
        };
        Some(format!("{what} ({} ms)", entry.at.as_millis()))
    });
    shown.unwrap_or_else(|| "nothing at all".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_a_minus_sign_and_durations_a_unit() {
        assert_eq!(db(-12.3), "−12 dB");
        assert_eq!(ms(Duration::from_micros(1_250)), "1.2 ms");
        assert_eq!(s(Duration::from_millis(12_340)), "12.3 s");
    }
}
