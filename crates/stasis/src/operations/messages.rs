//! Texts to endpoints.

use call::message::TextToSend;
use call::{Calls, Technology};

use crate::reply::{Answer, Refusal, Reply};

/// Sends a text to `technology:destination`: an endpoint, or `endpoint/` and a URI.
pub(super) fn send(
    calls: &mut Calls,
    to: &str,
    from: String,
    body: String,
    variables: Vec<(String, String)>,
) -> Reply {
    let (technology, to) = to.split_once(':').ok_or(Refusal::NoSuchEndpoint)?;
    let technology = Technology::from_word(technology).ok_or(Refusal::NoSuchEndpoint)?;
    let endpoint = to.split(['/', '@']).next().unwrap_or_default();
    // `user@endpoint` names its endpoint behind.
    let known = [Some(endpoint), to.rsplit('@').next()];
    if !known.into_iter().flatten().any(|name| calls.endpoint_state(technology, name).is_some()) {
        return Err(Refusal::NoSuchEndpoint);
    }
    let text = TextToSend { technology, to: to.to_owned(), from, body, variables };
    if calls.send_text(text) { Ok(Answer::Done) } else { Err(Refusal::TooMany) }
}
