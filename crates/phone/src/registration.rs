//! Registering, and requests that belong to no call (RFC 3261 §10, §11).

use crate::output::Event;
use crate::phone::{Pending, Phone, Purpose};
use core::time::Duration;
use sip::{HeaderName, Method, NameAddr, Random, Request, Response, Text, Uri};

/// The state of the one registration.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) registered: bool,
    pub(crate) refresh_at: Option<Duration>,
    /// One Call-ID for all, as §10.2.4 wants.
    call_id: Text,
    cseq: u32,
    expires: Option<u32>,
}

impl Registration {
    pub(crate) fn new(random: &mut Random) -> Registration {
        Registration {
            registered: false,
            refresh_at: None,
            call_id: sip::random::call_id(&mut || random.next_u64()),
            cseq: 0,
            expires: None,
        }
    }
}

impl Phone {
    /// Registers, or refreshes the registration; it is refreshed on its own from then on. The outcome is
    /// [`Event::Registered`] or [`Event::RegistrationFailed`].
    pub fn register(&mut self, now: Duration) {
        let expires = self.registration.expires.unwrap_or(self.settings.expires);
        self.send_register(now, expires, Purpose::Register);
    }

    /// Takes the registration back. The outcome is [`Event::Unregistered`] or [`Event::RegistrationFailed`].
    pub fn unregister(&mut self, now: Duration) {
        self.send_register(now, 0, Purpose::Unregister);
    }

    /// Asks for what a target can do: an extension, or a whole `sip:` URI. The outcome is [`Event::OptionsAnswered`].
    ///
    /// # Errors
    /// [`sip::Error::Uri`] for what is no target, [`sip::Error::TooManyTransactions`].
    pub fn options(&mut self, now: Duration, to: &str) -> Result<(), crate::Error> {
        let target = self.target(to)?;
        let random = &mut self.random;
        let request = Request::build(Method::Options, target)
            .from(self.settings.address())
            .contact(self.settings.contact())
            .finish(&mut || random.next_u64())
            .with(HeaderName::Accept, "application/sdp");
        self.send(now, self.settings.server, request, Purpose::Options)?;
        self.settle(now);
        Ok(())
    }

    fn send_register(&mut self, now: Duration, expires: u32, purpose: Purpose) {
        self.registration.refresh_at = None;
        self.registration.cseq += 1;
        let mut registrar = self.settings.address().uri;
        registrar.user = None;
        let random = &mut self.random;
        let request = Request::build(Method::Register, registrar)
            .from(self.settings.address())
            .to(self.settings.address())
            .call_id(&self.registration.call_id)
            .cseq(self.registration.cseq)
            .contact(self.settings.contact())
            .finish(&mut || random.next_u64())
            .with(HeaderName::Expires, expires.to_string());
        if self.send(now, self.settings.server, request, purpose).is_err() {
            self.registration_failed(503);
        }
        self.settle(now);
    }

    pub(crate) fn register_response(&mut self, now: Duration, pending: Pending, response: &Response) {
        match (response.status, pending.purpose) {
            (200..300, Purpose::Unregister) => {
                self.registration.registered = false;
                self.tell(Event::Unregistered);
            }
            (200..300, _) => {
                let ours = self.settings.contact().uri;
                let contacts = response.headers.contacts().unwrap_or_default();
                let own = contacts.iter().find(|contact| contact.uri.matches(&ours));
                let asked = self.registration.expires.unwrap_or(self.settings.expires);
                let granted = own.and_then(NameAddr::expires).or(response.headers.expires());
                let expires = granted.unwrap_or(asked);
                self.registration.registered = true;
                self.registration.refresh_at = Some(now + Duration::from_millis(u64::from(expires) * 800));
                self.tell(Event::Registered { expires });
            }
            (423, Purpose::Register) if self.registration.expires.is_none() => {
                self.registration.expires = response.headers.min_expires();
                match self.registration.expires {
                    Some(_) => self.register(now),
                    None => self.registration_failed(423),
                }
            }
            (status, _) => self.registration_failed(status),
        }
    }

    pub(crate) fn registration_failed(&mut self, status: u16) {
        self.registration.registered = false;
        self.tell(Event::RegistrationFailed { status });
    }

    /// The URI of an extension at our server, or a whole URI.
    pub(crate) fn target(&self, to: &str) -> Result<Uri, sip::Error> {
        match to.starts_with("sip:") || to.starts_with("sips:") || to.starts_with("tel:") {
            true => Uri::parse(to),
            false => Uri::parse(format!("sip:{}@{}", sip::escape_user(to), self.settings.aor_host)),
        }
    }
}

impl crate::Settings {
    /// Our address of record.
    pub(crate) fn address(&self) -> NameAddr {
        let uri = Uri::parse(format!("sip:{}@{}", sip::escape_user(&self.user), self.aor_host));
        // A host that is none is the server's own address.
        let uri = uri.unwrap_or_else(|_| Uri::at(&self.user, self.server.remote));
        NameAddr::new(uri).with_display(&self.display_name)
    }

    /// Where we are reached.
    pub(crate) fn contact(&self) -> NameAddr {
        let mut uri = Uri::at(&self.user, self.server.local);
        if self.server.transport.is_reliable() {
            uri.params.set("transport", &self.server.transport.as_str().to_ascii_lowercase());
        }
        NameAddr::new(uri)
    }
}

impl Registration {
    /// A challenged REGISTER was sent again under this number.
    pub(crate) fn follow(&mut self, number: u32) {
        self.cseq = self.cseq.max(number);
    }
}
