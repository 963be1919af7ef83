//! Live and stored recordings.

use serde::{Deserialize, Serialize};

/// A recording being made. Durations are in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveRecording {
    /// Name, which is also its id.
    pub name: String,
    /// File format, such as `wav`.
    pub format: String,
    /// How far it is.
    pub state: RecordingState,
    /// Of what: `channel:<id>` or `bridge:<id>`.
    pub target_uri: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<i64>,
    /// Talking in it, where silence was to be detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub talking_duration: Option<i64>,
    /// Silence in it, where silence was to be detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence_duration: Option<i64>,
}

/// How far a live recording is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordingState {
    /// Waits for its turn.
    #[default]
    Queued,
    /// Records.
    Recording,
    /// Paused.
    Paused,
    /// Ended and stored.
    Done,
    /// Could not be made.
    Failed,
    /// Was given up, its file discarded.
    Canceled,
    /// A word that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// A recording on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecording {
    /// Name, with folders below the recording directory.
    pub name: String,
    /// File format, such as `wav`.
    pub format: String,
}
