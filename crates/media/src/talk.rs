//! Telling when a far end talks and when it has stopped, as Asterisk's `TALK_DETECT` does.

use crate::detect;

/// When a far end counts as talking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TalkSettings {
    /// Silence after which it has stopped, milliseconds.
    pub silence_ms: u32,
    /// The mean magnitude of a sample in 20 ms from which it talks, 1 to 32,768.
    pub threshold: u32,
}

impl Default for TalkSettings {
    fn default() -> TalkSettings {
        TalkSettings { silence_ms: 2_500, threshold: detect::TALKING }
    }
}

/// What a [`TalkDetector`] noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// It talks.
    Started,
    /// It has been silent for long enough.
    Finished {
        /// How long it talked, milliseconds: the silence that told is left out.
        duration_ms: u32,
    },
}

/// Listens to one far end.
#[derive(Debug, Clone)]
pub struct TalkDetector {
    settings: TalkSettings,
    talking: bool,
    /// Since talking began.
    lasted_ms: u32,
    silent_ms: u32,
}

impl TalkDetector {
    /// A detector that has heard nothing.
    pub fn new(settings: TalkSettings) -> TalkDetector {
        TalkDetector { settings, talking: false, lasted_ms: 0, silent_ms: 0 }
    }

    /// From now on it goes by other settings; who talks still does.
    pub fn change(&mut self, settings: TalkSettings) {
        self.settings = settings;
    }

    /// Takes the next 20 ms, at any rate.
    pub fn feed(&mut self, samples: &[i16]) -> Option<Talk> {
        if self.talking {
            self.lasted_ms = self.lasted_ms.saturating_add(20);
        }
        if detect::mean_magnitude(samples) >= self.settings.threshold {
            self.silent_ms = 0;
            if !std::mem::replace(&mut self.talking, true) {
                self.lasted_ms = 20;
                return Some(Talk::Started);
            }
            return None;
        }
        self.silent_ms = self.silent_ms.saturating_add(20);
        if self.talking && self.silent_ms >= self.settings.silence_ms {
            self.talking = false;
            return Some(Talk::Finished { duration_ms: self.lasted_ms.saturating_sub(self.silent_ms) });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_shorter_than_the_silence_is_part_of_the_talk() {
        let mut detector = TalkDetector::new(TalkSettings { silence_ms: 200, threshold: 256 });
        let mut told = Vec::new();
        for (level, ticks) in [(0, 50), (1_000, 50), (0, 9), (-300, 10), (255, 50)] {
            told.extend((0..ticks).filter_map(|_| detector.feed(&[level; 160])));
        }
        assert_eq!(told, [Talk::Started, Talk::Finished { duration_ms: 1_380 }]);
    }

    #[test]
    fn a_threshold_may_be_changed_while_somebody_talks() {
        let mut detector = TalkDetector::new(TalkSettings::default());
        assert_eq!(detector.feed(&[255; 160]), None);
        detector.change(TalkSettings { silence_ms: 20, threshold: 100 });
        assert_eq!(detector.feed(&[255; 320]), Some(Talk::Started));
        detector.change(TalkSettings { silence_ms: 20, threshold: 300 });
        assert_eq!(detector.feed(&[255; 320]), Some(Talk::Finished { duration_ms: 20 }));
    }
}
