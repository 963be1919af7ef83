//! Running programs with a time limit, keeping what they print.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a running program is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How long a program may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(15);
/// How many lines of its output a failure shows.
const SHOWN_LINES: usize = 80;

/// A program about to be started.
pub struct Program {
    command: Command,
    name: String,
    output: PathBuf,
}

/// A started program; it is killed when this is dropped.
pub struct Running {
    child: Child,
    name: String,
    output: PathBuf,
}

impl Program {
    /// `program`, run in `folder`, where its output is kept as `NAME.out`.
    pub fn new(program: impl AsRef<OsStr>, name: &str, folder: &Path) -> Program {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        Program { command, name: name.into(), output: folder.join(format!("{name}.out")) }
    }

    /// Keeps its output in another folder than it runs in.
    pub fn kept_in(mut self, folder: &Path) -> Program {
        self.output = folder.join(format!("{}.out", self.name));
        self
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Program {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Program {
        self.command.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// Lets it be typed to ([`Running::type_line`]).
    pub fn typed_to(mut self) -> Program {
        self.command.stdin(Stdio::piped());
        self
    }

    /// Starts it. A program that is not installed is an error that says where it comes from.
    pub fn start(mut self) -> Result<Running> {
        let output = File::create(&self.output)?;
        let child = self.command.stdout(output.try_clone()?).stderr(output).spawn().with_context(|| {
            let program = self.command.get_program().to_string_lossy().into_owned();
            format!("cannot start {program}: is it installed? tests/setup.sh does it")
        })?;
        Ok(Running { child, name: self.name, output: self.output })
    }

    /// Runs it to its end and hands out its output; another exit status than 0 is an error that shows the output.
    pub fn run(self, limit: Duration) -> Result<String> {
        self.start()?.succeed(limit)
    }
}

impl Running {
    /// What it has printed so far.
    pub fn output(&self) -> String {
        let bytes = std::fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether it is still running; a reason when not.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended early, {status}\n{}", self.name, self.shown()),
        }
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                bail!("{} did not end within {} s\n{}", self.name, limit.as_secs(), self.shown());
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for an end with status 0.
    pub fn succeed(mut self, limit: Duration) -> Result<String> {
        let status = self.wait(limit)?;
        if !status.success() {
            bail!("{} failed, {status}\n{}", self.name, self.shown());
        }
        Ok(self.output())
    }

    /// Types a line to a program that was started to be typed to.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        let stdin = self.child.stdin.as_mut().with_context(|| format!("{} takes no input", self.name))?;
        writeln!(stdin, "{line}").with_context(|| format!("{} does not listen\n{}", self.name, self.shown()))
    }

    /// Waits until it has printed `text`.
    pub fn wait_for(&mut self, text: &str, limit: Duration) -> Result<()> {
        let found = until(limit, || {
            Ok(self.output().contains(text).then_some(())).and_then(|found| {
                if found.is_none() {
                    self.check()?
                };
                Ok(found)
            })
        })?;
        match found {
            Some(()) => Ok(()),
            None => bail!("{} did not print {text:?}\n{}", self.name, self.shown()),
        }
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().context("kill")?;
        if !asked.success() {
            bail!("cannot send SIGTERM to {}", self.name);
        }
        self.wait(GRACE)
    }

    /// The end of its output, under a heading.
    pub fn shown(&self) -> String {
        let output = self.output();
        let lines: Vec<&str> = output.lines().collect();
        let from = lines.len().saturating_sub(SHOWN_LINES);
        format!("--- {} printed:\n{}\n---", self.name, lines[from..].join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Looks again and again until `look` has found something, or the limit is over.
pub fn until<T>(limit: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let folder = Folder::new("program").unwrap();
        let error = Program::new("no-such-program", "nothing", folder.path()).run(GRACE).unwrap_err();
        assert!(error.to_string().contains("tests/setup.sh"), "{error}");
    }

    #[test]
    fn a_failure_shows_what_was_printed() {
        let folder = Folder::new("program").unwrap();
        let program = Program::new("sh", "sh", folder.path()).args(["-c", "echo here; exit 3"]);
        let error = program.run(GRACE).unwrap_err().to_string();
        assert!(error.contains("here") && error.contains('3'), "{error}");
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let folder = Folder::new("program").unwrap();
        let program = Program::new("sleep", "sleep", folder.path()).arg("60");
        assert!(program.run(Duration::from_millis(50)).is_err());
    }
}
