//! What arrives: requests find or make server transactions, responses find client transactions.

use super::context::Context;
use super::invite_server::InviteServer;
use super::reliable::Reliable;
use super::server::Server;
use super::timer::{Armed, Owner};
use super::{Output, ServerEntry, ServerEvent, ServerKey, ServerMachine, Transactions, matching};
use crate::error::Error;
use crate::flow::Flow;
use crate::header::HeaderName;
use crate::message::{Message, Request, Response, parse};
use crate::method::Method;
use crate::random;
use crate::text::Text;
use crate::typed::RAck;
use crate::via::Via;
use bytes::Bytes;
use std::time::Duration;

impl Transactions {
    /// Takes a datagram, or a message that a [`Framer`](crate::Framer) cut from a connection. The bytes are shared,
    /// not copied: hand in a buffer of the message's size.
    pub fn receive(&mut self, now: Duration, flow: Flow, bytes: Bytes) {
        // Keepalives over UDP are line ends or NULs; nobody answers them.
        if bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | b' ' | 0)) {
            return;
        }
        match parse(bytes) {
            Ok(Message::Request(request)) => {
                self.counters.received.request(&request.method);
                self.receive_request(now, flow, request);
            }
            Ok(Message::Response(response)) => {
                self.counters.received.response(response.status);
                self.receive_response(now, flow, response);
            }
            Err(malformed) => {
                let answered = malformed.answer().map(|response| {
                    let via = response.headers.via();
                    self.send_stateless(flow, via.ok(), response)
                });
                self.outputs.push_back(Output::Refused { flow, error: malformed.error, answered });
            }
        }
    }

    /// Answers without a transaction; returns the status.
    fn send_stateless(&mut self, flow: Flow, via: Option<Via>, mut response: Response) -> u16 {
        let mut to = flow;
        if let Some(mut via) = via {
            via.note_source(flow.remote, self.settings.force_rport);
            response.headers.replace_top_via(&via);
            to = via.response_flow(flow);
        }
        let tag = random::tag(&mut || self.random.next_u64());
        let response = response.with_to_tag(&tag);
        self.outputs.push_back(Output::Transmit { flow: to, bytes: response.to_bytes() });
        response.status
    }

    fn receive_request(&mut self, now: Duration, flow: Flow, mut request: Request) {
        let Ok(mut via) = request.headers.via() else { return };
        let before = via.clone();
        via.note_source(flow.remote, self.settings.force_rport);
        if via != before {
            request.headers.replace_top_via(&via);
        }
        let branch_key = matching::server(&request, &via);
        if let Some(key) = self.by_branch.get(&branch_key) {
            let event = match request.method == Method::Ack {
                true => ServerEvent::Ack(request),
                false => {
                    self.counters.repeated += 1;
                    ServerEvent::Retransmission
                }
            };
            return self.server_step(now, key.0, event);
        }
        match request.method {
            Method::Ack => self.receive_ack(now, request),
            _ if self.is_full(&request) => self.refuse(flow, via, &request),
            Method::Cancel => self.receive_cancel(now, flow, via, branch_key, request),
            Method::Prack => self.receive_prack(now, flow, via, branch_key, request),
            _ => {
                let merge_key = matching::merged(&request, &via);
                if merge_key.as_ref().is_some_and(|key| self.by_merge.contains_key(key)) {
                    let answered = Some(self.send_stateless(flow, Some(via), Response::to(&request, 482)));
                    return self.outputs.push_back(Output::Refused { flow, error: Error::Merged, answered });
                }
                let key = self.open_server(now, flow, &via, branch_key, &request);
                if let (Some(merge_key), Some(entry)) = (merge_key, self.servers.find_mut(key.0)) {
                    entry.merge_key = Some(merge_key.clone());
                    self.by_merge.insert(merge_key, key);
                }
                self.outputs.push_back(Output::Request { key, flow, request });
            }
        }
    }

    /// A PRACK has to name the reliable provisional response that is outstanding (RFC 3262 §3).
    fn receive_prack(&mut self, now: Duration, flow: Flow, via: Via, branch_key: Box<str>, request: Request) {
        let key = self.open_server(now, flow, &via, branch_key, &request);
        match self.invite_of_prack(&request) {
            Ok(invite) => {
                if let Some(entry) = self.servers.find_mut(key.0) {
                    entry.releases = Some(invite);
                }
                self.server_step(now, invite.0, ServerEvent::Prack);
                self.outputs.push_back(Output::Request { key, flow, request });
            }
            Err(error) => {
                let status = error.status().unwrap_or(400);
                let mut response = Response::to(&request, status);
                if status == 400 {
                    response.reason = Text::from(format!("Bad Request - {error}"));
                }
                self.respond(now, key, response).expect("opened just now");
                self.outputs.push_back(Output::Refused { flow, error, answered: Some(status) });
            }
        }
    }

    fn invite_of_prack(&self, request: &Request) -> Result<ServerKey, Error> {
        let headers = &request.headers;
        let rack = headers.read::<RAck>()?.ok_or(Error::Missing(HeaderName::RAck))?;
        let (from_tag, to_tag) =
            (headers.from_tag().unwrap_or_default(), headers.to_tag().unwrap_or_default());
        let named = matching::acknowledged(&headers.call_id(), &from_tag, &to_tag, rack.cseq.number);
        let invite = *self.by_ack.get(&named).ok_or(Error::NoTransaction)?;
        let awaits = self.servers.find(invite.0).is_some_and(|entry| match &entry.machine {
            ServerMachine::Invite(machine) => {
                machine.reliable.as_ref().is_some_and(|it| it.awaits(rack.rseq))
            }
            ServerMachine::Other(_) => false,
        });
        match awaits && rack.cseq.method == Method::Invite {
            true => Ok(invite),
            false => Err(Error::NoTransaction),
        }
    }

    /// An ACK that matched no transaction by its branch acknowledges a 2xx, or nothing.
    fn receive_ack(&mut self, now: Duration, request: Request) {
        let headers = &request.headers;
        let (Some(to_tag), Ok(cseq)) = (headers.to_tag(), headers.cseq()) else { return };
        let from_tag = headers.from_tag().unwrap_or_default();
        let ack_key = matching::acknowledged(&headers.call_id(), &from_tag, &to_tag, cseq.number);
        if let Some(key) = self.by_ack.get(&ack_key) {
            self.server_step(now, key.0, ServerEvent::Ack(request));
        }
    }

    fn receive_cancel(
        &mut self,
        now: Duration,
        flow: Flow,
        via: Via,
        branch_key: Box<str>,
        request: Request,
    ) {
        let invite = self.by_branch.get(&matching::cancelled(&request, &via)).copied();
        let key = self.open_server(now, flow, &via, branch_key, &request);
        let response = match invite {
            Some(invite) => {
                let entry = self.servers.find(invite.0).expect("the index ends with its transaction");
                // §9.2: the To tag of the answers to CANCEL and INVITE should be the same.
                let response = Response::to(&request, 200).with_to_tag(&entry.to_tag);
                if !entry.machine.is_answered() {
                    self.outputs.push_back(Output::Cancel { key: invite, request });
                }
                response
            }
            None => Response::to(&request, 481),
        };
        self.respond(now, key, response).expect("opened just now");
    }

    fn open_server(
        &mut self,
        now: Duration,
        flow: Flow,
        via: &Via,
        branch_key: Box<str>,
        request: &Request,
    ) -> ServerKey {
        let key = ServerKey(self.servers.next_key());
        let mut armed = Armed::new();
        let mut cx = Context {
            now,
            settings: &self.settings,
            owner: Owner::Server(key.0),
            flow: via.response_flow(flow),
            armed: &mut armed,
            timers: &mut self.timers,
            outputs: &mut self.outputs,
            counters: &mut self.counters,
        };
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(InviteServer::start(key, request, &mut cx)),
            _ => ServerMachine::Other(Server::start(&mut cx)),
        };
        let flow = cx.flow;
        let to_tag = random::tag(&mut || self.random.next_u64());
        self.by_branch.insert(branch_key.clone(), key);
        self.servers.insert(ServerEntry {
            flow,
            branch_key,
            ack_key: None,
            merge_key: None,
            releases: None,
            to_tag,
            armed,
            machine,
        });
        key
    }

    fn is_full(&self, request: &Request) -> bool {
        let max = self.settings.max_servers;
        let limit = match request.is_in_dialog() || request.method == Method::Cancel {
            true => max,
            false => max - max / 8,
        };
        self.servers.len() >= limit
    }

    fn refuse(&mut self, flow: Flow, via: Via, request: &Request) {
        let mut answered = None;
        // Inside a dialog the peer's retransmission is a second chance; a refusal could end the call.
        if !request.is_in_dialog() {
            let retry = 1 + self.random.next_u64() % 5;
            let response = Response::to(request, 503).with(HeaderName::RetryAfter, retry.to_string());
            answered = Some(self.send_stateless(flow, Some(via), response));
            self.counters.shed += 1;
        }
        self.outputs.push_back(Output::Refused { flow, error: Error::TooManyTransactions, answered });
    }

    fn receive_response(&mut self, now: Duration, flow: Flow, response: Response) {
        match self.client_of(&response) {
            Some(key) => self.client_response(now, key.0, response, flow),
            None => self.outputs.push_back(Output::StrayResponse { flow, response }),
        }
    }

    /// Answers a request; the To tag is added where it is missing, the same for every response to one request.
    ///
    /// # Errors
    /// [`Error::NoTransaction`] when it is over, [`Error::AlreadyAnswered`] after a final response,
    /// [`Error::InviteOnly`] for what RFC 4320 forbids: 1xx other than 100, and 408, to a request other than INVITE.
    pub fn respond(&mut self, now: Duration, key: ServerKey, response: Response) -> Result<(), Error> {
        let entry = self.servers.find_mut(key.0).ok_or(Error::NoTransaction)?;
        let status = response.status;
        match &entry.machine {
            machine if machine.is_answered() => return Err(Error::AlreadyAnswered),
            ServerMachine::Other(_) if (101..200).contains(&status) || status == 408 => {
                return Err(Error::InviteOnly);
            }
            ServerMachine::Invite(_) | ServerMachine::Other(_) => {}
        }
        let response = if status > 100 { response.with_to_tag(&entry.to_tag) } else { response };
        if let (ServerMachine::Invite(_), true) = (&entry.machine, response.is_success()) {
            self.await_acknowledgement(key, &response);
        }
        self.server_step(now, key.0, ServerEvent::Respond { status, bytes: response.to_bytes() });
        Ok(())
    }

    /// Answers an INVITE with a provisional response, 101 to 199, that is sent until a PRACK comes (RFC 3262 §3);
    /// `Require: 100rel` and RSeq are added here. To be used where the peer lists `100rel` in Supported or Require.
    ///
    /// One is outstanding at a time: others wait for its PRACK to be answered, and a 2xx given to
    /// [`Transactions::respond`] waits behind them all. A PRACK that names the one outstanding comes as
    /// [`Output::Request`] inside its dialog and is answered by the user; any other is answered here. Without one for
    /// 64*T1 the INVITE is answered 504 and [`Output::PrackTimeout`] says so.
    ///
    /// # Errors
    /// [`Error::NoTransaction`], [`Error::AlreadyAnswered`], [`Error::InviteOnly`] for another request or status,
    /// [`Error::TooManyProvisionals`] where eight are waiting already.
    pub fn respond_reliably(
        &mut self,
        now: Duration,
        key: ServerKey,
        response: Response,
    ) -> Result<(), Error> {
        let random = self.random.next_u64();
        let entry = self.servers.find_mut(key.0).ok_or(Error::NoTransaction)?;
        let ServerMachine::Invite(machine) = &mut entry.machine else { return Err(Error::InviteOnly) };
        if machine.is_answered() {
            return Err(Error::AlreadyAnswered);
        }
        if !(101..200).contains(&response.status) {
            return Err(Error::InviteOnly);
        }
        let response = response.with_to_tag(&entry.to_tag);
        let reliable = machine.reliable.get_or_insert_with(|| Box::new(Reliable::new(random, &response)));
        if reliable.is_full() {
            return Err(Error::TooManyProvisionals);
        }
        let numbered = reliable.number(response.clone());
        self.await_acknowledgement(key, &response);
        self.server_step(now, key.0, ServerEvent::RespondReliably(numbered));
        Ok(())
    }

    /// Lets ACK and PRACK to this response find the INVITE.
    fn await_acknowledgement(&mut self, key: ServerKey, response: &Response) {
        let headers = &response.headers;
        let text = |tag: Option<Text>| tag.unwrap_or_default();
        let ack_key = matching::acknowledged(
            &headers.call_id(),
            &text(headers.from_tag()),
            &text(headers.to_tag()),
            headers.cseq().map_or(0, |c| c.number),
        );
        let Some(entry) = self.servers.find_mut(key.0) else { return };
        if let Some(before) = entry.ack_key.replace(ack_key.clone())
            && before != ack_key
        {
            self.by_ack.remove(&before);
        }
        self.by_ack.insert(ack_key, key);
    }

    /// Answers a request and forgets it at once, as a stateless server does (RFC 3261 §8.2.7): one that is repeated is
    /// taken for another, and a lost answer is not repeated. For refusals to whom nothing is owed.
    ///
    /// # Errors
    /// [`Error::NoTransaction`] when it is over.
    pub fn respond_and_forget(&mut self, key: ServerKey, response: Response) -> Result<(), Error> {
        let mut entry = self.servers.remove(key.0).ok_or(Error::NoTransaction)?;
        self.timers.stop_all(&mut entry.armed, Owner::Server(key.0));
        self.by_branch.remove(&entry.branch_key);
        let response = response.with_to_tag(&entry.to_tag);
        self.outputs.push_back(Output::Transmit { flow: entry.flow, bytes: response.to_bytes() });
        Ok(())
    }

    /// The To tag that the responses to this request get, for building the dialog before answering.
    pub fn to_tag(&self, key: ServerKey) -> Option<Text> {
        self.servers.find(key.0).map(|entry| entry.to_tag.clone())
    }
}

impl ServerMachine {
    fn is_answered(&self) -> bool {
        match self {
            ServerMachine::Invite(machine) => machine.is_answered(),
            ServerMachine::Other(machine) => machine.is_answered(),
        }
    }
}
