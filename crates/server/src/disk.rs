//! Recordings on disk: a thread that writes live ones, and the folder of stored ones.
//!
//! A live recording comes through a ring; the [`Writer`]'s thread drains all rings every [`DRAIN_EVERY`] and keeps sizes in
//! headers true every [`PATCH_EVERY`], so that a crash costs seconds. What a shard had to drop is written as silence of that
//! length, logged, and counted in a file beside the recording ([`DROPPED_SUFFIX`]).

mod file;
mod for_ari;
mod name;
mod stored;
mod writer;

pub use file::{FORMATS, Sink};
pub use stored::{Stored, StoredError, StoredRecordings};
pub use writer::{DRAIN_EVERY, Event, MAX_LIVE, PATCH_EVERY, Writer};

/// What is put behind a recording's file name for the file that counts what was dropped.
pub const DROPPED_SUFFIX: &str = ".dropped";

#[cfg(test)]
mod tests;
