//! `/applications`: subscriptions and event filters.

use serde_json::Value;
use stasis::Command;

use crate::service::Answered;
use crate::{Ari, Call, Operation, Response};

/// Subscriptions to everything of a kind, which Asterisk does not take back but with the WebSocket.
const WILDCARDS: [&str; 3] = ["channel:", "bridge:", "endpoint:"];

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let application = call.value("applicationName").to_owned();
    match call.operation {
        Operation::ApplicationsList => ari.shown(call, Command::Applications).await,
        Operation::ApplicationsGet => ari.shown(call, Command::Application(application)).await,
        Operation::ApplicationsSubscribe => {
            let sources = sources(call)?;
            ari.shown(call, Command::Subscribe { application, sources }).await
        }
        Operation::ApplicationsUnsubscribe => {
            let sources = sources(call)?;
            if sources.iter().any(|source| WILDCARDS.contains(&source.as_str())) {
                ari.ask(call, Command::Application(application)).await?;
                return Err(Response::error(501, "Method not implemented"));
            }
            ari.shown(call, Command::Unsubscribe { application, sources }).await
        }
        _ => {
            let Some((allowed, disallowed)) = filter(call.params.body()) else {
                // That there is no such application is said first.
                ari.ask(call, Command::Application(application)).await?;
                return Err(Response::error(400, "Invalid format definition"));
            };
            ari.shown(call, Command::Filter { application, allowed, disallowed }).await
        }
    }
}

fn sources(call: &Call) -> Result<Vec<String>, Response> {
    let sources = call.params.list("eventSource")?;
    if sources.is_empty() { Err(Response::error(400, "Missing parameter eventSource")) } else { Ok(sources) }
}

type Lists = (Option<Vec<String>>, Option<Vec<String>>);

/// The lists of a filter; `None` where it is not one. Without either list both are cleared.
fn filter(body: Option<&Value>) -> Option<Lists> {
    let Some(body) = body else { return Some((Some(Vec::new()), Some(Vec::new()))) };
    match (body.get("allowed"), body.get("disallowed")) {
        (None, None) => Some((Some(Vec::new()), Some(Vec::new()))),
        (allowed, disallowed) => Some((types(allowed)?, types(disallowed)?)),
    }
}

/// `[{"type": …}, …]`
fn types(list: Option<&Value>) -> Option<Option<Vec<String>>> {
    let Some(list) = list else { return Some(None) };
    let name = |item: &Value| Some(item.get("type")?.as_str()?.to_owned());
    list.as_array()?.iter().map(name).collect::<Option<Vec<String>>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_without_lists_clears_both_and_one_list_leaves_the_other() {
        let cleared = Some((Some(vec![]), Some(vec![])));
        assert_eq!(filter(None), cleared);
        assert_eq!(filter(Some(&json!({}))), cleared);
        assert_eq!(
            filter(Some(&json!({"allowed": [{"type": "A"}, {"type": "B"}]}))),
            Some((Some(vec!["A".to_owned(), "B".to_owned()]), None))
        );
        assert_eq!(filter(Some(&json!({"disallowed": []}))), Some((None, Some(vec![]))));
        assert_eq!(filter(Some(&json!({"allowed": "x"}))), None);
        assert_eq!(filter(Some(&json!({"allowed": [{"name": "x"}]}))), None);
    }
}
