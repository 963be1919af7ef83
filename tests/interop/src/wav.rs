//! Tones in WAV files: written for a softphone to play, looked for in what it recorded.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use media::detect::{level, tone_level};
use media::{Audio, wav};

/// Samples a second.
pub const RATE: u32 = 8_000;
/// The peak of a written tone.
const AMPLITUDE: f64 = 12_000.0;
/// A tone counts as heard if it is no more than this below everything that is heard, dB.
const DOMINANT: f64 = -3.0;
/// What is fainter counts as silence, dB.
const AUDIBLE: f64 = -30.0;
/// The share of the audible time in which a tone must be heard.
const SHARE: f64 = 0.9;
/// The piece of audio looked at: 100 ms.
const PIECE: usize = 800;

/// `seconds` of a sine.
pub fn tone(hz: f64, seconds: u32) -> Vec<i16> {
    let turn = std::f64::consts::TAU * hz / f64::from(RATE);
    #[expect(clippy::cast_possible_truncation, reason = "within ±12,000")]
    let sample = |index: u32| (AMPLITUDE * (turn * f64::from(index)).sin()) as i16;
    (0..RATE * seconds).map(sample).collect()
}

/// Writes a sine into a file.
pub fn write_tone(path: &Path, hz: f64, seconds: u32) -> Result<()> {
    let audio = Audio { rate: RATE, samples: tone(hz, seconds) };
    std::fs::write(path, wav::write(&audio)).with_context(|| format!("cannot write {}", path.display()))
}

/// Checks that a tone, and no other sound for long, is heard for at least `seconds`.
pub fn expect_tone(samples: &[i16], hz: f64, seconds: f64) -> Result<()> {
    let audible: Vec<&[i16]> = samples.chunks_exact(PIECE).filter(|piece| level(piece) > AUDIBLE).collect();
    let heard = audible.iter().filter(|piece| tone_level(piece, RATE, hz) > level(piece) + DOMINANT).count();
    let time = |pieces: usize| pieces as f64 * PIECE as f64 / f64::from(RATE);
    ensure!(
        time(heard) >= seconds && heard as f64 >= audible.len() as f64 * SHARE,
        "{hz} Hz was heard for {:.1} s of {:.1} s of sound in {:.1} s; wanted {seconds} s",
        time(heard),
        time(audible.len()),
        samples.len() as f64 / f64::from(RATE)
    );
    Ok(())
}

/// The samples of a WAV file.
pub fn read(path: &Path) -> Result<Vec<i16>> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(wav::parse(&file).with_context(|| format!("{} is no WAV file", path.display()))?.samples)
}

/// The files of a folder whose names end so.
pub fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let paths = entries.into_iter().map(|entry| entry.path());
    Ok(paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_told_from_another() {
        let samples = tone(440.0, 1);
        assert!(expect_tone(&samples, 440.0, 0.9).is_ok());
        assert!(expect_tone(&samples, 500.0, 0.1).is_err());
        assert!(expect_tone(&samples, 440.0, 2.0).is_err());
    }

    #[test]
    fn two_tones_at_once_are_neither() {
        let mixed: Vec<i16> =
            tone(440.0, 1).iter().zip(tone(620.0, 1)).map(|(one, two)| one / 2 + two / 2).collect();
        assert!(expect_tone(&mixed, 440.0, 0.5).is_err() && expect_tone(&mixed, 620.0, 0.5).is_err());
    }
}
