//! What the switch asks of a shard, and what a shard tells the switch.

use std::any::Any;
use std::sync::Arc;

use rtp::StreamConfig;

use crate::talk::TalkSettings;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);
    };
}

id! {
    /// One media stream pair. Given by the switch, never used twice.
    LegId
}
id! {
    /// A mixer or holding room in a shard. Given by the switch, never used twice.
    RoomId
}
id! {
    /// One playing of something. Given by the switch, never used twice.
    PlayerId
}
id! {
    /// One recording of something. Given by the switch, never used twice.
    RecorderId
}
id! {
    /// An RTP/RTCP port pair that the shard's driver bound ahead and posted to the switch as a credit.
    PortId
}

/// Decoded audio: mono, 16-bit linear.
#[derive(Debug, PartialEq, Eq)]
pub struct Audio {
    /// Samples a second. A shard plays 8,000 and 16,000; a loader resamples what has another rate.
    pub rate: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

/// What a leg's far end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Far {
    /// RTP over a port pair of this shard.
    Rtp(PortId),
    /// The other half of a pair in this shard (Local channels).
    Pair(LegId),
    /// Nothing: what it would hear is dropped, and it says nothing.
    Null,
}

/// Where a player or a recorder works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// One leg: a player is heard by its far end alone; a recorder takes what its far end says.
    Leg(LegId),
    /// A room: a player is heard by all members; a recorder takes the mix of all.
    Room(RoomId),
}

/// What a room does with its members' audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomKind {
    /// Each hears all others. Two members of one format are forwarded on receipt.
    Mixing,
    /// Participants hear announcers and players only; nobody hears participants.
    Holding,
}

/// What a member of a room is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Hears and, in a mixing room, is heard.
    Participant,
    /// In a holding room: heard by all participants.
    Announcer,
}

/// Which way of a leg: `In` is what its far end says, `Out` is what it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the far end.
    In,
    /// To the far end.
    Out,
}

/// How a player stands in the queue for a leg's ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Heard only where nothing else is to be heard: music on hold, ringback. It does not go on meanwhile. Of a mixing
    /// room it is heard over the members, as Asterisk's music on a bridge is; of a holding room while no announcer
    /// speaks. A foreground player of the room silences it in either.
    Background,
    /// Heard instead of the room and of the background.
    Foreground,
}

/// None, one or both ways of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    /// Neither.
    Neither,
    /// From the far end.
    In,
    /// To the far end.
    Out,
    /// Both.
    Both,
}

impl Ways {
    /// Whether `way` is among them.
    pub fn include(self, way: Way) -> bool {
        match self {
            Ways::Neither => false,
            Ways::In => way == Way::In,
            Ways::Out => way == Way::Out,
            Ways::Both => true,
        }
    }
}

/// What crosses from one shard to another by a link ([`Command::OpenLink`]).
#[expect(
    clippy::large_enum_variant,
    reason = "a ring of these is made once; a box would allocate on the tick"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// What the leg on the other side hears. None is sent while there is nothing.
    Frame(Frame),
    /// A digit sent to the leg on the other side.
    Digit {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How long it lasts, milliseconds.
        duration_ms: u32,
    },
}

/// Twenty milliseconds of linear audio at 8 kHz.
pub type Frame = [i16; 160];
/// Twenty milliseconds of linear audio at 16 kHz.
pub type WideFrame = [i16; 320];

/// Pieces that each ring of a link wants room for.
pub const LINK_CAPACITY: usize = 16;

/// What a recorder puts in its ring: 160 samples at a time, which is 20 ms at 8 kHz and 10 ms at 16 kHz.
#[expect(
    clippy::large_enum_variant,
    reason = "a ring of these is made once; a box would allocate on the tick"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The next samples.
    Frame(Frame),
    /// So many pieces were dropped here because the ring was full.
    Dropped(u32),
}

/// When a recorder ends by itself. Zero stands for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordLimits {
    /// Longest recording, milliseconds.
    pub max_duration_ms: u32,
    /// Longest silence at the end, milliseconds.
    pub max_silence_ms: u32,
}

/// Digits to send and their pacing, milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// `0`–`9`, `*`, `#`, `A`–`D`; at most 64. Others are left out.
    pub digits: String,
    /// Wait before the first.
    pub before_ms: u32,
    /// Wait between two.
    pub between_ms: u32,
    /// How long each lasts.
    pub duration_ms: u32,
    /// Wait after the last.
    pub after_ms: u32,
}

/// Asked of a shard. Commands of one leg are worked in order. A command that names a leg, room, player or
/// recorder that is no longer there is a no-op.
pub enum Command {
    /// A leg comes to be: in no room, hearing its players, saying nothing to anybody.
    Open {
        /// The new leg.
        leg: LegId,
        /// Its far end.
        far: Far,
    },
    /// A leg comes to be whose far end is a leg of another shard: what it hears goes into `send`, and its far end says
    /// what comes out of `receive`, one tick late. Each ring wants room for [`LINK_CAPACITY`] pieces; a full ring
    /// loses the newest, and a reader that fell behind catches up by leaving out the oldest.
    OpenLink {
        /// The new leg.
        leg: LegId,
        /// To the other shard.
        send: rtrb::Producer<Crossing>,
        /// From the other shard.
        receive: rtrb::Consumer<Crossing>,
    },
    /// A leg comes to be whose far end is another leg of this shard, listened to and spoken into without its knowing
    /// (snooping). It goes silent when that leg leaves the shard.
    OpenTap {
        /// The new leg.
        leg: LegId,
        /// The leg that is tapped.
        of: LegId,
        /// Which ways of `of` the new leg's far end says: both are mixed.
        spy: Ways,
        /// Where what the new leg hears goes: `In` is mixed with what `of`'s far end says, `Out` with what it hears.
        whisper: Ways,
    },
    /// The stream of an RTP leg, after offer/answer and again after each re-negotiation.
    Configure {
        /// The leg.
        leg: LegId,
        /// Its stream.
        stream: Box<StreamConfig>,
    },
    /// The leg ends: its players and recorders finish, RTCP BYE goes out, [`Event::Closed`] follows.
    Close {
        /// The leg.
        leg: LegId,
    },
    /// Take the leg out of the shard with all it has (players and recorders too, no room): [`Event::Evicted`] follows.
    Evict {
        /// The leg.
        leg: LegId,
    },
    /// Take in a leg that another shard evicted.
    Adopt {
        /// The leg with all it has.
        leg: Box<EvictedLeg>,
    },
    /// Silence one way of a leg, or let it be heard again.
    Mute {
        /// The leg.
        leg: LegId,
        /// Which way.
        way: Way,
        /// Silenced or not.
        on: bool,
    },
    /// Give the far end back what it says, digits too, or stop doing so.
    Echo {
        /// The leg.
        leg: LegId,
        /// Echoing or not.
        on: bool,
    },
    /// Whether digits of this leg are kept from the other members of its room.
    AbsorbDigits {
        /// The leg.
        leg: LegId,
        /// Kept or passed on.
        on: bool,
    },
    /// Whether tones in what the far end says are taken for digits, where telephone-event is not used.
    DetectDigits {
        /// The leg.
        leg: LegId,
        /// Listening or not.
        on: bool,
    },
    /// Tell when the far end talks and when it has stopped ([`Event::TalkingStarted`], [`Event::TalkingFinished`]), or no
    /// longer. Another setting changes the one before.
    DetectTalking {
        /// The leg.
        leg: LegId,
        /// When it counts as talking; `None` to stop listening.
        settings: Option<TalkSettings>,
    },
    /// Send digits to the far end, by telephone-event where it was agreed and by tones where not.
    /// [`Event::DigitsSent`] follows.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// The digits.
        digits: Digits,
    },
    /// A room comes to be.
    OpenRoom {
        /// The new room.
        room: RoomId,
        /// What it does.
        kind: RoomKind,
    },
    /// The room ends; its members are in no room then.
    CloseRoom {
        /// The room.
        room: RoomId,
    },
    /// The leg joins the room and leaves the one it was in.
    Join {
        /// The leg.
        leg: LegId,
        /// The room.
        room: RoomId,
        /// As what.
        role: Role,
    },
    /// The leg leaves its room.
    Leave {
        /// The leg.
        leg: LegId,
    },
    /// Play audio from an offset. Players of one place and one layer play one after another.
    Play {
        /// The new player.
        player: PlayerId,
        /// Where.
        at: At,
        /// What.
        audio: Arc<Audio>,
        /// Where to begin, milliseconds.
        from_ms: u32,
        /// Begin again at the end, for ever.
        repeat: bool,
        /// Who gives way to whom.
        layer: Layer,
    },
    /// Hold the player where it is (silence is heard).
    PausePlayer {
        /// The player.
        player: PlayerId,
    },
    /// Let it go on.
    ResumePlayer {
        /// The player.
        player: PlayerId,
    },
    /// Move within the audio: negative goes back; held to its ends.
    SeekPlayer {
        /// The player.
        player: PlayerId,
        /// By how much, milliseconds.
        by_ms: i64,
    },
    /// End it: [`Event::PlayerFinished`] follows.
    StopPlayer {
        /// The player.
        player: PlayerId,
    },
    /// Record into a ring that a disk thread drains. [`Event::RecorderFinished`] follows its end, after the last
    /// piece is in the ring; the producer is dropped then.
    Record {
        /// The new recorder.
        recorder: RecorderId,
        /// Where.
        at: At,
        /// Where pieces go.
        ring: rtrb::Producer<Piece>,
        /// Samples a second: 16,000, at which a room works for it too; else 8,000.
        rate: u32,
        /// When it ends by itself.
        limits: RecordLimits,
    },
    /// Leave out what is said until resumed.
    PauseRecorder {
        /// The recorder.
        recorder: RecorderId,
    },
    /// Go on.
    ResumeRecorder {
        /// The recorder.
        recorder: RecorderId,
    },
    /// Record silence instead of what is said, or stop doing so.
    MuteRecorder {
        /// The recorder.
        recorder: RecorderId,
        /// Muted or not.
        on: bool,
    },
    /// End it.
    StopRecorder {
        /// The recorder.
        recorder: RecorderId,
    },
}

/// A leg on its way from one shard to another.
pub struct EvictedLeg {
    /// Which.
    pub leg: LegId,
    /// Its port pair, where its far end is RTP.
    pub port: Option<PortId>,
    /// What the drivers of the two shards hand each other: the sockets of `port`.
    pub descriptor: Option<Box<dyn Any + Send>>,
    /// The leg itself; only a shard reads it.
    pub state: Box<dyn Any + Send>,
}

/// Why a recorder ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecorderEnd {
    /// [`Command::StopRecorder`].
    Stopped,
    /// `max_duration_ms` was reached.
    Duration,
    /// `max_silence_ms` was reached.
    Silence,
    /// The leg or the room ended.
    Gone,
}

/// What a leg counted (RFC 3550 §6.4), all in packets or RTP clock units unless a field says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LegStatistics {
    /// Packets that we sent.
    pub sent_packets: u64,
    /// Octets of payload that we sent.
    pub sent_octets: u64,
    /// Packets that came.
    pub received_packets: u64,
    /// Octets of payload that came.
    pub received_octets: u64,
    /// Packets of the far end that never came.
    pub lost_packets: u64,
    /// Packets dropped as coming from another source than the one learned.
    pub refused_packets: u64,
    /// Our synchronisation source.
    pub local_ssrc: u32,
    /// The far end's, 0 before its first packet.
    pub remote_ssrc: u32,
    /// Interarrival jitter, microseconds.
    pub jitter_us: u32,
    /// The far end's report of our packets lost.
    pub remote_lost: u32,
    /// The far end's report of jitter, microseconds.
    pub remote_jitter_us: u32,
    /// Round trip by RTCP, microseconds; 0 before the first report.
    pub round_trip_us: u32,
    /// The spread of all that over the reports of both sides.
    pub quality: rtp::Quality,
}

/// Told by a shard.
pub enum Event {
    /// How an RTP leg's stream stands. The only event that may be left out where there is no room for it: the next one,
    /// or [`Event::Closed`], tells all that it told.
    Statistics {
        /// The leg.
        leg: LegId,
        /// What it has counted so far.
        statistics: LegStatistics,
    },
    /// Nothing has come from the far end for as long as its stream allows ([`rtp::StreamOptions`]). Told once, until
    /// something comes.
    Silent {
        /// The leg.
        leg: LegId,
    },
    /// The far end pressed and let go a digit.
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
        /// How long it was pressed, milliseconds.
        duration_ms: u32,
    },
    /// The far end talks ([`Command::DetectTalking`]).
    TalkingStarted {
        /// The leg.
        leg: LegId,
    },
    /// The far end has stopped talking.
    TalkingFinished {
        /// The leg.
        leg: LegId,
        /// How long it talked, milliseconds.
        duration_ms: u32,
    },
    /// The digits of one [`Command::SendDigits`] are out, the wait after them too.
    DigitsSent {
        /// The leg.
        leg: LegId,
    },
    /// A player ended: played out, stopped, or its place is gone.
    PlayerFinished {
        /// The player.
        player: PlayerId,
    },
    /// A recorder ended.
    RecorderFinished {
        /// The recorder.
        recorder: RecorderId,
        /// Why.
        end: RecorderEnd,
        /// How long it recorded, milliseconds, pauses left out.
        duration_ms: u32,
        /// How much of that was talking, milliseconds.
        talking_ms: u32,
        /// Pieces that did not fit the ring.
        dropped: u32,
    },
    /// A leg left the shard by [`Command::Evict`].
    Evicted {
        /// The leg with all it has.
        leg: Box<EvictedLeg>,
    },
    /// A leg ended by [`Command::Close`]; its port may be used again.
    Closed {
        /// The leg.
        leg: LegId,
        /// Its port pair, where it had one.
        port: Option<PortId>,
        /// What it counted.
        statistics: LegStatistics,
    },
}
