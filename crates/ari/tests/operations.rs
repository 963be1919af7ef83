//! Operations that need no call, through the typed client.

mod bench;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use ari::model::StoredRecording;
use ari::{Limits, NoRecordings, Overloaded, Pending, StoredFailure, StoredRecordings, Switchboard};
use bench::{Bench, soon};
use client::model::{Event, EventFilter, EventType};
use client::{Client, CreateBridge, Error, EventOptions};

async fn refusal<T: std::fmt::Debug>(what: impl Future<Output = Result<T, Error>>) -> (u16, String) {
    match what.await.expect_err("refused") {
        Error::Refused { status, message, .. } => (status, message),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_bridge_is_made_shown_and_ended() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let made = CreateBridge { id: Some("room".into()), name: Some("Room".into()), ..CreateBridge::default() };
    let bridge = client.create_bridge(&made).await.expect("a bridge");
    assert_eq!(
        (bridge.id.as_str(), bridge.name.as_str(), bridge.bridge_type.as_str()),
        ("room", "Room", "mixing")
    );
    assert_eq!((bridge.bridge_class.as_str(), bridge.creator.as_str()), ("stasis", "Stasis"));
    let again = refusal(client.create_bridge(&made)).await;
    assert_eq!(again, (409, "Bridge with id 'room' already exists".to_owned()));
    let room = client.bridge("room");
    room.start_moh(None).await.expect("music");
    room.stop_moh().await.expect("no music");
    assert_eq!(refusal(room.stop_moh()).await, (409, "Bridge isn't playing music".to_owned()));
    assert_eq!(client.bridges().await.expect("bridges").len(), 1);
    room.destroy().await.expect("ended");
    assert_eq!(refusal(room.snapshot()).await, (404, "Bridge not found".to_owned()));
}

#[tokio::test]
async fn variables_of_a_bridge_are_set_and_read_singly_and_together() {
    let bench = Bench::start().await;
    let body = Some(("application/json", r#"{"variables":{"A":"1","B":{"value":"2"}}}"#));
    assert_eq!(bench.request("POST", "/ari/bridges/b", body).await.status, 200);
    let all = bench.request("GET", "/ari/bridges/b/variables?variables=B,A", None).await;
    assert_eq!(all.body, r#"{"variables":{"B":"2","A":"1"}}"#);
    assert_eq!(bench.request("POST", "/ari/bridges/b/variable?variable=A&value=3", None).await.status, 204);
    assert_eq!(
        bench.request("GET", "/ari/bridges/b/variable?variable=A", None).await.body,
        r#"{"value":"3"}"#
    );
    let missing = bench.request("GET", "/ari/bridges/b/variables?variables=A,NOPE", None).await;
    assert_eq!(
        (missing.status, missing.body.as_str()),
        (404, r#"{"message":"Provided variable was not found"}"#)
    );
}

#[tokio::test]
async fn a_filter_decides_what_an_application_hears() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let options = EventOptions { subscribe_all: true, ..EventOptions::default() };
    let mut events = client.events_with(&["ears"], options).await.expect("a stream");
    let allowed = Some(vec![EventType { name: "BridgeDestroyed".into() }]);
    let shown =
        client.application("ears").filter(&EventFilter { allowed, disallowed: None }).await.expect("set");
    assert_eq!(shown.events_allowed[0].name, "BridgeDestroyed");
    let bridge = client.create_bridge(&CreateBridge::default()).await.expect("a bridge");
    client.bridge(&bridge.id).destroy().await.expect("ended");
    let first = soon(events.next()).await.expect("an event").expect("no error");
    let Event::BridgeDestroyed(destroyed) = first else { panic!("{first:?}") };
    assert_eq!(destroyed.bridge.id, bridge.id);
}

#[tokio::test]
async fn subscriptions_are_shown_and_taken_back() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let _events = client.events("my-app").await.expect("a stream");
    let app = client.application("my-app");
    let shown = app.subscribe(&["endpoint:PJSIP/answers"]).await.expect("subscribed");
    assert_eq!(shown.endpoint_ids, ["PJSIP/answers"]);
    assert!(app.unsubscribe(&["endpoint:PJSIP/answers"]).await.expect("taken back").endpoint_ids.is_empty());
    let refused = refusal(app.unsubscribe(&["endpoint:PJSIP/answers"])).await;
    assert_eq!(refused, (422, "Event source was not subscribed to".to_owned()));
}

#[tokio::test]
async fn a_user_event_for_nobody_is_404() {
    let bench = Bench::start().await;
    let unknown = bench.request("POST", "/ari/events/user/x?application=nope", None).await;
    assert_eq!((unknown.status, unknown.body.as_str()), (404, r#"{"message":"Application not found"}"#));
    assert_eq!(bench.request("POST", "/ari/events/user/x", None).await.status, 400);
}

#[tokio::test]
async fn bad_parameters_count_only_where_the_channel_is_there() {
    let bench = Bench::start().await;
    for target in ["mute", "dtmf", "play", "record?format=nope", "redirect", "continue?label=0"] {
        let answer = bench.request("POST", &format!("/ari/channels/nope/{target}"), None).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, r#"{"message":"Channel not found"}"#),
            "{target}"
        );
    }
    let answer = bench.request("DELETE", "/ari/channels/nope?reason=bad", None).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_switch_that_cannot_be_asked_is_503() {
    let full = Switchboard::new(Arc::new(|_| Err(Overloaded::Full)), Limits::default());
    let front = ari::Front {
        users: vec![ari::User {
            name: "admin".into(),
            password: ari::Password::Plain("password".into()),
            read_only: false,
        }],
        ..ari::Front::default()
    };
    let state = ari::Ari { front, board: full, facts: ari::Facts::default(), stored: Arc::new(NoRecordings) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, ari::router(Arc::new(state))).await });
    let client = Client::connect(&format!("http://{address}"), "admin", "password").await.expect("a server");
    assert_eq!(refusal(client.bridges()).await, (503, "The server is overloaded".to_owned()));
}

/// Recordings in a folder of the test's.
#[derive(Default)]
struct Shelf {
    folder: PathBuf,
    names: Mutex<Vec<String>>,
}

impl Shelf {
    fn one(&self, name: &str) -> Result<StoredRecording, StoredFailure> {
        let there = self.names.lock().expect("whole").iter().any(|known| known == name);
        there
            .then(|| StoredRecording { name: name.to_owned(), format: "wav".to_owned() })
            .ok_or(StoredFailure::Missing)
    }
}

impl StoredRecordings for Shelf {
    fn formats(&self) -> &[&str] {
        &["wav"]
    }

    fn list(&self) -> Pending<'_, Vec<StoredRecording>> {
        let names = self.names.lock().expect("whole").clone();
        Box::pin(async move { names.iter().map(|name| self.one(name)).collect() })
    }

    fn find<'a>(&'a self, name: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async move { self.one(name) })
    }

    fn file<'a>(&'a self, name: &'a str) -> Pending<'a, (StoredRecording, PathBuf)> {
        Box::pin(
            async move { Ok((self.one(name)?, self.folder.join(format!("{}.wav", name.replace('/', "-"))))) },
        )
    }

    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, ()> {
        Box::pin(async move {
            self.one(name)?;
            self.names.lock().expect("whole").retain(|known| known != name);
            Ok(())
        })
    }

    fn copy<'a>(&'a self, name: &'a str, to: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async move {
            self.one(name)?;
            if self.one(to).is_ok() {
                return Err(StoredFailure::Exists);
            }
            self.names.lock().expect("whole").push(to.to_owned());
            self.one(to)
        })
    }
}

#[tokio::test]
async fn stored_recordings_are_listed_copied_fetched_and_deleted() {
    let folder = std::env::temp_dir().join(format!("ari-recordings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let sound: Vec<u8> = (0..200_000u32).map(|sample| (sample % 251) as u8).collect();
    std::fs::write(folder.join("a-b.wav"), &sound).expect("a file");
    let shelf = Shelf { folder: folder.clone(), names: Mutex::new(vec!["a/b".to_owned()]) };
    let bench = Bench::start_with(Limits::default(), Arc::new(shelf)).await;
    let client = bench.client().await;
    let stored = client.stored_recording("a/b");
    assert_eq!(stored.download().await.expect("the file"), sound);
    let head = bench.request("GET", "/ari/recordings/stored/a%2Fb", None).await;
    assert_eq!(head.body, r#"{"name":"a/b","format":"wav"}"#);
    let copy = "/ari/recordings/stored/a%2Fb/copy";
    let without = bench.request("POST", copy, None).await;
    assert_eq!((without.status, without.reason.as_str()), (400, "Bad request"));
    assert_eq!(bench.request("POST", &format!("{copy}?destinationRecordingName=c"), None).await.status, 200);
    assert_eq!(bench.request("POST", &format!("{copy}?destinationRecordingName=c"), None).await.status, 409);
    let gone = bench.request("GET", "/ari/recordings/stored/c/file", None).await;
    assert_eq!(gone.status, 500, "a file that is not there any more");
    assert_eq!(bench.request("DELETE", "/ari/recordings/stored/c", None).await.status, 204);
    assert_eq!(bench.request("DELETE", "/ari/recordings/stored/c", None).await.status, 404);
    std::fs::remove_dir_all(folder).expect("removed");
}
