//! What commands there are.

use std::fmt::Write as _;

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Call, Command, Complete, begins};
use crate::console::value::{Value, record};

pub(super) const HELP: Command = Command {
    words: "help",
    arguments: "",
    summary: "Display help list, or specific help on a command",
    usage: "Usage: help [topic]\n       Lists the commands that begin so, or says how one is called.",
    complete: Complete::Command,
    run: |_, call| Box::pin(async move { help(&call) }),
};

pub(super) const CORE_SHOW_HELP: Command = Command {
    words: "core show help",
    arguments: "",
    summary: "Display help list, or specific help on a command",
    usage: "Usage: core show help [topic]\n       Lists the commands that begin so, or says how one is called.",
    complete: Complete::Command,
    run: |_, call| Box::pin(async move { help(&call) }),
};

fn help(call: &Call) -> Result<Answer, Trouble> {
    let topic = call.arguments.join(" ");
    if let Some(command) = super::TABLE.iter().find(|command| command.words.eq_ignore_ascii_case(&topic)) {
        return Ok(Answer::new(about(command), |command| format!("{}\n", command["usage"])));
    }
    let found: Vec<&&Command> = super::TABLE.iter().filter(|command| begins(command.words, &topic)).collect();
    if found.is_empty() {
        return Ok(Answer::said(format!("No such command '{topic}'.")));
    }
    let mut list: Vec<Value> = found.into_iter().map(|command| about(command)).collect();
    if topic.is_empty() {
        list.push(record! { "command" => "!", "summary" => "Execute a shell command" });
    }
    list.sort_by_key(|command| command["command"].to_string());
    Ok(Answer::new(Value::List(list), |list| {
        list.items().iter().fold(String::new(), |mut text, command| {
            let _ = writeln!(text, "{:<30} -- {}", command["command"], command["summary"]);
            text
        })
    }))
}

fn about(command: &Command) -> Value {
    record! { "command" => command.full(), "summary" => command.summary, "usage" => command.usage }
}
