//! Registrations: who is where, and whether a contact still answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use call::Calls;
use call::event::ContactStatus;
use sip::registrar::{AorSettings, Brief, Event, Registrar};
use sip::{Flow, Method, NameAddr, Request, Response, ServerKey, Uri};

use crate::agent::{Purpose, UserAgent};
use crate::config::{Aor, Config};
use crate::identify::Identity;

/// A contact that is always there, and what its last OPTIONS said.
pub(crate) struct StaticContact {
    pub uri: Uri,
    pub answers: Option<bool>,
}

/// All contacts of all AoRs, registered and configured.
pub(crate) struct Registrations {
    pub(crate) registrar: Registrar,
    aors: BTreeMap<Arc<str>, Aor>,
    pub(crate) statics: BTreeMap<Arc<str>, Vec<StaticContact>>,
    /// Registered contacts that did not answer their last OPTIONS.
    pub(crate) silent: BTreeSet<String>,
    /// How long each contact took for the OPTIONS that it answered last.
    pub(crate) round_trips: BTreeMap<String, Duration>,
    /// When each AoR's contacts are asked next.
    qualify: BTreeSet<(Duration, Arc<str>)>,
}

/// Where an AoR can be reached.
pub(crate) struct Reach {
    pub uri: Uri,
    pub flow: Option<Flow>,
    pub route: Vec<String>,
}

impl Registrations {
    pub fn new() -> Registrations {
        Registrations {
            registrar: Registrar::new(),
            aors: BTreeMap::new(),
            statics: BTreeMap::new(),
            silent: BTreeSet::new(),
            round_trips: BTreeMap::new(),
            qualify: BTreeSet::new(),
        }
    }

    pub fn configure(&mut self, config: &Config, now: Duration) {
        self.aors = config.aors.iter().map(|aor| (aor.name.clone(), aor.clone())).collect();
        let contacts = |aor: &Aor| {
            let parse = |text: &String| Uri::parse(text.as_str()).ok();
            let contact = |uri| StaticContact { uri, answers: None };
            aor.contacts.iter().filter_map(parse).map(contact).collect()
        };
        self.statics = self.aors.iter().map(|(name, aor)| (name.clone(), contacts(aor))).collect();
        // The first questions are spread over a second, so that a start is not a burst.
        let asked = self.aors.values().filter(|aor| aor.qualify_frequency > 0);
        self.qualify = asked
            .enumerate()
            .map(|(at, aor)| (now + Duration::from_millis(at as u64 % 1000), aor.name.clone()))
            .collect();
    }

    pub fn aor(&self, name: &str) -> Option<&Aor> {
        self.aors.get(name)
    }

    /// Whether any contact of the AoR is there and answers as far as is known.
    pub fn is_reachable(&self, aor: &str) -> bool {
        let registered = self.registrar.bindings(aor);
        registered.iter().any(|binding| !self.silent.contains(&binding.uri.to_string()))
            || self.statics.get(aor).is_some_and(|all| all.iter().any(|one| one.answers != Some(false)))
    }

    /// Where to reach an AoR: its latest registration, or its configured contact.
    pub fn reach(&self, aor: &str) -> Option<Reach> {
        if let Some(binding) = self.registrar.bindings(aor).last() {
            let route = binding.path.iter().map(|path| path.to_string()).collect();
            return Some(Reach { uri: binding.uri.clone(), flow: Some(binding.flow), route });
        }
        let contact = self.statics.get(aor)?.first()?;
        Some(Reach { uri: contact.uri.clone(), flow: None, route: Vec::new() })
    }

    pub fn flow_failed(&mut self, flow: &Flow) {
        self.registrar.flow_failed(*flow);
    }

    pub fn deadline(&self) -> Option<Duration> {
        let qualify = self.qualify.first().map(|(at, _)| *at);
        [self.registrar.deadline(), qualify].into_iter().flatten().min()
    }
}

impl UserAgent {
    pub(crate) fn register(&mut self, calls: &mut Calls, key: ServerKey, flow: Flow, request: &Request) {
        let now = calls.time().now;
        let name = match self.identify(now, &flow, request) {
            Identity::Endpoint(name) => name,
            Identity::Challenged(response) => return self.respond(now, key, *response),
        };
        let user = request.headers.to().map(|to| to.uri.user_unescaped()).unwrap_or_default();
        let aors = self.endpoint(&name).map(|endpoint| endpoint.aors.clone()).unwrap_or_default();
        // An endpoint registers its own AoRs and no others.
        let aor = aors.iter().find(|aor| ***aor == *user).and_then(|aor| self.registrations.aor(aor));
        let Some(aor) = aor else {
            // One that has none may not register at all.
            let status = if aors.is_empty() { 403 } else { 404 };
            return self.respond(now, key, Response::to(request, status));
        };
        let settings = AorSettings {
            default_expiration: aor.default_expiration,
            minimum_expiration: aor.minimum_expiration,
            maximum_expiration: aor.maximum_expiration,
            brief: Brief::Raise,
            max_contacts: aor.max_contacts as usize,
            remove_existing: aor.remove_existing,
        };
        let aor = aor.name.clone();
        let response = self.registrations.registrar.register(now, &aor, flow, request, &settings);
        let response = response.with("Server", self.config.user_agent.as_str());
        self.respond(now, key, response);
        self.tell_registrations(calls);
    }

    pub(crate) fn advance_registrations(&mut self, calls: &mut Calls) {
        let now = calls.time().now;
        self.registrations.registrar.advance(now);
        while let Some((at, aor)) = self.registrations.qualify.first().cloned() {
            if at > now {
                break;
            }
            self.registrations.qualify.remove(&(at, aor.clone()));
            let Some(every) = self.registrations.aor(&aor).map(|aor| aor.qualify_frequency) else { continue };
            let next = now + Duration::from_secs(u64::from(every.max(1)));
            self.registrations.qualify.insert((next, aor.clone()));
            self.qualify(now, &aor);
        }
        self.tell_registrations(calls);
    }

    /// Asks each contact of an AoR whether it is there.
    pub(crate) fn qualify(&mut self, now: Duration, aor: &Arc<str>) {
        let registered = self.registrations.registrar.bindings(aor);
        let mut targets: Vec<(Uri, Option<Flow>)> =
            registered.iter().map(|binding| (binding.uri.clone(), Some(binding.flow))).collect();
        if let Some(statics) = self.registrations.statics.get(aor) {
            targets.extend(statics.iter().map(|contact| (contact.uri.clone(), None)));
        }
        for (uri, flow) in targets {
            let Some(flow) = flow.or_else(|| self.flow_to(&uri)) else { continue };
            let contact = uri.to_string();
            let our = self.contact(&flow);
            let transactions = &mut self.transactions;
            let options = Request::build(Method::Options, uri.clone())
                .from(NameAddr::new(our.uri.clone()))
                .to(NameAddr::new(uri))
                .contact(our)
                .finish(&mut || transactions.random());
            let purpose = Purpose::Qualify { aor: aor.clone(), contact, sent: now };
            self.send_request(now, flow, options, purpose);
        }
    }

    /// A contact answered its OPTIONS after so long, or did not.
    pub(crate) fn qualified(
        &mut self,
        calls: &mut Calls,
        aor: &Arc<str>,
        contact: &str,
        round_trip: Option<Duration>,
    ) {
        let answers = round_trip.is_some();
        match round_trip {
            Some(time) => self.registrations.round_trips.insert(contact.to_owned(), time),
            None => self.registrations.round_trips.remove(contact),
        };
        let registered = self.registrations.registrar.bindings(aor);
        let is_registered = registered.iter().any(|binding| binding.uri.to_string() == contact);
        let changed = match is_registered {
            true if answers => self.registrations.silent.remove(contact),
            true => self.registrations.silent.insert(contact.to_owned()),
            false => {
                let statics = self.registrations.statics.get_mut(aor);
                let found = statics.and_then(|all| all.iter_mut().find(|one| one.uri.to_string() == contact));
                found.is_some_and(|one| one.answers.replace(answers) != Some(answers))
            }
        };
        if !changed {
            return;
        }
        let status = if answers { ContactStatus::Reachable } else { ContactStatus::Unreachable };
        let round_trip_us = round_trip.map(|time| time.as_micros().min(u128::from(u32::MAX)) as u32);
        for endpoint in self.endpoints_of(aor) {
            calls.report_contact(&endpoint, aor, contact.to_owned(), status, round_trip_us);
            self.show_endpoint(calls, &endpoint);
        }
    }

    fn endpoints_of(&self, aor: &str) -> Vec<Arc<str>> {
        let has = |endpoint: &&crate::config::Endpoint| endpoint.aors.iter().any(|name| **name == *aor);
        self.config.endpoints.iter().filter(has).map(|endpoint| endpoint.name.clone()).collect()
    }

    /// Tells what happened to registrations.
    fn tell_registrations(&mut self, calls: &mut Calls) {
        while let Some(event) = self.registrations.registrar.poll() {
            let (aor, binding, status) = match event {
                Event::Added { aor, binding } => (aor, binding, ContactStatus::NonQualified),
                Event::Refreshed { .. } => continue,
                Event::Removed { aor, binding } | Event::Expired { aor, binding } => {
                    (aor, binding, ContactStatus::Removed)
                }
            };
            let uri = binding.uri.to_string();
            if status == ContactStatus::Removed {
                self.registrations.silent.remove(&uri);
                self.registrations.round_trips.remove(&uri);
            }
            for endpoint in self.endpoints_of(&aor) {
                calls.report_contact(&endpoint, &aor, uri.clone(), status, None);
                self.show_endpoint(calls, &endpoint);
            }
        }
    }
}
