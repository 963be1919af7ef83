//! Stored recordings: files that the server keeps, behind a trait.

use std::path::PathBuf;
use std::pin::Pin;

use ari_model::StoredRecording;

/// What a disk will have done.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoredFailure>> + Send + 'a>>;

/// Why a stored recording could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredFailure {
    /// No recording of that name.
    #[error("no recording of that name")]
    Missing,
    /// The destination of a copy is there already.
    #[error("a recording of that name is there already")]
    Exists,
    /// The name leaves the recordings folder.
    #[error("the name leaves the recordings folder")]
    Outside,
    /// The disk said no, and how.
    #[error("{0}")]
    Disk(String),
}

/// Recordings on disk. A name is a path below the recordings folder, without extension, with `/` between folders.
pub trait StoredRecordings: Send + Sync {
    /// Extensions that can be recorded in, such as `wav`.
    fn formats(&self) -> &[&str];
    /// All of them.
    fn list(&self) -> Pending<'_, Vec<StoredRecording>>;
    /// One by name.
    fn find<'a>(&'a self, name: &'a str) -> Pending<'a, StoredRecording>;
    /// Its file, to be read.
    fn file<'a>(&'a self, name: &'a str) -> Pending<'a, (StoredRecording, PathBuf)>;
    /// Throws it away.
    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, ()>;
    /// Copies it; what the copy is.
    fn copy<'a>(&'a self, name: &'a str, to: &'a str) -> Pending<'a, StoredRecording>;
}

/// No recordings at all: for servers without a disk, and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecordings;

impl StoredRecordings for NoRecordings {
    fn formats(&self) -> &[&str] {
        &[]
    }

    fn list(&self) -> Pending<'_, Vec<StoredRecording>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn find<'a>(&'a self, _: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async { Err(StoredFailure::Missing) })
    }

    fn file<'a>(&'a self, _: &'a str) -> Pending<'a, (StoredRecording, PathBuf)> {
        Box::pin(async { Err(StoredFailure::Missing) })
    }

    fn remove<'a>(&'a self, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async { Err(StoredFailure::Missing) })
    }

    fn copy<'a>(&'a self, _: &'a str, _: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async { Err(StoredFailure::Missing) })
    }
}
