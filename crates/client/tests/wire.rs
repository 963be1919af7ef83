//! The client against a small HTTP server that notes what it is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State, WebSocketUpgrade, ws};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use client::model::{Event, Playback, PlaybackState};
use client::{Client, CreateBridge, Error, EventOptions, Originate, Retry};

/// What was asked: method, path with query, body.
type Asked = Arc<Mutex<Vec<(String, String, String)>>>;

/// Serves on a free loopback port; every new WebSocket sends two events and is then cut off.
async fn serve() -> (String, Asked) {
    let asked = Asked::default();
    let router = axum::Router::new().fallback(answer).with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

async fn answer(State(asked): State<Asked>, request: Request<axum::body::Body>) -> Response {
    let (mut parts, body) = request.into_parts();
    if parts.headers.get(header::AUTHORIZATION).is_none_or(|given| given != "Basic YWRtaW46cGFzc3dvcmQ=") {
        return (StatusCode::UNAUTHORIZED, r#"{"message":"Authentication required"}"#).into_response();
    }
    let (method, uri) = (parts.method.clone(), parts.uri.to_string());
    if parts.uri.path() == "/ari/events" && method == Method::GET {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &asked).await.expect("an upgrade");
        return upgrade.on_upgrade(two_events);
    }
    let body: Bytes = axum::body::to_bytes(body, 65536).await.expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("text");
    asked.lock().expect("no panic").push((method.to_string(), uri.clone(), body));
    match (method, uri.as_str()) {
        (_, "/ari/asterisk/ping") => r#"{"ping":"pong","timestamp":"t","asterisk_id":"a"}"#.into_response(),
        (Method::POST, "/ari/channels/c%2F1/play") => (
            StatusCode::CREATED,
            r#"{"id":"p","media_uri":"sound:x","target_uri":"channel:c","state":"queued"}"#,
        )
            .into_response(),
        (Method::GET, "/ari/recordings/stored/r/file") => vec![0u8, 1, 255].into_response(),
        (Method::GET, "/ari/bridges") => "[".into_response(),
        (Method::POST, path) if path.starts_with("/ari/bridges?") || path == "/ari/channels" => {
            (StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"Allocation failed"}"#).into_response()
        }
        (Method::GET, "/ari/channels/busy") => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (_, path) if path.starts_with("/ari/channels/gone") => {
            (StatusCode::NOT_FOUND, r#"{"message":"Channel not found"}"#).into_response()
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn two_events(mut socket: ws::WebSocket) {
    for text in [
        r#"{"type":"ApplicationReplaced","timestamp":"t","application":"my-app"}"#,
        "not JSON",
        r#"{"type":"FromTheFuture","application":"my-app"}"#,
    ] {
        socket.send(ws::Message::Text(text.into())).await.expect("a listener");
    }
}

#[tokio::test]
async fn connecting_checks_the_credentials() {
    let (url, _) = serve().await;
    Client::connect(&url, "admin", "password").await.expect("right credentials");
    let error = Client::connect(&url, "admin", "nope").await.expect_err("wrong credentials");
    assert_eq!((error.status(), error.retry()), (Some(401), Retry::No));
    assert_eq!(error.to_string(), "401 Authentication required (GET /ari/asterisk/ping)");
}

#[tokio::test]
async fn commands_reach_the_paths_and_bodies_of_ari() {
    let (url, asked) = serve().await;
    let client = Client::new(&url, "admin", "password").expect("a client");
    let channel = client.channel("c/1");
    channel.answer().await.expect("204");
    channel.hangup_because("busy").await.expect("204");
    channel.set_variable("X", "a b").await.expect("204");
    let playback: Playback = channel.play("sound:x").await.expect("201");
    assert_eq!((playback.id.as_str(), playback.state), ("p", PlaybackState::Queued));
    client.bridge("b").add(&["c/1", "d"]).await.expect("204");
    let seen: Vec<String> = asked
        .lock()
        .expect("no panic")
        .iter()
        .map(|(method, uri, body)| format!("{method} {uri} {body}"))
        .collect();
    assert_eq!(
        seen,
        [
            "POST /ari/channels/c%2F1/answer ",
            "DELETE /ari/channels/c%2F1?reason=busy ",
            r#"POST /ari/channels/c%2F1/variable {"variable":"X","value":"a b"}"#,
            r#"POST /ari/channels/c%2F1/play {"media":["sound:x"]}"#,
            r#"POST /ari/bridges/b/addChannel {"channel":["c/1","d"],"absorbDTMF":false,"mute":false,"inhibitConnectedLineUpdates":false}"#,
        ]
    );
}

#[tokio::test]
async fn options_left_out_are_not_sent() {
    let (url, asked) = serve().await;
    let client = Client::new(&url, "admin", "password").expect("a client");
    let call =
        Originate { endpoint: "PJSIP/2001".into(), app: Some("my-app".into()), ..Originate::default() };
    let error = client.originate(&call).await.expect_err("500");
    assert_eq!(error.to_string(), "500 Allocation failed (POST /ari/channels)");
    client
        .create_bridge(&CreateBridge { kind: Some("mixing".into()), ..CreateBridge::default() })
        .await
        .expect_err("500");
    let asked = asked.lock().expect("no panic");
    assert_eq!(asked[0].2, r#"{"endpoint":"PJSIP/2001","app":"my-app"}"#);
    assert_eq!((asked[1].1.as_str(), asked[1].2.as_str()), ("/ari/bridges?type=mixing", ""));
}

#[tokio::test]
async fn errors_say_what_and_whether_to_try_again() {
    let (url, _) = serve().await;
    let client = Client::new(&url, "admin", "password").expect("a client");
    let gone = client.channel("gone").answer().await.expect_err("404");
    assert!(gone.is_gone());
    assert_eq!(gone.retry(), Retry::No);
    let busy = client.channel("busy").snapshot().await.expect_err("503");
    assert_eq!((busy.status(), busy.retry()), (Some(503), Retry::Later));
    let broken = client.bridges().await.expect_err("not JSON");
    assert!(matches!(broken, Error::Unreadable { .. }));
    assert_eq!(client.stored_recording("r").download().await.expect("200"), [0, 1, 255]);
}

#[tokio::test]
async fn nobody_listening_is_worth_another_try() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let error = Client::connect(&url, "admin", "password").await.expect_err("nobody there");
    assert_eq!((error.status(), error.retry()), (None, Retry::Later));
}

#[tokio::test]
async fn events_come_in_order_and_end_with_the_reason() {
    let (url, _) = serve().await;
    let client = Client::new(&url, "admin", "password").expect("a client");
    let mut events = client.events("my-app").await.expect("101");
    assert!(matches!(events.next().await, Some(Ok(Event::ApplicationReplaced(_)))));
    assert!(matches!(events.next().await, Some(Ok(Event::Unknown(_)))), "an unknown event breaks nothing");
    assert!(matches!(events.next().await, Some(Err(Error::Disconnected { .. }))));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_lost_connection_is_told_and_made_again() {
    let (url, _) = serve().await;
    let client = Client::new(&url, "admin", "password").expect("a client");
    let options =
        EventOptions { reconnect: Some(Duration::from_millis(1)), queue: 1, ..EventOptions::default() };
    let mut events = client.events_with(&["my-app"], options).await.expect("101");
    for _ in 0..3 {
        assert!(matches!(events.next().await, Some(Ok(Event::ApplicationReplaced(_)))));
        assert!(matches!(events.next().await, Some(Ok(Event::Unknown(_)))));
        assert!(matches!(events.next().await, Some(Err(Error::Disconnected { .. }))));
    }
}

#[tokio::test]
async fn wrong_credentials_open_no_stream() {
    let (url, _) = serve().await;
    let client = Client::new(&url, "admin", "nope").expect("a client");
    let error = client.events("my-app").await.expect_err("401");
    assert_eq!((error.status(), error.retry()), (Some(401), Retry::No));
}
