//! The script of a hundred tutorials, under Python.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::{finish, on_server};
use crate::program::Program;
use crate::server::{Server, Target, root};
use crate::sipp::Sipp;

/// How long the script may take to connect, or to say what happened.
const PATIENCE: Duration = Duration::from_secs(15);

/// The interpreter that has the packages.
pub(super) fn python() -> Result<PathBuf> {
    let python = root().join(".venv/bin/python");
    ensure!(python.exists(), "{} is missing: run tests/setup.sh", python.display());
    Ok(python)
}

pub(super) fn elsewhere(target: &Target) -> Result<()> {
    on_server(target, |server| answered_by_script(server, Some(&format!("http://{}", server.http()))))
}

pub(super) fn unchanged(target: &Target) -> Result<()> {
    let Target::Strowger(binary) = target else { bail!("only ours runs without a configuration") };
    finish(Server::start_unconfigured(binary)?, |server| answered_by_script(server, None))
}

fn answered_by_script(server: &Server, url: Option<&str>) -> Result<()> {
    let program = Program::new(python()?, "first_call", server.folder.path());
    let mut script = program.arg(root().join("examples/first_call.py")).args(url).start()?;
    script.wait_for("connected to", PATIENCE)?;
    Sipp::built_in(server, "uac")?.to("1000").calls(3, 2).args(&["-d", "500"]).run()?;
    script.wait_for("answer -> 204", PATIENCE)?;
    script.wait_for("StasisEnd", PATIENCE)?;
    let output = script.output();
    ensure!(output.matches("answer -> 204").count() == 3, "not every call was answered:\n{output}");
    // The script has no end of its own.
    script.terminate().map(drop)
}
