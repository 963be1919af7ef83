//! The connection to the daemon: one asks, one listens.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use server::console::Wish;
use server::console::wire::{Message, Request};

/// How long an answer may take: the daemon gives up on its switch before that.
const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// Nobody listens.
    #[error("no daemon answers at {}: start one (`strowger serve`), or name its socket with `-s`", .0.display())]
    Nobody(PathBuf),
    /// Not for this user.
    #[error("the daemon at {} belongs to another user", .0.display())]
    Foreign(PathBuf),
    /// It closed the connection.
    #[error("the daemon closed the connection: {0}")]
    Closed(String),
    /// Neither answer nor end.
    #[error("the daemon did not answer in time")]
    Silent,
    /// The system said no.
    #[error("the daemon cannot be asked: {0}")]
    System(#[from] io::Error),
}

/// What the daemon said first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Greeting {
    pub(crate) version: String,
    pub(crate) pid: u32,
    pub(crate) host: String,
}

/// Takes log lines as they come.
pub(crate) type Printer = Box<dyn FnMut(String) + Send>;

/// An attached console.
pub(crate) struct Line {
    asking: Asking,
    greeting: Greeting,
    log: Sender<Printer>,
}

/// The asking end. Clones are one: an answer goes to who asked.
#[derive(Clone)]
pub(crate) struct Asking(Arc<Mutex<Ends>>);

struct Ends {
    write: UnixStream,
    answers: Receiver<Message>,
}

impl Line {
    /// Attaches to the daemon that listens at a path.
    pub(crate) fn attach(path: &Path) -> Result<Line, Lost> {
        let write = UnixStream::connect(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Lost::Nobody(path.to_owned()),
            io::ErrorKind::PermissionDenied => Lost::Foreign(path.to_owned()),
            _ => Lost::System(error),
        })?;
        let read = BufReader::new(write.try_clone()?);
        let (answered, answers) = channel();
        let (log, printers) = channel();
        thread::Builder::new().name("listen".to_owned()).spawn(move || listen(read, &answered, &printers))?;
        let ends = Ends { write, answers };
        let greeting = match ends.answer()? {
            Message::Greeting { version, pid, host } => Greeting { version, pid, host },
            Message::Goodbye { reason } => return Err(Lost::Closed(reason)),
            Message::Answer { .. } | Message::Completions { .. } | Message::Log { .. } => Greeting::default(),
        };
        Ok(Line { asking: Asking(Arc::new(Mutex::new(ends))), greeting, log })
    }

    pub(crate) fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    pub(crate) fn asking(&self) -> Asking {
        self.asking.clone()
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Result<Message, Lost> {
        self.asking.ask(request)
    }

    /// Shows log lines from now on, and the daemon's goodbye.
    pub(crate) fn show_log(&mut self, printer: Printer, wish: Wish) -> Result<(), Lost> {
        // The listener lives as long as the connection.
        let _ = self.log.send(printer);
        self.asking.lock().say(&Request::Listen { verbose: wish.verbose, debug: wish.debug })
    }
}

impl Asking {
    /// Asks, and waits for the answer.
    pub(crate) fn ask(&self, request: &Request) -> Result<Message, Lost> {
        let mut ends = self.lock();
        ends.say(request)?;
        ends.answer()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ends> {
        // One thread asks at a time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends {
    fn say(&mut self, request: &Request) -> Result<(), Lost> {
        let mut text = serde_json::to_string(request).map_err(io::Error::from)?;
        text.push('\n');
        Ok(self.write.write_all(text.as_bytes())?)
    }

    fn answer(&self) -> Result<Message, Lost> {
        use std::sync::mpsc::RecvTimeoutError;
        self.answers.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => Lost::Silent,
            RecvTimeoutError::Disconnected => Lost::Closed("it ended".to_owned()),
        })
    }
}

/// Reads until the daemon closes: log lines are printed, the rest is an answer.
fn listen(mut read: BufReader<UnixStream>, answers: &Sender<Message>, printers: &Receiver<Printer>) {
    let mut printer: Option<Printer> = None;
    let mut text = String::new();
    let mut reason = "it ended".to_owned();
    loop {
        text.clear();
        if !matches!(read.read_line(&mut text), Ok(length) if length > 0) {
            break;
        }
        printer = printers.try_iter().last().or(printer);
        match serde_json::from_str(&text) {
            Ok(Message::Log { line }) => {
                if let Some(printer) = &mut printer {
                    printer(line);
                }
            }
            Ok(Message::Goodbye { reason: why }) => {
                reason.clone_from(&why);
                let _ = answers.send(Message::Goodbye { reason: why });
            }
            Ok(message) => {
                let _ = answers.send(message);
            }
            // A daemon of another version: what is not understood is left out.
            Err(_) => {}
        }
    }
    // Somebody who converses waits for his keyboard, not for an answer.
    if printer.is_some() || printers.try_recv().is_ok() {
        super::editor::leave(&format!("Disconnected from Strowger: {reason}"));
    }
}
