//! [`Switch`]: the order of work.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use call::{Calls, Cause, Census, ChannelKey, Limits, LogLevel, Technology, Time, Zone};
use dialplan::{Dialplan, Plans};
use signalling::UserAgent;
use slotmap::SlotMap;
use stasis::Stasis;

use crate::input::{Input, Output};
use crate::scripts::{Kept, ScriptKey};

/// What a switch is configured with.
#[derive(Clone)]
pub struct Config {
    /// Limits of the call model.
    pub limits: Limits,
    /// SIP.
    pub sip: signalling::Config,
    /// The dialplan.
    pub dialplan: Arc<Dialplan>,
    /// Names of variables and functions that every channel's snapshot shows.
    pub shown_variables: Vec<String>,
    /// The local time zone, for whatever the dialplan does at times.
    pub zone: Zone,
}

/// What a switch counted since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Inputs worked.
    pub inputs: u64,
    /// Scripts polled.
    pub polls: u64,
    /// Panics caught; each ended one channel.
    pub panics: u64,
    /// Scripts ended because they ran without waiting.
    pub runaways: u64,
    /// Channels left in an application whose session ended.
    pub orphaned: u64,
    /// Channels that began in the dialplan: what Asterisk counts as calls.
    pub calls: u64,
}

/// The switch. See the crate's documentation.
pub struct Switch {
    pub(crate) calls: Calls,
    pub(crate) stasis: Stasis,
    pub(crate) agent: UserAgent,
    pub(crate) plans: Plans,
    pub(crate) scripts: SlotMap<ScriptKey, Kept>,
    /// The scripts of each channel: the last one runs, those before it wait for it.
    pub(crate) stacks: BTreeMap<ChannelKey, Vec<ScriptKey>>,
    pub(crate) waits: BTreeSet<(Duration, ScriptKey)>,
    pub(crate) runnable: VecDeque<ScriptKey>,
    /// Scripts that had their turn and want another: after the next input, so that nobody waits for them.
    pub(crate) yielded: VecDeque<ScriptKey>,
    pub(crate) counters: Counters,
    outbox: VecDeque<Output>,
}

impl Switch {
    /// A switch with nothing in it. `seed` feeds tags, branches and nonces: the same seed and the same inputs give the
    /// same outputs.
    pub fn new(config: Config, seed: u64) -> Switch {
        let mut calls = Calls::new(config.limits);
        calls.set_zone(config.zone);
        calls.show_variables(config.shown_variables);
        let agent = UserAgent::new(config.sip, seed, &mut calls);
        for (name, value) in dialplan::globals(&config.dialplan) {
            calls.set_variable(None, &name, Some(value));
        }
        Switch {
            calls,
            stasis: Stasis::new(),
            agent,
            plans: Plans::new(config.dialplan),
            scripts: SlotMap::with_key(),
            stacks: BTreeMap::new(),
            waits: BTreeSet::new(),
            runnable: VecDeque::new(),
            yielded: VecDeque::new(),
            counters: Counters::default(),
            outbox: VecDeque::new(),
        }
    }

    /// Works one input and all that follows from it. Outputs wait in [`Switch::next_output`].
    pub fn handle(&mut self, time: Time, input: Input) {
        self.counters.inputs += 1;
        self.calls.set_time(time);
        if catch_unwind(AssertUnwindSafe(|| self.take(input))).is_err() {
            self.counters.panics += 1;
            self.calls.log(LogLevel::Warning, "an input could not be worked and was dropped".to_owned());
        }
        self.advance();
        self.settle();
    }

    /// The next output, oldest first.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// When [`Input::Tick`] is wanted at the latest.
    pub fn deadline(&self) -> Option<Duration> {
        let script = self.waits.first().map(|(at, _)| *at);
        let now = (!self.yielded.is_empty()).then_some(self.calls.time().now);
        [now, script, self.calls.deadline(), self.agent.deadline()].into_iter().flatten().min()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How many live things there are.
    pub fn census(&self) -> Census {
        self.calls.census()
    }

    /// Scripts that are alive.
    pub fn scripts(&self) -> usize {
        self.scripts.len()
    }

    /// SIP sessions and SIP transactions that are alive.
    pub fn sip_census(&self) -> (usize, usize) {
        (self.agent.sessions(), self.agent.transactions())
    }

    /// Subscriptions of phones that are alive.
    pub fn subscriptions(&self) -> usize {
        self.agent.subscriptions()
    }

    /// How registrations of ours with others stand.
    pub fn registrations(&self) -> Vec<signalling::RegistrationSnapshot> {
        self.agent.registrations(self.calls.time().now)
    }

    /// Port pairs that are free.
    pub fn free_ports(&mut self) -> usize {
        self.calls.rack().free_ports()
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Tick => {}
            Input::Sip(input) => {
                self.agent.input(
                    &mut self.calls,
                    &There { plan: &self.plans.now(), stasis: &self.stasis },
                    input,
                );
            }
            Input::Media { shard: _, event } => self.calls.media_event(event),
            Input::Ports { shard, ports } => self.calls.rack().credit(shard, ports),
            Input::Loaded { load, result } => self.calls.loaded(load, result),
            Input::RecordingOpened { recording, result } => {
                self.stasis.recording_opened(&mut self.calls, recording, result);
            }
            Input::RecordingStored { recording, result } => self.calls.recording_stored(recording, result),
            Input::Command { ticket, command } => {
                self.stasis.command(&mut self.calls, &Plan(&self.plans.now()), ticket, command);
            }
            Input::SessionClosed { session } => self.session_closed(session),
            Input::Configure(config) => self.configure(*config),
            Input::Query { ticket, query } => {
                let view = self.answer(query);
                self.outbox.push_back(Output::View { ticket, view });
            }
            Input::Drain => {
                self.calls.drain();
                self.agent.drain(&mut self.calls, &There { plan: &self.plans.now(), stasis: &self.stasis });
            }
            Input::HangUpAll => {
                let all: Vec<ChannelKey> = self.calls.channels().collect();
                for channel in all {
                    self.calls.request_hangup(channel, Cause::NORMAL);
                }
            }
        }
    }

    fn session_closed(&mut self, session: stasis::SessionId) {
        for (application, channels) in self.stasis.disconnect(&mut self.calls, session) {
            self.counters.orphaned += channels as u64;
            let level = if channels > 0 { LogLevel::Warning } else { LogLevel::Notice };
            let line = format!("application {application} is gone; {channels} channels stay in it");
            self.calls.log(level, line);
        }
    }

    fn configure(&mut self, config: Config) {
        self.calls.set_limits(config.limits);
        self.calls.set_zone(config.zone);
        self.calls.show_variables(config.shown_variables);
        self.agent.configure(config.sip, &mut self.calls);
        if *self.plans.now() != *config.dialplan {
            // As Asterisk: globals of the file are set anew, those that calls set stay.
            for (name, value) in dialplan::globals(&config.dialplan) {
                self.calls.set_variable(None, &name, Some(value));
            }
            self.plans.replace(config.dialplan);
        }
    }

    fn advance(&mut self) {
        self.calls.advance();
        self.agent.advance(&mut self.calls, &There { plan: &self.plans.now(), stasis: &self.stasis });
        self.wake();
        self.runnable.append(&mut self.yielded);
    }

    /// Works queues until all are empty. What a step tells goes out before the next step.
    fn settle(&mut self) {
        loop {
            self.collect();
            if let Some((channel, verb)) = self.calls.next_verb() {
                self.agent.perform(
                    &mut self.calls,
                    &There { plan: &self.plans.now(), stasis: &self.stasis },
                    channel,
                    verb,
                );
            } else if let Some((channel, launch)) = self.calls.next_launch() {
                self.launch(channel, launch);
            } else if let Some((channel, notice)) = self.calls.next_notice() {
                self.deliver(channel, notice);
            } else if let Some(script) = self.runnable.pop_front() {
                self.run(script);
            } else {
                break;
            }
        }
        self.collect();
    }

    /// Hands the user agent what its subscribers and endpoints are to be told.
    fn tell_parties(&mut self) {
        while let Some(device) = self.calls.next_device_change() {
            self.agent.device_changed(&mut self.calls, &device);
        }
        while let Some(mailbox) = self.calls.next_mailbox_change() {
            self.agent.mailbox_changed(&mut self.calls, &mailbox);
        }
        let there = There { plan: &self.plans.now(), stasis: &self.stasis };
        while let Some(text) = self.calls.next_text() {
            self.agent.send_text(&mut self.calls, &text);
        }
        self.agent.flush(&mut self.calls, &there);
    }

    /// Moves what was told and asked into the outbox. Events go before replies: what a reply says is done was told.
    fn collect(&mut self) {
        self.stasis.pump(&mut self.calls);
        self.tell_parties();
        while let Some(delivery) = self.stasis.next_delivery() {
            self.outbox.push_back(Output::Delivery(delivery));
        }
        while let Some((ticket, reply)) = self.stasis.next_reply() {
            self.outbox.push_back(Output::Reply { ticket, reply });
        }
        while let Some(output) = self.agent.next_output() {
            self.outbox.push_back(Output::Sip(output));
        }
        while let Some((shard, command)) = self.calls.rack().next_command() {
            self.outbox.push_back(Output::Media { shard, command });
        }
        while let Some(effect) = self.calls.next_effect() {
            self.outbox.push_back(Output::Effect(effect));
        }
        while let Some((level, line)) = self.calls.next_log() {
            self.outbox.push_back(Output::Log { level, line });
        }
    }
}

struct Plan<'a>(&'a Dialplan);

impl stasis::Labels for Plan<'_> {
    fn priority_of(&self, context: &str, exten: &str, label: &str) -> Option<u32> {
        dialplan::priority_of(self.0, context, exten, label)
    }
}

/// What is there to be called and who listens.
struct There<'a> {
    plan: &'a Dialplan,
    stasis: &'a Stasis,
}

impl signalling::Extensions for There<'_> {
    fn exists(&self, context: &str, exten: &str, caller: &str) -> bool {
        dialplan::exists(self.plan, context, exten, caller)
    }

    fn hint(&self, context: &str, exten: &str) -> Option<String> {
        dialplan::hint(self.plan, context, exten)
    }

    fn wants_messages(&self, endpoint: &str) -> bool {
        self.stasis.wants_messages(Technology::Sip, endpoint)
    }
}
