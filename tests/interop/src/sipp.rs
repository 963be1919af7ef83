//! SIPp: as many calls as wanted, from a scenario of its own or one of `sipp/`.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::places;
use crate::program::{Program, Running};
use crate::server::{Server, asset};

/// What SIPp itself gives up after.
const TIMEOUT_S: u32 = 40;
/// What we give up after, in case it does not.
const LIMIT: Duration = Duration::from_secs(60);

/// A run of SIPp against a server.
pub struct Sipp<'a> {
    server: &'a Server,
    name: String,
    program: Program,
}

impl<'a> Sipp<'a> {
    /// One of the scenarios SIPp brings along (`uac`, `uas`), calling from or answering at a port of its own.
    pub fn built_in(server: &'a Server, scenario: &str) -> Result<Sipp<'a>> {
        Ok(Sipp::new(server, scenario, places::port()?)?.args(&["-sn", scenario]))
    }

    /// One of ours.
    pub fn own(server: &'a Server, scenario: &str) -> Result<Sipp<'a>> {
        let file = asset("sipp").join(format!("{scenario}.xml"));
        Ok(Sipp::new(server, scenario, places::port()?)?.args(&["-sf", &file.to_string_lossy()]))
    }

    /// One that is called, at the port where the configuration has its contacts.
    pub fn called(server: &'a Server, option: &str, scenario: &str) -> Result<Sipp<'a>> {
        let name =
            Path::new(scenario).file_stem().context("a scenario's name")?.to_string_lossy().into_owned();
        Ok(Sipp::new(server, &format!("called-{name}"), server.places.uas_port)?.args(&[option, scenario]))
    }

    fn new(server: &'a Server, name: &str, port: u16) -> Result<Sipp<'a>> {
        let program = Program::new("sipp", &format!("sipp-{name}"), server.folder.path())
            // Its counters would fill the log with screens meant for a terminal.
            .env("TERM", "dumb")
            .arg(server.sip().to_string())
            .args(["-i", "127.0.0.1", "-nostdin", "-timeout_error", "-trace_err", "-error_file"])
            .arg(format!("sipp-{name}.errors"))
            .args(["-p", &port.to_string(), "-timeout", &format!("{TIMEOUT_S}s")])
            .args(["-mp", &places::ports(4)?.to_string()]);
        Ok(Sipp { server, name: name.into(), program })
    }

    /// The extension or user.
    pub fn to(self, service: &str) -> Sipp<'a> {
        self.args(&["-s", service])
    }

    /// How many calls, and how many begin in a second.
    pub fn calls(self, count: u32, per_second: u32) -> Sipp<'a> {
        self.args(&["-m", &count.to_string(), "-r", &per_second.to_string()])
    }

    /// More of SIPp's options.
    pub fn args(mut self, args: &[&str]) -> Sipp<'a> {
        self.program = self.program.args(args);
        self
    }

    /// Runs to the end; a call that did not go as the scenario says is an error that shows SIPp's own complaint.
    pub fn run(self) -> Result<()> {
        let errors = self.server.folder.path().join(format!("sipp-{}.errors", self.name));
        self.program.run(LIMIT).map(drop).map_err(|error| with_errors(error, &errors))
    }

    /// Starts it and leaves it running.
    pub fn start(self) -> Result<Called> {
        let errors = self.server.folder.path().join(format!("sipp-{}.errors", self.name));
        Ok(Called { running: self.program.start()?, errors })
    }
}

/// A SIPp in the background.
pub struct Called {
    running: Running,
    errors: std::path::PathBuf,
}

impl Called {
    /// Waits until it has done all its calls.
    pub fn finish(self) -> Result<()> {
        self.running.succeed(LIMIT).map(drop).map_err(|error| with_errors(error, &self.errors))
    }
}

fn with_errors(error: anyhow::Error, file: &Path) -> anyhow::Error {
    let errors = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = errors.lines().take(60).collect();
    error.context(format!("SIPp's complaints:\n{}", lines.join("\n")))
}
