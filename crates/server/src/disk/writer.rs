//! The thread that writes live recordings.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use call::effect::Ring;
use call::recording::IfExists;
use call::{OpenFailure, RecordingKey};
use media::Piece;

use super::file::{FORMATS, Track};
use super::{DROPPED_SUFFIX, name};

/// How often rings are drained: a ring holds two hundred times that.
pub const DRAIN_EVERY: Duration = Duration::from_millis(50);
/// How often the sizes in a header are made true.
pub const PATCH_EVERY: Duration = Duration::from_secs(2);
/// Live recordings. One more is refused.
pub const MAX_LIVE: usize = 10_000;
/// Requests that may wait. One more is refused at once.
const MAX_WAITING: usize = 1_024;
/// Ended recordings whose path is still known, in case they are thrown away.
const MAX_ENDED: usize = 4_096;
const SILENCE: media::Frame = [0; 160];

/// Told by the writer.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// The file is open, or could not be opened.
    Opened(RecordingKey, Result<(), OpenFailure>),
    /// All is on disk, or could not be put there.
    Stored(RecordingKey, Result<(), String>),
}

enum Request {
    Open { key: RecordingKey, name: Arc<str>, format: String, if_exists: IfExists, ring: Ring },
    Discard { key: RecordingKey },
}

/// The handle of the thread. When it is dropped, the thread ends live recordings properly and goes.
pub struct Writer {
    requests: Option<SyncSender<Request>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; `tell` is called by it.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(root: PathBuf, tell: impl Fn(Event) + Send + 'static) -> io::Result<Writer> {
        let (requests, inbox) = sync_channel(MAX_WAITING);
        let mut desk = Desk::new(root, Box::new(tell));
        let thread =
            thread::Builder::new().name("recordings".to_owned()).spawn(move || desk.serve(&inbox))?;
        Ok(Writer { requests: Some(requests), thread: Some(thread) })
    }

    /// Opens a recording and writes what comes through its ring until the producer is gone.
    ///
    /// # Errors
    /// Where too many requests wait: nothing is told then.
    pub fn open(
        &self,
        key: RecordingKey,
        name: Arc<str>,
        format: String,
        if_exists: IfExists,
        ring: Ring,
    ) -> Result<(), OpenFailure> {
        self.ask(Request::Open { key, name, format, if_exists, ring })
            .map_err(|()| OpenFailure::Disk("too many recordings are being opened".to_owned()))
    }

    /// Throws away a recording's file. Waits where too many requests do: this one must not be lost.
    pub fn discard(&self, key: RecordingKey) {
        if let Some(requests) = &self.requests {
            // The thread lives as long as this handle.
            let _ = requests.send(Request::Discard { key });
        }
    }

    fn ask(&self, request: Request) -> Result<(), ()> {
        match self.requests.as_ref().map(|requests| requests.try_send(request)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Live {
    path: PathBuf,
    track: Track,
    ring: Ring,
    dropped: u64,
    patched: Instant,
}

/// What the thread owns.
pub(super) struct Desk {
    root: PathBuf,
    tell: Box<dyn Fn(Event) + Send>,
    live: BTreeMap<RecordingKey, Live>,
    ended: VecDeque<(RecordingKey, PathBuf)>,
}

impl Desk {
    pub(super) fn new(root: PathBuf, tell: Box<dyn Fn(Event) + Send>) -> Desk {
        Desk { root, tell, live: BTreeMap::new(), ended: VecDeque::new() }
    }

    fn serve(&mut self, inbox: &Receiver<Request>) {
        loop {
            let wait = if self.live.is_empty() { Duration::from_secs(3_600) } else { DRAIN_EVERY };
            match inbox.recv_timeout(wait) {
                Ok(request) => self.work(request),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            inbox.try_iter().take(MAX_WAITING).for_each(|request| self.work(request));
            self.drain(Instant::now());
        }
        self.drain(Instant::now());
        for (key, mut live) in std::mem::take(&mut self.live) {
            let result = live.track.finish();
            self.told_stored(key, live, result);
        }
    }

    fn work(&mut self, request: Request) {
        match request {
            Request::Open { key, name, format, if_exists, ring } => {
                let result = self.open(key, &name, &format, if_exists, ring);
                (self.tell)(Event::Opened(key, result));
            }
            Request::Discard { key } => self.discard(key),
        }
    }

    fn open(
        &mut self,
        key: RecordingKey,
        name: &str,
        format: &str,
        if_exists: IfExists,
        ring: Ring,
    ) -> Result<(), OpenFailure> {
        if self.live.len() >= MAX_LIVE {
            return Err(OpenFailure::Disk(format!("{MAX_LIVE} recordings are being made")));
        }
        let path = name::path(&self.root, name)?;
        if if_exists == IfExists::Fail && FORMATS.iter().any(|format| name::with(&path, format).exists()) {
            return Err(OpenFailure::Exists);
        }
        let path = name::with(&path, format);
        let track = Track::open(&path, format, if_exists)?;
        self.take(key, path, track, ring);
        Ok(())
    }

    pub(super) fn take(&mut self, key: RecordingKey, path: PathBuf, track: Track, ring: Ring) {
        self.live.insert(key, Live { path, track, ring, dropped: 0, patched: Instant::now() });
    }

    /// Empties all rings; ends what is at its end or cannot be written.
    pub(super) fn drain(&mut self, now: Instant) {
        let mut over = Vec::new();
        for (key, live) in &mut self.live {
            match live.drain(now) {
                Ok(false) => {}
                Ok(true) => {
                    let result = live.track.finish();
                    over.push((*key, result));
                }
                Err(error) => over.push((*key, Err(error))),
            }
        }
        for (key, result) in over {
            if let Some(live) = self.live.remove(&key) {
                self.told_stored(key, live, result);
            }
        }
    }

    fn told_stored(&mut self, key: RecordingKey, live: Live, result: io::Result<()>) {
        let path = live.path.display();
        if live.dropped > 0 {
            tracing::warn!(%path, frames = live.dropped, "frames were lost on the way to the disk; silence stands for them");
            leave_count(&live.path, live.dropped);
        }
        if let Err(error) = &result {
            tracing::error!(%path, %error, "a recording could not be written");
        }
        self.ended.push_back((key, live.path));
        if self.ended.len() > MAX_ENDED {
            self.ended.pop_front();
        }
        (self.tell)(Event::Stored(key, result.map_err(|error| error.to_string())));
    }

    fn discard(&mut self, key: RecordingKey) {
        let ended = self.ended.iter().position(|(ended, _)| *ended == key);
        let path = match (self.live.remove(&key), ended) {
            (Some(live), _) => Some(live.path),
            (None, Some(at)) => self.ended.remove(at).map(|(_, path)| path),
            (None, None) => None,
        };
        if let Some(path) = path {
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a recording could not be thrown away");
            }
            let _ = fs::remove_file(beside(&path));
        }
    }
}

impl Live {
    /// Takes what the ring has. `true` where its producer is gone and it is empty.
    fn drain(&mut self, now: Instant) -> io::Result<bool> {
        // Asked before, so that what was pushed before the producer went is still taken.
        let is_over = self.ring.0.is_abandoned();
        while let Ok(piece) = self.ring.0.pop() {
            match piece {
                Piece::Frame(frame) => self.track.frame(&frame)?,
                Piece::Dropped(frames) => {
                    self.dropped += u64::from(frames);
                    for _ in 0..frames {
                        self.track.frame(&SILENCE)?;
                    }
                }
            }
        }
        if now.saturating_duration_since(self.patched) >= PATCH_EVERY {
            self.patched = now;
            self.track.settle()?;
        }
        Ok(is_over)
    }
}

/// The file beside a recording that says how many frames of 20 ms it lacks.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(DROPPED_SUFFIX);
    PathBuf::from(name)
}

fn leave_count(path: &Path, frames: u64) {
    if let Err(error) = fs::write(beside(path), format!("{frames}\n")) {
        tracing::warn!(path = %path.display(), %error, "the count of lost frames could not be written");
    }
}
