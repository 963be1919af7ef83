//! What we ask: calls, and the responses to every request of ours.

use crate::call::{Call, CallId, CallState, Change};
use crate::error::Error;
use crate::media_stream::MediaStream;
use crate::output::{Ending, Event};
use crate::phone::{Pending, Phone, Purpose};
use crate::timers::Timer;
use core::time::Duration;
use rtp::Negotiator;
use rtp::srtp::MAX_MATERIAL;
use rtp::srtp::sdes::Sdes;
use sip::{ClientKey, Dialog, DialogId, Flow, HeaderName, Headers, Method, Request, Response, Text};
use std::net::SocketAddr;

pub(crate) const SDP: &str = "application/sdp";
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY";

impl Phone {
    /// Calls an extension at our server, or a whole `sip:` URI.
    ///
    /// # Errors
    /// [`Error::NoPort`], [`Error::TooManyCalls`], [`sip::Error::Uri`], [`sip::Error::TooManyTransactions`].
    pub fn call(&mut self, now: Duration, to: &str) -> Result<CallId, Error> {
        self.dial(now, to, false)
    }

    /// As [`Phone::call`], without an offer: the far end makes it, in its 2xx, and our ACK answers.
    ///
    /// # Errors
    /// As [`Phone::call`].
    pub fn call_without_offer(&mut self, now: Duration, to: &str) -> Result<CallId, Error> {
        self.dial(now, to, true)
    }

    fn dial(&mut self, now: Duration, to: &str, late_offer: bool) -> Result<CallId, Error> {
        let target = self.target(to)?;
        let local = self.take_port()?;
        let flow = self.settings.server;
        let mut call = self.new_call(true, flow, local, CallState::Calling);
        call.late_offer = late_offer;
        let random = &mut self.random;
        let mut request = Request::build(Method::Invite, target)
            .from(self.settings.address().with_tag(&call.tag))
            .contact(self.settings.contact())
            .finish(&mut || random.next_u64());
        let behaviour = &self.settings.behaviour;
        for (name, value) in &behaviour.invite_headers {
            request.headers.push(name.as_str(), value.as_str());
        }
        let tags = [behaviour.reliable.then_some("100rel"), behaviour.session_expires.map(|_| "timer")];
        let tags: Vec<&str> = tags.into_iter().flatten().collect();
        if !tags.is_empty() {
            request.headers.push(HeaderName::Supported, tags.join(", "));
        }
        if let Some(seconds) = behaviour.session_expires {
            request.headers.push(HeaderName::SessionExpires, format!("{seconds};refresher=uas"));
        }
        if !late_offer {
            request = request.with_body(SDP, call.negotiator.offer());
        }
        let id = self.insert(call);
        if let Err(error) = self.send(now, flow, request, Purpose::Invite(id)) {
            self.end(id, Ending::Refused { status: 503, reason: None, cause: None });
            return Err(error.into());
        }
        self.settle(now);
        Ok(id)
    }

    pub(crate) fn new_call(
        &mut self,
        outgoing: bool,
        flow: Flow,
        local: SocketAddr,
        state: CallState,
    ) -> Call {
        let settings = &self.settings;
        let random = &mut self.random;
        let session_id = random.next_u64() >> 33;
        let mut sdp = rtp::Settings::new(local, settings.codecs.clone(), session_id);
        sdp.events = settings.telephone_event;
        sdp.encryption = settings.encryption.map(|encryption| {
            let mut material = [0; MAX_MATERIAL];
            material.chunks_mut(8).for_each(|octets| {
                octets.copy_from_slice(&random.next_u64().to_ne_bytes()[..octets.len()]);
            });
            Sdes::new(encryption.suite, encryption.optimistic, material)
        });
        "phone".clone_into(&mut sdp.session_name);
        Call {
            state,
            outgoing,
            flow,
            tag: sip::random::tag(&mut || random.next_u64()),
            local,
            dialog: None,
            negotiator: Negotiator::new(sdp),
            media: MediaStream::new(&mut || random.next_u64(), &settings.behaviour, &settings.hearing),
            invite: None,
            offered: None,
            reinvite: None,
            wanted: None,
            cancelled: false,
            hang_up_wanted: false,
            unacknowledged: false,
            held: false,
            held_by_peer: false,
            late_offer: false,
        }
    }

    /// Sends a request and remembers what it is for.
    pub(crate) fn send(
        &mut self,
        now: Duration,
        flow: Flow,
        mut request: Request,
        purpose: Purpose,
    ) -> Result<ClientKey, sip::Error> {
        if request.method == Method::Invite {
            request.headers.set(HeaderName::Allow, ALLOW);
        }
        if !self.settings.user_agent.is_empty() {
            request.headers.set(HeaderName::UserAgent, self.settings.user_agent.as_str());
        }
        let key = self.transactions.request(now, flow, request.clone())?;
        match purpose {
            Purpose::Invite(id) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.invite = Some(key);
                }
            }
            Purpose::Reinvite(id) => {
                if let Some((waiting, _)) = self.calls.get_mut(&id).and_then(|call| call.reinvite.as_mut()) {
                    *waiting = key;
                }
            }
            Purpose::Register
            | Purpose::Unregister
            | Purpose::Options
            | Purpose::Subscribe(_)
            | Purpose::Text => {}
            Purpose::Bye(_) | Purpose::Info(_) => {}
            Purpose::Refer(_) | Purpose::Update(_) | Purpose::Prack => {}
        }
        self.clients.insert(key, Box::new(Pending { purpose, flow, request }));
        Ok(key)
    }

    pub(crate) fn received_response(&mut self, now: Duration, key: ClientKey, response: &Response) {
        if response.is_provisional() {
            let pending = self.clients.get(&key).map(|pending| (pending.purpose, pending.request.clone()));
            if let Some((Purpose::Invite(id), invite)) = pending {
                self.progressed(now, id, &invite, response);
            }
            return;
        }
        let Some(mut pending) = self.clients.remove(&key) else { return };
        if matches!(response.status, 401 | 407) && self.authorize(now, &mut pending, response) {
            return;
        }
        match pending.purpose {
            Purpose::Register | Purpose::Unregister => self.register_response(now, *pending, response),
            Purpose::Options => self.tell(Event::OptionsAnswered { status: response.status }),
            Purpose::Subscribe(number) => self.subscribe_answered(number, &pending.request, response),
            Purpose::Text => self.tell(Event::TextAnswered { status: response.status }),
            Purpose::Invite(id) if response.is_success() => {
                self.invite_accepted(now, id, key, &pending.request, response);
            }
            Purpose::Invite(id) => {
                let (reason, cause) = reason_of(&response.headers);
                let cancelled = self.calls.get(&id).is_some_and(|call| call.cancelled);
                let ending = match cancelled && response.status == 487 {
                    true => Ending::Cancelled,
                    false => Ending::Refused { status: response.status, reason, cause },
                };
                self.end(id, ending);
            }
            Purpose::Reinvite(id) => self.reinvite_answered(now, id, key, response),
            Purpose::Bye(id) => self.bye_answered(id, response.status),
            Purpose::Info(id) => self.info_answered(id, response.status),
            Purpose::Refer(id) => self.tell(Event::Referred { call: id, status: response.status }),
            Purpose::Update(id) => self.update_answered(now, id, response),
            Purpose::Prack => {}
        }
    }

    /// No final response came (408), or the transport failed (503).
    pub(crate) fn failed(&mut self, now: Duration, key: ClientKey, status: u16) {
        let Some(pending) = self.clients.remove(&key) else { return };
        match pending.purpose {
            Purpose::Register | Purpose::Unregister => self.registration_failed(status),
            Purpose::Options => self.tell(Event::OptionsAnswered { status }),
            Purpose::Subscribe(number) => self.tell(Event::Subscribed { number, status }),
            Purpose::Text => self.tell(Event::TextAnswered { status }),
            Purpose::Invite(id) => match self.calls.get(&id).is_some_and(|call| call.cancelled) {
                true => self.end(id, Ending::Cancelled),
                false => self.end(id, Ending::Refused { status, reason: None, cause: None }),
            },
            Purpose::Reinvite(id) => self.reinvite_failed(now, id, status),
            Purpose::Bye(id) => self.bye_answered(id, status),
            Purpose::Info(id) => self.info_answered(id, status),
            Purpose::Refer(id) => self.tell(Event::Referred { call: id, status }),
            Purpose::Update(id) => self.tell(Event::Updated { call: id, status }),
            Purpose::Prack => {}
        }
    }

    /// Sends a challenged request again with credentials; `false` where that is not worth it.
    fn authorize(&mut self, now: Duration, pending: &mut Pending, response: &Response) -> bool {
        let call = match pending.purpose {
            Purpose::Register
            | Purpose::Unregister
            | Purpose::Options
            | Purpose::Subscribe(_)
            | Purpose::Prack
            | Purpose::Text => None,
            Purpose::Refer(id) | Purpose::Update(id) => Some(id),
            Purpose::Invite(id) | Purpose::Reinvite(id) | Purpose::Bye(id) | Purpose::Info(id) => Some(id),
        };
        let call = match call {
            Some(id) => match self.calls.get_mut(&id) {
                Some(call) => Some(call),
                None => return false,
            },
            None => None,
        };
        if call.as_ref().is_some_and(|call| call.cancelled) {
            return false;
        }
        let (Some(login), Ok(cseq)) = (&mut self.login, pending.request.headers.cseq()) else { return false };
        let random = &mut self.random;
        let mut request = pending.request.clone();
        match login.answer(response, &mut request, &mut || random.next_u64()) {
            Ok(true) => {}
            Ok(false) | Err(_) => return false,
        }
        let number = match call.and_then(|call| call.dialog.as_mut()) {
            // The dialog counts its requests; this takes its next number.
            Some(dialog) => {
                drop(dialog.request(request.method.clone()));
                dialog.local_cseq()
            }
            None => cseq.number + 1,
        };
        request.headers.set(HeaderName::CSeq, format!("{number} {}", request.method));
        if let Purpose::Register | Purpose::Unregister = pending.purpose {
            self.registration.follow(number);
        }
        self.send(now, pending.flow, request, pending.purpose).is_ok()
    }

    fn progressed(&mut self, now: Duration, id: CallId, invite: &Request, response: &Response) {
        if self.settings.behaviour.reliable && !self.acknowledge_provisional(now, id, invite, response) {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let described = !response.body.is_empty() && !call.late_offer;
        if described && let Ok(stream) = call.negotiator.accept(&response.body) {
            self.agreed(now, id, stream);
        }
        match response.status {
            180 => self.tell(Event::Ringing { call: id }),
            status if status > 100 && (described || status != 180) => {
                self.tell(Event::Progress { call: id, status });
            }
            _ => {}
        }
    }

    fn invite_accepted(
        &mut self,
        now: Duration,
        id: CallId,
        key: ClientKey,
        invite: &Request,
        response: &Response,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.invite = None;
        // An early dialog goes on: it has counted its requests.
        let early =
            call.dialog.take().filter(|dialog| Some(dialog.id()) == DialogId::of_response(response).as_ref());
        let dialog = match early {
            Some(mut dialog) => dialog.receive_response(response).map(|()| dialog),
            None => Dialog::uac(invite, response),
        };
        let Ok(dialog) = dialog else {
            return self.end(id, Ending::Refused { status: 500, reason: None, cause: None });
        };
        let number = invite.headers.cseq().map_or(1, |cseq| cseq.number);
        let mut ack = dialog.ack(number);
        call.dialog = Some(dialog);
        call.state = CallState::Up;
        let stream = match call.late_offer {
            // The offer came with a provisional response, and its answer went with PRACK.
            true if response.body.is_empty() => call.negotiator.agreed().cloned().ok_or(rtp::Reject::NoAudio),
            true => call.negotiator.answer(&response.body).map(|(answer, stream)| {
                ack = ack.clone().with_body(SDP, answer);
                stream
            }),
            // The answer may have come with a 183 and be left out now.
            false if response.body.is_empty() => {
                call.negotiator.agreed().cloned().ok_or(rtp::Reject::NoAudio)
            }
            false => call.negotiator.accept(&response.body),
        };
        let flow = next_hop(call);
        let cancelled = call.cancelled;
        drop(self.transactions.acknowledge(key, flow, ack));
        if cancelled {
            drop(self.hang_up(now, id));
            return;
        }
        match stream {
            Ok(stream) => {
                self.agreed(now, id, stream);
                self.came_up(now, id);
            }
            // RFC 3261 §13.2.2.4: an answer that cannot be used is acknowledged, then the call is ended.
            Err(_) => drop(self.hang_up(now, id)),
        }
    }

    /// A call is answered, whichever side called.
    pub(crate) fn came_up(&mut self, now: Duration, id: CallId) {
        let Some(outgoing) = self.calls.get(&id).map(|call| call.outgoing) else { return };
        let at = self.settings.behaviour.hang_up_after.map(|after| now + after);
        self.timers.set(id, Timer::HangUp, at);
        self.tell(Event::Answered { call: id });
        if self.settings.misbehaviour.hold_at_once && outgoing {
            drop(self.change(now, id, Change::Hold));
        }
    }
}

/// The first Reason header and its Q.850 cause (RFC 3326).
pub(crate) fn reason_of(headers: &Headers) -> (Option<Text>, Option<u16>) {
    let lines = || headers.elements(HeaderName::Reason);
    let first = lines().next().map(|text| text.detached());
    let cause = lines().find_map(|text| {
        let (protocol, params) = text.split_once(';')?;
        if !protocol.trim().eq_ignore_ascii_case("Q.850") {
            return None;
        }
        let value = params.split(';').find_map(|param| param.trim().strip_prefix("cause="))?;
        value.trim().parse().ok()
    });
    (first, cause)
}

/// Where a request inside the dialog goes: the peer's address where it is one and the flow is of datagrams, else
/// the flow that the call came up on.
pub(crate) fn next_hop(call: &Call) -> Flow {
    let Some(dialog) = &call.dialog else { return call.flow };
    let uri = dialog.next_hop();
    match (uri.host_ip(), call.flow.transport) {
        (Some(ip), sip::Transport::Udp) => {
            Flow { remote: SocketAddr::new(ip, uri.port_or_default()), ..call.flow }
        }
        (Some(_) | None, _) => call.flow,
    }
}
