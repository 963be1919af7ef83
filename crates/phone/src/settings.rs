//! What a phone is configured with.

use core::time::Duration;
use rtp::Codec;
use rtp::srtp::Suite;
use sip::Flow;

/// The identity of a phone, where it sends, and how it behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The user part of its address of record, and its user name for digest authentication.
    pub user: String,
    /// The password; `None` where a challenge is to count as a refusal.
    pub password: Option<String>,
    /// The name in From; empty for none.
    pub display_name: String,
    /// The host part of the address of record: the realm's domain or the server's address.
    pub aor_host: String,
    /// The path to the server: our SIP address and its own. Requests outside a dialog go there.
    pub server: Flow,
    /// What is offered and accepted, preferred first.
    pub codecs: Vec<Codec>,
    /// Whether digits are offered as telephone-event (RFC 4733); without, they are sent as tones.
    pub telephone_event: bool,
    /// Encrypt audio with keys in the session description (SDES); `None` for plain RTP alone.
    pub encryption: Option<Encryption>,
    /// How long a registration is asked for, seconds. It is refreshed when four fifths have passed.
    pub expires: u32,
    /// The most calls at once; a further INVITE gets 486.
    pub max_calls: usize,
    /// User-Agent and Server; empty for none.
    pub user_agent: String,
    /// Timers and limits of the transactions.
    pub transactions: sip::Settings,
    /// The seed of tags, branches, SSRCs: the same seed and input give the same bytes.
    pub seed: u64,
    /// What it does on its own.
    pub behaviour: Behaviour,
    /// What it listens for.
    pub hearing: Hearing,
    /// What it does wrong.
    pub misbehaviour: Misbehaviour,
}

impl Settings {
    /// A well-behaved phone that does nothing on its own but ring: µ-law and A-law, telephone-event, 16 calls.
    pub fn new(user: &str, aor_host: &str, server: Flow) -> Settings {
        Settings {
            user: user.to_owned(),
            password: None,
            display_name: String::new(),
            aor_host: aor_host.to_owned(),
            server,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            telephone_event: true,
            encryption: None,
            expires: 300,
            max_calls: 16,
            user_agent: "Strowger phone".to_owned(),
            transactions: sip::Settings::default(),
            seed: 1,
            behaviour: Behaviour::default(),
            hearing: Hearing::default(),
            misbehaviour: Misbehaviour::default(),
        }
    }

    /// The same phone with a password.
    pub fn with_password(mut self, password: &str) -> Settings {
        self.password = Some(password.to_owned());
        self
    }
}

/// How a phone's audio is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encryption {
    /// What is offered; any suite is accepted.
    pub suite: Suite,
    /// Whether a call may go on in the clear where the far end does not encrypt.
    pub optimistic: bool,
}

/// What a phone does without a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// Send 180 as soon as a call comes in.
    pub ring: bool,
    /// Answer a call so long after it came in; zero at once, without 180.
    pub answer_after: Option<Duration>,
    /// Refuse every call with this status, 300 to 699.
    pub reject: Option<u16>,
    /// Hang up so long after a call was answered, whichever side called.
    pub hang_up_after: Option<Duration>,
    /// Send back the audio that comes in, packet by packet, instead of sending any of its own.
    pub echo: bool,
    /// Send silence while nothing plays, as telephones do; otherwise nothing is sent then.
    pub send_silence: bool,
    /// Play this frequency, hertz, as soon as audio flows.
    pub tone_hz: Option<u16>,
    /// What a NOTIFY is answered: 200, or 481 as by a phone that has forgotten what it subscribed to.
    pub notify_status: u16,
    /// Offer and use reliable provisional responses (RFC 3262), as caller and as called.
    pub reliable: bool,
    /// Ask for a session interval of so many seconds (RFC 4028), refreshed by who is called: as caller by the far end, as
    /// called by the phone itself, which does not do it.
    pub session_expires: Option<u32>,
    /// Headers of its INVITEs, name and value.
    pub invite_headers: Vec<(String, String)>,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            ring: true,
            answer_after: None,
            reject: None,
            hang_up_after: None,
            echo: false,
            send_silence: true,
            tone_hz: None,
            notify_status: 200,
            reliable: false,
            session_expires: None,
            invite_headers: Vec::new(),
        }
    }
}

/// What a phone keeps of the audio it receives. Neither by default: then audio is counted and thrown away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hearing {
    /// How much of the last audio [`Phone::tone_level`](crate::Phone::tone_level) looks at, milliseconds, at most
    /// [`Hearing::MAX_METER_MS`]; 200 is a good value, 0 none.
    pub meter_ms: u32,
    /// How much from the call's first audio on is recorded, milliseconds, at most [`Hearing::MAX_RECORDING_MS`]; gaps
    /// are filled with silence. Its room is taken when audio first flows.
    pub record_ms: u32,
}

impl Hearing {
    /// The longest look back.
    pub const MAX_METER_MS: u32 = 2_000;
    /// The longest recording.
    pub const MAX_RECORDING_MS: u32 = 600_000;
}

/// What a phone does wrong on purpose. Nothing by default. (A wrong password is a wrong password in [`Settings`].)
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misbehaviour {
    /// How many ACKs are not sent, repetitions counted; `u32::MAX` for never any.
    pub withhold_acks: u32,
    /// Answer 200 to an INVITE when its CANCEL comes: the two crossed on the way.
    pub answer_after_cancel: bool,
    /// Send every SIP message twice.
    pub send_twice: bool,
    /// Never see a BYE.
    pub ignore_bye: bool,
    /// Never see an INVITE, the ones inside a call included.
    pub ignore_invite: bool,
    /// Never see a CANCEL.
    pub ignore_cancel: bool,
    /// Answer an INVITE without a session description, as if none had been offered.
    pub answer_without_sdp: bool,
    /// Meet the next re-INVITE with one of our own that crosses it, so that both get 491; once.
    pub glare: bool,
    /// Hold, with a re-INVITE, as soon as a call is up.
    pub hold_at_once: bool,
}
