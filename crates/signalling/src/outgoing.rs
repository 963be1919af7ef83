//! Calls that go out, and the end of any call.

use std::net::SocketAddr;
use std::time::Duration;

use call::{Calls, Cause, ChannelKey};
use sip::{ClientKey, DialogId, Flow, Method, NameAddr, Request, Response, Uri};

use sip::typed::{ReferTo, ReferredBy};

use crate::agent::{Purpose, UserAgent};
use crate::causes;
use crate::config::{Reliable, SessionTimers};
use crate::forks::Fork;
use crate::identity::mark_phone;
use crate::locate::Target;
use crate::session::{Phase, Role, Session};
use crate::session_timer::SessionTimer;

/// How often an INVITE is sent again with credentials.
const MOST_ATTEMPTS: u8 = 3;

impl UserAgent {
    /// Places the call of an outgoing channel: finds where its endpoint is, then sends the INVITE there.
    pub(crate) fn dial(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let Some(resource) = calls.dial_string(channel).map(str::to_owned) else { return };
        match self.locate(&resource) {
            Ok((endpoint, target)) => {
                let flow = Flow::udp(SocketAddr::from(([0, 0, 0, 0], 0)), target.address_or_unspecified());
                let session = Session::new(endpoint, Role::Caller, Phase::Locating, flow);
                self.sessions.insert(channel, session);
                self.find_flow(calls, channel, target);
            }
            Err(cause) => calls.hung_up(channel, cause, None),
        }
    }

    /// The flow to the target is known: the INVITE goes out.
    pub(crate) fn place(&mut self, calls: &mut Calls, channel: ChannelKey, flow: Flow, target: &Target) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if let Phase::Calling { invite, .. } = &session.phase {
            // It was sent elsewhere before, and came to nothing there (RFC 3263 §4.3).
            let mut invite = Request::clone(invite);
            session.flow = flow;
            let number = invite.headers.cseq().map_or(1, |cseq| cseq.number);
            invite.renumber(number + 1);
            invite.headers.remove("User-Agent");
            // A redirection names another address; a failover does not.
            invite.uri = target.uri.clone();
            invite.headers.remove("Route");
            for route in &target.route {
                invite.headers.push("Route", route.as_str());
            }
            if let Some(contact) = self.contact_in(channel) {
                invite.headers.set("Contact", contact.to_string());
            }
            return self.send_invite(calls, channel, invite);
        }
        let name = session.endpoint.clone();
        let Some(endpoint) = self.endpoint(&name).cloned() else { return };
        let Some(port) = calls.open_leg(channel, flow.local.ip()) else {
            self.sessions.remove(&channel);
            calls.hung_up(channel, Cause::CONGESTION, None);
            return;
        };
        let codecs = calls.codecs(channel).to_vec();
        calls.set_digits_by(channel, UserAgent::digits_by(&endpoint));
        let mut negotiator = self.negotiator(&flow, port, &endpoint, &codecs);
        let offer = negotiator.offer();
        let snapshot = calls.snapshot(channel);
        let shown = snapshot.as_ref().map(|channel| channel.connected.clone()).unwrap_or_default();
        let from = self.from(&flow, &endpoint, &shown);
        let mut uri = target.uri.clone();
        mark_phone(&mut uri, &endpoint);
        let mut to = uri.clone();
        to.params = sip::Params::default();
        mark_phone(&mut to, &endpoint);
        let contact = self.contact_for(&flow, &endpoint);
        let transactions = &mut self.transactions;
        let mut invite =
            Request::build(Method::Invite, uri).from(from).to(NameAddr::new(to)).contact(contact);
        if let Some(channel) = snapshot.filter(|channel| !channel.protocol_id.is_empty()) {
            invite = invite.call_id(&*channel.protocol_id);
        }
        let invite = invite.finish(&mut || transactions.random());
        calls.set_protocol_id(channel, invite.headers.call_id().as_str().into());
        if let Some(session) = self.sessions.get_mut(&channel) {
            session.negotiator = Some(negotiator);
            session.flow = flow;
            session.timer = SessionTimer::of(&endpoint.session);
        }
        let mut invite = self.describe_request(channel, invite);
        if endpoint.session.reliable == Reliable::Required {
            invite.headers.push("Require", "100rel");
        }
        if endpoint.session.timers == SessionTimers::Required {
            invite.headers.push("Require", "timer");
        }
        for route in &target.route {
            invite.headers.push("Route", route.as_str());
        }
        let invite = self.with_diversion(calls, channel, invite);
        let invite = self.with_identity(calls, channel, invite).with_body("application/sdp", offer);
        self.send_invite(calls, channel, invite);
    }

    fn send_invite(&mut self, calls: &mut Calls, channel: ChannelKey, invite: Request) {
        let Some(flow) = self.sessions.get(&channel).map(|session| session.flow) else { return };
        let key = self.send_request(calls.time().now, flow, invite.clone(), Purpose::Invite(channel));
        match (key, self.sessions.get_mut(&channel)) {
            (Some(key), Some(session)) => {
                session.attempts += 1;
                session.phase = Phase::Calling { key, invite: Box::new(invite), forks: Box::default() };
            }
            _ => self.invite_failed(calls, channel, 503),
        }
    }

    pub(crate) fn invite_response(
        &mut self,
        calls: &mut Calls,
        key: ClientKey,
        channel: ChannelKey,
        flow: Flow,
        response: &Response,
    ) {
        match response.status {
            100..200 => self.invite_progress(calls, channel, flow, response),
            200..300 => self.invite_answered(calls, key, channel, flow, response),
            401 | 407 if self.try_again(calls, channel, response) => {}
            422 if self.try_longer(calls, channel, response) => {}
            300..=399 if self.follow_redirection(calls, channel, response) => {}
            503 if self.try_elsewhere(calls, channel) => {}
            status => self.invite_failed(calls, channel, status),
        }
    }

    fn invite_progress(&mut self, calls: &mut Calls, channel: ChannelKey, flow: Flow, response: &Response) {
        let now = calls.time().now;
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if session.ending.is_some() {
            return;
        }
        let Some(at) = self.index.endpoints.get(&session.endpoint) else { return };
        let options = &self.config.endpoints[*at].session;
        let Phase::Calling { invite, forks, .. } = &mut session.phase else { return };
        let Some(negotiator) = &session.negotiator else { return };
        // A malformed Contact in a provisional response is nothing to end a call for.
        let id = match forks.receive(invite, response, negotiator) {
            Ok(Some(fork)) => Some(fork.dialog.id().clone()),
            Ok(None) | Err(_) => None,
        };
        let (follow, several) = (options.follow_early_media_fork, options.accept_multiple_sdp_answers);
        let ignores_183 = options.ignore_183_without_sdp;
        if let Some(id) = &id {
            self.by_dialog.insert(id.clone(), channel);
            if !self.acknowledge_provisional(now, channel, id, flow, response) {
                return;
            }
        }
        let has_media = !response.body.is_empty();
        if let Some(id) = id.filter(|_| has_media) {
            self.hear_early(calls, channel, &id, response, follow, several);
        }
        self.learn_line(calls, channel, &response.headers);
        match response.status {
            180 => calls.ringing(channel),
            183 if !has_media && ignores_183 => return,
            _ => {}
        }
        if has_media || response.status == 183 {
            calls.progressed(channel);
        }
        self.next_change(calls, channel);
    }

    /// A fork describes its media before the answer.
    fn hear_early(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        id: &DialogId,
        response: &Response,
        follow: bool,
        several: bool,
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Phase::Calling { forks, .. } = &mut session.phase else { return };
        let Some(fork) = forks.find(id) else { return };
        if fork.described && !several {
            return;
        }
        let Ok(stream) = fork.negotiator.accept(&response.body) else { return };
        fork.described = true;
        if forks.hear(id, follow) {
            calls.configure_leg(channel, stream);
        }
    }

    fn invite_answered(
        &mut self,
        calls: &mut Calls,
        key: ClientKey,
        channel: ChannelKey,
        flow: Flow,
        response: &Response,
    ) {
        let now = calls.time().now;
        let Some(session) = self.sessions.get_mut(&channel) else {
            // Cancelled and forgotten: it is answered with ACK and BYE all the same.
            return self.refuse_answer(now, key, flow, response);
        };
        let several = self
            .index
            .endpoints
            .get(&session.endpoint)
            .is_some_and(|at| self.config.endpoints[*at].session.accept_multiple_sdp_answers);
        let Phase::Calling { invite, forks, .. } = &mut session.phase else {
            return self.refuse_answer(now, key, flow, response);
        };
        let Some(negotiator) = &session.negotiator else { return };
        let id = match forks.receive(invite, response, negotiator) {
            Ok(Some(fork)) => fork.dialog.id().clone(),
            Ok(None) | Err(_) => return self.invite_failed(calls, channel, 500),
        };
        let number = invite.headers.cseq().map_or(1, |cseq| cseq.number);
        let Some(Fork { mut dialog, mut negotiator, described, abilities, .. }) = forks.take(&id) else {
            return;
        };
        // The other forks are over: whoever of them answers all the same is hung up.
        let others: Vec<DialogId> = forks.iter().map(|fork| fork.dialog.id().clone()).collect();
        dialog.confirm();
        for other in others {
            self.by_dialog.remove(&other);
        }
        if session.ending.is_some() {
            // The answer crossed our CANCEL.
            let flow = self.flow_in(channel, &dialog, flow);
            let _ = self.transactions.acknowledge(key, flow, dialog.ack(number));
            let bye = dialog.request(Method::Bye);
            self.send_request(now, flow, bye, Purpose::Other);
            self.by_dialog.remove(&id);
            self.forget(channel);
            return;
        }
        let accepted = match response.body.is_empty() {
            // The first answer of a fork counts, unless others are to be taken (RFC 3261 §13.2.1).
            false if !described || several => negotiator.accept(&response.body).ok(),
            // The answer came with a provisional response already.
            true | false => negotiator.agreed().cloned(),
        };
        session.negotiator = Some(negotiator);
        session.abilities = abilities;
        session.phase = Phase::Up;
        let ack = dialog.ack(number);
        let flow = self.flow_in(channel, &dialog, flow);
        self.by_dialog.insert(id, channel);
        if let Some(session) = self.sessions.get_mut(&channel) {
            session.dialog = Some(dialog);
            session.flow = flow;
        }
        let _ = self.transactions.acknowledge(key, flow, ack);
        match accepted {
            Some(stream) => {
                calls.configure_leg(channel, stream);
                self.session_refreshed(calls, channel, &response.headers, true);
                self.learn_line(calls, channel, &response.headers);
                calls.answered(channel);
                self.next_change(calls, channel);
            }
            None => calls.hung_up(channel, Cause::CODEC_MISMATCH, Some(488)),
        }
    }

    /// A 2xx that nobody wants any more: acknowledged, then ended.
    pub(crate) fn refuse_answer(&mut self, now: Duration, key: ClientKey, flow: Flow, response: &Response) {
        let Some(mut dialog) = dialog_of(response) else { return };
        let number = response.headers.cseq().map_or(1, |cseq| cseq.number);
        if self.transactions.acknowledge(key, flow, dialog.ack(number)).is_ok() {
            let bye = dialog.request(Method::Bye);
            self.send_request(now, flow, bye, Purpose::Other);
        }
    }

    /// Credentials were asked for: `true` where the INVITE goes out again with them.
    fn try_again(&mut self, calls: &mut Calls, channel: ChannelKey, response: &Response) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Phase::Calling { invite, .. } = &session.phase else { return false };
        let mut invite = Request::clone(invite);
        if session.login.is_none() {
            let auths = session.endpoint.clone();
            let auths = self.endpoint(&auths).map(|endpoint| endpoint.outbound_auths.clone());
            let login = auths.and_then(|auths| self.login_for(&auths, response));
            let Some(session) = self.sessions.get_mut(&channel) else { return false };
            session.login = login;
        }
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Some(login) = &mut session.login else { return false };
        if session.attempts >= MOST_ATTEMPTS || session.ending.is_some() {
            return false;
        }
        let transactions = &mut self.transactions;
        let answered = login.answer(response, &mut invite, &mut || transactions.random());
        if !matches!(answered, Ok(true)) {
            return false;
        }
        self.send_again(calls, channel, invite);
        true
    }

    /// The far end wants a longer session interval (RFC 4028 §7.3).
    fn try_longer(&mut self, calls: &mut Calls, channel: ChannelKey, response: &Response) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Phase::Calling { invite, .. } = &session.phase else { return false };
        if session.attempts >= MOST_ATTEMPTS || session.ending.is_some() {
            return false;
        }
        let mut invite = Request::clone(invite);
        if !session.timer.lengthen(&response.headers) {
            return false;
        }
        session.timer.write(&mut invite.headers, session.role);
        self.send_again(calls, channel, invite);
        true
    }

    /// The INVITE goes out again under its next number.
    fn send_again(&mut self, calls: &mut Calls, channel: ChannelKey, mut invite: Request) {
        let number = invite.headers.cseq().map_or(1, |cseq| cseq.number) + 1;
        invite.renumber(number);
        invite.headers.remove("User-Agent");
        if let Some(session) = self.sessions.get(&channel) {
            for id in session.dialog_ids() {
                self.by_dialog.remove(&id);
            }
        }
        self.send_invite(calls, channel, invite);
    }

    /// No call came of our INVITE.
    pub(crate) fn invite_failed(&mut self, calls: &mut Calls, channel: ChannelKey, status: u16) {
        self.forget(channel);
        calls.hung_up(channel, causes::of_status(status), Some(status));
    }

    /// Ends whatever there is of a call: refuses, cancels, or sends BYE, as soon as each is allowed.
    pub(crate) fn hang_up(&mut self, now: Duration, channel: ChannelKey, cause: Cause) {
        let why = self.reason_for(channel, cause);
        let kept = self.is_kept_after_transfer(now, channel);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.ending = Some(cause);
        match &session.phase {
            Phase::Incoming { key } => {
                let key = *key;
                if let Some(invite) = session.invite.take() {
                    let mut response = self.plain(&invite, causes::to_status(cause));
                    if let Some(why) = why {
                        response.headers.push("Reason", why);
                    }
                    self.respond(now, key, response);
                }
                self.forget(channel);
            }
            Phase::Locating => self.forget(channel),
            Phase::Calling { key, .. } => {
                // What comes of it ends the session: 487, an answer that crossed, or a timeout.
                let key = *key;
                if self.transactions.cancel_for_reason(now, key, why.as_deref()).is_err() {
                    self.forget(channel);
                }
            }
            // The caller has to acknowledge our answer before we may end what it answered (RFC 3261 §15).
            Phase::Up if session.unacknowledged.is_some() => {}
            Phase::Up if kept => {}
            Phase::Up => self.end_dialog(now, channel, cause),
        }
    }

    /// Ends an answered call with BYE.
    pub(crate) fn end_dialog(&mut self, now: Duration, channel: ChannelKey, cause: Cause) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let flow = session.flow;
        let bye = session.dialog.as_mut().map(|dialog| dialog.request(Method::Bye));
        if let Some(bye) = bye {
            let bye = match self.reason_for(channel, cause) {
                Some(reason) => bye.with("Reason", reason),
                None => bye,
            };
            self.send_request(now, flow, bye, Purpose::Other);
        }
        self.forget(channel);
    }

    /// The Reason of the end of a call, where its endpoint is to be told.
    pub(crate) fn reason_for(&self, channel: ChannelKey, cause: Cause) -> Option<String> {
        let endpoint = self.sessions.get(&channel).and_then(|session| self.endpoint(&session.endpoint));
        let told = endpoint.is_none_or(|endpoint| !endpoint.session.suppress_q850_reason_headers);
        told.then(|| reason(cause))
    }

    /// Sends the far end elsewhere: 302 before the answer, REFER after.
    pub(crate) fn redirect(&mut self, now: Duration, channel: ChannelKey, to: &str) {
        let target = match self.locate(to) {
            Ok((_, target)) => target.uri,
            Err(_) => match Uri::parse(to) {
                Ok(uri) => uri,
                Err(_) => return,
            },
        };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        match &session.phase {
            Phase::Incoming { key } => {
                let key = *key;
                if let Some(invite) = session.invite.take() {
                    let response =
                        Response::to(&invite, 302).with("Contact", NameAddr::new(target).to_string());
                    self.respond(now, key, response);
                }
            }
            Phase::Up => {
                let flow = session.flow;
                let refer = session.dialog.as_mut().map(|dialog| dialog.request(Method::Refer));
                if let Some(mut refer) = refer {
                    if let Some(dialog) = &session.dialog {
                        refer.headers.write(ReferredBy(NameAddr::new(dialog.local().uri.clone())));
                    }
                    refer.headers.write(ReferTo::new(target));
                    self.send_request(now, flow, refer, Purpose::Other);
                }
            }
            Phase::Locating | Phase::Calling { .. } => {}
        }
    }
}

/// The dialog that a 2xx makes, where the INVITE itself is not at hand: enough of it can be read from the response.
pub(crate) fn dialog_of(response: &Response) -> Option<sip::Dialog> {
    let contact = response.headers.contact()?;
    let mut invite = Request::build(Method::Invite, contact.uri)
        .from(response.headers.from().ok()?)
        .to(response.headers.to().ok()?)
        .call_id(response.headers.call_id())
        .cseq(response.headers.cseq().ok()?.number)
        .finish(&mut || 0);
    invite.headers.set("From", response.headers.from().ok()?.to_string());
    invite.headers.push("Contact", response.headers.from().ok()?.to_string());
    sip::Dialog::uac(&invite, response).ok()
}

pub(crate) fn reason(cause: Cause) -> String {
    format!("Q.850;cause={}", cause.0)
}
