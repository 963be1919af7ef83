//! [`Answer`]: what a command came to, as text or as JSON.

use super::value::{Value, record};

/// Makes the text of what a command found.
pub type Layout = fn(&Value) -> String;

/// What a command found, and how it is laid out as text.
#[derive(Debug, Clone)]
pub struct Answer {
    data: Value,
    layout: Layout,
}

/// Why a command shows something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It was not called as it has to be: its usage is shown.
    #[error("usage")]
    Usage,
    /// It could not be done. The text, often empty, stands before `Command '…' failed.`.
    #[error("{0}")]
    Failed(String),
    /// The switch did not answer.
    #[error(transparent)]
    Silent(#[from] super::Silent),
}

impl Answer {
    /// Something found, and how it is laid out.
    pub fn new(data: Value, layout: Layout) -> Answer {
        Answer { data, layout }
    }

    /// Sentences, one a line; in JSON the field `message`.
    pub fn said(text: impl Into<String>) -> Answer {
        Answer {
            data: record! { "message" => text.into() },
            layout: |data| line(&data["message"].to_string()),
        }
    }

    /// Nothing to say.
    pub fn nothing() -> Answer {
        Answer { data: Value::Nothing, layout: |_| String::new() }
    }

    /// As Asterisk shows it: lines, each with its end.
    pub fn text(&self) -> String {
        (self.layout)(&self.data)
    }

    /// One JSON document and a line's end.
    pub fn json(&self) -> String {
        format!("{}\n", self.data.json())
    }
}

fn line(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
