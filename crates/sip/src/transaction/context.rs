//! What a transaction machine may do: send, tell, start and stop its timers.

use super::counters::Counters;
use super::output::Output;
use super::settings::Settings;
use super::timer::{Armed, Owner, Timer, Timers};
use crate::flow::Flow;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

pub(super) struct Context<'a> {
    pub(super) now: Duration,
    pub(super) settings: &'a Settings,
    pub(super) owner: Owner,
    pub(super) flow: Flow,
    pub(super) armed: &'a mut Armed,
    pub(super) timers: &'a mut Timers,
    pub(super) outputs: &'a mut VecDeque<Output>,
    pub(super) counters: &'a mut Counters,
}

impl Context<'_> {
    pub(super) fn start(&mut self, timer: Timer, after: Duration) {
        self.timers.start(self.armed, self.owner, timer, self.now + after);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.timers.stop(self.armed, self.owner, timer);
    }

    pub(super) fn send(&mut self, bytes: &Bytes) {
        self.outputs.push_back(Output::Transmit { flow: self.flow, bytes: bytes.clone() });
    }

    /// Sends what was sent before.
    pub(super) fn send_again(&mut self, bytes: &Bytes) {
        self.counters.retransmitted += 1;
        self.send(bytes);
    }

    pub(super) fn tell(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn reliable(&self) -> bool {
        self.flow.transport.is_reliable()
    }
}
