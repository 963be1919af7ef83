//! Bridges: listed and shown.

use std::fmt::Write as _;

use switch::{BridgeView, Query, View};

use super::channels::now_ms;
use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};
use crate::console::operator::Operator;
use crate::console::value::{Value, record};

pub(super) const SHOW_ALL: Command = Command {
    words: "bridge show all",
    arguments: "",
    summary: "List all bridges",
    usage: "Usage: bridge show all\n       Lists the bridges there are.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let now = now_ms();
            let bridges = ask(&operator).await?;
            Ok(Answer::new(bridges.iter().map(|view| bridge(view, now)).collect(), table))
        })
    },
};

pub(super) const SHOW: Command = Command {
    words: "bridge show",
    arguments: "",
    summary: "Show information about a bridge",
    usage: "Usage: bridge show <bridge-id>\n       Shows what is known of a bridge.",
    complete: Complete::Bridge,
    run: |operator, call| {
        Box::pin(async move {
            let [id] = call.exactly()?;
            let bridges = ask(&operator).await?;
            match bridges.iter().find(|view| *view.bridge.id == *id) {
                Some(view) => Ok(Answer::new(bridge(view, now_ms()), whole)),
                None => Ok(Answer::said(format!("Bridge '{id}' not found"))),
            }
        })
    },
};

async fn ask(operator: &Operator) -> Result<Vec<BridgeView>, Trouble> {
    match operator.enquiries.ask(Query::Bridges).await? {
        View::Bridges(views) => Ok(views),
        _ => Err(Trouble::Failed(String::new())),
    }
}

fn bridge(view: &BridgeView, now_ms: u64) -> Value {
    let bridge = &view.bridge;
    record! {
        "id" => &bridge.id,
        "name" => &bridge.name,
        "type" => bridge.class,
        "technology" => bridge.technology(),
        "creator" => bridge.creator,
        "duration_s" => Value::Seconds(now_ms.saturating_sub(bridge.created) / 1000),
        "channels" => view.channels.iter().map(Value::from).collect::<Value>(),
    }
}

fn table(data: &Value) -> String {
    let mut text = format!(
        "{:<36} {:<36} {:>5} {:<15} {:<15} {}\n",
        "Bridge-ID", "Name", "Chans", "Type", "Technology", "Duration"
    );
    for bridge in data.items() {
        let _ = writeln!(
            text,
            "{:<36} {:<36} {:>5} {:<15} {:<15} {}",
            bridge["id"],
            bridge["name"].or("<unknown>"),
            bridge["channels"].items().len(),
            bridge["type"],
            bridge["technology"],
            bridge["duration_s"],
        );
    }
    text
}

fn whole(bridge: &Value) -> String {
    let members = bridge["channels"].items();
    let mut text = format!(
        "Id: {}\nType: {}\nTechnology: {}\nSubclass: {}\nCreator: {}\nName: {}\nVideo-Mode: none\nVideo-Source-Id: \n\
         Num-Channels: {}\nNum-Active: {}\nDuration: {}\n",
        bridge["id"],
        bridge["type"],
        bridge["technology"],
        bridge["type"],
        bridge["creator"],
        bridge["name"],
        members.len(),
        members.len(),
        bridge["duration_s"],
    );
    for channel in members {
        let _ = writeln!(text, "Channel: {channel}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridges_are_listed_in_asterisks_columns() {
        let bridge = record! {
            "id" => "e3004390-c5a1-4636-92cb-e176c6fd478d", "name" => "", "type" => "basic",
            "technology" => "simple_bridge", "duration_s" => Value::Seconds(3),
            "channels" => Value::List(vec!["PJSIP/a-1".into(), "PJSIP/b-2".into()]),
        };
        let text = table(&Value::List(vec![bridge]));
        assert_eq!(
            text,
            "Bridge-ID                            Name                                 Chans Type            Technology      Duration\n\
             e3004390-c5a1-4636-92cb-e176c6fd478d <unknown>                                2 basic           simple_bridge   00:00:03\n"
        );
    }
}
