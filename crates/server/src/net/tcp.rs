//! SIP over TCP.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use signalling::Input;
use sip::{Flow, Frame, Framer};
use socket2::{Domain, Protocol, Socket as Raw, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::{answer, class_of, refusal};
use crate::inbox::{Class, Inbox};

/// Connections at once. One more is closed at once.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Connections of one address. One more is closed at once.
pub const MAX_PER_ADDRESS: usize = 256;
/// Messages that wait to be written to one peer. A peer that is slower is closed.
pub const WRITE_QUEUE: usize = 128;
/// How long a new connection may take for its first whole message.
pub const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// How long a message, once begun, may take to be whole.
const WHOLE_MESSAGE: Duration = Duration::from_secs(10);
/// How long a connection may say nothing.
pub const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long a connection that we make may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// How long one write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is not read while the switch has no room; after that it is closed.
const PATIENCE: Duration = Duration::from_secs(2);
/// Connections that the system keeps for us until we accept them.
const BACKLOG: i32 = 1_024;
/// The answer to a keepalive (RFC 5626 §3.5.1).
const PONG: &[u8] = b"\r\n";

/// The connections there are.
pub(super) struct Connections {
    inbox: Inbox<switch::Input>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    given: u64,
    open: HashMap<u64, (IpAddr, mpsc::Sender<Bytes>)>,
}

impl Connections {
    pub(super) fn new(inbox: Inbox<switch::Input>) -> Connections {
        Connections { inbox, table: Mutex::default() }
    }

    pub(super) fn count(&self) -> usize {
        self.table().open.len()
    }

    /// Queues one message. `false` where the connection is gone, or is closed now because its peer is too slow.
    pub(super) fn send(&self, connection: u64, message: Bytes) -> bool {
        let mut table = self.table();
        let Some((_, queue)) = table.open.get(&connection) else { return false };
        let is_queued = queue.try_send(message).is_ok();
        if !is_queued {
            // The writer ends when the last sender is gone, and the reader with it.
            table.open.remove(&connection);
        }
        is_queued
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A table is whole between two operations, whoever panicked.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number and a queue for a connection; `None` where there are too many.
    fn admit(&self, peer: IpAddr) -> Option<(u64, mpsc::Receiver<Bytes>)> {
        let mut table = self.table();
        let of_peer = table.open.values().filter(|(address, _)| *address == peer).count();
        if table.open.len() >= MAX_CONNECTIONS || of_peer >= MAX_PER_ADDRESS {
            return None;
        }
        let (sender, receiver) = mpsc::channel(WRITE_QUEUE);
        table.given += 1;
        let number = table.given;
        table.open.insert(number, (peer, sender));
        Some((number, receiver))
    }
}

pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let raw = Raw::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        raw.set_only_v6(true)?;
    }
    raw.set_reuse_address(true)?;
    raw.set_nonblocking(true)?;
    raw.bind(&address.into())?;
    raw.listen(BACKLOG)?;
    TcpListener::from_std(raw.into())
}

/// Accepts for ever.
pub(super) async fn accept(connections: Arc<Connections>, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if open(&connections, stream).is_none() {
                    tracing::warn!("a TCP connection was refused: too many are open");
                }
            }
            Err(error) => {
                // No descriptor is free, or the peer went: later ones may do better.
                tracing::warn!(%error, "a TCP connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Makes a connection.
pub(super) async fn connect(connections: Arc<Connections>, remote: SocketAddr) -> Option<Flow> {
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(remote)).await {
        Ok(Ok(stream)) => open(&connections, stream),
        Ok(Err(error)) => {
            tracing::info!(%remote, %error, "no TCP connection");
            None
        }
        Err(_) => {
            tracing::info!(%remote, "no TCP connection in time");
            None
        }
    }
}

/// Begins to read and write a connection.
fn open(connections: &Arc<Connections>, stream: TcpStream) -> Option<Flow> {
    let (local, remote) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
    let (number, queue) = connections.admit(remote.ip())?;
    let _ = stream.set_nodelay(true);
    let flow = Flow::tcp(local, remote, number);
    let (reader, writer) = stream.into_split();
    let connections = connections.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = read(&connections, flow, reader) => {}
            () = write(writer, queue) => {}
        }
        connections.table().open.remove(&number);
        answer(connections.inbox.clone(), Input::FlowFailed { flow }).await;
    });
    Some(flow)
}

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(message) = queue.recv().await {
        match timeout(WRITE_TIMEOUT, writer.write_all(&message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// Reads until the peer closes, says what is no SIP, or says nothing for too long.
async fn read(connections: &Connections, flow: Flow, mut reader: OwnedReadHalf) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 16 << 10];
    let mut until = Instant::now() + FIRST_MESSAGE;
    loop {
        let Ok(Ok(length @ 1..)) = timeout_at(until, reader.read(&mut buffer)).await else { return };
        framer.feed(&buffer[..length]);
        let mut is_whole = false;
        loop {
            match framer.poll() {
                Ok(Some(Frame::Message(message))) => {
                    is_whole = true;
                    if !take(connections, flow, message).await {
                        return;
                    }
                }
                Ok(Some(Frame::Ping)) => {
                    is_whole = true;
                    if !connections.send(flow.connection, Bytes::from_static(PONG)) {
                        return;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::info!(%flow, %error, "a connection was closed");
                    return;
                }
            }
        }
        // A message that trickles in does not move its own deadline.
        if is_whole {
            until = Instant::now() + IDLE;
        } else {
            until = until.min(Instant::now() + WHOLE_MESSAGE);
        }
    }
}

/// Posts one message, waiting a while for room. `false`: close.
async fn take(connections: &Connections, flow: Flow, message: Bytes) -> bool {
    let class = class_of(&message);
    let mut input = switch::Input::Sip(Input::Received { flow, message: message.clone() });
    let patience = Instant::now() + PATIENCE;
    while let Err(back) = connections.inbox.post(class, input) {
        if class == Class::NewCall {
            return refusal(message).is_some_and(|answer| connections.send(flow.connection, answer));
        }
        if Instant::now() >= patience {
            return false;
        }
        input = back;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}
