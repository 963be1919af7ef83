//! Command line of the interop scenarios.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use interop::comparison;
use interop::scenarios::trunk::OVER_TRUNK;
use interop::scenarios::{SCENARIOS, Scenario};
use interop::server::Target;

const USAGE: &str = "\
interop [--against-asterisk ROOT] [NAME…]     run all scenarios, or those whose names begin so
interop --list                                 what there is
interop --trunk ROOT [NAME…]                   a trunk between ours and the Asterisk in that root file system
interop --probe                                hold our answers against Asterisk's (tests/probe)

STROWGER_BIN names the binary; without it, it is built. With --against-asterisk the scenarios run against the Asterisk
in that root file system instead. INTEROP_KEEP=1 keeps the folders with logs and recordings.";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("interop: {failure:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let mut names = Vec::new();
    let mut target = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => {
                SCENARIOS.iter().for_each(|each| println!("{:<22} {}", each.name, each.proves));
                return Ok(true);
            }
            "--trunk" => {
                let Some(root) = words.next() else { bail!("--trunk needs a directory\n{USAGE}") };
                return over_trunk(root.as_ref(), &words.collect::<Vec<_>>());
            }
            "--probe" => return comparison::run().map(|()| true),
            "--against-asterisk" => {
                let Some(root) = words.next() else { bail!("--against-asterisk needs a directory\n{USAGE}") };
                target = Some(Target::Asterisk(root.into()));
            }
            option if option.starts_with('-') => bail!("{option} is not an option\n{USAGE}"),
            name => names.push(name.to_owned()),
        }
    }
    let chosen: Vec<&Scenario> = SCENARIOS
        .iter()
        .filter(|each| names.is_empty() || names.iter().any(|name| each.name.starts_with(name.as_str())))
        .collect();
    if chosen.is_empty() {
        bail!("no scenario is called {}\n{USAGE}", names.join(" or "));
    }
    let target = target.map_or_else(Target::built, Ok)?;
    Ok(perform(&chosen, &target))
}

fn perform(chosen: &[&Scenario], target: &Target) -> bool {
    let begin = Instant::now();
    let mut failed = Vec::new();
    let ours = matches!(target, Target::Strowger(_));
    for scenario in chosen.iter().filter(|scenario| ours || !scenario.only_ours) {
        let started = Instant::now();
        let result = (scenario.run)(target);
        let took = shown(started.elapsed());
        match result {
            Ok(()) => println!("ok      {:<22} {took}  {}", scenario.name, scenario.proves),
            Err(error) => {
                println!("FAILED  {:<22} {took}  {}\n{error:#}\n", scenario.name, scenario.proves);
                failed.push(scenario.name);
            }
        }
    }
    if failed.is_empty() {
        println!("interop: all went well ({})", shown(begin.elapsed()));
    } else {
        println!("interop: failed: {} ({})", failed.join(", "), shown(begin.elapsed()));
    }
    failed.is_empty()
}

fn over_trunk(root: &Path, names: &[String]) -> Result<bool> {
    let Target::Strowger(binary) = Target::built()? else { bail!("there is no binary") };
    let mut all_well = true;
    let wanted = |name: &str| names.is_empty() || names.iter().any(|given| name.starts_with(given.as_str()));
    for scenario in OVER_TRUNK.iter().filter(|each| wanted(each.name)) {
        let result = scenario.run(&binary, root);
        let word = if result.is_ok() { "ok     " } else { "FAILED " };
        println!("{word} {:<22} {}", scenario.name, scenario.proves);
        if let Err(error) = result {
            println!("{error:#}\n");
            all_well = false;
        }
    }
    Ok(all_well)
}

fn shown(took: Duration) -> String {
    format!("{:>5.1} s", took.as_secs_f64())
}
