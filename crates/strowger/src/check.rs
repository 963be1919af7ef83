//! `strowger check`: what of a configuration is understood, ignored, and not supported yet.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use conf::{Severity, Standing, Understanding};
use serde_json::{Value, json};
use server::config::{self, FileReport, Report, Verdict};

use crate::complain;

pub(crate) fn run(directory: &Path, json: bool) -> ExitCode {
    let reading = match config::read(directory) {
        Ok(reading) => reading,
        Err(error) => return complain(error),
    };
    let hindrance = reading.configuration.check().err().map(|error| error.to_string());
    if json {
        println!("{:#}", document(&reading.report, hindrance.as_deref()));
    } else {
        print!("{}", text(&reading.report, hindrance.as_deref(), io::stdout().is_terminal()));
    }
    if hindrance.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn text(report: &Report, hindrance: Option<&str>, colour: bool) -> String {
    let mut text = report.render(colour);
    if !text.is_empty() {
        text.push('\n');
    }
    for file in report.files.iter().filter(|file| file.verdict == Verdict::Read) {
        let _ = writeln!(text, "{}", summary(file));
    }
    match hindrance {
        None => text.push_str("\nThe server can be started with it.\n"),
        Some(hindrance) => {
            let _ = writeln!(text, "\nThe server cannot be started with it: {hindrance}");
        }
    }
    text
}

fn summary(file: &FileReport) -> String {
    let name = &file.name;
    match &file.verdict {
        Verdict::Read => {
            let count = |standing| file.count(standing);
            format!(
                "{name}: {} lines understood, {} not supported yet, {} ignored",
                count(Standing::Understood),
                count(Standing::NotSupported),
                count(Standing::Unknown)
            )
        }
        Verdict::NotSupported => format!("{name}: not supported yet"),
        Verdict::Unknown => format!("{name}: ignored: no file of this name is known"),
        Verdict::Unreadable(problem) => format!("{name}: cannot be read: {problem}"),
    }
}

fn with(file: &FileReport, standing: Standing) -> impl Iterator<Item = &Understanding> {
    file.understandings.iter().filter(move |it| it.standing == standing)
}

fn document(report: &Report, hindrance: Option<&str>) -> Value {
    let files: Vec<Value> = report.files.iter().map(file).collect();
    json!({ "files": files, "can_start": hindrance.is_none(), "hindrance": hindrance })
}

fn file(file: &FileReport) -> Value {
    let verdict = match &file.verdict {
        Verdict::Read => "read",
        Verdict::NotSupported => "not_supported",
        Verdict::Unknown => "unknown",
        Verdict::Unreadable(_) => "unreadable",
    };
    let lines = |standing| {
        let place =
            |it: &Understanding| json!({ "line": it.span.line, "section": it.section, "key": it.key });
        with(file, standing).map(place).collect::<Vec<Value>>()
    };
    let complaints: Vec<Value> = file
        .complaints
        .iter()
        .map(|it| {
            let severity = match it.severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            json!({
                "file": file.file_of(it), "line": it.span.line, "column": it.span.start + 1,
                "severity": severity, "text": it.text, "help": it.help,
            })
        })
        .collect();
    json!({
        "name": file.name,
        "verdict": verdict,
        "understood": lines(Standing::Understood),
        "not_supported": lines(Standing::NotSupported),
        "ignored": lines(Standing::Unknown),
        "complaints": complaints,
    })
}
