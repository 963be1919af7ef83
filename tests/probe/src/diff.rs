//! Compares two transcripts, step by step and field by field.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// One place where two transcripts differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The step's name.
    pub step: String,
    /// Where in the step: `response/status`, `events/StasisStart/channel/state`, `seen/200 OK`.
    pub path: String,
    /// The request of the step, when it has one.
    pub request: String,
    /// What the recorded server did; nothing when it has no such thing.
    pub theirs: Option<Value>,
    /// What the server under test did.
    pub ours: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| value.as_ref().map_or("(nothing)".into(), Value::to_string);
        write!(out, "{}", self.step)?;
        if !self.request.is_empty() {
            write!(out, "  [{}]", self.request)?;
        }
        write!(out, "\n  {}\n    theirs: {}\n    ours:   {}", self.path, show(&self.theirs), show(&self.ours))
    }
}

/// All differences, in the order of the recorded transcript.
pub fn compare(theirs: &[Value], ours: &[Value]) -> Vec<Difference> {
    let name = |entry: &Value| entry["step"].as_str().unwrap_or("").to_owned();
    let mut have: BTreeMap<String, &Value> = ours.iter().map(|entry| (name(entry), entry)).collect();
    let mut found = Vec::new();
    for entry in theirs {
        let step = name(entry);
        let request = request_of(entry);
        let mut at = Place { step: &step, request: &request, found: &mut found };
        match have.remove(&step) {
            Some(mine) => at.entry(entry, mine),
            None => at.differ("step", Some(entry), None),
        }
    }
    for (step, entry) in have {
        let request = request_of(entry);
        Place { step: &step, request: &request, found: &mut found }.differ("step", None, Some(entry));
    }
    found
}

fn request_of(entry: &Value) -> String {
    match (entry["request"]["method"].as_str(), entry["request"]["target"].as_str()) {
        (Some(method), Some(target)) => format!("{method} {target}"),
        _ => String::new(),
    }
}

struct Place<'a> {
    step: &'a str,
    request: &'a str,
    found: &'a mut Vec<Difference>,
}

impl Place<'_> {
    fn differ(&mut self, path: &str, theirs: Option<&Value>, ours: Option<&Value>) {
        self.found.push(Difference {
            step: self.step.to_owned(),
            path: path.to_owned(),
            request: self.request.to_owned(),
            theirs: theirs.cloned(),
            ours: ours.cloned(),
        });
    }

    fn entry(&mut self, theirs: &Value, ours: &Value) {
        match theirs["kind"].as_str() {
            Some("events") => {
                self.aligned("events", &theirs["events"], &ours["events"]);
                self.value("missing", &theirs["missing"], &ours["missing"]);
            }
            Some("sip") => {
                self.aligned("seen", &theirs["seen"], &ours["seen"]);
                self.value("missing", &theirs["missing"], &ours["missing"]);
            }
            _ => self.value("response", &theirs["response"], &ours["response"]),
        }
    }

    /// Two lists in which something may be missing: pairs what is alike, then compares the pairs.
    fn aligned(&mut self, path: &str, theirs: &Value, ours: &Value) {
        let empty = Vec::new();
        let theirs = theirs.as_array().unwrap_or(&empty);
        let ours = ours.as_array().unwrap_or(&empty);
        for (left, right) in align(theirs, ours) {
            let present = left.or(right).expect("a pair has a side");
            let path = format!("{path}/{}", label(present));
            match (left, right) {
                (Some(left), Some(right)) => self.value(&path, left, right),
                (left, right) => self.differ(&path, left, right),
            }
        }
    }

    fn value(&mut self, path: &str, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(left), Value::Object(right)) => {
                for (key, value) in left {
                    let inner = format!("{path}/{key}");
                    match right.get(key) {
                        Some(other) => self.value(&inner, value, other),
                        None => self.differ(&inner, Some(value), None),
                    }
                }
                for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                    self.differ(&format!("{path}/{key}"), None, Some(value));
                }
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                let (left, right) = (in_order(left), in_order(right));
                for (index, (value, other)) in left.iter().zip(right).enumerate() {
                    self.value(&format!("{path}/{index}"), value, other);
                }
            }
            _ if theirs == ours => {}
            _ => self.differ(path, Some(theirs), Some(ours)),
        }
    }
}

/// A list of things with ids has no order of its own: it is put into that of the ids.
fn in_order(list: &[Value]) -> Vec<&Value> {
    let mut list: Vec<&Value> = list.iter().collect();
    if list.iter().all(|item| item["id"].is_string()) {
        list.sort_by_key(|item| item["id"].as_str().unwrap_or("").to_owned());
    }
    list
}

/// What an item of a list is called in a path.
fn label(item: &Value) -> String {
    let Some(kind) = item["type"].as_str() else {
        return item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    };
    match item["variable"].as_str() {
        Some(variable) => format!("{kind}({variable})"),
        None => kind.to_owned(),
    }
}

/// What makes two items of a list the same thing: for an event its type and whom it is about.
fn identity(item: &Value) -> String {
    let about = ["channel", "peer", "playback", "bridge"].map(|key| item[key]["id"].as_str().unwrap_or(""));
    let recording = item["recording"]["name"].as_str().unwrap_or("");
    format!("{} {about:?} {recording} {}", label(item), item["dialstatus"].as_str().unwrap_or(""))
}

/// The longest common subsequence of the two lists by identity, with what is left over between.
fn align<'v>(theirs: &'v [Value], ours: &'v [Value]) -> Vec<(Option<&'v Value>, Option<&'v Value>)> {
    let left: Vec<String> = theirs.iter().map(identity).collect();
    let right: Vec<String> = ours.iter().map(identity).collect();
    let mut longest = vec![vec![0_usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i][j] = if left[i] == right[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            pairs.push((Some(&theirs[i]), Some(&ours[j])));
            (i, j) = (i + 1, j + 1);
        } else if j >= right.len() || (i < left.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            pairs.push((Some(&theirs[i]), None));
            i += 1;
        } else {
            pairs.push((None, Some(&ours[j])));
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_event_does_not_disturb_its_neighbours() {
        let event = |kind: &str, state: &str| json!({"type": kind, "channel": {"id": "CH1", "state": state}});
        let theirs = [
            json!({"step": "s", "kind": "events", "events": [event("A", "x"), event("B", "x"), event("C", "x")]}),
        ];
        let ours = [json!({"step": "s", "kind": "events", "events": [event("A", "x"), event("C", "y")]})];
        let found = compare(&theirs, &ours);
        let paths: Vec<&str> = found.iter().map(|difference| difference.path.as_str()).collect();
        assert_eq!(paths, ["events/B", "events/C/channel/state"]);
    }

    #[test]
    fn a_field_more_and_a_field_less_are_two_differences() {
        let theirs = [json!({"step": "s", "kind": "rest", "response": {"status": 200, "body": {"a": 1}}})];
        let ours = [json!({"step": "s", "kind": "rest", "response": {"status": 200, "body": {"b": 1}}})];
        assert_eq!(compare(&theirs, &ours).len(), 2);
    }

    #[test]
    fn events_that_changed_places_are_reported() {
        let event = |kind: &str| json!({"type": kind, "channel": {"id": "CH1"}});
        let theirs = [json!({"step": "s", "kind": "events", "events": [event("A"), event("B")]})];
        let ours = [json!({"step": "s", "kind": "events", "events": [event("B"), event("A")]})];
        assert_eq!(compare(&theirs, &ours).len(), 2);
    }
}
