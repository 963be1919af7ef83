//! What goes over a console's socket: one JSON document a line, each way.

use serde::{Deserialize, Serialize};

/// What a console asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Run a command: answered by one [`Message::Answer`].
    Run {
        /// The line.
        line: String,
        /// JSON instead of text.
        #[serde(default)]
        json: bool,
    },
    /// How the last word of a line may go on: answered by one [`Message::Completions`].
    Complete {
        /// The line up to the cursor.
        line: String,
    },
    /// Show log lines from now on.
    Listen {
        /// As `core set verbose`.
        verbose: u8,
        /// As `core set debug`.
        debug: u8,
    },
}

/// What a console is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The first of all.
    Greeting {
        /// The program's version.
        version: String,
        /// The daemon's process.
        pid: u32,
        /// The machine's name.
        host: String,
    },
    /// What a command came to.
    Answer {
        /// Text, or one JSON document.
        text: String,
        /// Whether it failed, or was none.
        failed: bool,
    },
    /// Words that the last one may be continued to.
    Completions {
        /// In order.
        words: Vec<String>,
    },
    /// A line of the log.
    Log {
        /// It may have several lines: SIP messages do.
        line: String,
    },
    /// The last of all.
    Goodbye {
        /// Why.
        reason: String,
    },
}
