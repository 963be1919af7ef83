//! SIP over WebSocket (RFC 7118): each text or binary message is one SIP message. It is served where the HTTP server has
//! `/ws`, as Asterisk does.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use sip::{Flow, MAX_MESSAGE, Transport};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::connections::{Connections, Order, Place};
use super::counters::count;
use super::stream::{FIRST_MESSAGE, IDLE};
use super::tcp::HANDSHAKE;

/// The path where SIP is served, after the HTTP server's prefix.
pub const PATH: &str = "/ws";
/// The subprotocol's name.
const SUBPROTOCOL: &str = "sip";
/// How long one write may take at least.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The two ends of a connection that asked the HTTP server for something.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// Ours.
    pub local: SocketAddr,
    /// Theirs.
    pub remote: SocketAddr,
    /// It is under TLS.
    pub is_secure: bool,
}

/// Takes WebSockets of the HTTP server. Clones are of one.
#[derive(Clone)]
pub struct WebSockets {
    pub(super) connections: Arc<Connections>,
    /// A transport of this kind is configured.
    pub(super) is_wanted: bool,
}

impl WebSockets {
    /// Answers a request for [`PATH`]; where it is one for SIP, the connection goes on as a flow.
    pub fn open(&self, peer: Peer, mut request: Request<Body>) -> Response<Body> {
        if !self.is_wanted {
            return refused(
                StatusCode::NOT_FOUND,
                "no transport of pjsip.conf has `protocol = ws` or `wss`\n",
            );
        }
        let key = match check(request.method(), request.headers()) {
            Ok(key) => key,
            Err(refusal) => return *refusal,
        };
        let transport = if peer.is_secure { Transport::Wss } else { Transport::Ws };
        let Some(place) = self.connections.admit(peer.remote.ip(), None) else {
            self.connections.refused(transport, peer.local, peer.remote);
            return refused(StatusCode::SERVICE_UNAVAILABLE, "too many connections are open\n");
        };
        let flow = Flow::connected(transport, peer.local, peer.remote, place.number);
        let upgrade = hyper::upgrade::on(&mut request);
        self.connections.spawn(async move {
            match timeout(HANDSHAKE, upgrade).await {
                Ok(Ok(upgraded)) if place.open(flow) => {
                    let io = TokioIo::new(upgraded);
                    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(limits())).await;
                    serve(place, flow, socket).await;
                }
                Ok(_) | Err(_) => count(&place.connections.counters.failed_handshakes),
            }
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept.expect("base64 is fit for a header"));
        response
    }
}

/// The client's key, where this is the opening of a WebSocket for SIP (RFC 6455 §4.2.1, RFC 7118 §4).
fn check(method: &Method, headers: &HeaderMap) -> Result<HeaderValue, Box<Response<Body>>> {
    let names = |name: HeaderName, word: &str| {
        let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    if method != Method::GET || !names(header::UPGRADE, "websocket") || !names(header::CONNECTION, "upgrade")
    {
        let mut response = refused(StatusCode::UPGRADE_REQUIRED, "this is for SIP over WebSocket\n");
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return Err(Box::new(response));
    }
    if !names(header::SEC_WEBSOCKET_VERSION, "13") {
        let mut response = refused(StatusCode::BAD_REQUEST, "the version of WebSocket is 13\n");
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return Err(Box::new(response));
    }
    if !names(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Box::new(refused(StatusCode::BAD_REQUEST, "the subprotocol is `sip`\n")));
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).cloned();
    key.ok_or_else(|| Box::new(refused(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing\n")))
}

fn refused(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

/// Opens a WebSocket to somebody who serves SIP as we do.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    name: &str,
    remote: SocketAddr,
    is_secure: bool,
) -> io::Result<WebSocketStream<S>> {
    let scheme = if is_secure { "wss" } else { "ws" };
    let host = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let url = format!("{scheme}://{host}:{}{PATH}", remote.port());
    let mut request = url.into_client_request().map_err(io::Error::other)?;
    request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(limits())).await;
    opened.map(|(socket, _)| socket).map_err(io::Error::other)
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE))
}

/// Reads and writes until either side ends.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut place: Place,
    flow: Flow,
    socket: WebSocketStream<S>,
) {
    let (sink, mut messages) = socket.split();
    let connections = place.connections.clone();
    let read = async {
        let mut until = Instant::now() + FIRST_MESSAGE;
        while let Ok(Some(message)) = timeout_at(until, messages.next()).await {
            if !received(&connections, flow, message).await {
                return;
            }
            until = Instant::now() + IDLE;
        }
    };
    tokio::select! {
        () = read => {}
        () = write(sink, &mut place.queue) => {}
    }
    place.closed(flow).await;
}

/// `false`: close.
async fn received(connections: &Arc<Connections>, flow: Flow, message: Result<Message, Error>) -> bool {
    let bytes = match message {
        Ok(Message::Text(text)) => Bytes::from(text),
        Ok(Message::Binary(bytes)) => bytes,
        // The library answers a ping with the next write or read.
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => return true,
        Ok(Message::Close(_)) => return false,
        Err(Error::Capacity(_)) => {
            connections.unreadable(flow, &sip::Error::MessageTooLarge);
            return false;
        }
        Err(_) => return false,
    };
    match &bytes[..] {
        // Some clients send the keepalive of streams.
        b"\r\n\r\n" => connections.send(flow.connection, Order::Pong),
        b"\r\n" => true,
        _ if super::is_sip(&bytes) => connections.take(flow, bytes).await,
        _ => {
            connections.unreadable(flow, &sip::Error::NotSip);
            false
        }
    }
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    queue: &mut mpsc::Receiver<Order>,
) {
    while let Some(order) = queue.recv().await {
        let message = match order {
            // Text, unless the body is not (RFC 7118 §4.2).
            Order::Message(bytes) => match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Message::Text(text.into()),
                Err(_) => Message::Binary(bytes),
            },
            Order::Ping => Message::Ping(Bytes::new()),
            Order::Pong => Message::Text("\r\n".into()),
        };
        match timeout(WRITE_TIMEOUT, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(WRITE_TIMEOUT, sink.close()).await;
}
