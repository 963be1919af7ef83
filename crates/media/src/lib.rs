//! A media shard: legs, players, recorders and mixers as plain structs, worked on a 20 ms tick.
//!
//! No socket, no clock, no thread: whoever drives a shard hands it packets and the time
//! and sends what it gives back.

pub mod command;
pub mod conceal;
pub mod detect;
mod error;
pub mod g711;
pub mod raw;
pub mod resample;
pub mod shard;
pub mod tones;
pub mod wav;

pub use command::*;
pub use error::Error;
pub use shard::{PacketKind, Shard, ShardConfig, Transmit};
