//! What we ask: requests, their CANCEL, the ACK to a 2xx.

use super::client::{self, Client};
use super::context::Context;
use super::invite_client::{self, Cancelling, InviteClient, cancel_for};
use super::timer::{Armed, Owner, Timer};
use super::{ClientEntry, ClientKey, ClientMachine, Output, Transactions};
use crate::error::Error;
use crate::flow::Flow;
use crate::header::HeaderName;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::text::Text;
use crate::uri::host_text;
use crate::via::{BRANCH_COOKIE, Via};
use std::time::Duration;

enum ClientEvent {
    Response(Response, Flow),
    Timer(Timer),
    TransportError,
}

impl Transactions {
    /// Sends a request and sees it through. The Via is added here, with the flow's local address.
    ///
    /// # Errors
    /// [`Error::TooManyTransactions`], [`Error::NotARequest`] for ACK and CANCEL.
    pub fn request(&mut self, now: Duration, flow: Flow, request: Request) -> Result<ClientKey, Error> {
        self.request_as(now, flow, &host_text(flow.local.ip()), Some(flow.local.port()), request)
    }

    /// As [`Transactions::request`], with another sent-by in the Via: our address as it looks from outside.
    ///
    /// # Errors
    /// As [`Transactions::request`].
    pub fn request_as(
        &mut self,
        now: Duration,
        flow: Flow,
        host: &str,
        port: Option<u16>,
        mut request: Request,
    ) -> Result<ClientKey, Error> {
        if matches!(request.method, Method::Ack | Method::Cancel) {
            return Err(Error::NotARequest(request.method));
        }
        if self.clients.len() >= self.settings.max_clients {
            return Err(Error::TooManyTransactions);
        }
        // The branch names its transaction, so a response is found without a search; the rest is not to be guessed.
        let branch =
            format!("{BRANCH_COOKIE}{:016x}{:016x}", self.clients.next_key(), self.random.next_u64());
        let via = Via::new(flow.transport, host, port, &branch);
        request.headers.remove(HeaderName::Via);
        request.headers.push_front(HeaderName::Via, via.to_string());
        Ok(self.open_client(now, flow, Text::from(branch), via.sent_by(), request, None))
    }

    fn open_client(
        &mut self,
        now: Duration,
        flow: Flow,
        branch: Text,
        sent_by: String,
        request: Request,
        cancels: Option<ClientKey>,
    ) -> ClientKey {
        let key = ClientKey(self.clients.next_key());
        let mut armed = Armed::new();
        let mut cx = Context {
            now,
            settings: &self.settings,
            owner: Owner::Client(key.0),
            flow,
            armed: &mut armed,
            timers: &mut self.timers,
            outputs: &mut self.outputs,
            counters: &mut self.counters,
        };
        let machine = match request.method {
            Method::Invite => ClientMachine::Invite(Box::new(InviteClient::start(key, request, &mut cx))),
            _ => {
                let bytes = request.to_bytes();
                ClientMachine::Other(Client::start(key, request.method, bytes, cancels, &mut cx))
            }
        };
        self.clients.insert(ClientEntry { flow, branch, sent_by, armed, machine });
        if flow.transport.is_reliable() {
            self.by_connection.insert((flow.connection, key));
        }
        key
    }

    /// Cancels an INVITE (RFC 3261 §9.1): at once, or as soon as a provisional response allows it. What became of the
    /// INVITE is told as ever: usually 487, a 2xx that crossed the CANCEL (acknowledge it, then BYE), or a timeout.
    ///
    /// # Errors
    /// [`Error::TooLate`] after a final response, or for anything but INVITE; [`Error::NoTransaction`] when it is over.
    pub fn cancel(&mut self, now: Duration, key: ClientKey) -> Result<(), Error> {
        self.cancel_for_reason(now, key, None)
    }

    /// The same, with a Reason header (RFC 3326) in the CANCEL.
    ///
    /// # Errors
    /// Those of [`Transactions::cancel`].
    pub fn cancel_for_reason(
        &mut self,
        now: Duration,
        key: ClientKey,
        reason: Option<&str>,
    ) -> Result<(), Error> {
        let entry = self.clients.find_mut(key.0).ok_or(Error::NoTransaction)?;
        let ClientMachine::Invite(machine) = &mut entry.machine else { return Err(Error::TooLate) };
        use invite_client::State;
        match (machine.state, machine.cancelling) {
            (State::Calling | State::Proceeding, Cancelling::No) => {
                machine.cancelling = Cancelling::Wanted;
                machine.cancel_reason = reason.map(Text::from);
            }
            (State::Calling | State::Proceeding, Cancelling::Wanted | Cancelling::Sent) => return Ok(()),
            (State::Completed | State::Accepted | State::Terminated, _) => return Err(Error::TooLate),
        }
        self.send_cancel(now, key);
        Ok(())
    }

    /// Sends the CANCEL if one is wanted and allowed.
    fn send_cancel(&mut self, now: Duration, key: ClientKey) {
        let Some(entry) = self.clients.find_mut(key.0) else { return };
        let ClientMachine::Invite(machine) = &mut entry.machine else { return };
        if machine.cancelling != Cancelling::Wanted || machine.state != invite_client::State::Proceeding {
            return;
        }
        machine.cancelling = Cancelling::Sent;
        let mut request = cancel_for(&machine.request);
        if let Some(reason) = machine.cancel_reason.take() {
            request.headers.push("Reason", reason);
        }
        let (flow, branch, sent_by) = (entry.flow, entry.branch.clone(), entry.sent_by.clone());
        let at = now + self.settings.give_up();
        self.timers.start(&mut entry.armed, Owner::Client(key.0), Timer::Cancelled, at);
        let cancel = self.open_client(now, flow, branch, sent_by, request, Some(key));
        self.cancels.insert(key, cancel);
    }

    /// Sends the ACK to a 2xx (RFC 3261 §13.2.2.4), made by [`Dialog::ack`](crate::Dialog::ack), and remembers it:
    /// retransmissions of the 2xx are answered from here.
    ///
    /// # Errors
    /// [`Error::NoTransaction`] when no 2xx with this To tag was told, or 64*T1 have passed since.
    pub fn acknowledge(&mut self, key: ClientKey, flow: Flow, mut ack: Request) -> Result<(), Error> {
        let entry = self.clients.find_mut(key.0).ok_or(Error::NoTransaction)?;
        let ClientMachine::Invite(machine) = &mut entry.machine else { return Err(Error::NoTransaction) };
        let branch = crate::random::branch(&mut || self.random.next_u64());
        let mut via = machine.request.headers.via().unwrap_or_else(|_| Via::of_flow(flow, &branch));
        via.transport = Text::from_static(flow.transport.as_str());
        via.params.set("branch", &branch);
        ack.headers.remove(HeaderName::Via);
        ack.headers.push_front(HeaderName::Via, via.to_string());
        let bytes = ack.to_bytes();
        match machine.remember_ack(&ack.headers.to_tag().unwrap_or_default(), flow, bytes.clone()) {
            true => {
                self.outputs.push_back(Output::Transmit { flow, bytes });
                Ok(())
            }
            false => Err(Error::NoTransaction),
        }
    }

    /// A flow failed: a connection broke, or a datagram could not be sent. The clients on it are told and gone;
    /// server transactions live on until their timers end them.
    pub fn flow_failed(&mut self, now: Duration, flow: Flow) {
        let keys: Vec<ClientKey> = match flow.transport.is_reliable() {
            true => {
                let range = (flow.connection, ClientKey(0))..=(flow.connection, ClientKey(u64::MAX));
                self.by_connection.range(range).map(|(_, key)| *key).collect()
            }
            false => {
                let on_flow = |key: &u64| self.clients.find(*key).is_some_and(|entry| entry.flow == flow);
                self.clients.keys().filter(on_flow).map(ClientKey).collect()
            }
        };
        for key in keys {
            self.client_step(now, key.0, ClientEvent::TransportError);
        }
    }

    /// The client transaction that a response belongs to (§17.1.3): branch, sent-by and the method in CSeq.
    pub(super) fn client_of(&self, response: &Response) -> Option<ClientKey> {
        let via = response.headers.via().ok()?;
        let method = response.method()?;
        let branch = via.branch()?;
        let number = branch.get(BRANCH_COOKIE.len()..BRANCH_COOKIE.len() + 16)?;
        let named = ClientKey(u64::from_str_radix(number, 16).ok()?);
        let key = match method {
            Method::Cancel => *self.cancels.get(&named)?,
            _ => named,
        };
        let entry = self.clients.find(key.0)?;
        let same_method = match &entry.machine {
            ClientMachine::Invite(_) => method == Method::Invite,
            ClientMachine::Other(machine) => method == machine.method,
        };
        (same_method && entry.branch.eq_ignore_ascii_case(branch) && entry.sent_by == via.sent_by())
            .then_some(key)
    }

    pub(super) fn client_response(&mut self, now: Duration, key: u64, response: Response, flow: Flow) {
        self.client_step(now, key, ClientEvent::Response(response, flow));
        self.send_cancel(now, ClientKey(key));
    }

    pub(super) fn client_timer(&mut self, now: Duration, key: u64, timer: Timer) {
        match timer {
            // Too late means that the final response has just come.
            Timer::C => drop(self.cancel(now, ClientKey(key))),
            timer => self.client_step(now, key, ClientEvent::Timer(timer)),
        }
    }

    /// Steps a client machine and clears up if that ended it.
    fn client_step(&mut self, now: Duration, key: u64, event: ClientEvent) {
        let Some(entry) = self.clients.find_mut(key) else { return };
        let mut cx = Context {
            now,
            settings: &self.settings,
            owner: Owner::Client(key),
            flow: entry.flow,
            armed: &mut entry.armed,
            timers: &mut self.timers,
            outputs: &mut self.outputs,
            counters: &mut self.counters,
        };
        let over = match &mut entry.machine {
            ClientMachine::Invite(machine) => {
                use invite_client::Event;
                let event = match event {
                    ClientEvent::Response(response, flow) => Event::Response(response, flow),
                    ClientEvent::Timer(timer) => Event::Timer(timer),
                    ClientEvent::TransportError => Event::TransportError,
                };
                machine.step(event, &mut cx);
                machine.state == invite_client::State::Terminated
            }
            ClientMachine::Other(machine) => {
                use client::Event;
                let event = match event {
                    ClientEvent::Response(response, flow) => Event::Response(response, flow),
                    ClientEvent::Timer(timer) => Event::Timer(timer),
                    ClientEvent::TransportError => Event::TransportError,
                };
                machine.step(event, &mut cx);
                machine.state == client::State::Terminated
            }
        };
        if over && let Some(mut entry) = self.clients.remove(key) {
            self.timers.stop_all(&mut entry.armed, Owner::Client(key));
            if entry.flow.transport.is_reliable() {
                self.by_connection.remove(&(entry.flow.connection, ClientKey(key)));
            }
            if let ClientMachine::Other(Client { cancels: Some(invite), .. }) = entry.machine {
                self.cancels.remove(&invite);
            }
        }
    }
}
