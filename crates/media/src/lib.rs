//! A media shard: legs, players, recorders and mixers as plain structs, worked on a 20 ms tick.
//!
//! No socket, no clock, no thread: whoever drives a [`Shard`](shard) hands it packets and the time
//! and sends what it gives back.

pub mod command;

pub use command::*;
