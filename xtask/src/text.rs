//! The house's rules that are plain text: what source and documents must not hold, and what is worth a note.

use std::path::Path;

use anyhow::Result;

use crate::process::{in_root, output, root};

/// Longer files than this (lines) are reported, not refused.
const LONG_FILE: usize = 600;

/// What came of reading the tree.
pub struct Findings {
    /// Each fails the check.
    pub complaints: Vec<String>,
    /// Each is only worth knowing.
    pub notes: Vec<String>,
    /// How many files were read.
    pub files: usize,
}

/// Reads every file of the repository that a person writes.
pub fn check() -> Result<Findings> {
    let mut findings = Findings { complaints: Vec::new(), notes: Vec::new(), files: 0 };
    let listed = output(in_root("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for path in listed.lines().filter(|path| written_by_hand(path)) {
        // A file that is deleted but not yet committed is still listed.
        let Ok(content) = std::fs::read_to_string(root().join(path)) else { continue };
        findings.files += 1;
        check_file(path, &content, &mut findings);
    }
    Ok(findings)
}

fn written_by_hand(path: &str) -> bool {
    let kind = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    path == ".ci/run" || matches!(kind, "rs" | "md" | "toml" | "sh" | "py" | "yml" | "yaml" | "conf")
}

/// A test is what lies in a `tests` folder of a crate, in a tests.rs, in the simulation or behind `cfg(test)`. The other programs of
/// `tests/` drive real peers in real time, and may pace what they send.
fn check_file(path: &str, content: &str, findings: &mut Findings) {
    let rust = path.ends_with(".rs");
    let lines = content.lines().count();
    if rust && lines > LONG_FILE {
        findings.notes.push(format!("{path}: {lines} lines; a file has one subject"));
    }
    let mut in_tests =
        path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("tests/sim/");
    for (index, line) in content.lines().enumerate() {
        let place = format!("{path}:{}", index + 1);
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        if let Some(machine_path) = machine_path(line) {
            findings.complaints.push(format!("{place}: a path of one machine: {machine_path}"));
        }
        if rust {
            check_rust_line(&place, line, in_tests, findings);
        }
    }
}

// The needles are put together here so that this file does not hold them.
const UNFINISHED: &[&str] = &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore")];
const SLEEP: &str = concat!("thread", "::sleep");
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
const UNWRAP: &str = concat!(".unwrap", "()");

fn check_rust_line(place: &str, line: &str, in_tests: bool, findings: &mut Findings) {
    for needle in UNFINISHED.iter().filter(|needle| line.contains(**needle)) {
        findings.complaints.push(format!("{place}: `{needle}`: unfinished work says so to the user instead"));
    }
    if in_tests && line.contains(SLEEP) {
        findings
            .complaints
            .push(format!("{place}: `{SLEEP}` in a test: wait for the event, or use virtual time"));
    }
    if MARKS.iter().any(|mark| line.contains(mark)) {
        findings.notes.push(format!("{place}: a mark left for later: {}", line.trim()));
    }
    let comment = line.trim_start().starts_with("//");
    if !in_tests && !comment && line.contains(UNWRAP) {
        findings.notes.push(format!("{place}: `{UNWRAP}` outside tests: `expect` states the invariant"));
    }
}

/// Folders that exist on somebody's machine only.
const MACHINE_FOLDERS: &[&str] = &["/work/", "/root/", "/home/", "/tmp/", "/Users/"];

/// The first path in `line` below such a folder. A longer path or an address that merely contains one
/// (`$dir/work/x`, `example.org/home/`) does not count.
fn machine_path(line: &str) -> Option<&str> {
    let starts = MACHINE_FOLDERS.iter().flat_map(|folder| line.match_indices(folder));
    let start = starts.map(|(start, _)| start).filter(|start| begins_a_path(&line[..*start])).min()?;
    let rest = &line[start..];
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')')).unwrap_or(rest.len());
    let path = &rest[..end];
    // The table above, and nothing else, names a folder alone.
    (!MACHINE_FOLDERS.contains(&path)).then_some(path)
}

fn begins_a_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '}' | '~' | '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, content: &str) -> Vec<String> {
        let mut findings = Findings { complaints: Vec::new(), notes: Vec::new(), files: 0 };
        check_file(path, content, &mut findings);
        findings.complaints
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_longer_path_is_not() {
        let path = format!("{}{}", "/home", "/someone/notes");
        assert_eq!(machine_path(&format!("see `{path}`, please")), Some(path.as_str()));
        assert_eq!(machine_path(&format!("see $dir{path}")), None.or(machine_path("")));
        assert_eq!(machine_path("https://example.org/home/page"), None);
    }

    #[test]
    fn sleep_is_refused_in_tests_only() {
        let line = format!("    std::{SLEEP}(pause);\n");
        assert!(complaints("crates/server/src/lib.rs", &line).is_empty());
        assert_eq!(complaints("tests/sim/src/lib.rs", &line).len(), 1);
        assert_eq!(
            complaints("crates/server/src/lib.rs", &format!("#[cfg(test)]\nmod tests {{\n{line}}}")).len(),
            1
        );
    }

    #[test]
    fn unfinished_work_is_refused_everywhere() {
        for needle in UNFINISHED {
            assert_eq!(complaints("crates/sip/src/lib.rs", needle).len(), 1, "{needle}");
        }
    }
}
