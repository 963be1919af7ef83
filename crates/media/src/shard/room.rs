//! A room: who is in it and the mix of the present tick.

use rtp::Codec;

use crate::codec::Encoder;
use crate::g711::{self, Law};
use crate::resample::{Down, Up};
use crate::{Frame, Role, RoomKind, WideFrame};

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
///
/// Members are summed at the rate they speak at. In a room that has wideband members the two sums are converted for
/// each other, not each member for each: a narrow member hears the narrow sum, less itself, and the wide one brought
/// down, and the other way round. So what is taken away again went through no filter, and is gone to the last bit.
pub(super) struct Mix {
    sum: [i32; 160],
    /// Members whose frames are in the sums.
    pub(super) speaking: usize,
    /// Members who might be in it: there is something to hear, be it silence.
    pub(super) may_speak: usize,
    /// A player of the room is in it.
    pub(super) playing: bool,
    /// There is anything in the narrow sum.
    is_summed: bool,
    whole: Frame,
    /// The whole as µ-law and as A-law.
    laws: [Option<[u8; 160]>; 2],
    /// Where the room works at 16 kHz too.
    wide: Option<Box<WideMix>>,
}

struct WideMix {
    sum: [i32; 320],
    is_summed: bool,
    whole: WideFrame,
    up: Up,
    down: Down,
    /// There was something in the narrow, the wide sum of the tick before: filters go on for one tick more.
    before: (bool, bool),
    /// The whole as G.722, for all who hear it.
    encoder: Encoder,
    g722: Option<[u8; 160]>,
}

impl Mix {
    fn new() -> Mix {
        Mix {
            sum: [0; 160],
            speaking: 0,
            may_speak: 0,
            playing: false,
            is_summed: false,
            whole: [0; 160],
            laws: [None; 2],
            wide: None,
        }
    }

    pub(super) fn is_wide(&self) -> bool {
        self.wide.is_some()
    }

    /// From now on the room works at 16 kHz too, or no longer.
    pub(super) fn widen(&mut self, on: bool) {
        if on == self.wide.is_some() {
            return;
        }
        self.wide = on.then(|| {
            Box::new(WideMix {
                sum: [0; 320],
                is_summed: false,
                whole: [0; 320],
                up: Up::new(),
                down: Down::new(),
                before: (false, false),
                encoder: Encoder::new(),
                g722: None,
            })
        });
    }

    pub(super) fn clear(&mut self) {
        self.sum = [0; 160];
        self.speaking = 0;
        self.may_speak = 0;
        self.playing = false;
        self.is_summed = false;
        self.laws = [None; 2];
        if let Some(wide) = &mut self.wide {
            wide.sum = [0; 320];
            wide.is_summed = false;
            wide.g722 = None;
        }
    }

    pub(super) fn add(&mut self, frame: &Frame) {
        self.is_summed = true;
        self.sum.iter_mut().zip(frame).for_each(|(sum, sample)| *sum += i32::from(*sample));
    }

    /// Adds at 16 kHz; the room is wide.
    pub(super) fn add_wide(&mut self, frame: &WideFrame) {
        let Some(wide) = &mut self.wide else { return };
        wide.is_summed = true;
        wide.sum.iter_mut().zip(frame).for_each(|(sum, sample)| *sum += i32::from(*sample));
    }

    /// To be called once all are added.
    pub(super) fn close(&mut self) {
        if let Some(wide) = &mut self.wide {
            wide.exchange(&mut self.sum, self.is_summed);
        }
        saturate(&self.sum, &mut self.whole);
    }

    /// What those hear who say nothing.
    pub(super) fn whole(&self) -> &Frame {
        &self.whole
    }

    /// The same at 16 kHz, where the room is wide.
    pub(super) fn whole_wide(&self) -> Option<&WideFrame> {
        self.wide.as_ref().map(|wide| &wide.whole)
    }

    /// What those hear who say nothing, encoded once for all of them; `octets` is lent for what is hardly worth it.
    /// `None` where it is wanted at 16 kHz and the room is not.
    pub(super) fn encoded<'a>(&'a mut self, codec: Codec, octets: &'a mut [u8]) -> Option<&'a [u8]> {
        let law = match codec {
            Codec::Pcmu => Law::Mu,
            Codec::Pcma => Law::A,
            Codec::G722 => {
                let WideMix { g722, encoder, whole, .. } = &mut **self.wide.as_mut()?;
                return Some(g722.get_or_insert_with(|| {
                    let mut octets = [0; 160];
                    encoder.encode(codec, whole, &mut octets);
                    octets
                }));
            }
            Codec::L16 => {
                let length = Encoder::new().encode(codec, &self.whole, octets);
                return Some(&octets[..length]);
            }
            Codec::L16Wide => {
                let length = Encoder::new().encode(codec, self.whole_wide()?, octets);
                return Some(&octets[..length]);
            }
        };
        let place = match law {
            Law::Mu => 0,
            Law::A => 1,
        };
        Some(self.laws[place].get_or_insert_with(|| {
            let mut codes = [0; 160];
            g711::encode(law, &self.whole, &mut codes);
            codes
        }))
    }

    /// What one hears whose own frame is in the sum.
    pub(super) fn without(&self, own: &Frame, heard: &mut Frame) {
        subtract(&self.sum, own, heard);
    }

    /// The same for one whose frame of 16 kHz is; the room is wide.
    pub(super) fn without_wide(&self, own: &WideFrame, heard: &mut WideFrame) {
        if let Some(wide) = &self.wide {
            subtract(&wide.sum, own, heard);
        }
    }
}

impl WideMix {
    /// Adds each sum to the other, at the other's rate.
    fn exchange(&mut self, narrow: &mut [i32; 160], narrow_is_summed: bool) {
        let (narrow_before, wide_before) =
            std::mem::replace(&mut self.before, (narrow_is_summed, self.is_summed));
        let mut brought_up = [0; 320];
        let mut brought_down = [0; 160];
        let has_up = narrow_is_summed || narrow_before;
        if has_up {
            let mut frame = [0; 160];
            saturate(narrow, &mut frame);
            self.up.convert(&frame, &mut brought_up);
        }
        if self.is_summed || wide_before {
            let mut frame = [0; 320];
            saturate(&self.sum, &mut frame);
            self.down.convert(&frame, &mut brought_down);
            narrow.iter_mut().zip(&brought_down).for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
        if has_up {
            self.sum.iter_mut().zip(&brought_up).for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
        saturate(&self.sum, &mut self.whole);
    }
}

fn saturate(sums: &[i32], frame: &mut [i16]) {
    frame.iter_mut().zip(sums).for_each(|(sample, sum)| *sample = saturated(*sum));
}

fn subtract(sums: &[i32], own: &[i16], heard: &mut [i16]) {
    for ((heard, sum), own) in heard.iter_mut().zip(sums).zip(own) {
        *heard = saturated(*sum - i32::from(*own));
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
    use crate::detect;
    use std::f64::consts::TAU;

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
        let mut octets = [0; 640];
        let codes = mix.encoded(Codec::Pcmu, &mut octets).unwrap();
        assert_eq!(codes, [g711::linear_to_ulaw(i16::MAX); 160]);
        assert!(mix.encoded(Codec::G722, &mut octets).is_none());
    }

    #[test]
    fn a_wide_room_gives_each_rate_the_other_and_takes_the_own_voice_away_whole() {
        let tone = |rate: f64, hz: f64, n: usize| ((n as f64 * TAU * hz / rate).sin() * 8_000.0) as i16;
        let mut mix = Mix::new();
        mix.widen(true);
        let (mut narrow_hears, mut wide_hears) = (Vec::new(), Vec::new());
        for tick in 0..50 {
            let narrow: Frame = std::array::from_fn(|n| tone(8_000.0, 500.0, tick * 160 + n));
            let wide: WideFrame = std::array::from_fn(|n| tone(16_000.0, 1_700.0, tick * 320 + n));
            mix.clear();
            mix.add(&narrow);
            mix.add_wide(&wide);
            mix.close();
            let (mut heard, mut heard_wide) = ([0; 160], [0; 320]);
            mix.without(&narrow, &mut heard);
            mix.without_wide(&wide, &mut heard_wide);
            narrow_hears.extend(heard);
            wide_hears.extend(heard_wide);
        }
        let level = |samples: &[i16], rate, hz| detect::tone_level(&samples[1_600..], rate, hz);
        assert!((level(&narrow_hears, 8_000, 1_700.0) + 12.2).abs() < 0.2);
        assert!((level(&wide_hears, 16_000, 500.0) + 12.2).abs() < 0.2);
        assert!(level(&narrow_hears, 8_000, 500.0) < -95.0);
        assert!(level(&wide_hears, 16_000, 1_700.0) < -95.0);
    }
}
