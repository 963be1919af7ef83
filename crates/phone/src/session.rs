//! What happens inside a call that is up: re-INVITE, hold, INFO, BYE.

use crate::call::{CallId, CallState, Change, Offered};
use crate::error::Error;
use crate::outgoing::{SDP, next_hop, reason_of};
use crate::output::{Ending, Event};
use crate::phone::{Phone, Purpose};
use crate::timers::Timer;
use core::time::Duration;
use rtp::{Direction, StreamConfig};
use sip::{ClientKey, HeaderName, Method, Request, Response, ServerKey};

impl Phone {
    /// Ends a call in the way its state asks for.
    pub(crate) fn hang_up(&mut self, now: Duration, id: CallId) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        match call.state {
            CallState::Calling => {
                let key = call.invite.ok_or(Error::WrongState)?;
                call.cancelled = true;
                // Too late means that its final response is about to be told.
                drop(self.transactions.cancel(now, key));
                Ok(())
            }
            CallState::Incoming => self.reject(now, id, 603),
            // RFC 3261 §15: the side that was called waits for the ACK.
            CallState::Up if call.unacknowledged => {
                call.hang_up_wanted = true;
                Ok(())
            }
            CallState::Up => {
                let dialog = call.dialog.as_mut().ok_or(Error::WrongState)?;
                let request = dialog.request(Method::Bye);
                let flow = next_hop(call);
                call.state = CallState::Ending;
                if self.send(now, flow, request, Purpose::Bye(id)).is_err() {
                    self.bye_answered(id, 503);
                }
                Ok(())
            }
            CallState::Ending => Err(Error::WrongState),
        }
    }

    pub(crate) fn bye_answered(&mut self, id: CallId, status: u16) {
        let cancelled = self.calls.get(&id).is_some_and(|call| call.cancelled);
        self.end(id, if cancelled { Ending::Cancelled } else { Ending::HungUp { status } });
    }

    /// Sends a re-INVITE, or lets it wait for the one on its way.
    pub(crate) fn change(&mut self, now: Duration, id: CallId, change: Change) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        if call.state != CallState::Up {
            return Err(Error::WrongState);
        }
        if call.reinvite.is_some() || call.unacknowledged || call.offered.is_some() {
            call.wanted = Some(change);
            return Ok(());
        }
        self.send_change(now, id, change)
    }

    fn send_change(&mut self, now: Duration, id: CallId, change: Change) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        let held = match change {
            Change::Hold => true,
            Change::Unhold => false,
            Change::Refresh => call.held,
        };
        call.negotiator.want(if held { Direction::SendOnly } else { Direction::SendRecv });
        let body = call.negotiator.offer();
        let request = call.dialog.as_mut().ok_or(Error::WrongState)?.request(Method::Invite);
        let flow = next_hop(call);
        call.wanted = None;
        let key = self.send(now, flow, request.with_body(SDP, body), Purpose::Reinvite(id))?;
        if let Some(call) = self.calls.get_mut(&id) {
            call.reinvite = Some((key, change));
        }
        Ok(())
    }

    /// Sends the re-INVITE that waited for its turn.
    pub(crate) fn next_change(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let free = call.reinvite.is_none() && !self.timers.is_set(id, Timer::Retry);
        if let Some(change) = call.wanted.filter(|_| free) {
            drop(self.change(now, id, change));
        }
    }

    pub(crate) fn reinvite_answered(
        &mut self,
        now: Duration,
        id: CallId,
        key: ClientKey,
        response: &Response,
    ) {
        if !response.is_success() {
            return self.reinvite_failed(now, id, response.status);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (Some((_, change)), Some(dialog)) = (call.reinvite.take(), call.dialog.as_mut()) else { return };
        drop(dialog.receive_response(response));
        let number = response.headers.cseq().map_or(1, |cseq| cseq.number);
        let ack = dialog.ack(number);
        let accepted = call.negotiator.accept(&response.body);
        let flow = next_hop(call);
        match change {
            Change::Hold => call.held = true,
            Change::Unhold => call.held = false,
            Change::Refresh => {}
        }
        drop(self.transactions.acknowledge(key, flow, ack));
        if let Ok(stream) = accepted {
            self.agreed(now, id, stream);
        }
        self.tell(match change {
            Change::Hold => Event::Held { call: id },
            Change::Unhold => Event::Unheld { call: id },
            Change::Refresh => Event::Refreshed { call: id },
        });
        self.next_change(now, id);
    }

    pub(crate) fn reinvite_failed(&mut self, now: Duration, id: CallId, status: u16) {
        let random = self.random.next_u64();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some((_, change)) = call.reinvite.take() else { return };
        call.negotiator.rollback();
        call.negotiator.want(if call.held { Direction::SendOnly } else { Direction::SendRecv });
        match status {
            // RFC 3261 §14.1: the caller waits 2.1 to 4 s, the called side up to 2 s, in steps of 10 ms.
            491 if call.state == CallState::Up => {
                let wait = if call.outgoing { 2_100 + random % 191 * 10 } else { random % 201 * 10 };
                call.wanted = Some(call.wanted.unwrap_or(change));
                let at = now + Duration::from_millis(wait);
                self.timers.set(id, Timer::Retry, Some(at));
                self.tell(Event::Glare { call: id });
            }
            408 | 481 if call.state == CallState::Up => {
                drop(self.hang_up(now, id));
                self.end(id, Ending::Lost { status });
            }
            status => {
                self.tell(Event::Refused { call: id, status });
                self.next_change(now, id);
            }
        }
    }

    pub(crate) fn info(&mut self, now: Duration, id: CallId, kind: &str, body: String) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).filter(|call| call.state == CallState::Up);
        let call = call.ok_or(Error::WrongState)?;
        let request = call.dialog.as_mut().ok_or(Error::WrongState)?.request(Method::Info);
        let flow = next_hop(call);
        self.send(now, flow, request.with_body(kind, body), Purpose::Info(id))?;
        Ok(())
    }

    pub(crate) fn info_answered(&mut self, id: CallId, status: u16) {
        if status >= 300 {
            self.tell(Event::Refused { call: id, status });
        }
    }

    pub(crate) fn received_in_dialog(
        &mut self,
        now: Duration,
        key: ServerKey,
        id: CallId,
        request: &Request,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return self.respond(now, key, request, 481) };
        let taken = match call.dialog.as_mut() {
            Some(dialog) => dialog.receive(request),
            None if request.method == Method::Bye => Ok(()),
            None => Err(sip::Error::NoDialog),
        };
        if let Err(error) = taken {
            return self.respond(now, key, request, error.status().unwrap_or(400));
        }
        match request.method {
            Method::Invite => self.received_reinvite(now, key, id, request),
            Method::Bye => {
                self.respond(now, key, request, 200);
                let (reason, cause) = reason_of(&request.headers);
                let cancelled = self.calls.get(&id).is_some_and(|call| call.cancelled);
                self.end(
                    id,
                    match cancelled {
                        true => Ending::Cancelled,
                        false => Ending::HungUpByPeer { reason, cause },
                    },
                );
            }
            Method::Update => self.received_update(now, key, id, request),
            Method::Notify => self.received_notify(now, key, id, request),
            Method::Info | Method::Options | Method::Prack => self.respond(now, key, request, 200),
            _ => self.respond(now, key, request, 405),
        }
    }

    fn received_reinvite(&mut self, now: Duration, key: ServerKey, id: CallId, request: &Request) {
        let contact = self.settings.contact();
        if core::mem::take(&mut self.settings.misbehaviour.glare) {
            drop(self.change(now, id, Change::Refresh));
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.state != CallState::Up || call.offered.is_some() || call.reinvite.is_some() {
            // RFC 3261 §14.2: 491 while one of ours is on its way, 500 while one of theirs is.
            let status = if call.offered.is_some() { 500 } else { 491 };
            return self.respond(now, key, request, status);
        }
        let late = request.body.is_empty();
        let agreed = match late {
            true => Ok((call.negotiator.offer(), None)),
            false => call.negotiator.answer(&request.body).map(|(body, stream)| (body, Some(stream))),
        };
        let (body, stream) = match agreed {
            Ok(agreed) => agreed,
            Err(reject) => return self.respond(now, key, request, reject.status()),
        };
        call.offered = Some(Offered { key, request: None, answer_due: late, answered_early: None });
        self.servers.insert(key, id);
        let response = Response::to(request, 200).with(HeaderName::Contact, contact).with_body(SDP, body);
        self.send_response(now, key, response);
        if let Some(stream) = stream {
            self.agreed(now, id, stream);
        }
    }

    /// Takes a stream that was agreed on, first or anew, and tells what changed.
    pub(crate) fn agreed(&mut self, now: Duration, id: CallId, stream: StreamConfig) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.media.stream.as_ref() == Some(&stream) {
            return;
        }
        // Held by the far end: it no longer wants what we send (RFC 3264 §8.4), our own hold left aside.
        let held_by_peer = !stream.direction.sends();
        let before = core::mem::replace(&mut call.held_by_peer, held_by_peer);
        let codec = stream.send.codec;
        let event = Event::Stream { call: id, codec, stream: Box::new(stream.clone()) };
        call.media.agree(now, stream);
        self.tell(event);
        match (before, held_by_peer) {
            (false, true) => self.tell(Event::HeldByPeer { call: id }),
            (true, false) => self.tell(Event::UnheldByPeer { call: id }),
            (false, false) | (true, true) => {}
        }
        self.start_ticks(now, id);
    }
}
