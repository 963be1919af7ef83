//! Live and stored recordings.

use ari_model::{LiveRecording, StoredRecording};
use serde_json::json;

use crate::{Client, Error};

/// A running recording's name and a way to its server.
#[derive(Clone, Debug)]
pub struct LiveRecordingHandle {
    client: Client,
    name: String,
}

/// A stored recording's name and a way to its server.
#[derive(Clone, Debug)]
pub struct StoredRecordingHandle {
    client: Client,
    name: String,
}

impl Client {
    /// A handle to the running recording of that name; asks nothing.
    pub fn live_recording(&self, name: &str) -> LiveRecordingHandle {
        LiveRecordingHandle { client: self.clone(), name: name.to_owned() }
    }

    /// A handle to the stored recording of that name; asks nothing.
    pub fn stored_recording(&self, name: &str) -> StoredRecordingHandle {
        StoredRecordingHandle { client: self.clone(), name: name.to_owned() }
    }

    /// All stored recordings.
    pub async fn stored_recordings(&self) -> Result<Vec<StoredRecording>, Error> {
        self.get(&["recordings", "stored"], &[]).await
    }
}

impl LiveRecordingHandle {
    fn path<'a>(&'a self, operation: &'a str) -> [&'a str; 4] {
        ["recordings", "live", &self.name, operation]
    }

    /// What the recording is now; 404 once it has ended.
    pub async fn snapshot(&self) -> Result<LiveRecording, Error> {
        self.client.get(&["recordings", "live", &self.name], &[]).await
    }

    /// Ends it and keeps the file.
    pub async fn stop(&self) -> Result<(), Error> {
        self.client.start(&self.path("stop")).await
    }

    /// Ends it and throws the file away.
    pub async fn cancel(&self) -> Result<(), Error> {
        self.client.delete(&["recordings", "live", &self.name], &[]).await
    }

    /// Pauses.
    pub async fn pause(&self) -> Result<(), Error> {
        self.client.start(&self.path("pause")).await
    }

    /// Goes on.
    pub async fn unpause(&self) -> Result<(), Error> {
        self.client.delete(&self.path("pause"), &[]).await
    }

    /// Records silence.
    pub async fn mute(&self) -> Result<(), Error> {
        self.client.start(&self.path("mute")).await
    }

    /// Records sound again.
    pub async fn unmute(&self) -> Result<(), Error> {
        self.client.delete(&self.path("mute"), &[]).await
    }
}

impl StoredRecordingHandle {
    /// Name and format.
    pub async fn snapshot(&self) -> Result<StoredRecording, Error> {
        self.client.get(&["recordings", "stored", &self.name], &[]).await
    }

    /// The file's content.
    pub async fn download(&self) -> Result<Vec<u8>, Error> {
        self.client.download(&["recordings", "stored", &self.name, "file"]).await
    }

    /// Copies it; 409 if there is one of that name.
    pub async fn copy(&self, to: &str) -> Result<StoredRecording, Error> {
        let path = ["recordings", "stored", &self.name, "copy"];
        self.client.post(&path, &json!({ "destinationRecordingName": to })).await
    }

    /// Deletes the file.
    pub async fn delete(&self) -> Result<(), Error> {
        self.client.delete(&["recordings", "stored", &self.name], &[]).await
    }
}
