//! Where the log goes.

use std::fmt::Write as _;

use crate::console::answer::Answer;
use crate::console::command::{Command, Complete};
use crate::console::lines::QUEUE;
use crate::console::value::{Value, record};

pub(super) const CHANNELS: Command = Command {
    words: "logger show channels",
    arguments: "",
    summary: "List configured log channels",
    usage: "Usage: logger show channels\n       Lists where the log goes: to the error stream, and to consoles that listen.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let levels = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
            let mut channels = vec![record! {
                "channel" => "stderr", "type" => "Console", "formatter" => "default", "status" => "Enabled",
                "configuration" => levels,
            }];
            channels.extend(operator.lines.wishes().into_iter().map(|(id, wish)| {
                record! {
                    "channel" => format!("console {id}"), "type" => "Console", "formatter" => "default",
                    "status" => "Enabled",
                    "configuration" => format!("verbose {} debug {}", wish.verbose, wish.debug),
                }
            }));
            let data = record! { "queue_limit" => QUEUE, "channels" => Value::List(channels) };
            Ok(Answer::new(data, |data| {
                let mut text = format!("Logger queue limit: {}\n\n", data["queue_limit"]);
                for (channel, kind, formatter, status, configuration) in [
                    ("Channel", "Type", "Formatter", "Status", "Configuration"),
                    ("-------", "----", "---------", "------", "-------------"),
                ] {
                    let _ =
                        writeln!(text, "{channel:<35} {kind:<8} {formatter:<10} {status:<9} {configuration}");
                }
                for one in data["channels"].items() {
                    let _ = writeln!(
                        text,
                        "{:<35} {:<8} {:<10} {:<9}  - {}",
                        one["channel"], one["type"], one["formatter"], one["status"], one["configuration"]
                    );
                }
                text.push('\n');
                text
            }))
        })
    },
};
