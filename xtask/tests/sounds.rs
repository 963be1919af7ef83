//! The committed sounds are those that sounds/prompts.txt names, in the one format the media engine plays as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// RIFF, fmt (PCM, one channel, 8,000 samples and 16,000 bytes a second, 2 bytes a frame, 16 bits), data.
const HEADER_BYTES: usize = 44;
const PCM_8KHZ_MONO_16BIT: [u8; 16] = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];

/// All the sounds together stay below this (bytes): they are in everyone's clone.
const MOST_BYTES: usize = 4 << 20;

fn sounds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sounds")
}

fn wavs(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            wavs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "wav") {
            found.insert(path);
        }
    }
}

#[test]
fn every_prompt_has_its_file_and_every_file_its_prompt() {
    let list = std::fs::read_to_string(sounds().join("prompts.txt")).expect("the list of prompts is there");
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let name =
        |line: &str| line.split_once('\t').unwrap_or_else(|| panic!("no tab in `{line}`")).0.to_owned();
    let mut wanted: BTreeSet<PathBuf> =
        lines.map(|line| sounds().join("en").join(name(line)).with_extension("wav")).collect();
    wanted.insert(sounds().join("en/beep.wav"));
    let mut found = BTreeSet::new();
    wavs(&sounds().join("en"), &mut found);
    assert_eq!(found, wanted, "run sounds/make.sh");
}

#[test]
fn every_sound_is_8_khz_16_bit_mono_and_not_silent() {
    let mut found = BTreeSet::new();
    wavs(&sounds(), &mut found);
    let mut bytes = 0;
    for path in found {
        let file = std::fs::read(&path).expect("a sound can be read");
        bytes += file.len();
        assert_eq!(file[20..36], PCM_8KHZ_MONO_16BIT, "{}", path.display());
        assert_eq!(&file[36..40], b"data", "{}", path.display());
        let samples = file[HEADER_BYTES..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        let loudest = samples.map(i16::unsigned_abs).max().unwrap_or(0);
        assert!(loudest > 4_000, "{} is all but silent", path.display());
    }
    assert!(bytes < MOST_BYTES, "{bytes} bytes of sounds");
}
