//! Why a channel ended (Q.850), as Asterisk numbers and names it.

/// A hang-up cause, 0 to 127.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub u8);

impl Cause {
    /// Not known.
    pub const UNKNOWN: Cause = Cause(0);
    /// No such number.
    pub const UNALLOCATED: Cause = Cause(1);
    /// No route to the destination.
    pub const NO_ROUTE: Cause = Cause(3);
    /// A party hung up.
    pub const NORMAL: Cause = Cause(16);
    /// Busy.
    pub const BUSY: Cause = Cause(17);
    /// Nobody responds.
    pub const NO_USER_RESPONSE: Cause = Cause(18);
    /// Rings, nobody answers.
    pub const NO_ANSWER: Cause = Cause(19);
    /// Not reachable now: not registered.
    pub const SUBSCRIBER_ABSENT: Cause = Cause(20);
    /// Refused.
    pub const REJECTED: Cause = Cause(21);
    /// Another branch answered.
    pub const ANSWERED_ELSEWHERE: Cause = Cause(26);
    /// The destination is out of order.
    pub const OUT_OF_ORDER: Cause = Cause(27);
    /// Normal, unspecified.
    pub const NORMAL_UNSPECIFIED: Cause = Cause(31);
    /// What Asterisk gives a soft hang-up request that named none.
    pub const SOFT: Cause = Cause(32);
    /// Not a cause of Q.850: how a channel's own technology asks for its end, in the same place.
    pub const BY_TECHNOLOGY: Cause = Cause(1);
    /// No circuit: congestion.
    pub const CONGESTION: Cause = Cause(34);
    /// The network is out of order.
    pub const FAILURE: Cause = Cause(38);
    /// The channel that was asked for cannot be used: also that a far end sends no audio any more.
    pub const CHANNEL_UNAVAILABLE: Cause = Cause(44);
    /// No media capability in common.
    pub const CODEC_MISMATCH: Cause = Cause(58);
    /// Interworking, unspecified.
    pub const INTERWORKING: Cause = Cause(127);

    /// Asterisk's text for it.
    pub fn text(self) -> &'static str {
        CAUSES.iter().find(|(code, ..)| *code == self.0).map_or("Unknown", |(_, text, _)| text)
    }

    /// The cause that one of ARI's `reason` words stands for; `None` for any other word.
    pub fn from_reason(reason: &str) -> Option<Cause> {
        CAUSES.iter().find(|(_, _, word)| *word == reason && !word.is_empty()).map(|(code, ..)| Cause(*code))
    }
}

/// Code, Asterisk's text, ARI's `reason` word where it has one.
const CAUSES: &[(u8, &str, &str)] = &[
    (0, "Unknown", ""),
    (1, "Unallocated (unassigned) number", "unallocated"),
    (2, "No route to specified transit network", ""),
    (3, "No route to destination", ""),
    (5, "Misdialled trunk prefix", ""),
    (6, "Channel unacceptable", ""),
    (7, "Call awarded and being delivered in an established channel", ""),
    (8, "Pre-empted", ""),
    (14, "QoR: ported number", ""),
    (16, "Normal Clearing", "normal"),
    (17, "User busy", "busy"),
    (18, "No user responding", "timeout"),
    (19, "User alerting, no answer", "no_answer"),
    (20, "Subscriber absent", ""),
    (21, "Call Rejected", "rejected"),
    (22, "Number changed", ""),
    (23, "Redirected to new destination", ""),
    (26, "Answered elsewhere", "answered_elsewhere"),
    (27, "Destination out of order", ""),
    (28, "Invalid number format", "number_incomplete"),
    (29, "Facility rejected", ""),
    (30, "Response to STATus ENQuiry", ""),
    (31, "Normal, unspecified", "normal_unspecified"),
    (34, "Circuit/channel congestion", "congestion"),
    (38, "Network out of order", "failure"),
    (41, "Temporary failure", ""),
    (42, "Switching equipment congestion", ""),
    (43, "Access information discarded", ""),
    (44, "Requested channel not available", ""),
    (50, "Facility not subscribed", ""),
    (52, "Outgoing call barred", ""),
    (54, "Incoming call barred", ""),
    (57, "Bearer capability not authorized", ""),
    (58, "Bearer capability not available", "codec_mismatch"),
    (65, "Bearer capability not implemented", ""),
    (66, "Channel not implemented", ""),
    (69, "Facility not implemented", ""),
    (81, "Invalid call reference value", ""),
    (88, "Incompatible destination", ""),
    (95, "Invalid message unspecified", ""),
    (96, "Mandatory information element missing", ""),
    (97, "Message type nonexist.", ""),
    (98, "Wrong message", ""),
    (99, "Info. element nonexist or not implemented", ""),
    (100, "Invalid information element contents", ""),
    (101, "Message not compatible with call state", ""),
    (102, "Recover on timer expiry", ""),
    (103, "Mandatory IE length error", ""),
    (111, "Protocol error, unspecified", ""),
    (127, "Interworking, unspecified", "interworking"),
];
