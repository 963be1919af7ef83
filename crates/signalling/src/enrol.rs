//! Registrations of ours with others (`type=registration`): kept up for as long as they are configured.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use call::{Calls, LogLevel};
use sip::{Method, NameAddr, Request, Response, Text, Uri};

use crate::agent::UserAgent;
use crate::config::Registration;
use crate::dial_string::route;
use crate::errand::{Errand, MOST_ATTEMPTS, Outcome, OwnContact, Why};
use crate::locate::Target;

/// So long before its end a registration is refreshed; a brief one at half its time.
const AHEAD: Duration = Duration::from_secs(10);

/// How a registration of ours stands, in the words of `pjsip show registrations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationState {
    /// Not registered: not yet, or the far end took it back.
    Unregistered,
    /// Registered.
    Registered,
    /// Refused or not answered; it is tried again.
    RejectedTemporary,
    /// Refused, and given up.
    RejectedPermanent,
    /// Being taken back.
    Stopping,
    /// Taken back.
    Stopped,
}

impl RegistrationState {
    /// Asterisk's word.
    pub fn word(self) -> &'static str {
        match self {
            RegistrationState::Unregistered => "Unregistered",
            RegistrationState::Registered => "Registered",
            RegistrationState::RejectedTemporary | RegistrationState::RejectedPermanent => "Rejected",
            RegistrationState::Stopping => "Stopping",
            RegistrationState::Stopped => "Stopped",
        }
    }
}

/// A registration of ours, as it is shown to operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationSnapshot {
    /// Name.
    pub name: Arc<str>,
    /// Whom we register with.
    pub server_uri: String,
    /// Whom we register.
    pub client_uri: String,
    /// Name of the credentials that are shown; empty for none.
    pub auth: String,
    /// How it stands.
    pub state: RegistrationState,
    /// What is left of it, seconds; `None` where it is not registered.
    pub expires_in_s: Option<u64>,
    /// When it is tried again or refreshed, seconds from now; `None` where it is not.
    pub next_in_s: Option<u64>,
    /// Failures in a row.
    pub retries: u32,
}

struct Enrolment {
    settings: Registration,
    state: RegistrationState,
    /// Counts what was begun.
    round: u64,
    call_id: Text,
    cseq: u32,
    /// Asked for; more than configured after 423.
    expires: u32,
    retries: u32,
    /// The value of `line`, by which calls that come back are known.
    line: String,
    expires_at: Option<Duration>,
    next_at: Option<Duration>,
}

/// All registrations of ours.
#[derive(Default)]
pub(crate) struct Enrolments {
    all: BTreeMap<Arc<str>, Enrolment>,
    due: BTreeSet<(Duration, Arc<str>)>,
    rounds: u64,
    /// Which device we are (RFC 5626 §4.1).
    instance: String,
}

impl Enrolments {
    pub fn new(random: &mut dyn FnMut() -> u64) -> Enrolments {
        let (a, b) = (random(), random());
        let (time_mid, variant) = ((a >> 16) & 0xffff, 0x8000 | (b >> 48) & 0x3fff);
        let instance = format!(
            "<urn:uuid:{:08x}-{time_mid:04x}-4{:03x}-{variant:04x}-{:012x}>",
            a >> 32,
            a & 0xfff,
            b & 0xffff_ffff_ffff
        );
        Enrolments { instance, ..Enrolments::default() }
    }

    pub fn deadline(&self) -> Option<Duration> {
        self.due.first().map(|(at, _)| *at)
    }

    fn schedule(&mut self, name: &Arc<str>, at: Option<Duration>) {
        let Some(enrolment) = self.all.get_mut(name) else { return };
        if let Some(before) = std::mem::replace(&mut enrolment.next_at, at) {
            self.due.remove(&(before, name.clone()));
        }
        if let Some(at) = at {
            self.due.insert((at, name.clone()));
        }
    }

    /// The endpoint of a call that comes back by the Contact of a registration.
    pub fn endpoint_of_line(&self, line: &str) -> Option<&Arc<str>> {
        let by_line = |one: &&Enrolment| one.settings.line && one.line == line;
        self.all.values().find(by_line)?.settings.endpoint.as_ref()
    }

    pub fn snapshots(&self, now: Duration) -> Vec<RegistrationSnapshot> {
        let left = |at: Option<Duration>| at.map(|at| at.saturating_sub(now).as_secs());
        self.all
            .iter()
            .map(|(name, one)| RegistrationSnapshot {
                name: name.clone(),
                server_uri: one.settings.server_uri.clone(),
                client_uri: one.settings.client_uri.clone(),
                auth: one.settings.outbound_auths.first().map(|name| name.to_string()).unwrap_or_default(),
                state: one.state,
                expires_in_s: left(one.expires_at),
                next_in_s: left(one.next_at),
                retries: one.retries,
            })
            .collect()
    }
}

impl UserAgent {
    /// Begins what is new, ends what is gone; what stays the same is left alone.
    pub(crate) fn configure_enrolments(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        let wanted: Vec<Registration> = self.config.registrations.clone();
        let is_wanted = |one: &Enrolment| wanted.contains(&one.settings);
        let gone: Vec<Arc<str>> = self
            .enrolments
            .all
            .iter()
            .filter(|(_, one)| !is_wanted(one))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            self.take_back(calls, &name);
            self.enrolments.schedule(&name, None);
            self.enrolments.all.remove(&name);
        }
        for settings in wanted {
            if self.enrolments.all.contains_key(&settings.name) {
                continue;
            }
            let transactions = &mut self.transactions;
            let within = u64::from(settings.max_random_initial_delay) * 1_000;
            let delay = if within == 0 { 0 } else { transactions.random() % within };
            let name = settings.name.clone();
            let enrolment = Enrolment {
                state: RegistrationState::Unregistered,
                round: 0,
                call_id: sip::random::call_id(&mut || transactions.random()),
                cseq: 0,
                expires: settings.expiration,
                retries: 0,
                line: format!("{:08x}", transactions.random() as u32),
                expires_at: None,
                next_at: None,
                settings,
            };
            self.enrolments.all.insert(name.clone(), enrolment);
            self.enrolments.schedule(&name, Some(now + Duration::from_millis(delay)));
        }
    }

    pub(crate) fn advance_enrolments(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        while let Some((at, name)) = self.enrolments.due.first().cloned() {
            if at > now {
                break;
            }
            self.enrolments.schedule(&name, None);
            self.enrol(calls, &name);
        }
    }

    /// How each registration of ours stands.
    pub fn registrations(&self, now: Duration) -> Vec<RegistrationSnapshot> {
        self.enrolments.snapshots(now)
    }

    /// Registers again at once, whatever came of it before; `false` where there is none of that name.
    pub fn register_again(&mut self, calls: &mut Calls, name: &str) -> bool {
        let Some(name) = self.enrolments.all.get_key_value(name).map(|(name, _)| name.clone()) else {
            return false;
        };
        if let Some(one) = self.enrolments.all.get_mut(&name) {
            one.retries = 0;
            one.state = RegistrationState::Unregistered;
        }
        self.enrolments.schedule(&name, Some(calls.time().now));
        true
    }

    /// Takes a registration back and leaves it so; `false` where there is none of that name.
    pub fn unregister(&mut self, calls: &mut Calls, name: &str) -> bool {
        let Some(name) = self.enrolments.all.get_key_value(name).map(|(name, _)| name.clone()) else {
            return false;
        };
        self.take_back(calls, &name);
        self.enrolments.schedule(&name, None);
        true
    }

    /// Takes every registration of ours back: the process is about to end.
    pub(crate) fn stop_enrolments(&mut self, calls: &mut Calls) {
        let names: Vec<Arc<str>> = self.enrolments.all.keys().cloned().collect();
        for name in names {
            self.unregister(calls, &name);
        }
    }

    fn take_back(&mut self, calls: &mut Calls, name: &Arc<str>) {
        let Some(one) = self.enrolments.all.get_mut(name) else { return };
        match one.state {
            RegistrationState::Registered => {
                one.state = RegistrationState::Stopping;
                self.send_register(calls, name, 0);
            }
            _ => one.state = RegistrationState::Stopped,
        }
    }

    fn enrol(&mut self, calls: &mut Calls, name: &Arc<str>) {
        if let Some(expires) = self.enrolments.all.get(name).map(|one| one.expires) {
            self.send_register(calls, name, expires);
        }
    }

    fn send_register(&mut self, calls: &mut Calls, name: &Arc<str>, expires: u32) {
        self.enrolments.rounds += 1;
        let round = self.enrolments.rounds;
        let instance = self.enrolments.instance.clone();
        let Some(one) = self.enrolments.all.get_mut(name) else { return };
        // Each may be sent again under the numbers that follow.
        one.cseq += u32::from(MOST_ATTEMPTS);
        one.round = round;
        let settings = &one.settings;
        let (Ok(server), Ok(client)) =
            (Uri::parse(settings.server_uri.as_str()), Uri::parse(settings.client_uri.as_str()))
        else {
            one.state = RegistrationState::RejectedPermanent;
            let line = format!("registration {name} has a server_uri or client_uri that is no URI");
            return calls.log(LogLevel::Warning, line);
        };
        let transactions = &mut self.transactions;
        let request = Request::build(Method::Register, server.clone())
            .from(NameAddr::new(client.clone()))
            .to(NameAddr::new(client))
            .call_id(&one.call_id)
            .cseq(one.cseq)
            .finish(&mut || transactions.random())
            .with("Expires", expires.to_string());
        let supported = [(settings.support_path, "path"), (settings.support_outbound, "outbound")];
        let supported: Vec<&str> = supported.iter().filter(|(on, _)| *on).map(|(_, tag)| *tag).collect();
        let request = match supported.is_empty() {
            true => request,
            false => request.with("Supported", supported.join(", ")),
        };
        let request = match &settings.user_agent {
            Some(user_agent) => request.with("User-Agent", user_agent.as_str()),
            None => request,
        };
        let mut errand = Errand::new(request, Why::Register { name: name.clone(), round });
        errand.auths = settings.outbound_auths.clone();
        let mut contact = OwnContact { user: settings.contact_user.clone(), ..OwnContact::default() };
        if settings.line {
            contact.uri_params.push(("line".to_owned(), one.line.clone()));
        }
        if settings.support_outbound {
            contact.params = format!(";reg-id=1;+sip.instance=\"{instance}\"");
        }
        if let Some(params) = &settings.contact_header_params {
            contact.params.push(';');
            contact.params.push_str(params.trim_start_matches(';'));
        }
        errand.contact = Some(contact);
        let route = settings.outbound_proxy.iter().map(|proxy| route(proxy)).collect();
        let target = Target { uri: server, flow: None, route, transport: settings.transport.clone() };
        self.run_errand(calls, errand, target);
    }

    /// What came of a REGISTER of ours.
    pub(crate) fn enrolled(&mut self, calls: &mut Calls, name: &Arc<str>, round: u64, outcome: &Outcome<'_>) {
        let now = calls.time().now;
        let Some(one) = self.enrolments.all.get_mut(name).filter(|one| one.round == round) else { return };
        if matches!(one.state, RegistrationState::Stopping | RegistrationState::Stopped) {
            one.state = RegistrationState::Stopped;
            one.expires_at = None;
            return;
        }
        match outcome {
            Outcome::Answered(response) if response.is_success() => {
                let granted = one.granted(response);
                self.registered(calls, name, granted);
            }
            Outcome::Answered(response) if response.status == 423 => {
                let least = response.headers.min_expires().filter(|least| *least > one.expires);
                match least {
                    Some(least) => {
                        one.expires = least;
                        self.enrolments.schedule(name, Some(now));
                    }
                    None => self.enrolment_failed(calls, name, 423, None),
                }
            }
            Outcome::Answered(response) => {
                let after = response.headers.retry_after();
                self.enrolment_failed(calls, name, response.status, after);
            }
            Outcome::TimedOut => self.enrolment_failed(calls, name, 408, None),
            Outcome::Unreachable => self.enrolment_failed(calls, name, 503, None),
            Outcome::NoSuchName => self.enrolment_failed(calls, name, 502, None),
        }
    }

    fn registered(&mut self, calls: &mut Calls, name: &Arc<str>, granted: u32) {
        let now = calls.time().now;
        let Some(one) = self.enrolments.all.get_mut(name) else { return };
        one.retries = 0;
        let granted = Duration::from_secs(u64::from(granted));
        if granted.is_zero() {
            one.state = RegistrationState::Unregistered;
            one.expires_at = None;
            return;
        }
        let was = std::mem::replace(&mut one.state, RegistrationState::Registered);
        one.expires_at = Some(now + granted);
        let server = one.settings.server_uri.clone();
        self.enrolments.schedule(name, Some(now + granted.saturating_sub(AHEAD).max(granted / 2)));
        if was != RegistrationState::Registered {
            calls.log(LogLevel::Notice, format!("registered {name} with {server}"));
        }
    }

    /// An attempt failed: what is done next is `res_pjsip_outbound_registration`'s choice.
    fn enrolment_failed(&mut self, calls: &mut Calls, name: &Arc<str>, status: u16, after: Option<u32>) {
        let now = calls.time().now;
        let Some(one) = self.enrolments.all.get_mut(name) else { return };
        let settings = &one.settings;
        let may_retry = one.retries < settings.max_retries;
        let again = if let Some(after) = after {
            Some(after)
        } else if settings.retry_interval > 0 && is_temporary(status, settings.auth_rejection_permanent) {
            may_retry.then_some(settings.retry_interval)
        } else if status == 403 && settings.forbidden_retry_interval > 0 && may_retry {
            Some(settings.forbidden_retry_interval)
        } else if settings.fatal_retry_interval > 0 && may_retry {
            Some(settings.fatal_retry_interval)
        } else {
            None
        };
        one.expires_at = None;
        one.retries += 1;
        let server = settings.server_uri.clone();
        one.state = match again {
            Some(_) => RegistrationState::RejectedTemporary,
            None => RegistrationState::RejectedPermanent,
        };
        let line = match again {
            Some(seconds) => {
                format!("registration {name} with {server} failed ({status}); tried again in {seconds} s")
            }
            None => format!("registration {name} with {server} failed ({status}) and is given up"),
        };
        calls.log(LogLevel::Warning, line);
        let at = again.map(|seconds| now + Duration::from_secs(u64::from(seconds.max(1))));
        self.enrolments.schedule(name, at);
    }
}

impl Enrolment {
    /// How long the far end keeps us, seconds: what it says of our Contact, else of all, else what was asked.
    fn granted(&self, response: &Response) -> u32 {
        let contacts = response.headers.contacts().unwrap_or_default();
        let ours = |contact: &&NameAddr| match self.settings.line {
            true => contact.uri.params.value("line") == Some(&self.line),
            false => contact.uri.user_unescaped() == self.settings.contact_user,
        };
        let own = contacts.iter().find(ours).or(match contacts.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        own.and_then(NameAddr::expires).or(response.headers.expires()).unwrap_or(self.expires)
    }
}

/// Whether a failure may pass by itself.
fn is_temporary(status: u16, auth_rejection_permanent: bool) -> bool {
    match status {
        401 | 407 => !auth_rejection_permanent,
        408 | 480 | 500 | 502 | 503 | 504 | 600..700 => true,
        _ => false,
    }
}
