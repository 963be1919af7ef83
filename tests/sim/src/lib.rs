//! The simulated world: the real switch and three real media shards, with phones, a network, applications, a disk and
//! a loader around them, in one thread and in virtual time.
//!
//! Nothing here has a socket or a clock: an hour of calls takes milliseconds, and the same seed gives the same bytes
//! ([`World::trace`]). After every step the [`Invariants`] are checked; [`World::check`] adds what has to hold once all is
//! over. A scenario is a few lines:
//!
//! ```
//! let mut w = sim::World::new(1);
//! let (a, app) = (w.phone("2001"), w.application("my-app"));
//! let line = w.dial(a, "1000");
//! let channel = w.started(app);
//! w.answer(app, &channel);
//! w.until("the phone is up", |w| w.is_up(line));
//! w.hang_up(line);
//! w.check();
//! ```

mod application;
mod ask;
mod disk;
mod failing;
mod intruder;
mod invariants;
mod network;
mod phones;
mod planted;
mod provider;
mod routes;
mod setup;
mod sounds;
mod trace;
mod world;

pub use application::{App, Behaviour};
pub use ask::{adding, call_to, channel_of, new_bridge, playing, recording};
pub use failing::Failing;
pub use invariants::{Broken, Invariants, Violation};
pub use network::{Link, Network};
pub use phones::{Device, Line};
pub use planted::Planted;
pub use provider::{Provider, ProviderId};
pub use setup::{DIALPLAN, Setup};
pub use sounds::{MUSIC_HZ, PROMPT_HZ};
pub use world::World;
