//! Playback, digits and recording on one channel.

use super::{Script, want};
use crate::phone::CallId;
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    playback(script, app);
    controlled(script, app);
    odd_media(script, app);
    unanswered(script, app);
    digits(script, app);
    recording(script, app);
    recording_ends(script, app);
}

fn playback(script: &mut Script, app: &Events) {
    script.scenario("playback");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("play", &format!("POST /channels/{id}/play?media=sound:hello-world"));
    script.events(app, "it played", &[want("PlaybackFinished")]);
    let path = format!("POST /channels/{id}/play/probe-named?media=sound:hello-world&lang=en");
    script.ask("play by a name", &path);
    script.events(app, "the named one starts", &[want("PlaybackStarted").about("probe-named")]);
    script.ask("get it", "GET /playbacks/probe-named");
    script.ask("stop it", "DELETE /playbacks/probe-named");
    script.events(app, "it stopped", &[want("PlaybackFinished").about("probe-named")]);
    script.until_status("/playbacks/probe-named", 404);
    script.ask("it is gone", "GET /playbacks/probe-named");
    let list = r#"{"media": ["digits:12", "number:7", "characters:ab"], "playbackId": "probe-list"}"#;
    script.ask_json("play a list", &format!("POST /channels/{id}/play"), list);
    script.events(app, "the list played", &[want("PlaybackFinished").about("probe-list")]);
    script.ask("play, and hang up meanwhile", &format!("POST /channels/{id}/play/probe-cut?media=tone:ring"));
    script.events(app, "the tone starts", &[want("PlaybackStarted").about("probe-cut")]);
    script.end(app, "", &call, &id);
}

fn controlled(script: &mut Script, app: &Events) {
    script.scenario("playback control");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("play", &format!("POST /channels/{id}/play/probe-first?media=sound:hello-world"));
    script.events(app, "it starts", &[want("PlaybackStarted").about("probe-first")]);
    script.ask("pause", "POST /playbacks/probe-first/control?operation=pause");
    script.until("/playbacks/probe-first", |answer| String::from_utf8_lossy(&answer.body).contains("paused"));
    script.ask("get it paused", "GET /playbacks/probe-first");
    script.ask("pause again", "POST /playbacks/probe-first/control?operation=pause");
    script.ask("forward while paused", "POST /playbacks/probe-first/control?operation=forward");
    script.ask("queue another", &format!("POST /channels/{id}/play/probe-second?media=tone:dial"));
    script.ask("get the queued one", "GET /playbacks/probe-second");
    script.ask("pause the queued one", "POST /playbacks/probe-second/control?operation=pause");
    script.ask("unknown operation", "POST /playbacks/probe-first/control?operation=fly");
    script.ask("no operation", "POST /playbacks/probe-first/control");
    script.ask("unpause", "POST /playbacks/probe-first/control?operation=unpause");
    script.events(app, "it goes on", &[want("PlaybackStarted").about("probe-first")]);
    script.ask("restart", "POST /playbacks/probe-first/control?operation=restart");
    script.ask("stop", "DELETE /playbacks/probe-first");
    script.events(app, "the next one starts", &[want("PlaybackStarted").about("probe-second")]);
    script.ask("stop the next one", "DELETE /playbacks/probe-second");
    script.events(app, "the next one stopped", &[want("PlaybackFinished").about("probe-second")]);
    script.end(app, "", &call, &id);
}

fn odd_media(script: &mut Script, app: &Events) {
    script.scenario("odd media");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("nothing", &format!("POST /channels/{id}/play"));
    script.ask("unknown sound", &format!("POST /channels/{id}/play/probe-nope?media=sound:nope"));
    script.events(app, "it failed", &[want("PlaybackFinished").about("probe-nope")]);
    script.ask("unknown scheme", &format!("POST /channels/{id}/play/probe-scheme?media=foo:bar"));
    script.ask("unknown recording", &format!("POST /channels/{id}/play/probe-rec?media=recording:nope"));
    script.ask("a number that is none", &format!("POST /channels/{id}/play/probe-num?media=number:x"));
    script.ask("negative skip", &format!("POST /channels/{id}/play?media=sound:hello-world&skipms=-1"));
    script.ask("negative offset", &format!("POST /channels/{id}/play?media=sound:hello-world&offsetms=-1"));
    script.ask("unknown tone", &format!("POST /channels/{id}/play/probe-tone?media=tone:nope"));
    script.ask("something good", &format!("POST /channels/{id}/play/probe-good?media=digits:1"));
    script.events(app, "the good one played", &[want("PlaybackFinished").about("probe-good")]);
    script.end(app, "", &call, &id);
}

fn unanswered(script: &mut Script, app: &Events) {
    script.scenario("playback before answer");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.ask("play", &format!("POST /channels/{id}/play/probe-early?media=digits:1"));
    script.events(app, "it played", &[want("PlaybackFinished").about("probe-early")]);
    script.sip(&call, "early media", "183");
    script.answer(app, "", &call, &id);
    script.end(app, "", &call, &id);
}

fn digits(script: &mut Script, app: &Events) {
    script.scenario("digits");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    for (digit, what) in [("5", "five"), ("#", "hash"), ("*", "star"), ("A", "letter")] {
        script.phone.press(&call, digit);
        script.events(app, what, &[want("ChannelDtmfReceived").with("/digit", digit)]);
    }
    script.end(app, "", &call, &id);
}

fn recording(script: &mut Script, app: &Events) {
    script.scenario("recording");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    let record = format!("POST /channels/{id}/record");
    script.ask("record", &format!("{record}?name=probe-rec&format=wav&maxDurationSeconds=60&ifExists=fail"));
    script.events(app, "it records", &[want("RecordingStarted").about("probe-rec")]);
    some_audio(script, app, &call, "probe-rec");
    for (what, query) in [
        ("name in use", "name=probe-rec&format=wav"),
        ("unknown format", "name=probe-x&format=nope"),
        ("negative length", "name=probe-x&format=wav&maxDurationSeconds=-1"),
        ("negative silence", "name=probe-x&format=wav&maxSilenceSeconds=-1"),
        ("unknown ifExists", "name=probe-x&format=wav&ifExists=nope"),
        ("unknown terminator", "name=probe-x&format=wav&terminateOn=zz"),
        ("no name", "format=wav"),
        ("no format", "name=probe-x"),
        ("a name that climbs out", "name=..%2Fprobe-x&format=wav"),
    ] {
        script.ask(what, &format!("{record}?{query}"));
    }
    for (what, line) in [
        ("get", "GET /recordings/live/probe-rec"),
        ("pause", "POST /recordings/live/probe-rec/pause"),
        ("get it paused", "GET /recordings/live/probe-rec"),
        ("pause again", "POST /recordings/live/probe-rec/pause"),
        ("unpause", "DELETE /recordings/live/probe-rec/pause"),
        ("mute", "POST /recordings/live/probe-rec/mute"),
        ("mute again", "POST /recordings/live/probe-rec/mute"),
        ("unmute", "DELETE /recordings/live/probe-rec/mute"),
        ("stop", "POST /recordings/live/probe-rec/stop"),
    ] {
        script.ask(what, line);
    }
    script.events(app, "it recorded", &[want("RecordingFinished").about("probe-rec")]);
    script.until_status("/recordings/live/probe-rec", 404);
    stored(script, app, &id);
    script.end(app, "", &call, &id);
}

/// Lets the phone's tone be recorded for a while: two digits have tone between them.
fn some_audio(script: &mut Script, app: &Events, call: &CallId, name: &str) {
    script.phone.press(call, "34");
    let second = want("ChannelDtmfReceived").with("/digit", "4");
    script.events(app, &format!("digits in {name}"), &[second]);
}

fn stored(script: &mut Script, app: &Events, id: &str) {
    for (what, line) in [
        ("it is not live", "GET /recordings/live/probe-rec"),
        ("stored list", "GET /recordings/stored"),
        ("stored", "GET /recordings/stored/probe-rec"),
        ("stored file", "GET /recordings/stored/probe-rec/file"),
        ("copy", "POST /recordings/stored/probe-rec/copy?destinationRecordingName=probe-copy"),
        ("copy again", "POST /recordings/stored/probe-rec/copy?destinationRecordingName=probe-copy"),
        ("copy to nowhere", "POST /recordings/stored/probe-rec/copy"),
    ] {
        script.ask(what, line);
    }
    script.ask("over a stored one", &format!("POST /channels/{id}/record?name=probe-rec&format=wav"));
    script.ask("play it", &format!("POST /channels/{id}/play/probe-replay?media=recording:probe-rec"));
    script.events(app, "it was played", &[want("PlaybackFinished").about("probe-replay")]);
    script.ask("delete", "DELETE /recordings/stored/probe-rec");
    script.ask("delete again", "DELETE /recordings/stored/probe-rec");
    script.ask("delete the copy", "DELETE /recordings/stored/probe-copy");
}

fn recording_ends(script: &mut Script, app: &Events) {
    script.scenario("how recordings end");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    let record = format!("POST /channels/{id}/record");
    let body = r##"{"name": "probe-digit", "format": "wav", "terminateOn": "#", "maxSilenceSeconds": 30}"##;
    script.ask_json("until a digit", &record, body);
    script.events(app, "it records", &[want("RecordingStarted").about("probe-digit")]);
    some_audio(script, app, &call, "probe-digit");
    script.phone.press(&call, "#");
    script.events(app, "a digit ended it", &[want("RecordingFinished").about("probe-digit")]);
    script.ask("for a second", &format!("{record}?name=probe-second&format=wav&maxDurationSeconds=1"));
    script.events(app, "time ended it", &[want("RecordingFinished").about("probe-second")]);
    script.ask("to be cancelled", &format!("{record}?name=probe-cancelled&format=wav"));
    script.events(
        app,
        "the one to be cancelled starts",
        &[want("RecordingStarted").about("probe-cancelled")],
    );
    some_audio(script, app, &call, "probe-cancelled");
    script.ask("cancel", "DELETE /recordings/live/probe-cancelled");
    script.events(app, "it is cancelled", &[want("RecordingFinished").about("probe-cancelled")]);
    script.until_status("/recordings/live/probe-cancelled", 404);
    script.ask("nothing is kept", "GET /recordings/stored/probe-cancelled");
    script.ask("with a beep", &format!("{record}?name=probe-beep&format=wav&beep=true"));
    script.events(app, "it starts after the beep", &[want("RecordingStarted").about("probe-beep")]);
    some_audio(script, app, &call, "probe-beep");
    script.phone.hang_up(&call);
    script.events(app, "the caller ended it", &[want("StasisEnd").about(&id)]);
    script.until_status(&format!("/channels/{id}"), 404);
    script.until_status("/recordings/live/probe-beep", 404);
    for name in ["probe-digit", "probe-second", "probe-beep"] {
        script.ask(&format!("delete {name}"), &format!("DELETE /recordings/stored/{name}"));
    }
}
