//! SIP: what `pjsip.conf` says, who is where, and whole messages in the log.
//!
//! The listings are trees: an endpoint, its credentials, its addresses of record with their contacts, its channels. Each
//! level stands two columns further right, and what follows begins at the same column everywhere.

mod acts;
mod blocks;
mod gather;
mod options;

use switch::{ChannelsView, Query, View};

use super::super::answer::{Answer, Trouble};
use super::super::command::{Command, Complete};
use super::super::operator::Operator;
use super::super::value::Value;

pub(super) use acts::{QUALIFY, SEND_REGISTER, SEND_UNREGISTER, SET_LOGGER};

/// What is asked of the switch for a listing.
struct Found {
    sip: Box<signalling::view::View>,
    channels: ChannelsView,
}

async fn found(operator: &Operator) -> Result<Found, Trouble> {
    let sip = match operator.enquiries.ask(Query::Sip).await? {
        View::Sip(sip) => sip,
        _ => return Err(Trouble::Failed(String::new())),
    };
    match operator.enquiries.ask(Query::Channels).await? {
        View::Channels(channels) => Ok(Found { sip, channels }),
        _ => Err(Trouble::Failed(String::new())),
    }
}

/// A listing of one kind of object.
macro_rules! listing {
    ($name:ident, $words:literal, $summary:literal, $usage:literal, $gather:path, $layout:path) => {
        pub(super) const $name: Command = Command {
            words: $words,
            arguments: "",
            summary: $summary,
            usage: concat!("Usage: ", $words, "\n       ", $usage),
            complete: Complete::Nothing,
            run: |operator, call| {
                Box::pin(async move {
                    call.exactly::<0>()?;
                    let found = found(&operator).await?;
                    Ok(Answer::new($gather(&found), $layout))
                })
            },
        };
    };
}

/// One object by its name, with its options.
macro_rules! showing {
    ($name:ident, $words:literal, $summary:literal, $usage:literal, $complete:expr, $gather:path, $layout:path) => {
        pub(super) const $name: Command = Command {
            words: $words,
            arguments: "",
            summary: $summary,
            usage: concat!("Usage: ", $words, " <name>\n       ", $usage),
            complete: $complete,
            run: |operator, call| {
                Box::pin(async move {
                    let [name] = call.exactly()?;
                    let found = found(&operator).await?;
                    let mut all = match $gather(&found) {
                        Value::List(all) => all,
                        _ => Vec::new(),
                    };
                    all.retain(|object| object["name"] == Value::from(name));
                    match all.pop() {
                        Some(mut object) => {
                            options::add(&mut object, &found, name);
                            Ok(Answer::new(object, $layout))
                        }
                        None => Ok(Answer::said(format!("Unable to find object {name}.\n\n"))),
                    }
                })
            },
        };
    };
}

listing!(
    ENDPOINTS,
    "pjsip show endpoints",
    "Show PJSIP Endpoints",
    "Lists the endpoints and what belongs to each.",
    gather::endpoints,
    blocks::endpoints
);
listing!(
    AORS,
    "pjsip show aors",
    "Show PJSIP Aors",
    "Lists the addresses of record and their contacts.",
    gather::aors,
    blocks::aors
);
listing!(
    CONTACTS,
    "pjsip show contacts",
    "Show PJSIP Contacts",
    "Lists all contacts, registered and configured.",
    gather::contacts,
    blocks::contacts
);
listing!(
    AUTHS,
    "pjsip show auths",
    "Show PJSIP Auths",
    "Lists the credentials by name and user.",
    gather::auths,
    blocks::auths
);
listing!(
    TRANSPORTS,
    "pjsip show transports",
    "Show PJSIP Transports",
    "Lists where SIP listens.",
    gather::transports,
    blocks::transports
);
listing!(
    IDENTIFIES,
    "pjsip show identifies",
    "Show PJSIP Identifies",
    "Lists which addresses stand for which endpoint.",
    gather::identifies,
    blocks::identifies
);
listing!(
    CHANNELS,
    "pjsip show channels",
    "List PJSIP Channels",
    "Lists the SIP channels.",
    gather::channels,
    blocks::channels
);
listing!(
    REGISTRATIONS,
    "pjsip show registrations",
    "Show PJSIP Registrations",
    "Lists our registrations with others.",
    gather::registrations,
    blocks::registrations
);
listing!(
    SUBSCRIPTIONS,
    "pjsip show subscriptions inbound",
    "Show active inbound subscriptions",
    "Lists the subscriptions of phones.",
    gather::subscriptions,
    blocks::subscriptions
);
showing!(
    ENDPOINT,
    "pjsip show endpoint",
    "Show PJSIP Endpoint",
    "Shows an endpoint with its options.",
    Complete::Endpoint,
    gather::endpoints,
    blocks::endpoint
);
showing!(
    AOR,
    "pjsip show aor",
    "Show PJSIP Aor",
    "Shows an address of record with its options.",
    Complete::Aor,
    gather::aors,
    blocks::aor
);
showing!(
    AUTH,
    "pjsip show auth",
    "Show PJSIP Auth",
    "Shows credentials with their options; never the password.",
    Complete::Nothing,
    gather::auths,
    blocks::auth
);
