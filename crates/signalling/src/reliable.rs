//! Reliable provisional responses (RFC 3262), ours and theirs.

use std::collections::VecDeque;
use std::time::Duration;

use call::{Calls, Cause, ChannelKey};
use sip::{DialogId, Flow, Provisional, Request, Response, ServerKey};

use crate::agent::{Purpose, UserAgent};
use crate::config::{Reliable, SessionOptions};
use crate::session::Phase;

/// Provisional responses of ours that the far end has to acknowledge.
#[derive(Debug, Default)]
pub(crate) struct Reliably {
    /// They go out so.
    pub wanted: bool,
    /// What those that are not acknowledged describe, in order. The transaction sends one after the other, and holds as
    /// many as it has room for.
    sent: VecDeque<Describes>,
}

/// What a provisional response says of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Describes {
    Nothing,
    /// The answer to their offer.
    Answer,
    /// Our offer.
    Offer,
}

impl Reliably {
    /// Whether our offer, made in a provisional response, has had no answer.
    pub fn offers(&self) -> bool {
        self.sent.contains(&Describes::Offer)
    }

    /// Whether a provisional response that describes the session is not known to have arrived.
    pub fn awaits_description(&self) -> bool {
        self.sent.iter().any(|describes| *describes != Describes::Nothing)
    }
}

impl UserAgent {
    /// Whether our provisional responses to an INVITE go out reliably; an answer that refuses it otherwise (421).
    pub(crate) fn reliability(options: &SessionOptions, invite: &Request) -> Result<bool, Response> {
        let supported = invite.headers.supports("100rel");
        match options.reliable {
            Reliable::No => Ok(false),
            Reliable::Yes => Ok(invite.headers.lists("Require", "100rel")),
            Reliable::PeerSupported => Ok(supported),
            Reliable::Required if supported => Ok(true),
            Reliable::Required => Err(Response::to(invite, 421).with("Require", "100rel")),
        }
    }

    /// Sends a provisional response to the INVITE of a call that came in, reliably where that was agreed.
    pub(crate) fn send_provisional(&mut self, now: Duration, channel: ChannelKey, response: Response) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Phase::Incoming { key } = session.phase else { return };
        if !session.reliably.wanted {
            return self.respond(now, key, response);
        }
        let describes = match (&session.negotiator, response.body.is_empty()) {
            (_, true) => Describes::Nothing,
            (Some(negotiator), false) if negotiator.is_offering() => Describes::Offer,
            (Some(_) | None, false) => Describes::Answer,
        };
        // One too many says nothing that those before it did not.
        if self.transactions.respond_reliably(now, key, response).is_ok() {
            session.described |= describes != Describes::Nothing;
            session.reliably.sent.push_back(describes);
        }
    }

    /// Their PRACK to the provisional response that was outstanding.
    pub(crate) fn acknowledged_provisional(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        key: ServerKey,
        request: &Request,
    ) {
        let now = calls.time().now;
        let mut response = self.plain(request, 200);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let describes = session.reliably.sent.pop_front().unwrap_or(Describes::Nothing);
        match (&mut session.negotiator, describes) {
            (Some(negotiator), Describes::Offer) => match negotiator.accept(&request.body) {
                Ok(stream) => calls.configure_leg(channel, stream),
                Err(_) => {
                    self.respond(now, key, response);
                    return calls.hung_up(channel, Cause::CODEC_MISMATCH, Some(488));
                }
            },
            // RFC 3262 §5: once there is an answer, PRACK may bring a new offer.
            (Some(negotiator), Describes::Answer | Describes::Nothing) if !request.body.is_empty() => {
                match negotiator.answer(&request.body) {
                    Ok((answer, stream)) => {
                        response = response.with_body("application/sdp", answer);
                        calls.configure_leg(channel, stream);
                    }
                    Err(reject) => response = Response::to(request, reject.status()),
                }
            }
            (Some(_) | None, _) => {}
        }
        self.respond(now, key, response);
    }

    /// A provisional response of theirs may ask to be acknowledged: `false` where it came before, or out of order, and is
    /// to be passed over (RFC 3262 §4).
    pub(crate) fn acknowledge_provisional(
        &mut self,
        now: Duration,
        channel: ChannelKey,
        id: &DialogId,
        flow: Flow,
        response: &Response,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Some(dialog) = session.dialog_of(id) else { return false };
        match dialog.provisional(response) {
            Ok(Provisional::Unreliable) => true,
            Ok(Provisional::Reliable(prack)) => {
                let dialog = dialog.clone();
                let flow = self.flow_in(channel, &dialog, flow);
                self.send_request(now, flow, prack, Purpose::Other);
                true
            }
            Ok(Provisional::OutOfTurn) | Err(_) => false,
        }
    }
}
