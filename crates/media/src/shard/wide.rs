//! What a leg needs whose far end has 16 kHz: made when its stream is agreed, so that the tick allocates nothing.

use crate::resample::{Down, Up};
use crate::{Frame, WideFrame};

pub(super) struct Wide {
    /// What the far end says in this tick, where it says it so.
    pub(super) said: WideFrame,
    /// What it hears in this tick, where it is to hear it so.
    pub(super) heard: WideFrame,
    said_down: Down,
    heard_down: Down,
    heard_up: Up,
}

impl Wide {
    pub(super) fn new() -> Box<Wide> {
        Box::new(Wide {
            said: [0; 320],
            heard: [0; 320],
            said_down: Down::new(),
            heard_down: Down::new(),
            heard_up: Up::new(),
        })
    }

    pub(super) fn narrow_said(&mut self, frame: &mut Frame) {
        self.said_down.convert(&self.said, frame);
    }

    pub(super) fn narrow_heard(&mut self, frame: &mut Frame) {
        self.heard_down.convert(&self.heard, frame);
    }

    pub(super) fn widen_heard(&mut self, frame: &Frame) {
        self.heard_up.convert(frame, &mut self.heard);
    }
}
