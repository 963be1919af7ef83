//! One leg: its far end, what it is told to do, and the frames of the present tick.

use crate::detect::{self, DtmfDetector};
use crate::talk::TalkDetector;
use crate::{Crossing, Frame, LegId, Role, Way, Ways};

use super::LEG_TAPS;

use super::digits::DigitQueue;
use super::mailbox::Mailbox;
use super::player::Players;
use super::playout::Spoken;
use super::recorder::Recorder;
use super::schedule::Phase;
use super::stream::Stream;
use super::table::Slot;
use super::wide::Wide;

pub(super) const SILENCE: Frame = [0; 160];
/// The mean magnitude, of 32,767, up to which nothing is to be heard: A-law has no smaller one than 8.
const QUIET: u32 = 12;
/// Ticks of it after which a voice is left out of the mix.
const QUIET_TICKS: u8 = 10;

/// What the far end is.
pub(super) enum Other {
    Rtp(Box<Stream>),
    Pair(LegId),
    Tap { of: LegId, spy: Ways, whisper: Ways },
    Link { send: rtrb::Producer<Crossing>, receive: rtrb::Consumer<Crossing> },
    Null,
}

pub(super) struct Leg {
    pub(super) id: LegId,
    pub(super) other: Other,
    pub(super) phase: Phase,
    pub(super) room: Option<(Slot, Role)>,
    pub(super) muted_in: bool,
    pub(super) muted_out: bool,
    pub(super) echo: bool,
    pub(super) absorbs_digits: bool,
    pub(super) detector: Option<Box<DtmfDetector>>,
    pub(super) talk: Option<TalkDetector>,
    pub(super) foreground: Players,
    pub(super) background: Players,
    pub(super) recorders: Vec<Recorder>,
    pub(super) digits: DigitQueue,
    /// Legs that tap this one.
    pub(super) taps: Vec<LegId>,
    /// What the far end of a pair or a tap says, on its way from the other leg's tick.
    pub(super) arriving: Mailbox,
    /// What taps speak into each way.
    pub(super) whispered_in: Mailbox,
    pub(super) whispered_out: Mailbox,

    /// What the far end says in this tick, where `speaks`; where `speaks_wide`, only once [`Leg::narrow_said`] was
    /// asked for it.
    pub(super) said: Frame,
    pub(super) speaks: bool,
    /// Its voice is in the mix of its room in this tick.
    pub(super) is_mixed: bool,
    /// Ticks on end in which nothing was to be heard in what it said.
    quiet_ticks: u8,
    /// What it says is in `wide`.
    pub(super) speaks_wide: bool,
    is_narrowed: bool,
    /// What the far end hears in this tick, where something is to be heard.
    pub(super) heard: Frame,
    /// Where the far end may speak or hear at 16 kHz.
    pub(super) wide: Option<Box<Wide>>,
}

impl Leg {
    pub(super) fn new(id: LegId, other: Other, phase: Phase) -> Box<Leg> {
        Box::new(Leg {
            id,
            other,
            phase,
            room: None,
            muted_in: false,
            muted_out: false,
            echo: false,
            absorbs_digits: false,
            detector: None,
            talk: None,
            foreground: Players::default(),
            background: Players::default(),
            recorders: Vec::new(),
            digits: DigitQueue::new(),
            taps: Vec::with_capacity(LEG_TAPS),
            arriving: Mailbox::new(),
            whispered_in: Mailbox::new(),
            whispered_out: Mailbox::new(),
            said: [0; 160],
            speaks: false,
            is_mixed: false,
            quiet_ticks: 0,
            speaks_wide: false,
            is_narrowed: false,
            heard: [0; 160],
            wide: None,
        })
    }

    pub(super) fn stream(&self) -> Option<&Stream> {
        match &self.other {
            Other::Rtp(stream) => Some(stream),
            Other::Pair(_) | Other::Tap { .. } | Other::Link { .. } | Other::Null => None,
        }
    }

    pub(super) fn stream_mut(&mut self) -> Option<&mut Stream> {
        match &mut self.other {
            Other::Rtp(stream) => Some(stream),
            Other::Pair(_) | Other::Tap { .. } | Other::Link { .. } | Other::Null => None,
        }
    }

    /// Takes note of what came in this tick.
    pub(super) fn spoke(&mut self, spoken: Spoken) {
        self.speaks = spoken != Spoken::Nothing;
        self.speaks_wide = spoken == Spoken::Wide;
        self.is_narrowed = false;
    }

    /// Whether what it says is silence and has been for a while.
    pub(super) fn falls_silent(&mut self) -> bool {
        let samples = match self.wide.as_ref().filter(|_| self.speaks_wide) {
            Some(wide) => &wide.said[..],
            None => &self.said[..],
        };
        let is_quiet = detect::mean_magnitude(samples) <= QUIET;
        self.quiet_ticks = if is_quiet { self.quiet_ticks.saturating_add(1) } else { 0 };
        self.quiet_ticks > QUIET_TICKS
    }

    /// What the far end says, at 8 kHz; silence where it says nothing.
    pub(super) fn narrow_said(&mut self) -> &Frame {
        if !self.speaks {
            return &SILENCE;
        }
        if self.speaks_wide
            && !self.is_narrowed
            && let Some(wide) = &mut self.wide
        {
            wide.narrow_said(&mut self.said);
            self.is_narrowed = true;
        }
        &self.said
    }

    /// From now on the far end has said this.
    pub(super) fn say_instead(&mut self, frame: &Frame) {
        self.said = *frame;
        self.spoke(Spoken::Narrow);
    }

    /// Whether the far end hears 16 kHz.
    pub(super) fn hears_wide(&self) -> bool {
        self.wide.is_some()
            && self.stream().and_then(Stream::send_codec).is_some_and(|codec| codec.sample_rate() > 8_000)
    }

    /// Whether the others of its room may expect to hear it.
    pub(super) fn may_speak(&self) -> bool {
        !self.muted_in
            && match &self.other {
                Other::Rtp(stream) => stream.receives(),
                Other::Tap { spy, .. } => *spy != Ways::Neither,
                Other::Pair(_) | Other::Link { .. } => true,
                Other::Null => false,
            }
    }

    /// Whether nothing but a room has to do with what it says and hears; taps apart.
    pub(super) fn is_plain(&self) -> bool {
        !self.muted_in
            && !self.muted_out
            && !self.echo
            && self.detector.is_none()
            && self.foreground.is_empty()
            && self.digits.is_empty()
    }

    pub(super) fn mute(&mut self, way: Way, on: bool) {
        match way {
            Way::In => self.muted_in = on,
            Way::Out => self.muted_out = on,
        }
    }

    /// Whether somebody follows it on the tick even while packets are passed on.
    pub(super) fn is_watched(&self) -> bool {
        !self.recorders.is_empty() || !self.taps.is_empty() || self.talk.is_some()
    }
}
