//! How a reload went.

/// Whether the new configuration runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It runs, but for what wants a restart.
    Done,
    /// The one from before runs on, and why.
    Refused(String),
}

/// How a reload went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReloadReport {
    /// Whether the new configuration runs.
    pub outcome: Outcome,
    /// What is to be said of the files: a line each with file, line and column.
    pub complaints: Vec<String>,
    /// What changed in the files and stays as it was until the next start.
    pub restart: Vec<String>,
}

impl ReloadReport {
    pub(super) fn refused(why: String) -> ReloadReport {
        ReloadReport { outcome: Outcome::Refused(why), complaints: Vec::new(), restart: Vec::new() }
    }

    /// Whether the new configuration runs.
    pub fn is_done(&self) -> bool {
        self.outcome == Outcome::Done
    }

    /// Lines for people, the outcome last.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.complaints.clone();
        lines.extend(self.restart.iter().cloned());
        lines.push(match &self.outcome {
            Outcome::Done => "the configuration was read again".to_owned(),
            Outcome::Refused(why) => format!("the configuration from before runs on: {why}"),
        });
        lines
    }

    pub(super) fn log(&self) {
        for line in self.complaints.iter().chain(&self.restart) {
            tracing::warn!(target: "config", "{line}");
        }
        match &self.outcome {
            Outcome::Done => tracing::info!(target: "config", "the configuration was read again"),
            Outcome::Refused(why) => {
                tracing::error!(target: "config", "the configuration from before runs on: {why}");
            }
        }
    }
}
