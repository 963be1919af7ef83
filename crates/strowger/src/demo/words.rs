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

/// A text in lines of at most so many columns; only a single word may be wider.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line from the start");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// An event's name and what is worth knowing of it; channels by their whole names, or by their endpoints alone.
pub fn event(event: &Event, whole_names: bool) -> (String, String) {
    let name = event.type_name().to_owned();
    let channel = event.channel().map(|channel| channel.name.as_str()).unwrap_or_default();
    let channel = if whole_names { channel } else { endpoint(channel) }.to_owned();
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
        Event::PlaybackContinuing(continuing) => match &continuing.playback.next_media_uri {
            Some(next) => format!("with {next}"),
            None => playback(&continuing.playback),
        },
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

/// `2001` of `PJSIP/2001-00000000`.
fn endpoint(channel: &str) -> &str {
    let name = channel.split_once('/').map_or(channel, |(_, name)| name);
    name.rsplit_once('-').map_or(name, |(endpoint, _)| endpoint)
}

/// A path with `…` for an id that the server chose, where there is little room.
pub fn without_id(path: &str) -> String {
    let is_id = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.');
    match path.split('/').find(is_id) {
        Some(id) => path.replacen(id, "…", 1),
        None => path.to_owned(),
    }
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
                let (name, detail) = event(it, true);
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
    fn names_and_paths_are_short_where_there_is_little_room() {
        assert_eq!(endpoint("PJSIP/2001-00000000"), "2001");
        assert_eq!(endpoint(""), "");
        assert_eq!(without_id("/channels/1795438907.0/play sound:x"), "/channels/…/play sound:x");
        assert_eq!(without_id("/channels/grace"), "/channels/grace");
    }

    #[test]
    fn a_text_is_wrapped_between_words() {
        assert_eq!(wrap("a call comes in", 7), ["a call", "comes", "in"]);
        assert_eq!(wrap("/a/long/path", 5), ["/a/long/path"]);
    }

    #[test]
    fn levels_have_a_minus_sign_and_durations_a_unit() {
        assert_eq!(db(-12.3), "−12 dB");
        assert_eq!(ms(Duration::from_micros(1_250)), "1.2 ms");
        assert_eq!(s(Duration::from_millis(12_340)), "12.3 s");
    }
}
