//! The edge's handle on the switch: commands go in with a ticket, replies and events come back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stasis::{Command, Delivery, Reply, SessionId, Ticket};
use switch::Input;
use tokio::sync::{Notify, mpsc, oneshot};

/// Most requests that wait for the switch at once; one more is answered 503.
pub const MOST_REQUESTS: usize = 4096;

/// Longest wait for a reply of the switch; then 503. A channel answers its commands one at a time, so a long playback
/// before an `answer` may use it up.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Most event WebSockets at once; one more is refused with 503.
pub const MOST_SESSIONS: usize = 1024;

/// Events that wait for one WebSocket; one more and it is cut off.
pub const SESSION_QUEUE: usize = 4096;

/// Pause before the switch is told again of a closed session, when its inbox is full.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Puts an input into the inbox of the switch and wakes it; never waits.
pub type Submit = Arc<dyn Fn(Input) -> Result<(), Overloaded> + Send + Sync>;

/// The switch cannot be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Overloaded {
    /// Its inbox is full, or too much is being waited for.
    #[error("The server is overloaded")]
    Full,
    /// It did not reply within [`LONGEST_WAIT`].
    #[error("The server did not answer in time")]
    Late,
}

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// As [`MOST_REQUESTS`].
    pub requests: usize,
    /// As [`LONGEST_WAIT`].
    pub wait: Duration,
    /// As [`MOST_SESSIONS`].
    pub sessions: usize,
    /// As [`SESSION_QUEUE`].
    pub session_queue: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            requests: MOST_REQUESTS,
            wait: LONGEST_WAIT,
            sessions: MOST_SESSIONS,
            session_queue: SESSION_QUEUE,
        }
    }
}

/// The handle. Cheap to clone; its clones are one.
#[derive(Clone)]
pub struct Switchboard(Arc<Shared>);

struct Shared {
    submit: Submit,
    limits: Limits,
    next_ticket: AtomicU64,
    next_session: AtomicU64,
    waiting: Mutex<BTreeMap<Ticket, oneshot::Sender<Reply>>>,
    sessions: Mutex<BTreeMap<SessionId, Line>>,
    cut_off: AtomicU64,
}

/// The switch's end of a session.
struct Line {
    queue: mpsc::Sender<Delivery>,
    cut: Arc<Notify>,
}

/// A WebSocket's end of a session. When it is dropped the switch is told that the session closed.
pub struct Session {
    id: SessionId,
    board: Switchboard,
    queue: mpsc::Receiver<Delivery>,
    cut: Arc<Notify>,
}

impl Switchboard {
    /// A handle on the switch behind `submit`.
    pub fn new(submit: Submit, limits: Limits) -> Switchboard {
        Switchboard(Arc::new(Shared {
            submit,
            limits,
            next_ticket: AtomicU64::new(1),
            next_session: AtomicU64::new(1),
            waiting: Mutex::default(),
            sessions: Mutex::default(),
            cut_off: AtomicU64::new(0),
        }))
    }

    /// Asks the switch and waits for its reply. Dropped while it waits, it leaves nothing behind; the command is worked
    /// nevertheless.
    pub async fn ask(&self, command: Command) -> Result<Reply, Overloaded> {
        let ticket = Ticket(self.0.next_ticket.fetch_add(1, Ordering::Relaxed));
        let (sender, reply) = oneshot::channel();
        {
            let mut waiting = lock(&self.0.waiting);
            if waiting.len() >= self.0.limits.requests {
                return Err(Overloaded::Full);
            }
            waiting.insert(ticket, sender);
        }
        let _place = Place { board: self, ticket };
        (self.0.submit)(Input::Command { ticket, command })?;
        match tokio::time::timeout(self.0.limits.wait, reply).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(_)) | Err(_) => Err(Overloaded::Late),
        }
    }

    /// A reply of the switch. Called by the thread of the switch: it never waits.
    pub fn deliver(&self, ticket: Ticket, reply: Reply) {
        let asked = lock(&self.0.waiting).remove(&ticket);
        if let Some(asked) = asked {
            // Whoever asked may be gone.
            let _ = asked.send(reply);
        }
    }

    /// An event of the switch for a session. Called by the thread of the switch: it never waits. A session whose queue
    /// is full is cut off.
    pub fn publish(&self, delivery: Delivery) {
        let mut sessions = lock(&self.0.sessions);
        let id = delivery.session;
        let Some(line) = sessions.get(&id) else { return };
        if let Err(mpsc::error::TrySendError::Full(delivery)) = line.queue.try_send(delivery) {
            line.cut.notify_one();
            sessions.remove(&id);
            drop(sessions);
            self.0.cut_off.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(application = %delivery.application, "an application reads too slowly and is cut off");
        }
    }

    /// A new session; `None` where as many as admitted are there.
    pub fn open_session(&self) -> Option<Session> {
        let id = SessionId(self.0.next_session.fetch_add(1, Ordering::Relaxed));
        let (sender, queue) = mpsc::channel(self.0.limits.session_queue);
        let cut = Arc::new(Notify::new());
        let mut sessions = lock(&self.0.sessions);
        if sessions.len() >= self.0.limits.sessions {
            return None;
        }
        sessions.insert(id, Line { queue: sender, cut: cut.clone() });
        Some(Session { id, board: self.clone(), queue, cut })
    }

    /// Ends all sessions: each gets what waits for it, and then its WebSocket is closed.
    pub fn close_sessions(&self) {
        lock(&self.0.sessions).clear();
    }

    /// Requests that wait for a reply.
    pub fn waiting(&self) -> usize {
        lock(&self.0.waiting).len()
    }

    /// Sessions that are open.
    pub fn sessions(&self) -> usize {
        lock(&self.0.sessions).len()
    }

    /// Events that wait: of all sessions together, and of the one where most do.
    pub fn queued(&self) -> (usize, usize) {
        let sessions = lock(&self.0.sessions);
        let waiting = sessions.values().map(|line| line.queue.max_capacity() - line.queue.capacity());
        waiting.fold((0, 0), |(sum, most), count| (sum + count, most.max(count)))
    }

    /// Sessions cut off since the start because they read too slowly.
    pub fn cut_off(&self) -> u64 {
        self.0.cut_off.load(Ordering::Relaxed)
    }

    /// The switch must learn of it: where its inbox is full it is told again until it took it.
    fn session_closed(&self, session: SessionId) {
        lock(&self.0.sessions).remove(&session);
        if (self.0.submit)(Input::SessionClosed { session }).is_ok() {
            return;
        }
        let board = self.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                while (board.0.submit)(Input::SessionClosed { session }).is_err() {
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            });
        }
    }
}

impl Session {
    /// Its id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The next event; `None` once the session is ended from this side and all events are taken.
    pub async fn next(&mut self) -> Option<Delivery> {
        self.queue.recv().await
    }

    /// The next event if one waits already.
    pub fn next_waiting(&mut self) -> Option<Delivery> {
        self.queue.try_recv().ok()
    }

    /// Rings once when the session is cut off.
    pub(crate) fn cut(&self) -> Arc<Notify> {
        self.cut.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.board.session_closed(self.id);
    }
}

/// A place among those who wait; given back however the waiting ends.
struct Place<'a> {
    board: &'a Switchboard,
    ticket: Ticket,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        lock(&self.board.0.waiting).remove(&self.ticket);
    }
}

/// Each change of a table is one call, so that a panic elsewhere leaves it whole.
fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stasis::{Answer, Message};

    type Inbox = Arc<Mutex<Vec<Input>>>;

    fn board(room: usize, limits: Limits) -> (Switchboard, Inbox) {
        let inbox = Inbox::default();
        let own = inbox.clone();
        let submit = move |input| {
            let mut inbox = own.lock().expect("a whole inbox");
            if inbox.len() >= room {
                return Err(Overloaded::Full);
            }
            inbox.push(input);
            Ok(())
        };
        (Switchboard::new(Arc::new(submit), limits), inbox)
    }

    fn tickets(inbox: &Inbox) -> Vec<Ticket> {
        let inbox = inbox.lock().expect("a whole inbox");
        let ticket = |input: &Input| match input {
            Input::Command { ticket, .. } => Some(*ticket),
            _ => None,
        };
        inbox.iter().filter_map(ticket).collect()
    }

    fn closed(inbox: &Inbox) -> Vec<SessionId> {
        let inbox = inbox.lock().expect("a whole inbox");
        let session = |input: &Input| match input {
            Input::SessionClosed { session } => Some(*session),
            _ => None,
        };
        inbox.iter().filter_map(session).collect()
    }

    fn delivery(session: SessionId) -> Delivery {
        Delivery {
            session,
            application: "a".into(),
            sequence: 1,
            unix_ms: 0,
            message: Arc::new(Message::ApplicationReplaced),
        }
    }

    #[tokio::test]
    async fn a_reply_goes_to_whom_asked() {
        let (board, inbox) = board(10, Limits::default());
        let other = board.clone();
        let asking = tokio::spawn(async move { other.ask(Command::Channels).await });
        while tickets(&inbox).is_empty() {
            tokio::task::yield_now().await;
        }
        board.deliver(Ticket(99), Ok(Answer::Done));
        board.deliver(tickets(&inbox)[0], Ok(Answer::Channels(Vec::new())));
        assert_eq!(asking.await.expect("no panic"), Ok(Ok(Answer::Channels(Vec::new()))));
        assert_eq!(board.waiting(), 0);
    }

    #[tokio::test]
    async fn a_full_inbox_and_a_full_table_refuse_at_once() {
        let (full, _) = board(0, Limits::default());
        assert_eq!(full.ask(Command::Channels).await, Err(Overloaded::Full));
        let (none, inbox) = board(10, Limits { requests: 0, ..Limits::default() });
        assert_eq!(none.ask(Command::Channels).await, Err(Overloaded::Full));
        assert_eq!((full.waiting(), tickets(&inbox).len()), (0, 0));
    }

    #[tokio::test]
    async fn an_asker_that_goes_away_leaves_nothing() {
        let (board, inbox) = board(10, Limits::default());
        let other = board.clone();
        let asking = tokio::spawn(async move { other.ask(Command::Channels).await });
        while tickets(&inbox).is_empty() {
            tokio::task::yield_now().await;
        }
        asking.abort();
        assert!(asking.await.expect_err("aborted").is_cancelled());
        assert_eq!(board.waiting(), 0);
        board.deliver(tickets(&inbox)[0], Ok(Answer::Done));
    }

    #[tokio::test]
    async fn without_a_reply_the_wait_ends() {
        let (board, _) = board(10, Limits { wait: Duration::ZERO, ..Limits::default() });
        assert_eq!(board.ask(Command::Channels).await, Err(Overloaded::Late));
        assert_eq!(board.waiting(), 0);
    }

    #[tokio::test]
    async fn a_session_whose_queue_is_full_is_cut_off_and_no_other() {
        let (board, inbox) = board(10, Limits { session_queue: 2, ..Limits::default() });
        let slow = board.open_session().expect("a session");
        let mut quick = board.open_session().expect("a session");
        for _ in 0..3 {
            board.publish(delivery(slow.id()));
            board.publish(delivery(quick.id()));
            assert!(quick.next().await.is_some());
        }
        slow.cut().notified().await;
        assert_eq!((board.sessions(), board.cut_off()), (1, 1));
        let id = slow.id();
        drop(slow);
        assert_eq!(closed(&inbox), [id]);
    }

    #[tokio::test]
    async fn a_closed_session_is_told_even_when_the_inbox_was_full() {
        let (board, inbox) = board(1, Limits::default());
        let _ = tokio::time::timeout(Duration::ZERO, board.ask(Command::Channels)).await;
        let session = board.open_session().expect("a session");
        let id = session.id();
        drop(session);
        assert!(closed(&inbox).is_empty());
        inbox.lock().expect("a whole inbox").clear();
        while closed(&inbox).is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(closed(&inbox), [id]);
    }

    #[test]
    fn sessions_are_limited() {
        let (board, _) = board(10, Limits { sessions: 1, ..Limits::default() });
        let first = board.open_session();
        assert!(first.is_some() && board.open_session().is_none());
        drop(first);
        assert!(board.open_session().is_some());
    }
}
