//! The loader: prompts and music are tones, so that whoever hears one can be told.

use std::f64::consts::TAU;
use std::sync::Arc;

use call::{AudioSource, LoadFailure};
use media::Audio;

/// What every prompt sounds like, hertz. It lasts a second; one whose name begins with `long` lasts ten, one whose name
/// begins with `missing` is not there.
pub const PROMPT_HZ: u16 = 700;
/// What every music class sounds like, hertz.
pub const MUSIC_HZ: u16 = 350;

const RATE: u32 = 8_000;

fn tone(hz: u16, ms: u32) -> impl Iterator<Item = i16> {
    let step = TAU * f64::from(hz) / f64::from(RATE);
    (0..ms * RATE / 1_000).map(move |n| ((f64::from(n) * step).sin() * 8_192.0) as i16)
}

/// Loads what is asked for; `stored` has the samples of recordings.
pub(crate) fn load(
    sources: &[AudioSource],
    stored: impl Fn(&str) -> Option<Vec<i16>>,
) -> Result<Arc<Audio>, LoadFailure> {
    let mut samples = Vec::new();
    for source in sources {
        match source {
            AudioSource::Sound(name) if name.starts_with("missing") => return Err(LoadFailure::Missing),
            AudioSource::Sound(name) => {
                let ms = if name.starts_with("long") { 10_000 } else { 1_000 };
                samples.extend(tone(PROMPT_HZ, ms));
            }
            AudioSource::Music(_) => samples.extend(tone(MUSIC_HZ, 2_000)),
            AudioSource::Recording(name) => samples.extend(stored(name).ok_or(LoadFailure::Missing)?),
        }
    }
    Ok(Arc::new(Audio { rate: RATE, samples }))
}
