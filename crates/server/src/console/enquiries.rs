//! [`Enquiries`]: asks the switch, and waits for its answer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switch::{Input, Query, QueryTicket, View};
use tokio::sync::oneshot;

use crate::inbox::{Class, Inbox};

/// Most queries that wait for the switch at once.
pub const MOST_QUERIES: usize = 256;
/// Longest wait for an answer of the switch.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The switch cannot be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Silent {
    /// Its inbox is full, or too much is being waited for.
    #[error("The switch is overloaded; try again.")]
    Full,
    /// It did not answer within [`LONGEST_WAIT`].
    #[error("The switch did not answer in time.")]
    Late,
}

/// The asking end. Clones are one.
#[derive(Clone)]
pub struct Enquiries(Arc<Shared>);

struct Shared {
    inbox: Inbox<Input>,
    waiting: Mutex<BTreeMap<QueryTicket, oneshot::Sender<View>>>,
    next: AtomicU64,
}

impl Enquiries {
    /// Asks through this inbox.
    pub fn new(inbox: Inbox<Input>) -> Enquiries {
        Enquiries(Arc::new(Shared { inbox, waiting: Mutex::default(), next: AtomicU64::new(1) }))
    }

    /// Asks and waits.
    ///
    /// # Errors
    /// Where the switch takes no more, or does not answer.
    pub async fn ask(&self, query: Query) -> Result<View, Silent> {
        let ticket = QueryTicket(self.0.next.fetch_add(1, Ordering::Relaxed));
        let (sender, answer) = oneshot::channel();
        {
            let mut waiting = self.lock();
            if waiting.len() >= MOST_QUERIES {
                return Err(Silent::Full);
            }
            waiting.insert(ticket, sender);
        }
        let _place = Place { enquiries: self, ticket };
        self.0.inbox.post(Class::Command, Input::Query { ticket, query }).map_err(|_| Silent::Full)?;
        match tokio::time::timeout(LONGEST_WAIT, answer).await {
            Ok(Ok(view)) => Ok(view),
            Ok(Err(_)) | Err(_) => Err(Silent::Late),
        }
    }

    /// An answer of the switch. Called by its thread: it never waits.
    pub(crate) fn deliver(&self, ticket: QueryTicket, view: View) {
        let asked = self.lock().remove(&ticket);
        if let Some(asked) = asked {
            // Whoever asked may be gone.
            let _ = asked.send(view);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<QueryTicket, oneshot::Sender<View>>> {
        // A map is whole between two operations.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the place of a query back, however the wait for it ended.
struct Place<'a> {
    enquiries: &'a Enquiries,
    ticket: QueryTicket,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.enquiries.lock().remove(&self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    #[tokio::test]
    async fn an_answer_reaches_who_asked_and_a_late_one_nobody() {
        let (inbox, mut intake) = crate::inbox::inbox().unwrap();
        let enquiries = Enquiries::new(inbox.clone());
        let asking = tokio::spawn({
            let enquiries = enquiries.clone();
            async move { enquiries.ask(Query::Globals).await }
        });
        let mut batch = VecDeque::new();
        while batch.is_empty() {
            tokio::task::yield_now().await;
            intake.take(&mut batch);
        }
        let Some(Input::Query { ticket, query }) = batch.pop_front() else { panic!("another input") };
        assert_eq!(query, Query::Globals);
        enquiries.deliver(ticket, View::Globals(Vec::new()));
        enquiries.deliver(ticket, View::Globals(Vec::new()));
        assert!(matches!(asking.await.unwrap(), Ok(View::Globals(_))));
        assert!(enquiries.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_stuck_switch_for_ever() {
        let (inbox, _intake) = crate::inbox::inbox().unwrap();
        let enquiries = Enquiries::new(inbox);
        assert_eq!(enquiries.ask(Query::Channels).await.unwrap_err(), Silent::Late);
        assert!(enquiries.lock().is_empty());
    }
}
