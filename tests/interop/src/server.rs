//! The server under test: our binary, or a real Asterisk that the scenarios themselves are tried on.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use probe::conf::{self, Places};
use probe::http::{self, Request};
use probe::peer::Peer;
use probe::ws::Events;
use serde_json::Value;

use crate::folder::Folder;
use crate::places;
use crate::program::{Program, Running, until};

/// How long the server may take to be ready.
const START: Duration = Duration::from_secs(20);
/// How long it may take to notice that the last call is over.
const SETTLE: Duration = Duration::from_secs(5);

/// What is tested.
#[derive(Clone, Debug)]
pub enum Target {
    /// The binary at this path.
    Strowger(PathBuf),
    /// The Asterisk in this root file system.
    Asterisk(PathBuf),
}

impl Target {
    /// The binary that `STROWGER_BIN` names, or one that is built now.
    pub fn built() -> Result<Target> {
        if let Some(path) = std::env::var_os("STROWGER_BIN") {
            let path = std::path::absolute(PathBuf::from(path))?;
            ensure!(path.is_file(), "STROWGER_BIN names {}, which is no file", path.display());
            return Ok(Target::Strowger(path));
        }
        Ok(Target::Strowger(build("strowger")?))
    }
}

/// Builds a package of this workspace and tells where its binary is.
pub fn build(package: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(root())
        .args(["build", "--package", package, "--message-format", "json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(built.status.success(), "{package} could not be built");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let binary = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    binary.with_context(|| format!("{package} has no binary"))
}

/// The workspace's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two folders below the root")
}

/// A folder or file of this crate.
pub fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

enum Process {
    Ours(Running),
    Peer(#[expect(dead_code, reason = "ends Asterisk when it is dropped")] Peer),
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub places: Places,
    /// Programs run here.
    pub folder: Folder,
    process: Process,
}

impl Server {
    /// Starts it with the files of `conf/` and waits until it is ready.
    pub fn start(target: &Target) -> Result<Server> {
        let folder = Folder::new("server")?;
        let templates = folder.path().join("conf");
        copy(&asset("conf"), &templates)?;
        certify(&templates)?;
        match target {
            Target::Strowger(binary) => Server::start_with(binary, &templates, folder),
            Target::Asterisk(root) => {
                copy(&asset("../probe/conf/peer"), &templates.join("peer"))?;
                let peer = Peer::start(root, &templates)?;
                Ok(Server { places: peer.places.clone(), process: Process::Peer(peer), folder })
            }
        }
    }

    /// Starts ours with the files of another folder.
    pub fn start_with(binary: &Path, templates: &Path, folder: Folder) -> Result<Server> {
        let (etc, var) = (folder.path().join("etc"), folder.path().join("var"));
        let places = places::choose(&etc.to_string_lossy(), &var.to_string_lossy())?;
        Server::start_at(binary, templates, places, folder)
    }

    /// The same at places of the caller's choice.
    pub fn start_at(binary: &Path, templates: &Path, places: Places, folder: Folder) -> Result<Server> {
        let etc = PathBuf::from(&places.etc_dir);
        conf::render(templates, &etc, &places)?;
        let program = Program::new(binary, "strowger", folder.path()).arg("serve").arg("--config").arg(etc);
        let mut server = Server { places, process: Process::Ours(program.start()?), folder };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Starts ours with no configuration at all: SIP on 5060, HTTP on 8088.
    pub fn start_unconfigured(binary: &Path) -> Result<Server> {
        for port in [5060, 8088] {
            ensure!(
                places::is_free(port),
                "port {port} on 127.0.0.1 is taken by another program: end that first"
            );
        }
        let folder = Folder::new("server")?;
        let mut places = places::choose("", "")?;
        (places.sip_port, places.http_port) = (5060, 8088);
        let program = Program::new(binary, "strowger", folder.path()).arg("serve");
        let mut server = Server { places, process: Process::Ours(program.start()?), folder };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let http = self.http();
        let Process::Ours(running) = &mut self.process else { return Ok(()) };
        let ready = until(START, || {
            running.check()?;
            let answer = http::exchange(http, &Request::new("GET", "/readyz"));
            Ok(answer.is_ok_and(|answer| answer.status == 200).then_some(()))
        })?;
        match ready {
            Some(()) => Ok(()),
            None => bail!("/readyz was not answered 200\n{}", running.shown()),
        }
    }

    /// Where SIP is spoken.
    pub fn sip(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.places.sip_port).into()
    }

    /// Where SIP is spoken over TLS.
    pub fn tls(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.places.tls_port()).into()
    }

    /// Where HTTP is spoken.
    pub fn http(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.places.http_port).into()
    }

    /// Asks ARI; the answer must be a success.
    pub fn ari(&self, method: &str, path: &str) -> Result<Value> {
        let answer = http::exchange(self.http(), &Request::new(method, &format!("/ari{path}")))?;
        let body = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status < 300, "{method} {path}: {} {body}", answer.status);
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Connects an application.
    pub fn application(&self, name: &str) -> Result<Events> {
        Ok(Events::open(self.http(), name, &format!("app={name}&api_key=admin:password"))?.0)
    }

    /// Waits until no channel and no bridge is left.
    pub fn expect_idle(&self) -> Result<()> {
        let mut last = (Value::Null, Value::Null);
        let idle = until(SETTLE, || {
            last = (self.ari("GET", "/channels")?, self.ari("GET", "/bridges")?);
            let none = |list: &Value| list.as_array().is_some_and(Vec::is_empty);
            Ok((none(&last.0) && none(&last.1)).then_some(()))
        })?;
        ensure!(idle.is_some(), "left behind: channels {}, bridges {}", last.0, last.1);
        Ok(())
    }

    /// Waits until an endpoint is in `state`.
    pub fn expect_endpoint(&self, name: &str, state: &str) -> Result<()> {
        let mut last = Value::Null;
        let there = until(SETTLE, || {
            last = self.ari("GET", &format!("/endpoints/PJSIP/{name}"))?;
            Ok((last["state"] == state).then_some(()))
        })?;
        ensure!(there.is_some(), "endpoint {name} is not {state}: {last}");
        Ok(())
    }

    /// What the server has logged, for a failure's report.
    pub fn log(&self) -> String {
        match &self.process {
            Process::Ours(running) => running.shown(),
            Process::Peer(_) => String::new(),
        }
    }

    /// Asks it to end: it must do so with exit code 0 and let go of its ports.
    pub fn stop(mut self) -> Result<()> {
        let Process::Ours(running) = &mut self.process else { return Ok(()) };
        running.check()?;
        let status = running.terminate()?;
        ensure!(status.success(), "the server ended with {status}\n{}", running.shown());
        let output = running.output();
        ensure!(!output.contains("panicked at"), "the server panicked\n{}", running.shown());
        for port in [self.places.sip_port, self.places.http_port] {
            ensure!(places::is_free(port), "port {port} is still held after the server's end");
        }
        Ok(())
    }
}

/// Writes a certificate for 127.0.0.1 and its key.
fn certify(folder: &Path) -> Result<()> {
    let program = Program::new("openssl", "openssl", folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-keyout", "server.key", "-out", "server.pem", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"]);
    program.run(START)?;
    std::fs::remove_file(folder.join("openssl.out")).context("what openssl printed")
}

/// Copies the files of a folder into another.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The next event that `wanted` accepts.
pub fn event(events: &Events, what: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let deadline = Instant::now() + limit;
    let mut passed = Vec::new();
    while let Some(event) = events.next(deadline) {
        if wanted(&event) {
            return Ok(event);
        }
        passed.push(event["type"].as_str().unwrap_or("?").to_owned());
    }
    bail!("{what} was not told; events: {}", passed.join(", "))
}
