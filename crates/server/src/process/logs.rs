//! Logs: lines for people, or JSON for programs, on the error stream.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// What log lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Begins to log; what, the variable `RUST_LOG` says (`info` where it does not). A second call changes nothing.
pub fn begin_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let is_first = match format {
        LogFormat::Human => builder.with_ansi(io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if is_first.is_err() {
        tracing::debug!("logging had begun already");
    }
}
