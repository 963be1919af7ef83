//! The hints of the dialplan.

use std::fmt::Write as _;

use call::device::ExtensionState;
use switch::{HintView, Query, View};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};
use crate::console::operator::Operator;
use crate::console::value::{Value, record};

pub(super) const HINTS: Command = Command {
    words: "core show hints",
    arguments: "",
    summary: "Show dialplan hints",
    usage: "Usage: core show hints\n       Lists the hints of the dialplan and how their devices stand.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            Ok(Answer::new(hints(&operator, None).await?, table))
        })
    },
};

pub(super) const HINT: Command = Command {
    words: "core show hint",
    arguments: "",
    summary: "Show dialplan hint",
    usage: "Usage: core show hint <exten>\n       Lists the hints whose extension begins so.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            let [exten] = call.exactly()?;
            Ok(Answer::new(hints(&operator, Some(exten)).await?, |hints| match hints.items() {
                [] => "There are no registered dialplan hints\n".to_owned(),
                some => {
                    let lines = some.iter().map(line).collect::<String>();
                    let count = some.len();
                    format!(
                        "{lines}----------------\n- {count} hint{} matching\n",
                        if count == 1 { "" } else { "s" }
                    )
                }
            }))
        })
    },
};

async fn hints(operator: &Operator, begun: Option<&str>) -> Result<Value, Trouble> {
    match operator.enquiries.ask(Query::Hints).await? {
        View::Hints(hints) => {
            let wanted = hints.iter().filter(|hint| begun.is_none_or(|begun| hint.exten.starts_with(begun)));
            Ok(wanted.map(hint).collect())
        }
        _ => Err(Trouble::Failed(String::new())),
    }
}

fn hint(hint: &HintView) -> Value {
    let state = match hint.state {
        ExtensionState::NotInUse => "Idle",
        ExtensionState::InUse => "InUse",
        ExtensionState::Busy => "Busy",
        ExtensionState::Unavailable => "Unavailable",
        ExtensionState::Ringing => "Ringing",
        ExtensionState::RingInUse => "InUse&Ringing",
        ExtensionState::OnHold => "Hold",
    };
    record! {
        "exten" => hint.exten.as_str(),
        "context" => hint.context.as_str(),
        "devices" => hint.devices.as_str(),
        "state" => state,
        "watchers" => hint.watchers,
    }
}

fn table(hints: &Value) -> String {
    if hints.items().is_empty() {
        return "There are no registered dialplan hints\n".to_owned();
    }
    let mut text = "\n    -= Registered Asterisk Dial Plan Hints =-\n".to_owned();
    text.extend(hints.items().iter().map(line));
    let _ = writeln!(text, "----------------\n- {} hints registered", hints.items().len());
    text
}

fn line(hint: &Value) -> String {
    let place = format!("{}@{}", hint["exten"], hint["context"]);
    format!(
        "{place:<30.30}: {:<30.30}  State:{:<15.15} Presence:{:<15.15} Watchers {:>2}\n",
        hint["devices"], hint["state"], "not_set", hint["watchers"]
    )
}
