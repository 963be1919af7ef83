//! What a phone does outside of calls: subscriptions (RFC 6665) and texts (RFC 3428).

use core::time::Duration;
use sip::typed::SubscriptionState;
use sip::{Dialog, Flow, HeaderName, Method, NameAddr, Request, Response, ServerKey, Text};

use crate::error::Error;
use crate::output::Event;
use crate::phone::{Phone, Purpose};

/// A subscription of ours.
#[derive(Debug)]
pub(crate) struct Subscription {
    number: u64,
    package: String,
    dialog: Option<Dialog>,
    /// The tag of our From: NOTIFYs have it in To.
    tag: Text,
}

impl Phone {
    /// Subscribes to a package of a target: an extension, or a whole `sip:` URI. Gives the number that
    /// [`Event::Subscribed`] and [`Event::Notified`] come under.
    ///
    /// # Errors
    /// [`sip::Error::Uri`] for what is no target, [`sip::Error::TooManyTransactions`].
    pub fn subscribe(&mut self, now: Duration, package: &str, to: &str, expires: u32) -> Result<u64, Error> {
        let target = self.target(to)?;
        let random = &mut self.random;
        let tag = sip::random::tag(&mut || random.next_u64());
        let request = Request::build(Method::Subscribe, target)
            .from(self.settings.address().with_tag(&tag))
            .contact(self.settings.contact())
            .finish(&mut || random.next_u64())
            .with(HeaderName::Event, package)
            .with(HeaderName::Expires, expires.to_string());
        self.next_subscription += 1;
        let number = self.next_subscription;
        let package = package.to_owned();
        self.subscriptions.push(Subscription { number, package, dialog: None, tag });
        self.send(now, self.settings.server, request, Purpose::Subscribe(number))?;
        self.settle(now);
        Ok(number)
    }

    /// Subscribes again, for so many seconds; 0 ends it. Nothing happens where the subscription is not up.
    pub fn resubscribe(&mut self, now: Duration, number: u64, expires: u32) {
        let found = self.subscriptions.iter_mut().find(|one| one.number == number);
        let Some((dialog, package)) = found.and_then(|one| Some((one.dialog.as_mut()?, &one.package))) else {
            return;
        };
        let request = dialog
            .request(Method::Subscribe)
            .with(HeaderName::Event, package.as_str())
            .with(HeaderName::Expires, expires.to_string());
        // No room for it is as if it got lost.
        drop(self.send(now, self.settings.server, request, Purpose::Subscribe(number)));
        self.settle(now);
    }

    /// Sends a text to an extension, or a whole `sip:` URI. The outcome is [`Event::TextAnswered`].
    ///
    /// # Errors
    /// As [`Phone::subscribe`].
    pub fn text(&mut self, now: Duration, to: &str, body: &str) -> Result<(), Error> {
        let target = self.target(to)?;
        let random = &mut self.random;
        let request = Request::build(Method::Message, target)
            .from(self.settings.address())
            .finish(&mut || random.next_u64())
            .with_body("text/plain", body.to_owned());
        self.send(now, self.settings.server, request, Purpose::Text)?;
        self.settle(now);
        Ok(())
    }

    pub(crate) fn subscribe_answered(&mut self, number: u64, request: &Request, response: &Response) {
        let found = self.subscriptions.iter_mut().find(|one| one.number == number);
        if let Some(one) = found.filter(|one| one.dialog.is_none() && response.is_success()) {
            one.dialog = Dialog::uac(request, response).ok();
        }
        self.tell(Event::Subscribed { number, status: response.status });
    }

    /// A NOTIFY or MESSAGE that belongs to no call: `false` where it is for a subscription that is not ours.
    pub(crate) fn received_outside(
        &mut self,
        now: Duration,
        key: ServerKey,
        _: Flow,
        request: &Request,
    ) -> bool {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if request.method == Method::Message {
            let from = request.headers.from().as_ref().map(NameAddr::to_string).unwrap_or_default();
            self.respond(now, key, request, 200);
            self.tell(Event::Text { from, body });
            return true;
        }
        let tag = request.headers.to_tag();
        let number = match &tag {
            None => None,
            Some(tag) => match self.subscriptions.iter().find(|one| one.tag == *tag) {
                Some(one) => Some(one.number),
                None => return false,
            },
        };
        let state: Option<SubscriptionState> = request.headers.read().ok().flatten();
        let is_over = state.is_none_or(|state| state.is_terminated());
        let status = self.settings.behaviour.notify_status;
        self.respond(now, key, request, status);
        let package = request.headers.value(HeaderName::Event).map(ToString::to_string).unwrap_or_default();
        self.tell(Event::Notified { number, package, is_over, body });
        true
    }
}
