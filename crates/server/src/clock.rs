//! The process's clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time since one epoch, and the wall.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    epoch: Instant,
}

impl Clock {
    /// A clock whose epoch is a second ago, so that nothing that happens is at zero.
    pub fn start() -> Clock {
        let now = Instant::now();
        Clock { epoch: now.checked_sub(Duration::from_secs(1)).unwrap_or(now) }
    }

    /// Time since the epoch.
    pub fn now(self) -> Duration {
        self.epoch.elapsed()
    }

    /// The instant that stands so long after the epoch.
    pub fn instant(self, at: Duration) -> Instant {
        self.epoch + at
    }

    /// Both times as the switch wants them.
    pub fn time(self) -> call::Time {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        call::Time { now: self.now(), unix_ms: unix.as_millis() as u64 }
    }

    /// The Unix time of the epoch, as the wall has it now.
    pub fn wall_offset(self) -> Duration {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        unix.saturating_sub(self.now())
    }
}
