//! The switch: layers 0 to 3 composed into one inbox and one outbox.
//!
//! A [`Switch`] is handed the time and an [`Input`], works everything that follows from it, and gives [`Output`]s in
//! one order. It never waits, reads no clock and opens nothing, so a whole switch with phones and applications runs
//! in one thread in virtual time. It is `!Send`: build it in the thread that owns it.

mod input;
mod query;
mod scripts;
mod switch;

pub use input::{Input, Output};
pub use query::{
    BridgeView, ChannelDetail, ChannelView, ChannelsView, Figures, HintView, Query, QueryTicket, View,
};
pub use switch::{Config, Counters, Switch};
