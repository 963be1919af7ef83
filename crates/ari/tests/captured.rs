//! Requests that a real Asterisk 22 was asked, sent over a socket: what does not depend on a call is answered the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use ari::{Call, Front, Operation, Password, Response, User, edge};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn front() -> Front {
    let user = |name: &str, read_only| User {
        name: name.to_owned(),
        password: Password::Plain("password".to_owned()),
        read_only,
    };
    Front { users: vec![user("admin", false), user("viewer", true)], ..Front::default() }
}

/// As much of the operations as the captured requests need.
async fn handler(call: Call) -> Response {
    match call.operation {
        Operation::ChannelsList => Response::ok(&Vec::<()>::new()),
        Operation::ChannelsOriginate => Response::error(400, "Endpoint must be specified"),
        Operation::AsteriskGetGlobalVar | Operation::AsteriskSetGlobalVar => {
            match call.params.text("variable") {
                None => Response::error(400, "Variable name is required"),
                Some(_) if call.operation == Operation::AsteriskSetGlobalVar => Response::no_content(),
                Some("PEERVAR") => Response::ok(&serde_json::json!({ "value": "hello world" })),
                Some(_) => Response::ok(&serde_json::json!({ "value": "" })),
            }
        }
        Operation::ApplicationsSubscribe => Response::error(400, "Missing parameter eventSource"),
        other => panic!("{other:?} was not asked for"),
    }
}

async fn serve(front: Front) -> std::net::SocketAddr {
    let front = Arc::new(front);
    let fallback = move |request| {
        let front = front.clone();
        async move { edge::answer(&front, request, handler).await }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().fallback(fallback);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

struct Answer {
    status: u16,
    reason: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Sends the text as it is, closes, and reads all there is.
async fn exchange(address: std::net::SocketAddr, request: &str) -> Answer {
    let mut socket = TcpStream::connect(address).await.expect("a listener");
    let head_end = request.find("\r\n").expect("a request line");
    let request = format!("{}\r\nConnection: close{}", &request[..head_end], &request[head_end..]);
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut text = Vec::new();
    socket.read_to_end(&mut text).await.expect("an answer");
    let text = String::from_utf8(text).expect("text");
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let (head, body) = text.split_once("\r\n\r\n").expect("a blank line");
    let mut lines = head.lines();
    let mut first = lines.next().expect("a status line").splitn(3, ' ').skip(1);
    let status = first.next().and_then(|status| status.parse().ok()).expect("a status");
    let reason = first.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Answer { status, reason, headers, body: body.to_owned() }
}

#[tokio::test]
async fn captured_requests_are_answered_as_captured() {
    let address = serve(front()).await;
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/requests.json")).expect("JSON");
    assert!(cases.len() >= 35);
    for case in &cases {
        let what = case["what"].as_str().expect("what");
        let answer = exchange(address, case["request"].as_str().expect("a request")).await;
        assert_eq!(u64::from(answer.status), case["status"], "{what}");
        assert_eq!(answer.reason, case["reason"].as_str().expect("reason"), "{what}");
        if what != "HEAD" {
            // RFC 9110 §9.3.2: Asterisk sends a body to HEAD all the same.
            assert_eq!(answer.body, case["body"].as_str().expect("a body"), "{what}");
        }
        for (name, value) in case["headers"].as_object().expect("headers") {
            if (name.as_str(), answer.status) == ("content-length", 204) {
                continue; // RFC 9110 §8.6
            }
            assert_eq!(answer.headers.get(name).map(String::as_str), value.as_str(), "{what}: {name}");
        }
        assert_eq!(answer.headers.get("server").map(String::as_str), Some("Asterisk"), "{what}");
        assert_eq!(
            answer.headers.get("cache-control").map(String::as_str),
            Some("no-cache, no-store"),
            "{what}"
        );
        assert!(answer.headers.contains_key("date"), "{what}");
    }
}

const ADMIN: &str = "Authorization: Basic YWRtaW46cGFzc3dvcmQ=";

#[tokio::test]
async fn a_body_over_the_limit_is_413_chunked_or_not() {
    let address = serve(front()).await;
    let body = "x".repeat(ari::LARGEST_BODY + 1);
    let announced = format!(
        "POST /ari/channels HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = format!(
        "POST /ari/channels HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for request in [announced, chunked] {
        let answer = exchange(address, &request).await;
        assert_eq!((answer.status, answer.reason.as_str()), (413, "Request Entity Too Large"));
        assert_eq!(answer.body, r#"{"message":"Request body too large"}"#);
    }
}

#[tokio::test]
async fn an_operation_that_does_nothing_yet_says_so() {
    let address = serve(front()).await;
    let answer =
        exchange(address, &format!("GET /ari/asterisk/modules HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\n\r\n")).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (501, r#"{"message":"GET /asterisk/modules is not implemented"}"#)
    );
}

#[tokio::test]
async fn an_allowed_origin_may_ask_and_look_before() {
    let address = serve(Front { allowed_origins: vec!["http://page.test".to_owned()], ..front() }).await;
    let ask = |method: &str, more: &str| {
        format!(
            "{method} /ari/channels HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\nOrigin: http://page.test\r\n{more}\r\n"
        )
    };
    let plain = exchange(address, &ask("GET", "")).await;
    assert_eq!(
        plain.headers.get("access-control-allow-origin").map(String::as_str),
        Some("http://page.test")
    );
    assert_eq!(plain.headers.get("access-control-allow-credentials").map(String::as_str), Some("true"));
    let more = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: X-A, X-B\r\n";
    let preflight = exchange(address, &ask("OPTIONS", more)).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.headers.get("access-control-allow-methods").map(String::as_str),
        Some("OPTIONS,GET,POST")
    );
    assert_eq!(preflight.headers.get("access-control-allow-headers").map(String::as_str), Some("X-A, X-B"));
    let other = exchange(address, &ask("OPTIONS", "Access-Control-Request-Method: PUT\r\n")).await;
    assert!(!other.headers.contains_key("access-control-allow-methods"));
}

#[tokio::test]
async fn pretty_is_for_the_configuration_to_say_and_changes_only_the_layout() {
    let uri = "/ari/asterisk/variable?variable=PEERVAR&pretty=yes";
    let request = format!("GET {uri} HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\n\r\n");
    let compact = exchange(serve(front()).await, &request).await;
    assert_eq!(compact.body, r#"{"value":"hello world"}"#);
    let pretty = exchange(serve(Front { pretty: true, ..front() }).await, &request).await;
    assert_eq!(pretty.body, "{\n  \"value\": \"hello world\"\n}");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_400_before_credentials_are_asked_for() {
    let address = serve(front()).await;
    let json = "Content-Type: application/json\r\nContent-Length: 4";
    let answer =
        exchange(address, &format!("POST /ari/channels HTTP/1.1\r\nHost: h\r\n{json}\r\n\r\n{{bad")).await;
    assert_eq!((answer.status, answer.body.as_str()), (400, r#"{"message":"Error parsing request body"}"#));
}

#[tokio::test]
async fn a_prefix_moves_everything() {
    let address = serve(Front { prefix: "/pbx".to_owned(), ..front() }).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: h\r\n{ADMIN}\r\n\r\n");
    assert_eq!(exchange(address, &get("/pbx/ari/channels")).await.body, "[]");
    let outside = exchange(address, &get("/ari/channels")).await;
    assert_eq!((outside.status, outside.headers["content-type"].as_str()), (404, "text/html"));
    let ribbon = exchange(address, &get("/pbx/aribbon")).await;
    assert_eq!(ribbon.headers["content-type"], "text/html");
}
