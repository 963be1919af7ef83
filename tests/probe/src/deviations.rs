//! The table of deliberate differences in docs/deviations.md.
//!
//! A row is `| D1 | step pattern | path pattern | reason |`; in a pattern `*` stands for any run of characters.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::diff::Difference;

/// One deliberate difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// `D` and a number.
    pub id: String,
    /// Which steps.
    pub step: String,
    /// Which places in them.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl Deviation {
    /// Whether this row explains a difference.
    pub fn explains(&self, difference: &Difference) -> bool {
        matches(&self.step, &difference.step) && matches(&self.path, &difference.path)
    }
}

/// Reads the table from the file.
pub fn read(path: &Path) -> Result<Vec<Deviation>> {
    parse(&std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?)
}

/// Reads every table row whose first cell is an id; an id may not be used twice.
pub fn parse(text: &str) -> Result<Vec<Deviation>> {
    let mut rows: Vec<Deviation> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> =
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let is_id = |cell: &str| cell.strip_prefix('D').is_some_and(|number| number.parse::<u32>().is_ok());
        if !cells.first().is_some_and(|cell| is_id(cell)) {
            continue;
        }
        let [id, step, path, reason] = cells[..] else { bail!("a row needs four cells: {line}") };
        if rows.iter().any(|row| row.id == id) {
            bail!("{id} is used twice");
        }
        rows.push(Deviation { id: id.into(), step: step.into(), path: path.into(), reason: reason.into() });
    }
    Ok(rows)
}

/// `*` matches any run of characters, everything else itself.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_spans_anything() {
        assert!(matches("a*c", "abbc") && matches("*", "") && matches("*/server", "response/headers/server"));
        assert!(!matches("a*c", "abb") && !matches("a", "ab"));
    }

    #[test]
    fn rows_are_told_from_the_rest_of_the_page() {
        let rows = parse(
            "# Title\n| id | step | path | reason |\n|---|---|---|---|\n| D1 | `x*` | `*` | because |\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].step.as_str(), rows[0].reason.as_str()), ("x*", "because"));
        assert!(parse("| D1 | a | b | c |\n| D1 | a | b | c |\n").is_err());
    }
}
