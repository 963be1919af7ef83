//! What a listing shows, as values.

use md5::{Digest as _, Md5};
use signalling::config::{Auth, Endpoint, Identify, Transport};
use signalling::view::{Contact, ContactState};
use switch::ChannelView;

use super::Found;
use crate::console::commands::channels::now_ms;
use crate::console::value::{Value, record};

pub(super) fn endpoints(found: &Found) -> Value {
    let mut endpoints: Vec<&Endpoint> = found.sip.config.endpoints.iter().collect();
    endpoints.sort_by(|one, other| one.name.cmp(&other.name));
    endpoints.into_iter().map(|endpoint| self::endpoint(found, endpoint)).collect()
}

fn endpoint(found: &Found, endpoint: &Endpoint) -> Value {
    let config = &found.sip.config;
    let channels: Vec<&ChannelView> =
        found.channels.channels.iter().filter(|view| view.channel.endpoint == endpoint.name).collect();
    let named = |names: &[std::sync::Arc<str>]| {
        let of = |name: &std::sync::Arc<str>| config.auths.iter().find(|auth| auth.name == *name);
        names.iter().filter_map(of).map(auth).collect::<Value>()
    };
    let transport =
        endpoint.transport.as_ref().and_then(|name| config.transports.iter().find(|one| one.name == *name));
    let number = endpoint.identity.caller_id.as_ref().map(|party| party.number.as_str()).unwrap_or_default();
    let limit = endpoint.subscriptions.device_state_busy_at;
    record! {
        "name" => &endpoint.name,
        "caller_number" => number,
        "state" => device_state(found, endpoint, &channels),
        "active_channels" => channels.len(),
        "most_channels" => (limit > 0).then_some(limit),
        "inbound_auths" => named(&endpoint.auths),
        "outbound_auths" => named(&endpoint.outbound_auths),
        "aors" => endpoint.aors.iter().map(|name| aor(found, name)).collect::<Value>(),
        "transport" => transport.map(self::transport),
        "identifies" => config
            .identifies
            .iter()
            .filter(|identify| identify.endpoint == endpoint.name)
            .map(identify)
            .collect::<Value>(),
        "channels" => channels.into_iter().map(channel).collect::<Value>(),
    }
}

/// In the words of Asterisk's device states.
fn device_state(found: &Found, endpoint: &Endpoint, channels: &[&ChannelView]) -> &'static str {
    use call::ChannelState as State;
    let is = |wanted: State| channels.iter().any(|view| view.channel.state == wanted);
    let contacts = || found.sip.contacts.iter().filter(|contact| endpoint.aors.contains(&contact.aor));
    let is_busy = endpoint.subscriptions.device_state_busy_at as usize;
    if is_busy > 0 && channels.len() >= is_busy {
        "Busy"
    } else if is(State::Up) {
        "In use"
    } else if is(State::Ringing) {
        "Ringing"
    } else if !channels.is_empty() {
        "In use"
    } else if contacts().any(|contact| contact.state != ContactState::Unavailable) {
        "Not in use"
    } else {
        "Unavailable"
    }
}

pub(super) fn aors(found: &Found) -> Value {
    let mut names: Vec<&std::sync::Arc<str>> = found.sip.config.aors.iter().map(|aor| &aor.name).collect();
    names.sort();
    names.into_iter().map(|name| aor(found, name)).collect()
}

fn aor(found: &Found, name: &std::sync::Arc<str>) -> Value {
    let most = found.sip.config.aors.iter().find(|aor| aor.name == *name).map(|aor| aor.max_contacts);
    record! {
        "name" => name,
        "max_contacts" => most,
        "contacts" => found.sip.contacts.iter().filter(|contact| contact.aor == *name).map(contact).collect::<Value>(),
    }
}

pub(super) fn contacts(found: &Found) -> Value {
    let mut contacts: Vec<&Contact> = found.sip.contacts.iter().collect();
    contacts.sort_by(|one, other| (&one.aor, &one.uri).cmp(&(&other.aor, &other.uri)));
    contacts.into_iter().map(contact).collect()
}

fn contact(contact: &Contact) -> Value {
    let status = match contact.state {
        ContactState::NotQualified => "NonQual",
        ContactState::Available => "Avail",
        ContactState::Unavailable => "Unavail",
    };
    let digest = Md5::digest(contact.uri.as_bytes());
    let hash = digest.iter().take(5).map(|octet| format!("{octet:02x}")).collect::<String>();
    let micros = contact.round_trip.map(|time| i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    record! {
        "aor" => &contact.aor,
        "uri" => contact.uri.as_str(),
        "hash" => hash,
        "status" => status,
        "round_trip_ms" => micros.map_or(Value::Nothing, Value::Thousandths),
        "expires_in_s" => contact.expires_in_s,
        "user_agent" => contact.user_agent.as_str(),
        "call_id" => contact.call_id.as_str(),
        "path" => contact.path.iter().map(|hop| Value::from(hop.as_str())).collect::<Value>(),
        "source" => contact.source.map(|source| source.to_string()),
    }
}

pub(super) fn auths(found: &Found) -> Value {
    let mut auths: Vec<&Auth> = found.sip.config.auths.iter().collect();
    auths.sort_by(|one, other| one.name.cmp(&other.name));
    auths.into_iter().map(auth).collect()
}

fn auth(auth: &Auth) -> Value {
    record! { "name" => &auth.name, "username" => auth.username.as_str(), "realm" => auth.realm.as_str() }
}

pub(super) fn transports(found: &Found) -> Value {
    let mut transports: Vec<&Transport> = found.sip.config.transports.iter().collect();
    transports.sort_by(|one, other| one.name.cmp(&other.name));
    transports.into_iter().map(transport).collect()
}

fn transport(transport: &Transport) -> Value {
    record! {
        "name" => &transport.name,
        "type" => transport.protocol.as_str().to_ascii_lowercase(),
        "cos" => 0_u32,
        "tos" => 0_u32,
        "bind" => transport.bind.to_string(),
    }
}

pub(super) fn identifies(found: &Found) -> Value {
    let mut identifies: Vec<&Identify> = found.sip.config.identifies.iter().collect();
    identifies.sort_by(|one, other| one.name.cmp(&other.name));
    identifies.into_iter().map(identify).collect()
}

fn identify(identify: &Identify) -> Value {
    let networks =
        identify.matches.iter().map(|(address, length)| Value::from(format!("{address}/{length}")));
    let header = identify.match_header.iter().map(|(name, _)| Value::from(format!("header {name}")));
    record! {
        "name" => &identify.name,
        "endpoint" => &identify.endpoint,
        "matches" => networks.chain(header).collect::<Value>(),
    }
}

pub(super) fn channels(found: &Found) -> Value {
    found.channels.channels.iter().map(channel).collect()
}

fn channel(view: &ChannelView) -> Value {
    crate::console::commands::channels::channel(view, now_ms())
}

pub(super) fn registrations(found: &Found) -> Value {
    let registrations = found.sip.registrations.iter().map(|one| {
        record! {
            "name" => &one.name,
            "server_uri" => one.server_uri.as_str(),
            "client_uri" => one.client_uri.as_str(),
            "auth" => one.auth.as_str(),
            "status" => one.state.word(),
            "expires_in_s" => one.expires_in_s,
            "next_in_s" => one.next_in_s,
            "retries" => one.retries,
        }
    });
    registrations.collect()
}

pub(super) fn subscriptions(found: &Found) -> Value {
    let subscriptions = found.sip.subscriptions.iter().map(|one| {
        record! {
            "endpoint" => &one.endpoint,
            "resource" => one.resource.as_str(),
            "event" => one.event.as_str(),
            "expires_in_s" => one.expires_in_s,
            "call_id" => one.call_id.as_str(),
        }
    });
    subscriptions.collect()
}
