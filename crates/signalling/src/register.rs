//! REGISTER from phones (RFC 3261 §10.3), and what it changes.

use call::Calls;
use call::event::ContactStatus;
use sip::registrar::{AorSettings, Brief, Event};
use sip::{Flow, Request, Response, ServerKey};

use crate::agent::UserAgent;
use crate::config::{Aor, Endpoint};
use crate::identify::Identity;
use crate::nat;

impl UserAgent {
    pub(crate) fn register(&mut self, calls: &mut Calls, key: ServerKey, flow: Flow, request: &Request) {
        let now = calls.time().now;
        let name = match self.identify(calls, &flow, request) {
            Identity::Endpoint(name) => name,
            Identity::Refused(response) => return self.refuse(now, key, &flow, *response),
        };
        let Some(endpoint) = self.endpoint(&name).cloned() else { return };
        let response = self.bind(calls, flow, request, &endpoint);
        let response = response.with("Server", self.config.user_agent.as_str());
        self.respond(now, key, response);
        self.tell_registrations(calls);
    }

    /// Changes the contacts of the AoR that a REGISTER names, and gives its answer.
    fn bind(&mut self, calls: &Calls, flow: Flow, request: &Request, endpoint: &Endpoint) -> Response {
        let Some(aor) = self.aor_of(request, endpoint) else {
            // One that has none may not register at all.
            let status = if endpoint.aors.is_empty() { 403 } else { 404 };
            return Response::to(request, status);
        };
        let settings = settings(aor);
        let aor = aor.name.clone();
        let time = calls.time();
        // Behind a proxy the source is the proxy's: Path leads back (RFC 3327).
        let rewrites = endpoint.rewrite_contact && request.headers.value("Path").is_none();
        let rewritten = rewrites.then(|| nat::rewrite_contacts(request, &flow)).flatten();
        let request = rewritten.as_ref().unwrap_or(request);
        let mut response = self.contacts.registrar.register(time.now, &aor, flow, request, &settings);
        if response.is_success() {
            nat::restore_contacts(&mut response);
            response.headers.push("Date", crate::date::of(time.unix_ms));
        }
        response
    }

    /// An endpoint registers its own AoRs and no others.
    fn aor_of(&self, request: &Request, endpoint: &Endpoint) -> Option<&Aor> {
        let to = request.headers.to().ok()?.uri;
        let user = to.user_unescaped();
        let domain = self.domain(&to.host);
        let with_domain = format!("{user}@{domain}");
        let own = |name: &str| endpoint.aors.iter().find(|aor| ***aor == *name);
        let found = own(&with_domain).filter(|_| !self.config.global.disable_multi_domain);
        found.or_else(|| own(&user)).and_then(|aor| self.contacts.aor(aor))
    }

    /// Tells what happened to registrations.
    pub(crate) fn tell_registrations(&mut self, calls: &mut Calls) {
        while let Some(event) = self.contacts.registrar.poll() {
            let (aor, binding, status) = match event {
                Event::Added { aor, binding } => (aor, binding, ContactStatus::NonQualified),
                Event::Refreshed { .. } => continue,
                Event::Removed { aor, binding } | Event::Expired { aor, binding } => {
                    (aor, binding, ContactStatus::Removed)
                }
            };
            let uri = binding.uri.to_string();
            if status == ContactStatus::Removed {
                self.contacts.forget_health(&aor, &uri);
            }
            for endpoint in self.endpoints_of(&aor) {
                calls.report_contact(&endpoint, &aor, uri.clone(), status, None);
                self.show_endpoint(calls, &endpoint);
                if status == ContactStatus::NonQualified {
                    self.tell_mailboxes_to(calls, &endpoint, &aor, &uri);
                }
            }
            if status == ContactStatus::NonQualified {
                self.qualify_new(calls, &aor.as_str().into(), &uri);
            }
        }
    }
}

fn settings(aor: &Aor) -> AorSettings {
    AorSettings {
        default_expiration: aor.default_expiration,
        minimum_expiration: aor.minimum_expiration,
        maximum_expiration: aor.maximum_expiration,
        brief: Brief::Raise,
        max_contacts: aor.max_contacts as usize,
        remove_existing: aor.remove_existing,
        remove_unavailable: aor.remove_unavailable,
        support_path: aor.support_path,
    }
}
