//! Requests inside a dialog: BYE, re-INVITE, INFO, OPTIONS.

use std::net::SocketAddr;

use call::{Calls, Cause, ChannelKey};
use rtp::Direction;
use sip::{Dialog, DialogId, Flow, Method, Request, Response, ServerKey};

use crate::Extensions;
use crate::agent::{ALLOW, UserAgent};
use crate::causes;
use crate::config::Endpoint;
use crate::incoming::supported;
use crate::reinvite::Wanted;
use crate::session::Phase;

impl UserAgent {
    pub(crate) fn request_in_dialog(
        &mut self,
        calls: &mut Calls,
        extensions: &dyn Extensions,
        key: ServerKey,
        flow: Flow,
        request: Request,
    ) {
        let now = calls.time().now;
        let found = DialogId::of_request(&request).and_then(|id| Some((*self.by_dialog.get(&id)?, id)));
        let Some((channel, id)) = found else {
            return self.respond(now, key, Response::to(&request, 481));
        };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if let Some(dialog) = session.dialog_of(&id)
            && let Err(error) = dialog.receive(&request)
        {
            return self.respond(now, key, Response::to(&request, error.status().unwrap_or(400)));
        }
        // RFC 5626: what comes on a new flow is answered on it from now on.
        if flow.transport.is_reliable() || session.flow.transport == flow.transport {
            session.flow = flow;
        }
        match &request.method {
            Method::Bye => {
                self.respond(now, key, self.plain(&request, 200));
                let cause = causes::of_reason(&request).unwrap_or(Cause::NORMAL);
                self.ended_by_them(calls, channel, cause);
            }
            Method::Invite => self.reinvite(calls, channel, key, &request),
            Method::Update => self.update(calls, channel, &id, key, &request),
            Method::Prack => self.acknowledged_provisional(calls, channel, key, &request),
            Method::Refer => self.refer(calls, extensions, channel, key, &request),
            Method::Notify => self.transfer_progressed(calls, channel, key, &request),
            Method::Info => self.info(calls, channel, key, &request),
            Method::Options => {
                let response = self.describe(Response::to(&request, 200));
                self.respond(now, key, response);
            }
            _ => {
                let response = self.plain(&request, 405).with("Allow", ALLOW);
                self.respond(now, key, response);
            }
        }
    }

    pub(crate) fn plain(&self, request: &Request, status: u16) -> Response {
        Response::to(request, status).with("Server", self.config.user_agent.as_str())
    }

    /// Their NOTIFY: how far a transfer that we asked for has come.
    fn transfer_progressed(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        key: ServerKey,
        request: &Request,
    ) {
        let now = calls.time().now;
        let about = request.headers.value("Event").map(|event| event.as_str().to_ascii_lowercase());
        let ours =
            about.is_some_and(|event| event.split(';').next().is_some_and(|name| name.trim() == "refer"));
        if !ours {
            return self.respond(now, key, self.plain(request, 489));
        }
        self.respond(now, key, self.plain(request, 200));
        let text = String::from_utf8_lossy(&request.body);
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
        if let (Some(status), Some(session)) = (status, self.sessions.get(&channel)) {
            let line = format!("{} says {status} of its transfer", session.endpoint);
            calls.log(call::LogLevel::Verbose, line);
        }
    }

    fn ended_by_them(&mut self, calls: &mut Calls, channel: ChannelKey, cause: Cause) {
        let now = calls.time().now;
        // A BYE before our final response: the INVITE is answered too (RFC 3261 §15.1.2).
        if let Some(session) = self.sessions.get_mut(&channel)
            && let Phase::Incoming { key } = session.phase
            && let Some(invite) = session.invite.take()
        {
            let response = self.plain(&invite, 487);
            self.respond(now, key, response);
        }
        self.forget(channel);
        calls.hung_up(channel, cause, None);
    }

    /// Their INVITE inside the dialog: a new offer, or a question for ours.
    fn reinvite(&mut self, calls: &mut Calls, channel: ChannelKey, key: ServerKey, request: &Request) {
        let now = calls.time().now;
        let random = self.transactions.random();
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let busy = match &session.phase {
            // RFC 3261 §14.2: a second INVITE while the first is under way, and one that meets ours.
            Phase::Incoming { .. } => Some(500),
            Phase::Calling { .. } | Phase::Locating => Some(491),
            Phase::Up if session.unacknowledged.is_some() => Some(500),
            Phase::Up => session.change.as_ref().filter(|change| change.offers()).map(|_| 491),
        };
        if let Some(status) = busy {
            return self.respond(now, key, self.refuse_for_now(request, status, random));
        }
        if let Err(response) = self.refuse_interval(channel, request) {
            return self.respond(now, key, response);
        }
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some(negotiator) = &mut session.negotiator else { return };
        let body = match request.body.is_empty() {
            true => Ok((negotiator.offer(), None)),
            false => negotiator.answer(&request.body).map(|(answer, stream)| (answer, Some(stream))),
        };
        let (body, stream) = match body {
            Ok(body) => body,
            Err(reject) => return self.respond(now, key, self.plain(request, reject.status())),
        };
        session.unacknowledged = Some(key);
        session.abilities.learn(&request.headers);
        self.by_server.insert(key, channel);
        if let Some(stream) = stream {
            self.agreed_anew(calls, channel, stream);
        }
        self.learn_line(calls, channel, &request.headers);
        let response = self.accept_change(calls, channel, request);
        self.respond(now, key, response.with_body("application/sdp", body));
    }

    /// Their UPDATE (RFC 3311 §5.2): a new offer, or none and only what its headers say.
    fn update(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        id: &DialogId,
        key: ServerKey,
        request: &Request,
    ) {
        let now = calls.time().now;
        let random = self.transactions.random();
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let offers = !request.body.is_empty();
        let ours_waits = session.change.as_ref().is_some_and(|change| change.offers())
            || session.reliably.offers()
            || session.unacknowledged.is_some()
                && session.negotiator.as_ref().is_some_and(|n| n.is_offering());
        let theirs_waits = matches!(session.phase, Phase::Incoming { .. })
            && (!session.described || session.reliably.awaits_description());
        let early_offer = session.negotiator_of(id).is_none_or(|negotiator| negotiator.agreed().is_none());
        let busy = match offers {
            true if ours_waits => Some(491),
            true if theirs_waits => Some(500),
            // Our INVITE's offer has no answer in this dialog.
            true if early_offer => Some(491),
            true | false => None,
        };
        if let Some(status) = busy {
            return self.respond(now, key, self.refuse_for_now(request, status, random));
        }
        if let Err(response) = self.refuse_interval(channel, request) {
            return self.respond(now, key, response);
        }
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        session.abilities.learn(&request.headers);
        let mut body = None;
        if offers && let Some(negotiator) = session.negotiator_of(id) {
            match negotiator.answer(&request.body) {
                Ok((answer, stream)) => {
                    body = Some(answer);
                    self.agreed_anew(calls, channel, stream);
                }
                Err(reject) => return self.respond(now, key, self.plain(request, reject.status())),
            }
        }
        self.learn_line(calls, channel, &request.headers);
        let response = self.accept_change(calls, channel, request);
        let response = match body {
            Some(body) => response.with_body("application/sdp", body),
            None => response,
        };
        self.respond(now, key, response);
    }

    fn refuse_for_now(&self, request: &Request, status: u16, random: u64) -> Response {
        let response = self.plain(request, status);
        match status {
            500 => response.with("Retry-After", (random % 10).to_string()),
            _ => response,
        }
    }

    fn refuse_interval(&self, channel: ChannelKey, request: &Request) -> Result<(), Response> {
        let Some(session) = self.sessions.get(&channel) else { return Ok(()) };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return Ok(()) };
        self.check_interval(&endpoint.session, request).map_err(|response| *response)
    }

    /// The 2xx to a request that changed or refreshed the session.
    fn accept_change(&mut self, calls: &mut Calls, channel: ChannelKey, request: &Request) -> Response {
        let mut response = self.plain(request, 200).with("Allow", ALLOW);
        if let Some(contact) = self.contact_in(channel) {
            response.headers.push("Contact", contact.to_string());
        }
        let response = match self.sessions.get(&channel).map(|session| &session.phase) {
            Some(Phase::Up) => self.agree_interval(calls.time().now, channel, &request.headers, response),
            Some(Phase::Incoming { .. } | Phase::Locating | Phase::Calling { .. }) | None => response,
        };
        self.with_identity_in(calls, channel, response)
    }

    /// A stream was agreed on anew at the far end's wish: it may hold us, or no more.
    fn agreed_anew(&mut self, calls: &mut Calls, channel: ChannelKey, stream: rtp::StreamConfig) {
        let held = matches!(stream.direction, Direction::RecvOnly | Direction::Inactive);
        calls.configure_leg(channel, stream);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        // What we hold ourselves does not count.
        let held = held && !session.holds;
        if std::mem::replace(&mut session.held, held) != held {
            let suggests = self.endpoint_in(channel).map(|endpoint| endpoint.session.moh_suggest.clone());
            calls.held(channel, held, suggests.as_deref().unwrap_or_default());
        }
    }

    fn endpoint_in(&self, channel: ChannelKey) -> Option<&Endpoint> {
        self.endpoint(&self.sessions.get(&channel)?.endpoint)
    }

    /// The connected line of a channel changed.
    pub(crate) fn tell_line(&mut self, calls: &mut Calls, channel: ChannelKey) {
        if !self.tells_line(calls, channel) {
            return;
        }
        let Some(session) = self.sessions.get(&channel) else { return };
        let immediately = self.endpoint_in(channel).is_some_and(|endpoint| endpoint.identity.rpid_immediate);
        match session.phase {
            // The next response says it; where that is to be at once, one is sent for it.
            Phase::Incoming { .. } if immediately => self.ring(calls, channel),
            Phase::Incoming { .. } => {}
            Phase::Locating | Phase::Calling { .. } | Phase::Up => self.want(calls, channel, Wanted::LINE),
        }
    }

    /// Says of us what every request that begins, changes or refreshes a session says.
    pub(crate) fn describe_request(&self, channel: ChannelKey, request: Request) -> Request {
        let Some(session) = self.sessions.get(&channel) else { return request };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return request };
        let supported = supported(&endpoint.session, &self.config.global).join(", ");
        let mut request = request.with("Allow", ALLOW).with("Supported", supported);
        session.timer.write(&mut request.headers, session.role);
        request
    }

    /// Digits by INFO: `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`).
    fn info(&mut self, calls: &mut Calls, channel: ChannelKey, key: ServerKey, request: &Request) {
        let text = String::from_utf8_lossy(&request.body);
        let digit = match request.headers.content_type().as_deref() {
            Some("application/dtmf-relay") => {
                let value = |name: &str| {
                    text.lines().find_map(|line| {
                        let (key, value) = line.split_once('=')?;
                        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                    })
                };
                let duration = value("Duration").and_then(|text| text.parse().ok()).unwrap_or(100);
                value("Signal").and_then(|text| Some((digit_of(&text)?, duration)))
            }
            Some("application/dtmf") => digit_of(text.trim()).map(|digit| (digit, 100)),
            None => return self.respond(calls.time().now, key, self.plain(request, 200)),
            Some(_) => return self.respond(calls.time().now, key, self.plain(request, 415)),
        };
        let now = calls.time().now;
        match digit {
            Some((digit, duration_ms)) => {
                self.respond(now, key, self.plain(request, 200));
                calls.digit(channel, digit, duration_ms);
            }
            None => self.respond(now, key, self.plain(request, 400)),
        }
    }

    /// The flow of our requests in a dialog: where the peer's route or Contact points, where that is an address and
    /// the endpoint is not behind a translator.
    pub(crate) fn flow_in(&self, channel: ChannelKey, dialog: &Dialog, flow: Flow) -> Flow {
        let behind_nat = self
            .sessions
            .get(&channel)
            .and_then(|session| self.endpoint(&session.endpoint))
            .is_some_and(|endpoint| endpoint.rewrite_contact);
        let hop = dialog.next_hop();
        match hop.host_ip() {
            Some(ip) if !behind_nat && !flow.transport.is_reliable() => {
                Flow { remote: SocketAddr::new(ip, hop.port_or_default()), ..flow }
            }
            _ => flow,
        }
    }
}

fn digit_of(text: &str) -> Option<char> {
    let digit = match text {
        "10" => '*',
        "11" => '#',
        text => text.chars().next()?.to_ascii_uppercase(),
    };
    (text.len() <= 2 && (digit.is_ascii_digit() || "*#ABCD".contains(digit))).then_some(digit)
}
