//! Who is worked in which millisecond: the 20 ms tick spread over its interval.

use core::time::Duration;

use super::table::Slot;

/// Parts of the interval, one millisecond each.
pub(super) const PHASES: usize = 20;
/// How far behind the clock the shard may be and still catch up, milliseconds. What is older is left out and counted:
/// a burst of late packets helps nobody.
const MAX_BEHIND_MS: u64 = 100;

/// One part of the interval.
pub(super) type Phase = u8;

/// Those who are worked in one phase.
#[derive(Default)]
pub(super) struct Shift {
    pub(super) legs: Vec<Slot>,
    pub(super) rooms: Vec<Slot>,
}

pub(super) struct Schedule {
    shifts: [Shift; PHASES],
    /// The next millisecond since the epoch to be worked.
    next_ms: u64,
    /// Milliseconds left out as too old.
    skipped_ms: u64,
}

impl Schedule {
    pub(super) fn new() -> Schedule {
        Schedule { shifts: Default::default(), next_ms: 0, skipped_ms: 0 }
    }

    /// The phase with the fewest legs.
    pub(super) fn quietest(&self) -> Phase {
        let quietest = (0..PHASES).min_by_key(|phase| self.shifts[*phase].legs.len());
        quietest.expect("there are phases") as Phase
    }

    pub(super) fn skipped_ms(&self) -> u64 {
        self.skipped_ms
    }

    pub(super) fn add_leg(&mut self, phase: Phase, leg: Slot) {
        self.shifts[usize::from(phase)].legs.push(leg);
    }

    pub(super) fn add_room(&mut self, phase: Phase, room: Slot) {
        self.shifts[usize::from(phase)].rooms.push(room);
    }

    pub(super) fn remove_leg(&mut self, phase: Phase, leg: Slot) {
        self.shifts[usize::from(phase)].legs.retain(|other| *other != leg);
    }

    pub(super) fn remove_room(&mut self, phase: Phase, room: Slot) {
        self.shifts[usize::from(phase)].rooms.retain(|other| *other != room);
    }

    /// When the next phase with anybody in it is due; `None` while there is nobody.
    pub(super) fn deadline(&self) -> Option<Duration> {
        (self.next_ms..self.next_ms + PHASES as u64)
            .find(|ms| !self.shift(*ms).legs.is_empty() || !self.shift(*ms).rooms.is_empty())
            .map(Duration::from_millis)
    }

    /// The next phase that is due by `now`, with those in it, who are to be given back by [`Schedule::back`].
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(Phase, Shift)> {
        let now_ms = now.as_millis() as u64;
        if now_ms > self.next_ms + MAX_BEHIND_MS {
            if self.deadline().is_some() {
                self.skipped_ms += now_ms - MAX_BEHIND_MS - self.next_ms;
            }
            self.next_ms = now_ms - MAX_BEHIND_MS;
        }
        while self.next_ms <= now_ms {
            let phase = (self.next_ms % PHASES as u64) as Phase;
            self.next_ms += 1;
            let shift = &mut self.shifts[usize::from(phase)];
            if !shift.legs.is_empty() || !shift.rooms.is_empty() {
                return Some((phase, std::mem::take(shift)));
            }
        }
        None
    }

    pub(super) fn back(&mut self, phase: Phase, shift: Shift) {
        self.shifts[usize::from(phase)] = shift;
    }

    /// Called when somebody comes: an empty shard does not catch up with the time it slept through.
    pub(super) fn wake(&mut self, now: Duration) {
        if self.deadline().is_none() {
            self.next_ms = self.next_ms.max(now.as_millis() as u64 + 1);
        }
    }

    fn shift(&self, ms: u64) -> &Shift {
        &self.shifts[(ms % PHASES as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_deadline_is_the_next_phase_with_anybody_in_it() {
        let mut schedule = Schedule::new();
        schedule.wake(ms(1_000));
        assert_eq!(schedule.deadline(), None);
        schedule.add_leg(7, 0);
        assert_eq!(schedule.deadline(), Some(ms(1_007)));
        assert!(schedule.take_due(ms(1_006)).is_none());
        let (phase, shift) = schedule.take_due(ms(1_007)).unwrap();
        assert_eq!((phase, shift.legs.as_slice()), (7, [0].as_slice()));
        schedule.back(phase, shift);
        assert_eq!(schedule.deadline(), Some(ms(1_027)));
    }

    #[test]
    fn each_phase_is_worked_once_in_20_ms_and_what_is_too_old_is_left_out() {
        let mut schedule = Schedule::new();
        (0..PHASES as u8).for_each(|phase| schedule.add_leg(phase, u32::from(phase)));
        let mut worked = [0; PHASES];
        while let Some((phase, shift)) = schedule.take_due(ms(39)) {
            worked[usize::from(phase)] += 1;
            schedule.back(phase, shift);
        }
        assert_eq!(worked, [2; PHASES]);
        let mut late = 0;
        while let Some((phase, shift)) = schedule.take_due(ms(10_000)) {
            late += 1;
            schedule.back(phase, shift);
        }
        assert_eq!(late, 101);
        assert_eq!(schedule.skipped_ms(), 10_000 - 100 - 40);
    }
}
