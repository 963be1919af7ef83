//! Calls from Rust: a typed client for any server that speaks the Asterisk REST Interface.
//!
//! Events come over one WebSocket, commands go over HTTP on connections that are kept alive. What the server says is in
//! the types of [`ari_model`], re-exported as [`model`].
//!
//! An application that answers each call, plays a prompt and hangs up:
//!
//! ```no_run
//! use client::{Client, Error, model::Event};
//!
//! # async fn run() -> Result<(), Error> {
//! let client = Client::connect("http://localhost:8088", "admin", "password").await?;
//! let mut events = client.events("my-app").await?;
//! while let Some(event) = events.next().await {
//!     match event? {
//!         Event::StasisStart(start) => {
//!             let channel = client.channel(&start.channel.id);
//!             channel.answer().await?;
//!             channel.play("sound:hello-world").await?;
//!         }
//!         Event::PlaybackFinished(finished) => {
//!             if let Some(id) = finished.playback.target_uri.strip_prefix("channel:") {
//!                 client.channel(id).hangup().await?;
//!             }
//!         }
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A handle such as [`ChannelHandle`] is an id and a way to the server; it costs nothing and knows nothing of the
//! channel's state. A command to a channel that is gone answers [`Error::Refused`] with status 404, which in telephony is
//! an everyday thing and seldom a fault.

mod application;
mod asterisk;
mod bridge;
mod channel;
mod endpoint;
mod error;
mod events;
mod playback;
mod recording;
mod wire;

pub use ari_model as model;

pub use application::ApplicationHandle;
pub use bridge::{AddChannel, BridgeHandle, CreateBridge};
pub use channel::{ChannelHandle, ContinueAt, Create, Direction, Dtmf, Originate, Play, Record, Snoop};
pub use error::{Error, Retry};
pub use events::{DEFAULT_QUEUE, EventOptions, Events, LONGEST_PAUSE};
pub use playback::{Operation, PlaybackHandle};
pub use recording::{LiveRecordingHandle, StoredRecordingHandle};
pub use wire::{Client, REQUEST_TIMEOUT};
