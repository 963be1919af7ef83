//! Where each address of record can be reached: registered and configured contacts, and whether they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use sip::registrar::{Binding, Registrar};
use sip::{Flow, Uri};

use crate::config::{Aor, Config};
use crate::dial_string::route;
use crate::locate::Target;

/// Parameter of a rewritten contact that keeps the host it had (`x-ast-orig-host`, Asterisk's word).
pub(crate) const ORIGINAL_HOST: &str = "x-ast-orig-host";

/// What the last OPTIONS said of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Health {
    /// Whether it answered; `None` before the first time.
    pub answers: Option<bool>,
    /// How long the answer took, microseconds.
    pub round_trip_us: Option<u32>,
}

/// All contacts of all AoRs.
pub(crate) struct Contacts {
    pub registrar: Registrar,
    aors: BTreeMap<Arc<str>, Aor>,
    statics: BTreeMap<Arc<str>, Vec<Uri>>,
    health: BTreeMap<(Arc<str>, String), Health>,
    /// When each AoR's contacts are asked next.
    pub qualify: BTreeSet<(Duration, Arc<str>)>,
}

impl Contacts {
    pub fn new() -> Contacts {
        Contacts {
            registrar: Registrar::new(),
            aors: BTreeMap::new(),
            statics: BTreeMap::new(),
            health: BTreeMap::new(),
            qualify: BTreeSet::new(),
        }
    }

    /// Takes new configuration. `delay` says how long the first question to an AoR's contacts waits, given how often
    /// they are asked; an AoR that was asked before keeps its turn.
    pub fn configure(&mut self, config: &Config, now: Duration, delay: &mut dyn FnMut(Duration) -> Duration) {
        let before = std::mem::take(&mut self.aors);
        self.aors = config.aors.iter().map(|aor| (aor.name.clone(), aor.clone())).collect();
        let parse = |text: &String| Uri::parse(text.as_str()).ok();
        let contacts = |aor: &Aor| aor.contacts.iter().filter_map(parse).collect::<Vec<Uri>>();
        self.statics = self.aors.iter().map(|(name, aor)| (name.clone(), contacts(aor))).collect();
        let every = |aor: &Aor| aor.qualify_frequency;
        self.qualify.retain(|(_, name)| before.get(name).map(every) == self.aors.get(name).map(every));
        let waiting: BTreeSet<Arc<str>> = self.qualify.iter().map(|(_, name)| name.clone()).collect();
        for (name, aor) in self.aors.iter().filter(|(name, aor)| every(aor) > 0 && !waiting.contains(*name)) {
            let first = delay(Duration::from_secs(u64::from(every(aor))));
            self.qualify.insert((now + first, name.clone()));
        }
        let gone: Vec<_> = self
            .registrar
            .iter()
            .filter(|(aor, _)| !self.aors.contains_key(aor.as_str()))
            .flat_map(|(aor, bindings)| bindings.iter().map(|b| (aor.clone(), b.id)).collect::<Vec<_>>())
            .collect();
        gone.into_iter().for_each(|(aor, id)| self.registrar.remove(&aor, id));
        let health = std::mem::take(&mut self.health);
        self.health = health.into_iter().filter(|((aor, contact), _)| self.has(aor, contact)).collect();
    }

    pub fn deadline(&self) -> Option<Duration> {
        let asked = self.qualify.first().map(|(at, _)| *at);
        [asked, self.registrar.deadline()].into_iter().flatten().min()
    }

    pub fn aor(&self, name: &str) -> Option<&Aor> {
        self.aors.get(name)
    }

    /// Whether a contact is known.
    pub fn has(&self, aor: &str, contact: &str) -> bool {
        self.contacts(aor).any(|(uri, _)| uri.to_string() == contact)
    }

    /// Every contact of an AoR, with its binding where it registered: the latest first, then the configured ones.
    pub fn contacts(&self, aor: &str) -> impl Iterator<Item = (&Uri, Option<&Binding>)> {
        let registered = self.registrar.bindings(aor).iter().rev().map(|b| (&b.uri, Some(b)));
        registered.chain(self.statics.get(aor).into_iter().flatten().map(|uri| (uri, None)))
    }

    pub fn health(&self, aor: &str, contact: &str) -> Health {
        self.health.get(&(Arc::from(aor), contact.to_owned())).copied().unwrap_or_default()
    }

    /// Keeps what an OPTIONS said; what it said before is returned.
    pub fn set_health(&mut self, aor: &Arc<str>, contact: &str, health: Health) -> Health {
        let id = self.registrar.bindings(aor).iter().find(|b| b.uri.to_string() == contact).map(|b| b.id);
        if let Some(id) = id {
            self.registrar.set_available(aor, id, health.answers != Some(false));
        }
        self.health.insert((aor.clone(), contact.to_owned()), health).unwrap_or_default()
    }

    pub fn forget_health(&mut self, aor: &str, contact: &str) {
        self.health.remove(&(Arc::from(aor), contact.to_owned()));
    }

    /// Whether any contact of the AoR is there: one that is asked has to have answered.
    pub fn is_reachable(&self, aor: &str) -> bool {
        let is_asked = self.aor(aor).is_some_and(|aor| aor.qualify_frequency > 0);
        self.contacts(aor).any(|(uri, _)| match self.health(aor, &uri.to_string()).answers {
            Some(answers) => answers,
            None => !is_asked,
        })
    }

    /// The contacts that are not known to be silent, as a dial string names them.
    pub fn dialable(&self, aor: &str) -> impl Iterator<Item = String> {
        let all = self.contacts(aor).map(|(uri, _)| uri.to_string());
        let silent: Vec<String> = self
            .contacts(aor)
            .map(|(uri, _)| uri.to_string())
            .filter(|uri| self.health(aor, uri).answers == Some(false))
            .collect();
        all.filter(move |uri| !silent.contains(uri))
    }

    /// The way to a contact of an AoR by its URI.
    pub fn find(&self, aor: &str, contact: &str) -> Option<Target> {
        let (uri, binding) = self.contacts(aor).find(|(uri, _)| uri.to_string() == contact)?;
        Some(self.target(aor, uri, binding))
    }

    /// Where to reach an AoR: the latest registration that is not known to be silent, else such a configured contact.
    pub fn reach(&self, aor: &str) -> Option<Target> {
        let answers = |uri: &Uri| self.health(aor, &uri.to_string()).answers != Some(false);
        let (uri, binding) = self.contacts(aor).find(|(uri, _)| answers(uri))?;
        Some(self.target(aor, uri, binding))
    }

    /// The way to one contact of an AoR.
    pub fn target(&self, aor: &str, uri: &Uri, binding: Option<&Binding>) -> Target {
        let mut target = Target::at(uri.clone());
        // What was only for us to remember is not sent.
        target.uri.params.remove(ORIGINAL_HOST);
        if let Some(proxy) = self.aor(aor).and_then(|aor| aor.outbound_proxy.as_ref()) {
            target.route.push(route(proxy));
        }
        if let Some(binding) = binding {
            target.route.extend(binding.path.iter().map(ToString::to_string));
            target.flow = self.flow_back(binding);
        }
        target
    }

    /// The flow that a contact registered by is the way back to it (RFC 5626) where it is a connection, or where the
    /// contact is the very address it came from. A contact that names another place is looked for there.
    fn flow_back(&self, binding: &Binding) -> Option<Flow> {
        let same = binding.uri.host_ip() == Some(binding.flow.remote.ip())
            && binding.uri.port_or_default() == binding.flow.remote.port();
        (same || binding.flow.transport.is_reliable() || !binding.path.is_empty()).then_some(binding.flow)
    }
}
