//! Any rate to 8 kHz by a windowed-sinc filter, done once when a file is loaded.

use crate::Audio;
use std::f64::consts::PI;

/// What a shard plays, hertz.
const TARGET: u32 = 8_000;
/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 24.0;
/// Where the pass band ends, as a share of the lower of the two Nyquist frequencies.
const ROLL_OFF: f64 = 0.92;

/// The same sound at 8 kHz.
pub fn to_8k(audio: Audio) -> Audio {
    if audio.rate == TARGET || audio.rate == 0 {
        return Audio { rate: TARGET, samples: audio.samples };
    }
    let divisor = gcd(audio.rate, TARGET);
    let (step, phases) = (audio.rate / divisor, TARGET / divisor);
    let filter = Filter::new(audio.rate, phases);
    let length = (audio.samples.len() as u64 * u64::from(phases)).div_ceil(u64::from(step));
    let samples = (0..length)
        .map(|n| {
            let position = n * u64::from(step);
            let phase = (position % u64::from(phases)) as usize;
            filter.at(&audio.samples, (position / u64::from(phases)) as usize, phase)
        })
        .collect();
    Audio { rate: TARGET, samples }
}

/// One set of weights for each place that an output sample can have between two input samples.
struct Filter {
    half: usize,
    phases: Vec<Vec<f32>>,
}

impl Filter {
    fn new(rate: u32, phases: u32) -> Filter {
        // Cut-off as a share of the input's rate.
        let cutoff = 0.5 * ROLL_OFF * f64::from(TARGET.min(rate)) / f64::from(rate);
        let half = (CROSSINGS / (2.0 * cutoff)).ceil() as usize;
        let weights = |phase: u32| {
            let offset = f64::from(phase) / f64::from(phases);
            let mut taps: Vec<f64> = (0..=2 * half)
                .map(|n| {
                    let x = n as f64 - half as f64 - offset;
                    sinc(2.0 * cutoff * x) * blackman(x / (half as f64 + 1.0))
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

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Blackman's window over -1 to 1.
fn blackman(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { 0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos() }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;

    fn sine(rate: u32, hz: f64) -> Audio {
        let samples =
            (0..rate).map(|n| ((f64::from(n) * hz * 2.0 * PI / f64::from(rate)).sin() * 16_000.0) as i16);
        Audio { rate, samples: samples.collect() }
    }

    #[test]
    fn a_tone_above_4_khz_does_not_fold_back() {
        for rate in [16_000, 24_000, 32_000, 44_100, 48_000] {
            let folded = to_8k(sine(rate, 5_000.0));
            let level = detect::tone_level(&folded.samples[400..7600], 8_000, 3_000.0);
            assert!(level < -60.0, "from {rate} Hz: {level} dB");
        }
    }

    #[test]
    fn a_steady_level_stays() {
        let steady = to_8k(Audio { rate: 44_100, samples: vec![1_000; 44_100] });
        assert!(steady.samples[200..7800].iter().all(|sample| (999..=1001).contains(sample)));
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(to_8k(Audio { rate: 48_000, samples: vec![] }).samples.is_empty());
    }
}
