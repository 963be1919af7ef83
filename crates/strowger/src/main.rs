//! The command line: serve, console, init, check, demo.

mod banner;
mod check;
mod console;
mod demo;
mod init;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use console::ConsoleArguments;

use clap::{Args, Parser, Subcommand, ValueEnum};
use server::process::LogFormat;

/// Calls come and go by the thousand, each with small things that live half a minute: glibc's allocator spends a tenth
/// of the switch's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A call server in which the application owns the call: SIP on one side, the Asterisk REST Interface on the other.
#[derive(Parser)]
#[command(name = "strowger", version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArguments,
    #[command(flatten)]
    console: ConsoleArguments,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (what happens without a command too).
    Serve {
        #[command(flatten)]
        serve: ServeArguments,
        /// Where consoles attach; else `strowger.ctl` in `astrundir` of the configuration, or in the directory of this user.
        #[arg(short, long, value_name = "PATH")]
        socket: Option<PathBuf>,
    },
    /// Attach to the running server, as `asterisk -r` does (also `strowger -rvvv`, `strowger -rx "core show channels"`).
    Console {
        /// The server's configuration, to find its socket.
        #[arg(long, value_name = "DIRECTORY")]
        config: Option<PathBuf>,
        #[command(flatten)]
        console: ConsoleArguments,
    },
    /// Write a configuration for a local network, with random passwords and a comment on every line.
    Init {
        /// Where to; made where it is missing. Nothing is overwritten.
        directory: PathBuf,
        /// Address of this machine that phones reach, with or without the port of SIP.
        #[arg(long, value_name = "ADDRESS", value_parser = init::listen_address)]
        listen: SocketAddr,
    },
    /// Print what of a configuration is understood, ignored and not supported yet.
    Check {
        /// A directory of Asterisk's files.
        directory: PathBuf,
        /// One JSON document instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Play a whole call, from two built-in phones to an application, and check each step.
    Demo {
        /// Leave the server running afterwards.
        #[arg(long)]
        keep: bool,
    },
}

/// What `serve` is told.
#[derive(Args)]
struct ServeArguments {
    /// A directory of Asterisk's files; without it a built-in configuration on loopback.
    #[arg(long, value_name = "DIRECTORY")]
    config: Option<PathBuf>,
    /// What log lines look like.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormatArgument,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum LogFormatArgument {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

impl From<LogFormatArgument> for LogFormat {
    fn from(argument: LogFormatArgument) -> LogFormat {
        match argument {
            LogFormatArgument::Human => LogFormat::Human,
            LogFormatArgument::Json => LogFormat::Json,
        }
    }
}

fn main() -> ExitCode {
    let CommandLine { command, serve, console } = CommandLine::parse();
    let otherwise = || match console.is_meant() {
        true => Command::Console { config: serve.config.clone(), console: console.clone() },
        false => Command::Serve { serve, socket: console.socket.clone() },
    };
    match command.unwrap_or_else(otherwise) {
        Command::Serve { serve, socket } => {
            serve::run(serve.config.as_deref(), serve.log_format.into(), socket.as_deref())
        }
        Command::Console { config, console } => console::run(&console, config.as_deref()),
        Command::Init { directory, listen } => init::run(&directory, listen),
        Command::Check { directory, json } => check::run(&directory, json),
        Command::Demo { keep } => demo::run(keep),
    }
}

/// One sentence on the error stream.
fn complain(what: impl std::fmt::Display) -> ExitCode {
    eprintln!("strowger: {what}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        CommandLine::command().debug_assert();
        let line = CommandLine::parse_from(["strowger", "--log-format", "json"]);
        assert!(line.command.is_none() && matches!(line.serve.log_format, LogFormatArgument::Json));
        let line = CommandLine::parse_from(["strowger", "-rvvv"]);
        assert!(line.command.is_none() && line.console.is_meant());
        let line = CommandLine::parse_from(["strowger", "-rx", "core show channels"]);
        assert!(line.command.is_none() && line.console.is_meant());
        let line = CommandLine::parse_from(["strowger", "console", "-rx", "core show uptime", "--json"]);
        assert!(matches!(line.command, Some(Command::Console { .. })));
        let line = CommandLine::parse_from(["strowger", "init", "x", "--listen", "192.0.2.1"]);
        let Some(Command::Init { listen, .. }) = line.command else { panic!("another command") };
        assert_eq!(listen.to_string(), "192.0.2.1:5060");
    }
}
