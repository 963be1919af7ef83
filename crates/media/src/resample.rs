//! From one sampling rate to another: streams between 8 and 16 kHz by a polyphase filter, whole files from any rate.
//!
//! What a lower rate cannot hold, and the images that a higher rate would add, are at least 90 dB down.

use crate::Audio;
use std::f64::consts::PI;

/// Weights of one phase of the streams' filter. A multiple of [`LANES`].
const TAPS: usize = 88;
/// Products summed side by side.
const LANES: usize = 8;
/// Where the streams' filter has half its gain, hertz: between what is kept and the half of the lower rate, at which all
/// that it lets through is at least 90 dB down.
const MIDDLE_HZ: f64 = 3_700.0;
/// Kaiser's parameter: this much is over 95 dB.
const BETA: f64 = 9.6;
/// Samples converted at once, at the higher rate.
const MOST: usize = 320;

/// The filter at 16 kHz in two phases: the weights of the even and of the odd places.
const PHASES: [[f32; TAPS]; 2] = polyphase();
/// The filter at 16 kHz in one piece, with a sum of one.
const WHOLE: [f32; 2 * TAPS] = whole();

const fn polyphase() -> [[f32; TAPS]; 2] {
    let mut phases = [[0.0; TAPS]; 2];
    let mut n = 0;
    while n < 2 * TAPS {
        // Reversed, so that the newest sample meets the first weight of the filter.
        phases[n % 2][TAPS - 1 - n / 2] = weight(n) as f32;
        n += 1;
    }
    let mut phase = 0;
    while phase < 2 {
        // Unity at 0 Hz for each phase, or a steady level would ripple.
        let (mut sum, mut n) = (0.0, 0);
        while n < TAPS {
            sum += phases[phase][n] as f64;
            n += 1;
        }
        n = 0;
        while n < TAPS {
            phases[phase][n] = (phases[phase][n] as f64 / sum) as f32;
            n += 1;
        }
        phase += 1;
    }
    phases
}

const fn whole() -> [f32; 2 * TAPS] {
    let mut taps = [0.0; 2 * TAPS];
    let (mut sum, mut n) = (0.0, 0);
    while n < 2 * TAPS {
        sum += weight(n);
        n += 1;
    }
    n = 0;
    while n < 2 * TAPS {
        taps[n] = (weight(n) / sum) as f32;
        n += 1;
    }
    taps
}

/// The weight in this place of a low-pass at 16 kHz.
const fn weight(n: usize) -> f64 {
    let half = (2 * TAPS - 1) as f64 / 2.0;
    let x = n as f64 - half;
    sinc(2.0 * MIDDLE_HZ / 16_000.0 * x) * kaiser(x / half)
}

const fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { sine(PI * x) / (PI * x) }
}

/// The sine as a series: there is none for constants.
const fn sine(x: f64) -> f64 {
    let turns = (x / (2.0 * PI)) as i64 as f64;
    let x = x - turns * 2.0 * PI;
    let (mut sum, mut term, mut n) = (x, x, 1.0);
    while n < 40.0 {
        term *= -x * x / ((2.0 * n) * (2.0 * n + 1.0));
        sum += term;
        n += 1.0;
    }
    sum
}

/// Kaiser's window over -1 to 1.
const fn kaiser(x: f64) -> f64 {
    let inside = 1.0 - x * x;
    // The series of the Bessel function has the square of its argument only.
    if inside <= 0.0 { 1.0 / bessel(BETA * BETA) } else { bessel(BETA * BETA * inside) / bessel(BETA * BETA) }
}

/// The modified Bessel function of the first kind and order zero, of the root of `square`.
const fn bessel(square: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while n < 60.0 {
        term *= square / 4.0 / (n * n);
        sum += term;
        n += 1.0;
    }
    sum
}

#[inline]
fn product(samples: &[f32], weights: &[f32]) -> i16 {
    let mut lanes = [0.0f32; LANES];
    let pieces = samples.as_chunks::<LANES>().0.iter().zip(weights.as_chunks::<LANES>().0);
    for (samples, weights) in pieces {
        for ((lane, sample), weight) in lanes.iter_mut().zip(samples).zip(weights) {
            *lane += sample * weight;
        }
    }
    let sum: f32 = lanes.iter().sum();
    // The cast cuts off towards zero, and holds what is out of range to its ends.
    (sum + 0.5f32.copysign(sum)) as i16
}

/// From 8 to 16 kHz, piece by piece.
#[derive(Debug, Clone)]
pub struct Up {
    history: [f32; TAPS - 1],
}

impl Default for Up {
    fn default() -> Up {
        Up::new()
    }
}

impl Up {
    /// How far what comes out lags behind what goes in, samples at 16 kHz.
    pub const DELAY: usize = TAPS;

    /// A converter that has heard silence.
    pub fn new() -> Up {
        Up { history: [0.0; TAPS - 1] }
    }

    /// Converts up to 20 ms; `out` is twice as long as `samples`.
    pub fn convert(&mut self, samples: &[i16], out: &mut [i16]) {
        debug_assert!(samples.len() <= MOST / 2 && out.len() == samples.len() * 2);
        let mut window = [0.0; TAPS - 1 + MOST / 2];
        let end = fill(&mut window, &mut self.history, samples);
        for (n, pair) in out.as_chunks_mut::<2>().0.iter_mut().enumerate().take(end + 1 - TAPS) {
            let samples = &window[n..n + TAPS];
            *pair = [product(samples, &PHASES[0]), product(samples, &PHASES[1])];
        }
    }
}

/// From 16 to 8 kHz, piece by piece.
#[derive(Debug, Clone)]
pub struct Down {
    history: [f32; 2 * TAPS - 2],
}

impl Default for Down {
    fn default() -> Down {
        Down::new()
    }
}

impl Down {
    /// How far what comes out lags behind what goes in, samples at 8 kHz.
    pub const DELAY: usize = TAPS / 2;

    /// A converter that has heard silence.
    pub fn new() -> Down {
        Down { history: [0.0; 2 * TAPS - 2] }
    }

    /// Converts up to 20 ms, an even number of samples; `out` is half as long as `samples`.
    pub fn convert(&mut self, samples: &[i16], out: &mut [i16]) {
        debug_assert!(samples.len() <= MOST && out.len() * 2 == samples.len());
        let mut window = [0.0; 2 * TAPS - 2 + MOST];
        fill(&mut window, &mut self.history, samples);
        for (n, sample) in out.iter_mut().enumerate() {
            *sample = product(&window[2 * n..2 * n + 2 * TAPS], &WHOLE);
        }
    }
}

/// Puts the history and the samples after it in the window, and keeps the newest as history; tells how many there are.
fn fill(window: &mut [f32], history: &mut [f32], samples: &[i16]) -> usize {
    let end = history.len() + samples.len();
    window[..history.len()].copy_from_slice(history);
    window[history.len()..end]
        .iter_mut()
        .zip(samples)
        .for_each(|(place, sample)| *place = f32::from(*sample));
    history.copy_from_slice(&window[end - history.len()..end]);
    end
}

/// Zero crossings of a file's filter on each side.
const CROSSINGS: f64 = 64.0;
/// Where its pass band ends, as a share of the lower of the two Nyquist frequencies.
const ROLL_OFF: f64 = 0.93;

/// The same sound at 8 kHz: done once when a file is loaded.
pub fn to_8k(audio: Audio) -> Audio {
    convert(audio, 8_000)
}

/// The same sound at another rate: done once when a file is loaded.
pub fn convert(audio: Audio, rate: u32) -> Audio {
    if audio.rate == rate || audio.rate == 0 || rate == 0 {
        return Audio { rate, samples: audio.samples };
    }
    let divisor = gcd(audio.rate, rate);
    let (step, phases) = (audio.rate / divisor, rate / divisor);
    let filter = Filter::new(audio.rate, rate, phases);
    let length = (audio.samples.len() as u64 * u64::from(phases)).div_ceil(u64::from(step));
    let samples = (0..length)
        .map(|n| {
            let position = n * u64::from(step);
            let phase = (position % u64::from(phases)) as usize;
            filter.at(&audio.samples, (position / u64::from(phases)) as usize, phase)
        })
        .collect();
    Audio { rate, samples }
}

/// One set of weights for each place that an output sample can have between two input samples.
struct Filter {
    half: usize,
    phases: Vec<Vec<f32>>,
}

impl Filter {
    fn new(from: u32, to: u32, phases: u32) -> Filter {
        // Cut-off as a share of the input's rate.
        let cutoff = 0.5 * ROLL_OFF * f64::from(to.min(from)) / f64::from(from);
        let half = (CROSSINGS / (2.0 * cutoff)).ceil() as usize;
        let weights = |phase: u32| {
            let offset = f64::from(phase) / f64::from(phases);
            let mut taps: Vec<f64> = (0..=2 * half)
                .map(|n| {
                    let x = n as f64 - half as f64 - offset;
                    sinc(2.0 * cutoff * x) * kaiser(x / (half as f64 + 1.0))
                })
                .collect();
            // Unity at 0 Hz for every phase, or a steady level would ripple.
            let sum: f64 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
            taps.into_iter().map(|tap| tap as f32).collect()
        };
        Filter { half, phases: (0..phases).map(weights).collect() }
    }

    fn at(&self, input: &[i16], centre: usize, phase: usize) -> i16 {
        let taps = &self.phases[phase];
        let first = centre.saturating_sub(self.half);
        let skipped = self.half - (centre - first);
        let last = (centre + self.half + 1).min(input.len());
        let sum: f32 = input
            .get(first..last)
            .unwrap_or_default()
            .iter()
            .zip(&taps[skipped..])
            .map(|(sample, tap)| f32::from(*sample) * tap)
            .sum();
        sum.round() as i16
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;

    const LOUD: f64 = 30_000.0;

    fn sine(rate: u32, hz: f64) -> Audio {
        let sample = |n| ((f64::from(n) * hz * 2.0 * PI / f64::from(rate)).sin() * LOUD).round() as i16;
        Audio { rate, samples: (0..rate).map(sample).collect() }
    }

    /// How loud a tone is beside what went in, dB.
    fn gain(samples: &[i16], rate: u32, hz: f64) -> f64 {
        let margin = rate as usize / 20;
        detect::tone_level(&samples[margin..samples.len() - margin], rate, hz)
            - 20.0 * (LOUD / 32_768.0).log10()
    }

    fn up(audio: &Audio) -> Vec<i16> {
        let (mut up, mut out) = (Up::new(), vec![0; audio.samples.len() * 2]);
        audio.samples.chunks(160).zip(out.chunks_mut(320)).for_each(|(from, to)| up.convert(from, to));
        out
    }

    fn down(audio: &Audio) -> Vec<i16> {
        let (mut down, mut out) = (Down::new(), vec![0; audio.samples.len() / 2]);
        audio.samples.chunks(320).zip(out.chunks_mut(160)).for_each(|(from, to)| down.convert(from, to));
        out
    }

    #[test]
    fn images_and_aliases_of_a_sweep_are_90_db_down_and_speech_is_kept_whole() {
        let (mut image, mut alias, mut lowest, mut highest) = (-200f64, -200f64, 0f64, -200f64);
        for hz in (50..4_000).step_by(37).map(f64::from) {
            image = image.max(gain(&up(&sine(8_000, hz)), 16_000, 8_000.0 - hz));
            if hz < 3_400.0 {
                for gain in
                    [gain(&up(&sine(8_000, hz)), 16_000, hz), gain(&down(&sine(16_000, hz)), 8_000, hz)]
                {
                    (lowest, highest) = (lowest.min(gain), highest.max(gain));
                }
            }
        }
        for hz in (4_000..8_000).step_by(37).map(f64::from) {
            alias = alias.max(gain(&down(&sine(16_000, hz)), 8_000, 8_000.0 - hz));
        }
        println!(
            "images {image:.1} dB, aliases {alias:.1} dB, 50 to 3,400 Hz {lowest:.2} to {highest:.2} dB"
        );
        assert!(image < -90.0, "an image at {image} dB");
        assert!(alias < -90.0, "an alias at {alias} dB");
        assert!(lowest > -0.5 && highest < 0.1, "{lowest} to {highest} dB");
    }

    #[test]
    fn files_of_every_rate_fold_nothing_back() {
        for rate in [16_000, 24_000, 32_000, 44_100, 48_000] {
            for hz in [4_000.0, 4_500.0, 5_000.0, 6_100.0, 7_900.0] {
                let folded = to_8k(sine(rate, hz));
                let level = gain(&folded.samples, 8_000, 8_000.0 - hz);
                assert!(level < -90.0, "{hz} Hz of {rate} came back at {level} dB");
            }
            let kept = gain(&to_8k(sine(rate, 3_400.0)).samples, 8_000, 3_400.0);
            assert!(kept.abs() < 0.1, "3,400 Hz from {rate}: {kept} dB");
        }
        let up = convert(sine(8_000, 3_000.0), 16_000);
        assert_eq!((up.rate, up.samples.len()), (16_000, 16_000));
        assert!(gain(&up.samples, 16_000, 5_000.0) < -90.0);
    }

    #[test]
    fn delays_are_what_they_say() {
        let mut click = Audio { rate: 8_000, samples: vec![0; 320] };
        click.samples[100] = 20_000;
        let loudest = |samples: &[i16]| (0..samples.len()).max_by_key(|n| samples[*n]).unwrap();
        assert!(loudest(&up(&click)).abs_diff(200 + Up::DELAY) <= 1);
        click.samples[100] = 0;
        click.samples[200] = 20_000;
        assert!(loudest(&down(&click)).abs_diff(100 + Down::DELAY) <= 1);
    }

    #[test]
    fn a_steady_level_stays() {
        let steady = to_8k(Audio { rate: 44_100, samples: vec![1_000; 44_100] });
        assert!(steady.samples[200..7800].iter().all(|sample| (999..=1001).contains(sample)));
        let steady = up(&Audio { rate: 8_000, samples: vec![-1_000; 800] });
        assert!(steady[400..].iter().all(|sample| *sample == -1_000));
    }

    #[test]
    fn full_scale_is_clipped_and_does_not_wrap() {
        let square: Vec<i16> =
            (0..1_600).map(|n| if n / 40 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let out = down(&Audio { rate: 16_000, samples: square });
        assert!(out[60..].windows(2).all(|pair| pair[0].abs_diff(pair[1]) < 60_000));
        assert!(out.contains(&i16::MAX) && out.contains(&i16::MIN));
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(to_8k(Audio { rate: 48_000, samples: vec![] }).samples.is_empty());
    }
}
