//! `/events/user`: events of an application's own. The event WebSocket is in [`crate::websocket`].

use serde_json::Value;
use stasis::Command;

use crate::service::Answered;
use crate::{Ari, Call, Response};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let application = call.params.text("application").unwrap_or_default().to_owned();
    if application.is_empty() {
        return Err(Response::error(400, "Missing parameter application"));
    }
    let variables = match call.params.body().and_then(|body| body.get("variables")) {
        None | Some(Value::Null) => "{}".to_owned(),
        Some(object @ Value::Object(_)) => object.to_string(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Err(Response::error(400, "Invalid userevent data"));
        }
    };
    let name = call.value("eventName").to_owned();
    let sources = call.params.list("source")?;
    ari.done(call, Command::UserEvent { application, name, sources, variables }).await
}
