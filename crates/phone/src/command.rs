//! What a phone can be told about a call.

use core::time::Duration;
use media::Audio;
use std::sync::Arc;

/// A verb for one call.
#[derive(Debug, Clone)]
pub enum Command {
    /// Send 180 for a call that came in.
    Ring,
    /// Send 183 with a session description for a call that came in: audio flows before the answer.
    Progress,
    /// Answer a call that came in, so long from now; zero at once.
    Answer {
        /// The wait.
        after: Duration,
    },
    /// Refuse a call that came in.
    Reject {
        /// 300 to 699; 486 is busy, 603 declined.
        status: u16,
    },
    /// End the call: BYE once it is up, CANCEL while it calls, 603 while it rings here.
    HangUp,
    /// Hold the far end (RFC 3264 §8.4): re-INVITE with `sendonly`. What plays here
    /// is still sent.
    Hold,
    /// End the hold: re-INVITE with `sendrecv`.
    Unhold,
    /// Send a re-INVITE that changes nothing.
    Refresh,
    /// Send digits one after another: telephone-event where agreed, otherwise tones.
    SendDigits {
        /// `0`–`9`, `*`, `#`, `A`–`D`; at most [`Command::MAX_DIGITS`] waiting.
        digits: String,
        /// How long each lasts, milliseconds.
        duration_ms: u32,
    },
    /// Play a tone without end, in place of what plays.
    PlayTone {
        /// From 1 to less than half of what the codec samples: 3,999, or 7,999.
        hz: u16,
    },
    /// Play audio, in place of what plays. [`Event::Played`](crate::Event::Played) tells its end.
    Play {
        /// The audio.
        audio: Arc<Audio>,
        /// Again and again.
        repeat: bool,
    },
    /// Stop what plays.
    StopPlaying,
    /// Ask the far end to call somebody else: REFER (RFC 3515).
    Refer {
        /// Refer-To: a `sip:` URI, for an attended transfer with `?Replaces=`
        /// ([`Phone::replaces`](crate::Phone::replaces)).
        to: String,
    },
    /// Send UPDATE (RFC 3311), before the answer too.
    Update {
        /// With a new offer.
        offer: bool,
    },
    /// Send INFO with this body.
    Info {
        /// Its Content-Type.
        content_type: String,
        /// The body.
        body: String,
    },
}

impl Command {
    /// The most digits waiting to be sent in one call.
    pub const MAX_DIGITS: usize = 64;
}
