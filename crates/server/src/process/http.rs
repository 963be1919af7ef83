//! The HTTP server: ARI, `/healthz` and `/readyz`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

use super::error::Error;
use super::status::Status;
use crate::config::Http;

mod desk;

pub(super) use desk::{Desk, desk};

/// How long open requests may take when the server stops.
const CLOSE: Duration = Duration::from_secs(2);

/// Listeners that nobody serves yet.
pub(super) struct Bound {
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
    session_limit: usize,
}

/// Listeners that are served.
pub(super) struct Listening {
    addresses: Vec<SocketAddr>,
    close: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Binds what `http.conf` names. Where that is `localhost`, one of its two addresses is enough.
pub(super) async fn bind(http: &Http) -> Result<Bound, Error> {
    let mut bound =
        Bound { listeners: Vec::new(), addresses: Vec::new(), session_limit: http.session_limit as usize };
    if !http.enabled {
        return Ok(bound);
    }
    for address in &http.addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let address =
                    listener.local_addr().map_err(|source| Error::Http { address: *address, source })?;
                bound.addresses.push(address);
                bound.listeners.push(listener);
            }
            Err(error)
                if address.is_ipv6()
                    && !bound.listeners.is_empty()
                    && error.kind() != io::ErrorKind::AddrInUse =>
            {
                tracing::info!(%address, %error, "HTTP does not listen on IPv6: this machine has none");
            }
            Err(source) => return Err(Error::Http { address: *address, source }),
        }
    }
    Ok(bound)
}

impl Bound {
    /// Serves the desk and the two questions of an orchestrator.
    pub(super) fn serve(self, desk: Desk, status: Arc<Status>) -> Listening {
        let router = router(desk, status);
        let (close, closing) = watch::channel(false);
        let places = Arc::new(Semaphore::new(self.session_limit));
        let serve = |listener| {
            let listener = Limited { listener, places: places.clone() };
            let mut closing = closing.clone();
            let closed = async move {
                // The sender lives as long as the server.
                let _ = closing.wait_for(|is_closing| *is_closing).await;
            };
            let router = router.clone();
            tokio::spawn(async move {
                if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(closed).await {
                    tracing::error!(%error, "HTTP ended");
                }
            })
        };
        let tasks = self.listeners.into_iter().map(serve).collect();
        Listening { addresses: self.addresses, close, tasks }
    }
}

impl Listening {
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Takes no more requests, and gives open ones a moment.
    pub(super) async fn close(&mut self) {
        self.close.send_replace(true);
        for mut task in self.tasks.drain(..) {
            if tokio::time::timeout(CLOSE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

fn router(desk: Desk, status: Arc<Status>) -> Router {
    let ready = status.clone();
    let healthz = move || async move { verdict(status.is_healthy(), "ok\n", "the switch does not answer\n") };
    let readyz = move || async move { verdict(ready.is_ready(), "ready\n", "no new calls are taken\n") };
    desk.router().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

fn verdict(is_good: bool, good: &'static str, bad: &'static str) -> (StatusCode, &'static str) {
    if is_good { (StatusCode::OK, good) } else { (StatusCode::SERVICE_UNAVAILABLE, bad) }
}

/// A listener that accepts only as many connections at once as `sessionlimit` says; others wait in the system's queue.
struct Limited {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

struct Connection {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl axum::serve::Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.places.clone().acquire_owned().await.expect("the semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let _ = stream.set_nodelay(true);
                    return (Connection { stream, _place: place }, address);
                }
                Err(error) => {
                    tracing::warn!(%error, "an HTTP connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
