//! Logs: lines for people, or JSON for programs, on the error stream; and lines for consoles.

use std::io::{self, IsTerminal};

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::console::Lines;

/// What log lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Begins to log; what, the variable `RUST_LOG` says (`info` where it does not). Gives what consoles listen to. A second
/// call changes nothing, and what it gives stays silent.
pub fn begin_logging(format: LogFormat) -> Lines {
    let lines = Lines::default();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = match format {
        LogFormat::Human => layer.with_ansi(io::stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let consoles = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false)
        .with_target(false)
        .with_filter(lines.clone());
    let registry = tracing_subscriber::registry().with(layer.with_filter(filter)).with(consoles);
    if registry.try_init().is_err() {
        tracing::debug!("logging had begun already");
    }
    lines
}
