//! What one audio stream agreed on: the outcome of offer/answer and the input of a leg.

use core::time::Duration;
use std::net::SocketAddr;

use crate::send::REPORT_INTERVAL;
use crate::srtp::Keys;
use crate::{Codec, SourcePolicy};

/// A codec under the payload type it goes by in this stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// The codec it stands for.
    pub codec: Codec,
}

/// Which way media flows, from our side (RFC 3264 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// We send, the far end does not.
    SendOnly,
    /// The far end sends, we do not.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// What a leg needs to know of its stream after offer/answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamConfig {
    /// Where to send RTP until a packet of the far end shows another source.
    pub remote: SocketAddr,
    /// Where to send RTCP: RFC 3605's `a=rtcp`, or the port after `remote`'s.
    pub remote_rtcp: SocketAddr,
    /// The codec that we send, under the far end's payload type.
    pub send: Payload,
    /// The codecs that we accept, under our payload types.
    pub receive: Vec<Payload>,
    /// Payload type of telephone-event to the far end; `None` where it has none.
    pub send_events: Option<u8>,
    /// Payload type of telephone-event from the far end.
    pub receive_events: Option<u8>,
    /// Packet time that we send, milliseconds: 10 to 60 in steps of 10.
    pub ptime_ms: u8,
    /// Which way media flows, from our side.
    pub direction: Direction,
    /// Send to where the far end's packets come from, once its first valid one has come
    /// (`rtp_symmetric` in `pjsip.conf`; RFC 4961).
    pub symmetric: bool,
    /// All that has a usual value.
    pub options: StreamOptions,
}

/// What a stream may be told besides: all of it has a usual value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOptions {
    /// Whose packets are believed.
    pub source: SourcePolicy,
    /// Keys of both ways; `None` for plain RTP.
    pub srtp: Option<Keys>,
    /// Whether an SRTP packet that comes again is refused (`srtpreplayprotection` in `rtp.conf`).
    pub refuses_replayed: bool,
    /// What we send stays in its codec though the far end changes its own (`asymmetric_rtp_codec` in `pjsip.conf`).
    pub asymmetric_codec: bool,
    /// RTCP goes over RTP's port (RFC 5761).
    pub rtcp_mux: bool,
    /// Time between two reports of ours, before it is randomised (`rtcpinterval` in `rtp.conf`).
    pub report_interval: Duration,
    /// How long nothing may come while we are not held (`rtp_timeout` in `pjsip.conf`); `None` for ever.
    pub timeout: Option<Duration>,
    /// How long nothing may come while we are held (`rtp_timeout_hold`).
    pub hold_timeout: Option<Duration>,
    /// How long nothing may be sent before a packet of comfort noise is (`rtp_keepalive`).
    pub keepalive: Option<Duration>,
    /// Tones in what the far end says are digits where telephone-event was not agreed.
    pub inband_digits: bool,
}

impl Default for StreamOptions {
    fn default() -> StreamOptions {
        StreamOptions {
            source: SourcePolicy::default(),
            srtp: None,
            refuses_replayed: true,
            asymmetric_codec: false,
            rtcp_mux: false,
            report_interval: REPORT_INTERVAL,
            timeout: None,
            hold_timeout: None,
            keepalive: None,
            inband_digits: false,
        }
    }
}
