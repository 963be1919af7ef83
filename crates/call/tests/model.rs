//! What the call model tells, in what order: the parts that applications notice.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use std::sync::Arc;
use std::time::Duration;

use call::bridge::{BridgeClass, Join};
use call::channel::CreateFailure;
use call::playback::{NewPlayback, Place};
use call::recording::RecordOptions;
use call::{
    BridgeKind, Calls, Cause, ChannelKey, ChannelState, Dialing, Effect, Event, IfExists, LoadFailure,
    NewChannel, Notice, Party, PortCredit, Position, ShardId, Technology, TerminateOn, Time,
};

fn calls() -> Calls {
    let mut calls = Calls::new(Default::default());
    calls.set_time(Time { now: Duration::from_secs(1), unix_ms: 1_795_404_346_590 });
    let credit = |n: u64, shard: u16| {
        let address = "127.0.0.1".parse().unwrap();
        (ShardId(shard), PortCredit { port: media::PortId(n), address, rtp_port: 10_000 + 2 * n as u16 })
    };
    for (shard, port) in [credit(0, 0), credit(1, 1), credit(2, 0)] {
        calls.rack().credit(shard, [port]);
    }
    calls
}

fn channel(calls: &mut Calls, state: ChannelState, number: &str, owner: Option<ChannelKey>) -> ChannelKey {
    calls
        .create(NewChannel {
            id: None,
            technology: Technology::Sip,
            endpoint: "2001".into(),
            dial_string: "2001".into(),
            state,
            protocol_id: "call-id".into(),
            caller: Party::new("", number),
            connected: Party::default(),
            dialplan: Position {
                context: "default".into(),
                exten: "1".into(),
                priority: 1,
                ..Default::default()
            },
            account_code: String::new(),
            language: String::new(),
            variables: vec![],
            owner,
            launch: None,
        })
        .unwrap()
}

/// What was told, but for device states, which have tests of their own.
fn names(calls: &mut Calls) -> Vec<String> {
    std::iter::from_fn(|| calls.next_event())
        .filter(|event| !matches!(event, Event::DeviceStateChanged { .. }))
        .map(|event| match event {
            Event::VariableSet { name, value, .. } => format!("VariableSet {name}={value}"),
            Event::Dialed { status, .. } => format!("Dialed {}", status.word()),
            Event::ChannelHangupRequested { cause, soft, .. } => {
                format!("ChannelHangupRequested {:?} {soft}", cause.map(|cause| cause.0))
            }
            Event::ChannelDestroyed { cause, .. } => format!("ChannelDestroyed {}", cause.0),
            Event::PlaybackFinished { playback } => format!("PlaybackFinished {}", playback.state.word()),
            Event::RecordingFinished { recording } => {
                format!("RecordingFinished {:?}", recording.duration_s)
            }
            other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        })
        .collect()
}

#[test]
fn an_originated_call_tells_state_before_dial_and_ends_with_destroyed() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Down, "", None);
    calls.dial(key, Dialing::Originated, None);
    calls.ringing(key);
    calls.answered(key);
    calls.hung_up(key, Cause::NORMAL, None);
    calls.destroy(key);
    let expected = [
        "ChannelCreated",
        "Dialed ",
        "ChannelStateChanged",
        "Dialed RINGING",
        "ChannelStateChanged",
        "Dialed ANSWER",
        "ChannelHangupRequested None false",
        "ChannelDestroyed 0",
    ];
    assert_eq!(names(&mut calls), expected);
    assert_eq!(calls.census(), Default::default());
}

#[test]
fn an_originated_call_that_nobody_answers_ends_without_a_request() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Down, "", None);
    calls.dial(key, Dialing::Originated, Some(Duration::from_secs(5)));
    assert_eq!(calls.deadline(), Some(Duration::from_secs(6)));
    names(&mut calls);
    calls.set_time(Time { now: Duration::from_secs(6), unix_ms: 1 });
    calls.advance();
    assert!(!calls.is_staying(key));
    calls.destroy(key);
    assert_eq!(names(&mut calls), ["ChannelDestroyed 19"]);
    assert_eq!(calls.deadline(), None);
}

#[test]
fn a_busy_branch_tells_its_owner_why_it_ended() {
    let mut calls = calls();
    let caller = channel(&mut calls, ChannelState::Ring, "100", None);
    let branch = channel(&mut calls, ChannelState::Down, "", Some(caller));
    calls.dial(branch, Dialing::Branch, None);
    calls.hung_up(branch, Cause::BUSY, Some(486));
    calls.destroy(branch);
    let notices: Vec<Notice> = std::iter::from_fn(|| calls.next_notice())
        .filter_map(|(key, notice)| (key == caller).then_some(notice))
        .collect();
    let progress = call::script::Branch::Ended { cause: Cause::BUSY };
    assert_eq!(notices, [Notice::Branch { channel: branch, progress }]);
    let told = names(&mut calls);
    assert_eq!(
        told[2..],
        ["Dialed ", "ChannelHangupRequested Some(17) false", "Dialed BUSY", "ChannelDestroyed 17"]
    );
}

#[test]
fn two_in_a_mixing_bridge_learn_of_each_other_and_leave_in_order() {
    let mut calls = calls();
    let one = channel(&mut calls, ChannelState::Ring, "100", None);
    let other = channel(&mut calls, ChannelState::Ring, "200", None);
    let bridge = calls.create_bridge(None, "", BridgeKind::Mixing, BridgeClass::Application).unwrap();
    names(&mut calls);
    calls.join_bridge(bridge, one, Join::PARTICIPANT);
    calls.join_bridge(bridge, other, Join::PARTICIPANT);
    let told = names(&mut calls);
    assert_eq!(told[..2], ["ChannelEnteredBridge", "ChannelEnteredBridge"]);
    assert_eq!(told.iter().filter(|name| name.contains("ConnectedLine")).count(), 2);
    assert_eq!(calls.snapshot(one).unwrap().connected.number, "200");
    assert_eq!(calls.bridge_snapshot(bridge).unwrap().technology(), "simple_bridge");
    calls.hung_up(one, Cause::NORMAL, None);
    let told = names(&mut calls);
    assert_eq!(
        told,
        [
            "ChannelHangupRequested Some(16) false",
            "VariableSet BRIDGEPEER=",
            "VariableSet BRIDGEPVTCALLID=",
            "ChannelLeftBridge"
        ]
    );
    assert_eq!(calls.bridge_channels(bridge), [other]);
}

#[test]
fn a_dialplan_bridge_goes_with_its_last_channel_and_an_applications_stays() {
    let mut calls = calls();
    for (class, left) in [(BridgeClass::Dialplan, 0), (BridgeClass::Application, 1)] {
        let key = channel(&mut calls, ChannelState::Ring, "100", None);
        let bridge = calls.create_bridge(None, "", BridgeKind::Mixing, class).unwrap();
        calls.join_bridge(bridge, key, Join::PARTICIPANT);
        calls.leave_bridge(key);
        assert_eq!(calls.bridges().count(), left);
        calls.destroy(key);
    }
}

#[test]
fn a_leg_joins_a_room_of_another_shard_by_moving_there_and_its_commands_wait() {
    let mut calls = calls();
    let bridge = calls.create_bridge(None, "", BridgeKind::Mixing, BridgeClass::Application).unwrap();
    let mut legs = vec![];
    for number in ["100", "200"] {
        let key = channel(&mut calls, ChannelState::Ring, number, None);
        calls.open_leg(key, "127.0.0.1".parse().unwrap()).unwrap();
        calls.join_bridge(bridge, key, Join::PARTICIPANT);
        legs.push(key);
    }
    let commands: Vec<_> = std::iter::from_fn(|| calls.rack().next_command()).collect();
    let evicted = commands.iter().find_map(|(shard, command)| match command {
        media::Command::Evict { leg } => Some((*shard, *leg)),
        _ => None,
    });
    let (from, leg) = evicted.expect("the second leg sits in the other shard");
    calls.mute(legs[1], media::Way::In, true);
    assert!(calls.rack().next_command().is_none(), "the leg travels: nothing can be said to it");
    let state = Box::new(());
    let travelling = media::EvictedLeg { leg, port: None, descriptor: None, state };
    calls.media_event(media::Event::Evicted { leg: Box::new(travelling) });
    let after: Vec<_> = std::iter::from_fn(|| calls.rack().next_command()).collect();
    assert!(matches!(after[0].1, media::Command::Adopt { .. }));
    assert!(matches!(after[1].1, media::Command::Join { .. }));
    assert!(matches!(after[2].1, media::Command::Mute { on: true, .. }));
    assert!(after.iter().all(|(shard, _)| *shard != from));
}

#[test]
fn a_playback_that_cannot_be_loaded_fails_and_says_so() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Ring, "100", None);
    let new = NewPlayback {
        id: "p1".into(),
        media: vec!["sound:nowhere".into()],
        language: String::new(),
        offset_ms: 0,
        skip_ms: 3000,
        told: true,
    };
    let playback = calls.queue_playback(Place::Channel(key), new).unwrap();
    names(&mut calls);
    calls.start_playback(playback);
    let Some(Effect::Load { load, .. }) = calls.next_effect() else { panic!("nothing is loaded") };
    calls.loaded(load, Err(LoadFailure::Missing));
    assert_eq!(names(&mut calls), ["PlaybackStarted", "PlaybackFinished failed"]);
    assert_eq!(calls.census().playbacks, 0);
    // An answer that comes twice is a no-op.
    calls.loaded(load, Err(LoadFailure::Missing));
}

#[test]
fn an_unknown_media_scheme_ends_as_failed_and_not_in_silence() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Ring, "100", None);
    let new = NewPlayback {
        id: "p1".into(),
        media: vec!["nonsense:1".into(), "number:x".into()],
        language: String::new(),
        offset_ms: 0,
        skip_ms: 3000,
        told: true,
    };
    let playback = calls.queue_playback(Place::Channel(key), new).unwrap();
    names(&mut calls);
    calls.start_playback(playback);
    let told = names(&mut calls);
    assert_eq!(told, ["PlaybackStarted", "PlaybackContinuing", "PlaybackStarted", "PlaybackFinished failed"]);
}

#[test]
fn a_recording_of_nothing_is_finished_without_a_duration_and_thrown_away() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Ring, "100", None);
    calls.open_leg(key, "127.0.0.1".parse().unwrap()).unwrap();
    let options = RecordOptions {
        name: "r1".into(),
        format: "wav".into(),
        limits: Default::default(),
        if_exists: IfExists::Fail,
        terminate_on: TerminateOn::Digit('#'),
    };
    let recording = calls.open_recording(Place::Channel(key), options.clone()).unwrap();
    assert!(calls.open_recording(Place::Channel(key), options).is_none(), "the name is taken");
    assert!(calls.recording_opened(recording, Ok(())));
    calls.start_recording(recording);
    assert_eq!(calls.state(key), Some(ChannelState::Up), "recording answers");
    calls.digit(key, '#', 100);
    while calls.rack().next_command().is_some() {}
    names(&mut calls);
    let recorder = media::RecorderId(2);
    let end = media::RecorderEnd::Stopped;
    let finished =
        media::Event::RecorderFinished { recorder, end, duration_ms: 0, talking_ms: 0, dropped: 0 };
    calls.media_event(finished);
    calls.recording_stored(recording, Ok(()));
    assert_eq!(names(&mut calls), ["RecordingFinished None"]);
    let discards = std::iter::from_fn(|| calls.next_effect())
        .filter(|effect| matches!(effect, Effect::DiscardRecording { .. }))
        .count();
    assert_eq!(discards, 1);
}

#[test]
fn marked_variables_are_inherited_once_or_always() {
    let mut calls = calls();
    let key = channel(&mut calls, ChannelState::Ring, "100", None);
    for name in ["PLAIN", "_ONCE", "__ALWAYS"] {
        calls.set_variable(Some(key), name, Some(name.to_lowercase()));
    }
    let inherited = calls.inherited_variables(key);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(inherited, [pair("__ALWAYS", "__always"), pair("ONCE", "_once")]);
    assert_eq!(calls.variable(Some(key), "ALWAYS").as_deref(), Some("__always"));
}

#[test]
fn limits_answer() {
    let mut calls = Calls::new(call::Limits { channels: 1, bridges: 0, variables: 1 });
    let key = channel(&mut calls, ChannelState::Ring, "100", None);
    let again = calls.create(NewChannel {
        id: None,
        technology: Technology::Sip,
        endpoint: "2001".into(),
        dial_string: String::new(),
        state: ChannelState::Ring,
        protocol_id: Arc::from(""),
        caller: Party::default(),
        connected: Party::default(),
        dialplan: Position::default(),
        account_code: String::new(),
        language: String::new(),
        variables: vec![],
        owner: None,
        launch: None,
    });
    assert_eq!(again, Err(CreateFailure::Full));
    assert!(calls.create_bridge(None, "", BridgeKind::Mixing, BridgeClass::Dialplan).is_err());
    calls.set_variable(Some(key), "A", Some("1".into()));
    calls.set_variable(Some(key), "B", Some("2".into()));
    assert_eq!(calls.variable(Some(key), "B"), None);
}

#[test]
fn caller_ids_are_read_in_all_their_forms() {
    let party = |name: &str, number: &str| Party::new(name, number);
    assert_eq!(Party::parse("\"Ada L.\" <100>"), party("Ada L.", "100"));
    assert_eq!(Party::parse("Ada <100>"), party("Ada", "100"));
    assert_eq!(Party::parse("+49 30".replace(' ', "").as_str()), party("", "+4930"));
    assert_eq!(Party::parse("Ada"), party("Ada", ""));
}
