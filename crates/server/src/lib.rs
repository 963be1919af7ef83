//! The process: configuration, sockets, threads, clocks, files.
//!
//! Everything that touches the machine is here. [`config`] reads Asterisk's files; [`audio`] loads sounds, [`disk`] keeps
//! recordings, [`net`] owns SIP's sockets, [`shards`] those of media, and [`process`] runs the switch between them.

pub mod audio;
pub mod clock;
pub mod config;
pub mod console;
pub mod disk;
#[cfg(test)]
mod folder;
pub mod inbox;
pub mod metrics;
pub mod net;
pub mod process;
pub mod shards;
pub mod zone;
