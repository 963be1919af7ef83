//! `/endpoints`

use call::Technology;
use serde_json::Value;
use stasis::{Command, Refusal};

use crate::refusal::refused;
use crate::service::Answered;
use crate::{Ari, Call, Operation, Response};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    match call.operation {
        Operation::EndpointsList => ari.shown(call, Command::Endpoints).await,
        Operation::EndpointsListByTech => {
            let technology = call.value("tech");
            // In a path the case matters.
            if Technology::from_word(technology).is_none_or(|known| known.word() != technology) {
                return Err(refused(call, Refusal::NoSuchTechnology));
            }
            ari.shown(call, Command::EndpointsOf(technology.to_owned())).await
        }
        Operation::EndpointsSendMessage => {
            let to = call.params.text("to").unwrap_or_default().to_owned();
            send(ari, call, to).await
        }
        Operation::EndpointsSendMessageToEndpoint => {
            let to = format!("{}:{}", call.value("tech"), call.value("resource"));
            send(ari, call, to).await
        }
        _ => {
            let (technology, resource) = (call.value("tech").to_owned(), call.value("resource").to_owned());
            ari.shown(call, Command::Endpoint { technology, resource }).await
        }
    }
}

/// Sends a text. Variables become headers.
async fn send(ari: &Ari, call: &Call, to: String) -> Answered {
    let text = |name: &str| call.params.text(name).unwrap_or_default().to_owned();
    let (from, body) = (text("from"), text("body"));
    if to.is_empty() || from.is_empty() {
        return Err(Response::error(400, "Missing parameter to or from"));
    }
    let variables = match call.params.body().and_then(|body| body.get("variables")) {
        Some(Value::Object(all)) => all.iter().filter_map(|(name, value)| variable(name, value)).collect(),
        _ => Vec::new(),
    };
    ari.ask(call, Command::SendMessage { to, from, body, variables }).await?;
    Ok(Response::accepted())
}

fn variable(name: &str, value: &Value) -> Option<(String, String)> {
    value.as_str().map(|value| (name.to_owned(), value.to_owned()))
}
