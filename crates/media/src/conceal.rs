//! Filling in for audio that did not come: the last frame again, fading.

use crate::Frame;

/// How many frames are made up before silence: 60 ms.
pub const MAX_CONCEALED: u32 = 3;

/// What one listener of a stream remembers of it.
#[derive(Debug, Clone)]
pub struct Concealment {
    last: Frame,
    /// Frames made up since the last true one; past the end at the start.
    made_up: u32,
}

impl Default for Concealment {
    fn default() -> Concealment {
        Concealment { last: [0; 160], made_up: MAX_CONCEALED }
    }
}

impl Concealment {
    /// Takes a frame that came.
    pub fn came(&mut self, frame: &Frame) {
        self.last = *frame;
        self.made_up = 0;
    }

    /// Makes up a frame for one that did not; `false` where it has been silent too long to make up more.
    pub fn missed(&mut self, frame: &mut Frame) -> bool {
        if self.made_up >= MAX_CONCEALED {
            return false;
        }
        // One straight slope from full to nothing over all the frames that are made up.
        let whole = (MAX_CONCEALED * 160) as i32;
        let begun = (self.made_up * 160) as i32;
        for (n, (made, last)) in frame.iter_mut().zip(&self.last).enumerate() {
            *made = (i32::from(*last) * (whole - begun - n as i32) / whole) as i16;
        }
        self.made_up += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_repeated_and_fades_to_silence() {
        let mut concealment = Concealment::default();
        let mut frame = [0; 160];
        assert!(!concealment.missed(&mut frame), "there is nothing to repeat yet");
        concealment.came(&[9_000; 160]);
        let mut level = 9_001;
        for _ in 0..MAX_CONCEALED {
            assert!(concealment.missed(&mut frame));
            assert!(frame[0] < level && frame[159] < frame[0]);
            level = frame[159];
        }
        assert!(level < 100);
        assert!(!concealment.missed(&mut frame));
    }
}
