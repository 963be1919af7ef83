use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;

/// What `docs/metrics.md` has to list.
fn rows() -> String {
    TABLE.iter().fold(String::new(), |mut rows, metric| {
        let _ = writeln!(rows, "| `{}` | {} | {} |", metric.name, metric.kind.word(), metric.help);
        rows
    })
}

#[test]
fn the_documentation_lists_every_metric_with_its_meaning() {
    let page = include_str!("../../../../docs/metrics.md");
    let listed: String =
        page.lines().filter(|line| line.starts_with("| `")).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(listed, rows(), "docs/metrics.md does not list what there is");
}

#[test]
fn names_follow_prometheus_habits() {
    let mut names = BTreeSet::new();
    for Metric { name, kind, help, .. } in TABLE {
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_'), "{name}");
        assert!(help.ends_with('.') && !help.contains(['\n', '|']), "{name}: {help}");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert!(name.starts_with("strowger_") || name.starts_with("process_"), "{name}");
    }
}
