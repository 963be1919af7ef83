//! What the dialplan can do: applications and functions.

use std::fmt::Write as _;

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Call, Command, Complete};
use crate::console::value::Value;

pub(super) const APPLICATIONS: Command = Command {
    words: "core show applications",
    arguments: "[like]",
    summary: "Shows registered dialplan applications",
    usage: "Usage: core show applications [like <text>]\n       Lists the dialplan applications that run here; with 'like' those \
            whose name holds\n       the text.",
    complete: Complete::Words(&["like"]),
    run: |_, call| Box::pin(async move { Ok(Answer::new(names(&call, dialplan::SUPPORTED)?, applications)) }),
};

pub(super) const FUNCTIONS: Command = Command {
    words: "core show functions",
    arguments: "[like]",
    summary: "Shows registered dialplan functions",
    usage: "Usage: core show functions [like <text>]\n       Lists the dialplan functions that work here; with 'like' those \
            whose name holds\n       the text.",
    complete: Complete::Words(&["like"]),
    run: |_, call| {
        Box::pin(async move {
            let mut known = dialplan::PURE_FUNCTIONS.to_vec();
            known.extend(call::variables::FUNCTIONS);
            Ok(Answer::new(names(&call, &known)?, functions))
        })
    },
};

/// The names that the call asks for, sorted without regard to case.
fn names(call: &Call, known: &[&str]) -> Result<Value, Trouble> {
    let wanted = match call.arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => String::new(),
        ["like", text] => text.to_ascii_lowercase(),
        _ => return Err(Trouble::Usage),
    };
    let mut names: Vec<&str> =
        known.iter().copied().filter(|name| name.to_ascii_lowercase().contains(&wanted)).collect();
    names.sort_by_key(|name| name.to_ascii_lowercase());
    names.dedup();
    Ok(names.into_iter().map(Value::from).collect())
}

fn applications(names: &Value) -> String {
    let mut text = "    -= Registered Asterisk Applications =-\n".to_owned();
    for name in names.items() {
        let _ = writeln!(text, "  {name:>20}");
    }
    let _ = writeln!(text, "    -= {} Applications Registered =-", names.items().len());
    text
}

fn functions(names: &Value) -> String {
    let mut text = format!("Installed Custom Functions:\n{}\n", "-".repeat(80));
    for name in names.items() {
        let _ = writeln!(text, "{name}");
    }
    let _ = writeln!(text, "{} custom functions installed.", names.items().len());
    text
}
