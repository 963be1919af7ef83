//! The transaction layer (RFC 3261 §17, RFC 6026, RFC 4320), with the retransmission and acknowledgement of 2xx to
//! INVITE that the RFC leaves to the user (§13.2.2.4, §13.3.1.4).

mod client;
mod context;
mod counters;
mod incoming;
mod invite_client;
mod invite_server;
mod matching;
mod outgoing;
mod output;
mod reliable;
mod server;
mod settings;
mod slots;
#[cfg(test)]
mod tests;
mod timer;

pub use counters::{Counters, Traffic};
pub use output::{ClientKey, Output, ServerKey};
pub use settings::Settings;

use crate::flow::Flow;
use crate::random::Random;
use crate::text::Text;
use client::Client;
use context::Context;
use invite_client::InviteClient;
use invite_server::InviteServer;
use server::Server;
use slots::Slots;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use timer::{Armed, Owner, Timer, Timers};

/// The most timers that one [`Transactions::advance`] fires; the rest stay due, so that outputs cannot pile up.
pub const MAX_EXPIRIES: usize = 1024;

/// Every transaction of a SIP element.
///
/// The rule: after each call that takes `now`, drain [`Transactions::poll`]; when [`Transactions::deadline`] has come,
/// call [`Transactions::advance`].
#[derive(Debug)]
pub struct Transactions {
    settings: Settings,
    random: Random,
    clients: Slots<ClientEntry>,
    servers: Slots<ServerEntry>,
    /// §17.2.3.
    by_branch: BTreeMap<Box<str>, ServerKey>,
    /// INVITEs answered 2xx or reliably provisional, by what their ACK or PRACK shows.
    by_ack: BTreeMap<Box<str>, ServerKey>,
    /// Requests outside dialogs, by what the same request on another way shows.
    by_merge: BTreeMap<Box<str>, ServerKey>,
    /// CANCELs by the INVITE whose branch they share.
    cancels: BTreeMap<ClientKey, ClientKey>,
    /// Clients on connections, to be told when one breaks.
    by_connection: BTreeSet<(u64, ClientKey)>,
    timers: Timers,
    outputs: VecDeque<Output>,
    counters: Counters,
}

#[derive(Debug)]
struct ClientEntry {
    flow: Flow,
    branch: Text,
    sent_by: String,
    armed: Armed,
    machine: ClientMachine,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(Box<InviteClient>),
    Other(Client),
}

#[derive(Debug)]
struct ServerEntry {
    /// Where responses go.
    flow: Flow,
    branch_key: Box<str>,
    ack_key: Option<Box<str>>,
    merge_key: Option<Box<str>>,
    /// The INVITE that this PRACK acknowledges: what waits there goes out when the PRACK has been answered.
    releases: Option<ServerKey>,
    to_tag: Text,
    armed: Armed,
    machine: ServerMachine,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(InviteServer),
    Other(Server),
}

#[allow(clippy::large_enum_variant, reason = "lives for one call; boxing would cost an allocation a message")]
enum ServerEvent {
    Retransmission,
    Respond { status: u16, bytes: bytes::Bytes },
    RespondReliably(reliable::Numbered),
    Prack,
    Release,
    Ack(crate::message::Request),
    Timer(Timer),
}

impl Transactions {
    /// None yet. The seed makes branches and tags: give it real randomness outside tests.
    pub fn new(settings: Settings, seed: u64) -> Transactions {
        Transactions {
            settings,
            random: Random::new(seed),
            clients: Slots::new(),
            servers: Slots::new(),
            by_branch: BTreeMap::new(),
            by_ack: BTreeMap::new(),
            by_merge: BTreeMap::new(),
            cancels: BTreeMap::new(),
            by_connection: BTreeSet::new(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// From now on transactions begin with this round-trip estimate and are given up after `timer_b`, or after 64*T1 where
    /// that is longer.
    pub fn set_timers(&mut self, t1: Duration, timer_b: Duration) {
        self.settings.t1 = t1;
        self.settings.timer_b = timer_b;
    }

    /// The next output.
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front()?;
        match &output {
            Output::Transmit { bytes, .. } => self.counters.sent.message(bytes),
            Output::Refused { .. } => self.counters.refused += 1,
            Output::StrayResponse { .. } => self.counters.stray += 1,
            Output::Request { .. }
            | Output::Cancel { .. }
            | Output::AckReceived { .. }
            | Output::AckTimeout { .. }
            | Output::PrackTimeout { .. }
            | Output::Response { .. }
            | Output::Timeout { .. }
            | Output::TransportError { .. } => {}
        }
        Some(output)
    }

    /// What went through since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// When [`Transactions::advance`] is wanted next.
    pub fn deadline(&self) -> Option<Duration> {
        self.timers.deadline()
    }

    /// Fires the timers that are due, at most [`MAX_EXPIRIES`].
    pub fn advance(&mut self, now: Duration) {
        for _ in 0..MAX_EXPIRIES {
            let Some((owner, timer)) = self.timers.due(now) else { return };
            match owner {
                Owner::Client(key) => {
                    self.clients
                        .find_mut(key)
                        .expect("timers end with their owner")
                        .armed
                        .retain(|(t, _)| *t != timer);
                    self.client_timer(now, key, timer);
                }
                Owner::Server(key) => {
                    self.servers
                        .find_mut(key)
                        .expect("timers end with their owner")
                        .armed
                        .retain(|(t, _)| *t != timer);
                    self.server_step(now, key, ServerEvent::Timer(timer));
                }
            }
        }
    }

    /// Live client transactions, CANCELs included.
    pub fn client_count(&self) -> usize {
        self.clients.len()
    }

    /// Live server transactions.
    pub fn server_count(&self) -> usize {
        self.servers.len()
    }

    /// The next random number, for tags and Call-IDs of the user's own.
    pub fn random(&mut self) -> u64 {
        self.random.next_u64()
    }

    /// Steps a server machine and clears up if that ended it.
    fn server_step(&mut self, now: Duration, key: u64, event: ServerEvent) {
        let Some(entry) = self.servers.find_mut(key) else { return };
        let mut cx = Context {
            now,
            settings: &self.settings,
            owner: Owner::Server(key),
            flow: entry.flow,
            armed: &mut entry.armed,
            timers: &mut self.timers,
            outputs: &mut self.outputs,
            counters: &mut self.counters,
        };
        let (over, is_answered) = match &mut entry.machine {
            ServerMachine::Invite(machine) => {
                use invite_server::Event;
                let event = match event {
                    ServerEvent::Retransmission => Event::Retransmission,
                    ServerEvent::Respond { status, bytes } => Event::Respond { status, bytes },
                    ServerEvent::RespondReliably(numbered) => Event::RespondReliably(numbered),
                    ServerEvent::Prack => Event::Prack,
                    ServerEvent::Release => Event::Release,
                    ServerEvent::Ack(request) => Event::Ack(request),
                    ServerEvent::Timer(timer) => Event::Timer(timer),
                };
                machine.step(event, &mut cx);
                (machine.state == invite_server::State::Terminated, true)
            }
            ServerMachine::Other(machine) => {
                use server::Event;
                let event = match event {
                    ServerEvent::Retransmission => Event::Retransmission,
                    ServerEvent::Respond { status, bytes } => Event::Respond { status, bytes },
                    ServerEvent::Ack(_)
                    | ServerEvent::RespondReliably(_)
                    | ServerEvent::Prack
                    | ServerEvent::Release => return,
                    ServerEvent::Timer(_) => Event::Timer,
                };
                machine.step(event, &mut cx);
                (machine.state == server::State::Terminated, machine.is_answered())
            }
        };
        let released = if is_answered { entry.releases.take() } else { None };
        if over && let Some(mut entry) = self.servers.remove(key) {
            self.timers.stop_all(&mut entry.armed, Owner::Server(key));
            self.by_branch.remove(&entry.branch_key);
            if let Some(ack_key) = entry.ack_key {
                self.by_ack.remove(&ack_key);
            }
            if let Some(merge_key) = entry.merge_key {
                self.by_merge.remove(&merge_key);
            }
        }
        if let Some(invite) = released {
            self.server_step(now, invite.0, ServerEvent::Release);
        }
    }
}
