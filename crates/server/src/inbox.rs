//! The switch's one inbox: bounded, with a share for each kind of sender.
//!
//! | class | admitted while the inbox holds less than | beyond that |
//! |---|---|---|
//! | new call | half | 503 |
//! | command | three quarters | 503 |
//! | SIP within dialogs | seven eighths | dropped: the peer sends again; TCP is not read |
//! | answers and media | all | the sender keeps it and tries again |

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What the inbox holds at most.
pub const CAPACITY: usize = 16_384;
/// What the switch takes out at once.
const BATCH: usize = 256;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A SIP request that would begin something new.
    NewCall,
    /// An application's command.
    Command,
    /// Any other SIP message, and failed flows.
    Sip,
    /// Media events, and answers to what the switch asked.
    Answer,
}

impl Class {
    fn limit(self) -> usize {
        match self {
            Class::NewCall => CAPACITY / 2,
            Class::Command => CAPACITY / 4 * 3,
            Class::Sip => CAPACITY / 8 * 7,
            Class::Answer => CAPACITY,
        }
    }
}

/// The sending and the receiving end: clones are of one inbox.
pub struct Inbox<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    waiting: Mutex<VecDeque<T>>,
    arrived: Condvar,
    refused: AtomicU64,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Inbox<T> {
        Inbox { shared: self.shared.clone() }
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Inbox<T> {
        let waiting = Mutex::new(VecDeque::new());
        Inbox { shared: Arc::new(Shared { waiting, arrived: Condvar::new(), refused: AtomicU64::new(0) }) }
    }
}

impl<T> Inbox<T> {
    /// Puts one in.
    ///
    /// # Errors
    /// Gives it back where its class's share is used up.
    pub fn post(&self, class: Class, item: T) -> Result<(), T> {
        let mut waiting = self.lock();
        if waiting.len() >= class.limit() {
            drop(waiting);
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return Err(item);
        }
        waiting.push_back(item);
        drop(waiting);
        self.shared.arrived.notify_one();
        Ok(())
    }

    /// Waits until something is there or it is `until`, and moves some of it into `batch`.
    pub fn take(&self, until: Option<Instant>, batch: &mut VecDeque<T>) {
        let mut waiting = self.lock();
        while waiting.is_empty() {
            let wait = until.map(|until| until.saturating_duration_since(Instant::now()));
            waiting = match wait {
                Some(wait) if wait.is_zero() => return,
                Some(wait) => {
                    let woken = self.shared.arrived.wait_timeout(waiting, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.shared.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
        let count = waiting.len().min(BATCH);
        batch.extend(waiting.drain(..count));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were given back.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        // Nobody panics while holding it, and a queue is whole between two operations anyway.
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_is_refused_at_its_share_and_answers_last() {
        let inbox = Inbox::default();
        let fill = |class: Class| (0..).take_while(|n| inbox.post(class, *n).is_ok()).count();
        assert_eq!(fill(Class::NewCall), CAPACITY / 2);
        assert_eq!(fill(Class::Command), CAPACITY / 4);
        assert_eq!(fill(Class::Sip), CAPACITY / 8);
        assert_eq!(fill(Class::Answer), CAPACITY / 8);
        assert_eq!((inbox.len(), inbox.refused()), (CAPACITY, 4));
    }

    #[test]
    fn the_switch_takes_batches_in_order_and_wakes_by_the_deadline() {
        let inbox = Inbox::default();
        let mut batch = VecDeque::new();
        inbox.take(Some(Instant::now()), &mut batch);
        assert!(batch.is_empty());
        (0..BATCH + 1).for_each(|n| inbox.post(Class::Sip, n).unwrap());
        inbox.take(None, &mut batch);
        assert_eq!((batch.len(), batch[0], inbox.len()), (BATCH, 0, 1));
    }
}
