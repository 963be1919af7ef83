//! `strowger demo`, as a reader runs it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs it in a pipe, with its files below a folder of the test's own.
fn demo(folder: &Path) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(env!("CARGO_BIN_EXE_strowger")).arg("demo").env("TMPDIR", folder).output()?)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

#[test]
fn the_story_is_told_to_its_end_and_every_check_holds() -> Result<(), Box<dyn Error>> {
    let folder = folder("demo");
    fs::create_dir_all(&folder)?;
    let output = demo(&folder)?;
    let text = String::from_utf8(output.stdout)?;
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "sip    Ada   → Strowger  REGISTER + digest",
        "sip    Ada   → Strowger  INVITE 1000 + digest",
        "event  StasisStart  PJSIP/2001-",
        "event  ChannelDtmfReceived  5 (",
        "rest   POST /bridges/meeting/addChannel",
        "✓ Grace heard Ada's tone",
        "✓ Ada heard Grace's tone",
        "✓ the recording fetched over ARI has both",
        "sip    Grace ← Strowger  BYE",
        "✓ no channel and no bridge is left",
        "All 18 checks hold.",
    ] {
        assert!(text.contains(line), "`{line}` is missing:\n{text}");
    }
    assert!(!text.contains(['\x1b', '\r', '✗']), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
    let recording =
        text.lines().find_map(|line| line.strip_prefix("recording ")).ok_or("no recording is named")?;
    let wav = media::wav::parse(&fs::read(recording.trim())?)?;
    assert!(wav.samples.len() > 8_000, "a second and more");
    fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn where_nothing_can_be_written_one_sentence_says_so() -> Result<(), Box<dyn Error>> {
    let output = demo(&folder("nowhere"))?;
    let complaint = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.contains("TMPDIR"), "{complaint}");
    Ok(())
}
