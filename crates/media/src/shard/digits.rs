//! Digits on their way to one far end, paced on the tick.

use std::collections::VecDeque;

use crate::Digits;

/// Asked or passed on and not yet sent: one more asked for is told as sent at once, one more passed on is left out.
pub const MAX_WAITING_DIGITS: usize = 8;
/// Digits in one [`Digits`]; more are left out.
pub const MAX_DIGITS: usize = 64;
/// The shortest that is sent, milliseconds (ITU-T Q.24: 40 ms is heard everywhere; this leaves room for loss).
const LEAST_MS: u32 = 60;
/// The longest that is sent, milliseconds: telephone-event's duration is 16 bits at 8 kHz (RFC 4733 §2.3).
const LONGEST_MS: u32 = 8_000;

const FRAME_MS: u32 = 20;

/// One digit to the far end in this tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Press {
    pub(super) digit: char,
    /// How long it lasts so far, before this tick.
    pub(super) elapsed_ms: u32,
    /// How long it will have lasted.
    pub(super) duration_ms: u32,
}

/// What this tick does about digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing is to be sent.
    Idle,
    /// A wait before, between or after digits.
    Wait,
    /// A digit is held.
    Hold(Press),
    /// All digits of one asking are out, and the wait after them.
    Sent,
}

enum Job {
    Asked(Digits),
    /// Passed on from another far end: nobody waits to hear that it is sent.
    Passed {
        digit: char,
        duration_ms: u32,
    },
}

impl Job {
    fn digit(&self, place: usize) -> Option<char> {
        match self {
            Job::Asked(digits) => digits.digits.as_bytes().get(place).map(|digit| char::from(*digit)),
            Job::Passed { digit, .. } => (place == 0).then_some(*digit),
        }
    }

    fn duration_ms(&self) -> u32 {
        match self {
            Job::Asked(digits) => digits.duration_ms,
            Job::Passed { duration_ms, .. } => *duration_ms,
        }
        .clamp(LEAST_MS, LONGEST_MS)
    }

    /// The wait before the digit in this place, or after the last.
    fn wait_ms(&self, place: usize) -> u32 {
        match self {
            Job::Asked(digits) if place == 0 => digits.before_ms,
            Job::Asked(digits) if place < digits.digits.len() => digits.between_ms,
            Job::Asked(digits) => digits.after_ms,
            Job::Passed { .. } if place == 0 => 0,
            Job::Passed { .. } => LEAST_MS,
        }
    }
}

#[derive(Clone, Copy)]
enum State {
    /// Before the digit in this place.
    Waiting { left_ms: u32 },
    /// The digit in this place is held.
    Holding { elapsed_ms: u32 },
}

/// What one far end is to be sent.
pub(super) struct DigitQueue {
    jobs: VecDeque<Job>,
    /// The digit of the first job that is waited for or held.
    place: usize,
    state: State,
}

impl DigitQueue {
    pub(super) fn new() -> DigitQueue {
        // Room from the start, so that the tick may pass digits on without allocating.
        let jobs = VecDeque::with_capacity(MAX_WAITING_DIGITS);
        DigitQueue { jobs, place: 0, state: State::Waiting { left_ms: 0 } }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Takes in what was asked; `false` where too much waits already.
    pub(super) fn ask(&mut self, mut digits: Digits) -> bool {
        let known = |digit: &char| crate::tones::dtmf_frequencies(*digit).is_some();
        digits.digits = digits.digits.chars().filter(known).take(MAX_DIGITS).collect();
        digits.digits.make_ascii_uppercase();
        self.push(Job::Asked(digits))
    }

    /// Takes in a digit from another far end.
    pub(super) fn pass(&mut self, digit: char, duration_ms: u32) {
        self.push(Job::Passed { digit, duration_ms });
    }

    fn push(&mut self, job: Job) -> bool {
        if self.jobs.len() >= MAX_WAITING_DIGITS {
            return false;
        }
        if self.jobs.is_empty() {
            self.begin(&job);
        }
        self.jobs.push_back(job);
        true
    }

    fn begin(&mut self, job: &Job) {
        self.place = 0;
        self.state = State::Waiting { left_ms: job.wait_ms(0) };
    }

    /// The next 20 ms.
    pub(super) fn step(&mut self) -> Step {
        loop {
            let Some(job) = self.jobs.front() else { return Step::Idle };
            match (self.state, job.digit(self.place)) {
                (State::Waiting { left_ms }, _) if left_ms > 0 => {
                    self.state = State::Waiting { left_ms: left_ms.saturating_sub(FRAME_MS) };
                    return Step::Wait;
                }
                (State::Waiting { .. }, Some(_)) => self.state = State::Holding { elapsed_ms: 0 },
                (State::Holding { elapsed_ms }, Some(digit)) if elapsed_ms < job.duration_ms() => {
                    let press = Press { digit, elapsed_ms, duration_ms: job.duration_ms() };
                    self.state = State::Holding { elapsed_ms: elapsed_ms + FRAME_MS };
                    return Step::Hold(press);
                }
                (State::Holding { .. }, Some(_)) => {
                    self.place += 1;
                    self.state = State::Waiting { left_ms: job.wait_ms(self.place) };
                }
                (State::Waiting { .. } | State::Holding { .. }, None) => {
                    let asked = matches!(job, Job::Asked(_));
                    self.jobs.pop_front();
                    self.place = 0;
                    let left_ms = self.jobs.front().map_or(0, |next| next.wait_ms(0));
                    self.state = State::Waiting { left_ms };
                    if asked {
                        return Step::Sent;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(digits: &str) -> Digits {
        Digits { digits: digits.into(), before_ms: 40, between_ms: 20, duration_ms: 60, after_ms: 20 }
    }

    fn line(queue: &mut DigitQueue) -> String {
        std::iter::from_fn(|| match queue.step() {
            Step::Idle => None,
            Step::Wait => Some('.'),
            Step::Hold(press) => Some(press.digit),
            Step::Sent => Some('!'),
        })
        .collect()
    }

    #[test]
    fn digits_are_paced_as_asked() {
        let mut queue = DigitQueue::new();
        assert!(queue.ask(digits("1xb")));
        assert_eq!(line(&mut queue), "..111.BBB.!");
    }

    #[test]
    fn one_asking_follows_another_and_digits_passed_on_tell_nobody() {
        let mut queue = DigitQueue::new();
        assert!(queue.ask(digits("1")));
        queue.pass('5', 100);
        assert!(queue.ask(digits("")));
        assert_eq!(line(&mut queue), "..111.!55555.....!");
    }

    #[test]
    fn too_much_waiting_is_refused() {
        let mut queue = DigitQueue::new();
        for _ in 0..MAX_WAITING_DIGITS {
            assert!(queue.ask(digits("1")));
        }
        assert!(!queue.ask(digits("1")));
    }
}
