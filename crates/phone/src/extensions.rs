//! What a phone does beyond RFC 3261: REFER, UPDATE, reliable provisional responses.

use crate::call::{CallId, CallState};
use crate::error::Error;
use crate::outgoing::{SDP, next_hop};
use crate::output::Event;
use crate::phone::{Phone, Purpose};
use core::time::Duration;
use sip::typed::{ReferTo, SubscriptionState};
use sip::{Dialog, DialogId, HeaderName, Method, NameAddr, Provisional, Request, Response, ServerKey};

impl Phone {
    /// Asks the far end to call somebody else.
    pub(crate) fn refer(&mut self, now: Duration, id: CallId, to: &str) -> Result<(), Error> {
        let target = sip::Uri::parse(to)?;
        let own = self.settings.address();
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        if call.state != CallState::Up {
            return Err(Error::WrongState);
        }
        let mut refer = call.dialog.as_mut().ok_or(Error::WrongState)?.request(Method::Refer);
        refer.headers.write(ReferTo(NameAddr::new(target)));
        refer.headers.push(HeaderName::ReferredBy, own.to_string());
        let flow = next_hop(call);
        self.send(now, flow, refer, Purpose::Refer(id))?;
        Ok(())
    }

    /// Sends UPDATE.
    pub(crate) fn update(&mut self, now: Duration, id: CallId, offer: bool) -> Result<(), Error> {
        let call = self.calls.get_mut(&id).ok_or(Error::NoCall)?;
        let mut update = call.dialog.as_mut().ok_or(Error::WrongState)?.request(Method::Update);
        if offer {
            update = update.with_body(SDP, call.negotiator.offer());
        }
        let flow = next_hop(call);
        self.send(now, flow, update, Purpose::Update(id))?;
        Ok(())
    }

    pub(crate) fn update_answered(&mut self, now: Duration, id: CallId, response: &Response) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let offered = call.negotiator.is_offering();
        match (response.is_success(), offered) {
            (true, true) => {
                if let Ok(stream) = call.negotiator.accept(&response.body) {
                    self.agreed(now, id, stream);
                }
            }
            (false, true) => call.negotiator.rollback(),
            (true | false, false) => {}
        }
        self.tell(Event::Updated { call: id, status: response.status });
    }

    /// The far end's UPDATE, accepted with an answer where it brings an offer.
    pub(crate) fn received_update(&mut self, now: Duration, key: ServerKey, id: CallId, request: &Request) {
        let contact = self.settings.contact();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let mut response = Response::to(request, 200).with(HeaderName::Contact, contact);
        let mut agreed = None;
        if !request.body.is_empty() {
            match call.negotiator.answer(&request.body) {
                Ok((body, stream)) => {
                    response = response.with_body(SDP, body);
                    agreed = Some(stream);
                }
                Err(reject) => return self.respond(now, key, request, reject.status()),
            }
        }
        if let Some(interval) = request.headers.value(HeaderName::SessionExpires) {
            response.headers.push(HeaderName::SessionExpires, interval.clone());
        }
        let identity = request.headers.value(HeaderName::PAssertedIdentity);
        let identity = identity.map(|text| text.to_string()).unwrap_or_default();
        self.send_response(now, key, response);
        if let Some(stream) = agreed {
            self.agreed(now, id, stream);
        }
        self.tell(Event::UpdatedByPeer { call: id, identity });
    }

    /// The far end tells how far a transfer has come.
    pub(crate) fn received_notify(&mut self, now: Duration, key: ServerKey, id: CallId, request: &Request) {
        self.respond(now, key, request, 200);
        let text = String::from_utf8_lossy(&request.body);
        let status = text.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let state = request.headers.read::<SubscriptionState>().ok().flatten();
        if let Some(status) = status {
            let over = state.is_some_and(|state| state.is_terminated());
            self.tell(Event::TransferProgress { call: id, status, over });
        }
    }

    /// Acknowledges a reliable provisional response; `false` where it is not to be worked.
    pub(crate) fn acknowledge_provisional(
        &mut self,
        now: Duration,
        id: CallId,
        invite: &Request,
        response: &Response,
    ) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Some(name) = DialogId::of_response(response).filter(|_| response.status > 100) else {
            return true;
        };
        if call.dialog.as_ref().is_none_or(|dialog| *dialog.id() != name) {
            call.dialog = Dialog::uac(invite, response).ok();
        }
        let Some(dialog) = &mut call.dialog else { return true };
        match dialog.provisional(response) {
            Ok(Provisional::Unreliable) => true,
            Ok(Provisional::OutOfTurn) | Err(_) => false,
            Ok(Provisional::Reliable(mut prack)) => {
                if call.late_offer
                    && !response.body.is_empty()
                    && let Ok((answer, stream)) = call.negotiator.answer(&response.body)
                {
                    prack = prack.with_body(SDP, answer);
                    self.agreed(now, id, stream);
                }
                let Some(call) = self.calls.get(&id) else { return true };
                let flow = next_hop(call);
                drop(self.send(now, flow, prack, Purpose::Prack));
                true
            }
        }
    }
}
