//! A folder of a scenario's own, gone afterwards unless `INTEROP_KEEP` is set.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The folder; it is removed when this is dropped.
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty folder.
    pub fn new(what: &str) -> Result<Folder> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("strowger-interop-{}-{number}-{what}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Folder(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::env::var_os("INTEROP_KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
