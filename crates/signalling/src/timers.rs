//! The timers of sessions: at most one of a kind a session, and none without its session.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use call::ChannelKey;

/// When something of a session is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When a request that met one of the far end's is tried again (RFC 3261 §14.1).
    Retry,
    /// When a request of ours inside the dialog counts as unanswered.
    Unanswered,
    /// When the session has to be refreshed by us (RFC 4028 §10).
    Refresh,
    /// When the session ends for want of a refresh (RFC 4028 §10).
    Expiry,
    /// When the next digit goes by INFO.
    Digit,
    /// When the dialog of one who transferred is ended by us.
    Transferred,
}

/// The timers of all sessions in order.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Duration, ChannelKey, Timer)>,
    armed: BTreeMap<(ChannelKey, Timer), Duration>,
}

impl Timers {
    pub fn start(&mut self, channel: ChannelKey, timer: Timer, at: Duration) {
        self.stop(channel, timer);
        self.armed.insert((channel, timer), at);
        self.due.insert((at, channel, timer));
    }

    pub fn stop(&mut self, channel: ChannelKey, timer: Timer) {
        if let Some(at) = self.armed.remove(&(channel, timer)) {
            self.due.remove(&(at, channel, timer));
        }
    }

    pub fn stop_all(&mut self, channel: ChannelKey) {
        let all = (channel, Timer::Retry)..=(channel, Timer::Transferred);
        let timers: Vec<Timer> = self.armed.range(all).map(|((_, timer), _)| *timer).collect();
        for timer in timers {
            self.stop(channel, timer);
        }
    }

    pub fn runs(&self, channel: ChannelKey, timer: Timer) -> bool {
        self.armed.contains_key(&(channel, timer))
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.due.first().map(|(at, ..)| *at)
    }

    /// The first timer that is due; it runs no more.
    pub fn take_due(&mut self, now: Duration) -> Option<(ChannelKey, Timer)> {
        let (_, channel, timer) = *self.due.first().filter(|(at, ..)| *at <= now)?;
        self.stop(channel, timer);
        Some((channel, timer))
    }

    pub fn len(&self) -> usize {
        self.due.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_that_was_moved_is_due_once_and_none_outlives_its_session() {
        let mut timers = Timers::default();
        let mut keys = slotmap::SlotMap::<ChannelKey, ()>::with_key();
        let (one, other) = (keys.insert(()), keys.insert(()));
        let at = Duration::from_secs;
        timers.start(one, Timer::Retry, at(5));
        timers.start(one, Timer::Retry, at(2));
        timers.start(one, Timer::Expiry, at(3));
        timers.start(other, Timer::Refresh, at(4));
        assert_eq!(timers.take_due(at(1)), None);
        assert_eq!(timers.take_due(at(2)), Some((one, Timer::Retry)));
        timers.stop_all(one);
        assert_eq!(timers.deadline(), Some(at(4)));
        timers.stop_all(other);
        assert_eq!((timers.len(), timers.deadline()), (0, None));
    }
}
