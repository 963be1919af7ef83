//! The gate: every step a change must pass, in one table.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{heading, in_root, run as run_command};
use crate::{fuzz, layers};

/// How many inputs each fuzz target gets in the gate.
const FUZZ_RUNS: u32 = 15_000;

/// Which steps to run; both empty means all.
#[derive(Default)]
pub struct Selection {
    /// Run only these.
    pub only: Vec<String>,
    /// Leave these out.
    pub skip: Vec<String>,
}

struct Step {
    name: &'static str,
    proves: &'static str,
    run: fn() -> Result<()>,
}

/// In this order: what fails fast comes first. A new step is one entry here.
const STEPS: &[Step] = &[
    Step { name: "fmt", proves: "the source is formatted", run: || cargo(&["fmt", "--all", "--check"], &[]) },
    Step { name: "layers", proves: "layers, bans, text rules", run: layers::check },
    Step {
        name: "clippy",
        proves: "no warning in any target",
        run: || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]),
    },
    Step {
        name: "doc",
        proves: "the documentation builds without a warning",
        run: || cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")]),
    },
    Step {
        name: "test",
        proves: "unit tests, scenarios, conformance",
        run: || cargo(&["test", "--workspace", "--no-fail-fast"], &[]),
    },
    Step {
        name: "interop",
        proves: "SIPp, baresip and Python call the real binary",
        run: || cargo(&["run", "--package", "interop"], &[]),
    },
    Step {
        name: "probe",
        proves: "it answers as Asterisk 22 does",
        run: || cargo(&["run", "--package", "interop", "--", "--probe"], &[]),
    },
    Step {
        name: "fuzz",
        proves: "the parsers survive what they are not meant for",
        run: || fuzz::run(fuzz::Length::Repeatable(FUZZ_RUNS), &[]),
    },
];

/// Prints the steps.
pub fn list() -> Result<()> {
    for step in STEPS {
        println!("{:<8} {}", step.name, step.proves);
    }
    Ok(())
}

/// Runs the chosen steps, all of them even when one fails, and ends with a table of what came of each.
pub fn run(selection: &Selection) -> Result<()> {
    for name in selection.only.iter().chain(&selection.skip) {
        if !STEPS.iter().any(|step| step.name == name) {
            let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
            bail!("there is no step `{name}`; the steps are {}", known.join(", "));
        }
    }
    let chosen = STEPS.iter().filter(|step| selection.includes(step.name));
    let outcomes: Vec<Outcome> = chosen.map(perform).collect();
    report(&outcomes)
}

impl Selection {
    fn includes(&self, name: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|each| each == name);
        (self.only.is_empty() || listed(&self.only)) && !listed(&self.skip)
    }
}

struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<()>,
}

fn perform(step: &Step) -> Outcome {
    heading(&format!("{}: {}", step.name, step.proves));
    let started = Instant::now();
    let result = (step.run)();
    let took = started.elapsed();
    match &result {
        Ok(()) => println!("{} ok ({})", step.name, shown(took)),
        Err(error) => println!("{} FAILED ({}): {error:#}", step.name, shown(took)),
    }
    Outcome { name: step.name, took, result }
}

fn report(outcomes: &[Outcome]) -> Result<()> {
    heading("the gate");
    for outcome in outcomes {
        let word = if outcome.result.is_ok() { "ok" } else { "FAILED" };
        println!("{:<8} {:>8}  {word}", outcome.name, shown(outcome.took));
    }
    let failed: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.result.is_err()).map(|outcome| outcome.name).collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}; run one again with `cargo xtask ci --only {}`", failed.join(", "), failed[0])
}

fn cargo(args: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    run_command(in_root("cargo").args(args).envs(variables.iter().copied()))
}

fn shown(took: Duration) -> String {
    format!("{}:{:04.1}", took.as_secs() / 60, took.as_secs_f64() % 60.0)
}
