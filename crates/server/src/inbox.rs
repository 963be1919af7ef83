//! The switch's one inbox: bounded, with a share for each kind of sender.
//!
//! | class | admitted while the inbox holds less than | beyond that |
//! |---|---|---|
//! | new call | half | 503 |
//! | command | three quarters | 503 |
//! | SIP within dialogs | seven eighths | dropped: the peer sends again; TCP is not read |
//! | answers and media | all | the sender keeps it and tries again |

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry, Token, Waker};

/// What the inbox holds at most.
pub const CAPACITY: usize = 16_384;
/// What the switch takes out at once.
const BATCH: usize = 256;
/// Sockets that one wait names.
const EVENTS: usize = 64;
const WAKE: Token = Token(usize::MAX);

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
    /// All of them, in order.
    pub const ALL: [Class; 4] = [Class::NewCall, Class::Command, Class::Sip, Class::Answer];

    /// Its name among the figures.
    pub fn name(self) -> &'static str {
        match self {
            Class::NewCall => "new_call",
            Class::Command => "command",
            Class::Sip => "sip",
            Class::Answer => "answer",
        }
    }

    fn limit(self) -> usize {
        match self {
            Class::NewCall => CAPACITY / 2,
            Class::Command => CAPACITY / 4 * 3,
            Class::Sip => CAPACITY / 8 * 7,
            Class::Answer => CAPACITY,
        }
    }
}

/// An inbox: the end that everybody sends by, and the end that the switch's thread has.
///
/// # Errors
/// Where the system has no descriptors left.
pub fn inbox<T>() -> io::Result<(Inbox<T>, Intake<T>)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKE)?;
    let queue = Mutex::new(Queue { waiting: VecDeque::new(), is_asleep: false });
    let inbox = Inbox { shared: Arc::new(Shared { queue, waker, refused: Default::default() }) };
    let intake = Intake { inbox: inbox.clone(), poll, events: Events::with_capacity(EVENTS) };
    Ok((inbox, intake))
}

/// The sending end: clones are of one inbox.
pub struct Inbox<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    queue: Mutex<Queue<T>>,
    waker: Waker,
    /// By class.
    refused: [AtomicU64; Class::ALL.len()],
}

struct Queue<T> {
    waiting: VecDeque<T>,
    /// The switch waits: the next who posts wakes it.
    is_asleep: bool,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Inbox<T> {
        Inbox { shared: self.shared.clone() }
    }
}

impl<T> Inbox<T> {
    /// Puts one in.
    ///
    /// # Errors
    /// Gives it back where its class's share is used up.
    pub fn post(&self, class: Class, item: T) -> Result<(), T> {
        let mut queue = self.lock();
        if queue.waiting.len() >= class.limit() {
            drop(queue);
            self.shared.refused[class as usize].fetch_add(1, Ordering::Relaxed);
            return Err(item);
        }
        queue.waiting.push_back(item);
        let is_asleep = std::mem::take(&mut queue.is_asleep);
        drop(queue);
        if is_asleep && let Err(error) = self.shared.waker.wake() {
            tracing::error!(%error, "the switch cannot be woken");
        }
        Ok(())
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of a class were given back.
    pub fn refused(&self, class: Class) -> u64 {
        self.shared.refused[class as usize].load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        // Nobody panics while holding it, and a queue is whole between two operations anyway.
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The receiving end. It waits for sockets too, so that what comes by one needs no second thread.
pub struct Intake<T> {
    inbox: Inbox<T>,
    poll: Poll,
    events: Events,
}

impl<T> Intake<T> {
    /// Where sockets are registered to be waited for, under tokens other than `usize::MAX`.
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Waits until something is there, a socket can be read, or it is `until`. Names the sockets in `ready`.
    ///
    /// # Errors
    /// Where the system cannot wait.
    pub fn wait(&mut self, until: Instant, ready: &mut Vec<Token>) -> io::Result<()> {
        let mut queue = self.inbox.lock();
        queue.is_asleep = queue.waiting.is_empty();
        let timeout = match queue.is_asleep {
            true => until.saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        };
        drop(queue);
        let polled = self.poll.poll(&mut self.events, Some(timeout));
        self.inbox.lock().is_asleep = false;
        match polled {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => {}
        }
        ready.extend(self.events.iter().map(|event| event.token()).filter(|token| *token != WAKE));
        Ok(())
    }

    /// Moves some of what is there into `batch`.
    pub fn take(&mut self, batch: &mut VecDeque<T>) {
        let mut queue = self.inbox.lock();
        let count = queue.waiting.len().min(BATCH);
        batch.extend(queue.waiting.drain(..count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_is_refused_at_its_share_and_answers_last() {
        let (inbox, _intake) = inbox().unwrap();
        let fill = |class: Class| (0..).take_while(|n| inbox.post(class, *n).is_ok()).count();
        assert_eq!(fill(Class::NewCall), CAPACITY / 2);
        assert_eq!(fill(Class::Command), CAPACITY / 4);
        assert_eq!(fill(Class::Sip), CAPACITY / 8);
        assert_eq!(fill(Class::Answer), CAPACITY / 8);
        assert_eq!(inbox.len(), CAPACITY);
        assert_eq!(Class::ALL.map(|class| inbox.refused(class)), [1; 4]);
    }

    #[test]
    fn the_switch_takes_batches_in_order_and_wakes_by_the_deadline() {
        let (inbox, mut intake) = inbox().unwrap();
        let (mut batch, mut ready) = (VecDeque::new(), Vec::new());
        intake.wait(Instant::now(), &mut ready).unwrap();
        intake.take(&mut batch);
        assert!(batch.is_empty());
        (0..BATCH + 1).for_each(|n| inbox.post(Class::Sip, n).unwrap());
        intake.wait(Instant::now() + Duration::from_secs(60), &mut ready).unwrap();
        intake.take(&mut batch);
        assert_eq!((batch.len(), batch[0], inbox.len()), (BATCH, 0, 1));
        assert!(ready.is_empty());
    }

    #[test]
    fn who_posts_wakes_a_switch_that_waits() {
        let (inbox, mut intake) = inbox().unwrap();
        let began = Instant::now();
        let waiting = std::thread::spawn(move || {
            let (mut batch, mut ready) = (VecDeque::new(), Vec::new());
            while batch.is_empty() {
                intake.wait(began + Duration::from_secs(60), &mut ready).unwrap();
                intake.take(&mut batch);
            }
            batch
        });
        inbox.post(Class::Sip, 7).unwrap();
        assert_eq!(waiting.join().unwrap(), [7]);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
