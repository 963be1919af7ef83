//! One recording: frames into a ring, and what the end of it tells.

use crate::resample::Up;
use crate::{Event, Frame, Piece, RecordLimits, RecorderEnd, RecorderId, WideFrame, detect};

/// Recorders that one leg or room takes; one more ends at once.
pub const MAX_RECORDERS: usize = 16;

const FRAME_MS: u32 = 20;

pub(super) struct Recorder {
    pub(super) id: RecorderId,
    /// Where 16 kHz are recorded: for what is said at 8.
    up: Option<Box<Up>>,
    ring: rtrb::Producer<Piece>,
    limits: RecordLimits,
    paused: bool,
    muted: bool,
    duration_ms: u32,
    talking_ms: u32,
    /// Silence since somebody talked, milliseconds.
    silence_ms: u32,
    dropped: u32,
    /// Dropped since the last piece that fitted.
    gap: u32,
}

impl Recorder {
    /// Records at `rate`: 16,000 samples a second, or else 8,000.
    pub(super) fn new(
        id: RecorderId,
        ring: rtrb::Producer<Piece>,
        rate: u32,
        limits: RecordLimits,
    ) -> Recorder {
        Recorder {
            id,
            up: (rate == 16_000).then(Box::default),
            ring,
            limits,
            paused: false,
            muted: false,
            duration_ms: 0,
            talking_ms: 0,
            silence_ms: 0,
            dropped: 0,
            gap: 0,
        }
    }

    pub(super) fn is_wide(&self) -> bool {
        self.up.is_some()
    }

    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    pub(super) fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Takes the next 20 ms, and tells whether a limit is reached with it.
    pub(super) fn take(&mut self, frame: &Frame, wide: Option<&WideFrame>) -> Option<RecorderEnd> {
        if self.paused {
            return None;
        }
        let (frame, wide) = if self.muted { (&[0; 160], None) } else { (frame, wide) };
        self.duration_ms = self.duration_ms.saturating_add(FRAME_MS);
        if detect::is_talking(frame) {
            self.talking_ms = self.talking_ms.saturating_add(FRAME_MS);
            self.silence_ms = 0;
        } else {
            self.silence_ms = self.silence_ms.saturating_add(FRAME_MS);
        }
        if let Some(up) = &mut self.up {
            let mut brought_up = [0; 320];
            let wide = wide.unwrap_or_else(|| {
                up.convert(frame, &mut brought_up);
                &brought_up
            });
            let mut halves = [*frame; 2];
            halves.as_flattened_mut().copy_from_slice(wide);
            halves.iter().for_each(|half| self.push(half));
        } else {
            self.push(frame);
        }
        let reached = |limit: u32, is: u32| limit > 0 && is >= limit;
        if reached(self.limits.max_duration_ms, self.duration_ms) {
            Some(RecorderEnd::Duration)
        } else if reached(self.limits.max_silence_ms, self.silence_ms) {
            Some(RecorderEnd::Silence)
        } else {
            None
        }
    }

    fn push(&mut self, frame: &Frame) {
        let needed = if self.gap > 0 { 2 } else { 1 };
        if self.ring.slots() < needed {
            self.gap += 1;
            self.dropped += 1;
            return;
        }
        self.mark_gap();
        // There was room for it just now, and nobody else fills the ring.
        let _ = self.ring.push(Piece::Frame(*frame));
    }

    fn mark_gap(&mut self) {
        if self.gap > 0 && self.ring.push(Piece::Dropped(self.gap)).is_ok() {
            self.gap = 0;
        }
    }

    /// Ends it. The producer goes with it, so that the reader finds the ring abandoned once it is empty.
    pub(super) fn finish(mut self, end: RecorderEnd) -> Event {
        self.mark_gap();
        Event::RecorderFinished {
            recorder: self.id,
            end,
            duration_ms: self.duration_ms,
            talking_ms: self.talking_ms,
            dropped: self.dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_marked_where_it_is_missing() {
        let (ring, mut drain) = rtrb::RingBuffer::new(3);
        let mut recorder = Recorder::new(RecorderId(1), ring, 8_000, RecordLimits::default());
        for level in 1..=5 {
            recorder.take(&[level; 160], None);
        }
        assert_eq!(drain.pop(), Ok(Piece::Frame([1; 160])));
        recorder.take(&[6; 160], None);
        assert_eq!(drain.pop(), Ok(Piece::Frame([2; 160])));
        recorder.take(&[7; 160], None);
        let rest: Vec<Piece> = std::iter::from_fn(|| drain.pop().ok()).collect();
        assert_eq!(rest, [Piece::Frame([3; 160]), Piece::Dropped(3), Piece::Frame([7; 160])]);
        let Event::RecorderFinished { duration_ms, dropped, .. } = recorder.finish(RecorderEnd::Stopped)
        else {
            panic!("not the end of a recorder")
        };
        assert_eq!((duration_ms, dropped), (140, 3));
        assert!(drain.is_abandoned());
    }

    #[test]
    fn limits_end_it_and_pauses_do_not_count() {
        let limits = RecordLimits { max_duration_ms: 100, max_silence_ms: 60 };
        let (ring, _drain) = rtrb::RingBuffer::new(20);
        let mut recorder = Recorder::new(RecorderId(1), ring, 8_000, limits);
        assert_eq!(recorder.take(&[0; 160], None), None);
        assert_eq!(recorder.take(&[0; 160], None), None);
        recorder.pause(true);
        assert_eq!(recorder.take(&[0; 160], None), None);
        recorder.pause(false);
        assert_eq!(recorder.take(&[900; 160], None), None);
        recorder.mute(true);
        assert_eq!(recorder.take(&[900; 160], None), None);
        assert_eq!(recorder.take(&[900; 160], None), Some(RecorderEnd::Duration));
        let (ring, _drain) = rtrb::RingBuffer::new(20);
        let mut silent = Recorder::new(RecorderId(2), ring, 8_000, limits);
        let ends: Vec<_> = (0..3).map(|_| silent.take(&[0; 160], None)).collect();
        assert_eq!(ends, [None, None, Some(RecorderEnd::Silence)]);
    }
}
