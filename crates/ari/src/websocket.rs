//! The event WebSocket (RFC 6455): events go out in order, requests may come in.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::response::Response as HttpResponse;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use stasis::Command;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::refusal::overloaded;
use crate::rest_request::{self, Credentials};
use crate::{Ari, Call, Overloaded, Request, Response, Session};

/// Largest message of a client in bytes; a larger one ends the connection.
pub const LARGEST_MESSAGE: usize = 65_535;

/// Events that are written before the socket is flushed once.
const BATCH: usize = 64;

/// Versions of the protocol that are spoken; they are one on the wire.
const VERSIONS: [&str; 3] = ["7", "8", "13"];

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Checks the handshake, registers the applications, and answers 101. The WebSocket goes on in a task of its own.
/// Whatever is wrong is answered before, as HTTP.
pub(crate) async fn open(
    ari: &Arc<Ari>,
    request: &Request,
    call: &Call,
    upgrade: Option<OnUpgrade>,
) -> Result<HttpResponse, Response> {
    let page = |status, title, text: &str| Response::page(status, title, text, &ari.front.server_name);
    let header = |name: &str| request.headers.first(name).unwrap_or_default();
    let wanted = header("Upgrade").trim().eq_ignore_ascii_case("websocket");
    let Some(upgrade) = upgrade.filter(|_| wanted) else {
        return Err(page(426, "Upgrade Required", ""));
    };
    let protocol = protocol(header("Sec-WebSocket-Protocol")).ok_or_else(bad_handshake)?;
    let key = header("Sec-WebSocket-Key");
    if key.is_empty() || !VERSIONS.contains(&header("Sec-WebSocket-Version").trim()) {
        return Err(bad_handshake());
    }
    let mut applications = call.params.list("app")?;
    applications.retain(|name| !name.is_empty());
    if applications.is_empty() {
        return Err(page(400, "Bad Request", "HTTP request is missing param: [app]"));
    }
    if applications.iter().any(|name| name.len() > stasis::application::LONGEST_NAME) {
        return Err(page(400, "Bad Request", "The name of an application is too long"));
    }
    let session = ari.board.open_session().ok_or_else(|| overloaded(Overloaded::Full))?;
    let connect = Command::Connect {
        session: session.id(),
        applications: applications.clone(),
        subscribe_all: call.params.bool("subscribeAll"),
    };
    ari.ask(call, connect).await?;
    let credentials = Credentials::of(request, &call.params);
    let following = Following {
        ari: ari.clone(),
        credentials: Arc::new(credentials),
        application: applications.swap_remove(0),
        session,
    };
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            following.run(upgraded).await;
        }
    });
    Ok(switching(key, protocol))
}

/// The sub-protocol to be agreed: `ari`, or none where none was offered. `None` where only others were.
fn protocol(offered: &str) -> Option<Option<&'static str>> {
    let mut offered = offered.split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
    if offered.peek().is_none() {
        return Some(None);
    }
    offered.any(|name| name.eq_ignore_ascii_case("ari")).then_some(Some("ari"))
}

fn bad_handshake() -> Response {
    Response::empty(400).with("Sec-WebSocket-Version", VERSIONS.join(", "))
}

fn switching(key: &str, protocol: Option<&'static str>) -> HttpResponse {
    let mut response = HttpResponse::builder()
        .status(101)
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Accept", derive_accept_key(key.as_bytes()));
    if let Some(protocol) = protocol {
        response = response.header("Sec-WebSocket-Protocol", protocol);
    }
    response.body(HttpBody::empty()).expect("each header is a header")
}

/// A WebSocket that follows applications.
struct Following {
    ari: Arc<Ari>,
    credentials: Arc<Credentials>,
    /// The first application of the socket: answers to requests name it.
    application: String,
    session: Session,
}

/// A request that is being carried out.
type Pending = Pin<Box<dyn Future<Output = String> + Send>>;

impl Following {
    async fn run(mut self, upgraded: Upgraded) {
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE))
            .accept_unmasked_frames(true);
        let io = TokioIo::new(upgraded);
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let cut = self.session.cut();
        tokio::select! {
            // Dropping the socket in the middle of whatever it does is what cutting off means.
            () = cut.notified() => {}
            () = self.follow(&mut socket) => {}
        }
    }

    /// Until the connection ends. Requests of one socket are worked one after another, and while one is worked events go
    /// out but nothing more is read.
    async fn follow(&mut self, socket: &mut Socket) {
        let mut pending: Option<Pending> = None;
        loop {
            let going_on = tokio::select! {
                delivery = self.session.next() => match delivery {
                    Some(delivery) => {
                        let event = self.event(&delivery);
                        self.send(socket, event).await
                    }
                    // The server ends.
                    None => close(socket, CloseCode::Away).await,
                },
                answer = async { pending.as_mut().expect("checked").await }, if pending.is_some() => {
                    pending = None;
                    self.answer(socket, answer).await
                }
                message = socket.next(), if pending.is_none() => match message {
                    Some(Ok(Message::Text(text))) => {
                        pending = Some(self.carry_out(text.to_string()));
                        Ok(())
                    }
                    // Asterisk passes over what is not text; pings are answered by the library.
                    Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                        socket.flush().await
                    }
                    Some(Ok(Message::Close(_))) => socket.flush().await,
                    Some(Err(tungstenite::Error::Capacity(_))) => close(socket, CloseCode::Size).await,
                    Some(Err(error)) => Err(error),
                    None => return,
                },
            };
            if going_on.is_err() {
                return;
            }
        }
    }

    fn event(&self, delivery: &stasis::Delivery) -> Message {
        let event = self.ari.facts.event(delivery);
        Message::text(self.ari.front.print(&event))
    }

    /// Writes a message and all events that wait already, and flushes once.
    async fn send(&mut self, socket: &mut Socket, first: Message) -> Result<(), tungstenite::Error> {
        socket.feed(first).await?;
        for _ in 1..BATCH {
            let Some(delivery) = self.session.next_waiting() else { break };
            socket.feed(self.event(&delivery)).await?;
        }
        socket.flush().await
    }

    /// Writes the answer to a request behind all events that were told before it.
    async fn answer(&mut self, socket: &mut Socket, answer: String) -> Result<(), tungstenite::Error> {
        while let Some(delivery) = self.session.next_waiting() {
            socket.feed(self.event(&delivery)).await?;
        }
        socket.send(Message::text(answer)).await
    }

    fn carry_out(&self, text: String) -> Pending {
        let (ari, credentials) = (self.ari.clone(), self.credentials.clone());
        let application = self.application.clone();
        Box::pin(async move { rest_request::answer(&ari, &credentials, application, &text).await })
    }
}

/// Says why it ends and waits for nobody.
async fn close(socket: &mut Socket, code: CloseCode) -> Result<(), tungstenite::Error> {
    let _ = socket.close(Some(CloseFrame { code, reason: "".into() })).await;
    Err(tungstenite::Error::ConnectionClosed)
}

#[cfg(test)]
mod tests {
    use super::protocol;

    #[test]
    fn the_protocol_is_ari_or_none() {
        assert_eq!(protocol(""), Some(None));
        assert_eq!(protocol("ari"), Some(Some("ari")));
        assert_eq!(protocol("chat, ari"), Some(Some("ari")));
        assert_eq!(protocol("chat"), None);
    }
}
