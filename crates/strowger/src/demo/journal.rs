//! Everything that happened, in order: the one place that phones and application report to, that the screen shows, and
//! that the story waits on.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::watch;

use super::checks::{Check, Outcome};
use super::ladder::Message;
use super::screen::Screen;

/// The most entries that are kept; what comes after is shown, but cannot be waited for.
const MAX_ENTRIES: usize = 20_000;

/// One of the two phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Who calls.
    Ada,
    /// Who is called.
    Grace,
}

impl Party {
    /// First name.
    pub const fn name(self) -> &'static str {
        match self {
            Party::Ada => "Ada",
            Party::Grace => "Grace",
        }
    }

    /// User of the built-in configuration.
    pub const fn number(self) -> &'static str {
        match self {
            Party::Ada => "2001",
            Party::Grace => "2002",
        }
    }
}

/// Which way something went, seen from a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the phone to the server.
    Out,
    /// From the server to the phone.
    In,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A step of the story began.
    Chapter(&'static str),
    /// A SIP message passed between a phone and the server.
    Sip {
        /// The phone.
        party: Party,
        /// Which way.
        way: Way,
        /// What its first lines say.
        message: Message,
        /// The message itself, to know it when it comes again.
        bytes: Bytes,
    },
    /// Audio began to pass, or changed.
    Audio {
        /// The phone.
        party: Party,
        /// Which way.
        way: Way,
        /// What is to be heard.
        what: String,
    },
    /// A phone noticed something.
    Phone {
        /// The phone.
        party: Party,
        /// What.
        event: phone::Event,
    },
    /// The application received an event.
    Event(client::model::Event),
    /// The application's WebSocket was lost.
    Lost(String),
    /// The application sent a command and has its answer.
    Command {
        /// HTTP method.
        method: &'static str,
        /// Path below `/ari`.
        path: String,
        /// The refusal, where it was refused.
        refusal: Option<String>,
        /// From sending it to its answer.
        took: Duration,
    },
    /// A check was made.
    Checked(Check, Outcome),
}

/// A happening and when it was, since the start.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Since the start.
    pub at: Duration,
    /// What.
    pub happening: Happening,
}

/// A place in the journal: what comes after it is new.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mark(usize);

impl Mark {
    /// How many entries come before it.
    pub const fn place(self) -> usize {
        self.0
    }
}

/// The journal; clones write into the same one.
#[derive(Clone)]
pub struct Journal {
    start: Instant,
    inner: Arc<Mutex<Inner>>,
    written: Arc<watch::Sender<usize>>,
}

struct Inner {
    entries: Vec<Entry>,
    screen: Screen,
}

impl Journal {
    /// An empty journal whose time begins now.
    pub fn new(screen: Screen) -> Journal {
        let inner = Inner { entries: Vec::new(), screen };
        Journal {
            start: Instant::now(),
            inner: Arc::new(Mutex::new(inner)),
            written: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Time since the start.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Writes down what happened just now, and shows it.
    pub fn write(&self, happening: Happening) {
        let mut inner = self.lock();
        let entry = Entry { at: self.now(), happening };
        inner.screen.show(&entry);
        if inner.entries.len() < MAX_ENTRIES {
            inner.entries.push(entry);
        }
        let count = inner.entries.len();
        drop(inner);
        self.written.send_replace(count);
    }

    /// The place after all that has happened.
    pub fn mark(&self) -> Mark {
        Mark(self.lock().entries.len())
    }

    /// The first that `find` finds after `mark`, as soon as it is there; `None` when it has not come in time.
    pub async fn wait<T>(
        &self,
        mark: Mark,
        timeout: Duration,
        mut find: impl FnMut(&Entry) -> Option<T>,
    ) -> Option<T> {
        let mut seen = mark.0;
        let mut written = self.written.subscribe();
        let search = async {
            loop {
                {
                    let inner = self.lock();
                    if let Some(found) = inner.entries[seen..].iter().find_map(&mut find) {
                        return Some(found);
                    }
                    seen = inner.entries.len();
                }
                written.changed().await.ok()?;
            }
        };
        tokio::time::timeout(timeout, search).await.ok().flatten()
    }

    /// Everything so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Something for the screen alone.
    pub fn screen<T>(&self, act: impl FnOnce(&mut Screen) -> T) -> T {
        act(&mut self.lock().screen)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::screen::Mode;

    const LONG: Duration = Duration::from_secs(60);

    fn journal() -> Journal {
        Journal::new(Screen::on(Box::new(std::io::sink()), Mode::Plain, false))
    }

    fn lost(entry: &Entry) -> Option<String> {
        match &entry.happening {
            Happening::Lost(what) => Some(what.clone()),
            _ => None,
        }
    }

    #[tokio::test]
    async fn what_has_happened_already_is_found_at_once() {
        let journal = journal();
        let mark = journal.mark();
        journal.write(Happening::Chapter("first"));
        journal.write(Happening::Lost("second".to_owned()));
        assert_eq!(journal.wait(mark, LONG, lost).await.as_deref(), Some("second"));
    }

    #[tokio::test]
    async fn what_happens_later_wakes_whoever_waits() {
        let journal = journal();
        let writer = journal.clone();
        let (found, ()) = tokio::join!(journal.wait(Mark::default(), LONG, lost), async move {
            tokio::task::yield_now().await;
            writer.write(Happening::Lost("later".to_owned()));
        });
        assert_eq!(found.as_deref(), Some("later"));
    }

    #[tokio::test]
    async fn what_came_before_the_mark_is_not_taken_for_new() {
        let journal = journal();
        journal.write(Happening::Lost("before".to_owned()));
        assert_eq!(journal.wait(journal.mark(), Duration::from_millis(1), lost).await, None);
    }
}
