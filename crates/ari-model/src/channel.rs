//! Channels and what describes them.

use serde::{Deserialize, Serialize};

use crate::Object;

/// One leg of a call as an application sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Unique id: `<seconds>.<number>`, or what the application chose at originate.
    pub id: String,
    /// Name: technology, resource and a serial number, such as `PJSIP/2001-00000003`.
    pub name: String,
    /// Where the call is in its life.
    pub state: ChannelState,
    /// The id the channel's protocol gives the call; the `Call-ID` for SIP, otherwise empty.
    pub protocol_id: String,
    /// The party that this channel represents.
    pub caller: CallerId,
    /// The party at the other end.
    pub connected: CallerId,
    /// Account code for billing.
    pub accountcode: String,
    /// Where in the dialplan the channel is.
    pub dialplan: DialplanCep,
    /// When the channel was made; see [`crate::Timestamp`].
    pub creationtime: String,
    /// Language of its prompts, such as `en`.
    pub language: String,
    /// Variables that were asked to be reported with every snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channelvars: Option<Object>,
    /// Number of the party that redirected the call here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_rdnis: Option<String>,
    /// Tenant the channel belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenantid: Option<String>,
}

/// Where a channel is in its life, in ARI's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelState {
    /// Exists and does nothing.
    #[default]
    Down,
    /// Reserved for a call.
    Rsrvd,
    /// Off hook.
    OffHook,
    /// Digits are being dialled.
    Dialing,
    /// Incoming and not answered.
    Ring,
    /// Outgoing, and the far end rings.
    Ringing,
    /// Answered.
    Up,
    /// The line is busy.
    Busy,
    /// Digits are being dialled while off hook.
    #[serde(rename = "Dialing Offhook")]
    DialingOffhook,
    /// Incoming call detected, waiting for ring.
    #[serde(rename = "Pre-ring")]
    PreRing,
    /// The server does not know.
    Unknown,
    /// A word that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// A party's name and number; empty where not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerId {
    /// Display name.
    pub name: String,
    /// Number.
    pub number: String,
}

/// Context, extension and priority, with the dialplan application that runs there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialplanCep {
    /// Context.
    pub context: String,
    /// Extension.
    pub exten: String,
    /// Priority, from 1.
    pub priority: i64,
    /// Dialplan application, such as `Stasis`.
    pub app_name: String,
    /// Its arguments.
    pub app_data: String,
}

/// RTP statistics of one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RtpStat {
    /// Packets sent.
    pub txcount: i64,
    /// Packets received.
    pub rxcount: i64,
    /// Packets that the far end says it lost.
    pub txploss: i64,
    /// Packets lost on the way here.
    pub rxploss: i64,
    /// Our synchronisation source (RFC 3550 §3).
    pub local_ssrc: u32,
    /// The far end's.
    pub remote_ssrc: u32,
    /// Payload octets sent.
    pub txoctetcount: i64,
    /// Payload octets received.
    pub rxoctetcount: i64,
    /// Id of the channel.
    pub channel_uniqueid: String,
    /// What was measured, by name: `txjitter`, `rxjitter`, `rtt` (seconds), `txmes`, `rxmes` (media experience score,
    /// 0–100), and of jitter, loss, round trip and score the minimum, maximum, mean (`normdev…`) and deviation, such as
    /// `remote_maxjitter`. Which are there depends on the RTCP that was received.
    #[serde(flatten)]
    pub measured: Object,
}
