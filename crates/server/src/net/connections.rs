//! The connections there are, of all transports but UDP: who may have one, what waits to be written, and their end.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use signalling::Input;
use sip::{Flow, Transport};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::counters::{Counters, count};
use super::door::{Door, Offence};
use super::{answer, class_of, refusal};
use crate::inbox::{Class, Inbox};

/// Connections at once, those in a handshake included. One more is closed at once.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Connections of one address. One more is closed at once.
pub const MAX_PER_ADDRESS: usize = 256;
/// Messages that wait to be written to one peer. A peer that is slower is closed.
pub const WRITE_QUEUE: usize = 128;
/// How long a connection is not read while the switch has no room; after that it is closed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long connections have at the end to write what waits.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is to be written.
#[derive(Debug)]
pub(super) enum Order {
    /// A message.
    Message(Bytes),
    /// A keepalive that wants an answer.
    Ping,
    /// The answer to one.
    Pong,
}

/// All of them.
pub(super) struct Connections {
    inbox: Inbox<switch::Input>,
    pub(super) counters: Arc<Counters>,
    pub(super) door: Arc<Door>,
    runtime: Handle,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    given: u64,
    open: HashMap<u64, Entry>,
    of_peer: HashMap<IpAddr, usize>,
    tasks: JoinSet<()>,
    is_over: bool,
}

struct Entry {
    peer: IpAddr,
    queue: mpsc::Sender<Order>,
    /// There is one once it can be written to.
    flow: Option<Flow>,
    /// Whom we meant to reach, where we made it.
    name: Option<String>,
}

/// A place among the connections. It is given back when dropped.
pub(super) struct Place {
    pub(super) connections: Arc<Connections>,
    pub(super) number: u64,
    pub(super) queue: mpsc::Receiver<Order>,
}

impl Connections {
    pub(super) fn new(
        runtime: Handle,
        inbox: Inbox<switch::Input>,
        counters: Arc<Counters>,
        door: Arc<Door>,
    ) -> Arc<Connections> {
        Arc::new(Connections { inbox, counters, door, runtime, table: Mutex::default() })
    }

    pub(super) fn count(&self) -> usize {
        self.table().open.len()
    }

    /// Queues one message. `false` where the connection is gone, or is closed now because its peer is too slow.
    pub(super) fn send(&self, connection: u64, order: Order) -> bool {
        let mut table = self.table();
        let Some(entry) = table.open.get(&connection) else { return false };
        let length = if let Order::Message(message) = &order { Some(message.len()) } else { None };
        match (entry.queue.try_send(order), entry.flow, length) {
            (Ok(()), Some(flow), Some(length)) => {
                self.counters.sent(flow.transport, length);
                true
            }
            (Ok(()), _, _) => true,
            (Err(_), flow, _) => {
                if let Some(flow) = flow {
                    tracing::info!(%flow, "a connection was closed: its peer does not read");
                    count(&self.counters.slow_readers);
                }
                // The writer ends when the last sender is gone, and the reader with it.
                table.forget(connection);
                false
            }
        }
    }

    /// Closes one when what waits for it is written.
    pub(super) fn close(&self, connection: u64) {
        self.table().forget(connection);
    }

    /// A connection of ours to this place that is open.
    pub(super) fn reusable(&self, transport: Transport, remote: SocketAddr, name: &str) -> Option<Flow> {
        let table = self.table();
        let same = |entry: &&Entry| {
            entry.name.as_deref() == Some(name)
                && entry.flow.is_some_and(|flow| flow.transport == transport && flow.remote == remote)
        };
        table.open.values().find(same).and_then(|entry| entry.flow)
    }

    /// A place for a connection; `None` where there are too many.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, name: Option<&str>) -> Option<Place> {
        let mut table = self.table();
        let of_peer = table.of_peer.get(&peer).copied().unwrap_or(0);
        if table.is_over || table.open.len() >= MAX_CONNECTIONS || of_peer >= MAX_PER_ADDRESS {
            drop(table);
            count(&self.counters.refused_connections);
            return None;
        }
        let (sender, queue) = mpsc::channel(WRITE_QUEUE);
        table.given += 1;
        let number = table.given;
        let entry = Entry { peer, queue: sender, flow: None, name: name.map(str::to_owned) };
        table.open.insert(number, entry);
        *table.of_peer.entry(peer).or_default() += 1;
        drop(table);
        Some(Place { connections: self.clone(), number, queue })
    }

    /// Says that a connection was refused because there are too many.
    pub(super) fn refused(&self, transport: Transport, local: SocketAddr, remote: SocketAddr) {
        self.door.tell(Offence::TooManyConnections, transport, local, remote);
    }

    /// Runs something that ends with the sockets.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut table = self.table();
        while table.tasks.try_join_next().is_some() {}
        if !table.is_over {
            table.tasks.spawn_on(task, &self.runtime);
        }
    }

    /// Ends all: each may write what waits, for a moment.
    pub(super) fn end(&self) {
        let mut table = self.table();
        table.is_over = true;
        table.open.clear();
        table.of_peer.clear();
        let mut tasks = std::mem::take(&mut table.tasks);
        drop(table);
        self.runtime.spawn(async move {
            let all = async { while tasks.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(LAST_WORDS, all).await;
        });
    }

    /// Posts one message, waiting a while for room. `false`: close.
    pub(super) async fn take(&self, flow: Flow, message: Bytes) -> bool {
        self.counters.received(flow.transport, message.len());
        let class = class_of(&message);
        let mut input = switch::Input::Sip(Input::Received { flow, message: message.clone() });
        let patience = Instant::now() + PATIENCE;
        while let Err(back) = self.inbox.post(class, input) {
            if class == Class::NewCall {
                count(&self.counters.refused_messages);
                self.door.tell(Offence::TooMuch, flow.transport, flow.local, flow.remote);
                return refusal(message)
                    .is_some_and(|answer| self.send(flow.connection, Order::Message(answer)));
            }
            if Instant::now() >= patience {
                count(&self.counters.refused_messages);
                return false;
            }
            input = back;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        true
    }

    /// Says why a connection is closed that sent what cannot be read.
    pub(super) fn unreadable(&self, flow: Flow, error: &sip::Error) {
        tracing::info!(%flow, %error, "a connection was closed");
        count(&self.counters.unreadable);
        self.door.tell(Offence::BadFormat, flow.transport, flow.local, flow.remote);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // A table is whole between two operations, whoever panicked.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn forget(&mut self, number: u64) {
        let Some(entry) = self.open.remove(&number) else { return };
        if let Some(count) = self.of_peer.get_mut(&entry.peer) {
            *count -= 1;
            if *count == 0 {
                self.of_peer.remove(&entry.peer);
            }
        }
    }
}

impl Place {
    /// The connection is there: from now on it can be written to. `false` where it was closed meanwhile.
    pub(super) fn open(&self, flow: Flow) -> bool {
        let mut table = self.connections.table();
        let Some(entry) = table.open.get_mut(&self.number) else { return false };
        entry.flow = Some(flow);
        let traffic = self.connections.counters.of(flow.transport);
        count(&traffic.connections);
        count(&traffic.connections_ever);
        true
    }

    /// Says that a connection which was open is gone.
    pub(super) async fn closed(self, flow: Flow) {
        let connections = self.connections.clone();
        let traffic = connections.counters.of(flow.transport);
        traffic.connections.fetch_sub(1, Ordering::Relaxed);
        drop(self);
        answer(connections.inbox.clone(), Input::FlowFailed { flow }).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.table().forget(self.number);
    }
}
