//! One leg: its far end, what it is told to do, and the frames of the present tick.

use crate::detect::DtmfDetector;
use crate::{Crossing, Frame, LegId, Role, Way, Ways};

use super::LEG_TAPS;

use super::digits::DigitQueue;
use super::mailbox::Mailbox;
use super::player::Players;
use super::recorder::Recorder;
use super::schedule::Phase;
use super::stream::Stream;
use super::table::Slot;

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

    /// What the far end says in this tick, where `speaks`.
    pub(super) said: Frame,
    pub(super) speaks: bool,
    /// What the far end hears in this tick, where something is to be heard.
    pub(super) heard: Frame,
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
            heard: [0; 160],
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
        !self.recorders.is_empty() || !self.taps.is_empty()
    }
}
