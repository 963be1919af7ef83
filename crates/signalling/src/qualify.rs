//! Whether contacts answer: OPTIONS to each, as often as its AoR says (`qualify_frequency`).

use std::sync::Arc;
use std::time::Duration;

use call::event::ContactStatus;
use call::{Calls, EndpointState, Technology};
use sip::{Method, NameAddr, Request, Uri};

use crate::agent::UserAgent;
use crate::contacts::Health;
use crate::errand::{Errand, Outcome, OwnContact, Why};
use crate::locate::Target;

impl UserAgent {
    pub(crate) fn advance_contacts(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        self.contacts.registrar.advance(now);
        while let Some((at, aor)) = self.contacts.qualify.first().cloned() {
            if at > now {
                break;
            }
            self.contacts.qualify.remove(&(at, aor.clone()));
            let Some(every) = self.contacts.aor(&aor).map(|aor| aor.qualify_frequency) else { continue };
            let next = now + Duration::from_secs(u64::from(every.max(1)));
            self.contacts.qualify.insert((next, aor.clone()));
            self.qualify_all(calls, &aor);
        }
        self.tell_registrations(calls);
    }

    /// Asks each contact of an AoR.
    pub(crate) fn qualify_all(&mut self, calls: &mut Calls, aor: &Arc<str>) {
        let contacts = self.contacts.contacts(aor);
        let targets: Vec<(Uri, Target)> =
            contacts.map(|(uri, b)| (uri.clone(), self.contacts.target(aor, uri, b))).collect();
        for (uri, target) in targets {
            self.qualify(calls, aor, uri.to_string(), target);
        }
    }

    /// Asks a contact that has just come, where its AoR's contacts are asked at all.
    pub(crate) fn qualify_new(&mut self, calls: &mut Calls, aor: &Arc<str>, contact: &str) {
        if self.contacts.aor(aor).is_none_or(|aor| aor.qualify_frequency == 0) {
            return;
        }
        let mut contacts = self.contacts.contacts(aor);
        let found = contacts.find(|(uri, _)| uri.to_string() == contact);
        let Some(target) = found.map(|(uri, binding)| self.contacts.target(aor, uri, binding)) else {
            return;
        };
        drop(contacts);
        self.qualify(calls, aor, contact.to_owned(), target);
    }

    /// Asks one contact whether it is there.
    fn qualify(&mut self, calls: &mut Calls, aor: &Arc<str>, contact: String, target: Target) {
        let Some(settings) = self.contacts.aor(aor).cloned() else { return };
        let now = calls.time().now;
        let endpoint = self.endpoints_of(aor).first().and_then(|name| self.endpoint(name)).cloned();
        let target = match &endpoint {
            Some(endpoint) => self.towards(endpoint, target),
            None => target,
        };
        let identity = endpoint.as_ref().map(|endpoint| &endpoint.identity);
        let from_user = identity.and_then(|identity| identity.from_user.as_deref());
        let from_user = from_user.unwrap_or(&self.config.global.default_from_user);
        let from_domain = identity.and_then(|identity| identity.from_domain.as_deref());
        let from = format!("sip:{}@{}", sip::escape_user(from_user), from_domain.unwrap_or("0.0.0.0"));
        let Ok(from) = Uri::parse(from) else { return };
        let contact_user = identity.and_then(|identity| identity.contact_user.clone());
        let contact_user = contact_user.unwrap_or_else(|| from_user.to_owned());
        let own_from = from_domain.is_none();
        let transactions = &mut self.transactions;
        let options = Request::build(Method::Options, target.uri.clone())
            .from(NameAddr::new(from))
            .to(NameAddr::new(target.uri.clone()))
            .finish(&mut || transactions.random());
        let why = Why::Qualify { aor: aor.clone(), contact, asked: now };
        let mut errand = Errand::new(options, why);
        errand.own_from = own_from;
        errand.contact = Some(OwnContact { user: contact_user, ..OwnContact::default() });
        if settings.authenticate_qualify {
            errand.auths = endpoint.map(|endpoint| endpoint.outbound_auths).unwrap_or_default();
        }
        if !settings.qualify_timeout.is_zero() {
            errand.answer_by = Some(now + settings.qualify_timeout);
        }
        self.run_errand(calls, errand, target);
    }

    /// A contact answered its OPTIONS, or did not.
    pub(crate) fn qualified(
        &mut self,
        calls: &mut Calls,
        aor: &Arc<str>,
        contact: &str,
        asked: Duration,
        outcome: &Outcome<'_>,
    ) {
        if !self.contacts.has(aor, contact) {
            return;
        }
        let only_2xx = self.contacts.aor(aor).is_some_and(|aor| aor.qualify_2xx_only);
        let answers = match outcome {
            Outcome::Answered(response) => !only_2xx || response.is_success(),
            Outcome::TimedOut | Outcome::Unreachable | Outcome::NoSuchName => false,
        };
        let round_trip = calls.time().now.saturating_sub(asked);
        let round_trip_us = answers.then(|| round_trip.as_micros().min(u128::from(u32::MAX)) as u32);
        let health = Health { answers: Some(answers), round_trip_us };
        let before = self.contacts.set_health(aor, contact, health);
        if before.answers == Some(answers) {
            return;
        }
        let status = if answers { ContactStatus::Reachable } else { ContactStatus::Unreachable };
        for endpoint in self.endpoints_of(aor) {
            calls.report_contact(&endpoint, aor, contact.to_owned(), status, round_trip_us);
            self.show_endpoint(calls, &endpoint);
        }
    }

    /// Tells the call model whether an endpoint can be reached.
    pub(crate) fn show_endpoint(&self, calls: &mut Calls, name: &Arc<str>) {
        let Some(endpoint) = self.endpoint(name) else { return };
        let state = match endpoint.aors.iter().any(|aor| self.contacts.is_reachable(aor)) {
            true => EndpointState::Online,
            false => EndpointState::Offline,
        };
        calls.set_endpoint(Technology::Sip, name, state, &endpoint.context);
        calls.set_busy_at(Technology::Sip, name, endpoint.subscriptions.device_state_busy_at);
        let contacts = endpoint.aors.iter().flat_map(|aor| self.contacts.dialable(aor));
        calls.set_contacts(Technology::Sip, name, contacts.collect());
    }
}
