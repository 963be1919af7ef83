//! What comes in and what goes out.

use std::sync::Arc;

use call::{Effect, LoadFailure, LoadKey, LogLevel, OpenFailure, PortCredit, RecordingKey, ShardId};
use media::Audio;
use stasis::{Command, Delivery, Reply, SessionId, Ticket};

use crate::{Config, Query, QueryTicket, View};

/// One thing that happened outside.
pub enum Input {
    /// Nothing but time.
    Tick,
    /// SIP.
    Sip(signalling::Input),
    /// A shard told something.
    Media {
        /// Which.
        shard: ShardId,
        /// What.
        event: media::Event,
    },
    /// A shard posts port pairs that are free to be used.
    Ports {
        /// Which.
        shard: ShardId,
        /// The pairs.
        ports: Vec<PortCredit>,
    },
    /// Audio was loaded, or could not be.
    Loaded {
        /// The key of [`Effect::Load`].
        load: LoadKey,
        /// The audio.
        result: Result<Arc<Audio>, LoadFailure>,
    },
    /// A recording's file was opened, or could not be.
    RecordingOpened {
        /// The key of [`Effect::OpenRecording`].
        recording: RecordingKey,
        /// How it went.
        result: Result<(), OpenFailure>,
    },
    /// All of a recording is on disk, or could not be put there.
    RecordingStored {
        /// The key of [`Effect::OpenRecording`].
        recording: RecordingKey,
        /// How it went.
        result: Result<(), String>,
    },
    /// An application asks something.
    Command {
        /// Under which number it is to be answered.
        ticket: Ticket,
        /// What.
        command: Command,
    },
    /// An event WebSocket closed.
    SessionClosed {
        /// Which.
        session: SessionId,
    },
    /// New configuration; calls go on.
    Configure(Box<Config>),
    /// An operator asks something.
    Query {
        /// Under which number it is to be answered.
        ticket: QueryTicket,
        /// What.
        query: Query,
    },
    /// Admit nothing new.
    Drain,
    /// Hang up everything.
    HangUpAll,
}

/// One thing wanted of the outside, or told to it.
pub enum Output {
    /// SIP.
    Sip(signalling::Output),
    /// A command for a shard.
    Media {
        /// Which.
        shard: ShardId,
        /// What.
        command: media::Command,
    },
    /// Files.
    Effect(Effect),
    /// The one reply to a command.
    Reply {
        /// Its number.
        ticket: Ticket,
        /// What.
        reply: Reply,
    },
    /// An event for an application.
    Delivery(Delivery),
    /// The one answer to a query.
    View {
        /// Its number.
        ticket: QueryTicket,
        /// What.
        view: View,
    },
    /// A line for the log.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// The line.
        line: String,
    },
}
