//! The prompt: history, completion, and log lines above it.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, ExternalPrinter as _, Helper};
use server::config::state_directory;
use server::console::wire::{Message, Request};

use super::line::{Asking, Printer};

/// Lines that are remembered.
const HISTORY: usize = 1_000;

/// How the terminal was before the first prompt.
static TERMINAL: OnceLock<Termios> = OnceLock::new();

/// Says something and ends the process, with the terminal as it was. For the thread that finds the daemon gone while the
/// other waits for a key.
pub(super) fn leave(what: &str) -> ! {
    if let Some(before) = TERMINAL.get() {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
    }
    eprintln!("\n{what}");
    std::process::exit(0)
}

/// Reads what the operator types.
pub(super) struct Editor {
    editor: Option<rustyline::Editor<Words, FileHistory>>,
    prompt: String,
    history: PathBuf,
}

impl Editor {
    /// An editor whose completions the daemon knows.
    pub(super) fn new(asking: Asking, host: &str) -> Editor {
        if let Ok(terminal) = tcgetattr(std::io::stdin()) {
            let _ = TERMINAL.set(terminal);
        }
        let history = state_directory().join("console_history");
        let config = Config::builder()
            .max_history_size(HISTORY)
            .and_then(|config| config.history_ignore_dups(true))
            .map(|config| config.completion_type(CompletionType::List).auto_add_history(true).build());
        let editor = config.and_then(rustyline::Editor::with_config).ok();
        let editor = editor.map(|mut editor| {
            editor.set_helper(Some(Words { asking }));
            // The first time there is none.
            let _ = editor.load_history(&history);
            editor
        });
        Editor { editor, prompt: format!("{host}*CLI> "), history }
    }

    /// Prints above the prompt.
    pub(super) fn printer(&mut self) -> Printer {
        match self.editor.as_mut().map(rustyline::Editor::create_external_printer) {
            Some(Ok(mut printer)) => Box::new(move |line| {
                let _ = printer.print(format!("{line}\n"));
            }),
            // No terminal: whoever reads wants the lines.
            Some(Err(_)) | None => Box::new(|line| super::print(&format!("{line}\n"))),
        }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> Option<String> {
        match self.editor.as_mut()?.readline(&self.prompt) {
            Ok(line) => Some(line),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => None,
            Err(error) => {
                eprintln!("strowger: the keyboard cannot be read: {error}");
                None
            }
        }
    }

    /// Keeps the history for the next time. A machine where nothing can be written loses only that.
    pub(super) fn remember(&mut self) {
        let Some(editor) = &mut self.editor else { return };
        if let Some(directory) = self.history.parent() {
            let _ = fs::create_dir_all(directory);
        }
        let _ = editor.save_history(&self.history);
    }
}

/// Completes words by asking the daemon.
struct Words {
    asking: Asking,
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = &line[..at];
        let begin = before.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let words = match self.asking.ask(&Request::Complete { line: before.to_owned() }) {
            Ok(Message::Completions { words }) => words,
            Ok(_) | Err(_) => Vec::new(),
        };
        let words = match &words[..] {
            [only] => vec![format!("{only} ")],
            _ => words,
        };
        Ok((begin, words))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {
    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        Cow::Borrowed(candidate)
    }
}

impl Validator for Words {}

impl Helper for Words {}
