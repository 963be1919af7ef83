//! [`UserAgent`]: what it keeps, and what goes where.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use call::{Calls, Cause, ChannelKey, LogLevel, Technology, Verb};
use sip::digest::Authenticator;
use sip::{ClientKey, DialogId, Flow, Method, Request, Response, ServerKey, Settings, Transactions};

use crate::config::{Config, Endpoint};
use crate::contacts::Contacts;
use crate::enrol::Enrolments;
use crate::errand::Errands;
use crate::identify::{Identity, Index};
use crate::locate::Locating;
use crate::refer::Referrals;
use crate::session::Session;
use crate::subscribe::{PACKAGES, Subscriptions};
use crate::suspects::{Offence, Suspects};
use crate::timers::{Timer, Timers};
use crate::{Extensions, Input, Output};

/// The body that sessions are described in.
pub(crate) const DESCRIPTION: &str = "application/sdp";

/// What we can do, as Allow lists it.
pub(crate) const ALLOW: &str =
    "OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, INFO, MESSAGE, REFER";

/// A call of ours that nobody answers, and that nothing is heard of meanwhile, is given up (RFC 3261 §16.6 has at least
/// three minutes for a proxy): long enough for any announcement before the answer.
const RINGS_AT_MOST: Duration = Duration::from_secs(3_600);

/// What a client transaction of ours is for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// The INVITE that began a session.
    Invite(ChannelKey),
    /// A request of ours inside a session that changes or refreshes it.
    Change(ChannelKey),
    /// A request outside any call: `UserAgent::errands` knows more.
    Errand,
    /// Nothing depends on its outcome (BYE, REFER).
    Other,
}

/// The user agent: see the crate's documentation.
pub struct UserAgent {
    pub(crate) config: Arc<Config>,
    pub(crate) index: Index,
    pub(crate) transactions: Transactions,
    pub(crate) authenticator: Authenticator,
    pub(crate) contacts: Contacts,
    pub(crate) enrolments: Enrolments,
    pub(crate) errands: Errands,
    pub(crate) suspects: Suspects,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) sessions: BTreeMap<ChannelKey, Session>,
    pub(crate) by_dialog: BTreeMap<DialogId, ChannelKey>,
    pub(crate) by_server: BTreeMap<ServerKey, ChannelKey>,
    pub(crate) purposes: BTreeMap<ClientKey, Purpose>,
    pub(crate) timers: Timers,
    pub(crate) referrals: Referrals,
    pub(crate) locating: Locating,
    pub(crate) outputs: VecDeque<Output>,
    /// The time of what is being worked.
    pub(crate) now: Duration,
    pub(crate) session_ids: u64,
}

impl UserAgent {
    /// A user agent. `seed` feeds its tags, branches and nonces.
    pub fn new(config: Config, seed: u64, calls: &mut Calls) -> UserAgent {
        let settings = Settings {
            trying_after: Duration::ZERO,
            timer_c: Some(RINGS_AT_MOST),
            force_rport: true,
            ..Settings::default()
        };
        let mut transactions = Transactions::new(settings, seed);
        let mut key = [0; 32];
        for octets in key.chunks_mut(8) {
            octets.copy_from_slice(&transactions.random().to_ne_bytes()[..octets.len()]);
        }
        calls.seed_protocol_ids(transactions.random());
        let mut agent = UserAgent {
            authenticator: Authenticator::new(&config.realm, key),
            contacts: Contacts::new(),
            enrolments: Enrolments::new(&mut || transactions.random()),
            errands: Errands::default(),
            suspects: Suspects::default(),
            subscriptions: Subscriptions::default(),
            index: Index::default(),
            config: Arc::default(),
            transactions,
            sessions: BTreeMap::new(),
            by_dialog: BTreeMap::new(),
            by_server: BTreeMap::new(),
            purposes: BTreeMap::new(),
            timers: Timers::default(),
            referrals: Referrals::default(),
            locating: Locating::default(),
            outputs: VecDeque::new(),
            now: Duration::ZERO,
            session_ids: 0,
        };
        agent.configure(config, calls);
        agent
    }

    /// New configuration. Calls and registrations that still fit it go on.
    pub fn configure(&mut self, config: Config, calls: &mut Calls) {
        for gone in self.config.endpoints.iter().map(|endpoint| &endpoint.name) {
            if !config.endpoints.iter().any(|endpoint| endpoint.name == *gone) {
                calls.forget_endpoint(Technology::Sip, gone);
            }
        }
        self.index = Index::new(&config);
        self.authenticator.set_realm(&config.realm);
        self.transactions.set_timers(config.global.timer_t1, config.global.timer_b);
        self.config = Arc::new(config);
        let longest = self.config.global.max_initial_qualify_time;
        let transactions = &mut self.transactions;
        // As Asterisk: the first questions are spread over the interval, or over what is configured where that is less.
        let mut delay = |every: Duration| {
            let within = if longest.is_zero() { every } else { longest.min(every) };
            Duration::from_millis(transactions.random() % (within.as_millis() as u64).max(1))
        };
        self.contacts.configure(&self.config, calls.time().now, &mut delay);
        let names: Vec<Arc<str>> = self.index.endpoints.keys().cloned().collect();
        for name in names {
            self.show_endpoint(calls, &name);
        }
        self.tell_registrations(calls);
        self.configure_enrolments(calls);
        self.configure_subscriptions(calls);
    }

    /// The process is about to end: registrations of ours are taken back.
    pub fn drain(&mut self, calls: &mut Calls, extensions: &dyn Extensions) {
        self.stop_enrolments(calls);
        self.work(calls, extensions);
    }

    pub(crate) fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.index.endpoints.get(name).map(|at| &self.config.endpoints[*at])
    }

    /// Something came from outside.
    pub fn input(&mut self, calls: &mut Calls, extensions: &dyn Extensions, input: Input) {
        let now = calls.time().now;
        self.now = now;
        match input {
            Input::Received { flow, message } => self.transactions.receive(now, flow, message),
            Input::FlowFailed { flow } => {
                self.transactions.flow_failed(now, flow);
                self.contacts.registrar.flow_failed(flow);
                self.locating.forget_flow(&flow);
                self.tell_registrations(calls);
            }
            Input::Resolved { lookup, found } => self.resolved(calls, lookup, found),
            Input::Connected { attempt, flow } => self.connected(calls, attempt, flow),
        }
        self.work(calls, extensions);
    }

    /// Works what is due.
    pub fn advance(&mut self, calls: &mut Calls, extensions: &dyn Extensions) {
        let now = calls.time().now;
        self.now = now;
        self.transactions.advance(now);
        self.work(calls, extensions);
        while let Some((channel, timer)) = self.timers.take_due(now) {
            self.expire(calls, channel, timer);
        }
        self.advance_contacts(calls);
        self.advance_enrolments(calls);
        self.advance_errands(calls);
        self.advance_subscriptions(calls);
        self.keep_alive(now);
        self.work(calls, extensions);
    }

    /// When [`UserAgent::advance`] wants to be called next.
    pub fn deadline(&self) -> Option<Duration> {
        [
            self.transactions.deadline(),
            self.timers.deadline(),
            self.contacts.deadline(),
            self.enrolments.deadline(),
            self.errands.deadline(),
            self.subscriptions.deadline(),
            self.locating.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn expire(&mut self, calls: &mut Calls, channel: ChannelKey, timer: Timer) {
        match timer {
            Timer::Retry => self.next_change(calls, channel),
            Timer::Unanswered => self.call_lost(calls, channel, 408),
            Timer::Refresh => self.refresh_session(calls, channel),
            Timer::Expiry => self.session_expired(calls, channel),
            Timer::Digit => self.next_digit(calls, channel),
            Timer::Transferred => self.end_dialog(calls.time().now, channel, Cause::NORMAL),
        }
    }

    /// The next thing wanted of the outside.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Sessions that are alive, or timers of theirs where there are more: for invariants and metrics.
    pub fn sessions(&self) -> usize {
        if self.sessions.is_empty() {
            self.timers.len() + self.by_dialog.len() + self.referrals.len()
        } else {
            self.sessions.len()
        }
    }

    /// Subscriptions of phones that are alive: for invariants and metrics.
    pub fn subscriptions(&self) -> usize {
        self.subscriptions.len()
    }

    /// Transactions that are alive, of both sides, and what is remembered of ours: for invariants and metrics.
    pub fn transactions(&self) -> usize {
        self.transactions.client_count().max(self.purposes.len()) + self.transactions.server_count()
    }

    /// The call model asks something of a SIP channel. The channel of `Verb::Hangup` is gone from the model already.
    pub fn perform(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        channel: ChannelKey,
        verb: Verb,
    ) {
        self.now = calls.time().now;
        match verb {
            Verb::Dial => self.dial(calls, channel),
            Verb::Ring => self.ring(calls, channel),
            Verb::Progress => self.progress(calls, channel),
            Verb::Answer => self.answer(calls, channel),
            Verb::Hangup { cause } => self.hang_up(calls.time().now, channel, cause),
            Verb::Redirect { to } => self.redirect(calls.time().now, channel, &to),
            Verb::Update => self.tell_line(calls, channel),
            Verb::Hold { class } => self.hold(calls, channel, &class),
            Verb::Unhold => self.unhold(calls, channel),
            Verb::SendDigits { digits, told } => self.send_digits(calls, channel, &digits, told),
            Verb::Watched(what) => self.transferee_noticed(calls, channel, what),
        }
        self.work(calls, extensions);
    }

    /// Works what telling others left to be sent.
    pub fn flush(&mut self, calls: &mut Calls, extensions: &dyn Extensions) {
        self.work(calls, extensions);
    }

    fn work(&mut self, calls: &mut Calls, extensions: &dyn Extensions) {
        while let Some(output) = self.transactions.poll() {
            match output {
                sip::Output::Transmit { flow, bytes } => {
                    self.outputs.push_back(Output::Send { flow, message: bytes });
                }
                // Of several parts the session description is what we understand (RFC 5621).
                sip::Output::Request { key, flow, mut request } => {
                    request.narrow_body(DESCRIPTION);
                    self.request(calls, extensions, key, flow, request);
                }
                sip::Output::Cancel { key, request } => self.cancelled(calls, key, &request),
                sip::Output::AckReceived { key, mut request } => {
                    request.narrow_body(DESCRIPTION);
                    self.acknowledged(calls, key, &request);
                }
                sip::Output::AckTimeout { key, .. } => self.unacknowledged(calls, key),
                sip::Output::PrackTimeout { key } => self.unheard(calls, key),
                sip::Output::Response { key, flow, mut response } => {
                    response.narrow_body(DESCRIPTION);
                    self.response(calls, key, flow, &response);
                }
                sip::Output::Timeout { key } => self.failed(calls, key, 408),
                sip::Output::TransportError { key } => self.failed(calls, key, 503),
                sip::Output::StrayResponse { .. } => {}
                sip::Output::Refused { flow, error, answered: _ } => {
                    let line = format!("a message from {} was refused: {error}", flow.remote);
                    calls.log(LogLevel::Verbose, line);
                }
            }
        }
    }

    fn request(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: Request,
    ) {
        let now = calls.time().now;
        if self.is_kept_out(&flow, &request) {
            self.offend(calls, &flow, &request, Offence::Acl);
            return self.refuse(now, key, &flow, Response::to(&request, 403));
        }
        if request.method == Method::Subscribe
            && request.is_in_dialog()
            && self.resubscribe(calls, key, flow, &request)
        {
            return;
        }
        if request.is_in_dialog() {
            self.request_in_dialog(calls, extensions, key, flow, request);
            return;
        }
        match &request.method {
            Method::Invite => self.invite(calls, extensions, key, flow, request),
            Method::Register => self.register(calls, key, flow, &request),
            Method::Subscribe => self.subscribe(calls, extensions, key, flow, &request),
            Method::Message => self.message(calls, extensions, key, flow, &request),
            Method::Options => self.options(calls, extensions, key, flow, &request),
            Method::Bye | Method::Info | Method::Update | Method::Prack => {
                self.respond(now, key, Response::to(&request, 481))
            }
            Method::Ack | Method::Cancel => {}
            _ => {
                let response = Response::to(&request, 405).with("Allow", ALLOW);
                self.respond(now, key, response);
            }
        }
    }

    /// OPTIONS outside a dialog: what we can do, where the extension that it names is there.
    fn options(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: &Request,
    ) {
        let now = calls.time().now;
        let name = match self.identify(calls, &flow, request) {
            Identity::Endpoint(name) => name,
            Identity::Refused(response) => return self.refuse(now, key, &flow, *response),
        };
        let exten = request.uri.user_unescaped();
        let context = self.endpoint(&name).map(|endpoint| endpoint.context.as_str()).unwrap_or_default();
        let is_there = exten.is_empty() || extensions.exists(context, &exten, "");
        let response = self.describe(Response::to(request, if is_there { 200 } else { 404 }));
        self.respond(now, key, response);
    }

    fn response(&mut self, calls: &mut Calls, key: ClientKey, flow: Flow, response: &Response) {
        let purpose = match response.status {
            ..200 => self.purposes.get(&key).cloned(),
            _ => self.purposes.remove(&key),
        };
        let Some(purpose) = purpose else {
            // After the final response only another fork of an INVITE answers: nobody waits for it.
            if response.is_success() {
                self.refuse_answer(calls.time().now, key, flow, response);
            }
            return;
        };
        match purpose {
            Purpose::Invite(channel) => self.invite_response(calls, key, channel, flow, response),
            Purpose::Change(channel) => self.change_response(calls, key, channel, flow, response),
            Purpose::Errand => self.errand_response(calls, key, response),
            Purpose::Other => {}
        }
    }

    fn failed(&mut self, calls: &mut Calls, key: ClientKey, status: u16) {
        match self.purposes.remove(&key) {
            Some(Purpose::Invite(channel)) if self.try_elsewhere(calls, channel) => {}
            Some(Purpose::Invite(channel)) => self.invite_failed(calls, channel, status),
            Some(Purpose::Change(channel)) => self.change_failed(calls, channel, status),
            Some(Purpose::Errand) => self.errand_failed(calls, key, status),
            Some(Purpose::Other) | None => {}
        }
    }

    /// Adds what every answer of ours says of us.
    pub(crate) fn describe(&self, response: Response) -> Response {
        response
            .with("Server", self.config.user_agent.as_str())
            .with("Allow", ALLOW)
            .with("Accept", "application/sdp, application/dtmf-relay, text/plain")
            .with("Allow-Events", PACKAGES)
    }

    pub(crate) fn respond(&mut self, now: Duration, key: ServerKey, response: Response) {
        // An answer to what is over already, or was answered, has nobody to go to.
        let _ = self.transactions.respond(now, key, response);
    }

    pub(crate) fn send_request(
        &mut self,
        now: Duration,
        flow: Flow,
        mut request: Request,
        purpose: Purpose,
    ) -> Option<ClientKey> {
        if request.headers.value("User-Agent").is_none() {
            request.headers.push("User-Agent", self.config.user_agent.as_str());
        }
        request.headers.set("Max-Forwards", self.config.global.max_forwards.to_string());
        let (host, port) = self.sent_by(&flow);
        let key = self.transactions.request_as(now, flow, &host, port, request).ok()?;
        self.purposes.insert(key, purpose);
        Some(key)
    }
}
