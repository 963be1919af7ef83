//! Calls that come in: INVITE to answer.

use std::net::SocketAddr;

use call::channel::CreateFailure;
use call::{
    Calls, Cause, ChannelKey, ChannelState, Launch, Location, NewChannel, Party, Position, Technology,
};
use rtp::Negotiator;
use sip::acceptance::Acceptance;
use sip::{Dialog, Flow, Method, NameAddr, Request, Response, ServerKey, Uri};

use crate::Extensions;
use crate::agent::{ALLOW, DESCRIPTION, UserAgent};
use crate::causes;
use crate::config::{Endpoint, Global, InbandProgress, Reliable, SessionOptions, SessionTimers};
use crate::identify::Identity;
use crate::identity::caller;
use crate::nat::is_outside;
use crate::outgoing::reason;
use crate::redirection::diverted;
use crate::session::{Phase, Role, Session};

impl UserAgent {
    pub(crate) fn invite(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: Request,
    ) {
        let now = calls.time().now;
        let name = match self.identify(calls, &flow, &request) {
            Identity::Endpoint(name) => name,
            Identity::Refused(response) => return self.refuse(now, key, &flow, *response),
        };
        let Some(endpoint) = self.endpoint(&name).cloned() else { return };
        if let Err(response) = self.take_call(calls, extensions, key, flow, &request, &endpoint) {
            let response = response.with("Server", self.config.user_agent.as_str());
            self.respond(now, key, response);
        }
    }

    /// Makes channel and session of an INVITE, or gives the answer that refuses it.
    fn take_call(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: &Request,
        endpoint: &Endpoint,
    ) -> Result<(), Response> {
        let refuse = |status| Response::to(request, status);
        // RFC 3261 §8.2.2 and §8.2.3: nothing is asked of us that we do not have.
        let known = supported(&endpoint.session, &self.config.global);
        let acceptance =
            Acceptance { methods: &[Method::Invite], extensions: &known, bodies: &[DESCRIPTION] };
        if let Some(refusal) = acceptance.refuse(request) {
            return Err(refusal);
        }
        self.check_interval(&endpoint.session, request).map_err(|response| *response)?;
        let reliably = UserAgent::reliability(&endpoint.session, request)?;
        let exten = match request.uri.user_unescaped() {
            user if user.is_empty() => "s".to_owned(),
            user => user,
        };
        let caller = caller(request, endpoint);
        let replaced = self.replaced(request)?;
        if replaced.is_none() && !extensions.exists(&endpoint.context, &exten, &caller.number) {
            return Err(refuse(404));
        }
        let language = endpoint.language.clone();
        let channels = || self.sessions.values().filter(|session| session.endpoint == endpoint.name).count();
        if endpoint.device_limit > 0 && channels() >= endpoint.device_limit as usize {
            return Err(refuse(480));
        }
        let location = Location { context: endpoint.context.clone(), exten, priority: 1 };
        let channel = calls
            .create(NewChannel {
                id: None,
                technology: Technology::Sip,
                endpoint: endpoint.name.clone(),
                dial_string: String::new(),
                state: ChannelState::Ring,
                protocol_id: request.headers.call_id().as_str().into(),
                caller,
                connected: Party::default(),
                dialplan: Position {
                    context: location.context.clone(),
                    exten: location.exten.clone(),
                    priority: 1,
                    ..Position::default()
                },
                account_code: endpoint.account_code.clone(),
                language,
                variables: endpoint.variables.clone(),
                owner: None,
                launch: None,
            })
            .map_err(|failure| match failure {
                CreateFailure::Full | CreateFailure::DuplicateId => self.overloaded(request),
            })?;
        if let Some((party, reason)) = diverted(&request.headers) {
            calls.set_redirecting(channel, party, reason);
        }
        match self.open_session(calls, channel, key, flow, request, endpoint) {
            Ok(mut session) => {
                session.reliably.wanted = reliably;
                self.by_server.insert(key, channel);
                self.sessions.insert(channel, session);
                match replaced {
                    None => calls.launch(channel, Launch::Dialplan(location)),
                    Some(replaced) => self.take_over(calls, channel, replaced),
                }
                Ok(())
            }
            Err(status) => {
                calls.end(channel, causes::of_status(status));
                Err(if status == 503 { self.overloaded(request) } else { refuse(status) })
            }
        }
    }

    /// A call that takes the place of another is answered at once.
    fn take_over(&mut self, calls: &mut Calls, channel: ChannelKey, replaced: ChannelKey) {
        calls.answer(channel);
        if calls.take_place(replaced, channel).is_err() {
            calls.request_hangup(channel, Cause::FAILURE);
        }
    }

    /// Nothing can be taken now: try again a little later, each at another moment.
    pub(crate) fn overloaded(&mut self, request: &Request) -> Response {
        let after = 1 + self.transactions.random() % 5;
        Response::to(request, 503).with("Retry-After", after.to_string())
    }

    fn open_session(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        key: ServerKey,
        flow: Flow,
        request: &Request,
        endpoint: &Endpoint,
    ) -> Result<Session, u16> {
        let mut session = Session::new(endpoint.name.clone(), Role::Called, Phase::Incoming { key }, flow);
        session.abilities.learn(&request.headers);
        // The offer is looked at before a port is taken: most refusals need none.
        let port = calls.open_leg(channel, flow.local.ip()).ok_or(503_u16)?;
        calls.set_digits_by(channel, UserAgent::digits_by(endpoint));
        let mut negotiator = self.negotiator(&flow, port, endpoint, &[]);
        if !request.body.is_empty() {
            let (answer, stream) = negotiator.answer(&request.body).map_err(|reject| reject.status())?;
            session.answer = Some(answer);
            session.agreed = Some(stream);
        }
        session.negotiator = Some(negotiator);
        // The dialog's tag is the one that the transaction will put into our answers.
        let tag = self.transactions.to_tag(key).unwrap_or_default();
        let provisional = Response::to(request, 183)
            .with_to_tag(&tag)
            .with("Contact", self.contact_for(&flow, endpoint).to_string());
        let dialog = Dialog::uas(request, &provisional).map_err(|error| error.status().unwrap_or(400))?;
        self.by_dialog.insert(dialog.id().clone(), channel);
        session.dialog = Some(dialog);
        session.invite = Some(request.clone());
        Ok(session)
    }

    /// Our Contact on a flow.
    pub(crate) fn contact(&self, flow: &Flow) -> NameAddr {
        let (ip, port) = match self.transport_of(flow) {
            Some(transport) if is_outside(transport, flow.remote.ip()) => (
                transport.external_signaling_address.unwrap_or(flow.local.ip()),
                transport.external_signaling_port.unwrap_or(flow.local.port()),
            ),
            Some(_) | None => (flow.local.ip(), flow.local.port()),
        };
        let mut uri = Uri::at("", SocketAddr::new(ip, port));
        if flow.transport.is_reliable() {
            uri.params.set("transport", flow.transport.as_str());
        }
        NameAddr::new(uri)
    }

    /// Our Contact on a flow, with the user that the endpoint is to see.
    pub(crate) fn contact_for(&self, flow: &Flow, endpoint: &Endpoint) -> NameAddr {
        let mut contact = self.contact(flow);
        if let Some(user) = &endpoint.identity.contact_user {
            contact.uri.user = Some(sip::escape_user(user).into());
        }
        contact
    }

    /// Our Contact in a session.
    pub(crate) fn contact_in(&self, channel: ChannelKey) -> Option<NameAddr> {
        let session = self.sessions.get(&channel)?;
        Some(self.contact_for(&session.flow, self.endpoint(&session.endpoint)?))
    }

    /// It rings: 180, or 183 with what is heard where media flows already or has to (`inband_progress`).
    pub(crate) fn ring(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let Some(session) = self.sessions.get(&channel) else { return };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return };
        if endpoint.session.inband_progress == InbandProgress::Yes {
            return self.progress(calls, channel);
        }
        if let Some(response) = self.provisional(channel, 180) {
            let response = self.with_identity_in(calls, channel, response);
            self.send_provisional(calls.time().now, channel, response);
        }
    }

    pub(crate) fn progress(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let Some(response) = self.provisional(channel, 183) else { return };
        let response = self.with_identity_in(calls, channel, response);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let body = match (&session.answer, &mut session.negotiator) {
            _ if session.described => None,
            (Some(answer), _) => Some(answer.clone()),
            // They sent no offer: only a response that is acknowledged may bring ours (RFC 3262 §5).
            (None, Some(negotiator)) if session.reliably.wanted && !session.described => {
                (!negotiator.is_offering()).then(|| negotiator.offer())
            }
            (None, _) => None,
        };
        let response = match body {
            Some(body) => response.with_body("application/sdp", body),
            None => response,
        };
        self.configure_leg(calls, channel);
        self.send_provisional(calls.time().now, channel, response);
    }

    pub(crate) fn configure_leg(&mut self, calls: &mut Calls, channel: ChannelKey) {
        if let Some(stream) = self.sessions.get_mut(&channel).and_then(|session| session.agreed.take()) {
            calls.configure_leg(channel, stream);
        }
    }

    fn provisional(&self, channel: ChannelKey, status: u16) -> Option<Response> {
        let session = self.sessions.get(&channel)?;
        let invite = session.invite.as_ref()?;
        let endpoint = self.endpoint(&session.endpoint)?;
        let response = Response::to(invite, status)
            .with("Server", self.config.user_agent.as_str())
            .with("Contact", self.contact_for(&session.flow, endpoint).to_string())
            .with("Allow", ALLOW);
        Some(match status {
            200.. => response.with("Supported", supported(&endpoint.session, &self.config.global).join(", ")),
            ..200 => response,
        })
    }

    pub(crate) fn answer(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let Some(response) = self.provisional(channel, 200) else { return };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Phase::Incoming { key } = session.phase else { return };
        let body = match (session.answer.take(), &mut session.negotiator) {
            _ if session.described => None,
            (Some(answer), _) => Some(answer),
            // They sent no offer: ours goes with the answer, theirs comes with the ACK (RFC 3261 §13.3.1).
            (None, Some(negotiator)) => Some(negotiator.offer()),
            (None, None) => return,
        };
        session.phase = Phase::Up;
        session.unacknowledged = Some(key);
        let invite = session.invite.take();
        if let Some(dialog) = &mut session.dialog {
            dialog.confirm();
        }
        let now = calls.time().now;
        self.configure_leg(calls, channel);
        let response = self.with_identity_in(calls, channel, response);
        let response = match &invite {
            Some(invite) => self.agree_interval(now, channel, &invite.headers, response),
            None => response,
        };
        let response = match body {
            Some(body) => response.with_body("application/sdp", body),
            None => response,
        };
        self.respond(now, key, response);
    }

    /// Their ACK to our 2xx.
    pub(crate) fn acknowledged(&mut self, calls: &mut Calls, key: ServerKey, request: &Request) {
        let Some(channel) = self.by_server.remove(&key) else { return };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.unacknowledged = None;
        let offering = session.negotiator.as_ref().is_some_and(Negotiator::is_offering);
        if offering && let Some(negotiator) = &mut session.negotiator {
            match negotiator.accept(&request.body) {
                Ok(stream) => calls.configure_leg(channel, stream),
                Err(_) => calls.hung_up(channel, Cause::CODEC_MISMATCH, Some(488)),
            }
        }
        match self.sessions.get(&channel).and_then(|session| session.ending) {
            Some(cause) => self.hang_up(calls.time().now, channel, cause),
            None => self.next_change(calls, channel),
        }
    }

    /// No ACK came: the call ends with BYE (RFC 3261 §13.3.1.4).
    pub(crate) fn unacknowledged(&mut self, calls: &mut Calls, key: ServerKey) {
        let Some(channel) = self.by_server.remove(&key) else { return };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.unacknowledged = None;
        match session.ending {
            Some(cause) => self.hang_up(calls.time().now, channel, cause),
            None => calls.hung_up(channel, Cause(102), None),
        }
    }

    /// Nobody acknowledged our ringing: their INVITE has been refused.
    pub(crate) fn unheard(&mut self, calls: &mut Calls, key: ServerKey) {
        let Some(channel) = self.by_server.remove(&key) else { return };
        self.forget(channel);
        calls.hung_up(channel, Cause(102), None);
    }

    /// Their CANCEL of an INVITE that is not answered.
    pub(crate) fn cancelled(&mut self, calls: &mut Calls, key: ServerKey, request: &Request) {
        let Some(channel) = self.by_server.remove(&key) else { return };
        let now = calls.time().now;
        if let Some(invite) = self.sessions.get(&channel).and_then(|session| session.invite.clone()) {
            let response = Response::to(&invite, 487)
                .with("Server", self.config.user_agent.as_str())
                .with("Reason", reason(Cause::UNKNOWN));
            self.respond(now, key, response);
        }
        self.forget(channel);
        let cause = causes::of_reason(request).unwrap_or(Cause::INTERWORKING);
        calls.hung_up(channel, cause, Some(487));
    }

    /// Forgets a session: nothing more is sent in it.
    pub(crate) fn forget(&mut self, channel: ChannelKey) {
        self.locating.forget_call(channel);
        let Some(session) = self.sessions.remove(&channel) else { return };
        self.timers.stop_all(channel);
        for id in session.dialog_ids() {
            self.by_dialog.remove(&id);
        }
        if let Some(dialog) = &session.dialog {
            self.referrals.session_ends(channel, dialog, session.flow);
        }
        // A re-INVITE that is never answered would be waited for without end.
        if let Some(change) = session.change {
            let _ = self.transactions.cancel(self.now, change.key);
        }
        if let Phase::Incoming { key } = session.phase {
            self.by_server.remove(&key);
        }
        if let Some(key) = session.unacknowledged {
            self.by_server.remove(&key);
        }
    }
}

/// The extensions that an endpoint may use, as Supported lists them.
pub(crate) fn supported(options: &SessionOptions, global: &Global) -> Vec<&'static str> {
    let reliable = (options.reliable != Reliable::No).then_some("100rel");
    let timer = (options.timers != SessionTimers::No).then_some("timer");
    let no_subscription = global.norefersub.then_some("norefersub");
    [reliable, timer, Some("replaces"), no_subscription].into_iter().flatten().collect()
}
