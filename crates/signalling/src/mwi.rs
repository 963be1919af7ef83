//! Message waiting that nobody subscribed to: told to each contact of an endpoint with `mailboxes`, when it registers and
//! when the counts change.

use std::sync::Arc;

use call::Calls;
use call::mailbox::Messages;
use sip::typed::{Event, SubscriptionState};
use sip::{Method, NameAddr, Request, Uri};

use crate::agent::UserAgent;
use crate::config::Endpoint;
use crate::errand::{Errand, OwnContact, Why};
use crate::event_body;
use crate::locate::Target;

impl UserAgent {
    /// A contact of an endpoint registered.
    pub(crate) fn tell_mailboxes_to(&mut self, calls: &mut Calls, name: &Arc<str>, aor: &str, contact: &str) {
        if self.config.global.mwi_disable_initial_unsolicited {
            return;
        }
        let Some(endpoint) = self.told_unasked(name) else { return };
        let mut contacts = self.contacts.contacts(aor);
        let found = contacts.find(|(uri, _)| uri.to_string() == contact);
        let Some(target) = found.map(|(uri, binding)| self.contacts.target(aor, uri, binding)) else {
            return;
        };
        drop(contacts);
        for mailboxes in groups(&endpoint) {
            self.send_summary(calls, &endpoint, mailboxes, target.clone());
        }
    }

    /// The counts of a mailbox changed: endpoints that have it are told.
    pub(crate) fn tell_unsolicited(&mut self, calls: &mut Calls, mailbox: &str) {
        for name in self.index.endpoints_with_mailbox(mailbox).to_vec() {
            let Some(endpoint) = self.told_unasked(&name) else { continue };
            let targets: Vec<Target> = endpoint
                .aors
                .iter()
                .flat_map(|aor| {
                    self.contacts.contacts(aor).map(|(uri, binding)| self.contacts.target(aor, uri, binding))
                })
                .collect();
            for mailboxes in groups(&endpoint).into_iter().filter(|names| names.iter().any(|n| n == mailbox))
            {
                for target in targets.clone() {
                    self.send_summary(calls, &endpoint, mailboxes, target);
                }
            }
        }
    }

    /// The endpoint, where it is told of its mailboxes without asking.
    fn told_unasked(&self, name: &str) -> Option<Endpoint> {
        let endpoint = self.endpoint(name)?;
        let options = &endpoint.subscriptions;
        let asked = options.mwi_subscribe_replaces_unsolicited
            && self.subscriptions.hears_mailbox(name, &options.mailboxes);
        (!options.mailboxes.is_empty() && !asked).then(|| endpoint.clone())
    }

    fn send_summary(&mut self, calls: &mut Calls, endpoint: &Endpoint, mailboxes: &[String], target: Target) {
        let counts = mailboxes.iter().filter_map(|name| calls.mailbox(name));
        let messages = counts.fold(Messages::default(), |sum, one| sum + one);
        let options = &endpoint.subscriptions;
        let global = &self.config.global;
        let user = options.mwi_from_user.as_ref().or(endpoint.identity.from_user.as_ref());
        let user = user.unwrap_or(&global.default_from_user).clone();
        let domain = endpoint.identity.from_domain.clone();
        let from = format!("sip:{}@{}", sip::escape_user(&user), domain.as_deref().unwrap_or("0.0.0.0"));
        let Ok(from) = Uri::parse(from) else { return };
        let voicemail = options.voicemail_extension.as_ref().or(global.default_voicemail_extension.as_ref());
        let host = domain.clone().unwrap_or_else(|| target.uri.host.to_string());
        let account = voicemail.map(|exten| format!("sip:{exten}@{host}"));
        let transactions = &mut self.transactions;
        let notify = Request::build(Method::Notify, target.uri.clone())
            .from(NameAddr::new(from))
            .to(NameAddr::new(target.uri.clone()))
            .finish(&mut || transactions.random())
            .with("Event", Event::new("message-summary").to_string())
            .with("Subscription-State", SubscriptionState::terminated("").to_string())
            .with_body(event_body::SUMMARY, event_body::message_summary(messages, account.as_deref()));
        let mut errand = Errand::new(notify, Why::Nothing);
        errand.own_from = domain.is_none();
        errand.contact = Some(OwnContact { user, ..OwnContact::default() });
        errand.auths = endpoint.outbound_auths.clone();
        let target = self.towards(endpoint, target);
        self.run_errand(calls, errand, target);
    }
}

/// The mailboxes of each NOTIFY: all together, or one by one.
fn groups(endpoint: &Endpoint) -> Vec<&[String]> {
    let mailboxes = endpoint.subscriptions.mailboxes.as_slice();
    match endpoint.subscriptions.aggregate_mwi {
        true => vec![mailboxes],
        false => mailboxes.chunks(1).collect(),
    }
}
