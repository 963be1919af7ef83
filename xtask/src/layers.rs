//! Holds the tree to the layering: who may depend on whom, what a pure crate may use, and the bans it carries.

mod table;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::process::root;
use crate::text;
use table::{CRATES, Crate, EXEMPT_FOLDERS, JSON_CRATES, JSON_READERS, NEVER_IN_PURE};

/// The clippy.toml that each pure crate carries.
const PURE_CLIPPY: &str = include_str!("pure-clippy.toml");

/// Runs every check and fails with all complaints at once.
pub fn check() -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .exec()
        .context("cargo metadata failed")?;
    let mut complaints = table_complaints();
    let mut checked = 0;
    for package in metadata.workspace_packages() {
        if exempt(package) {
            continue;
        }
        checked += 1;
        match table::find(&package.name) {
            Some(entry) => complaints.extend(crate_complaints(entry, package, &metadata)),
            None => complaints
                .push(format!("{}: not in xtask/src/layers/table.rs; give it a layer", package.name)),
        }
    }
    let text = text::check()?;
    complaints.extend(text.complaints);
    for note in &text.notes {
        println!("note: {note}");
    }
    for complaint in &complaints {
        println!("error: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("{} complaints", complaints.len());
    }
    println!("{checked} crates keep their layers, {} files keep the text rules", text.files);
    Ok(())
}

fn exempt(package: &Package) -> bool {
    let folder = package.manifest_path.strip_prefix(root().to_str().unwrap_or_default());
    folder.is_ok_and(|folder| EXEMPT_FOLDERS.iter().any(|exempt| folder.starts_with(exempt)))
}

/// The table must keep its own rule: only lower layers, bar the exceptions it names.
fn table_complaints() -> Vec<String> {
    let mut complaints = Vec::new();
    for entry in CRATES {
        for name in entry.may_use {
            match table::find(name) {
                None => complaints.push(format!("table: {} may use {name}, which has no entry", entry.name)),
                Some(used) if used.layer < entry.layer || table::is_exception(entry.name, name) => {}
                Some(_) => {
                    complaints.push(format!("table: {} may use {name}, which is no lower layer", entry.name))
                }
            }
        }
    }
    complaints
}

fn crate_complaints(entry: &Crate, package: &Package, metadata: &Metadata) -> Vec<String> {
    let ours: BTreeSet<&str> = CRATES.iter().map(|each| each.name).collect();
    let normal =
        package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    let mut complaints = Vec::new();
    for dependency in normal {
        let name = dependency.name.as_str();
        if ours.contains(name) {
            if !entry.may_use.contains(&name) {
                complaints.push(format!("{} (layer {}) may not depend on {name}", entry.name, entry.layer));
            }
        } else if JSON_CRATES.contains(&name) && !JSON_READERS.contains(&entry.name) {
            complaints.push(format!("{}: {name}: only {} know JSON", entry.name, JSON_READERS.join(", ")));
        } else if let Some(libraries) = entry.libraries
            && !libraries.contains(&name)
        {
            complaints
                .push(format!("{}: {name} is not among the libraries a pure crate may use here", entry.name));
        }
    }
    if entry.libraries.is_some() {
        complaints.extend(clippy_complaint(entry, package));
        complaints.extend(reached_complaints(entry, package, metadata));
    }
    complaints
}

fn clippy_complaint(entry: &Crate, package: &Package) -> Option<String> {
    let path = package.manifest_path.with_file_name("clippy.toml");
    match std::fs::read_to_string(&path) {
        Ok(found) if found == PURE_CLIPPY => None,
        Ok(_) => Some(format!("{}: clippy.toml differs from xtask/src/pure-clippy.toml", entry.name)),
        Err(error) => {
            Some(format!("{}: no clippy.toml (copy xtask/src/pure-clippy.toml): {error}", entry.name))
        }
    }
}

/// A runtime, a socket library or a source of randomness must not come in behind an allowed library either. Our
/// own crates are not entered: each is checked in its turn.
fn reached_complaints(entry: &Crate, package: &Package, metadata: &Metadata) -> Vec<String> {
    let Some(resolve) = &metadata.resolve else { return Vec::new() };
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    let mut waiting = VecDeque::from([&package.id]);
    let mut complaints = Vec::new();
    while let Some(id) = waiting.pop_front() {
        let Some(node) = nodes.get(id) else { continue };
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if !normal
                || metadata.workspace_members.contains(&dependency.pkg)
                || !seen.insert(&dependency.pkg)
            {
                continue;
            }
            waiting.push_back(&dependency.pkg);
            let name = metadata[&dependency.pkg].name.as_str();
            if NEVER_IN_PURE.contains(&name) {
                complaints.push(format!("{}: reaches {name} through {}", entry.name, metadata[id].name));
            }
        }
    }
    complaints
}
