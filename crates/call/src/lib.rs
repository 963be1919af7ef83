//! The call model: channels, bridges, playbacks, recordings, endpoints and the scripts that steer channels.
//!
//! [`Calls`] owns all of them. It is told what technologies, shards and the disk report, it is asked what
//! applications and the dialplan want, and it queues what follows: [`Event`]s for whoever watches, [`Verb`]s for
//! channel technologies, commands for media shards, [`Effect`]s for the outside, [`Notice`]s for scripts. The switch
//! drains those queues after each input. Nothing here waits, reads a clock or knows a wire format.

pub mod bridge;
pub mod cause;
pub mod channel;
pub mod device;
pub mod effect;
pub mod endpoint;
pub mod event;
pub mod mailbox;
pub mod message;
pub mod model;
pub mod playback;
mod quality;
pub mod rack;
pub mod recording;
mod say;
pub mod script;
pub mod snapshot;
pub mod transfer;
pub mod variables;
pub mod zone;

pub use bridge::BridgeKind;
pub use cause::Cause;
pub use channel::{
    ChannelKey, ChannelState, Dialing, DigitsBy, Launch, Location, NewChannel, Technology, Verb,
};
pub use device::{DeviceState, ExtensionState};
pub use effect::{AudioSource, Effect, LoadFailure, LoadKey, OpenFailure};
pub use endpoint::EndpointState;
pub use event::{DialStatus, Event};
pub use media::Digits;
pub use model::{Calls, Census, Limits, LogLevel, Time};
pub use playback::{PlaybackKey, PlaybackState};
pub use rack::{PortCredit, ShardId};
pub use recording::{IfExists, RecordOptions, RecordingKey, RecordingState, TerminateOn};
pub use script::{Chan, Left, Notice};
pub use snapshot::*;
pub use transfer::{TransferFailure, Watched};
pub use zone::Zone;

slotmap::new_key_type! {
    /// A bridge in [`Calls`]; a dead key answers as "no longer there".
    pub struct BridgeKey;
}
