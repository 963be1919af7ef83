//! What is wrong with a file, where, and what to write instead.

use std::fmt;

use crate::span::Span;

/// How many complaints one reading keeps; one more says that the rest was left out.
pub const MAX_COMPLAINTS: usize = 1_000;

/// How much a complaint matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Note,
    /// Something was ignored, the rest works.
    Warning,
    /// Something the file asks for will not happen.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// One complaint about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The place.
    pub span: Span,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, one clause without a full stop.
    pub text: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

impl Complaint {
    /// An error at `span`.
    pub fn error(span: Span, text: impl Into<String>) -> Complaint {
        Complaint { span, severity: Severity::Error, text: text.into(), help: None }
    }

    /// A warning at `span`.
    pub fn warning(span: Span, text: impl Into<String>) -> Complaint {
        Complaint { span, severity: Severity::Warning, text: text.into(), help: None }
    }

    /// A note at `span`.
    pub fn note(span: Span, text: impl Into<String>) -> Complaint {
        Complaint { span, severity: Severity::Note, text: text.into(), help: None }
    }

    /// The same with a word on what to write instead.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Complaint {
        Complaint { help: Some(help.into()), ..self }
    }
}

/// Adds `complaint` while there is room; the last place says that the rest was left out.
pub(crate) fn add(complaints: &mut Vec<Complaint>, complaint: Complaint) {
    if complaints.len() < MAX_COMPLAINTS {
        complaints.push(complaint);
    } else if complaints.len() == MAX_COMPLAINTS {
        let span = complaint.span;
        complaints.push(Complaint::note(span, "more complaints follow; they were left out"));
    }
}
