//! The application: an ordinary ARI client, whose commands and events are written into the journal.

use core::fmt;
use core::future::Future;
use std::time::Instant;

use client::{AddChannel, Client, CreateBridge, Error, EventOptions, Originate, Play, Record, model};

use super::journal::{Happening, Journal};

/// The application's name; the built-in dialplan sends 1000 there.
pub const NAME: &str = "my-app";

/// A connected application.
pub struct Application {
    client: Client,
    journal: Journal,
    events: tokio::task::JoinHandle<()>,
}

impl Drop for Application {
    fn drop(&mut self) {
        self.events.abort();
    }
}

impl Application {
    /// Opens the event WebSocket of the server at `url`.
    ///
    /// # Errors
    /// As the client's.
    pub async fn connect(
        url: &str,
        user: &str,
        password: &str,
        journal: Journal,
    ) -> Result<Application, Error> {
        let client = Client::new(url, user, password)?;
        let open = client.events_with(&[NAME], EventOptions::default());
        let path = format!("/events?app={NAME} (WebSocket)");
        let mut events = timed(&journal, "GET", path, open).await?;
        let log = journal.clone();
        let events = tokio::spawn(async move {
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) => log.write(Happening::Event(event)),
                    Err(error) => log.write(Happening::Lost(error.to_string())),
                }
            }
        });
        Ok(Application { client, journal, events })
    }

    async fn command<T>(
        &self,
        method: &'static str,
        path: impl fmt::Display,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        timed(&self.journal, method, path.to_string(), work).await
    }

    /// Answers a channel.
    pub async fn answer(&self, channel: &str) -> Result<(), Error> {
        let handle = self.client.channel(channel);
        self.command("POST", format_args!("/channels/{channel}/answer"), handle.answer()).await
    }

    /// Plays to a channel under a playback id of our own.
    pub async fn play(&self, channel: &str, media: &[&str], id: &str) -> Result<model::Playback, Error> {
        let handle = self.client.channel(channel);
        let path = format!("/channels/{channel}/play {}", media.join(" "));
        self.command("POST", path, handle.play(play(media, id))).await
    }

    /// Plays to all in a bridge.
    pub async fn play_to_bridge(
        &self,
        bridge: &str,
        media: &[&str],
        id: &str,
    ) -> Result<model::Playback, Error> {
        let handle = self.client.bridge(bridge);
        let path = format!("/bridges/{bridge}/play {}", media.join(" "));
        self.command("POST", path, handle.play(play(media, id))).await
    }

    /// Calls an endpoint; the channel gets the id given.
    pub async fn originate(
        &self,
        endpoint: &str,
        id: &str,
        caller_id: &str,
    ) -> Result<model::Channel, Error> {
        let call = Originate {
            endpoint: endpoint.to_owned(),
            app: Some(NAME.to_owned()),
            channel_id: Some(id.to_owned()),
            caller_id: Some(caller_id.to_owned()),
            timeout: Some(10),
            ..Originate::default()
        };
        self.command("POST", format_args!("/channels {endpoint}"), self.client.originate(&call)).await
    }

    /// Makes a mixing bridge.
    pub async fn create_bridge(&self, id: &str) -> Result<model::Bridge, Error> {
        let bridge = CreateBridge {
            kind: Some("mixing".to_owned()),
            id: Some(id.to_owned()),
            ..CreateBridge::default()
        };
        self.command("POST", format_args!("/bridges {id}"), self.client.create_bridge(&bridge)).await
    }

    /// Puts channels into a bridge.
    pub async fn add(&self, bridge: &str, channels: &[&str]) -> Result<(), Error> {
        let joining = AddChannel {
            channel: channels.iter().map(|id| (*id).to_owned()).collect(),
            ..AddChannel::default()
        };
        let handle = self.client.bridge(bridge);
        self.command("POST", format_args!("/bridges/{bridge}/addChannel"), handle.add_with(&joining)).await
    }

    /// Records a bridge as WAV.
    pub async fn record(&self, bridge: &str, name: &str) -> Result<model::LiveRecording, Error> {
        let recording = Record {
            name: name.to_owned(),
            format: "wav".to_owned(),
            if_exists: Some("fail".to_owned()),
            ..Record::default()
        };
        let handle = self.client.bridge(bridge);
        self.command("POST", format_args!("/bridges/{bridge}/record {name}.wav"), handle.record(&recording))
            .await
    }

    /// Ends a recording.
    pub async fn stop_recording(&self, name: &str) -> Result<(), Error> {
        let handle = self.client.live_recording(name);
        self.command("POST", format_args!("/recordings/live/{name}/stop"), handle.stop()).await
    }

    /// A stored recording's file.
    pub async fn download(&self, name: &str) -> Result<Vec<u8>, Error> {
        let handle = self.client.stored_recording(name);
        self.command("GET", format_args!("/recordings/stored/{name}/file"), handle.download()).await
    }

    /// Hangs a channel up.
    pub async fn hang_up(&self, channel: &str) -> Result<(), Error> {
        let handle = self.client.channel(channel);
        self.command("DELETE", format_args!("/channels/{channel}"), handle.hangup()).await
    }

    /// Destroys a bridge.
    pub async fn destroy_bridge(&self, bridge: &str) -> Result<(), Error> {
        let handle = self.client.bridge(bridge);
        self.command("DELETE", format_args!("/bridges/{bridge}"), handle.destroy()).await
    }

    /// A bridge as it is now.
    pub async fn bridge(&self, bridge: &str) -> Result<model::Bridge, Error> {
        let handle = self.client.bridge(bridge);
        self.command("GET", format_args!("/bridges/{bridge}"), handle.snapshot()).await
    }

    /// All channels.
    pub async fn channels(&self) -> Result<Vec<model::Channel>, Error> {
        self.command("GET", "/channels", self.client.channels()).await
    }

    /// All bridges.
    pub async fn bridges(&self) -> Result<Vec<model::Bridge>, Error> {
        self.command("GET", "/bridges", self.client.bridges()).await
    }
}

fn play(media: &[&str], id: &str) -> Play {
    Play {
        media: media.iter().map(|item| (*item).to_owned()).collect(),
        playback_id: Some(id.to_owned()),
        ..Play::default()
    }
}

async fn timed<T>(
    journal: &Journal,
    method: &'static str,
    path: String,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let begun = Instant::now();
    let result = work.await;
    let took = begun.elapsed();
    let refusal = result.as_ref().err().map(ToString::to_string);
    journal.write(Happening::Command { method, path, refusal, took });
    result
}
