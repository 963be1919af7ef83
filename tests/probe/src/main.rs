//! Command line of the probe.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use probe::conf::{self, Places};
use probe::peer::Peer;
use probe::phone::Phone;
use probe::{deviations, diff, normal, script, transcript};
use serde_json::Value;

const USAGE: &str = "\
probe record  --out FILE [--target asterisk --root DIR] | [--base http://HOST:PORT --sip HOST:PORT --uas-port N]
probe compare --against FILE --base http://HOST:PORT --sip HOST:PORT --uas-port N [--deviations FILE] [--keep FILE]
probe diff    --against FILE --with FILE [--deviations FILE]
probe render  --out DIR --var DIR [--sip-port N] [--http-port N] [--rtp-start N] [--rtp-end N] [--uas-port N]

`record --target asterisk` starts an Asterisk found in the root file system --root (or $PEER_ROOT).
`render` writes the configuration for a server that is to be compared, and prints the ports it chose.
Templates come from --conf (default tests/probe/conf).";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("probe: {failure:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let options = Options::parse(words)?;
    match command.as_str() {
        "record" => record(&options),
        "compare" => compare(&options),
        "diff" => {
            let ours = transcript::read(&options.path("with")?)?;
            report(&options, &ours)
        }
        "render" => render(&options),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn record(options: &Options) -> Result<ExitCode> {
    let entries = if options.0.get("target").is_some_and(|target| target == "asterisk") {
        let root = options.0.get("root").cloned().or_else(|| std::env::var("PEER_ROOT").ok());
        let root = root.context("--root or PEER_ROOT must name a root file system with asterisk in it")?;
        let peer = Peer::start(Path::new(&root), &options.conf())?;
        drive(
            ([127, 0, 0, 1], peer.places.http_port).into(),
            ([127, 0, 0, 1], peer.places.sip_port).into(),
            peer.places.uas_port,
        )?
    } else {
        drive(options.base()?, options.address("sip")?, options.port("uas-port")?)?
    };
    transcript::write(&options.path("out")?, &entries)?;
    println!("{} entries", entries.len());
    Ok(ExitCode::SUCCESS)
}

fn compare(options: &Options) -> Result<ExitCode> {
    let ours = drive(options.base()?, options.address("sip")?, options.port("uas-port")?)?;
    if let Ok(path) = options.path("keep") {
        transcript::write(&path, &ours)?;
    }
    report(options, &ours)
}

fn drive(http: SocketAddr, sip: SocketAddr, uas_port: u16) -> Result<Vec<Value>> {
    let phone = Phone::start(uas_port, sip)?;
    let entries = script::run(http, phone.clone());
    Ok(normal::normalise(&entries, &phone.call_ids()))
}

fn report(options: &Options, ours: &[Value]) -> Result<ExitCode> {
    let theirs = transcript::read(&options.path("against")?)?;
    let rows = match options.path("deviations") {
        Ok(path) => deviations::read(&path)?,
        Err(_) => deviations::read(Path::new("docs/deviations.md"))?,
    };
    let differences = diff::compare(&theirs, ours);
    let mut used: BTreeMap<&str, usize> = rows.iter().map(|row| (row.id.as_str(), 0)).collect();
    let mut open = 0;
    for difference in &differences {
        match rows.iter().find(|row| row.explains(difference)) {
            Some(row) => *used.entry(&row.id).or_default() += 1,
            None => {
                open += 1;
                println!("{difference}\n");
            }
        }
    }
    let idle: Vec<&str> = used.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    for id in &idle {
        println!("deviation {id} explains nothing: the servers agree there; remove the row");
    }
    println!(
        "{} steps, {} differences: {} explained by docs/deviations.md, {open} not; {} idle rows",
        theirs.len(),
        differences.len(),
        differences.len() - open,
        idle.len()
    );
    Ok(if open == 0 && idle.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn render(options: &Options) -> Result<ExitCode> {
    let out = options.path("out")?;
    let mut places = Places::free(&out.to_string_lossy(), &options.path("var")?.to_string_lossy())?;
    let fields = [
        ("sip-port", &mut places.sip_port),
        ("http-port", &mut places.http_port),
        ("rtp-start", &mut places.rtp_start),
        ("rtp-end", &mut places.rtp_end),
        ("uas-port", &mut places.uas_port),
    ];
    for (name, field) in fields {
        if options.0.contains_key(name) {
            *field = options.port(name)?;
        }
        println!("{name} {field}");
    }
    conf::render(&options.conf(), &out, &places)?;
    Ok(ExitCode::SUCCESS)
}

struct Options(BTreeMap<String, String>);

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = BTreeMap::new();
        while let Some(word) = words.next() {
            let Some(name) = word.strip_prefix("--") else { bail!("{word:?} is not an option\n{USAGE}") };
            options.insert(name.to_owned(), words.next().with_context(|| format!("--{name} needs a value"))?);
        }
        Ok(Options(options))
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.0.get(name).with_context(|| format!("--{name} is missing\n{USAGE}"))?.into())
    }

    fn conf(&self) -> PathBuf {
        self.0.get("conf").map_or_else(|| "tests/probe/conf".into(), PathBuf::from)
    }

    fn port(&self, name: &str) -> Result<u16> {
        let text = self.0.get(name).with_context(|| format!("--{name} is missing\n{USAGE}"))?;
        text.parse().with_context(|| format!("--{name} {text}"))
    }

    fn address(&self, name: &str) -> Result<SocketAddr> {
        let text = self.0.get(name).with_context(|| format!("--{name} is missing\n{USAGE}"))?;
        text.parse().with_context(|| format!("--{name} {text}"))
    }

    fn base(&self) -> Result<SocketAddr> {
        let text = self.0.get("base").with_context(|| format!("--base is missing\n{USAGE}"))?;
        let address = text.trim_start_matches("http://").trim_end_matches('/');
        address.parse().with_context(|| format!("--base {text}"))
    }
}
