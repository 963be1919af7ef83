//! The timers of all calls, one of each kind a call.

use crate::call::CallId;
use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// When something of a call is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When the next packet is to be sent.
    Send,
    /// When a call that came in is to be answered.
    Answer,
    /// When the call is to be hung up.
    HangUp,
    /// When a re-INVITE that met another is tried again (RFC 3261 §14.1).
    Retry,
    /// When a digit whose end was lost counts as over.
    Digit,
}

const KINDS: usize = 5;

/// When each timer of one call is due.
type Armed = [Option<Duration>; KINDS];

/// The timers of every call in order. Moving one allocates nothing once the heap has grown: entries that no longer
/// hold stay in it until they come up, or until they are the greater part.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Duration, CallId, Timer)>>,
    armed: BTreeMap<CallId, Armed>,
}

/// A heap smaller than this is not worth clearing.
const SMALL_HEAP: usize = 256;

impl Timers {
    /// Sets, moves or (with `None`) stops a timer.
    pub(crate) fn set(&mut self, call: CallId, timer: Timer, at: Option<Duration>) {
        if at.is_none() && !self.is_set(call, timer) {
            return;
        }
        let slot = &mut self.armed.entry(call).or_default()[timer as usize];
        if *slot == at {
            return;
        }
        *slot = at;
        if let Some(at) = at {
            self.heap.push(Reverse((at, call, timer)));
        }
        self.clear();
    }

    /// Stops all timers of a call that is over.
    pub(crate) fn stop_all(&mut self, call: CallId) {
        self.armed.remove(&call);
        self.clear();
    }

    /// Whether a timer runs.
    pub(crate) fn is_set(&self, call: CallId, timer: Timer) -> bool {
        self.armed.get(&call).is_some_and(|armed| armed[timer as usize].is_some())
    }

    /// The earliest timer.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Stops the earliest timer that is due, and tells which and when it was.
    pub(crate) fn take_due(&mut self, now: Duration) -> Option<(Duration, CallId, Timer)> {
        let Reverse((at, call, timer)) = *self.heap.peek().filter(|Reverse((at, ..))| *at <= now)?;
        self.set(call, timer, None);
        Some((at, call, timer))
    }

    /// The first entry always holds, so that [`Timers::deadline`] is true.
    fn clear(&mut self) {
        let holds = |armed: &BTreeMap<CallId, Armed>, Reverse((at, call, timer)): &Reverse<_>| {
            armed.get(call).is_some_and(|armed: &Armed| armed[*timer as usize] == Some(*at))
        };
        while self.heap.peek().is_some_and(|entry| !holds(&self.armed, entry)) {
            self.heap.pop();
        }
        if self.heap.len() > SMALL_HEAP + 2 * KINDS * self.armed.len() {
            self.heap.retain(|entry| holds(&self.armed, entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Option<Duration> {
        Some(Duration::from_millis(ms))
    }

    #[test]
    fn a_timer_that_moved_fires_once_at_its_new_time() {
        let mut timers = Timers::default();
        timers.set(CallId(1), Timer::Digit, ms(100));
        timers.set(CallId(1), Timer::Digit, ms(200));
        timers.set(CallId(2), Timer::Send, ms(150));
        assert_eq!(timers.deadline(), ms(150));
        assert_eq!(timers.take_due(Duration::from_millis(150)).map(|(_, call, _)| call), Some(CallId(2)));
        assert_eq!(timers.take_due(Duration::from_millis(150)), None);
        assert_eq!(timers.take_due(Duration::from_millis(300)).map(|(at, ..)| at), ms(200));
        assert_eq!(timers.deadline(), None);
    }

    #[test]
    fn no_timer_outlives_its_call() {
        let mut timers = Timers::default();
        for call in 0..10_000 {
            timers.set(CallId(call), Timer::HangUp, ms(180_000));
            timers.set(CallId(call), Timer::Send, ms(call));
            timers.stop_all(CallId(call));
        }
        assert_eq!(timers.deadline(), None);
        timers.set(CallId(10_001), Timer::Answer, ms(1));
        for call in 0..10_000 {
            timers.set(CallId(call), Timer::HangUp, ms(180_000));
            timers.stop_all(CallId(call));
        }
        assert!(timers.heap.len() <= SMALL_HEAP + 2 * KINDS + 1);
    }
}
