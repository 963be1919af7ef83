//! One SIP session: an INVITE, its dialog, and the channel it stands for.

use std::sync::Arc;

use rtp::Negotiator;
use sip::digest::Login;
use sip::{ClientKey, Dialog, DialogId, Flow, Headers, Method, Request, ServerKey};

use crate::forks::Forks;
use crate::info::Sending;
use crate::reinvite::{Change, Wanted};
use crate::reliable::Reliably;
use crate::session_timer::SessionTimer;

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

/// Who sent the first INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// We did.
    Caller,
    /// The far end did.
    Called,
}

/// What the far end can do, as its Allow and Supported say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Abilities {
    /// UPDATE (RFC 3311).
    pub update: bool,
    /// Reliable provisional responses (RFC 3262).
    pub reliable: bool,
    /// Session timers (RFC 4028).
    pub timer: bool,
}

impl Abilities {
    /// Reads what a message of the far end says; a message that says nothing changes nothing.
    pub fn learn(&mut self, headers: &Headers) {
        if headers.value("Allow").is_some() {
            self.update = headers.lists("Allow", Method::Update.as_str());
        }
        let supports = |tag: &str| headers.lists("Supported", tag) || headers.lists("Require", tag);
        if headers.value("Supported").is_some() || headers.value("Require").is_some() {
            self.reliable |= supports("100rel");
            self.timer |= supports("timer");
        }
    }
}

/// A session and what it is waiting for.
pub(crate) struct Session {
    pub endpoint: Arc<str>,
    pub role: Role,
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
    /// Offer and answer were exchanged in provisional responses that are known to have arrived.
    pub described: bool,
    /// The channel is gone: end this as soon as it can be ended.
    pub ending: Option<call::Cause>,
    pub login: Option<Login>,
    pub attempts: u8,
    /// The far end holds us.
    pub held: bool,
    /// We hold the far end.
    pub holds: bool,
    pub abilities: Abilities,
    /// A request of ours inside the dialog that is on its way.
    pub change: Option<Change>,
    /// What waits for its turn to be told.
    pub wanted: Wanted,
    /// Provisional responses of ours that have to be acknowledged.
    pub reliably: Reliably,
    pub timer: SessionTimer,
    /// How often our INVITE was redirected.
    pub redirections: u8,
    /// Digits on their way by INFO.
    pub sending: Sending,
    /// It transferred whom it talked to: the dialog outlives the channel for a while.
    pub transferred: bool,
}

impl Session {
    pub fn new(endpoint: Arc<str>, role: Role, phase: Phase, flow: Flow) -> Session {
        Session {
            endpoint,
            role,
            phase,
            flow,
            dialog: None,
            negotiator: None,
            invite: None,
            answer: None,
            agreed: None,
            unacknowledged: None,
            described: false,
            ending: None,
            login: None,
            attempts: 0,
            held: false,
            holds: false,
            abilities: Abilities::default(),
            change: None,
            wanted: Wanted::default(),
            reliably: Reliably::default(),
            timer: SessionTimer::default(),
            redirections: 0,
            sending: Sending::default(),
            transferred: false,
        }
    }

    /// The dialog of that name, early or confirmed.
    pub fn dialog_of(&mut self, id: &DialogId) -> Option<&mut Dialog> {
        match &mut self.dialog {
            Some(dialog) if dialog.id() == id => return Some(dialog),
            Some(_) | None => {}
        }
        match &mut self.phase {
            Phase::Calling { forks, .. } => forks.find(id).map(|fork| &mut fork.dialog),
            Phase::Incoming { .. } | Phase::Locating | Phase::Up => None,
        }
    }

    /// The offer/answer state that belongs to a dialog: an early one of several has its own.
    pub fn negotiator_of(&mut self, id: &DialogId) -> Option<&mut Negotiator> {
        match &mut self.phase {
            Phase::Calling { forks, .. } => forks.find(id).map(|fork| &mut fork.negotiator),
            Phase::Incoming { .. } | Phase::Locating | Phase::Up => self.negotiator.as_mut(),
        }
    }

    /// The names of all its dialogs.
    pub fn dialog_ids(&self) -> Vec<DialogId> {
        let confirmed = self.dialog.iter().map(|dialog| dialog.id().clone());
        match &self.phase {
            Phase::Calling { forks, .. } => {
                confirmed.chain(forks.iter().map(|fork| fork.dialog.id().clone())).collect()
            }
            Phase::Incoming { .. } | Phase::Locating | Phase::Up => confirmed.collect(),
        }
    }
}
