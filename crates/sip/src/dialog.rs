//! Dialogs (RFC 3261 §12): made by INVITE, and by SUBSCRIBE and REFER (RFC 6665 §4.4.1). One dialog may have several
//! usages (RFC 5057), an INVITE's and subscriptions told apart by their [`Event`](crate::typed::Event); it lives as long
//! as its owner keeps it for one of them.

use crate::error::Error;
use crate::header::{HeaderName, Headers};
use crate::message::{MAX_FORWARDS, Request, Response};
use crate::method::Method;
use crate::name_addr::NameAddr;
use crate::text::Text;
use crate::typed::{RAck, RSeq};
use crate::uri::Uri;
use bytes::Bytes;
use smallvec::SmallVec;

/// The most dialogs that responses to one INVITE may make (forking).
pub const MAX_FORKS: usize = 16;

/// What names a dialog on our side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The Call-ID.
    pub call_id: Text,
    /// Our tag.
    pub local_tag: Text,
    /// The peer's tag; empty for a peer of RFC 2543.
    pub remote_tag: Text,
}

impl DialogId {
    /// The dialog that a request from the peer names: our tag is in To. `None` without one.
    pub fn of_request(request: &Request) -> Option<DialogId> {
        let headers = &request.headers;
        Some(DialogId {
            call_id: headers.call_id(),
            local_tag: headers.to_tag()?,
            remote_tag: headers.from_tag().unwrap_or_default(),
        })
    }

    /// The dialog that a response to our request names: our tag is in From. `None` without a To tag.
    pub fn of_response(response: &Response) -> Option<DialogId> {
        let headers = &response.headers;
        Some(DialogId {
            call_id: headers.call_id(),
            local_tag: headers.from_tag().unwrap_or_default(),
            remote_tag: headers.to_tag()?,
        })
    }

    /// A copy with buffers of its own.
    pub fn detached(&self) -> DialogId {
        DialogId {
            call_id: self.call_id.detached(),
            local_tag: self.local_tag.detached(),
            remote_tag: self.remote_tag.detached(),
        }
    }
}

/// How far a dialog has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogState {
    /// Made by a provisional response.
    Early,
    /// Made or confirmed by a 2xx.
    Confirmed,
}

/// One side of a dialog. Ending it is dropping it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    id: DialogId,
    state: DialogState,
    local: NameAddr,
    remote: NameAddr,
    local_contact: NameAddr,
    remote_target: Uri,
    route_set: Vec<NameAddr>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    /// CSeq and RSeq of the last reliable provisional response that was worked (RFC 3262 §4).
    remote_rseq: Option<(u32, u32)>,
}

/// What a provisional response to our INVITE is: see [`Dialog::provisional`].
#[allow(clippy::large_enum_variant, reason = "lives for one call; boxing would cost an allocation a message")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisional {
    /// To be worked, and nobody waits to hear that it came.
    Unreliable,
    /// To be worked; send this PRACK, with an answer where the response holds an offer.
    Reliable(Request),
    /// It came before, or before its turn: not to be worked. The peer sends it again until it is acknowledged.
    OutOfTurn,
}

impl Dialog {
    /// The dialog that a response of ours makes (§12.1.1). The response must have its To tag and its Contact.
    ///
    /// # Errors
    /// [`Error::NoDialog`] for a response that makes none; the error of a malformed or missing Contact or
    /// Record-Route, to be answered with its [`Error::status`].
    pub fn uas(request: &Request, response: &Response) -> Result<Dialog, Error> {
        let state = made_by(response)?;
        let headers = &request.headers;
        let local = response.headers.to()?.detached();
        let target = headers.contacts()?.into_iter().next().ok_or(Error::Missing(HeaderName::Contact))?;
        Ok(Dialog {
            id: DialogId {
                call_id: headers.call_id().detached(),
                local_tag: local.tag().map(Text::from).ok_or(Error::NoDialog)?,
                remote_tag: headers.from_tag().unwrap_or_default().detached(),
            },
            state,
            local,
            remote: headers.from()?.detached(),
            local_contact: own_contact(&response.headers)?,
            remote_target: target.uri.detached(),
            route_set: headers.record_routes()?.iter().map(NameAddr::detached).collect(),
            local_cseq: 0,
            remote_cseq: Some(headers.cseq()?.number),
            remote_rseq: None,
        })
    }

    /// The dialog that a response to our request makes (§12.1.2).
    ///
    /// # Errors
    /// [`Error::NoDialog`] for a response that makes none. A 1xx without Contact makes one whose target is the
    /// Request-URI, as peers of RFC 2543 want it.
    pub fn uac(request: &Request, response: &Response) -> Result<Dialog, Error> {
        let state = made_by(response)?;
        let id = DialogId::of_response(response).ok_or(Error::NoDialog)?;
        let headers = &request.headers;
        let target = response.headers.contacts()?.into_iter().next().map_or(request.uri.clone(), |c| c.uri);
        let mut route_set = response.headers.record_routes()?;
        route_set.reverse();
        Ok(Dialog {
            id: id.detached(),
            state,
            local: headers.from()?.detached(),
            remote: response.headers.to()?.detached(),
            local_contact: own_contact(headers)?,
            remote_target: target.detached(),
            route_set: route_set.iter().map(NameAddr::detached).collect(),
            local_cseq: headers.cseq()?.number,
            remote_cseq: None,
            remote_rseq: None,
        })
    }

    /// The dialog that a NOTIFY makes at who subscribed (RFC 6665 §4.4.1): `asked` is our SUBSCRIBE or REFER, which may
    /// have been forked or not yet answered. Where the dialog is known already, use [`Dialog::receive`].
    ///
    /// # Errors
    /// [`Error::OtherDialog`] (481) for a NOTIFY that belongs to another request; the error of a malformed or missing
    /// Contact or Record-Route.
    pub fn of_notify(asked: &Request, notify: &Request) -> Result<Dialog, Error> {
        let (ours, theirs) = (&asked.headers, &notify.headers);
        let id = DialogId::of_request(notify).ok_or(Error::NoDialog)?;
        if id.call_id != ours.call_id() || Some(&id.local_tag) != ours.from_tag().as_ref() {
            return Err(Error::OtherDialog);
        }
        let target = theirs.contacts()?.into_iter().next().ok_or(Error::Missing(HeaderName::Contact))?;
        Ok(Dialog {
            id: id.detached(),
            state: DialogState::Confirmed,
            local: ours.from()?.detached(),
            remote: theirs.from()?.detached(),
            local_contact: own_contact(ours)?,
            remote_target: target.uri.detached(),
            route_set: theirs.record_routes()?.iter().map(NameAddr::detached).collect(),
            local_cseq: ours.cseq()?.number,
            remote_cseq: Some(theirs.cseq()?.number),
            remote_rseq: None,
        })
    }

    /// Its name.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Early or confirmed.
    pub fn state(&self) -> DialogState {
        self.state
    }

    /// Our address, with our tag.
    pub fn local(&self) -> &NameAddr {
        &self.local
    }

    /// The peer's address, with its tag.
    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Where the peer wants its requests: its Contact.
    pub fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// The CSeq number of our last request.
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// Our Contact from now on; it goes into every request.
    pub fn set_local_contact(&mut self, contact: NameAddr) {
        self.local_contact = contact;
    }

    /// Where our requests go: the first route, or the peer's Contact.
    pub fn next_hop(&self) -> &Uri {
        self.route_set.first().map_or(&self.remote_target, |route| &route.uri)
    }

    /// A 2xx was sent or received.
    pub fn confirm(&mut self) {
        self.state = DialogState::Confirmed;
    }

    /// Takes a request of the peer inside this dialog (§12.2.2): checks the order and, for a target refresh (INVITE,
    /// UPDATE, SUBSCRIBE, NOTIFY, REFER), takes the new Contact. Do not hand in ACK or CANCEL.
    ///
    /// # Errors
    /// [`Error::OutOfOrder`] (500) for a CSeq below the last, [`Error::OtherDialog`] (481), or what is wrong with the
    /// Contact (400).
    pub fn receive(&mut self, request: &Request) -> Result<(), Error> {
        if DialogId::of_request(request).as_ref() != Some(&self.id) {
            return Err(Error::OtherDialog);
        }
        let number = request.headers.cseq()?.number;
        if self.remote_cseq.is_some_and(|last| number < last) {
            return Err(Error::OutOfOrder);
        }
        if refreshes_target(&request.method)
            && let Some(contact) = request.headers.contacts()?.into_iter().next()
        {
            self.remote_target = contact.uri.detached();
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// Takes a response to a request of ours inside this dialog: a 2xx to INVITE confirms it, and the first one sets
    /// the route set again (§13.2.2.4); a 2xx to a target refresh brings the peer's new Contact (§12.2.1.2).
    ///
    /// # Errors
    /// [`Error::OtherDialog`]; a malformed Contact or Record-Route.
    pub fn receive_response(&mut self, response: &Response) -> Result<(), Error> {
        if DialogId::of_response(response).as_ref() != Some(&self.id) {
            return Err(Error::OtherDialog);
        }
        let method = response.headers.cseq()?.method;
        if !response.is_success() || !refreshes_target(&method) {
            return Ok(());
        }
        if let Some(contact) = response.headers.contacts()?.into_iter().next() {
            self.remote_target = contact.uri.detached();
        }
        if self.state == DialogState::Early && method == Method::Invite {
            let mut route_set = response.headers.record_routes()?;
            route_set.reverse();
            self.route_set = route_set.iter().map(NameAddr::detached).collect();
            self.state = DialogState::Confirmed;
        }
        Ok(())
    }

    /// Takes a provisional response, 101 to 199, to an INVITE of ours in this dialog, and says whether it is to be
    /// worked and acknowledged (RFC 3262 §4).
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::Header`] for `Require: 100rel` without a readable RSeq: to be left alone.
    pub fn provisional(&mut self, response: &Response) -> Result<Provisional, Error> {
        if !response.headers.lists(HeaderName::Require, "100rel") {
            return Ok(Provisional::Unreliable);
        }
        let cseq = response.headers.cseq()?;
        let RSeq(rseq) = response.headers.read()?.ok_or(Error::Missing(HeaderName::RSeq))?;
        if self
            .remote_rseq
            .is_some_and(|(number, last)| number == cseq.number && rseq != last.wrapping_add(1))
        {
            return Ok(Provisional::OutOfTurn);
        }
        self.remote_rseq = Some((cseq.number, rseq));
        Ok(Provisional::Reliable(self.request(Method::Prack).with(HeaderName::RAck, RAck { rseq, cseq })))
    }

    /// Our next request in this dialog (§12.2.1.1); its CSeq is the next number.
    pub fn request(&mut self, method: Method) -> Request {
        let number = self.next_cseq();
        self.build(method, number)
    }

    /// Takes the next CSeq number for a request that is sent again, with credentials for instance; see
    /// [`Request::renumber`].
    pub fn next_cseq(&mut self) -> u32 {
        self.local_cseq += 1;
        self.local_cseq
    }

    /// The ACK to a 2xx (§13.2.2.4); `number` is the CSeq number of the INVITE.
    pub fn ack(&self, number: u32) -> Request {
        self.build(Method::Ack, number)
    }

    fn build(&self, method: Method, number: u32) -> Request {
        let mut headers = Headers::new();
        // A first hop without `lr` is a strict router: it takes its own URI as the target (§12.2.1.1).
        let strict = self.route_set.first().filter(|route| !route.uri.is_loose());
        let uri = match strict {
            Some(route) => {
                self.route_set[1..].iter().for_each(|route| headers.push(HeaderName::Route, route));
                headers.push(HeaderName::Route, NameAddr::new(self.remote_target.clone()));
                Uri { headers: None, ..route.uri.clone() }
            }
            None => {
                self.route_set.iter().for_each(|route| headers.push(HeaderName::Route, route));
                self.remote_target.clone()
            }
        };
        headers.push(HeaderName::MaxForwards, MAX_FORWARDS.to_string());
        headers.push(HeaderName::From, &self.local);
        headers.push(HeaderName::To, &self.remote);
        headers.push(HeaderName::CallId, &self.id.call_id);
        headers.push(HeaderName::CSeq, format!("{number} {method}"));
        if !matches!(method, Method::Bye | Method::Ack) {
            headers.push(HeaderName::Contact, &self.local_contact);
        }
        Request { method, uri, headers, body: Bytes::new() }
    }
}

/// The dialogs that the responses to one INVITE of ours have made: one a fork.
#[derive(Debug, Clone, Default)]
pub struct Forks(SmallVec<[Dialog; 1]>);

impl Forks {
    /// None yet.
    pub fn new() -> Forks {
        Forks::default()
    }

    /// Takes a response to the INVITE and returns its dialog, new or known; `Ok(None)` for a response that makes none
    /// (100, a refusal, a provisional without To tag, one fork too many).
    ///
    /// # Errors
    /// A malformed Contact or Record-Route.
    pub fn receive(&mut self, invite: &Request, response: &Response) -> Result<Option<&mut Dialog>, Error> {
        let (Ok(_), Some(id)) = (made_by(response), DialogId::of_response(response)) else { return Ok(None) };
        let at = match self.0.iter().position(|dialog| dialog.id == id) {
            Some(at) => {
                self.0[at].receive_response(response)?;
                at
            }
            None if self.0.len() == MAX_FORKS => return Ok(None),
            None => {
                self.0.push(Dialog::uac(invite, response)?);
                self.0.len() - 1
            }
        };
        Ok(Some(&mut self.0[at]))
    }

    /// Every dialog.
    pub fn iter(&self) -> std::slice::Iter<'_, Dialog> {
        self.0.iter()
    }

    /// Takes the dialog of this name out, to keep it.
    pub fn take(&mut self, id: &DialogId) -> Option<Dialog> {
        let at = self.0.iter().position(|dialog| dialog.id == *id)?;
        Some(self.0.remove(at))
    }
}

fn made_by(response: &Response) -> Result<DialogState, Error> {
    match response.status {
        101..200 => Ok(DialogState::Early),
        200..300 => Ok(DialogState::Confirmed),
        _ => Err(Error::NoDialog),
    }
}

fn refreshes_target(method: &Method) -> bool {
    matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer)
}

fn own_contact(headers: &Headers) -> Result<NameAddr, Error> {
    headers.contact().map(|c| c.detached()).ok_or(Error::Missing(HeaderName::Contact))
}

#[cfg(test)]
mod tests;
