//! Carries the project's sounds in the program: writes a table of names and bytes from the `sounds` folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let sounds = manifest.join("../../sounds");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", sounds.display());
    let mut text = String::new();
    table(&mut text, "PROMPTS", "The prompts in English, by name.", &sounds.join("en"))?;
    table(&mut text, "MUSIC", "Music on hold, by name.", &sounds.join("moh"))?;
    fs::write(out.join("carried.rs"), text)
}

fn table(text: &mut String, name: &str, doc: &str, folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let _ = writeln!(text, "/// {doc}\npub(super) static {name}: &[(&str, &[u8])] = &[");
    for path in files {
        let below = path.strip_prefix(folder).expect("it was found there").with_extension("");
        let below = below.to_string_lossy().replace('\\', "/");
        let _ = writeln!(text, "    ({below:?}, include_bytes!({:?})),", path.display().to_string());
    }
    text.push_str("];\n");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "wav") {
            files.push(path);
        }
    }
    Ok(())
}
