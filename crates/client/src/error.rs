//! What can go wrong, and whether to try again.

use tokio_tungstenite::tungstenite;

/// Why a command or the event stream failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered that it will not.
    #[error("{status} {message} ({method} {path})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The server's words.
        message: String,
        /// HTTP method of the request.
        method: String,
        /// Path of the request.
        path: String,
    },
    /// The request did not get to the server, or no answer came back.
    #[error("no answer from the server: {0}")]
    Unanswered(#[source] reqwest::Error),
    /// The server answered with something that is not what ARI answers there.
    #[error("answer to {path} is not understood: {source}")]
    Unreadable {
        /// Path of the request.
        path: String,
        /// What the JSON lacked.
        source: serde_json::Error,
    },
    /// The event WebSocket could not be opened.
    #[error("event WebSocket: {0}")]
    WebSocket(#[source] Box<tungstenite::Error>),
    /// The event WebSocket was open and is lost; events may have been missed.
    #[error("event WebSocket lost: {reason}")]
    Disconnected {
        /// Why, as far as it is known.
        reason: String,
    },
    /// The address is not a URL of the form `http://host:port`.
    #[error("not a server's address: {0}")]
    Address(String),
}

/// Whether it is worth to send the same command again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// No: the answer would be the same.
    No,
    /// Yes, after a while: nothing was done.
    Later,
    /// Ask first what is there: it may or may not have been done.
    Unsure,
}

impl Error {
    /// HTTP status, where the server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused { status, .. } => Some(*status),
            Error::WebSocket(error) => match &**error {
                tungstenite::Error::Http(response) => Some(response.status().as_u16()),
                _ => None,
            },
            Error::Unanswered(_)
            | Error::Unreadable { .. }
            | Error::Disconnected { .. }
            | Error::Address(_) => None,
        }
    }

    /// Whether the channel, bridge or other thing is not there (any more).
    pub fn is_gone(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether it is worth to send the same command again.
    pub fn retry(&self) -> Retry {
        match self {
            Error::Refused { status: 503, .. } => Retry::Later,
            Error::Unanswered(error) if error.is_connect() => Retry::Later,
            Error::Unanswered(_) | Error::Unreadable { .. } => Retry::Unsure,
            Error::WebSocket(_) => match self.status() {
                None | Some(503) => Retry::Later,
                Some(_) => Retry::No,
            },
            Error::Disconnected { .. } => Retry::Later,
            Error::Refused { .. } | Error::Address(_) => Retry::No,
        }
    }
}

impl From<tungstenite::Error> for Error {
    fn from(error: tungstenite::Error) -> Error {
        Error::WebSocket(Box::new(error))
    }
}
