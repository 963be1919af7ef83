//! Requests inside a dialog: BYE, re-INVITE, INFO, OPTIONS.

use std::net::SocketAddr;

use call::{Calls, Cause, ChannelKey};
use rtp::Direction;
use sip::{Dialog, DialogId, Flow, Method, Request, Response, ServerKey};

use crate::agent::{ALLOW, UserAgent};
use crate::causes;
use crate::session::Phase;

impl UserAgent {
    pub(crate) fn request_in_dialog(
        &mut self,
        calls: &mut Calls,
        key: ServerKey,
        flow: Flow,
        request: Request,
    ) {
        let now = calls.time().now;
        let found = DialogId::of_request(&request).and_then(|id| self.by_dialog.get(&id).copied());
        let Some(channel) = found else {
            return self.respond(now, key, Response::to(&request, 481));
        };
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if let Some(dialog) = &mut session.dialog
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

    fn plain(&self, request: &Request, status: u16) -> Response {
        Response::to(request, status).with("Server", self.config.user_agent.as_str())
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
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        if !matches!(session.phase, Phase::Up) || session.unacknowledged.is_some() {
            // RFC 3261 §14.2: a second INVITE while the first is under way.
            let after = self.transactions.random() % 10;
            let response = self.plain(request, 500).with("Retry-After", after.to_string());
            return self.respond(now, key, response);
        }
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
        let (flow, was_held) = (session.flow, session.held);
        self.by_server.insert(key, channel);
        if let Some(stream) = stream {
            let held = matches!(stream.direction, Direction::RecvOnly | Direction::Inactive);
            calls.configure_leg(channel, stream);
            if held != was_held {
                calls.held(channel, held);
            }
            if let Some(session) = self.sessions.get_mut(&channel) {
                session.held = held;
            }
        }
        let response = self
            .plain(request, 200)
            .with("Contact", self.contact(&flow).to_string())
            .with("Allow", ALLOW)
            .with_body("application/sdp", body);
        self.respond(now, key, response);
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
