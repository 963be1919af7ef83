//! What is heard, played, pressed and recorded.

use std::time::Duration;

use call::playback::PlaybackControl;
use call::{BridgeKind, Event, PlaybackState, RecordingState};
use media::Digits;
use phone::{Command as PhoneCommand, Event as PhoneEvent};
use sim::{MUSIC_HZ, PROMPT_HZ};
use stasis::{BridgeCommand, ChannelCommand, Command, MuteDirection, Refusal};

use crate::{Answered, answered};

fn finished(w: &sim::World, app: sim::App) -> Vec<PlaybackState> {
    let state = |event: &Event| match event {
        Event::PlaybackFinished { playback } => Some(playback.state),
        _ => None,
    };
    w.events(app).filter_map(state).collect()
}

#[test]
fn a_playback_is_stopped() {
    let Answered { mut w, line, app, channel, .. } = answered(100);
    w.play(app, &channel, "p1", "sound:long");
    w.until("it is heard", |w| w.hears(line, PROMPT_HZ));
    w.ask(app, Command::StopPlayback("p1".to_owned())).expect("it plays");
    w.until_told(app, "PlaybackFinished");
    w.until("it is quiet", |w| w.hears_nothing(line));
    assert_eq!(finished(&w, app), [PlaybackState::Done]);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_playback_pauses_and_goes_on() {
    let Answered { mut w, line, app, channel, .. } = answered(101);
    let control = |control| Command::ControlPlayback { playback: "p1".to_owned(), control };
    w.play(app, &channel, "p1", "sound:long");
    w.until("it is heard", |w| w.hears(line, PROMPT_HZ));
    w.ask(app, control(PlaybackControl::Pause)).expect("it plays");
    w.until("it is quiet", |w| w.hears_nothing(line));
    assert_eq!(w.ask(app, control(PlaybackControl::Forward)), Err(Refusal::PlaybackState));
    w.run(Duration::from_secs(20));
    assert_eq!(w.count(app, "PlaybackFinished"), 0);
    w.ask(app, control(PlaybackControl::Unpause)).expect("it is paused");
    w.until("it is heard again", |w| w.hears(line, PROMPT_HZ));
    w.until_told(app, "PlaybackFinished");
    assert_eq!(w.count(app, "PlaybackStarted"), 2);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_hang_up_during_a_playback_ends_it_as_failed() {
    let Answered { mut w, line, app, channel, .. } = answered(102);
    w.play(app, &channel, "p1", "sound:long");
    w.until("it is heard", |w| w.hears(line, PROMPT_HZ));
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    assert_eq!(finished(&w, app), [PlaybackState::Failed]);
    let types = w.types(app);
    assert_eq!(types[types.len() - 3..], ["ChannelHangupRequest", "PlaybackFinished", "StasisEnd"]);
    w.check();
}

#[test]
fn an_unknown_sound_fails_and_the_next_is_played() {
    let Answered { mut w, line, app, channel, .. } = answered(103);
    w.play(app, &channel, "p1", "sound:missing");
    w.play(app, &channel, "p2", "sound:hello");
    w.until("it is heard", |w| w.hears(line, PROMPT_HZ));
    w.until("both are over", |w| w.count(app, "PlaybackFinished") == 2);
    assert_eq!(finished(&w, app), [PlaybackState::Failed, PlaybackState::Done]);
    w.hang_up(line);
    w.check();
}

#[test]
fn digits_come_in() {
    let Answered { mut w, line, app, .. } = answered(104);
    w.command(line, PhoneCommand::SendDigits { digits: "19#".to_owned(), duration_ms: 120 });
    w.until("all are told", |w| w.count(app, "ChannelDtmfReceived") == 3);
    let digit = |event: &Event| match event {
        Event::ChannelDigitReceived { digit, .. } => Some(*digit),
        _ => None,
    };
    assert_eq!(w.events(app).filter_map(digit).collect::<String>(), "19#");
    w.hang_up(line);
    w.check();
}

#[test]
fn digits_go_out() {
    let Answered { mut w, phone, line, app, channel } = answered(105);
    let digits =
        Digits { digits: "42*".to_owned(), before_ms: 0, between_ms: 100, duration_ms: 100, after_ms: 0 };
    w.control(app, &channel, ChannelCommand::SendDigits(digits)).expect("they are sent");
    let heard = |w: &sim::World| -> String {
        let digit = |event: &PhoneEvent| match event {
            PhoneEvent::Digit { digit, .. } => Some(*digit),
            _ => None,
        };
        w.phone_events(phone).filter_map(digit).collect()
    };
    w.until("all are heard", |w| heard(w).len() == 3);
    assert_eq!(heard(&w), "42*");
    w.hang_up(line);
    w.check();
}

#[test]
fn a_channel_is_recorded() {
    let Answered { mut w, line, app, channel, .. } = answered(106);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.record(app, &channel, "r1").expect("it is recorded");
    w.until_told(app, "RecordingStarted");
    w.run(Duration::from_secs(3));
    w.stop_recording(app, "r1");
    w.until_told(app, "RecordingFinished");
    assert!(w.disk.level("r1", 1_000).is_some_and(|level| level > -18.0), "{:?}", w.disk.level("r1", 1_000));
    let seconds = w.disk.stored("r1").map_or(0, |samples| samples.len() / 8_000);
    assert!((2..=3).contains(&seconds), "{seconds}");
    let again = w.record(app, &channel, "r1");
    assert_eq!(again, Err(Refusal::RecordingExists("r1".to_owned())));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_hang_up_ends_a_recording_and_keeps_it() {
    let Answered { mut w, line, app, channel, .. } = answered(107);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.record(app, &channel, "r1").expect("it is recorded");
    w.run(Duration::from_secs(2));
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.check();
    assert!(w.disk.stored("r1").is_some_and(|samples| samples.len() > 8_000));
}

#[test]
fn a_full_disk_refuses_a_recording_and_the_call_goes_on() {
    let Answered { mut w, line, app, channel, .. } = answered(108);
    w.disk.full = true;
    assert!(matches!(w.record(app, &channel, "r1"), Err(Refusal::RecordingDisk(_))));
    w.play(app, &channel, "p1", "sound:hello");
    w.until_told(app, "PlaybackFinished");
    w.hang_up(line);
    w.check();
}

#[test]
fn a_disk_that_fills_up_fails_the_recording() {
    let Answered { mut w, line, app, channel, .. } = answered(109);
    w.record(app, &channel, "r1").expect("it is recorded");
    w.run(Duration::from_secs(1));
    w.disk.full = true;
    w.stop_recording(app, "r1");
    w.until_told(app, "RecordingFailed");
    let state = |event: &Event| match event {
        Event::RecordingFailed { recording } => Some(recording.state),
        _ => None,
    };
    assert_eq!(w.events(app).filter_map(state).collect::<Vec<_>>(), [RecordingState::Failed]);
    w.hang_up(line);
    w.check();
}

#[test]
fn a_slow_disk_drops_frames_and_says_so() {
    let Answered { mut w, line, app, channel, .. } = answered(110);
    w.disk.slow = Some(Duration::from_secs(15));
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.record(app, &channel, "r1").expect("it is recorded");
    w.run(Duration::from_secs(40));
    assert!(w.is_up(line));
    w.stop_recording(app, "r1");
    w.until_told(app, "RecordingFinished");
    assert!(w.disk.dropped("r1").is_some_and(|frames| frames > 100), "{:?}", w.disk.dropped("r1"));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_bridge_is_recorded() {
    let Answered { mut w, line, app, channel, .. } = answered(111);
    let b = w.phone("2002");
    let (second, other) = crate::enter(&mut w, b, app);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&channel, &other]);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.command(second, PhoneCommand::PlayTone { hz: 1_600 });
    w.ask_bridge(app, "b1", BridgeCommand::Record(sim::recording("r1"))).expect("it is recorded");
    w.run(Duration::from_secs(3));
    w.stop_recording(app, "r1");
    w.until_told(app, "RecordingFinished");
    for hz in [1_000, 1_600] {
        assert!(
            w.disk.level("r1", hz).is_some_and(|level| level > -20.0),
            "{hz}: {:?}",
            w.disk.level("r1", hz)
        );
    }
    w.hang_up(line);
    w.hang_up(second);
    w.run(Duration::from_secs(1));
    w.destroy(app, "b1");
    w.check();
}

#[test]
fn music_plays_until_it_is_stopped() {
    let Answered { mut w, line, app, channel, .. } = answered(112);
    w.control(app, &channel, ChannelCommand::StartMusic(String::new())).expect("music");
    w.until("it is heard", |w| w.hears(line, MUSIC_HZ));
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard instead", |w| w.hears(line, PROMPT_HZ) && !w.hears(line, MUSIC_HZ));
    w.until("the music is back", |w| w.hears(line, MUSIC_HZ));
    w.control(app, &channel, ChannelCommand::StopMusic).expect("music");
    w.until("it is quiet", |w| w.hears_nothing(line));
    w.hang_up(line);
    w.check();
}

#[test]
fn a_muted_channel_is_not_heard_and_does_not_hear() {
    let Answered { mut w, line, app, channel, .. } = answered(113);
    let b = w.phone("2002");
    let (second, other) = crate::enter(&mut w, b, app);
    w.bridge(app, "b1", BridgeKind::Mixing);
    w.add(app, "b1", &[&channel, &other]);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.until("it is heard", |w| w.hears(second, 1_000));
    w.mute(app, &channel, MuteDirection::In, true);
    w.until("it is not heard", |w| !w.hears(second, 1_000));
    w.mute(app, &channel, MuteDirection::In, false);
    w.until("it is heard again", |w| w.hears(second, 1_000));
    w.mute(app, &other, MuteDirection::Out, true);
    w.until("the other does not hear", |w| !w.hears(second, 1_000));
    w.hang_up(line);
    w.hang_up(second);
    w.run(Duration::from_secs(1));
    w.destroy(app, "b1");
    w.check();
}
