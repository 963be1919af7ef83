//! Requests of our own inside a dialog that change or refresh it: re-INVITE (RFC 3261 §14) and UPDATE (RFC 3311).

use std::time::Duration;

use call::{Calls, Cause, ChannelKey};
use rtp::Direction;
use sip::{ClientKey, DialogId, Flow, Method, Request, Response};

use crate::agent::{Purpose, UserAgent};
use crate::config::ConnectedLineMethod;
use crate::session::{Phase, Role, Session};
use crate::timers::Timer;

/// How often one such request is sent again with credentials or a longer session interval.
const MOST_ATTEMPTS: u8 = 4;

/// A request inside the dialog that has no final response by then is given up with its call: as long as a transaction
/// waits that heard nothing (64*T1).
const UNANSWERED: Duration = Duration::from_secs(32);

/// What the far end is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    /// It is held (`true`), or no more.
    pub hold: Option<bool>,
    /// Who is at the other end.
    pub line: bool,
    /// That the session goes on.
    pub refresh: bool,
}

impl Wanted {
    pub const LINE: Wanted = Wanted { hold: None, line: true, refresh: false };
    pub const REFRESH: Wanted = Wanted { hold: None, line: false, refresh: true };

    pub fn hold(on: bool) -> Wanted {
        Wanted { hold: Some(on), ..Wanted::default() }
    }

    fn is_nothing(self) -> bool {
        self == Wanted::default()
    }

    /// Both; of two holds the other's.
    fn and(self, other: Wanted) -> Wanted {
        Wanted {
            hold: other.hold.or(self.hold),
            line: self.line || other.line,
            refresh: self.refresh || other.refresh,
        }
    }
}

/// A request on its way.
pub(crate) struct Change {
    pub key: ClientKey,
    pub dialog: DialogId,
    pub request: Request,
    pub brings: Wanted,
    pub attempts: u8,
}

impl Change {
    pub fn offers(&self) -> bool {
        !self.request.body.is_empty()
    }
}

impl UserAgent {
    /// Something is to be told to the far end as soon as it is its turn.
    pub(crate) fn want(&mut self, calls: &mut Calls, channel: ChannelKey, wanted: Wanted) {
        if let Some(session) = self.sessions.get_mut(&channel) {
            session.wanted = session.wanted.and(wanted);
            self.next_change(calls, channel);
        }
    }

    /// Holds the far end: tells it so where that passes through, else plays music to it.
    pub(crate) fn hold(&mut self, calls: &mut Calls, channel: ChannelKey, class: &str) {
        if self.holds_pass_through(channel) {
            self.want(calls, channel, Wanted::hold(true));
        } else {
            calls.progress(channel);
            calls.start_music(channel, class);
        }
    }

    /// Holds the far end no more.
    pub(crate) fn unhold(&mut self, calls: &mut Calls, channel: ChannelKey) {
        if self.holds_pass_through(channel) {
            self.want(calls, channel, Wanted::hold(false));
        } else {
            calls.stop_music(channel);
        }
    }

    fn holds_pass_through(&self, channel: ChannelKey) -> bool {
        let session = self.sessions.get(&channel);
        let endpoint = session.and_then(|session| self.endpoint(&session.endpoint));
        endpoint.is_some_and(|endpoint| endpoint.session.moh_passthrough)
    }

    /// Tells the far end what waits, where nothing else is under way.
    pub(crate) fn next_change(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let waits = session.ending.is_some()
            || session.change.is_some()
            || session.unacknowledged.is_some()
            || session.wanted.is_nothing()
            || self.timers.runs(channel, Timer::Retry);
        let Some(endpoint) = self.index.endpoints.get(&session.endpoint) else { return };
        let by_update = self.config.endpoints[*endpoint].identity.connected_line_method;
        if waits {
            return;
        }
        let (id, brings, method) = match &mut session.phase {
            Phase::Up => {
                let Some(dialog) = &session.dialog else { return };
                let wanted = session.wanted;
                let updates = session.abilities.update
                    && wanted.hold.is_none()
                    && (!wanted.line || by_update == ConnectedLineMethod::Update);
                let method = if updates { Method::Update } else { Method::Invite };
                (dialog.id().clone(), wanted, method)
            }
            // RFC 3311 §5.1: before the answer only UPDATE can, and without an offer it always may.
            Phase::Calling { forks, .. } if session.wanted.line => {
                let Some(fork) = forks.last().filter(|fork| fork.abilities.update) else { return };
                (fork.dialog.id().clone(), Wanted::LINE, Method::Update)
            }
            Phase::Calling { .. } | Phase::Incoming { .. } | Phase::Locating => return,
        };
        session.wanted = match brings == session.wanted {
            true => Wanted::default(),
            false => Wanted { line: false, ..session.wanted },
        };
        let Some(request) = self.change_request(calls, channel, &id, brings, method) else { return };
        self.send_change(calls, channel, id, request, brings, 0);
    }

    fn change_request(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        id: &DialogId,
        brings: Wanted,
        method: Method,
    ) -> Option<Request> {
        let session = self.sessions.get_mut(&channel)?;
        let mut request = session.dialog_of(id)?.request(method.clone());
        if method == Method::Invite {
            let negotiator = session.negotiator.as_mut()?;
            let held = brings.hold.unwrap_or(session.holds);
            negotiator.want(if held { Direction::SendOnly } else { Direction::SendRecv });
            let offer = negotiator.offer();
            request = request.with_body("application/sdp", offer);
        }
        let request = self.describe_request(channel, request);
        Some(self.with_identity(calls, channel, request))
    }

    fn send_change(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        dialog: DialogId,
        request: Request,
        brings: Wanted,
        attempts: u8,
    ) {
        let Some(flow) = self.sessions.get(&channel).map(|session| session.flow) else { return };
        let key = self.send_request(calls.time().now, flow, request.clone(), Purpose::Change(channel));
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        match key {
            Some(key) => {
                session.change = Some(Change { key, dialog, request, brings, attempts });
                self.timers.start(channel, Timer::Unanswered, calls.time().now + UNANSWERED);
            }
            // No room for a transaction: nothing was promised to the far end.
            None => session.roll_back(),
        }
    }

    /// An answer to such a request.
    pub(crate) fn change_response(
        &mut self,
        calls: &mut Calls,
        key: ClientKey,
        channel: ChannelKey,
        flow: Flow,
        response: &Response,
    ) {
        let ours = |session: &Session| session.change.as_ref().is_some_and(|change| change.key == key);
        if !self.sessions.get(&channel).is_some_and(ours) {
            // The call ended meanwhile. A 2xx is acknowledged all the same, the BYE is on its way.
            return self.acknowledge_stray(key, flow, response);
        }
        if response.is_provisional() {
            return;
        }
        self.timers.stop(channel, Timer::Unanswered);
        match response.status {
            200..300 => self.change_accepted(calls, key, channel, response),
            401 | 407 if self.change_again(calls, channel, response) => {}
            422 if self.change_with_longer_interval(calls, channel, response) => {}
            408 | 481 => self.call_lost(calls, channel, response.status),
            status => self.change_refused(calls, channel, status),
        }
    }

    fn change_accepted(
        &mut self,
        calls: &mut Calls,
        key: ClientKey,
        channel: ChannelKey,
        response: &Response,
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(change) = session.change.take() else { return };
        let invites = change.request.method == Method::Invite;
        let number = change.request.headers.cseq().map_or(1, |cseq| cseq.number);
        session.abilities.learn(&response.headers);
        let flow = session.flow;
        let Some(dialog) = session.dialog_of(&change.dialog) else { return };
        // A Contact that cannot be read leaves the target as it was.
        let _ = dialog.receive_response(response);
        let ack = dialog.ack(number);
        if invites {
            let _ = self.transactions.acknowledge(key, flow, ack);
        }
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if change.offers() {
            let accepted = session.negotiator.as_mut().map(|negotiator| negotiator.accept(&response.body));
            match accepted {
                Some(Ok(stream)) => {
                    session.holds = change.brings.hold.unwrap_or(session.holds);
                    calls.configure_leg(channel, stream);
                }
                Some(Err(_)) if response.body.is_empty() => session.roll_back(),
                // RFC 3261 §13.2.2.4: an answer that cannot be used is acknowledged, then the call ends.
                Some(Err(_)) | None => return calls.hung_up(channel, Cause::CODEC_MISMATCH, Some(488)),
            }
        }
        self.session_refreshed(calls, channel, &response.headers, true);
        self.learn_line(calls, channel, &response.headers);
        self.next_change(calls, channel);
    }

    /// The request goes out again with credentials.
    fn change_again(&mut self, calls: &mut Calls, channel: ChannelKey, response: &Response) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Some(mut change) = session.change.take() else { return false };
        let transactions = &mut self.transactions;
        let answered = match &mut session.login {
            Some(login) if change.attempts < MOST_ATTEMPTS => {
                login.answer(response, &mut change.request, &mut || transactions.random())
            }
            Some(_) | None => Ok(false),
        };
        if !matches!(answered, Ok(true)) {
            session.change = Some(change);
            return false;
        }
        self.resend(calls, channel, change);
        true
    }

    /// The far end wants a longer session interval (RFC 4028 §7.3).
    fn change_with_longer_interval(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        response: &Response,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        if !session.timer.lengthen(&response.headers) {
            return false;
        }
        let Some(mut change) = session.change.take_if(|change| change.attempts < MOST_ATTEMPTS) else {
            return false;
        };
        session.timer.write(&mut change.request.headers, session.role);
        self.resend(calls, channel, change);
        true
    }

    fn resend(&mut self, calls: &mut Calls, channel: ChannelKey, mut change: Change) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(dialog) = session.dialog_of(&change.dialog) else { return };
        change.request.renumber(dialog.next_cseq());
        change.request.headers.remove("User-Agent");
        self.send_change(calls, channel, change.dialog, change.request, change.brings, change.attempts + 1);
    }

    fn change_refused(&mut self, calls: &mut Calls, channel: ChannelKey, status: u16) {
        let random = self.transactions.random();
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(change) = session.change.take() else { return };
        session.roll_back();
        match status {
            // RFC 3261 §14.1: who called waits 2.1 to 4 s, who was called up to 2 s, in steps of 10 ms.
            491 => {
                let wait_ms = match session.role {
                    Role::Caller => 2_100 + random % 191 * 10,
                    Role::Called => random % 201 * 10,
                };
                session.wanted = change.brings.and(session.wanted);
                let at = calls.time().now + Duration::from_millis(wait_ms);
                self.timers.start(channel, Timer::Retry, at);
            }
            // It says that it can UPDATE, and cannot.
            405 | 501 if change.request.method == Method::Update => {
                session.abilities.update = false;
                session.wanted = change.brings.and(session.wanted);
                self.next_change(calls, channel);
            }
            _ => self.next_change(calls, channel),
        }
    }

    /// No final response came, or the transport failed.
    pub(crate) fn change_failed(&mut self, calls: &mut Calls, channel: ChannelKey, status: u16) {
        self.call_lost(calls, channel, status);
    }

    /// The far end does not know the call any more, or does not answer (RFC 3261 §12.2.1.2).
    pub(crate) fn call_lost(&mut self, calls: &mut Calls, channel: ChannelKey, status: u16) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.change = None;
        self.timers.stop(channel, Timer::Unanswered);
        if session.ending.is_none() {
            calls.hung_up(channel, crate::causes::of_status(status), Some(status));
        }
    }

    /// A 2xx to an INVITE in a dialog that is gone.
    pub(crate) fn acknowledge_stray(&mut self, key: ClientKey, flow: Flow, response: &Response) {
        if response.is_success()
            && response.method() == Some(Method::Invite)
            && let Some(dialog) = crate::outgoing::dialog_of(response)
        {
            let number = response.headers.cseq().map_or(1, |cseq| cseq.number);
            let _ = self.transactions.acknowledge(key, flow, dialog.ack(number));
        }
    }
}

impl Session {
    /// Our offer failed: what was agreed before goes on.
    fn roll_back(&mut self) {
        if let Some(negotiator) = &mut self.negotiator {
            negotiator.rollback();
            negotiator.want(if self.holds { Direction::SendOnly } else { Direction::SendRecv });
        }
    }
}
