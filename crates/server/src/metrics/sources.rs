//! Where the numbers come from.

use std::sync::Arc;
use std::time::SystemTime;

use ari::Switchboard;
use switch::{Figures, Query, View};

use super::machine::Machine;
use crate::console::Enquiries;
use crate::inbox::Inbox;
use crate::process::Status;
use crate::shards::{Lateness, Published};

/// Whoever counts.
#[derive(Clone)]
pub struct Sources {
    /// The switch's own figures are asked for.
    pub enquiries: Enquiries,
    /// What the switch tells without being asked.
    pub status: Arc<Status>,
    /// The switch's inbox.
    pub inbox: Inbox<switch::Input>,
    /// How late each shard was.
    pub lateness: Vec<Arc<Lateness>>,
    /// What went through each shard's sockets.
    pub traffic: Vec<Arc<Published>>,
    /// Event WebSockets.
    pub board: Switchboard,
    /// When the process began.
    pub started: SystemTime,
    /// Channels that are admitted at once.
    pub most_channels: u32,
}

/// All numbers at one moment.
pub struct Sample<'a> {
    pub(super) sources: &'a Sources,
    /// `None` where the switch did not answer.
    pub(super) figures: Option<Box<Figures>>,
    pub(super) machine: Machine,
}

impl Sources {
    /// Reads everything. A switch that does not answer is left out; the rest is told all the same.
    pub(super) async fn sample(&self) -> Sample<'_> {
        let figures = match self.enquiries.ask(Query::Figures).await {
            Ok(View::Figures(figures)) => Some(figures),
            Ok(_) | Err(_) => None,
        };
        Sample { sources: self, figures, machine: Machine::now() }
    }
}
