//! From a recording's name to its path, never outside the folder.

use std::fs;
use std::path::{Component, Path, PathBuf};

use call::OpenFailure;

/// The longest name, bytes.
const MAX_NAME: usize = 1_024;
/// The longest part of a name between slashes, bytes: room is left for an extension.
const MAX_PART: usize = 200;

/// Whether a name stays below its folder: parts between slashes, none of them `.`, `..`, empty or hidden.
pub(super) fn is_inside(name: &str) -> bool {
    let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let is_good = |part: &str| !part.is_empty() && !part.starts_with('.') && part.len() <= MAX_PART;
    is_plain && name.len() <= MAX_NAME && !name.contains(['\0', '\\']) && name.split('/').all(is_good)
}

/// The path without its extension, its folder made where it is missing. A link that leads out is found too.
pub(super) fn path(root: &Path, name: &str) -> Result<PathBuf, OpenFailure> {
    if !is_inside(name) {
        return Err(OpenFailure::Outside);
    }
    let path = root.join(name);
    let parent = path.parent().unwrap_or(root);
    let failed = |error: std::io::Error| OpenFailure::Disk(format!("{}: {error}", parent.display()));
    fs::create_dir_all(root).map_err(failed)?;
    // Each step is looked at before the next is made, so that nothing is made behind a link.
    let below = parent.strip_prefix(root).map_err(|_| OpenFailure::Outside)?;
    let top = root.canonicalize().map_err(failed)?;
    let mut folder = root.to_owned();
    for part in below.components() {
        folder.push(part);
        if !folder.exists() {
            fs::create_dir(&folder).map_err(failed)?;
        }
        if !folder.canonicalize().map_err(failed)?.starts_with(&top) {
            return Err(OpenFailure::Outside);
        }
    }
    Ok(path)
}

/// `path` with an extension behind it, whatever dots its name has.
pub(super) fn with(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
