//! The channels that one Dial calls, and what became of each.

use std::sync::Arc;

use call::event::DialStatus;
use call::{
    Calls, Cause, ChannelKey, ChannelState, Dialing, Left, LogLevel, NewChannel, Party, Position, Technology,
};

use super::counted;
use crate::walk::Here;

/// Most destinations of one Dial; the rest is not called.
const MAX_DESTINATIONS: usize = 100;

/// All that one Dial calls.
pub(super) struct Attempts {
    /// Those that may still answer, with what was dialled.
    left: Vec<(ChannelKey, String)>,
    /// How many destinations there were.
    destinations: usize,
    /// How those that failed count.
    failed: Vec<DialStatus>,
    /// Some could be dialled at all.
    dialled: bool,
    given_up: bool,
}

/// Why nothing can be dialled.
#[derive(Clone, Copy)]
struct CannotDial(Cause);

impl Attempts {
    /// Dials each destination.
    pub async fn begin(here: &Here, destinations: &str) -> Result<Attempts, Left> {
        let exten = here.at.exten.clone();
        let context = here.at.context.clone();
        let destinations: Vec<String> = destinations
            .split('&')
            .map(|destination| destination.trim().to_owned())
            .filter(|destination| !destination.is_empty())
            .take(MAX_DESTINATIONS)
            .collect();
        here.chan
            .with(move |calls, caller| {
                let mut attempts = Attempts {
                    left: Vec::new(),
                    destinations: destinations.len(),
                    failed: Vec::new(),
                    dialled: false,
                    given_up: false,
                };
                for destination in &destinations {
                    match begin(calls, caller, destination, &context, &exten) {
                        Ok(begun) => attempts.left.push(begun),
                        Err(CannotDial(cause)) => {
                            let line = format!("`{destination}` cannot be dialled: {}", cause.text());
                            calls.log(LogLevel::Warning, line);
                            calls.set_peer_cause(caller, cause);
                            attempts.failed.extend(counted(cause));
                        }
                    }
                }
                attempts.dialled = !attempts.left.is_empty();
                for (branch, _) in &attempts.left {
                    calls.dial(*branch, Dialing::Branch, None);
                }
                attempts
            })
            .await
    }

    /// Whether somebody may still answer.
    pub fn any_left(&self) -> bool {
        !self.left.is_empty()
    }

    /// Whether this channel may still answer.
    pub fn has(&self, channel: ChannelKey) -> bool {
        self.left.iter().any(|(left, _)| *left == channel)
    }

    /// Whether nobody else was to be called, so that early media has one source.
    pub fn is_only_one(&self) -> bool {
        self.destinations == 1
    }

    /// What was dialled to reach a channel.
    pub fn dial_string(&self, channel: ChannelKey) -> String {
        let found = self.left.iter().find(|(left, _)| *left == channel);
        found.map(|(_, dial_string)| dial_string.clone()).unwrap_or_default()
    }

    /// One ended before it answered.
    pub async fn ended(&mut self, here: &Here, channel: ChannelKey, cause: Cause) -> Result<(), Left> {
        self.left.retain(|(left, _)| *left != channel);
        self.failed.extend(counted(cause));
        here.chan
            .with(move |calls, key| {
                calls.set_peer_cause(key, cause);
                // The caller may have heard its early media.
                calls.leave_bridge(key);
            })
            .await
    }

    /// The time is over.
    pub async fn give_up(&mut self, here: &Here) -> Result<(), Left> {
        self.given_up = true;
        let left: Vec<ChannelKey> = self.left.drain(..).map(|(channel, _)| channel).collect();
        here.chan
            .with(move |calls, key| {
                calls.leave_bridge(key);
                for channel in left {
                    calls.end(channel, Cause::NO_ANSWER);
                }
            })
            .await
    }

    /// How it went where nobody answered: busy comes before congestion, and that before not being there; where one
    /// merely did not answer, so did they all.
    pub fn status(&self) -> DialStatus {
        if !self.dialled {
            return DialStatus::ChanUnavail;
        }
        if self.given_up || self.failed.len() < self.destinations {
            return DialStatus::NoAnswer;
        }
        [DialStatus::Busy, DialStatus::Congestion]
            .into_iter()
            .find(|status| self.failed.contains(status))
            .unwrap_or(DialStatus::ChanUnavail)
    }
}

/// Makes the channel of a destination, `technology/resource`.
fn begin(
    calls: &mut Calls,
    caller: ChannelKey,
    destination: &str,
    context: &str,
    exten: &str,
) -> Result<(ChannelKey, String), CannotDial> {
    let (technology, resource) = destination.split_once('/').ok_or(CannotDial(Cause::NO_ROUTE))?;
    // Asterisk's cause for a technology it does not have, and for an endpoint.
    let technology = Technology::from_word(technology).ok_or(CannotDial(Cause(66)))?;
    let endpoint = endpoint_of(resource);
    if calls.endpoint(technology, endpoint).is_none() {
        return Err(CannotDial(Cause(6)));
    }
    let from = calls.snapshot(caller).ok_or(CannotDial(Cause::NORMAL))?;
    let context = calls.endpoint_context(technology, endpoint).unwrap_or(context).to_owned();
    let channel = calls
        .create(NewChannel {
            id: None,
            technology,
            endpoint: endpoint.into(),
            dial_string: resource.to_owned(),
            state: ChannelState::Down,
            protocol_id: Arc::from(""),
            caller: Party::new("", exten),
            connected: from.caller.clone(),
            dialplan: Position {
                context,
                exten: exten.to_owned(),
                priority: 1,
                app_name: "AppDial".to_owned(),
                app_data: "(Outgoing Line)".to_owned(),
            },
            account_code: String::new(),
            language: from.language.clone(),
            variables: calls.inherited_variables(caller),
            owner: Some(caller),
            launch: None,
        })
        .map_err(|_| CannotDial(Cause::CONGESTION))?;
    calls.set_variable(Some(channel), "DIALEDPEERNUMBER", Some(resource.to_owned()));
    Ok((channel, resource.to_owned()))
}

/// The endpoint of `endpoint`, `endpoint/sip:uri` or `user@endpoint`.
fn endpoint_of(resource: &str) -> &str {
    match resource.split_once('/') {
        Some((endpoint, _)) => endpoint,
        None => resource.rsplit_once('@').map_or(resource, |(_, endpoint)| endpoint),
    }
}
