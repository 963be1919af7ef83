//! Sounds, music and recordings on their way from files to shards.
//!
//! A [`Loader`]'s threads find each source's file, decode it and join what belongs together into one [`Audio`]. What was
//! decoded is kept in a cache of [`CACHE_BYTES`].

mod cache;
mod carried;
mod library;

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use call::{AudioSource, LoadFailure, LoadKey};
use media::Audio;

pub use cache::CACHE_BYTES;
pub use library::{EXTENSIONS, Library, MAX_FILE_BYTES};

/// Loads that may wait. One more is refused at once.
pub const MAX_WAITING: usize = 1_024;
/// Longest audio that is joined from several sources, samples: an hour.
pub const MAX_SAMPLES: usize = 8_000 * 3_600;

/// What became of a load.
pub type Loaded = (LoadKey, Result<Arc<Audio>, LoadFailure>);

struct Request {
    load: LoadKey,
    sources: Vec<AudioSource>,
    language: String,
}

/// The threads that load audio. They end when it is dropped.
pub struct Loader {
    requests: SyncSender<Request>,
}

impl Loader {
    /// Starts `threads` threads; `answer` is called by them, once for each load taken.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn start(
        threads: usize,
        library: Library,
        answer: impl Fn(Loaded) + Clone + Send + 'static,
    ) -> std::io::Result<Loader> {
        let (requests, inbox) = sync_channel(MAX_WAITING);
        let inbox = Arc::new(Mutex::new(inbox));
        let library = Arc::new(library);
        for number in 0..threads.max(1) {
            let (inbox, library, answer) = (inbox.clone(), library.clone(), answer.clone());
            let work = move || serve(&inbox, &library, answer);
            thread::Builder::new().name(format!("audio-{number}")).spawn(work)?;
        }
        Ok(Loader { requests })
    }

    /// Asks for audio. Where too many wait already, the failure comes back at once and `answer` is not called.
    ///
    /// # Errors
    /// [`LoadFailure::Unreadable`] where [`MAX_WAITING`] is reached.
    pub fn load(
        &self,
        load: LoadKey,
        sources: Vec<AudioSource>,
        language: String,
    ) -> Result<(), LoadFailure> {
        self.requests.try_send(Request { load, sources, language }).map_err(|error| match error {
            TrySendError::Full(_) => LoadFailure::Unreadable("too many sounds are being loaded".to_owned()),
            TrySendError::Disconnected(_) => LoadFailure::Unreadable("the server is ending".to_owned()),
        })
    }
}

fn serve(inbox: &Mutex<Receiver<Request>>, library: &Library, answer: impl Fn(Loaded)) {
    loop {
        // A thread that panicked in a decoder leaves the receiver as good as it was.
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Request { load, sources, language }) = next else { return };
        let result = join(library, &sources, &language);
        answer((load, result));
    }
}

/// One audio of several sources. A source that is missing is left out and logged, as Asterisk does; only where all are is
/// that the answer.
fn join(library: &Library, sources: &[AudioSource], language: &str) -> Result<Arc<Audio>, LoadFailure> {
    let mut parts = Vec::new();
    let mut failure = None;
    for source in sources {
        match library.load(source, language) {
            Ok(audio) => parts.push(audio),
            Err(why) => {
                tracing::warn!(?source, language, ?why, "audio could not be loaded");
                failure = failure.or(Some(why));
            }
        }
    }
    match (parts.as_slice(), failure) {
        ([], failure) => Err(failure.unwrap_or(LoadFailure::Missing)),
        ([only], _) => Ok(only.clone()),
        (several, _) => {
            let samples = several.iter().flat_map(|audio| audio.samples.iter().copied()).take(MAX_SAMPLES);
            Ok(Arc::new(Audio { rate: 8_000, samples: samples.collect() }))
        }
    }
}

#[cfg(test)]
mod tests;
