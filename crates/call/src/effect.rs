//! What the model wants done outside: files read, files written.

use std::sync::Arc;

use crate::recording::{IfExists, RecordingKey};

slotmap::new_key_type! {
    /// One request to load audio.
    pub struct LoadKey;
}

/// Where audio comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AudioSource {
    /// A prompt by name, such as `hello-world` or `digits/1`, in the given language or its fallback.
    Sound(String),
    /// A stored recording by name.
    Recording(String),
    /// A music class; the first file's audio serves.
    Music(String),
}

/// Why audio could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadFailure {
    /// No file of that name in any format that can be read.
    Missing,
    /// A file that cannot be read or understood, and why.
    Unreadable(String),
}

/// Why a recording could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenFailure {
    /// A recording of that name is there and may not be replaced.
    Exists,
    /// The name leaves the recordings folder.
    Outside,
    /// The disk said no, and how.
    Disk(String),
}

/// Asked of the outside; each is answered by an input that carries its key.
#[derive(Debug)]
pub enum Effect {
    /// Load and join audio.
    Load {
        /// Whom to answer.
        load: LoadKey,
        /// What, in order.
        sources: Vec<AudioSource>,
        /// Language of prompts.
        language: String,
    },
    /// Open a recording's file and write what comes through the ring until its producer is gone.
    OpenRecording {
        /// Whom to answer.
        recording: RecordingKey,
        /// Path below the recordings folder, without extension.
        name: Arc<str>,
        /// Extension.
        format: String,
        /// What to do where it is there already.
        if_exists: IfExists,
        /// Where pieces come from.
        ring: Ring,
    },
    /// Throw away the file of a recording that was cancelled.
    DiscardRecording {
        /// Which.
        recording: RecordingKey,
    },
}

/// The consuming end of a recorder's ring.
pub struct Ring(pub rtrb::Consumer<media::Piece>);

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("slots", &self.0.slots()).finish()
    }
}
