//! Media shards: one thread a core, each with its own sockets and its own [`media::Shard`].
//!
//! A thread waits for packets, commands and its next tick in one place, and tells the switch through its inbox. Commands go
//! through a ring; what does not fit waits on the switch's side ([`MAX_BACKLOG`]).

mod lateness;
mod ports;
mod thread;
mod timer;
mod traffic;

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use call::ShardId;
use media::Command;

use crate::clock::Clock;
use crate::config::Rtp;
use crate::inbox::Inbox;

pub use lateness::{BOUNDS_US, Lateness};
pub use ports::AHEAD;
pub use traffic::{Published, Traffic, Way};

/// Commands that a shard's ring holds.
pub const RING: usize = 16_384;
/// Commands that wait on the switch's side when a ring is full. Where that is reached, the shard is stuck and the
/// process cannot go on.
pub const MAX_BACKLOG: usize = 1 << 20;

/// What the shards are started with.
#[derive(Debug, Clone)]
pub struct ShardsConfig {
    /// How many.
    pub count: u16,
    /// The ports of media.
    pub rtp: Rtp,
    /// Addresses that RTP is bound to, at most one a family.
    pub addresses: Vec<IpAddr>,
    /// Most legs of one shard.
    pub max_legs: usize,
    /// Where random numbers begin; each shard gets its own from it.
    pub seed: u64,
}

/// The switch's side of all shards.
pub struct Shards {
    handles: Vec<Handle>,
}

struct Handle {
    ring: Option<rtrb::Producer<Command>>,
    backlog: VecDeque<Command>,
    waker: Arc<mio::Waker>,
    is_asleep: bool,
    lateness: Arc<Lateness>,
    traffic: Arc<Published>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Shards {
    /// Starts the threads. Each binds its first ports and posts them.
    ///
    /// # Errors
    /// Where the system gives no thread or no descriptors.
    pub fn start(config: &ShardsConfig, clock: Clock, inbox: &Inbox<switch::Input>) -> io::Result<Shards> {
        let mut handles = Vec::new();
        for number in 0..config.count.max(1) {
            let (ring, commands) = rtrb::RingBuffer::new(RING);
            let lateness = Arc::new(Lateness::default());
            let traffic = Arc::new(Published::default());
            let shard = ShardId(number);
            let worker = thread::Worker::new(
                config,
                shard,
                clock,
                commands,
                inbox.clone(),
                lateness.clone(),
                traffic.clone(),
            )?;
            let waker = worker.waker();
            let thread =
                std::thread::Builder::new().name(format!("media-{number}")).spawn(|| worker.run())?;
            let backlog = VecDeque::new();
            let thread = Some(thread);
            handles.push(Handle {
                ring: Some(ring),
                backlog,
                waker,
                is_asleep: true,
                lateness,
                traffic,
                thread,
            });
        }
        Ok(Shards { handles })
    }

    /// Asks something of a shard. It sees it after [`Shards::wake`].
    pub fn tell(&mut self, shard: ShardId, command: Command) {
        let Some(handle) = self.handles.get_mut(usize::from(shard.0)) else { return };
        assert!(handle.backlog.len() < MAX_BACKLOG, "media shard {} is stuck", shard.0);
        handle.backlog.push_back(command);
        handle.is_asleep = false;
    }

    /// Wakes the shards that were asked something. Gives whether something still waits for room.
    pub fn wake(&mut self) -> bool {
        let mut is_waiting = false;
        for handle in self.handles.iter_mut().filter(|handle| !handle.is_asleep) {
            if let Some(ring) = &mut handle.ring {
                while let Some(command) = handle.backlog.pop_front() {
                    if let Err(rtrb::PushError::Full(command)) = ring.push(command) {
                        handle.backlog.push_front(command);
                        break;
                    }
                }
            }
            handle.is_asleep = handle.backlog.is_empty();
            is_waiting |= !handle.is_asleep;
            if let Err(error) = handle.waker.wake() {
                tracing::error!(%error, "a media shard cannot be woken");
            }
        }
        is_waiting
    }

    /// What went through each shard's sockets.
    pub fn traffic(&self) -> Vec<Arc<Published>> {
        self.handles.iter().map(|handle| handle.traffic.clone()).collect()
    }

    /// How late each shard was at its ticks.
    pub fn lateness(&self) -> Vec<Arc<Lateness>> {
        self.handles.iter().map(|handle| handle.lateness.clone()).collect()
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        for handle in &mut self.handles {
            // A shard whose ring is abandoned ends.
            handle.ring = None;
            let _ = handle.waker.wake();
        }
        for thread in self.handles.iter_mut().filter_map(|handle| handle.thread.take()) {
            if thread.join().is_err() {
                tracing::error!("a media shard ended in a panic");
            }
        }
    }
}

#[cfg(test)]
mod tests;
