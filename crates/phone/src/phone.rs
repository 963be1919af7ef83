//! The phone: its state, its inputs, and its one outlet.

use crate::call::{Call, CallId, CallState};
use crate::command::Command;
use crate::error::Error;
use crate::media_stream::{Received, TICK};
use crate::output::{Ending, Event, Output, Report, RtpPacket};
use crate::outside::Subscription;
use crate::registration::Registration;
use crate::settings::{Misbehaviour, Settings};
use crate::sound::What;
use crate::statistics::Statistics;
use crate::timers::{Timer, Timers};
use bytes::Bytes;
use core::time::Duration;
use rtp::packet::{Kind, classify};
use sip::digest::Login;
use sip::{ClientKey, Flow, Random, Request, ServerKey, Text, Transactions};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

/// The most timers that one [`Phone::advance`] fires; the rest stay due.
const MAX_EXPIRIES: usize = 4_096;
/// The most packets that wait to be echoed; further ones are dropped and counted.
const MAX_ECHOES: usize = 1_024;
/// Longest sealed packet that is opened.
const MAX_SEALED: usize = 2_048;
/// A driver that comes so late has its packets left out instead of sent in a burst.
const MAX_LATE: Duration = Duration::from_millis(200);

/// A softphone. See the crate's page for how to drive it.
#[derive(Debug)]
pub struct Phone {
    pub(crate) settings: Settings,
    pub(crate) transactions: Transactions,
    pub(crate) random: Random,
    pub(crate) login: Option<Login>,
    pub(crate) registration: Registration,
    pub(crate) calls: BTreeMap<CallId, Box<Call>>,
    next_call: u64,
    /// By our tag.
    pub(crate) by_tag: BTreeMap<Text, CallId>,
    by_port: BTreeMap<SocketAddr, CallId>,
    ports: VecDeque<SocketAddr>,
    pub(crate) clients: BTreeMap<ClientKey, Box<Pending>>,
    /// INVITEs of the far end, until acknowledged.
    pub(crate) servers: BTreeMap<ServerKey, CallId>,
    pub(crate) timers: Timers,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) next_subscription: u64,
    queue: VecDeque<Queued>,
    echoes: VecDeque<RtpPacket>,
    now: Duration,
}

/// A request of ours without a final response.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) purpose: Purpose,
    pub(crate) flow: Flow,
    pub(crate) request: Request,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Register,
    Unregister,
    Options,
    Subscribe(u64),
    Text,
    Invite(CallId),
    Reinvite(CallId),
    Bye(CallId),
    Info(CallId),
    Refer(CallId),
    Update(CallId),
    Prack,
}

/// What waits to be polled. RTP is made only then, so that no packet lies here.
#[derive(Debug)]
enum Queued {
    Sip(Flow, Bytes),
    Tick(CallId),
    Echo(CallId, SocketAddr, SocketAddr),
    Event(Event),
}

impl Phone {
    /// A phone that has done nothing yet.
    pub fn new(settings: Settings) -> Phone {
        let mut random = Random::new(settings.seed);
        let login = settings.password.as_ref().map(|password| Login::new(&settings.user, password));
        Phone {
            transactions: Transactions::new(settings.transactions.clone(), random.next_u64()),
            registration: Registration::new(&mut random),
            random,
            login,
            settings,
            calls: BTreeMap::new(),
            next_call: 1,
            by_tag: BTreeMap::new(),
            by_port: BTreeMap::new(),
            ports: VecDeque::new(),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            timers: Timers::default(),
            subscriptions: Vec::new(),
            next_subscription: 0,
            queue: VecDeque::new(),
            echoes: VecDeque::new(),
            now: Duration::ZERO,
        }
    }

    /// What it was configured with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it does wrong from now on.
    pub fn misbehave(&mut self, misbehaviour: Misbehaviour) {
        self.settings.misbehaviour = misbehaviour;
    }

    /// What it does on its own in calls that begin from now on.
    pub fn behave(&mut self, behaviour: crate::Behaviour) {
        self.settings.behaviour = behaviour;
    }

    /// Lends a port for one call at a time. Calls take ports in the order they were lent or came back.
    pub fn lend_port(&mut self, local: SocketAddr) {
        self.ports.push_back(local);
    }

    /// Tells a call something.
    ///
    /// # Errors
    /// See [`Error`]; the call is then as it was.
    pub fn command(&mut self, now: Duration, call: CallId, command: Command) -> Result<(), Error> {
        self.now = now;
        let result = self.obey(now, call, command);
        self.settle(now);
        result
    }

    fn obey(&mut self, now: Duration, id: CallId, command: Command) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        match command {
            Command::Ring => self.provisional(now, id, 180),
            Command::Progress => self.provisional(now, id, 183),
            Command::Answer { after: Duration::ZERO } => self.answer(now, id),
            Command::Answer { after } => {
                if call.state != CallState::Incoming {
                    return Err(Error::WrongState);
                }
                self.timers.set(id, Timer::Answer, Some(now + after));
                Ok(())
            }
            Command::Reject { status } => self.reject(now, id, status),
            Command::HangUp => self.hang_up(now, id),
            Command::Hold => self.change(now, id, crate::call::Change::Hold),
            Command::Unhold => self.change(now, id, crate::call::Change::Unhold),
            Command::Refresh => self.change(now, id, crate::call::Change::Refresh),
            Command::SendDigits { digits, duration_ms } => {
                if call.media.stream.is_none() {
                    return Err(Error::WrongState);
                }
                call.media.send_digits(&digits, duration_ms)?;
                self.start_ticks(now, id);
                Ok(())
            }
            Command::PlayTone { hz } => {
                if hz == 0 || u32::from(hz) >= call.media.codec().sample_rate() / 2 {
                    return Err(Error::Frequency);
                }
                call.media.play(What::Tone(hz), true);
                self.start_ticks(now, id);
                Ok(())
            }
            Command::Play { audio, repeat } => {
                call.media.play(What::Audio(audio), repeat);
                self.start_ticks(now, id);
                Ok(())
            }
            Command::StopPlaying => {
                call.media.stop_playing();
                Ok(())
            }
            Command::Refer { to } => self.refer(now, id, &to),
            Command::Update { offer } => self.update(now, id, offer),
            Command::Info { content_type, body } => self.info(now, id, &content_type, body),
        }
    }

    /// Takes a SIP message: a datagram, or what a [`sip::Framer`] cut from a connection.
    pub fn sip(&mut self, now: Duration, flow: Flow, bytes: Bytes) {
        self.now = now;
        let wrong = &self.settings.misbehaviour;
        let unseen = [
            (wrong.ignore_bye, &b"BYE "[..]),
            (wrong.ignore_invite, b"INVITE "),
            (wrong.ignore_cancel, b"CANCEL "),
        ];
        if unseen.iter().any(|(ignored, method)| *ignored && bytes.starts_with(method)) {
            return;
        }
        self.transactions.receive(now, flow, bytes);
        self.settle(now);
    }

    /// Takes a datagram that came on a lent port. What belongs to no call is dropped.
    pub fn rtp(&mut self, now: Duration, local: SocketAddr, _from: SocketAddr, datagram: &[u8]) {
        self.now = now;
        let Some(&id) = self.by_port.get(&local) else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        if classify(datagram) != Kind::Rtp {
            return;
        }
        let mut room = [0; MAX_SEALED];
        let Some(datagram) = call.media.open(datagram, &mut room) else { return };
        let Ok(packet) = rtp::Packet::parse(datagram) else { return };
        let first = call.media.statistics.received == 0;
        match call.media.receive(now, &packet) {
            Received::Audio => {
                if call.media.echoes() && call.state != CallState::Ending {
                    Phone::echo(&mut self.queue, &mut self.echoes, now, id, call, &packet);
                }
            }
            Received::Digit(over) => {
                let deadline = call.media.digit_deadline();
                self.timers.set(id, Timer::Digit, deadline);
                if let Some((digit, duration_ms)) = over {
                    self.queue.push_back(Queued::Event(Event::Digit { call: id, digit, duration_ms }));
                }
            }
            Received::Foreign => return,
        }
        if first {
            self.tell(Event::FirstRtp { call: id });
        }
    }

    fn echo(
        queue: &mut VecDeque<Queued>,
        echoes: &mut VecDeque<RtpPacket>,
        now: Duration,
        id: CallId,
        call: &mut Call,
        packet: &rtp::Packet<'_>,
    ) {
        if echoes.len() >= MAX_ECHOES {
            call.media.statistics.overflowed += 1;
            return;
        }
        let to = call.media.stream.as_ref().map(|stream| stream.remote);
        if let (Some(to), Some(packet)) = (to, call.media.echo(now, packet)) {
            echoes.push_back(packet);
            queue.push_back(Queued::Echo(id, call.local, to));
        }
    }

    /// A SIP flow failed: its requests are told 503.
    pub fn flow_failed(&mut self, now: Duration, flow: Flow) {
        self.now = now;
        self.transactions.flow_failed(now, flow);
        self.settle(now);
    }

    /// Does what is due.
    pub fn advance(&mut self, now: Duration) {
        self.now = now;
        self.transactions.advance(now);
        self.settle(now);
        if self.registration.refresh_at.is_some_and(|at| at <= now) {
            self.register(now);
        }
        for _ in 0..MAX_EXPIRIES {
            let Some((due, id, timer)) = self.timers.take_due(now) else { break };
            self.expire(now, due, id, timer);
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Duration, due: Duration, id: CallId, timer: Timer) {
        let call = self.calls.get_mut(&id).expect("timers end with their call");
        match timer {
            Timer::Send => {
                if call.state == CallState::Ending || !call.media.wants_ticks() {
                    return;
                }
                let next = if now.saturating_sub(due) > MAX_LATE { now + TICK } else { due + TICK };
                self.timers.set(id, Timer::Send, Some(next));
                self.queue.push_back(Queued::Tick(id));
            }
            Timer::Answer => drop(self.answer(now, id)),
            Timer::HangUp => drop(self.hang_up(now, id)),
            Timer::Retry => self.next_change(now, id),
            Timer::Digit => {
                let over = call.media.expire_digit(now);
                let deadline = call.media.digit_deadline();
                self.timers.set(id, Timer::Digit, deadline);
                if let Some((digit, duration_ms)) = over {
                    self.tell(Event::Digit { call: id, digit, duration_ms });
                }
            }
        }
    }

    /// When [`Phone::advance`] is wanted next.
    pub fn deadline(&self) -> Option<Duration> {
        let own = self.timers.deadline().into_iter().chain(self.registration.refresh_at);
        own.chain(self.transactions.deadline()).min()
    }

    /// The next output.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            match self.queue.pop_front()? {
                Queued::Sip(flow, bytes) => return Some(Output::SendSip { flow, bytes }),
                Queued::Event(event) => return Some(Output::Event(event)),
                Queued::Echo(call, local, to) => {
                    let packet = self.echoes.pop_front().expect("one packet an entry");
                    return Some(Output::SendRtp { call, local, to, packet });
                }
                Queued::Tick(call) => {
                    if let Some(output) = self.tick(call) {
                        return Some(output);
                    }
                }
            }
        }
    }

    fn tick(&mut self, id: CallId) -> Option<Output> {
        let call = self.calls.get_mut(&id).filter(|call| call.state != CallState::Ending)?;
        let sent = call.media.tick(self.now);
        let to = call.media.stream.as_ref().map(|stream| stream.remote)?;
        let local = call.local;
        if sent.digits_sent {
            self.tell(Event::DigitsSent { call: id });
        }
        if sent.played {
            self.tell(Event::Played { call: id });
        }
        Some(Output::SendRtp { call: id, local, to, packet: sent.packet? })
    }

    /// The calls there are, oldest first.
    pub fn calls(&self) -> impl Iterator<Item = CallId> + '_ {
        self.calls.keys().copied()
    }

    /// How far a call has come; `None` when it is over.
    pub fn call_state(&self, call: CallId) -> Option<CallState> {
        self.calls.get(&call).map(|call| call.state)
    }

    /// What an attended transfer to the far end of a call names as its target: its address with Replaces.
    pub fn replaces(&self, call: CallId) -> Option<String> {
        let dialog = self.calls.get(&call)?.dialog.as_ref()?;
        let replaces = sip::typed::Replaces::of(dialog);
        Some(sip::typed::ReferTo::replacing(dialog.remote_target().clone(), &replaces).0.uri.to_string())
    }

    /// The value of Replaces for who is to take the place of the far end's other party: what names this call to the far
    /// end.
    pub fn replaces_value(&self, call: CallId) -> Option<String> {
        self.calls.get(&call)?.dialog.as_ref().map(|dialog| sip::typed::Replaces::of(dialog).to_string())
    }

    /// Whether a registration stands.
    pub fn is_registered(&self) -> bool {
        self.registration.registered
    }

    /// The figures of a call's audio so far; `None` when it is over.
    pub fn statistics(&self, call: CallId) -> Option<Statistics> {
        self.calls.get(&call).map(|call| call.media.statistics())
    }

    /// How loud a frequency is in the last audio of a call, dB: 0 for a sine at full scale, -120 for nothing. The phone's
    /// own tone has -12. `None` when the call is over.
    pub fn tone_level(&self, call: CallId, hz: f64) -> Option<f64> {
        self.calls.get(&call).map(|call| call.media.tone_level(hz))
    }

    /// How loud the last audio of a call is altogether, dB: 0 for a sine at full scale. `None` when it is over.
    pub fn level(&self, call: CallId) -> Option<f64> {
        self.calls.get(&call).map(|call| call.media.level())
    }

    /// What was recorded of a call so far; `None` when it is over.
    pub fn recording(&self, call: CallId) -> Option<&[i16]> {
        self.calls.get(&call).map(|call| call.media.recording())
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.queue.push_back(Queued::Event(event));
    }

    /// Takes everything out of the transactions.
    pub(crate) fn settle(&mut self, now: Duration) {
        while let Some(output) = self.transactions.poll() {
            match output {
                sip::Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
                sip::Output::Request { key, flow, request } => self.received_request(now, key, flow, request),
                sip::Output::Cancel { key, request } => self.received_cancel(now, key, &request),
                sip::Output::AckReceived { key, request } => self.received_ack(now, key, &request),
                sip::Output::AckTimeout { key, status } => self.ack_timed_out(now, key, status),
                // It sends no provisional response reliably.
                sip::Output::PrackTimeout { .. } => {}
                sip::Output::Response { key, flow: _, response } => {
                    self.received_response(now, key, &response)
                }
                sip::Output::Timeout { key } => self.failed(now, key, 408),
                sip::Output::TransportError { key } => self.failed(now, key, 503),
                sip::Output::StrayResponse { .. } => {}
                sip::Output::Refused { flow: _, error, answered: _ } => self.tell(Event::Malformed { error }),
            }
        }
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        let wrong = &mut self.settings.misbehaviour;
        if wrong.withhold_acks > 0 && bytes.starts_with(b"ACK ") {
            if wrong.withhold_acks != u32::MAX {
                wrong.withhold_acks -= 1;
            }
            return;
        }
        if wrong.send_twice {
            self.queue.push_back(Queued::Sip(flow, bytes.clone()));
        }
        self.queue.push_back(Queued::Sip(flow, bytes));
    }

    /// A port for a call.
    pub(crate) fn take_port(&mut self) -> Result<SocketAddr, Error> {
        if self.calls.len() >= self.settings.max_calls {
            return Err(Error::TooManyCalls);
        }
        self.ports.pop_front().ok_or(Error::NoPort)
    }

    /// Opens a call on its port.
    pub(crate) fn insert(&mut self, call: Call) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.by_tag.insert(call.tag.clone(), id);
        self.by_port.insert(call.local, id);
        self.calls.insert(id, Box::new(call));
        id
    }

    /// Closes a call: its port is free, its timers are gone.
    pub(crate) fn end(&mut self, id: CallId, ending: Ending) {
        let Some(mut call) = self.calls.remove(&id) else { return };
        self.timers.stop_all(id);
        self.by_tag.remove(&call.tag);
        self.by_port.remove(&call.local);
        self.ports.push_back(call.local);
        if let Some(offered) = call.offered {
            self.servers.remove(&offered.key);
        }
        let statistics = call.media.statistics();
        let report = Box::new(Report { statistics, recording: call.media.take_recording() });
        self.tell(Event::Ended { call: id, ending, report });
    }

    /// Sends the first packet now where packets are wanted and none is due.
    pub(crate) fn start_ticks(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let running = self.timers.is_set(id, Timer::Send);
        if !running && call.media.wants_ticks() && call.state != CallState::Ending {
            self.timers.set(id, Timer::Send, Some(now));
        }
    }
}
