//! Comfort noise (RFC 3389): what a far end asks to be heard while it sends nothing.

/// The payload type under which it comes (RFC 3551 §6).
pub const PAYLOAD_TYPE: u8 = 13;
/// Reflection coefficients that are used; further ones are left out.
pub const MAX_ORDER: usize = 12;

/// A source of noise of a level and colour.
#[derive(Debug, Clone)]
pub struct ComfortNoise {
    /// Standard deviation of what comes out, of 32,767; 0 while there is none.
    amplitude: f32,
    order: usize,
    reflections: [f32; MAX_ORDER],
    /// How much the filter amplifies.
    gain: f32,
    backwards: [f32; MAX_ORDER + 1],
    state: u32,
}

impl ComfortNoise {
    /// Silent; `seed` begins its random numbers.
    pub fn new(seed: u32) -> ComfortNoise {
        ComfortNoise {
            amplitude: 0.0,
            order: 0,
            reflections: [0.0; MAX_ORDER],
            gain: 1.0,
            backwards: [0.0; MAX_ORDER + 1],
            state: seed,
        }
    }

    /// Takes a payload: a level, and how the spectrum is shaped. An empty one, which RFC 3389 does not know, is silence.
    pub fn describe(&mut self, payload: &[u8]) {
        let Some((level, reflections)) = payload.split_first() else {
            self.stop();
            return;
        };
        // §3.1: decibels below the power of a square wave at full scale.
        self.amplitude = 32_767.0 * 10f32.powf(-f32::from(level & 0x7f) / 20.0);
        self.order = reflections.len().min(MAX_ORDER);
        // §3.2: 127 stands for zero, the ends for one; one itself would ring for ever.
        for (place, octet) in self.reflections.iter_mut().zip(reflections) {
            *place = ((f32::from(*octet) - 127.0) / 127.0).clamp(-0.98, 0.98);
        }
        // What a lattice of these does to the power of white noise.
        let loss: f32 = self.reflections[..self.order].iter().map(|k| 1.0 - k * k).product();
        self.gain = loss.sqrt();
    }

    /// The far end speaks again.
    pub fn stop(&mut self) {
        self.amplitude = 0.0;
        self.backwards = [0.0; MAX_ORDER + 1];
    }

    /// Whether there is noise to be heard.
    pub fn is_heard(&self) -> bool {
        self.amplitude >= 1.0
    }

    /// The next of it.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            let value = self.coloured();
            *sample = (value * self.amplitude).clamp(-32_768.0, 32_767.0) as i16;
        }
    }

    /// White noise through the synthesis lattice, of standard deviation 1.
    fn coloured(&mut self) -> f32 {
        let mut forward = self.white() * self.gain;
        for n in (0..self.order).rev() {
            let k = self.reflections[n];
            forward -= k * self.backwards[n];
            self.backwards[n + 1] = self.backwards[n] + k * forward;
        }
        self.backwards[0] = forward;
        forward
    }

    /// Three uniform numbers make one that is normal enough, of standard deviation 1.
    fn white(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..3 {
            self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum += (self.state >> 8) as f32 / (1 << 23) as f32 - 1.0;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;

    fn noise(payload: &[u8]) -> Vec<i16> {
        let mut noise = ComfortNoise::new(1);
        noise.describe(payload);
        let mut samples = vec![0; 16_000];
        noise.fill(&mut samples);
        samples
    }

    #[test]
    fn the_level_is_the_one_that_was_asked_for() {
        for level in [30, 45, 60] {
            // A sine at full scale has 3 dB less power than the square wave that levels count from.
            let heard = detect::level(&noise(&[level])) - 3.0;
            assert!((heard + f64::from(level)).abs() < 0.7, "{level} came as {heard}");
            let coloured = detect::level(&noise(&[level, 10, 180, 127])) - 3.0;
            assert!((coloured + f64::from(level)).abs() < 1.5, "{level} came as {coloured}");
        }
    }

    #[test]
    fn a_colour_is_heard() {
        let dull = noise(&[40, 10]);
        let steps = |samples: &[i16]| -> f64 {
            let steps: Vec<i16> = samples.windows(2).map(|pair| pair[1] - pair[0]).collect();
            detect::level(&steps) - detect::level(samples)
        };
        assert!(steps(&dull) < steps(&noise(&[40])) - 3.0);
    }

    #[test]
    fn it_is_heard_from_its_description_until_speech() {
        let mut noise = ComfortNoise::new(1);
        assert!(!noise.is_heard());
        noise.describe(&[50]);
        assert!(noise.is_heard());
        noise.stop();
        assert!(!noise.is_heard());
        noise.describe(&[]);
        assert!(!noise.is_heard());
        noise.describe(&[127, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        noise.fill(&mut [0; 160]);
    }
}
