//! Filling in for audio that did not come, after the idea of G.711 Appendix I: the last pitch periods again, fading,
//! and a soft way back into what comes next. For 8 and 16 kHz.

/// How long is made up before silence, milliseconds.
pub const MAX_MS: usize = 60;
/// How long at full level, milliseconds.
const FULL_MS: usize = 10;
/// Pitch periods looked for, milliseconds: 200 down to 66 Hz; of a higher voice a multiple is found.
const SHORTEST_MS: usize = 5;
const LONGEST_MS: usize = 15;
/// How much is compared to find the pitch, milliseconds.
const COMPARED_MS: usize = 20;
/// What is remembered, milliseconds: two of the longest periods, a quarter, and some.
const HISTORY_MS: usize = 40;
/// The crossing from what was made up to what came, milliseconds: at the least, and more for each lost, and at the most.
const CROSSING_MS: (usize, usize, usize) = (2, 4, 10);
const MOST_PER_MS: usize = 16;

/// What one listener of a stream remembers of it.
#[derive(Debug, Clone)]
pub struct Concealment {
    /// Samples a millisecond: 8 or 16.
    per_ms: usize,
    /// The newest last; the first places are empty at 8 kHz.
    history: [i16; HISTORY_MS * MOST_PER_MS],
    /// Something true was heard since the last silence.
    has_heard: bool,
    /// The pitch period in samples, and the periods that are repeated, ready to wrap around.
    period: usize,
    periods: usize,
    template: [i16; 2 * LONGEST_MS * MOST_PER_MS],
    /// The next sample of the template.
    at: usize,
    /// Where the template does not quite begin where the history ends.
    step: i32,
    /// Samples made up since the last true one.
    made_up: usize,
}

impl Default for Concealment {
    fn default() -> Concealment {
        Concealment::new(8_000)
    }
}

impl Concealment {
    /// For a stream of 8,000 or 16,000 samples a second.
    pub fn new(rate: u32) -> Concealment {
        Concealment {
            per_ms: if rate > 8_000 { MOST_PER_MS } else { 8 },
            history: [0; HISTORY_MS * MOST_PER_MS],
            has_heard: false,
            period: 0,
            periods: 0,
            template: [0; 2 * LONGEST_MS * MOST_PER_MS],
            at: 0,
            step: 0,
            made_up: 0,
        }
    }

    /// Takes audio that came. After some that did not, its beginning is blended with what was made up.
    pub fn came(&mut self, samples: &mut [i16]) {
        if self.made_up > 0 {
            let (least, each, most) = CROSSING_MS;
            let lost_ms = self.made_up / self.per_ms;
            let crossing = (least + each * lost_ms / 10).min(most) * self.per_ms;
            self.blend(samples, crossing);
            self.made_up = 0;
        }
        self.remember(samples);
        self.has_heard = true;
    }

    /// What comes next does not follow on what came last, something in between having been left out: makes that soft.
    pub fn skipped(&mut self) {
        if self.made_up == 0 && self.has_heard {
            self.begin();
            self.made_up = 1;
        }
    }

    /// Makes up audio for some that did not come: it fades to silence, which lasts until more comes.
    pub fn missed(&mut self, samples: &mut [i16]) {
        if self.made_up == 0 {
            self.begin();
        }
        for sample in samples.iter_mut() {
            *sample = self.make_up();
        }
        self.remember(samples);
    }

    /// Forgets all: a new stretch of speech begins.
    pub fn reset(&mut self) {
        self.has_heard = false;
        self.made_up = 0;
    }

    fn heard(&self) -> &[i16] {
        &self.history[(MOST_PER_MS - self.per_ms) * HISTORY_MS..]
    }

    fn remember(&mut self, samples: &[i16]) {
        let newest = &samples[samples.len().saturating_sub(HISTORY_MS * self.per_ms)..];
        let history = &mut self.history[(MOST_PER_MS - self.per_ms) * HISTORY_MS..];
        history.copy_within(newest.len().., 0);
        let kept = history.len() - newest.len();
        history[kept..].copy_from_slice(newest);
    }

    /// Looks for the pitch and prepares one period of it.
    fn begin(&mut self) {
        if !self.has_heard {
            self.periods = 0;
            return;
        }
        self.period = self.pitch();
        self.repeat(1);
        self.at = 0;
        let heard = self.heard();
        let end = heard.len();
        self.step = i32::from(heard[end - 1]) - i32::from(heard[end - 1 - self.period]);
    }

    /// Makes the template out of so many last periods, its end led over to its beginning.
    fn repeat(&mut self, periods: usize) {
        let (length, quarter) = (self.period * periods, self.period / 4);
        let start = (MOST_PER_MS - self.per_ms) * HISTORY_MS;
        let heard = &self.history[start..];
        let end = heard.len();
        self.template[..length].copy_from_slice(&heard[end - length..]);
        for n in 0..quarter {
            let old = i32::from(heard[end - length - quarter + n]);
            let new = i32::from(heard[end - quarter + n]);
            let place = length - quarter + n;
            self.template[place] = cross(new, old, n + 1, quarter + 1);
        }
        self.periods = periods;
    }

    fn make_up(&mut self) -> i16 {
        let gone = self.made_up;
        self.made_up += 1;
        let end = MAX_MS * self.per_ms;
        if self.periods == 0 || gone >= end {
            return 0;
        }
        let value = i32::from(self.template[self.at]);
        self.at = if self.at + 1 >= self.period * self.periods { 0 } else { self.at + 1 };
        // The step at the very beginning is taken back over a quarter of a period.
        let quarter = (self.period / 4) as i32;
        let value = value + self.step * (quarter - gone as i32).max(0) / quarter;
        let full = FULL_MS * self.per_ms;
        let gain = if gone < full { 1.0 } else { (end - gone) as f32 / (end - full) as f32 };
        (value as f32 * gain).clamp(-32_768.0, 32_767.0) as i16
    }

    fn blend(&mut self, samples: &mut [i16], crossing: usize) {
        let crossing = crossing.min(samples.len());
        for (n, sample) in samples[..crossing].iter_mut().enumerate() {
            let made_up = i32::from(self.make_up());
            *sample = cross(made_up, i32::from(*sample), n + 1, crossing + 1);
        }
    }

    /// The lag at which what was heard last resembles what was before it most.
    fn pitch(&self) -> usize {
        let per_ms = self.per_ms;
        let heard = self.heard();
        let (shortest, longest) = (SHORTEST_MS * per_ms, LONGEST_MS * per_ms);
        // Coarsely at 4 kHz, then each lag near the best.
        let coarse = per_ms / 4;
        let best = best_lag(heard, (shortest..=longest).step_by(coarse), COMPARED_MS * per_ms, coarse);
        let near = best.saturating_sub(coarse).max(shortest)..=(best + coarse).min(longest);
        best_lag(heard, near, COMPARED_MS * per_ms, 1)
    }
}

fn best_lag(heard: &[i16], lags: impl Iterator<Item = usize>, compared: usize, step: usize) -> usize {
    let from = heard.len() - compared;
    let mut best = (0, f32::MIN);
    for lag in lags {
        let (mut product, mut energy) = (0.0f32, 1.0f32);
        for n in (from..heard.len()).step_by(step) {
            let (now, then) = (f32::from(heard[n]), f32::from(heard[n - lag]));
            product += now * then;
            energy += then * then;
        }
        let likeness = product / energy.sqrt();
        if best.0 == 0 || likeness > best.1 {
            best = (lag, likeness);
        }
    }
    best.0
}

/// `n` parts of `of` on the way from one value to another.
fn cross(from: i32, to: i32, n: usize, of: usize) -> i16 {
    let (n, of) = (n as i32, of as i32);
    ((from * (of - n) + to * n) / of) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;
    use std::f64::consts::TAU;

    /// A voice of this pitch: a few harmonics.
    fn voice(rate: u32, hz: f64, ms: u32) -> Vec<i16> {
        let sample = |n: u32| {
            let time = f64::from(n) / f64::from(rate);
            (1..=5).map(|k| (TAU * hz * f64::from(k) * time).sin() * 5_000.0 / f64::from(k)).sum::<f64>()
                as i16
        };
        (0..ms * rate / 1000).map(sample).collect()
    }

    /// The voice with every tenth frame of 20 ms lost and made up.
    fn with_losses(rate: u32, whole: &[i16]) -> Vec<i16> {
        let mut concealment = Concealment::new(rate);
        let mut heard = whole.to_vec();
        for (n, frame) in heard.chunks_mut(rate as usize / 50).enumerate() {
            if n % 10 == 9 {
                frame.fill(0);
                concealment.missed(frame);
            } else {
                concealment.came(frame);
            }
        }
        heard
    }

    #[test]
    fn a_voice_with_one_frame_in_ten_lost_is_hardly_changed() {
        for rate in [8_000, 16_000] {
            for hz in [90.0, 133.0, 210.0, 340.0] {
                let whole = voice(rate, hz, 2_000);
                let heard = with_losses(rate, &whole);
                let error: Vec<i16> = whole.iter().zip(&heard).map(|(a, b)| a.saturating_sub(*b)).collect();
                let lost: Vec<i16> = whole
                    .chunks(rate as usize / 50)
                    .enumerate()
                    .flat_map(|(n, frame)| frame.iter().map(move |it| if n % 10 == 9 { *it } else { 0 }))
                    .collect();
                let better = detect::level(&lost) - detect::level(&error);
                println!("{rate} Hz, voice of {hz} Hz: {better:.1} dB better than silence");
                assert!(better > 6.0, "{rate} Hz, {hz} Hz: only {better} dB better than silence");
            }
        }
    }

    #[test]
    fn there_is_no_click_at_either_end() {
        for rate in [8_000, 16_000] {
            let whole = voice(rate, 133.0, 1_000);
            let largest = |samples: &[i16]| samples.windows(2).map(|it| it[0].abs_diff(it[1])).max().unwrap();
            let (natural, heard) = (largest(&whole), largest(&with_losses(rate, &whole)));
            assert!(heard < natural * 3 / 2, "a step of {heard} where the voice has {natural}");
        }
    }

    #[test]
    fn it_fades_to_silence_and_nothing_heard_gives_nothing() {
        let mut concealment = Concealment::new(8_000);
        let mut frame = [7; 160];
        concealment.missed(&mut frame);
        assert_eq!(frame, [0; 160], "there is nothing to repeat yet");
        for chunk in voice(8_000, 150.0, 200).chunks_mut(160) {
            concealment.came(chunk);
        }
        let mut last = 0.0;
        for _ in 0..3 {
            concealment.missed(&mut frame);
            let level = detect::level(&frame);
            assert!(level < last);
            last = level;
        }
        concealment.missed(&mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn what_is_left_out_makes_no_click() {
        let whole = voice(8_000, 133.0, 1_000);
        let mut concealment = Concealment::new(8_000);
        let mut heard = Vec::new();
        for (n, frame) in whole.chunks(160).enumerate() {
            if n % 7 == 3 {
                concealment.skipped();
                continue;
            }
            let mut frame = frame.to_vec();
            concealment.came(&mut frame);
            heard.extend(frame);
        }
        let largest = |samples: &[i16]| samples.windows(2).map(|it| it[0].abs_diff(it[1])).max().unwrap();
        assert!(largest(&heard) < largest(&whole) * 3 / 2);
    }

    #[test]
    fn packets_of_any_length_are_taken() {
        let mut concealment = Concealment::new(16_000);
        for length in [1, 79, 160, 960, 2] {
            concealment.came(&mut vec![500; length]);
            concealment.missed(&mut vec![0; length]);
        }
    }
}
