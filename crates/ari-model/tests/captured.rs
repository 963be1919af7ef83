//! Everything that a real Asterisk 22 was seen to write reads into a typed value and prints back to the same bytes.

use ari_model::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[test]
fn captured_events_are_known_and_print_back_byte_for_byte() {
    let mut types = std::collections::BTreeSet::new();
    for line in include_str!("data/events.jsonl").lines() {
        let event: Event = serde_json::from_str(line).expect("JSON");
        assert!(!matches!(event, Event::Unknown(_)), "not typed: {line}");
        assert!(!event.timestamp().is_empty() && !event.application().is_empty(), "{line}");
        assert!(event.timestamp().parse::<Timestamp>().is_ok(), "{line}");
        types.insert(event.type_name().to_owned());
        assert_eq!(serde_json::to_string(&event).expect("prints"), line);
    }
    assert!(types.len() >= 23, "the captures hold fewer types than they did: {types:?}");
}

#[test]
fn captured_bodies_print_back_byte_for_byte() {
    for line in include_str!("data/bodies.jsonl").lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let (path, body) = (row["path"].as_str().expect("path"), row["body"].as_str().expect("body"));
        let segments: Vec<&str> = path.trim_start_matches("/ari/").split('/').collect();
        let printed = print_back(&segments, body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"));
        assert_eq!(printed, body, "{path}");
    }
}

fn print_back(segments: &[&str], body: &str) -> serde_json::Result<String> {
    if body.starts_with("{\"message\":") || body.starts_with("{\"error\":") {
        return again::<ErrorBody>(body);
    }
    let list = body.starts_with('[');
    match segments {
        ["asterisk", "info"] => again::<AsteriskInfo>(body),
        ["asterisk", "ping"] => again::<AsteriskPing>(body),
        ["asterisk", "modules", _] => again::<Module>(body),
        ["asterisk", "logging"] => again::<Vec<LogChannel>>(body),
        [.., "variable"] => again::<Variable>(body),
        [.., "rtp_statistics"] => again::<RtpStat>(body),
        ["applications", ..] if list => again::<Vec<Application>>(body),
        ["applications", ..] => again::<Application>(body),
        ["endpoints", ..] if list => again::<Vec<Endpoint>>(body),
        ["endpoints", ..] => again::<Endpoint>(body),
        ["deviceStates"] => again::<Vec<DeviceState>>(body),
        ["deviceStates", _] => again::<DeviceState>(body),
        ["sounds", _] => again::<Sound>(body),
        ["recordings", "stored"] => again::<Vec<StoredRecording>>(body),
        ["recordings", "stored", ..] => again::<StoredRecording>(body),
        ["recordings", "live", ..] | [_, _, "record"] => again::<LiveRecording>(body),
        ["playbacks", _] | [_, _, "play", ..] => again::<Playback>(body),
        ["channels", ..] if list => again::<Vec<Channel>>(body),
        ["channels", ..] => again::<Channel>(body),
        ["bridges", ..] if list => again::<Vec<Bridge>>(body),
        ["bridges", ..] => again::<Bridge>(body),
        _ => panic!("no type for {segments:?}"),
    }
}

fn again<T: DeserializeOwned + Serialize>(body: &str) -> serde_json::Result<String> {
    serde_json::to_string(&serde_json::from_str::<T>(body)?)
}

#[test]
fn an_unknown_event_keeps_its_json() {
    let line = r#"{"type":"ChannelTeleported","zeta":1,"alpha":[2],"application":"a","timestamp":"t"}"#;
    let event: Event = serde_json::from_str(line).expect("JSON");
    assert!(matches!(event, Event::Unknown(_)));
    assert_eq!((event.type_name(), event.application(), event.timestamp()), ("ChannelTeleported", "a", "t"));
    assert_eq!(serde_json::to_string(&event).expect("prints"), line);
}

#[test]
fn a_known_event_in_another_form_is_unknown_rather_than_an_error() {
    for line in [r#"{"type":"StasisStart","channel":7}"#, r#"{"type":null}"#, "[]", "7"] {
        let event: Event = serde_json::from_str(line).expect("JSON");
        assert!(matches!(event, Event::Unknown(_)), "{line}");
        assert_eq!(serde_json::to_string(&event).expect("prints"), line);
    }
}

#[test]
fn every_event_type_reads_from_its_own_empty_form() {
    let channel = serde_json::to_value(Channel::default()).expect("prints");
    let bridge = serde_json::to_value(Bridge::default()).expect("prints");
    assert_eq!(Event::TYPES.len(), 45);
    let start = Event::from(StasisStart { application: "a".into(), ..StasisStart::default() });
    let printed = serde_json::to_value(&start).expect("prints");
    assert_eq!(printed["channel"], channel);
    assert!(printed.get("replace_channel").is_none(), "absent, not null");
    let merged = Event::from(BridgeMerged::default());
    assert_eq!(serde_json::to_value(&merged).expect("prints")["bridge_from"], bridge);
}

#[test]
fn unknown_states_survive() {
    let state: ChannelState = serde_json::from_str(r#""Levitating""#).expect("reads");
    assert_eq!(state, ChannelState::Other("Levitating".into()));
    assert_eq!(serde_json::to_string(&state).expect("prints"), r#""Levitating""#);
    assert_eq!(serde_json::to_string(&ChannelState::DialingOffhook).expect("prints"), r#""Dialing Offhook""#);
}
