//! How late a shard was at its ticks, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the counts, microseconds; one more count is of what was later.
pub const BOUNDS_US: [u64; 9] = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 100_000];

/// Ticks by how late they were.
#[derive(Debug, Default)]
pub struct Lateness {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    total_us: AtomicU64,
    skipped_ms: AtomicU64,
    legs: AtomicU64,
}

impl Lateness {
    pub(super) fn record(&self, late: Duration) {
        let late_us = late.as_micros() as u64;
        let at = BOUNDS_US.iter().position(|bound| late_us <= *bound).unwrap_or(BOUNDS_US.len());
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(late_us, Ordering::Relaxed);
    }

    pub(super) fn state(&self, skipped_ms: u64, legs: usize) {
        self.skipped_ms.store(skipped_ms, Ordering::Relaxed);
        self.legs.store(legs as u64, Ordering::Relaxed);
    }

    /// Ticks, by the bounds of [`BOUNDS_US`]; the last is of those later than all.
    pub fn counts(&self) -> [u64; BOUNDS_US.len() + 1] {
        std::array::from_fn(|at| self.counts[at].load(Ordering::Relaxed))
    }

    /// The sum of all, microseconds.
    pub fn total_us(&self) -> u64 {
        self.total_us.load(Ordering::Relaxed)
    }

    /// Milliseconds of ticks that were left out as too late.
    pub fn skipped_ms(&self) -> u64 {
        self.skipped_ms.load(Ordering::Relaxed)
    }

    /// Legs in the shard.
    pub fn legs(&self) -> u64 {
        self.legs.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_counted_under_the_first_bound_that_holds_it() {
        let lateness = Lateness::default();
        for us in [0, 100, 101, 1_000_000] {
            lateness.record(Duration::from_micros(us));
        }
        let counts = lateness.counts();
        assert_eq!((counts[0], counts[1], counts[9]), (2, 1, 1));
        assert_eq!(lateness.total_us(), 1_000_201);
    }
}
