//! [`Lines`]: log lines on their way to consoles. A console that does not read is cut off; nobody waits for it.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Filter};

/// Lines that wait for one console; one more and it is cut off.
pub const QUEUE: usize = 1_024;
/// The target of whole SIP messages: shown to every console, since somebody asked for them.
pub const SIP_TARGET: &str = "sip-logger";
/// The target of what the dialplan does.
const DIALPLAN_TARGET: &str = "dialplan";
/// From this verbosity on a console sees what the dialplan does.
pub const DIALPLAN_VERBOSITY: u8 = 3;
/// From this debug level on a console sees traces.
pub const TRACE_DEBUG: u8 = 3;

/// How much a console wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// As `core set verbose`: from 3 on what the dialplan does.
    pub verbose: u8,
    /// As `core set debug`: from 1 on debugging lines, from 3 on traces.
    pub debug: u8,
}

/// What decides who sees a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Errors, warnings, and what is worth knowing: everybody.
    Notice,
    /// What the dialplan does.
    Dialplan,
    Debug,
    Trace,
}

impl Kind {
    fn of(metadata: &Metadata<'_>) -> Kind {
        match *metadata.level() {
            Level::INFO if metadata.target() == DIALPLAN_TARGET => Kind::Dialplan,
            Level::ERROR | Level::WARN | Level::INFO => Kind::Notice,
            Level::DEBUG => Kind::Debug,
            Level::TRACE => Kind::Trace,
        }
    }
}

impl Wish {
    fn wants(self, kind: Kind) -> bool {
        match kind {
            Kind::Notice => true,
            Kind::Dialplan => self.verbose >= DIALPLAN_VERBOSITY,
            Kind::Debug => self.debug > 0,
            Kind::Trace => self.debug >= TRACE_DEBUG,
        }
    }
}

/// The consoles that listen. Clones are one.
#[derive(Clone, Default)]
pub struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    listeners: Mutex<BTreeMap<u64, Listener>>,
    next: AtomicU64,
    /// The most that any console wants, so that what nobody wants costs nothing.
    verbose: AtomicU8,
    debug: AtomicU8,
    count: AtomicU64,
    cut_off: AtomicU64,
}

struct Listener {
    wish: Wish,
    queue: mpsc::Sender<Arc<str>>,
}

/// A console's end. It is cut off once its queue gives no more.
pub(super) struct Hearing {
    id: u64,
    lines: Lines,
    queue: mpsc::Receiver<Arc<str>>,
}

impl Lines {
    /// A new console, which hears nothing yet.
    pub(super) fn hear(&self) -> Hearing {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (_, queue) = mpsc::channel(1);
        Hearing { id, lines: self.clone(), queue }
    }

    /// What a console wants from now on; `None` where it does not listen.
    pub fn wish(&self, id: u64) -> Option<Wish> {
        self.lock().get(&id).map(|listener| listener.wish)
    }

    /// What each console that listens wants.
    pub fn wishes(&self) -> Vec<(u64, Wish)> {
        self.lock().iter().map(|(id, listener)| (*id, listener.wish)).collect()
    }

    /// Changes what a console wants; gives what it wanted before, or `None` where it does not listen.
    pub fn change(&self, id: u64, change: impl FnOnce(&mut Wish)) -> Option<Wish> {
        let mut listeners = self.lock();
        let listener = listeners.get_mut(&id)?;
        let before = listener.wish;
        change(&mut listener.wish);
        self.measure(listeners);
        Some(before)
    }

    /// Consoles cut off since the start because they read too slowly.
    pub fn cut_off(&self) -> u64 {
        self.0.cut_off.load(Ordering::Relaxed)
    }

    fn send(&self, kind: Kind, line: &str) {
        let line: Arc<str> = Arc::from(line.trim_end_matches('\n'));
        let mut listeners = self.lock();
        let before = listeners.len();
        listeners.retain(|_, listener| {
            !listener.wish.wants(kind) || listener.queue.try_send(line.clone()).is_ok()
        });
        let gone = before - listeners.len();
        if gone > 0 {
            self.0.cut_off.fetch_add(gone as u64, Ordering::Relaxed);
            self.measure(listeners);
        }
    }

    fn measure(&self, listeners: MutexGuard<'_, BTreeMap<u64, Listener>>) {
        let most = |of: fn(&Wish) -> u8| listeners.values().map(|one| of(&one.wish)).max().unwrap_or(0);
        self.0.verbose.store(most(|wish| wish.verbose), Ordering::Relaxed);
        self.0.debug.store(most(|wish| wish.debug), Ordering::Relaxed);
        self.0.count.store(listeners.len() as u64, Ordering::Relaxed);
        drop(listeners);
        // What is wanted of each place in the code is asked anew.
        tracing::callsite::rebuild_interest_cache();
    }

    fn most(&self) -> Option<Wish> {
        let wish = Wish {
            verbose: self.0.verbose.load(Ordering::Relaxed),
            debug: self.0.debug.load(Ordering::Relaxed),
        };
        (self.0.count.load(Ordering::Relaxed) > 0).then_some(wish)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Listener>> {
        // A map is whole between two operations.
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hearing {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Begins to listen, or changes what is wanted.
    pub(super) fn listen(&mut self, wish: Wish) {
        if self.lines.change(self.id, |kept| *kept = wish).is_some() {
            return;
        }
        let (queue, receiver) = mpsc::channel(QUEUE);
        self.queue = receiver;
        let mut listeners = self.lines.lock();
        listeners.insert(self.id, Listener { wish, queue });
        self.lines.measure(listeners);
    }

    /// The next line; `None` where it was cut off or never listened.
    pub(super) async fn next(&mut self) -> Option<Arc<str>> {
        self.queue.recv().await
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        let mut listeners = self.lines.lock();
        if listeners.remove(&self.id).is_some() {
            self.lines.measure(listeners);
        }
    }
}

/// Lets through what at least one console wants.
impl<S: Subscriber> Filter<S> for Lines {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.most().is_some_and(|wish| wish.wants(Kind::of(metadata)))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        match self.most() {
            Some(wish) if wish.wants(Kind::of(metadata)) => Interest::always(),
            Some(_) | None => Interest::never(),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match self.most() {
            None => LevelFilter::OFF,
            Some(wish) if wish.debug >= TRACE_DEBUG => LevelFilter::TRACE,
            Some(wish) if wish.debug > 0 => LevelFilter::DEBUG,
            Some(_) => LevelFilter::INFO,
        })
    }
}

/// One line being written.
pub struct Line<'a> {
    lines: &'a Lines,
    kind: Kind,
    text: Vec<u8>,
}

impl io::Write for Line<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.lines.send(self.kind, &String::from_utf8_lossy(&self.text));
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: self, kind: Kind::Notice, text: Vec::new() }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Line<'a> {
        Line { lines: self, kind: Kind::of(metadata), text: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    fn logging(lines: &Lines, body: impl FnOnce()) {
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(lines.clone())
            .with_ansi(false)
            .without_time()
            .with_filter(lines.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), body);
    }

    fn heard(hearing: &mut Hearing) -> Vec<String> {
        std::iter::from_fn(|| hearing.queue.try_recv().ok()).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn each_console_sees_what_it_wants() {
        let lines = Lines::default();
        let (mut plain, mut verbose) = (lines.hear(), lines.hear());
        plain.listen(Wish::default());
        verbose.listen(Wish { verbose: 3, debug: 1 });
        logging(&lines, || {
            tracing::warn!(target: "call", "careful");
            tracing::info!(target: "dialplan", "Executing");
            tracing::debug!(target: "x", "detail");
            tracing::trace!(target: "x", "more");
        });
        assert_eq!(heard(&mut plain), ["WARN call: careful"]);
        assert_eq!(
            heard(&mut verbose),
            ["WARN call: careful", "INFO dialplan: Executing", "DEBUG x: detail"]
        );
    }

    #[test]
    fn a_slow_console_is_cut_off_and_the_others_hear_on() {
        let lines = Lines::default();
        let (mut slow, mut quick) = (lines.hear(), lines.hear());
        slow.listen(Wish::default());
        quick.listen(Wish::default());
        logging(&lines, || {
            for _ in 0..QUEUE {
                tracing::warn!("again");
            }
            assert_eq!(heard(&mut quick).len(), QUEUE);
            tracing::warn!("the last");
        });
        assert_eq!(heard(&mut quick).len(), 1);
        assert_eq!(heard(&mut slow).len(), QUEUE);
        assert_eq!((lines.cut_off(), lines.wish(slow.id())), (1, None));
    }
}
