//! Stored recordings as ARI asks for them.

use std::path::PathBuf;

use ari::model::StoredRecording;
use ari::{Pending, StoredFailure};

use super::{FORMATS, Stored, StoredError, StoredRecordings};

impl From<Stored> for StoredRecording {
    fn from(stored: Stored) -> StoredRecording {
        StoredRecording { name: stored.name, format: stored.format }
    }
}

impl From<StoredError> for StoredFailure {
    fn from(error: StoredError) -> StoredFailure {
        match error {
            StoredError::Missing => StoredFailure::Missing,
            StoredError::Outside => StoredFailure::Outside,
            StoredError::Exists => StoredFailure::Exists,
            StoredError::Disk(error) => StoredFailure::Disk(error.to_string()),
        }
    }
}

impl ari::StoredRecordings for StoredRecordings {
    fn formats(&self) -> &[&str] {
        &FORMATS
    }

    fn list(&self) -> Pending<'_, Vec<StoredRecording>> {
        Box::pin(async move { Ok(StoredRecordings::list(self).await?.into_iter().map(Into::into).collect()) })
    }

    fn find<'a>(&'a self, name: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async move { Ok(StoredRecordings::find(self, name).await?.into()) })
    }

    fn file<'a>(&'a self, name: &'a str) -> Pending<'a, (StoredRecording, PathBuf)> {
        Box::pin(async move {
            let (stored, path) = self.path(name).await?;
            Ok((stored.into(), path))
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Pending<'a, ()> {
        Box::pin(async move { Ok(self.delete(name).await?) })
    }

    fn copy<'a>(&'a self, name: &'a str, to: &'a str) -> Pending<'a, StoredRecording> {
        Box::pin(async move { Ok(StoredRecordings::copy(self, name, to).await?.into()) })
    }
}
