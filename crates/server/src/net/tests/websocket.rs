//! SIP over WebSocket: where the HTTP server has `/ws`, and towards others.

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::*;

/// An HTTP server that has nothing but `/ws`.
async fn http(web_sockets: WebSockets) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, remote)) = listener.accept().await {
            let peer = Peer { local: address, remote, is_secure: false };
            let web_sockets = web_sockets.clone();
            let open = move |request: Request| async move { web_sockets.open(peer, request) };
            let service = TowerToHyperService::new(Router::new().route(PATH, any(open)));
            let service = service_fn(move |request| hyper::service::Service::call(&service, request));
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
        }
    });
    address
}

type Phone = WebSocketStream<TcpStream>;

async fn phone(address: SocketAddr) -> Phone {
    let stream = TcpStream::connect(address).await.unwrap();
    crate::net::websocket::ask(stream, "127.0.0.1", address, false).await.unwrap()
}

async fn ask(address: SocketAddr, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: close{headers}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

// RFC 7118 §8
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_speaks_over_a_websocket_and_is_answered_on_it() {
    let mut bench = Bench::new(&[transport(Protocol::Ws)]);
    let address = http(bench.net.web_sockets()).await;
    let mut phone = phone(address).await;
    phone.send(Message::Text(INVITE.into())).await.unwrap();
    let (flow, message) = received(bench.next());
    assert_eq!((flow.transport, flow.local), (sip::Transport::Ws, address));
    assert_eq!(message, INVITE.as_bytes());
    phone.send(Message::Binary(Bytes::from_static(INVITE.as_bytes()))).await.unwrap();
    assert_eq!(received(bench.next()).0, flow);
    say(&bench, flow, "SIP/2.0 200 OK\r\n\r\n");
    assert_eq!(phone.next().await.unwrap().unwrap(), Message::Text("SIP/2.0 200 OK\r\n\r\n".into()));
    bench.net.perform(Output::KeepAlive { flow });
    assert_eq!(phone.next().await.unwrap().unwrap(), Message::Ping(Bytes::new()));
    phone.send(Message::Text("\r\n\r\n".into())).await.unwrap();
    assert_eq!(phone.next().await.unwrap().unwrap(), Message::Text("\r\n".into()));
    phone.close(None).await.unwrap();
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sip_or_too_long_closes_a_websocket() {
    for bad in ["hello".to_owned(), format!("{INVITE}{}", "x".repeat(sip::MAX_MESSAGE))] {
        let mut bench = Bench::new(&[transport(Protocol::Ws)]);
        let mut phone = phone(http(bench.net.web_sockets()).await).await;
        let _ = phone.send(Message::Text(bad.into())).await;
        assert!(matches!(bench.next(), Input::FlowFailed { .. }));
        assert_eq!(bench.net.counters().unreadable.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_opening_for_sip_is_refused() {
    let bench = Bench::new(&[transport(Protocol::Ws)]);
    let address = http(bench.net.web_sockets()).await;
    let opening = ", Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let other = format!("{opening}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ari");
    let old = format!("{opening}\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Protocol: sip");
    assert_eq!(ask(address, "").await, "HTTP/1.1 426 Upgrade Required");
    assert_eq!(ask(address, &other).await, "HTTP/1.1 400 Bad Request");
    assert_eq!(ask(address, &old).await, "HTTP/1.1 400 Bad Request");
    let none = Bench::new(&[transport(Protocol::Udp)]);
    assert_eq!(ask(http(none.net.web_sockets()).await, "").await, "HTTP/1.1 404 Not Found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_to_somebody_else_is_made_and_used() {
    let mut theirs = Bench::new(&[transport(Protocol::Ws)]);
    let remote = http(theirs.net.web_sockets()).await;
    let mut ours = Bench::new(&[transport(Protocol::Ws)]);
    let (transport, name) = (sip::Transport::Ws, "localhost".to_owned());
    ours.net.perform(Output::Connect { attempt: 1, transport, remote, name });
    let Input::Connected { flow: Some(flow), .. } = ours.next() else { panic!("not connected") };
    say(&ours, flow, INVITE);
    assert_eq!(received(theirs.next()).1, INVITE.as_bytes());
}
