//! The console as a program: what an operator types and sees, against a server of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::fs;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_strowger");

/// A server with a folder of its own; both are gone after the test.
struct Server {
    folder: PathBuf,
    process: Child,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    /// `rtp` is the first of a hundred ports that no other test uses.
    fn start(name: &str, rtp: u16) -> Server {
        let folder = configure(name, rtp);
        let mut process = serve(&folder);
        let mut log = BufReader::new(process.stderr.take().unwrap());
        wait_for(&mut log, "ready:");
        Server { folder, process, log }
    }

    fn console(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--config").arg(&self.folder);
        command.env("HOME", &self.folder).env_remove("XDG_STATE_HOME");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.console(arguments).output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configure(name: &str, rtp: u16) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("strowger-console-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let write = |file: &str, text: &str| fs::write(folder.join(file), text).unwrap();
    write(
        "pjsip.conf",
        "[udp]\ntype=transport\nbind=127.0.0.1:0\n[2001]\ntype=endpoint\ncontext=public\nallow=ulaw\n",
    );
    write("extensions.conf", "[public]\nexten => 3000,1,Answer()\n");
    write("rtp.conf", &format!("[general]\nrtpstart={rtp}\nrtpend={}\n", rtp + 99));
    write("asterisk.conf", "[directories]\nastrundir => run\nastspooldir => spool\n");
    folder
}

fn serve(folder: &Path) -> Child {
    Command::new(BINARY)
        .args(["serve", "--config"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn wait_for(lines: &mut impl std::io::BufRead, what: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before saying `{what}`");
        if line.contains(what) {
            return line;
        }
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[test]
fn a_command_runs_in_every_form_that_fingers_know() {
    let server = Server::start("forms", 40_000);
    for form in [
        &["-rx", "core show channels count"][..],
        &["-x", "core show channels count"],
        &["console", "-rx", "core show channels count"],
        &["console", "-x", "core show channels count"],
    ] {
        let output = server.run(form);
        assert!(output.status.success(), "{form:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "0 active channels\n0 active calls\n0 calls processed\n");
    }
    let output = server.run(&["console", "--json", "-x", "pjsip show endpoints"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found[0]["name"], &found[0]["state"]), (&"2001".into(), &"Unavailable".into()));
}

#[test]
fn a_conversation_reads_its_standard_input_and_shows_the_log() {
    let mut server = Server::start("talk", 40_200);
    let mut console =
        server.console(&["-rvvv"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut typed = console.stdin.take().unwrap();
    let mut shown = BufReader::new(console.stdout.take().unwrap());
    typed.write_all(b"core set verbose 4\n! echo from the shell\n").unwrap();
    wait_for(&mut shown, "Console verbose was 3 and is now 4.");
    wait_for(&mut shown, "from the shell");
    typed.write_all(b"core stop when convenient\n").unwrap();
    wait_for(&mut shown, "asked to end by a console: WhenConvenient");
    wait_for(&mut server.log, "ended");
    assert!(server.process.wait().unwrap().success());
    assert!(console.wait().unwrap().success());
    assert!(!server.folder.join("run/strowger.ctl").exists());
}

#[test]
fn without_a_daemon_the_console_says_so_and_fails() {
    let folder = configure("nobody", 40_400);
    let output =
        Command::new(BINARY).args(["-rx", "core show uptime", "--config"]).arg(&folder).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    assert!(complaint.starts_with("strowger: no daemon answers at "), "{complaint}");
    assert_eq!(complaint.lines().count(), 1);
}

#[test]
fn a_second_daemon_at_the_same_place_is_refused() {
    let server = Server::start("twice", 40_600);
    // All else of it could be had.
    fs::write(server.folder.join("rtp.conf"), "[general]\nrtpstart=40700\nrtpend=40799\n").unwrap();
    let second = serve(&server.folder).wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let complaint = text(&second.stderr);
    assert!(complaint.contains("strowger: another strowger answers at "), "{complaint}");
    assert!(server.run(&["-rx", "core show version"]).status.success(), "the first one goes on");
}
