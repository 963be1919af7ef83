//! Takes out of a transcript what differs from run to run (ids, times, ports, measurements) and leaves its shape.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Ids that the script chose itself begin so and stay as they are.
pub const CHOSEN: &str = "probe-";

/// Keys that hold a time stamp.
const TIMES: &[&str] = &["timestamp", "creationtime", "startup_time", "last_reload_time"];
/// Keys that describe the machine the server was built on.
const BUILD: &[&str] = &["os", "kernel", "machine", "options", "date", "user", "user_id", "group_id"];
/// Keys that hold a measured length.
const MEASURED: &[&str] = &["duration", "talking_duration", "silence_duration", "duration_ms"];
/// Arrays whose order is that of a hash table.
const UNORDERED: &[&str] = &["channels", "channel_ids", "bridge_ids", "endpoint_ids", "body"];

/// What a new playback or recording may be at when its request is answered.
const STARTED: &[&str] = &["queued", "playing", "recording", "failed"];

/// Replaces every id by a name in order of first appearance (`CH1`, `BR1`, `PB1`, `CALL1`) and every measurement by its
/// shape, in all entries at once.
pub fn normalise(entries: &[Value], call_ids: &[String]) -> Vec<Value> {
    let mut names = Names::default();
    for entry in entries {
        names.collect(entry, call_ids);
    }
    let mut order: Vec<(&String, &String)> = names.known.iter().collect();
    order.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
    entries.iter().map(|entry| without_start_race(rewrite("", entry, &order))).collect()
}

/// The answer that creates a playback or recording shows a state that the channel's thread may have moved on already.
fn without_start_race(mut entry: Value) -> Value {
    if entry["response"]["status"] == 201
        && let Some(state) = entry.pointer_mut("/response/body/state")
        && state.as_str().is_some_and(|state| STARTED.contains(&state))
    {
        *state = json!("queued or later");
    }
    entry
}

#[derive(Default)]
struct Names {
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u32>,
}

impl Names {
    fn name(&mut self, kind: &'static str, id: &str) {
        if id.is_empty() || id == "absent" || self.known.contains_key(id) {
            return;
        }
        if kind != "CALL" && id.starts_with(CHOSEN) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.known.insert(id.to_owned(), format!("{kind}{count}"));
    }

    fn collect(&mut self, value: &Value, call_ids: &[String]) {
        match value {
            Value::Object(fields) => {
                if let Some(call) = fields.get("protocol_id").and_then(Value::as_str) {
                    self.name("CALL", call);
                }
                if let Some(id) = fields.get("id").and_then(Value::as_str) {
                    if fields.contains_key("protocol_id") {
                        self.name("CH", id);
                    } else if fields.contains_key("bridge_class") {
                        self.name("BR", id);
                    } else if fields.contains_key("media_uri") {
                        self.name("PB", id);
                    }
                }
                let mut keys: Vec<&String> = fields.keys().collect();
                keys.sort();
                for key in keys {
                    self.collect(&fields[key], call_ids);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, call_ids)),
            Value::String(text) => {
                if call_ids.contains(text) {
                    self.name("CALL", text);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn rewrite(key: &str, value: &Value, names: &[(&String, &String)]) -> Value {
    match value {
        Value::Object(fields) => {
            let measured = fields
                .get("variable")
                .and_then(Value::as_str)
                .is_some_and(|name| name.starts_with("RTPAUDIO"));
            let pairs = fields.iter().map(|(key, inner)| {
                let inner = match inner {
                    Value::String(text) if measured && key == "value" => json!(numbers_out(text)),
                    _ => rewrite(key, inner, names),
                };
                (key.clone(), inner)
            });
            Value::Object(pairs.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| rewrite("", item, names)).collect();
            if UNORDERED.contains(&key) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::String(text) => json!(rewrite_text(key, text, names)),
        Value::Number(_) if MEASURED.contains(&key) || BUILD.contains(&key) => json!("#"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn rewrite_text(key: &str, text: &str, names: &[(&String, &String)]) -> String {
    if key == "step" {
        return text.to_owned();
    }
    if TIMES.contains(&key) && is_time(text) {
        return "TIME".into();
    }
    if matches!(key, "asterisk_id" | "entity_id") && is_entity(text) {
        return "EID".into();
    }
    if key == "version" {
        return "VERSION".into();
    }
    if BUILD.contains(&key) && !text.is_empty() {
        return "BUILD".into();
    }
    let mut text = text.to_owned();
    for (id, name) in names {
        text = replace_word(&text, id, name);
    }
    ports_out(&channel_numbers_out(&text))
}

/// `2026-11-23T03:25:46.590+0000`
fn is_time(text: &str) -> bool {
    shape(text) == "9999-99-99T99:99:99.999+9999" || shape(text) == "9999-99-99T99:99:99.999-9999"
}

fn is_entity(text: &str) -> bool {
    text.len() == 17 && text.split(':').all(|pair| pair.len() == 2 && u8::from_str_radix(pair, 16).is_ok())
}

fn shape(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect()
}

/// Replaces `id` where it is not part of a longer number or word.
fn replace_word(text: &str, id: &str, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(id) {
        let after = &rest[at + id.len()..];
        let joined = rest[..at].chars().next_back().is_some_and(char::is_alphanumeric)
            || after.chars().next().is_some_and(char::is_alphanumeric);
        out += &rest[..at];
        out += if joined { id } else { name };
        rest = after;
    }
    out + rest
}

/// Each run of digits (with its fraction) becomes `#`.
fn numbers_out(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if !(letter.is_ascii_digit() || letter == '.') {
            out.push(letter);
        } else if !out.ends_with('#') {
            out.push('#');
        }
    }
    out
}

/// `PJSIP/caller-0000001f` becomes `PJSIP/caller-#`.
fn channel_numbers_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('-') {
        let (head, tail) = rest.split_at(at + 1);
        out += head;
        let digits = tail.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        let ends = !tail[digits..].starts_with(|letter: char| letter.is_alphanumeric() || letter == '-');
        if digits == 8 && ends && text.contains('/') {
            out.push('#');
            rest = &tail[digits..];
        } else {
            rest = tail;
        }
    }
    out + rest
}

fn ports_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("127.0.0.1:") {
        let (head, tail) = rest.split_at(at + "127.0.0.1:".len());
        out += head;
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        out += if digits > 0 { "PORT" } else { "" };
        rest = &tail[digits..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_named_by_first_appearance_and_chosen_ones_stay() {
        let entries = [
            json!({"channel": {"id": "17.1", "protocol_id": "x"}, "other": "17.12 17.1"}),
            json!({"channel": {"id": "probe-a", "protocol_id": ""}, "target": "/ari/channels/17.1/play"}),
        ];
        let out = normalise(&entries, &["x".into()]);
        assert_eq!(out[0], json!({"channel": {"id": "CH1", "protocol_id": "CALL1"}, "other": "17.12 CH1"}));
        assert_eq!(out[1]["channel"]["id"], "probe-a");
        assert_eq!(out[1]["target"], "/ari/channels/CH1/play");
    }

    #[test]
    fn a_time_of_another_shape_is_kept() {
        let entries = [
            json!({"timestamp": "2026-11-23T03:25:46.590+0000"}),
            json!({"timestamp": "2026-11-23T03:25:46Z"}),
        ];
        let out = normalise(&entries, &[]);
        assert_eq!(out[0]["timestamp"], "TIME");
        assert_eq!(out[1]["timestamp"], "2026-11-23T03:25:46Z");
    }

    #[test]
    fn names_of_channels_and_ports_keep_their_shape() {
        let out = rewrite_text("name", "PJSIP/caller-0000001f", &[]);
        assert_eq!(out, "PJSIP/caller-#");
        assert_eq!(rewrite_text("name", "Local/1000@probe-0000001f;2", &[]), "Local/1000@probe-#;2");
        assert_eq!(rewrite_text("x", "sip:a@127.0.0.1:5070;x", &[]), "sip:a@127.0.0.1:PORT;x");
        assert_eq!(numbers_out("ssrc=12;lp=0;rxjitter=0.001"), "ssrc=#;lp=#;rxjitter=#");
    }
}
