//! What a dial string means: the endpoint, and where it is called.

use std::sync::Arc;

use call::{Calls, Cause, ChannelKey};
use sip::Uri;

use crate::agent::UserAgent;
use crate::config::Endpoint;
use crate::locate::{Bound, Target};

impl UserAgent {
    /// The endpoint and target of a dial string, as `chan_pjsip` reads it: `endpoint`, `endpoint/aor`,
    /// `endpoint/sip:user@host`, or `user@endpoint` at the host of the endpoint's contact.
    pub(crate) fn locate(&self, dialled: &str) -> Result<(Arc<str>, Target), Cause> {
        let (name, place, user) = match (dialled.split_once('/'), dialled.split_once('@')) {
            (Some((name, place)), _) => (name, Some(place), None),
            (None, Some((user, name))) => (name, None, Some(user)),
            (None, None) => (dialled, None, None),
        };
        let endpoint = self.endpoint(name).ok_or(Cause::NO_ROUTE)?;
        if let Some(uri) = place.filter(|place| place.starts_with("sip:") || place.starts_with("sips:")) {
            // A contact of the endpoint's own keeps the way that it registered by.
            if let Some(target) = endpoint.aors.iter().find_map(|aor| self.contacts.find(aor, uri)) {
                return Ok((endpoint.name.clone(), self.towards(endpoint, target)));
            }
            let uri = Uri::parse(uri).map_err(|_| Cause::NO_ROUTE)?;
            return Ok((endpoint.name.clone(), self.towards(endpoint, Target::at(uri))));
        }
        let reach = match place.filter(|place| self.contacts.aor(place).is_some()) {
            Some(aor) => self.contacts.reach(aor),
            None => endpoint.aors.iter().find_map(|aor| self.contacts.reach(aor)),
        };
        let mut target = reach.ok_or(Cause::SUBSCRIBER_ABSENT)?;
        // A place that is no AoR is a user at the endpoint's contact.
        let user = user.or(place.filter(|place| self.contacts.aor(place).is_none()));
        if let Some(user) = user {
            target.uri.user = Some(sip::escape_user(user).into());
        }
        Ok((endpoint.name.clone(), self.towards(endpoint, target)))
    }

    /// What the endpoint adds on the way: its outbound proxy before all else, and its transport.
    pub(crate) fn towards(&self, endpoint: &Endpoint, mut target: Target) -> Target {
        if let Some(proxy) = &endpoint.outbound_proxy
            && target.flow.is_none()
        {
            target.route.insert(0, route(proxy));
        }
        target.transport = target.transport.or_else(|| endpoint.transport.clone());
        target
    }

    /// Finds the way of a call and places it.
    pub(crate) fn find_flow(&mut self, calls: &mut Calls, channel: ChannelKey, target: Target) {
        self.seek(calls, Bound::Call(channel), target);
    }
}

/// A configured proxy as a Route.
pub(crate) fn route(proxy: &str) -> String {
    match proxy.starts_with('<') {
        true => proxy.to_owned(),
        false => format!("<{proxy}>"),
    }
}
