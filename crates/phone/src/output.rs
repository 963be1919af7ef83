//! What comes out of a phone.

use crate::call::CallId;
use crate::statistics::Statistics;
use bytes::Bytes;
use core::ops::{Deref, DerefMut};
use rtp::{Codec, StreamConfig};
use sip::{Flow, Text};
use std::net::SocketAddr;

/// Bytes to send, or something that happened.
#[allow(clippy::large_enum_variant, reason = "lives for one call; boxing would cost an allocation a packet")]
#[derive(Debug, Clone)]
pub enum Output {
    /// Send this SIP message.
    SendSip {
        /// Where.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// Send this RTP packet.
    SendRtp {
        /// The call it is of.
        call: CallId,
        /// From the lent port of this address.
        local: SocketAddr,
        /// Where to.
        to: SocketAddr,
        /// The packet.
        packet: RtpPacket,
    },
    /// Something happened.
    Event(Event),
}

/// One RTP packet, held in place. The driver may write to it before it is sent.
#[derive(Clone)]
pub struct RtpPacket {
    len: u16,
    bytes: [u8; RtpPacket::MAX],
}

impl RtpPacket {
    /// The longest packet, sealed: 20 ms of linear audio at 16 kHz and the header.
    pub const MAX: usize = rtp::packet::HEADER_LEN + 640 + rtp::srtp::MAX_TRAILER;

    /// An RTP packet of these parts, sealed where it is to be; `None` where they are too long.
    pub(crate) fn new(
        header: rtp::Header,
        payload: &[u8],
        sealer: Option<&mut rtp::srtp::Sealer>,
    ) -> Option<RtpPacket> {
        let mut bytes = [0; RtpPacket::MAX];
        let len = rtp::Packet::new(header, payload).write(&mut bytes).ok()?;
        let len = sealer.map_or(Ok(len), |sealer| sealer.seal_rtp(&mut bytes, len)).ok()?;
        Some(RtpPacket { len: len as u16, bytes })
    }
}

impl Deref for RtpPacket {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl DerefMut for RtpPacket {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..usize::from(self.len)]
    }
}

impl core::fmt::Debug for RtpPacket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "RtpPacket({} octets)", self.len)
    }
}

/// Something that a phone noticed. A call has exactly one [`Event::Ended`], its last.
#[derive(Debug, Clone)]
pub enum Event {
    /// The registration stands, first or refreshed.
    Registered {
        /// For so many seconds.
        expires: u32,
    },
    /// The registration was taken back.
    Unregistered,
    /// A registration or its removal was refused; nothing further is tried.
    RegistrationFailed {
        /// The status; 408 where no answer came, 503 where the transport failed.
        status: u16,
    },
    /// An OPTIONS was answered.
    OptionsAnswered {
        /// The status; 408 where no answer came, 503 where the transport failed.
        status: u16,
    },
    /// A subscription was answered.
    Subscribed {
        /// Its number.
        number: u64,
        /// The status; 408 where no answer came, 503 where the transport failed.
        status: u16,
    },
    /// A NOTIFY came.
    Notified {
        /// The number of the subscription; `None` where nothing was subscribed to.
        number: Option<u64>,
        /// Its package.
        package: String,
        /// Whether the subscription ended with it.
        is_over: bool,
        /// What it carries.
        body: String,
    },
    /// A text came.
    Text {
        /// From whom.
        from: String,
        /// The text.
        body: String,
    },
    /// A text of ours was answered.
    TextAnswered {
        /// The status; 408 where no answer came, 503 where the transport failed.
        status: u16,
    },
    /// A call came in.
    Incoming {
        /// The call.
        call: CallId,
        /// The address in From.
        from: String,
        /// The display name in From; empty for none.
        from_name: String,
        /// The user that was dialled, from the Request-URI.
        to: String,
    },
    /// The far end rings (180).
    Ringing {
        /// The call.
        call: CallId,
    },
    /// Another provisional response with a To tag (181 to 199), or any with a session description.
    Progress {
        /// The call.
        call: CallId,
        /// The status.
        status: u16,
    },
    /// A call is up: 2xx sent or received.
    Answered {
        /// The call.
        call: CallId,
    },
    /// Our 2xx was acknowledged.
    Acknowledged {
        /// The call.
        call: CallId,
    },
    /// A stream was agreed on, first or anew.
    Stream {
        /// The call.
        call: CallId,
        /// The codec we send.
        codec: Codec,
        /// The stream.
        stream: Box<StreamConfig>,
    },
    /// The first RTP packet of the far end came.
    FirstRtp {
        /// The call.
        call: CallId,
    },
    /// Our hold was accepted.
    Held {
        /// The call.
        call: CallId,
    },
    /// Our end of hold was accepted.
    Unheld {
        /// The call.
        call: CallId,
    },
    /// The far end holds us.
    HeldByPeer {
        /// The call.
        call: CallId,
    },
    /// The far end holds us no longer.
    UnheldByPeer {
        /// The call.
        call: CallId,
    },
    /// A re-INVITE of ours was accepted without a change of hold.
    Refreshed {
        /// The call.
        call: CallId,
    },
    /// Our re-INVITE crossed the far end's (491); it will be sent again.
    Glare {
        /// The call.
        call: CallId,
    },
    /// A re-INVITE or INFO of ours was refused; the call goes on as it was.
    Refused {
        /// The call.
        call: CallId,
        /// The status.
        status: u16,
    },
    /// A REFER of ours was taken or refused.
    Referred {
        /// The call.
        call: CallId,
        /// The status.
        status: u16,
    },
    /// A NOTIFY tells how far the transfer that we asked for has come.
    TransferProgress {
        /// The call.
        call: CallId,
        /// The status of what the far end tried.
        status: u16,
        /// Nothing more follows.
        over: bool,
    },
    /// An UPDATE of ours was answered.
    Updated {
        /// The call.
        call: CallId,
        /// The status.
        status: u16,
    },
    /// An UPDATE of the far end was accepted.
    UpdatedByPeer {
        /// The call.
        call: CallId,
        /// P-Asserted-Identity of it, as it is written; empty without.
        identity: String,
    },
    /// A digit came as telephone-event and is over.
    Digit {
        /// The call.
        call: CallId,
        /// The digit.
        digit: char,
        /// How long it lasted, milliseconds.
        duration_ms: u32,
    },
    /// All digits have been sent.
    DigitsSent {
        /// The call.
        call: CallId,
    },
    /// What [`Command::Play`](crate::Command::Play) played came to its end.
    Played {
        /// The call.
        call: CallId,
    },
    /// The call is over. Its RTP port is free again.
    Ended {
        /// The call.
        call: CallId,
        /// How.
        ending: Ending,
        /// What its audio came to.
        report: Box<Report>,
    },
    /// A SIP message could not be read, or a request found no room.
    Malformed {
        /// Why.
        error: sip::Error,
    },
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// We sent BYE, and it was answered or given up.
    HungUp {
        /// The status of its answer; 408 where none came.
        status: u16,
    },
    /// The far end sent BYE.
    HungUpByPeer {
        /// The first Reason header, as it is written (RFC 3326).
        reason: Option<Text>,
        /// Its cause, where it is of Q.850.
        cause: Option<u16>,
    },
    /// Our INVITE was refused.
    Refused {
        /// 300 to 699; 408 where no answer came, 503 where the transport failed.
        status: u16,
        /// The first Reason header, as it is written.
        reason: Option<Text>,
        /// Its cause, where it is of Q.850.
        cause: Option<u16>,
    },
    /// We cancelled our INVITE (487, or a BYE after a 2xx that crossed the CANCEL).
    Cancelled,
    /// The far end cancelled its INVITE.
    CancelledByPeer {
        /// The first Reason header, as it is written.
        reason: Option<Text>,
    },
    /// We refused the far end's INVITE.
    Rejected {
        /// The status that we sent.
        status: u16,
    },
    /// Our 2xx was not acknowledged in time; we sent BYE.
    Unacknowledged,
    /// The far end no longer knows the call (408, 481 to a request inside it).
    Lost {
        /// The status.
        status: u16,
    },
}

/// What is left of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The figures of its audio.
    pub statistics: Statistics,
    /// The audio received, 8,000 samples a second, as far as [`Hearing::record_ms`](crate::Hearing::record_ms) goes.
    pub recording: Vec<i16>,
}
