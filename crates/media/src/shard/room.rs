//! A room: who is in it and the mix of the present tick.

use rtp::Codec;

use crate::{Frame, Role, RoomKind, g711};

use super::player::Players;
use super::recorder::Recorder;
use super::schedule::Phase;
use super::table::Slot;

pub(super) struct Room {
    pub(super) kind: RoomKind,
    pub(super) phase: Phase,
    pub(super) members: Vec<(Slot, Role)>,
    pub(super) foreground: Players,
    pub(super) background: Players,
    pub(super) recorders: Vec<Recorder>,
    /// Packets are passed on in this tick.
    pub(super) forwarding: bool,
    pub(super) mix: Mix,
}

impl Room {
    pub(super) fn new(kind: RoomKind, phase: Phase) -> Box<Room> {
        Box::new(Room {
            kind,
            phase,
            members: Vec::new(),
            foreground: Players::default(),
            background: Players::default(),
            recorders: Vec::new(),
            forwarding: false,
            mix: Mix::new(),
        })
    }

    /// Whether a member in this role is heard by the others.
    pub(super) fn is_heard(&self, role: Role) -> bool {
        match (self.kind, role) {
            (RoomKind::Mixing, _) | (RoomKind::Holding, Role::Announcer) => true,
            (RoomKind::Holding, Role::Participant) => false,
        }
    }

    /// Whether a member in this role hears the room.
    pub(super) fn hears(&self, role: Role) -> bool {
        match (self.kind, role) {
            (RoomKind::Mixing, _) | (RoomKind::Holding, Role::Participant) => true,
            (RoomKind::Holding, Role::Announcer) => false,
        }
    }
}

/// The sum of what is said, and what those hear who say nothing themselves.
pub(super) struct Mix {
    sum: [i32; 160],
    /// Members whose frames are in the sum.
    pub(super) speaking: usize,
    /// Members who might be in it: there is something to hear, be it silence.
    pub(super) may_speak: usize,
    /// A player of the room is in it.
    pub(super) playing: bool,
    whole: Frame,
    codes: [Option<[u8; 160]>; 2],
}

impl Mix {
    fn new() -> Mix {
        Mix { sum: [0; 160], speaking: 0, may_speak: 0, playing: false, whole: [0; 160], codes: [None; 2] }
    }

    pub(super) fn clear(&mut self) {
        self.sum = [0; 160];
        self.speaking = 0;
        self.may_speak = 0;
        self.playing = false;
        self.codes = [None; 2];
    }

    pub(super) fn add(&mut self, frame: &Frame) {
        self.sum.iter_mut().zip(frame).for_each(|(sum, sample)| *sum += i32::from(*sample));
    }

    /// To be called once all are added.
    pub(super) fn close(&mut self) {
        self.whole.iter_mut().zip(&self.sum).for_each(|(whole, sum)| *whole = saturated(*sum));
    }

    /// What those hear who say nothing.
    pub(super) fn whole(&self) -> &Frame {
        &self.whole
    }

    /// What those hear who say nothing, encoded once for all of them.
    pub(super) fn codes(&mut self, codec: Codec) -> &[u8; 160] {
        let place = match codec {
            Codec::Pcmu => 0,
            Codec::Pcma => 1,
        };
        self.codes[place].get_or_insert_with(|| {
            let mut codes = [0; 160];
            g711::encode(codec, &self.whole, &mut codes);
            codes
        })
    }

    /// What one hears whose own frame is in the sum.
    pub(super) fn without(&self, own: &Frame, heard: &mut Frame) {
        for ((heard, sum), own) in heard.iter_mut().zip(&self.sum).zip(own) {
            *heard = saturated(*sum - i32::from(*own));
        }
    }
}

fn saturated(sum: i32) -> i16 {
    sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

/// Mixes one frame over another.
pub(super) fn mix_over(under: &mut Frame, over: &Frame) {
    under.iter_mut().zip(over).for_each(|(under, over)| *under = under.saturating_add(*over));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_hears_the_sum_of_the_others_and_loud_sums_do_not_wrap() {
        let mut mix = Mix::new();
        for level in [30_000, 20_000, -5_000] {
            mix.add(&[level; 160]);
        }
        mix.close();
        assert_eq!(mix.whole(), &[i16::MAX; 160]);
        let mut heard = [0; 160];
        mix.without(&[30_000; 160], &mut heard);
        assert_eq!(heard, [15_000; 160]);
        mix.without(&[20_000; 160], &mut heard);
        assert_eq!(heard, [25_000; 160]);
        assert_eq!(mix.codes(Codec::Pcmu), &[g711::linear_to_ulaw(i16::MAX); 160]);
    }
}
