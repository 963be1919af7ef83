//! One call of a phone.

use crate::media_stream::MediaStream;
use rtp::Negotiator;
use sip::{ClientKey, Dialog, Flow, Request, ServerKey, Text};
use std::net::SocketAddr;

/// Names a call of one phone; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

impl core::fmt::Display for CallId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Our INVITE has no final response.
    Calling,
    /// The far end's INVITE has had no final response from us.
    Incoming,
    /// A 2xx was sent or received.
    Up,
    /// BYE or a refusal is on its way; no audio flows.
    Ending,
}

/// A request inside the dialog that is on its way, one of a kind at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Hold,
    Unhold,
    Refresh,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) state: CallState,
    /// Whether we sent the first INVITE: it decides how long a re-INVITE waits after glare (RFC 3261 §14.1).
    pub(crate) outgoing: bool,
    pub(crate) flow: Flow,
    /// Our tag, by which requests inside the dialog find the call.
    pub(crate) tag: Text,
    pub(crate) local: SocketAddr,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) negotiator: Negotiator,
    pub(crate) media: MediaStream,
    /// Our INVITE while it has no final response.
    pub(crate) invite: Option<ClientKey>,
    /// The far end's INVITE, first or in the dialog, while it is not acknowledged.
    pub(crate) offered: Option<Offered>,
    /// Our re-INVITE while it has no final response, and what waits for its turn.
    pub(crate) reinvite: Option<(ClientKey, Change)>,
    pub(crate) wanted: Option<Change>,
    pub(crate) cancelled: bool,
    /// Hang up once the ACK has come (RFC 3261 §15).
    pub(crate) hang_up_wanted: bool,
    pub(crate) unacknowledged: bool,
    pub(crate) held: bool,
    pub(crate) held_by_peer: bool,
    pub(crate) late_offer: bool,
}

/// An INVITE of the far end.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) key: ServerKey,
    /// Kept until its final response.
    pub(crate) request: Option<Box<Request>>,
    /// It was answered with an offer of ours, as it had none; the ACK brings the answer.
    pub(crate) answer_due: bool,
    /// The answer that a 183 carried already.
    pub(crate) answered_early: Option<String>,
}
