//! The HTTP server: ARI, SIP over WebSocket, `/healthz`, `/readyz` and `/metrics`; with or without TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{any, get};
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::error::Error;
use super::status::Status;
use crate::config::Http;
use crate::metrics::{self, Sources};
use crate::net::{self, Peer, WebSockets};

mod desk;

pub(super) use desk::{Desk, desk};

/// How long open requests may take when the server stops.
const CLOSE: Duration = Duration::from_secs(2);

/// How long a request's headers may take, and how long a connection may wait for its next request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listeners that nobody serves yet.
pub(super) struct Bound {
    listeners: Vec<(TcpListener, Option<TlsAcceptor>)>,
    addresses: Vec<SocketAddr>,
    prefix: String,
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
    let mut bound = Bound {
        listeners: Vec::new(),
        addresses: Vec::new(),
        prefix: http.prefix.clone(),
        session_limit: http.session_limit as usize,
    };
    if !http.enabled {
        return Ok(bound);
    }
    for address in &http.addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let address =
                    listener.local_addr().map_err(|source| Error::Http { address: *address, source })?;
                bound.addresses.push(address);
                bound.listeners.push((listener, None));
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
    if let Some((address, tls)) = &http.tls {
        let acceptor = TlsAcceptor::from(net::tls::server(tls).map_err(Error::HttpTls)?);
        let failed = |source| Error::Http { address: *address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        bound.addresses.push(listener.local_addr().map_err(failed)?);
        bound.listeners.push((listener, Some(acceptor)));
    }
    Ok(bound)
}

impl Bound {
    /// Serves the desk, SIP over WebSocket, the two questions of an orchestrator, and what is counted.
    pub(super) fn serve(
        self,
        desk: Desk,
        status: Arc<Status>,
        sources: Sources,
        web_sockets: WebSockets,
    ) -> Listening {
        let sip = move |Extension(peer): Extension<Peer>, request: Request| async move {
            web_sockets.open(peer, request)
        };
        let path = format!("{}{}", self.prefix, net::PATH);
        let router = router(desk, status, sources).route(&path, any(sip));
        let (close, closing) = watch::channel(false);
        let places = Arc::new(Semaphore::new(self.session_limit));
        let serve = |(listener, tls)| {
            tokio::spawn(listen(listener, tls, router.clone(), places.clone(), closing.clone(), PATIENCE))
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

fn router(desk: Desk, status: Arc<Status>, sources: Sources) -> Router {
    let ready = status.clone();
    let healthz = move || async move { verdict(status.is_healthy(), "ok\n", "the switch does not answer\n") };
    let readyz = move || async move { verdict(ready.is_ready(), "ready\n", "no new calls are taken\n") };
    let sources = Arc::new(sources);
    let figures = move || {
        let sources = sources.clone();
        async move { ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::text(&sources).await) }
    };
    let router = desk.router().route(metrics::PATH, get(figures));
    router.route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

fn verdict(is_good: bool, good: &'static str, bad: &'static str) -> (StatusCode, &'static str) {
    if is_good { (StatusCode::OK, good) } else { (StatusCode::SERVICE_UNAVAILABLE, bad) }
}

/// Takes connections of one listener until it is told to close; then each ends with its request.
///
/// A place is taken before a connection is: with all of `sessionlimit` in use, others wait in the system's queue.
async fn listen(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    places: Arc<Semaphore>,
    closing: watch::Receiver<bool>,
    patience: Duration,
) {
    let mut connections = JoinSet::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience).title_case_headers(true);
    loop {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closed(closing.clone()) => break,
            Some(_) = connections.join_next() => continue,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "an HTTP connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (tls, builder, router, closing) = (tls.clone(), builder.clone(), router.clone(), closing.clone());
        connections.spawn(serve(stream, tls, builder, router, closing, place));
    }
    while connections.join_next().await.is_some() {}
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    builder: http1::Builder,
    router: Router,
    closing: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { return };
    let peer = Peer { local, remote, is_secure: tls.is_some() };
    match tls {
        None => talk(stream, peer, builder, router, closing).await,
        Some(acceptor) => match tokio::time::timeout(net::HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => talk(stream, peer, builder, router, closing).await,
            Ok(Err(error)) => tracing::debug!(%remote, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%remote, "a TLS handshake took too long"),
        },
    }
    drop(place);
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    builder: http1::Builder,
    router: Router,
    closing: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request.map(Body::new))
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closed(closing) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // It went away, or sent what is no HTTP, or nothing for too long.
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended");
    }
}

async fn closed(mut closing: watch::Receiver<bool>) {
    // The sender lives as long as the server.
    let _ = closing.wait_for(|is_closing| *is_closing).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn start(places: usize, patience: Duration) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (close, closing) = watch::channel(false);
        let router = Router::new().route("/", get(|| async { "here" }));
        let places = Arc::new(Semaphore::new(places));
        (address, close, tokio::spawn(listen(listener, None, router, places, closing, patience)))
    }

    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn who_sends_half_a_request_loses_its_place_to_who_sends_a_whole_one() {
        let (address, _close, _task) = start(1, Duration::from_millis(50)).await;
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        let mut whole = TcpStream::connect(address).await.unwrap();
        assert!(ask(&mut whole).await.ends_with("here"));
        let mut rest = Vec::new();
        half.read_to_end(&mut rest).await.unwrap();
    }

    #[tokio::test]
    async fn closing_ends_idle_connections_and_the_listener() {
        let (address, close, task) = start(10, PATIENCE).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 1];
        idle.read_exact(&mut first).await.unwrap();
        close.send_replace(true);
        task.await.unwrap();
        let mut rest = Vec::new();
        idle.read_to_end(&mut rest).await.unwrap();
        assert!(String::from_utf8(rest).unwrap().ends_with("here"));
    }
}
