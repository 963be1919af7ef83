//! Tones in WAV files: written for a softphone to play, looked for in what it recorded.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use media::detect::{level, tone_level};
use media::{Audio, wav};

/// The peak of a written tone.
const AMPLITUDE: f64 = 12_000.0;
/// A tone counts as heard if it is no more than this below everything that is heard, dB.
const DOMINANT: f64 = -3.0;
/// What is fainter counts as silence, dB.
const AUDIBLE: f64 = -30.0;
/// The share of the audible time in which a tone must be heard.
const SHARE: f64 = 0.9;
/// Pieces of audio looked at in a second.
const PIECES: u32 = 10;

/// `seconds` of a sine at so many samples a second.
pub fn tone(rate: u32, hz: f64, seconds: u32) -> Audio {
    let turn = std::f64::consts::TAU * hz / f64::from(rate);
    #[expect(clippy::cast_possible_truncation, reason = "within ±12,000")]
    let sample = |index: u32| (AMPLITUDE * (turn * f64::from(index)).sin()) as i16;
    Audio { rate, samples: (0..rate * seconds).map(sample).collect() }
}

/// Writes a sine into a file.
pub fn write_tone(path: &Path, rate: u32, hz: f64, seconds: u32) -> Result<()> {
    let mut file = wav::write(&tone(rate, hz, seconds));
    // The writer knows 8 kHz only: samples and octets a second.
    file[24..28].copy_from_slice(&rate.to_le_bytes());
    file[28..32].copy_from_slice(&(2 * rate).to_le_bytes());
    std::fs::write(path, file).with_context(|| format!("cannot write {}", path.display()))
}

/// Checks that a tone, and no other sound for long, is heard for at least `seconds`.
pub fn expect_tone(audio: &Audio, hz: f64, seconds: f64) -> Result<()> {
    let pieces = audio.samples.chunks_exact((audio.rate / PIECES) as usize);
    let audible: Vec<&[i16]> = pieces.filter(|piece| level(piece) > AUDIBLE).collect();
    let is_it = |piece: &&&[i16]| tone_level(piece, audio.rate, hz) > level(piece) + DOMINANT;
    let heard = audible.iter().filter(is_it).count();
    let time = |pieces: usize| pieces as f64 / f64::from(PIECES);
    ensure!(
        time(heard) >= seconds && heard as f64 >= audible.len() as f64 * SHARE,
        "{hz} Hz was heard for {:.1} s of {:.1} s of sound in {:.1} s; wanted {seconds} s",
        time(heard),
        time(audible.len()),
        audio.samples.len() as f64 / f64::from(audio.rate)
    );
    Ok(())
}

/// The last `seconds` of it.
pub fn last(audio: &Audio, seconds: f64) -> Audio {
    let from = audio.samples.len().saturating_sub((seconds * f64::from(audio.rate)) as usize);
    Audio { rate: audio.rate, samples: audio.samples[from..].to_vec() }
}

/// The audio of a WAV file.
pub fn read(path: &Path) -> Result<Audio> {
    let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    wav::parse(&file).with_context(|| format!("{} is no WAV file", path.display()))
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
        for rate in [8_000, 16_000] {
            let audio = tone(rate, 440.0, 1);
            assert!(expect_tone(&audio, 440.0, 0.9).is_ok());
            assert!(expect_tone(&audio, 500.0, 0.1).is_err());
            assert!(expect_tone(&audio, 440.0, 2.0).is_err());
        }
    }

    #[test]
    fn two_tones_at_once_are_neither() {
        let (one, two) = (tone(8_000, 440.0, 1), tone(8_000, 620.0, 1));
        let samples = one.samples.iter().zip(&two.samples).map(|(one, two)| one / 2 + two / 2).collect();
        let mixed = Audio { rate: 8_000, samples };
        assert!(expect_tone(&mixed, 440.0, 0.5).is_err() && expect_tone(&mixed, 620.0, 0.5).is_err());
    }
}
