//! [`Operator`]: runs commands. Consoles call it, and so may whoever else has a line to run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use ari::Switchboard;
use switch::{Query, View};
use tokio::sync::watch;

use super::answer::{Answer, Trouble};
use super::command::{self, Call, Complete, LONGEST_LINE};
use super::commands::TABLE;
use super::{Enquiries, Lines, SipLogger};
use crate::config::{Configuration, Directories, Http, Rtp};
use crate::process::{Admission, Reloader};

/// Words that one completion gives at most.
const MOST_WORDS: usize = 500;

/// How the daemon is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// At once.
    Now,
    /// No new calls; once the last one is over.
    Gracefully,
    /// Once there is no call.
    WhenConvenient,
}

/// What does not change while the daemon runs.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When it began, by the wall.
    pub started: SystemTime,
    /// The same, monotonic.
    pub started_at: Instant,
    /// How many channels, and why.
    pub admission: Admission,
    /// Descriptors that the system gives.
    pub descriptors: u64,
    /// `asterisk.conf`.
    pub directories: Directories,
    /// `http.conf`.
    pub http: Http,
    /// Where HTTP listens.
    pub http_addresses: Vec<SocketAddr>,
    /// Where SIP listens.
    pub sip_addresses: Vec<SocketAddr>,
    /// `rtp.conf`.
    pub rtp: Rtp,
    /// Where music is looked for.
    pub music: Vec<PathBuf>,
}

impl Facts {
    /// What a configuration says; what is known only once the server runs is filled in then.
    pub fn of(configuration: &Configuration, admission: Admission, descriptors: u64) -> Facts {
        Facts {
            started: SystemTime::now(),
            started_at: Instant::now(),
            admission,
            descriptors,
            directories: configuration.directories.clone(),
            http: configuration.http.clone(),
            http_addresses: Vec::new(),
            sip_addresses: Vec::new(),
            rtp: configuration.rtp,
            music: configuration.music(),
        }
    }
}

/// Everything a command may use.
pub struct Operator {
    pub(super) enquiries: Enquiries,
    pub(super) board: Switchboard,
    pub(super) facts: Facts,
    pub(super) lines: Lines,
    pub(super) sip_logger: SipLogger,
    pub(super) reloader: Reloader,
    pub(super) stop: watch::Sender<Option<Stop>>,
}

/// What a line came to.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What was found; `None` where the line was no command, was called wrongly, or failed.
    pub answer: Option<Answer>,
    /// What is said where nothing was found.
    pub complaint: String,
}

impl Ran {
    /// As Asterisk shows it.
    pub fn text(&self) -> String {
        self.answer.as_ref().map_or_else(|| self.complaint.clone(), Answer::text)
    }

    /// One JSON document and a line's end.
    pub fn json(&self) -> String {
        match &self.answer {
            Some(answer) => answer.json(),
            None => format!("{}\n", serde_json::json!({ "error": self.complaint.trim_end() })),
        }
    }
}

impl Operator {
    /// An operator between these.
    pub fn new(
        enquiries: Enquiries,
        board: Switchboard,
        facts: Facts,
        lines: Lines,
        sip_logger: SipLogger,
        reloader: Reloader,
    ) -> Operator {
        let (stop, _) = watch::channel(None);
        Operator { enquiries, board, facts, lines, sip_logger, reloader, stop }
    }

    /// Runs a line. `session` is the console that shows the log to who typed it.
    pub async fn run(self: &Arc<Self>, line: &str, session: Option<u64>) -> Ran {
        let line = line.trim();
        let no_command = || {
            format!("No such command '{line}' (type 'core show help {line}' for other possible commands)\n")
        };
        if line.is_empty() {
            return Ran { answer: Some(Answer::nothing()), complaint: String::new() };
        }
        if line.len() > LONGEST_LINE {
            return Ran { answer: None, complaint: "The line is too long.\n".to_owned() };
        }
        let Some((command, arguments)) = command::find(TABLE, &command::words(line)) else {
            return Ran { answer: None, complaint: no_command() };
        };
        let call = Call { line: line.to_owned(), arguments, session };
        match (command.run)(self.clone(), call).await {
            Ok(answer) => Ran { answer: Some(answer), complaint: String::new() },
            Err(trouble) => Ran { answer: None, complaint: complaint(line, command, &trouble) },
        }
    }

    /// Words that the last one of a line may be continued to.
    pub async fn complete(&self, line: &str) -> Vec<String> {
        let (next, asked) = command::candidates(TABLE, line);
        let begun = line.rsplit(char::is_whitespace).next().unwrap_or_default();
        let mut words: Vec<String> = next.into_iter().map(str::to_owned).collect();
        for command in asked {
            let known = self.known(command.complete).await;
            words.extend(known.into_iter().filter(|word| command::begins(word, begun)));
        }
        words.sort_unstable();
        words.dedup();
        words.truncate(MOST_WORDS);
        words
    }

    /// Resolves once the daemon is asked to end.
    pub async fn stop_asked(&self) -> Stop {
        let mut asked = self.stop.subscribe();
        // The sender is this operator's own.
        let stop = asked.wait_for(Option::is_some).await.ok().and_then(|stop| *stop);
        stop.unwrap_or(Stop::Now)
    }

    async fn known(&self, complete: Complete) -> Vec<String> {
        match complete {
            Complete::Nothing => Vec::new(),
            Complete::Words(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            Complete::Channel => self.channel_names().await,
            Complete::ChannelOrAll => {
                let mut names = self.channel_names().await;
                names.push("all".to_owned());
                names
            }
            Complete::Bridge => match self.enquiries.ask(Query::Bridges).await {
                Ok(View::Bridges(views)) => views.iter().map(|view| view.bridge.id.to_string()).collect(),
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Endpoint => match self.enquiries.ask(Query::Sip).await {
                Ok(View::Sip(view)) => {
                    view.config.endpoints.iter().map(|endpoint| endpoint.name.to_string()).collect()
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Aor => match self.enquiries.ask(Query::Sip).await {
                Ok(View::Sip(view)) => view.config.aors.iter().map(|aor| aor.name.to_string()).collect(),
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Registration => match self.enquiries.ask(Query::Sip).await {
                Ok(View::Sip(view)) => view.registrations.iter().map(|one| one.name.to_string()).collect(),
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Context => match self.enquiries.ask(Query::Dialplan).await {
                Ok(View::Dialplan(plan)) => plan.contexts().map(|context| context.name.clone()).collect(),
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Application => match self.board.ask(stasis::Command::Applications).await {
                Ok(Ok(stasis::Answer::Applications(all))) => {
                    all.iter().map(|application| application.name.to_string()).collect()
                }
                Ok(_) | Err(_) => Vec::new(),
            },
            Complete::Command => TABLE.iter().map(|command| command.words.to_owned()).collect(),
        }
    }

    async fn channel_names(&self) -> Vec<String> {
        match self.enquiries.ask(Query::Channels).await {
            Ok(View::Channels(view)) => {
                view.channels.iter().map(|one| one.channel.name.to_string()).collect()
            }
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

fn complaint(line: &str, command: &command::Command, trouble: &Trouble) -> String {
    match trouble {
        Trouble::Usage => format!("{}\n", command.usage.trim_end()),
        Trouble::Failed(text) if text.is_empty() => format!("Command '{line}' failed.\n"),
        Trouble::Failed(text) => format!("{}\nCommand '{line}' failed.\n", text.trim_end()),
        Trouble::Silent(silent) => format!("{silent}\nCommand '{line}' failed.\n"),
    }
}
