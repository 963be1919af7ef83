//! The socket that consoles come to: where it is, and that nobody else may use it.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::config::Directories;

/// The socket's name in its directory.
pub const NAME: &str = "strowger.ctl";

/// Why no console can attach.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Another daemon answers there.
    #[error(
        "another strowger answers at {}: end it (`strowger -rx \"core stop now\"`), or give this one a place of its own \
         with `--socket` or `astrundir` of asterisk.conf", .0.display()
    )]
    Taken(PathBuf),
    /// The directory belongs to somebody else.
    #[error("{} belongs to another user: remove it, or name another place with `--socket`", .0.display())]
    Foreign(PathBuf),
    /// The system said no.
    #[error("the console's socket {} cannot be made: {source}", path.display())]
    System {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Where a daemon with these directories listens: `astrundir` of `asterisk.conf`, or a directory that only this user may
/// enter.
pub fn socket_path(directories: &Directories) -> PathBuf {
    directories.run.clone().unwrap_or_else(runtime_directory).join(NAME)
}

/// `$XDG_RUNTIME_DIR/strowger`, `/run/strowger` for root, else `strowger-<uid>` below the temporary directory.
pub fn runtime_directory() -> PathBuf {
    let absolute = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    match (absolute, rustix::process::getuid()) {
        (Some(directory), _) => directory.join("strowger"),
        (None, user) if user.is_root() => PathBuf::from("/run/strowger"),
        (None, user) => env::temp_dir().join(format!("strowger-{}", user.as_raw())),
    }
}

/// A socket that is listened on; the file goes with it.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl Bound {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // A daemon that took the place since then keeps it.
        if fs::symlink_metadata(&self.path).is_ok_and(|there| there.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Listens at a path. The socket is made in a directory that nobody else may enter, gets its permissions there, and is then
/// moved into place: at no moment may another user connect. What a dead daemon left is replaced by that.
pub(super) fn bind(path: &Path) -> Result<Bound, SocketError> {
    let system = |source| SocketError::System { path: path.to_owned(), source };
    if UnixStream::connect(path).is_ok() {
        return Err(SocketError::Taken(path.to_owned()));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(system)?;
    }
    let owner = fs::metadata(directory).map_err(system)?.uid();
    let us = rustix::process::getuid();
    if owner != us.as_raw() && !us.is_root() && directory == runtime_directory() {
        return Err(SocketError::Foreign(directory.to_owned()));
    }
    let private = directory.join(format!(".strowger-{}", std::process::id()));
    let _ = fs::remove_dir_all(&private);
    DirBuilder::new().mode(0o700).create(&private).map_err(system)?;
    let made = make(&private.join("s"), path);
    let _ = fs::remove_dir_all(&private);
    made.map_err(system)
}

fn make(private: &Path, path: &Path) -> io::Result<Bound> {
    let listener = UnixListener::bind(private)?;
    fs::set_permissions(private, Permissions::from_mode(0o600))?;
    let inode = fs::symlink_metadata(private)?.ino();
    fs::rename(private, path)?;
    listener.set_nonblocking(true)?;
    Ok(Bound { listener, path: path.to_owned(), inode })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn a_socket_is_for_its_owner_alone_and_goes_with_its_daemon() {
        let folder = Folder::new();
        let path = folder.path().join("run").join(NAME);
        let bound = bind(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        drop(bound);
        assert!(!path.exists());
    }

    #[test]
    fn a_dead_daemons_socket_is_replaced_and_a_live_ones_is_not() {
        let folder = Folder::new();
        let path = folder.path().join(NAME);
        drop(UnixListener::bind(&path).unwrap());
        let bound = bind(&path).unwrap();
        let refused = bind(&path).unwrap_err();
        assert!(refused.to_string().starts_with("another strowger answers at "), "{refused}");
        assert_eq!(bound.path(), path);
    }
}
