//! Playbacks.

use ari_model::Playback;
use serde::Serialize;
use serde_json::json;

use crate::{Client, Error};

/// A playback's id and a way to its server.
#[derive(Clone, Debug)]
pub struct PlaybackHandle {
    client: Client,
    id: String,
}

/// What can be done to a running playback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// From the start.
    Restart,
    /// Pause.
    Pause,
    /// Go on.
    Unpause,
    /// Back by `skip_ms`.
    Reverse,
    /// On by `skip_ms`.
    Forward,
}

impl Client {
    /// A handle to the playback of that id; asks nothing.
    pub fn playback(&self, id: &str) -> PlaybackHandle {
        PlaybackHandle { client: self.clone(), id: id.to_owned() }
    }
}

impl PlaybackHandle {
    /// What the playback is now; 404 once it has ended.
    pub async fn snapshot(&self) -> Result<Playback, Error> {
        self.client.get(&["playbacks", &self.id], &[]).await
    }

    /// Stops it.
    pub async fn stop(&self) -> Result<(), Error> {
        self.client.delete(&["playbacks", &self.id], &[]).await
    }

    /// Pauses it, winds it, and so on.
    pub async fn control(&self, operation: Operation) -> Result<(), Error> {
        self.client.command(&["playbacks", &self.id, "control"], &json!({ "operation": operation })).await
    }
}
