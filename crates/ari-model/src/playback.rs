//! Playbacks.

use serde::{Deserialize, Serialize};

/// Media being played to a channel or a bridge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playback {
    /// Unique id.
    pub id: String,
    /// What plays now, such as `sound:hello-world`.
    pub media_uri: String,
    /// What plays after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_media_uri: Option<String>,
    /// Where: `channel:<id>` or `bridge:<id>`.
    pub target_uri: String,
    /// Language of the prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How far it is.
    pub state: PlaybackState,
}

/// How far a playback is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaybackState {
    /// Waits for its turn.
    #[default]
    Queued,
    /// Is heard.
    Playing,
    /// Goes over to the next item of its list.
    Continuing,
    /// Paused.
    Paused,
    /// Ended, or was stopped.
    Done,
    /// Could not be played.
    Failed,
    /// A word that this crate does not know.
    #[serde(untagged)]
    Other(String),
}
