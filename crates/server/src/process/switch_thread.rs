//! The thread of the switch: takes its inbox, hands outputs to the edges.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use call::{Effect, LogLevel};
use switch::{Config, Input, Output, Switch};

use super::http::Desk;
use super::status::Status;
use crate::audio::Loader;
use crate::clock::Clock;
use crate::console::{Enquiries, SipLogger};
use crate::disk::Writer;
use crate::inbox::Intake;
use crate::net::Net;
use crate::shards::Shards;

/// The longest silence between two turns: it shows that the thread is alive.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How soon a shard whose ring is full is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(1);

/// Everything around the switch.
pub(super) struct Edges {
    pub(super) intake: Intake<Input>,
    pub(super) net: Net,
    pub(super) shards: Shards,
    pub(super) loader: Loader,
    pub(super) writer: Writer,
    pub(super) desk: Desk,
    pub(super) status: Arc<Status>,
    pub(super) clock: Clock,
    pub(super) enquiries: Enquiries,
    pub(super) sip_logger: SipLogger,
}

/// Says that the thread is gone, however it ended.
struct Gone(Arc<Status>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.set_gone();
    }
}

pub(super) fn start(config: Config, seed: u64, mut edges: Edges) -> io::Result<JoinHandle<()>> {
    edges.net.register(edges.intake.registry())?;
    Builder::new().name("switch".to_owned()).spawn(move || {
        let _gone = Gone(edges.status.clone());
        run(Switch::new(config, seed), edges);
    })
}

fn run(mut switch: Switch, mut edges: Edges) {
    let mut batch = VecDeque::new();
    // Answers that were known at once.
    let mut at_once = VecDeque::new();
    let mut is_waiting = false;
    let mut is_unread = false;
    let mut ready = Vec::new();
    while !edges.status.is_ending() {
        let longest = match (is_unread, is_waiting) {
            (true, _) => Duration::ZERO,
            (false, true) => TRY_AGAIN,
            (false, false) => HEARTBEAT,
        };
        let latest = Instant::now() + longest;
        let until = switch.deadline().map_or(latest, |deadline| edges.clock.instant(deadline).min(latest));
        if let Err(error) = edges.intake.wait(until, &mut ready) {
            tracing::error!(%error, "the switch cannot wait for anything");
            return;
        }
        let began = edges.clock.now();
        is_unread = edges.net.read(&mut ready);
        edges.intake.take(&mut batch);
        let is_due = switch.deadline().is_some_and(|deadline| deadline <= edges.clock.now());
        if batch.is_empty() && is_due {
            batch.push_back(Input::Tick);
        }
        while let Some(input) = at_once.pop_front().or_else(|| batch.pop_front()) {
            if let Input::Sip(signalling::Input::Received { flow, message }) = &input {
                edges.sip_logger.received(flow, message);
            }
            switch.handle(edges.clock.time(), input);
            while let Some(output) = switch.next_output() {
                at_once.extend(edges.hand_out(output));
            }
        }
        is_waiting = edges.shards.wake();
        edges.status.turned(&mut switch, began, edges.net.connections());
    }
}

impl Edges {
    /// Hands one output to its edge. What comes back is answered already.
    fn hand_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Sip(output) => {
                if let signalling::Output::Send { flow, message } = &output {
                    self.sip_logger.sent(flow, message);
                }
                self.net.perform(output);
            }
            Output::Media { shard, command } => self.shards.tell(shard, command),
            Output::Effect(effect) => return self.perform(effect),
            Output::Reply { ticket, reply } => self.desk.deliver(ticket, reply),
            Output::Delivery(delivery) => self.desk.publish(delivery),
            Output::View { ticket, view } => self.enquiries.deliver(ticket, view),
            Output::Log { level, line } => log(level, &line),
        }
        None
    }

    fn perform(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Load { load, sources, language } => {
                let refused = self.loader.load(load, sources, language).err();
                refused.map(|why| Input::Loaded { load, result: Err(why) })
            }
            Effect::OpenRecording { recording, name, format, if_exists, ring } => {
                let refused = self.writer.open(recording, name, format, if_exists, ring).err();
                refused.map(|why| Input::RecordingOpened { recording, result: Err(why) })
            }
            Effect::DiscardRecording { recording } => {
                self.writer.discard(recording);
                None
            }
        }
    }
}

fn log(level: LogLevel, line: &str) {
    match level {
        LogLevel::Verbose => tracing::debug!(target: "dialplan", "{line}"),
        LogLevel::Notice => tracing::info!(target: "call", "{line}"),
        // As Asterisk writes them, so that fail2ban's filter for it finds them.
        LogLevel::Security => {
            let level = if line.starts_with("SecurityEvent=") { "SECURITY" } else { "NOTICE" };
            tracing::info!(target: "security", "{level}[{}] strowger: {line}", std::process::id());
        }
        LogLevel::Warning => tracing::warn!(target: "call", "{line}"),
    }
}
