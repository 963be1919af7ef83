//! Stasis applications.

use ari_model::{Application, EventFilter, Object};
use serde_json::json;

use crate::{Client, Error};

/// An application's name and a way to its server.
#[derive(Clone, Debug)]
pub struct ApplicationHandle {
    client: Client,
    name: String,
}

impl Client {
    /// A handle to the application of that name; asks nothing.
    pub fn application(&self, name: &str) -> ApplicationHandle {
        ApplicationHandle { client: self.clone(), name: name.to_owned() }
    }

    /// All applications.
    pub async fn applications(&self) -> Result<Vec<Application>, Error> {
        self.get(&["applications"], &[]).await
    }
}

impl ApplicationHandle {
    /// What it is subscribed to now.
    pub async fn snapshot(&self) -> Result<Application, Error> {
        self.client.get(&["applications", &self.name], &[]).await
    }

    /// Subscribes to `channel:<id>`, `bridge:<id>`, `endpoint:<technology>/<resource>` or `deviceState:<name>`.
    pub async fn subscribe(&self, sources: &[&str]) -> Result<Application, Error> {
        let path = ["applications", &self.name, "subscription"];
        self.client.post(&path, &json!({ "eventSource": sources })).await
    }

    /// Takes subscriptions back.
    pub async fn unsubscribe(&self, sources: &[&str]) -> Result<Application, Error> {
        let path = ["applications", &self.name, "subscription"];
        self.client.delete_answered(&path, &[("eventSource", &sources.join(","))]).await
    }

    /// Says which events are sent.
    pub async fn filter(&self, filter: &EventFilter) -> Result<Application, Error> {
        self.client.put(&["applications", &self.name, "eventFilter"], filter).await
    }

    /// Sends the application an event of one's own, with objects named by `sources` in it.
    pub async fn user_event(&self, name: &str, sources: &[&str], variables: Object) -> Result<(), Error> {
        let body = json!({ "application": self.name, "source": sources, "variables": variables });
        self.client.command(&["events", "user", name], &body).await
    }
}
