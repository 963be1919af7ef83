//! REST over the event WebSocket: a request as a message, its answer as an event.

use ari_model::RestResponse;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::{Ari, Body, Headers, Operation, Params, Request, Response};

/// What the upgrade request proved itself with; each request over the socket is checked with it anew.
#[derive(Debug)]
pub(crate) struct Credentials {
    authorization: Option<String>,
    api_key: Option<String>,
}

impl Credentials {
    /// Those of the upgrade request.
    pub(crate) fn of(request: &Request, params: &Params) -> Credentials {
        Credentials {
            authorization: request.headers.first("Authorization").map(str::to_owned),
            api_key: params.text("api_key").map(str::to_owned),
        }
    }
}

/// Works the text of a message; what comes back is the text of the answer, an event `RESTResponse`.
pub(crate) async fn answer(ari: &Ari, credentials: &Credentials, application: String, text: &str) -> String {
    let mut event = RestResponse { application, ..RestResponse::default() };
    match serde_json::from_str::<Value>(text) {
        Ok(message) => {
            let member = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
            member("transaction_id").clone_into(&mut event.transaction_id);
            member("request_id").clone_into(&mut event.request_id);
            // The query is no part of what is told back.
            event.uri = member("uri").split('?').next().unwrap_or_default().to_owned();
            fill(&mut event, carry_out(ari, credentials, &message).await);
        }
        Err(_) => {
            event.status_code = 400;
            event.reason_phrase = "Failed to parse request message JSON".to_owned();
        }
    }
    event.timestamp = ari.facts.now();
    event.asterisk_id = Some(ari.facts.asterisk_id.clone());
    ari.front.print(&ari_model::Event::from(event))
}

async fn carry_out(ari: &Ari, credentials: &Credentials, message: &Value) -> Response {
    let request = match request(ari, credentials, message) {
        Ok(request) => request,
        Err(refusal) => return refusal,
    };
    let call = match ari.front.admit(&request) {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    if call.operation == Operation::EventsEventWebsocket {
        return bad("An event WebSocket cannot be opened over an event WebSocket.");
    }
    let response = ari.dispatch(&call).await;
    match response.body {
        Body::File { .. } => Response::error(406, "Binary data cannot be sent over an event WebSocket."),
        Body::Empty | Body::Json(_) | Body::Html(_) => response,
    }
}

fn bad(text: &str) -> Response {
    Response::error(400, text).because("Bad request")
}

/// The request that a message stands for.
fn request(ari: &Ari, credentials: &Credentials, message: &Value) -> Result<Request, Response> {
    let member = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
    match message.get("type").and_then(Value::as_str) {
        None => return Err(bad("No 'type' property.")),
        Some("RESTRequest") => {}
        Some(_) => return Err(bad("Unknown request type.")),
    }
    if member("uri").is_empty() {
        return Err(bad("Empty or missing 'uri' property."));
    }
    let method = member("method");
    if !["GET", "POST", "PUT", "DELETE", "OPTIONS"].contains(&method) {
        return Err(bad("Unknown or missing 'method' property."));
    }
    let (path, query) = member("uri").split_once('?').unwrap_or((member("uri"), ""));
    let mut query = query.to_owned();
    let mut field = |name: &str, value: &str| {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&format!("{}={}", encode(name), encode(value)));
    };
    for pair in message.get("query_strings").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| pair.get(name).and_then(Value::as_str).unwrap_or_default();
        field(part("name"), part("value"));
    }
    let mut headers = Headers::default();
    if let Some(authorization) = &credentials.authorization {
        headers.push("Authorization", authorization);
    }
    if let Some(key) = &credentials.api_key {
        field("api_key", key);
    }
    let body = match message.get("message_body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(body)) => {
            let kind = member("content_type");
            if kind.is_empty() {
                return Err(bad("Missing 'content_type' property."));
            }
            headers.push("Content-Type", kind);
            body.clone().into_bytes()
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(bad("'message_body' must be a string."));
        }
    };
    let path = format!("{}/ari/{}", ari.front.prefix, path.trim_start_matches('/'));
    Ok(Request { method: method.to_owned(), path, query, headers, body })
}

fn fill(event: &mut RestResponse, response: Response) {
    event.status_code = response.status.into();
    event.reason_phrase = response.reason_phrase().to_owned();
    let (kind, body) = match response.body {
        Body::Empty | Body::File { .. } => return,
        Body::Json(text) => ("application/json", text),
        Body::Html(text) => ("text/html", text),
    };
    event.content_type = Some(kind.to_owned());
    event.message_body = Some(body);
}

impl crate::Front {
    /// JSON, laid out for people where `pretty` is set.
    pub(crate) fn print(&self, value: &impl Serialize) -> String {
        let printed =
            if self.pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
        printed.expect("our own types print as JSON")
    }
}
