//! A transcript: one JSON object a line, each an exchange, a run of events or what a phone saw.
//!
//! * `{"step", "kind": "rest", "request": {…}, "response": {"status", "reason", "headers", "body"}}`
//! * `{"step", "kind": "events", "application", "events": […], "missing": […]}`: all events of one application's socket
//!   up to the last one awaited; `missing` names those that did not come in time
//! * `{"step", "kind": "sip", "seen": […], "missing": …}`: what the phone saw of one call since it was last asked

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::http::{Request, Response};

/// The headers of an answer that are compared.
const HEADERS: &[&str] = &[
    "server",
    "date",
    "cache-control",
    "www-authenticate",
    "allow",
    "location",
    "content-type",
    "content-length",
    "transfer-encoding",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-credentials",
    "upgrade",
    "connection",
    "sec-websocket-accept",
    "sec-websocket-protocol",
];

/// A REST exchange as an entry.
pub fn rest(step: &str, request: &Request, response: &Result<Response>) -> Value {
    let headers: Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut asked = json!({
        "method": request.method,
        "target": request.target,
        "user": request.user.word(),
        "headers": headers,
        "body": request.body.as_deref().map(shortened),
    });
    if request.version != "1.1" {
        asked["version"] = json!(request.version);
    }
    let answered = match response {
        Ok(response) => answer(response),
        Err(failure) => json!({ "failure": failure.to_string() }),
    };
    json!({ "step": step, "kind": "rest", "request": asked, "response": answered })
}

/// A long request body is only told by its length.
fn shortened(body: &str) -> String {
    if body.len() > 400 { format!("{} bytes", body.len()) } else { body.to_owned() }
}

/// An answer as a value.
pub fn answer(response: &Response) -> Value {
    let mut headers = Map::new();
    for (name, value) in &response.headers {
        if HEADERS.contains(&name.as_str()) {
            let value = match name.as_str() {
                "date" => "DATE".to_owned(),
                "content-length" if *value == response.body.len().to_string() => "LENGTH".to_owned(),
                _ => value.clone(),
            };
            headers.insert(name.clone(), json!(value));
        }
    }
    json!({ "status": response.status, "reason": response.reason, "headers": headers, "body": body(&response.body) })
}

/// A body: JSON as it is, text as a string, anything else by its first letters.
pub fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        return value;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with("RIFF") => json!(text),
        _ => {
            let start: String = bytes.iter().take(4).map(|byte| char::from(*byte)).collect();
            json!(format!("binary: {start}…"))
        }
    }
}

/// Writes the entries, one a line.
pub fn write(path: &Path, entries: &[Value]) -> Result<()> {
    let text: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads entries back.
pub fn read(path: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), number + 1))
        })
        .collect()
}
