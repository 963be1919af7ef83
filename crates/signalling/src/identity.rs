//! Who is shown to whom: P-Asserted-Identity (RFC 3325), Remote-Party-ID, Privacy (RFC 3323), Diversion (RFC 5806), From.

use call::{Calls, ChannelKey, Party, Presentation};
use sip::typed::{self, PAssertedIdentity, Privacy, RemotePartyId, RpidPrivacy};
use sip::{Flow, Headers, NameAddr, Request, Response, Uri};

use crate::agent::UserAgent;
use crate::config::Endpoint;
use crate::session::Role;

/// Who calls, as the endpoint is configured to be shown, or as the request says: by its identity headers where they are
/// believed, else by From.
pub(crate) fn caller(request: &Request, endpoint: &Endpoint) -> Party {
    let configured = endpoint.identity.caller_id_privacy.as_deref().and_then(Presentation::from_word);
    if let Some(party) = &endpoint.identity.caller_id {
        return Party { presentation: configured.unwrap_or(party.presentation), ..party.clone() };
    }
    if endpoint.identity.trust_inbound
        && let Some(party) = asserted(&request.headers)
    {
        return party;
    }
    match request.headers.from() {
        Ok(from) => Party { presentation: configured.unwrap_or_default(), ..party_of(&from) },
        Err(_) => Party::default(),
    }
}

/// Who P-Asserted-Identity, or else Remote-Party-ID, says it is.
pub(crate) fn asserted(headers: &Headers) -> Option<Party> {
    if let Ok(identities) = headers.read_all::<PAssertedIdentity>()
        && let Some(PAssertedIdentity(address)) = identities.into_iter().next()
    {
        let hidden =
            headers.read::<Privacy>().is_ok_and(|privacy| privacy.is_some_and(|p| p.hides_identity()));
        let presentation = if hidden { Presentation::PROHIBITED } else { Presentation::ALLOWED };
        return Some(Party { presentation, ..party_of(&address) });
    }
    let remote = headers.read_all::<RemotePartyId>().ok()?.into_iter().next()?;
    let presentation = match (remote.privacy, remote.screen) {
        (RpidPrivacy::Off, false) => Presentation::ALLOWED,
        (RpidPrivacy::Off, true) => Presentation::ALLOWED_PASSED,
        (RpidPrivacy::Name | RpidPrivacy::Uri | RpidPrivacy::Full, false) => Presentation::PROHIBITED,
        (RpidPrivacy::Name | RpidPrivacy::Uri | RpidPrivacy::Full, true) => Presentation::PROHIBITED_PASSED,
    };
    Some(Party { presentation, ..party_of(&remote.address) })
}

fn party_of(address: &NameAddr) -> Party {
    let number = address.uri.telephone_number().unwrap_or_else(|| address.uri.user_unescaped());
    Party::new(address.display_name(), number)
}

/// Whether `;user=phone` goes to a user: it is a telephone number.
fn is_telephone_number(user: &str) -> bool {
    let digits = user.strip_prefix('+').unwrap_or(user);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || "*#".contains(c))
}

pub(crate) fn mark_phone(uri: &mut Uri, endpoint: &Endpoint) {
    if endpoint.identity.user_eq_phone && is_telephone_number(&uri.user_unescaped()) {
        uri.params.set("user", "phone");
    }
}

impl UserAgent {
    /// Our From: who is shown to call. What is not to be shown, or is not known, is anonymous (RFC 3323 §4.1.1.3), unless
    /// the endpoint has a From of its own or is trusted.
    pub(crate) fn from(&self, flow: &Flow, endpoint: &Endpoint, shown: &Party) -> NameAddr {
        let identity = &endpoint.identity;
        let (address, hidden) = self.plain_from(flow, endpoint, shown);
        if !hidden {
            return address;
        }
        let mut uri = address.uri;
        if identity.from_user.is_none() {
            uri.user = Some("anonymous".into());
        }
        if identity.from_domain.is_none() {
            uri.host = "anonymous.invalid".into();
        }
        NameAddr::new(uri).with_display("Anonymous")
    }

    /// From before anything is hidden, and whether it has to be.
    fn plain_from(&self, flow: &Flow, endpoint: &Endpoint, shown: &Party) -> (NameAddr, bool) {
        let identity = &endpoint.identity;
        let mut uri = self.contact(flow).uri;
        uri.port = None;
        uri.params = sip::Params::default();
        let hidden = shown.number.is_empty() || !shown.presentation.is_allowed();
        let named = identity.trust_outbound || !hidden;
        let user = match &identity.from_user {
            Some(user) => user,
            None if named && !shown.number.is_empty() => &shown.number,
            None => &self.config.global.default_from_user,
        };
        uri.user = Some(sip::escape_user(user).into());
        if let Some(domain) = &identity.from_domain {
            uri.host = domain.as_str().into();
        }
        mark_phone(&mut uri, endpoint);
        let address = NameAddr::new(uri);
        let address = match named && identity.from_user.is_none() && !shown.name.is_empty() {
            true => address.with_display(&shown.name),
            false => address,
        };
        (address, hidden)
    }

    /// Adds who is at the other end to a request of ours, where the endpoint is to be told and may be.
    pub(crate) fn with_identity(
        &self,
        calls: &mut Calls,
        channel: ChannelKey,
        mut request: Request,
    ) -> Request {
        self.write_identity(calls, channel, &mut request.headers);
        request
    }

    /// As [`UserAgent::with_identity`], to a response.
    pub(crate) fn with_identity_in(
        &self,
        calls: &mut Calls,
        channel: ChannelKey,
        mut response: Response,
    ) -> Response {
        self.write_identity(calls, channel, &mut response.headers);
        response
    }

    fn write_identity(&self, calls: &mut Calls, channel: ChannelKey, headers: &mut Headers) {
        let Some(session) = self.sessions.get(&channel) else { return };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return };
        let identity = &endpoint.identity;
        let Some(party) = calls.snapshot(channel).map(|channel| channel.connected.clone()) else { return };
        let allowed = party.presentation.is_allowed();
        if party.number.is_empty() || !(allowed || identity.trust_outbound) {
            return;
        }
        let mut uri = self.plain_from(&session.flow, endpoint, &party).0.uri;
        uri.user = Some(sip::escape_user(&party.number).into());
        mark_phone(&mut uri, endpoint);
        let address = NameAddr::new(uri);
        let address = if party.name.is_empty() { address } else { address.with_display(&party.name) };
        if identity.send_pai {
            headers.write(PAssertedIdentity(address.clone()));
            if !allowed {
                headers.write(Privacy { id: true, ..Privacy::default() });
            }
        }
        if identity.send_rpid {
            headers.write(RemotePartyId {
                address,
                party: Some(match session.role {
                    Role::Caller => typed::Party::Calling,
                    Role::Called => typed::Party::Called,
                }),
                privacy: if allowed { RpidPrivacy::Off } else { RpidPrivacy::Full },
                screen: party.presentation.is_screened(),
            });
        }
    }

    /// Whether a change of the connected line is told to the far end of a channel.
    pub(crate) fn tells_line(&self, calls: &mut Calls, channel: ChannelKey) -> bool {
        let Some(session) = self.sessions.get(&channel) else { return false };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return false };
        let identity = &endpoint.identity;
        let Some(party) = calls.snapshot(channel).map(|channel| channel.connected.clone()) else {
            return false;
        };
        identity.send_connected_line
            && (identity.send_pai || identity.send_rpid)
            && !party.number.is_empty()
            && (identity.trust_outbound || party.presentation.is_allowed())
    }

    /// Takes who the far end says it is now, from a request or a response inside the call, where that is believed.
    pub(crate) fn learn_line(&self, calls: &mut Calls, channel: ChannelKey, headers: &Headers) {
        let Some(session) = self.sessions.get(&channel) else { return };
        let Some(endpoint) = self.endpoint(&session.endpoint) else { return };
        if !endpoint.identity.trust_connected_line || !endpoint.identity.trust_inbound {
            return;
        }
        if let Some(party) = asserted(headers) {
            calls.far_end_is(channel, party);
        }
    }
}
