//! The event stream.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use ari_model::Event;
use base64::prelude::{BASE64_STANDARD, Engine};
use futures_util::{Stream, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::{Client, Error};

/// Events held for the application where nothing else was asked for.
pub const DEFAULT_QUEUE: usize = 4096;

/// The pause between attempts to reconnect doubles up to this.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How to follow an application's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventOptions {
    /// Get the events of everything, not only of what the application owns or subscribed to.
    pub subscribe_all: bool,
    /// Connect again when the connection is lost, after this pause, which doubles with each failure up to
    /// [`LONGEST_PAUSE`]. `None`: the stream ends.
    pub reconnect: Option<Duration>,
    /// Events held while the application is busy. When that many wait, nothing more is read from the server, which cuts
    /// off a reader that is too slow. At least 1.
    pub queue: usize,
}

impl Default for EventOptions {
    fn default() -> EventOptions {
        EventOptions { subscribe_all: false, reconnect: None, queue: DEFAULT_QUEUE }
    }
}

/// The events of one or more applications, in order. Dropping it closes the WebSocket.
///
/// When the connection is lost it gives one [`Error::Disconnected`]; then it ends, or, where it reconnects, goes on with
/// the events of the new connection. What happened in between was missed: ask the server for its channels and bridges.
#[derive(Debug)]
pub struct Events {
    queue: mpsc::Receiver<Result<Event, Error>>,
    reader: tokio::task::JoinHandle<()>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Client {
    /// Registers the application and follows its events; without reconnecting.
    pub async fn events(&self, app: &str) -> Result<Events, Error> {
        self.events_with(&[app], EventOptions::default()).await
    }

    /// As [`events`](Client::events), for several applications and with options. Returns once the applications are
    /// registered: calls that come from then on are delivered.
    pub async fn events_with(&self, apps: &[&str], options: EventOptions) -> Result<Events, Error> {
        let apps = apps.join(",");
        let socket = open(self, &apps, &options).await?;
        let (sender, queue) = mpsc::channel(options.queue.max(1));
        let reader = tokio::spawn(follow(self.clone(), apps, options, socket, sender));
        Ok(Events { queue, reader })
    }
}

impl Events {
    /// The next event; `None` when there are no more.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        self.queue.recv().await
    }
}

impl Stream for Events {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.queue.poll_recv(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn open(client: &Client, apps: &str, options: &EventOptions) -> Result<Socket, Error> {
    let mut request = client.events_url(apps, options.subscribe_all).as_str().into_client_request()?;
    let (user, password) = client.credentials();
    let value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
            .expect("base64 is a header value");
    request.headers_mut().insert("Authorization", value);
    let (socket, _) = tokio_tungstenite::connect_async(request).await?;
    Ok(socket)
}

/// Reads until nobody listens any more, or the connection is lost and is not to be made again.
async fn follow(
    client: Client,
    apps: String,
    options: EventOptions,
    mut socket: Socket,
    sender: mpsc::Sender<Result<Event, Error>>,
) {
    loop {
        let Some(reason) = read(&mut socket, &sender).await else { return };
        if sender.send(Err(Error::Disconnected { reason })).await.is_err() {
            return;
        }
        let Some(mut pause) = options.reconnect else { return };
        socket = loop {
            tokio::time::sleep(pause).await;
            match open(&client, &apps, &options).await {
                Ok(socket) => break socket,
                Err(_) if !sender.is_closed() => pause = (pause * 2).min(LONGEST_PAUSE),
                Err(_) => return,
            }
        };
    }
}

/// Why reading ended; `None` when nobody listens any more.
async fn read(socket: &mut Socket, sender: &mpsc::Sender<Result<Event, Error>>) -> Option<String> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                // What is no JSON at all is passed over: the server would be broken, and the next event may be good.
                let Ok(event) = serde_json::from_str::<Event>(&text) else { continue };
                sender.send(Ok(event)).await.ok()?;
            }
            Some(Ok(Message::Close(Some(frame)))) => {
                return Some(format!("closed by the server ({})", frame.code));
            }
            Some(Ok(Message::Close(None))) | None => return Some("closed by the server".to_owned()),
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(tungstenite::Error::ConnectionClosed)) => {
                return Some("closed by the server".to_owned());
            }
            Some(Err(error)) => return Some(error.to_string()),
        }
    }
}
