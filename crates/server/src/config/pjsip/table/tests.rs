use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use conf::Reader;

use super::super::acl::Lists;
use super::super::{Config, read_object};
use super::{OBJECTS, Status, WIZARD, page};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_table_has_every_option_of_asterisk_22_once_and_no_other() {
    let theirs: BTreeSet<String> = include_str!("asterisk_22.txt").lines().map(str::to_owned).collect();
    let mut ours = BTreeSet::new();
    for object in OBJECTS.iter().chain([&WIZARD]) {
        for row in object.rows {
            assert!(ours.insert(format!("{} {}", object.kind, row.name)), "{} is there twice", row.name);
        }
    }
    assert_eq!(ours, theirs);
}

/// A section of each kind that its reader reads to the end.
const WHOLE: &[(&str, &str)] = &[
    ("transport", "bind=127.0.0.1\n"),
    ("endpoint", "allow=ulaw\n"),
    ("aor", ""),
    ("auth", "username=a\npassword=b\n"),
    ("identify", "endpoint=a\nmatch=192.0.2.1\n"),
    ("registration", "server_uri=sip:a\nclient_uri=sip:b@a\n"),
    ("global", ""),
    ("system", ""),
    ("acl", ""),
    ("domain_alias", "domain=a\n"),
];

#[test]
fn what_is_read_is_in_the_table_and_what_is_obeyed_is_read() {
    for (kind, lines) in WHOLE {
        let config = conf::Config::parse("pjsip.conf", &format!("[a]\ntype={kind}\n{lines}"));
        let reader = Reader::new(&config);
        let section = reader.section("a").unwrap();
        section.get("type");
        read_object(&section, kind, &Lists::new(), &mut Config::default(), &mut BTreeMap::new());
        let read = section.known();
        let object = super::object(kind).unwrap();
        for key in &read {
            let row = object.rows.iter().find(|row| row.name == key);
            let is_harmless = row.is_some_and(|row| matches!(row.status, Status::Harmless(_)));
            assert!(row.is_some() && !is_harmless, "{kind}: {key} is read");
        }
        for row in object.rows {
            if let Status::Obeyed(_) = row.status {
                assert!(
                    read.iter().any(|key| row.name == key),
                    "{kind}: {} is obeyed and not read",
                    row.name
                );
            }
        }
    }
}

#[test]
fn each_option_that_is_obeyed_names_a_test_that_exists() {
    let mut tests = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&root().join(folder), &mut tests);
    }
    for object in OBJECTS.iter().chain([&WIZARD]) {
        for row in object.rows {
            if let Status::Obeyed(test) = row.status {
                assert!(tests.contains(test), "{} {}: there is no test {test}", object.kind, row.name);
            }
        }
    }
}

/// The names of the functions that follow a mark of a test.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for (_, after) in text.match_indices("test").filter_map(|(at, _)| text[at..].split_once("]\n")) {
                let line = after.trim_start().lines().next().unwrap_or_default();
                let name = line.trim_start_matches("async ").strip_prefix("fn ");
                tests.extend(name.and_then(|name| name.split_once('(')).map(|(name, _)| name.to_owned()));
            }
        }
    }
}

#[test]
fn the_page_says_what_the_table_says() {
    let path = root().join("docs/pjsip.md");
    let written = page::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == written, "docs/pjsip.md is out of date: UPDATE_DOCS=1 cargo test -p server table");
}

#[test]
fn a_value_that_says_what_is_done_anyway_is_no_complaint() {
    let config = conf::Config::parse(
        "pjsip.conf",
        "[a]\ntype=endpoint\nallow=ulaw\ndirect_media=off\nidentify_by=ip,username\n@mark=1\nrtp_timeout=0\nsend_aoc=yes\n",
    );
    let reader = Reader::new(&config);
    let section = reader.section("a").unwrap();
    super::super::read_section(&section, &Lists::new(), &mut Config::default(), &mut BTreeMap::new());
    let report = reader.finish();
    let texts: Vec<&str> = report.complaints.iter().map(|complaint| complaint.text.as_str()).collect();
    assert_eq!(texts, ["`send_aoc` in [a] is not supported yet; it was ignored"]);
}
