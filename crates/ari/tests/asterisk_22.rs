//! What Asterisk 22.10 answered to requests that need no call, asked here: status, reason and body are the same.

mod bench;

use std::collections::BTreeMap;

use bench::Bench;
use serde_json::Value;

const TRANSCRIPT: &str = include_str!("../../../tests/probe/asterisk-22.10.jsonl");

/// Parts of the transcript that no call takes part in.
const PARTS: &[&str] = &[
    "routes",
    "bodies",
    "asterisk",
    "endpoints",
    "nothing there",
    "events",
    "subscriptions",
    "wildcard subscription",
    "event filter",
    "unknown channel",
    "originate refused",
    "bridge without calls",
];

/// Steps that are answered otherwise here, and why.
const OTHERWISE: &[(&str, &str)] =
    &[("bridge without calls: destroy the one with a server's id", "an id that only Asterisk knows")];

/// In the transcript in place of what differs from run to run.
const PLACEHOLDERS: &[&str] = &["TIME", "EID", "BUILD", "VERSION", "LENGTH"];

fn same(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::String(name), Value::String(_)) if PLACEHOLDERS.contains(&name.as_str()) => true,
        (Value::String(one), Value::String(other)) => one == other || one.len() == 3 && one.starts_with("BR"),
        // Lists of resources are in no particular order.
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().all(|one| other.iter().any(|other| same(one, other)))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}

#[tokio::test]
async fn requests_without_a_call_are_answered_as_asterisk_answers_them() {
    let bench = Bench::start().await;
    let client = bench.client().await;
    let mut streams = BTreeMap::new();
    let (mut asked, mut differences) = (0, Vec::new());
    for line in TRANSCRIPT.lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let step = entry["step"].as_str().expect("a step");
        let part = step.split(':').next().unwrap_or_default();
        let (request, theirs) = (&entry["request"], &entry["response"]);
        if entry["kind"] != "rest"
            || !PARTS.contains(&part)
            || OTHERWISE.iter().any(|(name, _)| *name == step)
        {
            continue;
        }
        let (method, target) =
            (request["method"].as_str().expect("a method"), request["target"].as_str().expect("a target"));
        if request["upgrade"] == "websocket" {
            if let Some((_, query)) = target.split_once("app=").filter(|_| theirs["status"] == 101) {
                let app = query.split('&').next().unwrap_or_default().to_owned();
                streams.insert(app.clone(), client.events(&app).await.expect("an event stream"));
            }
            continue;
        }
        let kind = request["headers"]["Content-Type"].as_str().unwrap_or("text/plain");
        let large;
        let body = match request["body"].as_str() {
            Some("41033 bytes") => {
                large = "x".repeat(41_033);
                Some(large.as_str())
            }
            body => body,
        };
        let ours = bench.request(method, target, body.map(|body| (kind, body))).await;
        asked += 1;
        let body: Value = match serde_json::from_str(&ours.body) {
            Ok(json) => json,
            Err(_) if ours.body.is_empty() => Value::Null,
            Err(_) => Value::String(ours.body.clone()),
        };
        let alike = ours.status == theirs["status"]
            && ours.reason == theirs["reason"]
            // RFC 9110 §9.3.2: Asterisk sends a body to HEAD all the same.
            && (method == "HEAD" || same(&theirs["body"], &body));
        if !alike {
            differences.push(format!(
                "{step}\n  {method} {target}\n  theirs {} {} {}\n  ours   {} {} {}",
                theirs["status"], theirs["reason"], theirs["body"], ours.status, ours.reason, ours.body
            ));
        }
    }
    assert!(differences.is_empty(), "{} of {asked}:\n{}", differences.len(), differences.join("\n"));
    assert!(asked >= 120, "only {asked} were asked");
    drop(streams);
}
