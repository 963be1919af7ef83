//! Channels: listed, shown, counted, hung up.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use call::Cause;
use regex_lite::Regex;
use switch::{ChannelView, ChannelsView, Query, View};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};
use crate::console::operator::Operator;
use crate::console::value::{Value, record};

pub(super) const CHANNELS: Command = Command {
    words: "core show channels",
    arguments: "[concise|verbose|count]",
    summary: "Display information on channels",
    usage: "Usage: core show channels [concise|verbose|count]\n       Lists the channels there are. 'concise' parts fields by \
            '!', for programs;\n       'verbose' shows more and longer ones; 'count' only how many.",
    complete: Complete::Words(&["concise", "verbose", "count"]),
    run: |operator, call| {
        Box::pin(async move {
            let layout = match call.arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                [] => brief,
                ["concise"] => concise,
                ["verbose"] => verbose,
                ["count"] => counts,
                _ => return Err(Trouble::Usage),
            };
            Ok(Answer::new(found(&operator).await?, layout))
        })
    },
};

pub(super) const CALLS: Command = Command {
    words: "core show calls",
    arguments: "[uptime]",
    summary: "Display information on calls",
    usage: "Usage: core show calls [uptime]\n       Shows how many calls there are and have been; with 'uptime' since when.",
    complete: Complete::Words(&["uptime"]),
    run: |operator, call| {
        Box::pin(async move {
            let layout: fn(&Value) -> String =
                match call.arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    [] => calls,
                    ["uptime"] => |data| {
                        let uptime = data["uptime_s"].to_string().parse().unwrap_or(0);
                        format!("{}System uptime: {}\n", calls(data), super::core::in_words(uptime))
                    },
                    _ => return Err(Trouble::Usage),
                };
            Ok(Answer::new(found(&operator).await?, layout))
        })
    },
};

pub(super) const CHANNEL: Command = Command {
    words: "core show channel",
    arguments: "",
    summary: "Display information on a specific channel",
    usage: "Usage: core show channel <channel>\n       Shows all that is known of a channel.",
    complete: Complete::Channel,
    run: |operator, call| {
        Box::pin(async move {
            let [name] = call.exactly()?;
            let asked = operator.enquiries.ask(Query::Channel(name.to_owned())).await?;
            let View::Channel(Some(detail)) = asked else {
                return Ok(Answer::said(format!("{name} is not a known channel")));
            };
            let mut data = channel(&detail.view, now_ms());
            if let Value::Record(fields) = &mut data {
                let variables = detail.variables.into_iter().map(|(name, value)| (name, Value::Text(value)));
                fields.push(("variables".to_owned(), Value::Record(variables.collect())));
            }
            Ok(Answer::new(data, whole))
        })
    },
};

pub(super) const REQUEST_HANGUP: Command = Command {
    words: "channel request hangup",
    arguments: "",
    summary: "Request a hangup on a given channel",
    usage: "Usage: channel request hangup <all>|<channel> [<channel> ...]\n       Asks for the end of channels. 'all' is every \
            channel; a name between slashes is\n       a regular expression (/^PJSIP.*/); '*' and '?' in a name stand for \
            anything\n       but a slash.",
    complete: Complete::ChannelOrAll,
    run: |operator, call| {
        Box::pin(async move {
            if call.arguments.is_empty() {
                return Err(Trouble::Usage);
            }
            let View::Channels(view) = operator.enquiries.ask(Query::Channels).await? else {
                return Err(Trouble::Failed(String::new()));
            };
            let names: Vec<&str> = view.channels.iter().map(|one| &*one.channel.name).collect();
            let mut lines = Vec::new();
            for wanted in &call.arguments {
                let matching = Wanted::parse(wanted)?;
                let mut is_known = wanted.eq_ignore_ascii_case("all");
                for name in names.iter().filter(|name| matching.fits(name)) {
                    is_known = true;
                    let hangup =
                        stasis::Command::Hangup { channel: (*name).to_owned(), cause: Cause::NORMAL };
                    if operator.board.ask(hangup).await.is_ok_and(|reply| reply.is_ok()) {
                        lines.push(format!("Requested Hangup on channel '{name}'"));
                    }
                }
                if !is_known {
                    lines.push(format!("{wanted} is not a known channel"));
                }
            }
            Ok(Answer::said(lines.join("\n")))
        })
    },
};

/// Which channels are meant.
enum Wanted {
    All,
    Exactly(String),
    Matching(Regex),
}

impl Wanted {
    fn parse(text: &str) -> Result<Wanted, Trouble> {
        let regex = |pattern: &str| {
            Regex::new(pattern)
                .map(Wanted::Matching)
                .map_err(|error| Trouble::Failed(format!("Regular Expression error: {error}")))
        };
        if text.eq_ignore_ascii_case("all") {
            return Ok(Wanted::All);
        }
        if let Some(pattern) = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            return regex(pattern);
        }
        if text.contains(['*', '?']) {
            let mut pattern = "^".to_owned();
            for character in text.chars() {
                match character {
                    '*' => pattern.push_str("[^/]*"),
                    '?' => pattern.push_str("[^/]"),
                    other => pattern.push_str(&regex_lite::escape(&other.to_string())),
                }
            }
            pattern.push('$');
            return regex(&pattern);
        }
        Ok(Wanted::Exactly(text.to_owned()))
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Wanted::All => true,
            Wanted::Exactly(wanted) => wanted.eq_ignore_ascii_case(name),
            Wanted::Matching(pattern) => pattern.is_match(name),
        }
    }
}

async fn found(operator: &Operator) -> Result<Value, Trouble> {
    match operator.enquiries.ask(Query::Channels).await? {
        View::Channels(view) => Ok(all(operator, &view)),
        _ => Err(Trouble::Failed(String::new())),
    }
}

fn all(operator: &Operator, view: &ChannelsView) -> Value {
    let now = now_ms();
    let most = operator.facts.admission.configured();
    record! {
        "channels" => view.channels.iter().map(|one| channel(one, now)).collect::<Value>(),
        "active_channels" => view.channels.len(),
        "active_calls" => view.active_calls,
        "calls_processed" => view.calls_processed,
        "max_calls" => most,
        "uptime_s" => operator.facts.started_at.elapsed().as_secs(),
    }
}

/// A channel's fields.
pub(super) fn channel(view: &ChannelView, now_ms: u64) -> Value {
    let channel = &view.channel;
    record! {
        "name" => &channel.name,
        "id" => &channel.id,
        "technology" => channel.technology.word(),
        "endpoint" => &channel.endpoint,
        "state" => channel.state.word(),
        "caller_number" => channel.caller.number.as_str(),
        "caller_name" => channel.caller.name.as_str(),
        "connected_number" => channel.connected.number.as_str(),
        "connected_name" => channel.connected.name.as_str(),
        "account_code" => channel.account_code.as_str(),
        "language" => channel.language.as_str(),
        "context" => channel.dialplan.context.as_str(),
        "exten" => channel.dialplan.exten.as_str(),
        "priority" => channel.dialplan.priority,
        "application" => channel.dialplan.app_name.as_str(),
        "data" => channel.dialplan.app_data.as_str(),
        "duration_s" => Value::Seconds(now_ms.saturating_sub(channel.created) / 1000),
        "bridge" => view.bridge.as_ref(),
        "protocol_id" => &channel.protocol_id,
    }
}

pub(super) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

fn brief(data: &Value) -> String {
    let mut text =
        format!("{:<64} {:<32} {:<7} {:<30}\n", "Channel", "Location", "State", "Application(Data)");
    for channel in data["channels"].items() {
        let location = match channel["exten"].is_empty() || channel["context"].is_empty() {
            true => "(None)".to_owned(),
            false => format!("{}@{}:{}", channel["exten"], channel["context"], channel["priority"]),
        };
        let application = match channel["application"].is_empty() {
            true => "(None)".to_owned(),
            false => format!("{}({})", channel["application"], channel["data"]),
        };
        let (name, state) = (&channel["name"], &channel["state"]);
        let _ = writeln!(text, "{name:<64.64} {location:<32.32} {state:<7.7} {application:<30}");
    }
    text + &counts(data)
}

fn verbose(data: &Value) -> String {
    let mut text = format!(
        "{:<80} {:<24} {:<24} {:<4} {:<7} {:<12} {:<25} {:<15} {:<8} {:<11} {:<11} {:<20}\n",
        "Channel",
        "Context",
        "Extension",
        "Prio",
        "State",
        "Application",
        "Data",
        "CallerID",
        "Duration",
        "Accountcode",
        "PeerAccount",
        "BridgeID"
    );
    for channel in data["channels"].items() {
        let _ = writeln!(
            text,
            "{:<80.80} {:<24.24} {:<24.24} {:>4} {:<7.7} {:<12.12} {:<25.25} {:<15.15} {:<8.8} {:<11.11} {:<11.11} \
             {:<20.20}",
            channel["name"],
            channel["context"],
            channel["exten"],
            channel["priority"],
            channel["state"],
            channel["application"].or("(None)"),
            channel["data"].or("(Empty)"),
            channel["caller_number"],
            channel["duration_s"],
            channel["account_code"],
            "",
            channel["bridge"],
        );
    }
    text + &counts(data)
}

fn concise(data: &Value) -> String {
    let mut text = String::new();
    for channel in data["channels"].items() {
        let Value::Seconds(seconds) = channel["duration_s"] else { continue };
        let _ = writeln!(
            text,
            "{}!{}!{}!{}!{}!{}!{}!{}!{}!!3!{seconds}!{}!{}",
            channel["name"],
            channel["context"],
            channel["exten"],
            channel["priority"],
            channel["state"],
            channel["application"].or("(None)"),
            channel["data"],
            channel["caller_number"],
            channel["account_code"],
            channel["bridge"],
            channel["id"],
        );
    }
    text
}

fn counts(data: &Value) -> String {
    let plural = |count: &Value| if *count == Value::Number(1) { "" } else { "s" };
    let channels = &data["active_channels"];
    format!("{channels} active channel{}\n{}", plural(channels), calls(data))
}

fn calls(data: &Value) -> String {
    let plural = |count: &Value| if *count == Value::Number(1) { "" } else { "s" };
    let (active, processed) = (&data["active_calls"], &data["calls_processed"]);
    let now = match (active, &data["max_calls"]) {
        (Value::Number(count), Value::Number(most)) if *most > 0 => {
            let share = *count as f64 * 100.0 / *most as f64;
            format!("{active} of {most} max active call{} ({share:5.2}% of capacity)", plural(active))
        }
        _ => format!("{active} active call{}", plural(active)),
    };
    format!("{now}\n{processed} call{} processed\n", plural(processed))
}

fn whole(channel: &Value) -> String {
    let Value::Seconds(age) = channel["duration_s"] else { return String::new() };
    let state = channel["state"].to_string();
    let number = match state.as_str() {
        "Down" => 0,
        "Ring" => 4,
        "Ringing" => 5,
        _ => 6,
    };
    let unknown = |field: &str| channel[field].or("(N/A)");
    let mut text = " -- General --\n".to_owned();
    let general = [
        ("Name", channel["name"].to_string()),
        ("Type", channel["technology"].to_string()),
        ("UniqueID", channel["id"].to_string()),
        ("Caller ID", unknown("caller_number").to_string()),
        ("Caller ID Name", unknown("caller_name").to_string()),
        ("Connected Line ID", unknown("connected_number").to_string()),
        ("Connected Line ID Name", unknown("connected_name").to_string()),
        ("Language", channel["language"].to_string()),
        ("State", format!("{state} ({number})")),
        ("Elapsed Time", format!("{}h{}m{}s", age / 3600, age / 60 % 60, age % 60)),
        ("Bridge ID", channel["bridge"].or("(Not bridged)").to_string()),
    ];
    for (name, value) in general {
        let _ = writeln!(text, "{name:>15}: {value}");
    }
    text.push_str(" --   PBX   --\n");
    let pbx = [
        ("Context", channel["context"].to_string()),
        ("Extension", channel["exten"].to_string()),
        ("Priority", channel["priority"].to_string()),
        ("Application", channel["application"].or("(N/A)").to_string()),
        ("Data", channel["data"].or("(Empty)").to_string()),
        ("Account code", channel["account_code"].to_string()),
        ("Call Identifier", channel["protocol_id"].to_string()),
    ];
    for (name, value) in pbx {
        let _ = writeln!(text, "{name:>15}: {value}");
    }
    text.push_str("      Variables:\n");
    for (name, value) in channel["variables"].fields() {
        let _ = writeln!(text, "{name}={value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Value {
        let channel = record! {
            "name" => "PJSIP/sipp-00000000", "id" => "1795445852.0", "state" => "Up", "context" => "peer",
            "exten" => "4000", "priority" => 1_u32, "application" => "Dial", "data" => "PJSIP/uas",
            "caller_number" => "sipp", "account_code" => "", "duration_s" => Value::Seconds(2),
            "bridge" => "e3004390-c5a1-4636-92cb-e176c6fd478d",
        };
        let outgoing = record! {
            "name" => "PJSIP/uas-00000001", "id" => "1795445852.1", "state" => "Up", "context" => "peer", "exten" => "",
            "priority" => 1_u32, "application" => "AppDial", "data" => "(Outgoing Line)", "caller_number" => "4000",
            "account_code" => "", "duration_s" => Value::Seconds(2), "bridge" => None::<&str>,
        };
        record! {
            "channels" => Value::List(vec![channel, outgoing]),
            "active_channels" => 2_usize, "active_calls" => 1_usize, "calls_processed" => 3_u64,
        }
    }

    #[test]
    fn channels_are_listed_in_asterisks_columns() {
        let text = brief(&data());
        let lines: Vec<&str> = text.lines().collect();
        let (header, first, second) = (lines[0], lines[1], lines[2]);
        assert_eq!(header.find("Location"), Some(65));
        assert_eq!(header.find("State"), Some(98));
        assert_eq!(header.find("Application(Data)"), Some(106));
        assert_eq!(
            (first.find("4000@peer:1"), first.find("Up "), first.find("Dial(PJSIP/uas)")),
            (Some(65), Some(98), Some(106))
        );
        assert_eq!(second.find("(None)"), Some(65));
        assert_eq!(lines[3..], ["2 active channels", "1 active call", "3 calls processed"]);
    }

    #[test]
    fn concise_lines_have_asterisks_fourteen_fields() {
        let text = concise(&data());
        assert_eq!(
            text.lines().next().unwrap(),
            "PJSIP/sipp-00000000!peer!4000!1!Up!Dial!PJSIP/uas!sipp!!!3!2!e3004390-c5a1-4636-92cb-e176c6fd478d!1795445852.0"
        );
    }

    #[test]
    fn verbose_lines_have_asterisks_columns() {
        let text = verbose(&data());
        let places = |line: &str, what: &[&str]| what.iter().map(|what| line.find(what)).collect::<Vec<_>>();
        let header = text.lines().next().unwrap();
        assert_eq!(
            places(header, &["Context", "Prio", "State", "CallerID", "Duration", "BridgeID"]),
            [Some(81), Some(131), Some(136), Some(183), Some(199), Some(232)]
        );
        let first = text.lines().nth(1).unwrap();
        assert_eq!(
            places(first, &["peer", "Up", "sipp ", "00:00:02", "e3004390-c5a1-4636-9"]),
            [Some(81), Some(136), Some(183), Some(199), Some(232)]
        );
    }

    #[test]
    fn a_hangup_names_channels_by_name_pattern_and_expression() {
        let fits = |wanted: &str, name: &str| Wanted::parse(wanted).is_ok_and(|wanted| wanted.fits(name));
        assert!(fits("all", "PJSIP/a-1") && fits("pjsip/a-1", "PJSIP/a-1") && !fits("PJSIP/a", "PJSIP/a-1"));
        assert!(fits("PJSIP/*", "PJSIP/a-1") && !fits("P*", "PJSIP/a-1"));
        assert!(fits("/^PJSIP.*1$/", "PJSIP/a-1") && !fits("/^Local/", "PJSIP/a-1"));
        assert!(Wanted::parse("/(/").is_err());
    }
}
