//! `strowger console`: attaches to the running daemon, as `asterisk -r` does.

mod editor;
mod line;

use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use server::config;
use server::console::wire::{Message, Request};
use server::console::{Wish, socket_path};

use crate::complain;
use editor::Editor;
use line::Line;

/// How a console is asked for.
#[derive(Args, Clone, Default)]
pub(crate) struct ConsoleArguments {
    /// The daemon's socket; else `strowger.ctl` in `astrundir` of the configuration, or in the directory of this user.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Run one command, print what it says, and end.
    #[arg(short = 'x', long, value_name = "COMMAND")]
    execute: Option<String>,
    /// What commands find as JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Show more of the log; from -vvv on what the dialplan does.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Show debugging lines of the log; from -ddd on traces.
    #[arg(short, long, action = clap::ArgAction::Count)]
    debug: u8,
    /// As in `asterisk -r`: attach to the running daemon. What a console does anyway.
    #[arg(short, long)]
    pub(crate) remote: bool,
}

impl ConsoleArguments {
    /// Whether the command line without a command means a console: `strowger -r…`, `strowger -x …`, `strowger -vvv`.
    pub(crate) fn is_meant(&self) -> bool {
        self.remote || self.execute.is_some() || self.json || self.verbose > 0 || self.debug > 0
    }
}

pub(crate) fn run(arguments: &ConsoleArguments, directory: Option<&Path>) -> ExitCode {
    let path = match place(arguments.socket.as_deref(), directory) {
        Ok(path) => path,
        Err(error) => return complain(error),
    };
    let mut line = match Line::attach(&path) {
        Ok(line) => line,
        Err(error) => return complain(error),
    };
    let ended = match &arguments.execute {
        Some(command) => execute(&mut line, command, arguments.json),
        None => converse(&mut line, arguments),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(error),
    }
}

/// Where the daemon of a configuration listens.
pub(crate) fn place(socket: Option<&Path>, directory: Option<&Path>) -> Result<PathBuf, config::Error> {
    if let Some(socket) = socket {
        return Ok(socket.to_owned());
    }
    let reading = directory.map_or_else(|| Ok(config::built_in()), config::read)?;
    Ok(socket_path(&reading.configuration.directories))
}

fn execute(line: &mut Line, command: &str, json: bool) -> Result<(), line::Lost> {
    match line.ask(&Request::Run { line: command.to_owned(), json })? {
        Message::Answer { text, .. } => print(&text),
        Message::Goodbye { reason } => return Err(line::Lost::Closed(reason)),
        Message::Greeting { .. } | Message::Completions { .. } | Message::Log { .. } => {}
    }
    Ok(())
}

fn converse(line: &mut Line, arguments: &ConsoleArguments) -> Result<(), line::Lost> {
    let greeting = line.greeting().clone();
    let mut editor = Editor::new(line.asking(), &greeting.host);
    line.show_log(editor.printer(), Wish { verbose: arguments.verbose, debug: arguments.debug })?;
    if io::stdin().is_terminal() {
        let (version, host, pid) = (&greeting.version, &greeting.host, greeting.pid);
        print(&format!("Connected to Strowger {version} currently running on {host} (pid = {pid})\n"));
    }
    while let Some(typed) = editor.next() {
        let typed = typed.trim();
        match typed {
            "" => {}
            "exit" | "quit" => break,
            _ => match typed.strip_prefix('!') {
                Some(command) => shell(command.trim()),
                None => execute(line, typed, arguments.json)?,
            },
        }
    }
    editor.remember();
    Ok(())
}

/// Runs a command of the operator's shell, or the shell itself.
fn shell(command: &str) {
    let shell = std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
    let mut process = Command::new(shell);
    if !command.is_empty() {
        process.arg("-c").arg(command);
    }
    if let Err(error) = process.status() {
        print(&format!("the shell cannot be run: {error}\n"));
    }
}

/// Whoever reads no longer has seen enough.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
