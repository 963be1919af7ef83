//! Frames on their way between two legs of a shard that are worked in different phases.

use crate::Frame;

/// Frames that wait at most. One is the rule; a leg that changed its phase leaves a second behind.
const ROOM: usize = 2;

/// The oldest gives way.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    frames: [Frame; ROOM],
    waiting: usize,
}

impl Mailbox {
    pub(super) fn new() -> Mailbox {
        Mailbox { frames: [[0; 160]; ROOM], waiting: 0 }
    }

    pub(super) fn put(&mut self, frame: &Frame) {
        if self.waiting == ROOM {
            self.frames.copy_within(1.., 0);
            self.waiting -= 1;
        }
        self.frames[self.waiting] = *frame;
        self.waiting += 1;
    }

    pub(super) fn take(&mut self) -> Option<Frame> {
        let first = self.frames[0];
        self.waiting = self.waiting.checked_sub(1)?;
        self.frames.copy_within(1.., 0);
        Some(first)
    }
}
