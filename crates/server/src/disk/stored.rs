//! The folder of stored recordings.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::FORMATS;
use super::{DROPPED_SUFFIX, name};

/// Recordings that are listed; those beyond are left out.
const MAX_LISTED: usize = 100_000;
/// Folders within folders that are looked into.
const MAX_DEPTH: usize = 16;

/// A stored recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Name: the path below the folder without extension.
    pub name: String,
    /// Format: the extension.
    pub format: String,
}

/// Why a stored recording could not be had.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// No recording of that name.
    #[error("no recording of that name")]
    Missing,
    /// The name leaves the folder.
    #[error("the name leaves the recordings folder")]
    Outside,
    /// A recording of that name is there already.
    #[error("a recording of that name is there already")]
    Exists,
    /// The disk said no.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// The folder. Clones are of the same folder; what they do is done on tokio's threads for blocking work.
#[derive(Debug, Clone)]
pub struct StoredRecordings {
    root: Arc<Path>,
}

impl StoredRecordings {
    /// The recordings of a folder, which need not be there yet.
    pub fn new(root: &Path) -> StoredRecordings {
        StoredRecordings { root: root.into() }
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub async fn list(&self) -> Result<Vec<Stored>, StoredError> {
        self.away(|root| {
            let mut found = Vec::new();
            collect(&root, &root, 0, &mut found)?;
            found.sort();
            Ok(found)
        })
        .await
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoredError::Missing`], [`StoredError::Outside`].
    pub async fn find(&self, name: &str) -> Result<Stored, StoredError> {
        let name = name.to_owned();
        self.away(move |root| Ok(find(&root, &name)?.0)).await
    }

    /// Throws one away.
    ///
    /// # Errors
    /// [`StoredError::Missing`], [`StoredError::Outside`], [`StoredError::Disk`].
    pub async fn delete(&self, name: &str) -> Result<(), StoredError> {
        let name = name.to_owned();
        self.away(move |root| {
            let (_, path) = find(&root, &name)?;
            fs::remove_file(&path)?;
            let mut beside = path.into_os_string();
            beside.push(DROPPED_SUFFIX);
            let _ = fs::remove_file(beside);
            Ok(())
        })
        .await
    }

    /// Makes a copy under another name.
    ///
    /// # Errors
    /// [`StoredError::Missing`], [`StoredError::Outside`], [`StoredError::Exists`], [`StoredError::Disk`].
    pub async fn copy(&self, from: &str, to: &str) -> Result<Stored, StoredError> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.away(move |root| {
            let (stored, path) = find(&root, &from)?;
            if FORMATS
                .iter()
                .any(|format| name::is_inside(&to) && name::with(&root.join(&to), format).exists())
            {
                return Err(StoredError::Exists);
            }
            let target = name::path(&root, &to).map_err(|failure| match failure {
                call::OpenFailure::Outside => StoredError::Outside,
                call::OpenFailure::Exists => StoredError::Exists,
                call::OpenFailure::Disk(why) => StoredError::Disk(io::Error::other(why)),
            })?;
            let mut target =
                File::options().write(true).create_new(true).open(name::with(&target, &stored.format))?;
            io::copy(&mut File::open(path)?, &mut target)?;
            Ok(Stored { name: to, format: stored.format })
        })
        .await
    }

    /// Where the file of one is.
    ///
    /// # Errors
    /// [`StoredError::Missing`], [`StoredError::Outside`].
    pub async fn path(&self, name: &str) -> Result<(Stored, PathBuf), StoredError> {
        let name = name.to_owned();
        self.away(move |root| find(&root, &name)).await
    }

    async fn away<T, F>(&self, work: F) -> Result<T, StoredError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Path>) -> Result<T, StoredError> + Send + 'static,
    {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || work(root))
            .await
            .unwrap_or_else(|_| Err(StoredError::Disk(io::Error::other("the server is ending"))))
    }
}

/// The path of a recording: below the folder, links followed.
fn find(root: &Path, name: &str) -> Result<(Stored, PathBuf), StoredError> {
    if !name::is_inside(name) {
        return Err(StoredError::Outside);
    }
    for format in FORMATS {
        let path = name::with(&root.join(name), format);
        if path.is_file() {
            if !path.canonicalize()?.starts_with(root.canonicalize()?) {
                return Err(StoredError::Outside);
            }
            return Ok((Stored { name: name.to_owned(), format: format.to_owned() }, path));
        }
    }
    Err(StoredError::Missing)
}

fn collect(root: &Path, folder: &Path, depth: usize, found: &mut Vec<Stored>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if found.len() >= MAX_LISTED {
            break;
        }
        if kind.is_dir() && depth < MAX_DEPTH {
            collect(root, &path, depth + 1, found)?;
        } else if kind.is_file()
            && let Some(format) =
                path.extension().and_then(|it| it.to_str()).filter(|it| FORMATS.contains(it))
            && let Some(name) = path.with_extension("").strip_prefix(root).ok().and_then(Path::to_str)
        {
            found.push(Stored { name: name.to_owned(), format: format.to_owned() });
        }
    }
    Ok(())
}
