//! A real Asterisk, started from a root file system that contains one, on free ports of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::conf::{self, Places};
use crate::http::{self, Request};

/// How long Asterisk may take to come up.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// A running Asterisk; it is ended when this is dropped.
pub struct Peer {
    /// Where it listens.
    pub places: Places,
    child: Child,
    files: Vec<PathBuf>,
}

impl Peer {
    /// Renders the configuration into the root file system and starts `asterisk` inside it. It is ready once its endpoint
    /// `answers` is online.
    pub fn start(root: &Path, templates: &Path) -> Result<Peer> {
        let (etc, var) = Peer::folders();
        let mut peer = Peer::start_at(root, templates, Places::free(&etc, &var)?)?;
        peer.wait_until_up("/ari/endpoints/PJSIP/answers", b"online")?;
        Ok(peer)
    }

    /// The folders, as it sees them, where it finds its files and where it may write.
    pub fn folders() -> (String, String) {
        let id = std::process::id();
        (format!("/etc/asterisk-probe-{id}"), format!("/var/tmp/asterisk-probe-{id}"))
    }

    /// The same at places of the caller's choice, below [`Peer::folders`], without waiting until it is ready.
    pub fn start_at(root: &Path, templates: &Path, places: Places) -> Result<Peer> {
        let (etc, var) = (places.etc_dir.clone(), places.var_dir.clone());
        let inside = |path: &str| root.join(path.trim_start_matches('/'));
        conf::render(templates, &inside(&etc), &places)?;
        conf::render(&templates.join("peer"), &inside(&etc), &places)?;
        for folder in ["cache", "lib", "spool/recording", "run", "log"] {
            std::fs::create_dir_all(inside(&var).join(folder))?;
        }
        for folder in ["", "cache", "lib", "spool", "spool/recording", "run", "log"] {
            std::fs::set_permissions(inside(&var).join(folder), PermissionsExt::from_mode(0o777))?;
        }
        let log = std::fs::File::create(inside(&var).join("stdout.log"))?;
        let child = Command::new("chroot")
            .arg(root)
            .args(["asterisk", "-f", "-q", "-U", "asterisk", "-G", "asterisk", "-C"])
            .arg(format!("{etc}/asterisk.conf"))
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .spawn()
            .context("cannot run chroot")?;
        Ok(Peer { places, child, files: vec![inside(&etc), inside(&var)] })
    }

    /// Waits until what ARI answers at `path` contains `word`.
    pub fn wait_until_up(&mut self, path: &str, word: &[u8]) -> Result<()> {
        let server = ([127, 0, 0, 1], self.places.http_port).into();
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("asterisk ended with {status}; see {}", self.files[1].display());
            }
            let answer = http::exchange(server, &Request::new("GET", path));
            if answer.is_ok_and(|answer| {
                answer.status == 200 && answer.body.windows(word.len()).any(|there| there == word)
            }) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("asterisk did not come up")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        if std::env::var_os("PROBE_KEEP").is_none() {
            for path in &self.files {
                let _ = std::fs::remove_dir_all(path);
            }
        }
    }
}
