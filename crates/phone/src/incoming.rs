//! What the far end asks.

use crate::call::{CallId, CallState, Offered};
use crate::error::Error;
use crate::outgoing::{ALLOW, SDP, reason_of};
use crate::output::{Ending, Event};
use crate::phone::Phone;
use crate::timers::Timer;
use core::time::Duration;
use sip::{Dialog, Flow, HeaderName, Method, NameAddr, Request, Response, ServerKey};

impl Phone {
    pub(crate) fn received_request(&mut self, now: Duration, key: ServerKey, flow: Flow, request: Request) {
        if matches!(request.method, Method::Notify | Method::Message)
            && request.headers.to_tag().is_none_or(|tag| !self.by_tag.contains_key(&tag))
            && self.received_outside(now, key, flow, &request)
        {
            return;
        }
        if let Some(tag) = request.headers.to_tag() {
            return match self.by_tag.get(&tag).copied() {
                Some(id) => self.received_in_dialog(now, key, id, &request),
                None => self.respond(now, key, &request, 481),
            };
        }
        match request.method {
            Method::Invite => self.received_call(now, key, flow, request),
            Method::Options => {
                let response =
                    Response::to(&request, 200).with(HeaderName::Allow, ALLOW).with(HeaderName::Accept, SDP);
                self.send_response(now, key, response);
            }
            Method::Bye | Method::Info | Method::Update | Method::Prack => {
                self.respond(now, key, &request, 481)
            }
            Method::Ack | Method::Cancel => {}
            _ => self.respond(now, key, &request, 405),
        }
    }

    pub(crate) fn respond(&mut self, now: Duration, key: ServerKey, request: &Request, status: u16) {
        self.send_response(now, key, Response::to(request, status));
    }

    pub(crate) fn send_response(&mut self, now: Duration, key: ServerKey, mut response: Response) {
        if !self.settings.user_agent.is_empty() {
            response.headers.set(HeaderName::Server, self.settings.user_agent.as_str());
        }
        // The transaction may be over, the call having ended meanwhile; then nobody waits for this.
        drop(self.transactions.respond(now, key, response));
    }

    fn received_call(&mut self, now: Duration, key: ServerKey, flow: Flow, request: Request) {
        let Ok(local) = self.take_port() else { return self.respond(now, key, &request, 486) };
        let mut call = self.new_call(false, flow, local, CallState::Incoming);
        call.tag = self.transactions.to_tag(key).unwrap_or_else(|| call.tag.clone());
        let from = request.headers.from().ok();
        let event = |id| Event::Incoming {
            call: id,
            from: from.as_ref().map(|from| from.uri.to_string()).unwrap_or_default(),
            from_name: from.as_ref().map(NameAddr::display_name).unwrap_or_default(),
            to: request.uri.user_unescaped(),
        };
        call.offered = Some(Offered {
            key,
            request: Some(Box::new(request.clone())),
            answer_due: false,
            answered_early: None,
        });
        let id = self.insert(call);
        self.servers.insert(key, id);
        self.tell(event(id));
        let behaviour = self.settings.behaviour.clone();
        if let Some(status) = behaviour.reject {
            drop(self.reject(now, id, status));
        } else if behaviour.answer_after == Some(Duration::ZERO) {
            drop(self.answer(now, id));
        } else {
            if behaviour.ring {
                drop(self.provisional(now, id, 180));
            }
            let at = behaviour.answer_after.map(|after| now + after);
            if self.calls.contains_key(&id) {
                self.timers.set(id, Timer::Answer, at);
            }
        }
    }

    pub(crate) fn provisional(&mut self, now: Duration, id: CallId, status: u16) -> Result<(), Error> {
        let contact = self.settings.contact();
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        let offered = call.offered.as_mut().filter(|_| call.state == CallState::Incoming);
        let offered = offered.ok_or(Error::WrongState)?;
        let (key, request) = (offered.key, offered.request.as_ref().ok_or(Error::WrongState)?);
        let mut response =
            Response::to(request, status).with(HeaderName::Contact, contact).with(HeaderName::Allow, ALLOW);
        let mut agreed = None;
        if status == 183 && !request.body.is_empty() {
            let (body, stream) = call.negotiator.answer(&request.body).map_err(|_| Error::WrongState)?;
            response = response.with_body(SDP, body.clone());
            offered.answered_early = Some(body);
            agreed = Some(stream);
        }
        let reliably = self.settings.behaviour.reliable && request.headers.supports("100rel");
        if reliably {
            if call.dialog.is_none() {
                let made = response.clone().with_to_tag(&call.tag);
                call.dialog = Dialog::uas(request, &made).ok();
            }
            drop(self.transactions.respond_reliably(now, key, response));
        } else {
            self.send_response(now, key, response);
        }
        if let Some(stream) = agreed {
            self.agreed(now, id, stream);
        }
        Ok(())
    }

    pub(crate) fn reject(&mut self, now: Duration, id: CallId, status: u16) -> Result<(), Error> {
        self.refuse(now, id, status)?;
        self.end(id, Ending::Rejected { status });
        Ok(())
    }

    fn refuse(&mut self, now: Duration, id: CallId, status: u16) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        let offered = call.offered.as_mut().filter(|_| call.state == CallState::Incoming);
        let offered = offered.ok_or(Error::WrongState)?;
        let (key, request) = (offered.key, offered.request.take().ok_or(Error::WrongState)?);
        self.respond(now, key, &request, status);
        Ok(())
    }

    pub(crate) fn answer(&mut self, now: Duration, id: CallId) -> Result<(), Error> {
        let contact = self.settings.contact();
        let silent = self.settings.misbehaviour.answer_without_sdp;
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        let offered = call.offered.as_mut().filter(|_| call.state == CallState::Incoming);
        let offered = offered.ok_or(Error::WrongState)?;
        let request = offered.request.take().ok_or(Error::WrongState)?;
        let key = offered.key;
        let body = match (offered.answered_early.take(), request.body.is_empty()) {
            (Some(body), _) => Ok((Some(body), None)),
            (None, true) => {
                offered.answer_due = true;
                Ok((Some(call.negotiator.offer()), None))
            }
            (None, false) if silent => Ok((None, None)),
            (None, false) => {
                call.negotiator.answer(&request.body).map(|(body, stream)| (Some(body), Some(stream)))
            }
        };
        let (body, stream) = match body {
            Ok(agreed) => agreed,
            Err(reject) => {
                offered.request = Some(request);
                return self.reject(now, id, reject.status());
            }
        };
        let mut response = Response::to(&request, 200)
            .with(HeaderName::Contact, contact)
            .with(HeaderName::Allow, ALLOW)
            .with_to_tag(&call.tag);
        if let Some(body) = body {
            response = response.with_body(SDP, body);
        }
        if let Some(seconds) = self.settings.behaviour.session_expires {
            response.headers.push(HeaderName::SessionExpires, format!("{seconds};refresher=uas"));
        }
        call.dialog = match call.dialog.take().map_or_else(|| Dialog::uas(&request, &response), Ok) {
            Ok(mut dialog) => {
                dialog.confirm();
                Some(dialog)
            }
            Err(error) => {
                offered.request = Some(request);
                return self.reject(now, id, error.status().unwrap_or(400));
            }
        };
        call.state = CallState::Up;
        call.unacknowledged = true;
        self.timers.set(id, Timer::Answer, None);
        self.send_response(now, key, response);
        if let Some(stream) = stream {
            self.agreed(now, id, stream);
        }
        self.came_up(now, id);
        Ok(())
    }

    pub(crate) fn received_cancel(&mut self, now: Duration, key: ServerKey, cancel: &Request) {
        let Some(id) = self.servers.get(&key).copied() else { return };
        if self.calls.get(&id).is_none_or(|call| call.state != CallState::Incoming) {
            return;
        }
        if self.settings.misbehaviour.answer_after_cancel {
            drop(self.answer(now, id));
            return;
        }
        drop(self.refuse(now, id, 487));
        self.end(id, Ending::CancelledByPeer { reason: reason_of(&cancel.headers).0 });
    }

    pub(crate) fn received_ack(&mut self, now: Duration, key: ServerKey, ack: &Request) {
        let Some(id) = self.servers.remove(&key) else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        let first = core::mem::replace(&mut call.unacknowledged, false);
        let offered = call.offered.take_if(|offered| offered.key == key);
        let agreed = match offered.is_some_and(|offered| offered.answer_due) {
            true => call.negotiator.accept(&ack.body).map(Some),
            false => Ok(None),
        };
        let hang_up = call.hang_up_wanted;
        match agreed {
            Ok(Some(stream)) => self.agreed(now, id, stream),
            Ok(None) => {}
            Err(_) => drop(self.hang_up(now, id)),
        }
        if first {
            self.tell(Event::Acknowledged { call: id });
        }
        if hang_up {
            drop(self.hang_up(now, id));
        } else {
            self.next_change(now, id);
        }
    }

    pub(crate) fn ack_timed_out(&mut self, now: Duration, key: ServerKey, status: u16) {
        let Some(id) = self.servers.remove(&key) else { return };
        let Some(call) = self.calls.get_mut(&id).filter(|_| (200..300).contains(&status)) else { return };
        call.unacknowledged = false;
        call.offered = None;
        drop(self.hang_up(now, id));
        self.end(id, Ending::Unacknowledged);
    }
}
