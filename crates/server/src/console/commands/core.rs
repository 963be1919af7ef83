//! The program itself: how long it runs, how it is set, how it ends.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Call, Command, Complete, Work};
use crate::console::lines::Wish;
use crate::console::operator::{Operator, Stop};
use crate::console::value::{Value, record};

pub(super) const UPTIME: Command = Command {
    words: "core show uptime",
    arguments: "[seconds]",
    summary: "Show uptime information",
    usage: "Usage: core show uptime [seconds]\n       Shows for how long the daemon runs, and since when its configuration \
            holds;\n       with 'seconds' in seconds only.",
    complete: Complete::Words(&["seconds"]),
    run: |operator, call| {
        Box::pin(async move {
            let layout: fn(&Value) -> String = match call
                .arguments
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()[..]
            {
                [] => |data| {
                    let span = |field: &str| in_words(data[field].to_string().parse().unwrap_or(0));
                    format!("System uptime: {}\nLast reload: {}\n", span("uptime_s"), span("last_reload_s"))
                },
                ["seconds"] => |data| {
                    format!("System uptime: {}\nLast reload: {}\n", data["uptime_s"], data["last_reload_s"])
                },
                _ => return Err(Trouble::Usage),
            };
            let uptime = operator.facts.started_at.elapsed().as_secs();
            let reload = operator.reloader.read_at().elapsed().as_secs();
            Ok(Answer::new(record! { "uptime_s" => uptime, "last_reload_s" => reload }, layout))
        })
    },
};

/// As Asterisk says it: `1 day, 2 hours, 3 minutes, 4 seconds`, what is nothing left out.
pub(super) fn in_words(mut seconds: u64) -> String {
    let mut parts = Vec::new();
    for (unit, length) in [
        ("year", 31_536_000),
        ("week", 604_800),
        ("day", 86_400),
        ("hour", 3_600),
        ("minute", 60),
        ("second", 1),
    ] {
        let count = seconds / length;
        seconds %= length;
        if count > 0 || (unit == "second" && parts.is_empty()) {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    parts.join(", ")
}

pub(super) const VERSION: Command = Command {
    words: "core show version",
    arguments: "",
    summary: "Display version info",
    usage: "Usage: core show version\n       Shows which program this is, and on what it runs.",
    complete: Complete::Nothing,
    run: |_, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let system = rustix::system::uname();
            let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
            let data = record! {
                "name" => "Strowger",
                "version" => env!("CARGO_PKG_VERSION"),
                "system" => text(system.sysname()),
                "release" => text(system.release()),
                "machine" => text(system.machine()),
            };
            Ok(Answer::new(data, |data| {
                let (name, version, machine) = (&data["name"], &data["version"], &data["machine"]);
                format!("{name} {version} on a {machine} running {} {}\n", data["system"], data["release"])
            }))
        })
    },
};

pub(super) const SETTINGS: Command = Command {
    words: "core show settings",
    arguments: "",
    summary: "Show some core settings",
    usage: "Usage: core show settings\n       Shows what the daemon runs with.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let wish = call.session.and_then(|session| operator.lines.wish(session)).unwrap_or_default();
            let facts = &operator.facts;
            let started = facts.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            let path = |path: &std::path::Path| Value::from(path.display().to_string());
            let core = Value::Record(vec![
                ("Version".to_owned(), env!("CARGO_PKG_VERSION").into()),
                ("Maximum calls".to_owned(), Value::from(facts.admission.configured()).or("Not set")),
                ("Maximum channels".to_owned(), facts.admission.calls.into()),
                ("Maximum open file handles".to_owned(), facts.descriptors.into()),
                ("Current console verbosity".to_owned(), u32::from(wish.verbose).into()),
                ("Debug level".to_owned(), u32::from(wish.debug).into()),
                ("Startup time".to_owned(), clock(started).into()),
                ("Default language".to_owned(), "en".into()),
            ]);
            let run = facts.directories.run.clone().unwrap_or_else(crate::console::runtime_directory);
            let directories = Value::Record(vec![
                ("Spool directory".to_owned(), path(&facts.directories.spool)),
                ("Log directory".to_owned(), path(&facts.directories.log)),
                ("Run/Sockets directory".to_owned(), path(&run)),
                ("VarLib directory".to_owned(), path(&facts.directories.variable)),
                ("Data directory".to_owned(), path(&facts.directories.data)),
            ]);
            Ok(Answer::new(record! { "core" => core, "directories" => directories }, settings))
        })
    },
};

fn settings(data: &Value) -> String {
    let list = |fields: &[(String, Value)]| {
        fields.iter().fold(String::new(), |mut text, (name, value)| {
            let _ = writeln!(text, "  {:<28} {value}", format!("{name}:"));
            text
        })
    };
    format!(
        "\nPBX Core settings\n-----------------\n{}\n* Directories\n  -------------\n{}\n\n",
        list(data["core"].fields()),
        list(data["directories"].fields())
    )
}

/// Seconds since 1970 as the time of day, UTC.
fn clock(unix: u64) -> String {
    format!("{:02}:{:02}:{:02}", unix / 3_600 % 24, unix / 60 % 60, unix % 60)
}

const LEVELS: &[&str] = &["0", "1", "2", "3", "4", "5", "10", "off"];

pub(super) const SET_VERBOSE: Command = Command {
    words: "core set verbose",
    arguments: "",
    summary: "Set level of verbosity",
    usage: "Usage: core set verbose <level>|off\n       Sets what this console sees of the log: from 3 on what the dialplan \
            does.\n       Warnings and errors are always seen.",
    complete: Complete::Words(LEVELS),
    run: |operator, call| {
        Box::pin(async move {
            let level = level(&call)?;
            let change = |wish: &mut Wish| wish.verbose = level;
            let before = call.session.and_then(|session| operator.lines.change(session, change));
            Ok(Answer::said(changed("Console verbose", before.map_or(0, |wish| wish.verbose), level)))
        })
    },
};

pub(super) const SET_DEBUG: Command = Command {
    words: "core set debug",
    arguments: "",
    summary: "Set level of debug chattiness",
    usage: "Usage: core set debug <level>|off\n       Sets what this console sees of debugging: from 1 on debugging lines, \
            from 3 on\n       traces. What goes to the log is set by the variable RUST_LOG.",
    complete: Complete::Words(LEVELS),
    run: |operator, call| {
        Box::pin(async move {
            let level = level(&call)?;
            let change = |wish: &mut Wish| wish.debug = level;
            let before = call.session.and_then(|session| operator.lines.change(session, change));
            Ok(Answer::said(changed("Core debug", before.map_or(0, |wish| wish.debug), level)))
        })
    },
};

fn level(call: &Call) -> Result<u8, Trouble> {
    match call.exactly()? {
        ["off"] => Ok(0),
        [level] => level.parse().map_err(|_| Trouble::Usage),
    }
}

fn changed(what: &str, before: u8, now: u8) -> String {
    let word = |level: u8| if level == 0 { "OFF".to_owned() } else { level.to_string() };
    match before == now {
        true => format!("{what} is still {}.", word(now)),
        false => format!("{what} was {} and is now {}.", word(before), word(now)),
    }
}

pub(super) const STOP_NOW: Command = Command {
    words: "core stop now",
    arguments: "",
    summary: "Shut down Asterisk immediately",
    usage: "Usage: core stop now\n       Ends the daemon at once, hanging up all calls.",
    complete: Complete::Nothing,
    run: |operator, call| stop(operator, call, Stop::Now),
};

pub(super) const STOP_GRACEFULLY: Command = Command {
    words: "core stop gracefully",
    arguments: "",
    summary: "Gracefully shut down Asterisk",
    usage: "Usage: core stop gracefully\n       Takes no new calls, and ends the daemon once the last one is over.",
    complete: Complete::Nothing,
    run: |operator, call| stop(operator, call, Stop::Gracefully),
};

pub(super) const STOP_WHEN_CONVENIENT: Command = Command {
    words: "core stop when convenient",
    arguments: "",
    summary: "Shut down Asterisk at empty call volume",
    usage: "Usage: core stop when convenient\n       Ends the daemon as soon as there is no call; takes new ones until then.",
    complete: Complete::Nothing,
    run: |operator, call| stop(operator, call, Stop::WhenConvenient),
};

fn stop(operator: Arc<Operator>, call: Call, how: Stop) -> Work {
    Box::pin(async move {
        call.exactly::<0>()?;
        operator.stop.send_replace(Some(how));
        Ok(Answer::said(match how {
            Stop::Now => "Shutting down.",
            Stop::Gracefully => "Waiting for inactivity to perform halt",
            Stop::WhenConvenient => "Waiting for inactivity to perform halt",
        }))
    })
}

pub(super) const RESTART: Command = Command {
    words: "core restart",
    arguments: "now|gracefully|when convenient",
    summary: "Restart Asterisk (refused)",
    usage: "Usage: core restart now|gracefully|when convenient\n       Refused: whatever started the daemon restarts it.",
    complete: Complete::Words(&["now", "gracefully", "when"]),
    run: |_, _| {
        Box::pin(async {
            Err(Trouble::Failed(
                "Strowger does not restart itself: whatever started it does (`systemctl restart strowger`, or \
                 `core stop gracefully` under a supervisor)."
                    .to_owned(),
            ))
        })
    },
};

pub(super) const WAIT_FULLY_BOOTED: Command = Command {
    words: "core waitfullybooted",
    arguments: "",
    summary: "Wait for Asterisk to be fully booted",
    usage: "Usage: core waitfullybooted\n       Answers once calls can come, which is so as soon as there is a console.",
    complete: Complete::Nothing,
    run: |_, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            Ok(Answer::said("Strowger has fully booted."))
        })
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_said_as_asterisk_says_it() {
        assert_eq!(in_words(3), "3 seconds");
        assert_eq!(in_words(0), "0 seconds");
        assert_eq!(in_words(60), "1 minute");
        assert_eq!(in_words(86_400 + 7_260 + 1), "1 day, 2 hours, 1 minute, 1 second");
    }

    #[test]
    fn a_level_is_told_as_asterisk_tells_it() {
        assert_eq!(changed("Core debug", 0, 1), "Core debug was OFF and is now 1.");
        assert_eq!(changed("Console verbose", 0, 0), "Console verbose is still OFF.");
    }
}
