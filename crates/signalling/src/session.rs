//! One SIP session: an INVITE, its dialog, and the channel it stands for.

use std::sync::Arc;

use rtp::Negotiator;
use sip::digest::Login;
use sip::{ClientKey, Dialog, Flow, Forks, Request, ServerKey};

/// Where the INVITE of a session stands.
pub(crate) enum Phase {
    /// Theirs, not answered by us.
    Incoming {
        /// To answer it with.
        key: ServerKey,
    },
    /// Ours: the address of its target is being found.
    Locating,
    /// Ours, without a final response.
    Calling {
        /// Its transaction.
        key: ClientKey,
        /// What was sent.
        invite: Box<Request>,
        /// Its early dialogs.
        forks: Box<Forks>,
    },
    /// Answered.
    Up,
}

/// A session and what it is waiting for.
pub(crate) struct Session {
    pub endpoint: Arc<str>,
    pub phase: Phase,
    pub flow: Flow,
    pub dialog: Option<Dialog>,
    pub negotiator: Option<Negotiator>,
    /// The INVITE of theirs, kept until it is answered: responses are made from it.
    pub invite: Option<Request>,
    /// The SDP that answers it; `None` where they sent no offer and ours goes with the answer.
    pub answer: Option<String>,
    /// What the leg is to be configured with once media may flow.
    pub agreed: Option<rtp::StreamConfig>,
    /// Our 2xx has not been acknowledged: BYE has to wait (RFC 3261 §15).
    pub unacknowledged: Option<ServerKey>,
    /// The channel is gone: end this as soon as it can be ended.
    pub ending: Option<call::Cause>,
    pub login: Option<Login>,
    pub attempts: u8,
    pub held: bool,
}

impl Session {
    pub fn new(endpoint: Arc<str>, phase: Phase, flow: Flow) -> Session {
        Session {
            endpoint,
            phase,
            flow,
            dialog: None,
            negotiator: None,
            invite: None,
            answer: None,
            agreed: None,
            unacknowledged: None,
            ending: None,
            login: None,
            attempts: 0,
            held: false,
        }
    }
}
