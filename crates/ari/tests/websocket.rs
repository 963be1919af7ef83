//! The event WebSocket over real sockets, with the real switch behind it.

mod bench;

use std::sync::Arc;
use std::time::Duration;

use ari::{Limits, NoRecordings};
use bench::{Answer, Bench, soon};
use client::model::Event;
use client::{Client, CreateBridge, EventOptions, Events};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

fn upgrade(query: &str, more: &str) -> String {
    format!(
        "GET /ari/events?{query} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
}

const KEY: &str = "api_key=admin:password";

/// A WebSocket without the frames' library: the socket right after the answer to the upgrade.
async fn raw(bench: &Bench, query: &str) -> TcpStream {
    let mut socket = TcpStream::connect(bench.address).await.expect("a listener");
    socket.write_all(upgrade(query, "").as_bytes()).await.expect("sent");
    assert_eq!(Answer::read(&mut socket).await.status, 101);
    socket
}

async fn frames(bench: &Bench, app: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let url = format!("ws://{}/ari/events?app={app}&{KEY}", bench.address);
    tokio_tungstenite::connect_async(url).await.expect("a WebSocket").0
}

async fn next(events: &mut Events) -> Event {
    soon(events.next()).await.expect("an event").expect("no error")
}

/// Takes events until one of that type comes.
async fn until(events: &mut Events, kind: &str) -> Event {
    loop {
        let event = next(events).await;
        if event.type_name() == kind {
            return event;
        }
    }
}

async fn raise(client: &Client, app: &str, name: &str) {
    let carried = json!({"a": "1", "b": {"c": [1, 2]}});
    let carried = carried.as_object().expect("an object").clone();
    client.application(app).user_event(name, &[], carried).await.expect("raised");
}

#[tokio::test]
async fn an_upgrade_is_answered_as_captured() {
    let bench = Bench::start().await;
    let plain = upgrade(&format!("app=a,b&subscribeAll=true&{KEY}"), "");
    let accepted = bench.ask(&plain).await;
    assert_eq!(accepted.status, 101);
    assert_eq!(accepted.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(accepted.header("sec-websocket-protocol"), None);
    let version_8 = plain.replace("Version: 13", "Version: 8");
    assert_eq!(bench.ask(&version_8).await.status, 101);
    let spoken = bench.ask(&upgrade(&format!("app=p&{KEY}"), "Sec-WebSocket-Protocol: ari\r\n")).await;
    assert_eq!((spoken.status, spoken.header("sec-websocket-protocol")), (101, Some("ari")));
    let viewer = bench.ask(&upgrade("app=x&api_key=viewer:password", "")).await;
    assert_eq!(viewer.status, 101, "a read-only user may listen");
}

#[tokio::test]
async fn a_bad_upgrade_is_refused_in_http() {
    let bench = Bench::start().await;
    for query in [KEY.to_owned(), format!("app=&{KEY}")] {
        let refused = bench.ask(&upgrade(&query, "")).await;
        assert_eq!((refused.status, refused.header("content-type")), (400, Some("text/html")));
        assert!(refused.body.contains("<p>HTTP request is missing param: [app]</p>"), "{}", refused.body);
        assert_eq!(refused.header("content-length"), Some("233"));
    }
    let good = upgrade(&format!("app=x&{KEY}"), "");
    for bad in [
        good.replace(
            "Sec-WebSocket-Version: 13\r\n",
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: nope\r\n",
        ),
        good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
        good.replace("Version: 13", "Version: 12"),
    ] {
        let refused = bench.ask(&bad).await;
        assert_eq!((refused.status, refused.body.as_str()), (400, ""), "{bad}");
        assert_eq!(refused.header("sec-websocket-version"), Some("7, 8, 13"));
    }
    let plain = bench.ask(&good.replace("Upgrade: websocket\r\nConnection: Upgrade\r\n", "")).await;
    assert_eq!((plain.status, plain.header("content-length")), (426, Some("207")));
    assert_eq!(bench.ask(&upgrade("app=x", "")).await.status, 401);
    assert_eq!(bench.board.sessions(), 0);
}

#[tokio::test]
async fn a_ping_gets_a_pong_and_a_close_its_like() {
    let bench = Bench::start().await;
    let mut socket = raw(&bench, &format!("app=frames&{KEY}")).await;
    for ping in [&b"\x89\x82\0\0\0\0hi"[..], b"\x89\x02hi"] {
        socket.write_all(ping).await.expect("sent");
        let mut pong = [0; 4];
        soon(socket.read_exact(&mut pong)).await.expect("a pong");
        assert_eq!(&pong, b"\x8a\x02hi");
    }
    socket.write_all(b"\x88\x82\0\0\0\0\x03\xe8").await.expect("sent");
    let mut closed = Vec::new();
    soon(socket.read_to_end(&mut closed)).await.expect("the end");
    assert_eq!(closed, b"\x88\x02\x03\xe8");
}

#[tokio::test]
async fn an_application_lives_as_long_as_its_socket() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let events = client.events("my-app").await.expect("a stream");
    assert_eq!(client.application("my-app").snapshot().await.expect("there").name, "my-app");
    drop(events);
    soon(async {
        while client.application("my-app").snapshot().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(bench.board.sessions(), 0);
}

#[tokio::test]
async fn a_second_socket_takes_an_application_over_and_the_first_stays_open() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let mut first = client.events_with(&["one", "two"], EventOptions::default()).await.expect("a stream");
    let mut second = client.events("one").await.expect("a stream");
    let replaced = next(&mut first).await;
    assert_eq!((replaced.type_name(), replaced.application()), ("ApplicationReplaced", "one"));
    raise(&client, "one", "to-the-second").await;
    raise(&client, "two", "to-the-first").await;
    let Event::ChannelUserevent(event) = next(&mut first).await else { panic!("a user event") };
    assert_eq!((event.eventname.as_str(), event.application.as_str()), ("to-the-first", "two"));
    let Event::ChannelUserevent(event) = next(&mut second).await else { panic!("a user event") };
    assert_eq!(event.eventname, "to-the-second");
}

#[tokio::test]
async fn a_user_event_is_written_as_asterisk_writes_it() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let mut socket = frames(&bench, "my-app").await;
    raise(&client, "my-app", "hello").await;
    let text = soon(socket.next()).await.expect("a frame").expect("no error").into_text().expect("text");
    let stamp = text.split('"').nth(7).expect("a time stamp");
    let wanted = format!(
        r#"{{"type":"ChannelUserevent","timestamp":"{stamp}","eventname":"hello","userevent":{{"a":"1","b":{{"c":[1,2]}},"eventname":"hello"}},"asterisk_id":"02:fc:00:00:00:01","application":"my-app"}}"#
    );
    assert_eq!(text.as_str(), wanted);
}

#[tokio::test]
async fn events_come_in_order_and_before_the_answer_that_follows_them() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let mut socket = frames(&bench, "all&subscribeAll=true").await;
    for number in 0..100 {
        let name = format!("N{number}");
        bench.request("POST", &format!("/ari/asterisk/variable?variable={name}&value=v"), None).await;
        let event: Value = match soon(socket.next()).await.expect("a frame").expect("no error") {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            (event["type"].as_str(), event["variable"].as_str()),
            (Some("ChannelVarset"), Some(&*name))
        );
    }
    let request = json!({
        "type": "RESTRequest", "transaction_id": "t", "request_id": "r",
        "method": "POST", "uri": "bridges/b1?type=mixing",
    });
    socket.send(Message::text(request.to_string())).await.expect("sent");
    let mut types = Vec::new();
    while types.len() < 2 {
        let text = soon(socket.next()).await.expect("a frame").expect("no error").into_text().expect("text");
        let event: Value = serde_json::from_str(&text).expect("JSON");
        types.push(event["type"].as_str().expect("a type").to_owned());
    }
    assert_eq!(types, ["BridgeCreated", "RESTResponse"]);
    drop(client);
}

#[tokio::test]
async fn requests_over_the_socket_are_answered_as_captured() {
    let captured = include_str!("data/rest_over_websocket.jsonl");
    let bench = Bench::start().await;
    let mut socket = frames(&bench, "rest-app").await;
    let mut asked = 0;
    for line in captured.lines() {
        let exchange: Value = serde_json::from_str(line).expect("JSON");
        let text = match &exchange["request"] {
            Value::String(text) => text.clone(),
            request => request.to_string(),
        };
        socket.send(Message::text(text.clone())).await.expect("sent");
        let ours = soon(socket.next()).await.expect("a frame").expect("no error").into_text().expect("text");
        let mut ours: Value = serde_json::from_str(&ours).expect("JSON");
        let mut theirs: Value =
            serde_json::from_str(exchange["responses"][0].as_str().expect("an answer")).expect("JSON");
        for answer in [&mut ours, &mut theirs] {
            answer["timestamp"] = Value::Null;
            if text.contains("asterisk/ping") {
                answer["message_body"] = Value::Null;
            }
        }
        assert_eq!(ours.to_string(), theirs.to_string(), "{text}");
        asked += 1;
    }
    assert!(asked >= 14);
}

#[tokio::test]
async fn a_message_over_the_limit_ends_the_connection() {
    let bench = Bench::start().await;
    let mut socket = frames(&bench, "big").await;
    socket.send(Message::text("x".repeat(ari::LARGEST_MESSAGE + 1))).await.expect("sent");
    let ended = soon(async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break 0,
            }
        }
    })
    .await;
    assert!(ended == 1009 || ended == 0, "{ended}");
    soon(async {
        while bench.board.sessions() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_reader_is_cut_off_and_slows_nobody() {
    let limits = Limits { session_queue: 16, ..Limits::default() };
    let bench = Bench::start_with(limits, Arc::new(NoRecordings)).await;
    let client = bench.client().await;
    let mut slow = raw(&bench, &format!("app=slow&subscribeAll=true&{KEY}")).await;
    let options = EventOptions { subscribe_all: true, ..EventOptions::default() };
    let mut quick = client.events_with(&["quick"], options).await.expect("a stream");
    let large = "x".repeat(30_000);
    let mut told = 0;
    // What the sockets between hold is full some time.
    while bench.board.cut_off() == 0 {
        let body = json!({"variable": "V", "value": large}).to_string();
        let set = bench.request("POST", "/ari/asterisk/variable", Some(("application/json", &body))).await;
        assert_eq!(set.status, 204);
        assert_eq!(next(&mut quick).await.type_name(), "ChannelVarset");
        told += 1;
        assert!(told < 10_000, "nobody was cut off");
    }
    let mut rest = Vec::new();
    let _ = soon(slow.read_to_end(&mut rest)).await;
    soon(async {
        while client.application("slow").snapshot().await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!((bench.board.sessions(), bench.board.cut_off()), (1, 1));
    client.create_bridge(&CreateBridge::default()).await.expect("a bridge");
    until(&mut quick, "BridgeCreated").await;
}

#[tokio::test]
async fn a_server_that_ends_says_so() {
    let bench = Bench::start().await;
    let mut socket = frames(&bench, "my-app").await;
    bench.board.close_sessions();
    let Some(Ok(Message::Close(Some(frame)))) = soon(socket.next()).await else { panic!("a close") };
    assert_eq!(u16::from(frame.code), 1001);
}

#[tokio::test]
async fn as_many_sessions_as_admitted_and_no_more() {
    let limits = Limits { sessions: 1, wait: Duration::from_secs(5), ..Limits::default() };
    let bench = Bench::start_with(limits, Arc::new(NoRecordings)).await;
    let _first = raw(&bench, &format!("app=one&{KEY}")).await;
    let refused = bench.ask(&upgrade(&format!("app=two&{KEY}"), "")).await;
    assert_eq!((refused.status, refused.body.as_str()), (503, r#"{"message":"The server is overloaded"}"#));
}
