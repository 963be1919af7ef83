//! A media shard: legs, players, recorders and mixers as plain structs, worked on a 20 ms tick.
//!
//! No socket, no clock, no thread: whoever drives a [`Shard`] hands it packets and the time and sends what it gives
//! back.
//!
//! ```
//! use core::time::Duration;
//! use media::{Command, Far, LegId, PacketKind, PortId, Shard, ShardConfig, Transmit};
//!
//! struct Sockets;
//! impl Transmit for Sockets {
//!     fn send(&mut self, _: PortId, _: PacketKind, _: std::net::SocketAddr, _packet: &[u8]) {}
//! }
//!
//! let wall_offset = Duration::from_secs(1_700_000_000);
//! let mut shard = Shard::new(ShardConfig { seed: 1, max_legs: 500, max_rooms: 500, wall_offset });
//! let mut now = Duration::ZERO;
//! shard.command(now, Command::Open { leg: LegId(1), far: Far::Rtp(PortId(1)) }, &mut Sockets);
//! for _ in 0..50 {
//!     now = shard.deadline().expect("there is a leg to work for");
//!     shard.advance(now, &mut Sockets);
//!     while let Some(_event) = shard.poll_event() {}
//! }
//! assert!(now <= Duration::from_secs(1));
//! ```
//!
//! What a leg hears is the first of these that there is: tones of digits sent to it, its foreground player, its own
//! echo, its room, its background player; nothing is sent where there is none. A mixing room gives each member the sum
//! of the others and of the room's players; a holding room gives participants its announcers, and its players.
//!
//! Around the shard, for loaders and test phones: [`wav`] and [`raw`] files, [`resample`], [`tones`], [`g711`], and
//! [`detect`] to find tones and digits in what was heard.

pub mod codec;
pub mod comfort;
pub mod command;
pub mod conceal;
pub mod detect;
mod error;
pub mod g711;
pub mod g722;
pub mod raw;
pub mod resample;
pub mod shard;
pub mod talk;
pub mod tones;
pub mod wav;

pub use command::*;
pub use error::Error;
pub use shard::{PacketKind, Shard, ShardConfig, Transmit};
