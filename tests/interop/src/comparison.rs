//! The probe (`tests/probe`) against our binary: each answer and event is held against what Asterisk's were.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::folder::Folder;
use crate::program::Program;
use crate::server::{Server, Target, build, root};

/// What Asterisk did.
const THEIRS: &str = "tests/probe/asterisk-22.10.jsonl";
/// How long the script may take.
const LIMIT: Duration = Duration::from_secs(240);

/// Starts our server with the probe's configuration and compares. Differences that docs/deviations.md does not explain
/// are printed, and are an error.
pub fn run() -> Result<()> {
    let probe = build("probe")?;
    let Target::Strowger(binary) = Target::built()? else { bail!("only ours is compared") };
    let server = Server::start_with(&binary, &root().join("tests/probe/conf"), Folder::new("probe")?)?;
    let program = Program::new(probe, "probe", root())
        .kept_in(server.folder.path())
        .args(["compare", "--against", THEIRS])
        .args(["--base", &format!("http://{}", server.http()), "--sip", &server.sip().to_string()])
        .args(["--uas-port", &server.places.uas_port.to_string()])
        .arg("--keep")
        .arg(server.folder.path().join("ours.jsonl"));
    let mut compared = program.start()?;
    let status = compared.wait(LIMIT)?;
    println!("{}", compared.output());
    if !status.success() {
        bail!(
            "the servers differ where docs/deviations.md explains nothing (or a row of it explains nothing)"
        );
    }
    server.stop().context("after the comparison")
}
