//! Requests outside a call: REGISTER, OPTIONS, NOTIFY, MESSAGE. Each is located, sent, answered with credentials where
//! they are asked for, sent to the next place where one fails, and ends with exactly one [`Outcome`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use call::Calls;
use sip::digest::Login;
use sip::{ClientKey, Flow, NameAddr, Request, Response};

use crate::agent::{Purpose, UserAgent};
use crate::config::Secret;
use crate::locate::{Bound, Hop, Target};

/// How often one errand is sent in all, to whatever place.
pub(crate) const MOST_ATTEMPTS: u8 = 6;

/// What an errand is for.
#[derive(Debug, Clone)]
pub(crate) enum Why {
    /// Asks a contact of an AoR whether it is there.
    Qualify {
        /// The AoR.
        aor: Arc<str>,
        /// Its contact.
        contact: String,
        /// When it was asked.
        asked: Duration,
    },
    /// Registers us with somebody, or takes it back.
    Register {
        /// The registration's name.
        name: Arc<str>,
        /// So many times it was begun: what an earlier one brings is of no interest.
        round: u64,
    },
    /// Tells a subscription what it watches.
    Notify {
        /// Its number.
        subscription: u64,
    },
    /// Nothing depends on its outcome.
    Nothing,
}

/// Our Contact in an errand.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnContact {
    /// Its user.
    pub user: String,
    /// Parameters of its URI.
    pub uri_params: Vec<(String, String)>,
    /// Parameters of the header, as they are written; empty or starting with a semicolon.
    pub params: String,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub request: Request,
    /// What it is for.
    pub why: Why,
    /// The Contact to put in: it depends on the flow.
    pub contact: Option<OwnContact>,
    /// The host of From is ours: it depends on the flow too.
    pub own_from: bool,
    /// Its Route is a dialog's, and stays.
    pub is_in_dialog: bool,
    /// Names of credentials to show.
    pub auths: Vec<Arc<str>>,
    /// When it counts as not answered; the transaction's own time otherwise.
    pub answer_by: Option<Duration>,
    login: Option<Login>,
    attempts: u8,
}

impl Errand {
    pub fn new(request: Request, why: Why) -> Errand {
        Errand {
            request,
            why,
            contact: None,
            own_from: false,
            is_in_dialog: false,
            auths: Vec::new(),
            answer_by: None,
            login: None,
            attempts: 0,
        }
    }
}

/// How an errand ended.
#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    /// A final response.
    Answered(&'a Response),
    /// Nothing in time.
    TimedOut,
    /// No connection, or no transport that leads there.
    Unreachable,
    /// The host is not known.
    NoSuchName,
}

struct Sent {
    errand: Errand,
    flow: Flow,
    target: Target,
    hops: VecDeque<Hop>,
}

/// Errands that are out.
#[derive(Default)]
pub(crate) struct Errands {
    sent: BTreeMap<ClientKey, Sent>,
    patience: BTreeSet<(Duration, ClientKey)>,
}

impl Errands {
    pub fn deadline(&self) -> Option<Duration> {
        self.patience.first().map(|(at, _)| *at)
    }

    fn take(&mut self, key: ClientKey) -> Option<Sent> {
        let sent = self.sent.remove(&key)?;
        if let Some(at) = sent.errand.answer_by {
            self.patience.remove(&(at, key));
        }
        Some(sent)
    }
}

impl UserAgent {
    /// Sends a request off.
    pub(crate) fn run_errand(&mut self, calls: &mut Calls, errand: Errand, target: Target) {
        self.seek(calls, Bound::Errand(Box::new(errand)), target);
    }

    /// The way is found.
    pub(crate) fn depart(
        &mut self,
        calls: &mut Calls,
        mut errand: Errand,
        flow: Flow,
        target: Target,
        hops: VecDeque<Hop>,
    ) {
        let our = self.contact(&flow);
        if let Some(contact) = &errand.contact {
            let mut uri = our.uri.clone();
            uri.user = (!contact.user.is_empty()).then(|| sip::escape_user(&contact.user).into());
            for (name, value) in &contact.uri_params {
                uri.params.set(name, value);
            }
            let header = format!("{}{}", NameAddr::new(uri), contact.params);
            errand.request.headers.set("Contact", header);
        }
        if errand.own_from
            && let Ok(mut from) = errand.request.headers.from()
        {
            from.uri.host = our.uri.host.clone();
            errand.request.headers.set("From", from.to_string());
        }
        if !errand.is_in_dialog {
            errand.request.headers.remove("Route");
        }
        for route in &target.route {
            errand.request.headers.push("Route", route.as_str());
        }
        errand.attempts += 1;
        let now = calls.time().now;
        match self.send_request(now, flow, errand.request.clone(), Purpose::Errand) {
            Some(key) => {
                if let Some(at) = errand.answer_by {
                    self.errands.patience.insert((at, key));
                }
                self.errands.sent.insert(key, Sent { errand, flow, target, hops });
            }
            None => self.errand_over(calls, errand.why, Outcome::Unreachable),
        }
    }

    pub(crate) fn errand_response(&mut self, calls: &mut Calls, key: ClientKey, response: &Response) {
        if response.status < 200 {
            return;
        }
        let Some(mut sent) = self.errands.take(key) else { return };
        if matches!(response.status, 401 | 407) && self.show_credentials(&mut sent.errand, response) {
            return self.depart(calls, sent.errand, sent.flow, sent.target, sent.hops);
        }
        if response.status == 503 && self.may_go_on(&sent) {
            return self.send_elsewhere(calls, sent.errand, sent.target, sent.hops);
        }
        self.errand_over(calls, sent.errand.why, Outcome::Answered(response));
    }

    pub(crate) fn errand_failed(&mut self, calls: &mut Calls, key: ClientKey, status: u16) {
        let Some(sent) = self.errands.take(key) else { return };
        if self.may_go_on(&sent) {
            return self.send_elsewhere(calls, sent.errand, sent.target, sent.hops);
        }
        let outcome = if status == 408 { Outcome::TimedOut } else { Outcome::Unreachable };
        self.errand_over(calls, sent.errand.why, outcome);
    }

    fn may_go_on(&self, sent: &Sent) -> bool {
        !sent.hops.is_empty() && sent.errand.attempts < MOST_ATTEMPTS
    }

    /// Ends the errands that waited long enough.
    pub(crate) fn advance_errands(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        while let Some((at, key)) = self.errands.patience.first().copied() {
            if at > now {
                break;
            }
            self.errands.patience.remove(&(at, key));
            if let Some(sent) = self.errands.take(key) {
                self.errand_over(calls, sent.errand.why, Outcome::TimedOut);
            }
        }
    }

    /// Puts credentials into an errand that was challenged: `false` where there are none, or they were refused.
    fn show_credentials(&mut self, errand: &mut Errand, response: &Response) -> bool {
        if errand.attempts >= MOST_ATTEMPTS {
            return false;
        }
        if errand.login.is_none() {
            errand.login = self.login_for(&errand.auths, response);
        }
        let Some(login) = &mut errand.login else { return false };
        let transactions = &mut self.transactions;
        let answered = login.answer(response, &mut errand.request, &mut || transactions.random());
        if !matches!(answered, Ok(true)) {
            return false;
        }
        let number = errand.request.headers.cseq().map_or(1, |cseq| cseq.number);
        errand.request.renumber(number + 1);
        true
    }

    /// The credentials for a challenge: those whose realm it names, else those that hold for any.
    pub(crate) fn login_for(&self, auths: &[Arc<str>], response: &Response) -> Option<Login> {
        let headers = &response.headers;
        let realms: Vec<String> = headers
            .www_challenges()
            .chain(headers.proxy_challenges())
            .filter_map(|challenge| challenge.param("realm"))
            .collect();
        let known = || auths.iter().filter_map(|name| self.auth(name));
        let exact = known().find(|auth| realms.contains(&auth.realm));
        let any = known().find(|auth| auth.realm.is_empty() || auth.realm == "*");
        // One of another realm is tried all the same: the far end says whether it fits.
        let auth = exact.or(any).or_else(|| known().next())?;
        match &auth.secret {
            Secret::Password(password) => Some(Login::new(&auth.username, password)),
            Secret::Ha1Md5(hash) => Some(Login::with_ha1(&auth.username, hash)),
        }
    }

    pub(crate) fn errand_over(&mut self, calls: &mut Calls, why: Why, outcome: Outcome<'_>) {
        match why {
            Why::Qualify { aor, contact, asked } => self.qualified(calls, &aor, &contact, asked, &outcome),
            Why::Register { name, round } => self.enrolled(calls, &name, round, &outcome),
            Why::Notify { subscription } => self.notified(calls, subscription, &outcome),
            Why::Nothing => {}
        }
    }
}
