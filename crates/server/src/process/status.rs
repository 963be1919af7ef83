//! What others may know of the switch without asking it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::inbox::Inbox;

/// How long the switch may be silent before it counts as stuck, milliseconds.
const STUCK_MS: u64 = 5_000;

/// Numbers and flags, written by the switch's thread.
#[derive(Debug)]
pub struct Status {
    clock: Clock,
    channels: AtomicUsize,
    pub(super) free_ports: AtomicUsize,
    inputs: AtomicU64,
    panics: AtomicU64,
    turned_ms: AtomicU64,
    busy_us: AtomicU64,
    connections: AtomicUsize,
    is_draining: AtomicBool,
    is_ending: AtomicBool,
    is_gone: AtomicBool,
}

impl Status {
    pub(super) fn new(clock: Clock) -> Status {
        Status {
            clock,
            channels: AtomicUsize::default(),
            free_ports: AtomicUsize::default(),
            inputs: AtomicU64::default(),
            panics: AtomicU64::default(),
            turned_ms: AtomicU64::new(clock.now().as_millis() as u64),
            busy_us: AtomicU64::default(),
            connections: AtomicUsize::default(),
            is_draining: AtomicBool::default(),
            is_ending: AtomicBool::default(),
            is_gone: AtomicBool::default(),
        }
    }

    /// Called by the switch's thread after each turn that began at `began`, with so many SIP connections open.
    pub(super) fn turned(&self, switch: &mut switch::Switch, began: Duration, connections: usize) {
        let counters = switch.counters();
        self.channels.store(switch.census().channels, Ordering::Relaxed);
        self.free_ports.store(switch.free_ports(), Ordering::Relaxed);
        self.inputs.store(counters.inputs, Ordering::Relaxed);
        self.panics.store(counters.panics, Ordering::Relaxed);
        let now = self.clock.now();
        let busy = now.saturating_sub(began).as_micros() as u64;
        self.busy_us.store(self.busy_us.load(Ordering::Relaxed) + busy, Ordering::Relaxed);
        self.connections.store(connections, Ordering::Relaxed);
        self.turned_ms.store(now.as_millis() as u64, Ordering::Relaxed);
    }

    /// How long the switch has worked since the start, microseconds: the rest it waited.
    pub fn busy_us(&self) -> u64 {
        self.busy_us.load(Ordering::Relaxed)
    }

    /// SIP connections that are open.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Channels there are.
    pub fn channels(&self) -> usize {
        self.channels.load(Ordering::Relaxed)
    }

    /// Inputs that the switch worked.
    pub fn inputs(&self) -> u64 {
        self.inputs.load(Ordering::Relaxed)
    }

    /// Panics that the switch caught.
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    /// Whether the switch works.
    pub fn is_healthy(&self) -> bool {
        let silent =
            (self.clock.now().as_millis() as u64).saturating_sub(self.turned_ms.load(Ordering::Relaxed));
        !self.is_gone() && silent < STUCK_MS
    }

    /// Whether new calls are taken.
    pub fn is_ready(&self) -> bool {
        let has_ports = self.free_ports.load(Ordering::Relaxed) > 0;
        self.is_healthy() && has_ports && !self.is_draining.load(Ordering::Relaxed)
    }

    /// Whether there is no call, and nothing waits that could become one.
    pub(super) fn is_idle(&self, inbox: &Inbox<switch::Input>) -> bool {
        inbox.is_empty() && self.channels() == 0
    }

    pub(super) fn set_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn set_ending(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    pub(super) fn set_gone(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    /// Whether the switch's thread has ended.
    pub fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed)
    }
}
