//! Finding tones and talking in audio: Goertzel's filter, levels, and telephone digits sent as tones.

use std::f64::consts::{PI, TAU};

/// What is given for silence, dB.
const FLOOR_DB: f64 = -120.0;
/// The mean magnitude from which a frame counts as talking, of 32,767: Asterisk's `silencethreshold`.
pub const TALKING: u32 = 256;

/// The digits of a telephone and their frequencies (ITU-T Q.23).
pub(crate) struct Keypad {
    /// Row by row.
    pub(crate) digits: [char; 16],
    pub(crate) rows: [f64; 4],
    pub(crate) columns: [f64; 4],
}

pub(crate) const DTMF: Keypad = Keypad {
    digits: ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'],
    rows: [697.0, 770.0, 852.0, 941.0],
    columns: [1209.0, 1336.0, 1477.0, 1633.0],
};

/// Goertzel's filter: the energy of one frequency in what was fed.
#[derive(Debug, Clone, Copy)]
pub struct Goertzel {
    coefficient: f64,
    last: f64,
    before: f64,
}

impl Goertzel {
    /// A filter for `hz` in audio of `rate` samples a second.
    pub fn new(rate: u32, hz: f64) -> Goertzel {
        Goertzel { coefficient: 2.0 * (TAU * hz / f64::from(rate)).cos(), last: 0.0, before: 0.0 }
    }

    /// Takes one sample.
    #[inline]
    pub fn feed(&mut self, sample: f64) {
        let next = sample + self.coefficient * self.last - self.before;
        self.before = self.last;
        self.last = next;
    }

    /// The squared magnitude of the frequency since the last reset: (amplitude × samples ÷ 2)² for a sine.
    pub fn energy(&self) -> f64 {
        self.last * self.last + self.before * self.before - self.coefficient * self.last * self.before
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.last = 0.0;
        self.before = 0.0;
    }
}

/// How loud one frequency is in the samples, dB: 0 for a sine at full scale, -120 for nothing. A Hann window keeps
/// its neighbours out; 100 ms or more tell tones 20 Hz apart.
pub fn tone_level(samples: &[i16], rate: u32, hz: f64) -> f64 {
    if samples.is_empty() || rate == 0 {
        return FLOOR_DB;
    }
    let mut filter = Goertzel::new(rate, hz);
    let length = samples.len() as f64;
    for (n, sample) in samples.iter().enumerate() {
        let window = 0.5 - 0.5 * (2.0 * PI * (n as f64 + 0.5) / length).cos();
        filter.feed(f64::from(*sample) * window);
    }
    // The window halves the amplitude.
    let amplitude = filter.energy().max(0.0).sqrt() * 4.0 / length;
    decibels(amplitude / 32_768.0)
}

/// How loud the samples are all together, dB: 0 for a sine at full scale, -120 for nothing.
pub fn level(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return FLOOR_DB;
    }
    let power: f64 =
        samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64;
    decibels((2.0 * power).sqrt() / 32_768.0)
}

/// The mean magnitude of the samples, of 32,767.
pub fn mean_magnitude(samples: &[i16]) -> u32 {
    let sum: u32 = samples.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
    sum.checked_div(samples.len() as u32).unwrap_or(0)
}

/// Whether somebody talks in these samples: their mean magnitude is [`TALKING`] or more.
pub fn is_talking(samples: &[i16]) -> bool {
    mean_magnitude(samples) >= TALKING
}

fn decibels(ratio: f64) -> f64 {
    (20.0 * ratio.max(1e-6).log10()).max(FLOOR_DB)
}

/// Samples looked at together: 12.75 ms at 8 kHz, narrow enough for the closest two frequencies.
const BLOCK: usize = 102;
/// Blocks that must agree before a digit counts as pressed (ITU-T Q.24: 40 ms is one, 23 ms is none).
const BLOCKS_TO_BEGIN: u8 = 2;
/// Blocks without it before it counts as let go.
const BLOCKS_TO_END: u8 = 3;
/// Least energy of each of the two frequencies: about -35 dB.
const LEAST_ENERGY: f64 = (580.0 * BLOCK as f64 / 2.0) * (580.0 * BLOCK as f64 / 2.0);
/// How much louder the row may be than the column (8 dB), as a ratio of energies.
const TWIST: f64 = 6.31;
/// How much louder the column may be than the row (8 dB).
const REVERSE_TWIST: f64 = 6.31;
/// How much louder than any other of its group a frequency must be (8 dB).
const PEAK: f64 = 6.31;
/// The share of all energy that the two must have.
const PURITY: f64 = 0.7;

/// What a [`DtmfDetector`] heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A digit is being pressed.
    Pressed(char),
    /// It was let go.
    Released {
        /// Which.
        digit: char,
        /// How long it was held, milliseconds.
        duration_ms: u32,
    },
}

/// Hears digits sent as tones (ITU-T Q.24) in 8 kHz audio.
#[derive(Debug, Clone)]
pub struct DtmfDetector {
    filters: [Goertzel; 8],
    energy: f64,
    filled: usize,
    candidate: Option<char>,
    hits: u8,
    pressed: Option<char>,
    misses: u8,
    blocks: u32,
}

impl Default for DtmfDetector {
    fn default() -> DtmfDetector {
        DtmfDetector::new()
    }
}

impl DtmfDetector {
    /// A detector that has heard nothing.
    pub fn new() -> DtmfDetector {
        let filters = std::array::from_fn(|n| {
            Goertzel::new(8_000, if n < 4 { DTMF.rows[n] } else { DTMF.columns[n - 4] })
        });
        DtmfDetector {
            filters,
            energy: 0.0,
            filled: 0,
            candidate: None,
            hits: 0,
            pressed: None,
            misses: 0,
            blocks: 0,
        }
    }

    /// Takes samples and hands what was heard in them to `heard`, in order.
    pub fn feed(&mut self, samples: &[i16], mut heard: impl FnMut(Heard)) {
        for sample in samples {
            let sample = f64::from(*sample);
            self.filters.iter_mut().for_each(|filter| filter.feed(sample));
            self.energy += sample * sample;
            self.filled += 1;
            if self.filled == BLOCK {
                let digit = self.judge();
                self.filters.iter_mut().for_each(Goertzel::reset);
                self.energy = 0.0;
                self.filled = 0;
                self.step(digit, &mut heard);
            }
        }
    }

    fn judge(&self) -> Option<char> {
        let energies: [f64; 8] = std::array::from_fn(|n| self.filters[n].energy());
        let row = loudest(&energies[..4])?;
        let column = loudest(&energies[4..])?;
        let (low, high) = (energies[row], energies[4 + column]);
        let balanced = low <= high * TWIST && high <= low * REVERSE_TWIST;
        // A sine of amplitude A has energy (A·N/2)² in its filter and A²·N/2 in the sum of squares.
        let pure = low + high >= PURITY * self.energy * BLOCK as f64 / 2.0;
        (balanced && pure).then(|| DTMF.digits[row * 4 + column])
    }

    fn step(&mut self, digit: Option<char>, heard: &mut impl FnMut(Heard)) {
        if digit == self.candidate {
            self.hits = self.hits.saturating_add(1);
        } else {
            self.candidate = digit;
            self.hits = 1;
        }
        if let Some(pressed) = self.pressed {
            self.blocks += 1;
            self.misses = if digit == Some(pressed) { 0 } else { self.misses + 1 };
            if self.misses >= BLOCKS_TO_END {
                let blocks = self.blocks - u32::from(BLOCKS_TO_END);
                heard(Heard::Released { digit: pressed, duration_ms: blocks * BLOCK as u32 / 8 });
                self.pressed = None;
            }
        }
        if self.pressed.is_none()
            && self.hits >= BLOCKS_TO_BEGIN
            && let Some(digit) = self.candidate
        {
            self.pressed = Some(digit);
            self.misses = 0;
            self.blocks = u32::from(self.hits);
            heard(Heard::Pressed(digit));
        }
    }
}

/// The one energy of a group that stands out, if one does.
fn loudest(group: &[f64]) -> Option<usize> {
    let (place, most) = group.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let alone = group.iter().enumerate().all(|(n, energy)| n == place || energy * PEAK < most);
    (most >= LEAST_ENERGY && alone).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tones;

    fn hear(samples: &[i16]) -> Vec<Heard> {
        let mut all = Vec::new();
        let mut detector = DtmfDetector::new();
        samples.chunks(160).for_each(|frame| detector.feed(frame, |heard| all.push(heard)));
        all
    }

    #[test]
    fn every_digit_is_heard_once_with_its_duration() {
        for digit in DTMF.digits {
            let mut samples = vec![0; 333];
            samples.extend(tones::dtmf(digit, 100).unwrap().samples);
            samples.extend([0; 800]);
            let heard = hear(&samples);
            assert_eq!(heard.len(), 2, "{digit}: {heard:?}");
            assert_eq!(heard[0], Heard::Pressed(digit));
            let Heard::Released { digit: released, duration_ms } = heard[1] else { panic!("{heard:?}") };
            assert_eq!(released, digit);
            assert!((75..=115).contains(&duration_ms), "{digit}: {duration_ms} ms");
        }
    }

    #[test]
    fn the_same_digit_twice_is_two() {
        let one = tones::dtmf('7', 80).unwrap().samples;
        let samples: Vec<i16> = [one.clone(), vec![0; 640], one, vec![0; 640]].concat();
        assert_eq!(hear(&samples).len(), 4);
    }

    #[test]
    fn quiet_and_twisted_digits_are_heard() {
        let mut samples: Vec<i16> = (0..1600)
            .map(|n| {
                let time = f64::from(n) / 8000.0;
                ((TAU * 852.0 * time).sin() * 2_000.0 + (TAU * 1477.0 * time).sin() * 1_200.0) as i16
            })
            .collect();
        samples.extend([0; 640]);
        assert_eq!(hear(&samples)[0], Heard::Pressed('9'));
    }

    #[test]
    fn progress_tones_speech_like_noise_and_single_tones_are_no_digit() {
        assert!(hear(&tones::ringing().samples).is_empty());
        assert!(hear(&tones::busy().samples).is_empty());
        assert!(hear(&tones::render("697/500").unwrap().samples).is_empty());
        let mut state = 1u32;
        let noise: Vec<i16> = (0..80_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 18) as i16
            })
            .collect();
        assert!(hear(&noise).is_empty());
    }

    #[test]
    fn the_level_of_a_tone_is_its_amplitude() {
        let samples: Vec<i16> =
            (0..1600).map(|n| ((f64::from(n) * TAU * 1000.0 / 8000.0).sin() * 3_276.8) as i16).collect();
        assert!((tone_level(&samples, 8_000, 1000.0) + 20.0).abs() < 0.2);
        assert!((level(&samples) + 20.0).abs() < 0.2);
        assert!(tone_level(&samples, 8_000, 1200.0) < -60.0);
        assert!(tone_level(&[0; 160], 8_000, 1000.0) <= -120.0);
    }

    #[test]
    fn talking_is_told_from_line_noise() {
        assert!(!is_talking(&[40; 160]));
        assert!(is_talking(&[-3_000; 160]));
        assert!(!is_talking(&[]));
    }
}
