//! The timers of all calls, one of each kind a call.

use crate::call::CallId;
use core::time::Duration;
use std::collections::BTreeSet;

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
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Armed([Option<Duration>; KINDS]);

impl Armed {
    /// Whether a timer runs.
    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }
}

/// The timers of every call in order.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeSet<(Duration, CallId, Timer)>);

impl Timers {
    /// Sets, moves or (with `None`) stops a timer.
    pub(crate) fn set(&mut self, armed: &mut Armed, call: CallId, timer: Timer, at: Option<Duration>) {
        let slot = &mut armed.0[timer as usize];
        if *slot == at {
            return;
        }
        if let Some(before) = slot.take() {
            self.0.remove(&(before, call, timer));
        }
        if let Some(at) = at {
            self.0.insert((at, call, timer));
        }
        *slot = at;
    }

    /// Stops all timers of a call that is over.
    pub(crate) fn stop_all(&mut self, armed: &mut Armed, call: CallId) {
        for timer in [Timer::Send, Timer::Answer, Timer::HangUp, Timer::Retry, Timer::Digit] {
            self.set(armed, call, timer, None);
        }
    }

    /// The earliest timer.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.0.first().map(|(at, ..)| *at)
    }

    /// The earliest timer that is due. The owner has to set or stop it.
    pub(crate) fn due(&self, now: Duration) -> Option<(CallId, Timer)> {
        self.0.first().filter(|(at, ..)| *at <= now).map(|(_, call, timer)| (*call, *timer))
    }
}
