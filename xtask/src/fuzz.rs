//! Runs the fuzz targets of `fuzz/` for a short while each, from their committed corpus.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{in_root, output, root, run as run_command};

/// The longest input the fuzzer makes, in bytes: a UDP datagram's length.
const LONGEST_INPUT: u32 = 65_535;

/// Slower than this on one input (seconds) is a finding.
const SLOWEST_INPUT_S: u32 = 5;

/// Memory beyond this (MiB) is a finding.
const MEMORY_MIB: u32 = 1024;

/// How long each target runs.
#[derive(Clone, Copy)]
pub enum Length {
    /// So many inputs from the committed corpus with one seed: the same inputs on every machine. What the gate runs must
    /// not depend on luck.
    Repeatable(u32),
    /// So many seconds with a seed of the moment, going on from what earlier runs discovered.
    Seconds(u32),
}

/// Runs each target (or those in `only`); a crash, hang or memory blow-up fails.
pub fn run(length: Length, only: &[String]) -> Result<()> {
    let targets = chosen(targets()?, only)?;
    require_cargo_fuzz()?;
    for target in &targets {
        fuzz("build", target, &[])?;
    }
    let mut found = Vec::new();
    for target in &targets {
        if let Err(error) = run_target(target, length) {
            println!("{error:#}");
            found.push(target.as_str());
        }
    }
    if !found.is_empty() {
        bail!("fuzzing found something in {}; the input is kept in fuzz/artifacts", found.join(", "));
    }
    println!("{} targets ran without a finding: {}", targets.len(), targets.join(", "));
    Ok(())
}

/// What the fuzzer discovers goes below fuzz/target; only a person adds to the committed corpus.
fn run_target(target: &str, length: Length) -> Result<()> {
    let discovered = match length {
        Length::Repeatable(_) => root().join("fuzz/target/repeated").join(target),
        Length::Seconds(_) => root().join("fuzz/target/discovered").join(target),
    };
    if matches!(length, Length::Repeatable(_)) && discovered.is_dir() {
        std::fs::remove_dir_all(&discovered)
            .with_context(|| format!("cannot clear {}", discovered.display()))?;
    }
    std::fs::create_dir_all(&discovered).with_context(|| format!("cannot make {}", discovered.display()))?;
    let committed = root().join("fuzz/corpus").join(target);
    if !committed.is_dir() {
        bail!("the target {target} has no corpus: add inputs to fuzz/corpus/{target}");
    }
    let mut args = vec![discovered.display().to_string(), committed.display().to_string(), "--".to_owned()];
    match length {
        Length::Repeatable(runs) => args.extend(["-seed=1".to_owned(), format!("-runs={runs}")]),
        Length::Seconds(seconds) => args.push(format!("-max_total_time={seconds}")),
    }
    args.extend([
        format!("-max_len={LONGEST_INPUT}"),
        format!("-timeout={SLOWEST_INPUT_S}"),
        format!("-rss_limit_mb={MEMORY_MIB}"),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    fuzz("run", target, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn fuzz(verb: &str, target: &str, args: &[&str]) -> Result<()> {
    run_command(cargo_fuzz().args(["fuzz", verb, target]).args(args))
}

/// cargo-fuzz needs the compiler's unstable sanitizer flags: a nightly where there is one, otherwise the stable
/// compiler told to accept them.
fn cargo_fuzz() -> Command {
    if has_nightly() {
        let mut command = in_root("rustup");
        command.args(["run", "nightly", "cargo"]);
        return command;
    }
    let mut command = in_root("cargo");
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}

fn has_nightly() -> bool {
    output(in_root("rustup").args(["run", "nightly", "rustc", "--version"])).is_ok()
}

fn require_cargo_fuzz() -> Result<()> {
    let version = output(in_root("cargo").args(["fuzz", "--version"]))
        .context("cargo-fuzz is missing; `bash tests/setup.sh` installs it")?;
    print!("{version}");
    Ok(())
}

/// The targets are the binaries of fuzz/Cargo.toml, so that nothing is fuzzed that is not declared.
fn targets() -> Result<Vec<String>> {
    let manifest = root().join("fuzz/Cargo.toml");
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(&manifest)
        .no_deps()
        .exec()
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let package = metadata.packages.first().context("fuzz/Cargo.toml declares no package")?;
    let mut names: Vec<String> = package.targets.iter().map(|target| target.name.clone()).collect();
    names.sort();
    undeclared(&root().join("fuzz/fuzz_targets"), &names)?;
    Ok(names)
}

/// A target file that no `[[bin]]` names would silently never run.
fn undeclared(folder: &Path, declared: &[String]) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "rs")
            && !declared.iter().any(|each| each == name)
        {
            bail!("fuzz/fuzz_targets/{name}.rs is not declared: add a [[bin]] to fuzz/Cargo.toml");
        }
    }
    Ok(())
}

fn chosen(targets: Vec<String>, only: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = only.iter().find(|name| !targets.contains(name)) {
        bail!("there is no fuzz target `{unknown}`; there are {}", targets.join(", "));
    }
    if targets.is_empty() {
        bail!("fuzz/Cargo.toml declares no target");
    }
    Ok(targets.into_iter().filter(|name| only.is_empty() || only.contains(name)).collect())
}
