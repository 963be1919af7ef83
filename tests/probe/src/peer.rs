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
    /// Renders the configuration into the root file system and starts `asterisk` inside it.
    pub fn start(root: &Path, templates: &Path) -> Result<Peer> {
        let etc = format!("/etc/asterisk-probe-{}", std::process::id());
        let var = format!("/var/tmp/asterisk-probe-{}", std::process::id());
        let inside = |path: &str| root.join(path.trim_start_matches('/'));
        let places = Places::free(&etc, &var)?;
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
        let mut peer = Peer { places, child, files: vec![inside(&etc), inside(&var)] };
        peer.wait_until_up()?;
        Ok(peer)
    }

    fn wait_until_up(&mut self) -> Result<()> {
        let server = ([127, 0, 0, 1], self.places.http_port).into();
        let deadline = Instant::now() + START_DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("asterisk ended with {status}; see {}", self.files[1].display());
            }
            let answer = http::exchange(server, &Request::new("GET", "/ari/endpoints/PJSIP/answers"));
            if answer.is_ok_and(|answer| {
                answer.status == 200 && answer.body.windows(6).any(|word| word == b"online")
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
