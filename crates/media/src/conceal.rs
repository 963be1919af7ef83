//! Filling in for audio that did not come: the last 20 ms again, fading.

use crate::Frame;

/// How many samples are made up before silence: 60 ms.
pub const MAX_CONCEALED: usize = 480;

/// What one listener of a stream remembers of it.
#[derive(Debug, Clone)]
pub struct Concealment {
    last: Frame,
    /// Samples made up since the last true one.
    made_up: usize,
}

impl Default for Concealment {
    fn default() -> Concealment {
        Concealment { last: [0; 160], made_up: MAX_CONCEALED }
    }
}

impl Concealment {
    /// Takes audio that came.
    pub fn came(&mut self, samples: &[i16]) {
        let kept = self.last.len().saturating_sub(samples.len());
        self.last.copy_within(160 - kept.., 0);
        let newest = &samples[samples.len().saturating_sub(160)..];
        self.last[kept..].copy_from_slice(newest);
        self.made_up = 0;
    }

    /// Makes up audio for some that did not come: one straight slope down to silence, which lasts until more comes.
    pub fn missed(&mut self, samples: &mut [i16]) {
        for sample in samples {
            let gain = (MAX_CONCEALED - self.made_up) as i32;
            *sample = (i32::from(self.last[self.made_up % 160]) * gain / MAX_CONCEALED as i32) as i16;
            self.made_up = (self.made_up + 1).min(MAX_CONCEALED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_repeated_and_fades_to_silence() {
        let mut concealment = Concealment::default();
        let mut frame = [7; 160];
        concealment.missed(&mut frame);
        assert_eq!(frame, [0; 160], "there is nothing to repeat yet");
        concealment.came(&[9_000; 80]);
        concealment.came(&[9_000; 80]);
        let mut level = 9_001;
        for _ in 0..3 {
            concealment.missed(&mut frame);
            assert!(frame[0] < level && frame[159] < frame[0]);
            level = frame[159];
        }
        assert!(level < 100);
        concealment.missed(&mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn packets_of_any_length_are_remembered() {
        let mut concealment = Concealment::default();
        let long: Vec<i16> = (0..480).collect();
        concealment.came(&long);
        let mut sample = [0];
        concealment.missed(&mut sample);
        assert_eq!(sample, [320]);
        concealment.came(&[5; 80]);
        concealment.missed(&mut sample);
        assert_eq!(sample, [400]);
    }
}
