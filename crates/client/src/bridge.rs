//! Bridges.

use ari_model::{Bridge, LiveRecording, Playback};
use serde::Serialize;
use serde_json::json;

use crate::{Client, Error, Play, Record};

/// A bridge's id and a way to its server.
#[derive(Clone, Debug)]
pub struct BridgeHandle {
    client: Client,
    id: String,
}

/// A bridge to be made ([`Client::create_bridge`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateBridge {
    /// Words separated by commas: `mixing` (as where absent), `holding`, `dtmf_events`, `proxy_media`.
    pub kind: Option<String>,
    /// Id; the server's choice where absent.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// How channels join a bridge ([`BridgeHandle::add_with`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AddChannel {
    /// Ids of the channels.
    pub channel: Vec<String>,
    /// Role in a holding bridge: `participant` or `announcer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Keep their digits from the others.
    #[serde(rename = "absorbDTMF")]
    pub absorb_dtmf: bool,
    /// Join muted.
    pub mute: bool,
    /// Do not tell the others who joined.
    #[serde(rename = "inhibitConnectedLineUpdates")]
    pub inhibit_connected_line_updates: bool,
}

impl Client {
    /// A handle to the bridge of that id; asks nothing.
    pub fn bridge(&self, id: &str) -> BridgeHandle {
        BridgeHandle { client: self.clone(), id: id.to_owned() }
    }

    /// All bridges.
    pub async fn bridges(&self) -> Result<Vec<Bridge>, Error> {
        self.get(&["bridges"], &[]).await
    }

    /// Makes a bridge. It goes as a query: Asterisk takes every key of a JSON body for a bridge variable.
    pub async fn create_bridge(&self, bridge: &CreateBridge) -> Result<Bridge, Error> {
        let given = [("type", &bridge.kind), ("bridgeId", &bridge.id), ("name", &bridge.name)];
        let query: Vec<_> = given.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
        self.post_query(&["bridges"], &query).await
    }
}

impl BridgeHandle {
    /// Id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn path<'a>(&'a self, operation: &'a str) -> [&'a str; 3] {
        ["bridges", &self.id, operation]
    }

    /// What the bridge is now.
    pub async fn snapshot(&self) -> Result<Bridge, Error> {
        self.client.get(&["bridges", &self.id], &[]).await
    }

    /// Destroys the bridge; its channels stay in the application.
    pub async fn destroy(&self) -> Result<(), Error> {
        self.client.delete(&["bridges", &self.id], &[]).await
    }

    /// Puts channels into the bridge, in order, until one cannot.
    pub async fn add(&self, channels: &[&str]) -> Result<(), Error> {
        let channel = channels.iter().map(|id| (*id).to_owned()).collect();
        self.add_with(&AddChannel { channel, ..AddChannel::default() }).await
    }

    /// As [`add`](BridgeHandle::add), with options.
    pub async fn add_with(&self, joining: &AddChannel) -> Result<(), Error> {
        self.client.command(&self.path("addChannel"), joining).await
    }

    /// Takes channels out of the bridge.
    pub async fn remove(&self, channels: &[&str]) -> Result<(), Error> {
        self.client.command(&self.path("removeChannel"), &json!({ "channel": channels })).await
    }

    /// Plays media to all in the bridge.
    pub async fn play(&self, media: impl Into<Play>) -> Result<Playback, Error> {
        self.client.post(&self.path("play"), &media.into()).await
    }

    /// Records all in the bridge, mixed.
    pub async fn record(&self, recording: &Record) -> Result<LiveRecording, Error> {
        self.client.post(&self.path("record"), recording).await
    }

    /// Plays music to all in the bridge.
    pub async fn start_moh(&self, class: Option<&str>) -> Result<(), Error> {
        match class {
            Some(class) => self.client.command(&self.path("moh"), &json!({ "mohClass": class })).await,
            None => self.client.start(&self.path("moh")).await,
        }
    }

    /// Stops the music.
    pub async fn stop_moh(&self) -> Result<(), Error> {
        self.client.delete(&self.path("moh"), &[]).await
    }
}
