//! The committed transcript is complete: nothing in it failed or was waited for in vain.

use std::path::Path;

use probe::{deviations, diff, transcript};

fn recorded() -> Vec<serde_json::Value> {
    transcript::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("asterisk-22.10.jsonl"))
        .expect("it is committed")
}

#[test]
fn it_holds_the_requests_and_calls_that_were_promised() {
    let entries = recorded();
    let requests = entries.iter().filter(|entry| entry["kind"] == "rest").count();
    let calls =
        entries.iter().filter(|entry| entry["kind"] == "events").flat_map(|entry| entry["events"].as_array());
    let starts = calls.flatten().filter(|event| event["type"] == "StasisStart").count();
    assert!(requests >= 60 && starts >= 10, "{requests} requests, {starts} calls");
}

#[test]
fn nothing_in_it_failed() {
    for entry in recorded() {
        let missing = entry["missing"].as_array().is_some_and(|missing| !missing.is_empty())
            || entry["missing"].is_string();
        assert!(!missing && entry["response"]["failure"].is_null(), "{}", entry["step"]);
    }
}

#[test]
fn it_does_not_differ_from_itself() {
    assert_eq!(diff::compare(&recorded(), &recorded()), []);
}

#[test]
fn the_table_of_deviations_can_be_read() {
    deviations::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/deviations.md")).unwrap();
}
