//! The project's own chores: `cargo xtask --help` lists them.

mod bench;
mod ci;
mod fuzz;
mod layers;
mod process;
mod text;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// What Asterisk 22 did: see tests/probe/README.md.
const TRANSCRIPT: &str = "tests/probe/asterisk-22.10.jsonl";

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Strowger's own chores", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests drive (tests/setup.sh), then run the whole gate
    Test,
    /// Run the gate, step by step
    Ci {
        /// Run only these steps (comma-separated names)
        #[arg(long, value_delimiter = ',', value_name = "STEPS")]
        only: Vec<String>,
        /// Leave these steps out (comma-separated names)
        #[arg(long, value_delimiter = ',', value_name = "STEPS")]
        skip: Vec<String>,
        /// Print the steps and stop
        #[arg(long)]
        list: bool,
    },
    /// Check that the tree keeps the layering, the pure crates' bans and the house's text rules
    Layers,
    /// Measure any SIP server over loopback: a load generator in one thread
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
    /// Compare with Asterisk 22's transcript, or take that transcript afresh
    Probe {
        /// Take it afresh from a real Asterisk 22 in a root file system (`--root`, or PEER_ROOT)
        #[arg(long)]
        live: bool,
        /// The root file system with Asterisk 22 in it
        #[arg(long, value_name = "DIR", requires = "live")]
        root: Option<String>,
    },
    /// Build each fuzz target and run it for a short while from its committed corpus
    Fuzz {
        /// How long to run each target
        #[arg(long, default_value_t = 20)]
        seconds: u32,
        /// Run only these targets (comma-separated names)
        #[arg(long, value_delimiter = ',', value_name = "TARGETS")]
        only: Vec<String>,
    },
}

fn main() -> ExitCode {
    match perform(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test => {
            process::heading("setup");
            process::run(process::in_root("bash").arg("tests/setup.sh"))?;
            ci::run(&ci::Selection::default())
        }
        Chore::Ci { only, skip, list } => {
            let selection = ci::Selection { only, skip };
            if list { ci::list() } else { ci::run(&selection) }
        }
        Chore::Bench { what } => bench::run(what),
        Chore::Probe { live: false, .. } => {
            process::run(process::in_root("cargo").args(["run", "--quiet", "-p", "interop", "--", "--probe"]))
        }
        Chore::Probe { live: true, root } => {
            let mut record = process::in_root("cargo");
            record.args([
                "run", "--quiet", "-p", "probe", "--", "record", "--target", "asterisk", "--out", TRANSCRIPT,
            ]);
            if let Some(root) = root {
                record.args(["--root", &root]);
            }
            process::run(&mut record)
        }
        Chore::Layers => layers::check(),
        Chore::Fuzz { seconds, only } => fuzz::run(fuzz::Length::Seconds(seconds), &only),
    }
}
