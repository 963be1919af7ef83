//! Redirections (3xx) of calls of ours (RFC 3261 §8.1.3.4), and who diverted a call (RFC 5806).

use call::{Calls, ChannelKey, Party, Presentation};
use sip::typed::Diversion;
use sip::{Headers, NameAddr, Request, Response, Scheme};

use crate::agent::UserAgent;
use crate::config::RedirectMethod;
use crate::locate::Target;
use crate::session::Phase;

/// How often one call of ours is redirected.
const MOST_REDIRECTIONS: u8 = 5;

impl UserAgent {
    /// The call goes where the response points, with the highest `q` first: `false` where it is not to be followed, or not
    /// any further.
    pub(crate) fn follow_redirection(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        response: &Response,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(&channel) else { return false };
        let Some(at) = self.index.endpoints.get(&session.endpoint) else { return false };
        let endpoint = &self.config.endpoints[*at];
        let follows = match endpoint.session.redirect_method {
            // To dial the user in the dialplan takes a channel that leads there.
            RedirectMethod::User => false,
            RedirectMethod::UriCore | RedirectMethod::UriPjsip => true,
        };
        if !follows || session.ending.is_some() || session.redirections >= MOST_REDIRECTIONS {
            return false;
        }
        let mut contacts = response.headers.contacts().unwrap_or_default();
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q().unwrap_or(1_000)));
        let usable = |contact: &NameAddr| matches!(contact.uri.scheme, Scheme::Sip | Scheme::Sips);
        let Some(contact) = contacts.into_iter().find(usable) else { return false };
        let Phase::Calling { invite, .. } = &mut session.phase else { return false };
        session.redirections += 1;
        session.attempts = 0;
        if endpoint.identity.send_diversion
            && let Ok(to) = invite.headers.to()
        {
            let by = NameAddr::new(to.uri.detached());
            let reason = if response.status == 302 { "unconditional" } else { "unknown" };
            invite.headers.push_front("Diversion", Diversion::new(by, reason));
        }
        let mut uri = contact.uri.detached();
        uri.headers = None;
        self.find_flow(calls, channel, Target::at(uri));
        true
    }

    /// Adds who diverted the call, where the endpoint is to be told.
    pub(crate) fn with_diversion(&self, calls: &Calls, channel: ChannelKey, mut request: Request) -> Request {
        let Some(session) = self.sessions.get(&channel) else { return request };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return request };
        let Some((party, reason)) = calls.redirecting(channel).filter(|_| endpoint.identity.send_diversion)
        else {
            return request;
        };
        let mut uri = self.contact(&session.flow).uri;
        uri.user = Some(sip::escape_user(&party.number).into());
        uri.port = None;
        uri.params = sip::Params::default();
        let address = NameAddr::new(uri);
        let address = if party.name.is_empty() { address } else { address.with_display(&party.name) };
        let mut diversion = Diversion::new(address, &reason);
        diversion.is_private = !party.presentation.is_allowed();
        diversion.screen = party.presentation.is_screened();
        request.headers.push("Diversion", diversion);
        request
    }
}

/// Who a call was diverted by last, and why, as Diversion says it: the topmost one is the latest.
pub(crate) fn diverted(headers: &Headers) -> Option<(Party, String)> {
    let diversion = headers.read_all::<Diversion>().ok()?.into_iter().next()?;
    let presentation = match (diversion.is_private, diversion.screen) {
        (false, false) => Presentation::ALLOWED,
        (false, true) => Presentation::ALLOWED_PASSED,
        (true, false) => Presentation::PROHIBITED,
        (true, true) => Presentation::PROHIBITED_PASSED,
    };
    let party = Party::new(diversion.address.display_name(), diversion.address.uri.user_unescaped());
    Some((Party { presentation, ..party }, diversion.reason))
}
