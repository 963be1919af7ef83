//! The INVITE client transaction: RFC 3261 Figure 5 with the Accepted state of RFC 6026 Figure 7.

use super::context::Context;
use super::output::{ClientKey, Output};
use super::timer::Timer;
use crate::flow::Flow;
use crate::header::{HeaderName, Headers};
use crate::message::{Request, Response};
use crate::method::Method;
use crate::text::Text;
use bytes::Bytes;
use smallvec::SmallVec;
use std::time::Duration;

/// The most 2xx with different To tags taken for one INVITE; more are not told.
const MAX_FORKS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Calling,
    Proceeding,
    Completed,
    Accepted,
    Terminated,
}

#[derive(Debug)]
pub(super) enum Event {
    Response(Response, Flow),
    Timer(Timer),
    TransportError,
}

/// Whether the user wants the INVITE cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelling {
    No,
    /// Wanted, but no provisional response has come yet (§9.1).
    Wanted,
    Sent,
}

/// A 2xx that was told, by its To tag, and the ACK that answers its retransmissions.
#[derive(Debug)]
struct Answer {
    to_tag: Text,
    ack: Option<(Flow, Bytes)>,
}

#[derive(Debug)]
pub(super) struct InviteClient {
    pub(super) key: ClientKey,
    pub(super) state: State,
    pub(super) request: Request,
    pub(super) cancelling: Cancelling,
    /// The Reason of the CANCEL (RFC 3326).
    pub(super) cancel_reason: Option<Text>,
    bytes: Bytes,
    interval: Duration,
    ack: Option<Bytes>,
    answers: SmallVec<[Answer; 1]>,
}

impl InviteClient {
    pub(super) fn start(key: ClientKey, request: Request, cx: &mut Context<'_>) -> Self {
        let bytes = request.to_bytes();
        cx.send(&bytes);
        let interval = cx.settings.t1;
        if !cx.reliable() {
            cx.start(Timer::A, interval);
        }
        cx.start(Timer::B, cx.settings.give_up());
        InviteClient {
            key,
            state: State::Calling,
            request,
            cancelling: Cancelling::No,
            cancel_reason: None,
            bytes,
            interval,
            ack: None,
            answers: SmallVec::new(),
        }
    }

    pub(super) fn step(&mut self, event: Event, cx: &mut Context<'_>) {
        self.state = match self.state {
            State::Calling => self.calling(event, cx),
            State::Proceeding => self.proceeding(event, cx),
            State::Completed => self.completed(event, cx),
            State::Accepted => self.accepted(event, cx),
            State::Terminated => State::Terminated,
        };
    }

    fn calling(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(Timer::A) => {
                cx.send_again(&self.bytes);
                self.interval *= 2;
                cx.start(Timer::A, self.interval);
                State::Calling
            }
            Event::Timer(_) => self.timed_out(cx),
            Event::TransportError => self.failed(cx),
            Event::Response(response, flow) => {
                cx.stop(Timer::A);
                cx.stop(Timer::B);
                self.responded(response, flow, cx)
            }
        }
    }

    fn proceeding(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(_) => self.timed_out(cx),
            Event::TransportError => self.failed(cx),
            Event::Response(response, flow) => self.responded(response, flow, cx),
        }
    }

    fn responded(&mut self, response: Response, flow: Flow, cx: &mut Context<'_>) -> State {
        match response.status {
            ..200 => {
                if let Some(after) = cx.settings.timer_c.filter(|_| response.status > 100) {
                    cx.start(Timer::C, after);
                }
                cx.tell(Output::Response { key: self.key, flow, response });
                State::Proceeding
            }
            200..300 => {
                cx.stop(Timer::Cancelled);
                cx.stop(Timer::C);
                cx.start(Timer::M, cx.settings.give_up());
                self.success(response, flow, cx)
            }
            300.. => {
                cx.stop(Timer::Cancelled);
                cx.stop(Timer::C);
                let ack = ack_for(&self.request, &response).to_bytes();
                cx.send(&ack);
                self.ack = Some(ack);
                cx.tell(Output::Response { key: self.key, flow, response });
                // Timer D: at least 32 s for unreliable transports, none for reliable.
                if cx.reliable() {
                    return State::Terminated;
                }
                cx.start(Timer::D, cx.settings.give_up());
                State::Completed
            }
        }
    }

    fn completed(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Response(response, _) => {
                if let (300.., Some(ack)) = (response.status, &self.ack) {
                    cx.send_again(ack);
                }
                State::Completed
            }
            // The user has been told the final response; it needs no more.
            Event::Timer(_) | Event::TransportError => State::Terminated,
        }
    }

    fn accepted(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Response(response, flow) if response.is_success() => self.success(response, flow, cx),
            Event::Response(..) | Event::TransportError => State::Accepted,
            Event::Timer(_) => State::Terminated,
        }
    }

    fn success(&mut self, response: Response, flow: Flow, cx: &mut Context<'_>) -> State {
        let to_tag = response.headers.to_tag().unwrap_or_default();
        match self.answers.iter().find(|a| a.to_tag == to_tag) {
            Some(Answer { ack: Some((flow, ack)), .. }) => {
                cx.tell(Output::Transmit { flow: *flow, bytes: ack.clone() });
            }
            Some(Answer { ack: None, .. }) => {}
            None if self.answers.len() < MAX_FORKS => {
                self.answers.push(Answer { to_tag: to_tag.detached(), ack: None });
                cx.tell(Output::Response { key: self.key, flow, response });
            }
            None => {}
        }
        State::Accepted
    }

    /// Remembers the ACK that answers retransmissions of the 2xx with this To tag. `false` when there was none.
    pub(super) fn remember_ack(&mut self, to_tag: &str, flow: Flow, ack: Bytes) -> bool {
        match self.answers.iter_mut().find(|a| a.to_tag == to_tag) {
            Some(answer) => {
                answer.ack = Some((flow, ack));
                true
            }
            None => false,
        }
    }

    fn timed_out(&self, cx: &mut Context<'_>) -> State {
        cx.tell(Output::Timeout { key: self.key });
        State::Terminated
    }

    fn failed(&self, cx: &mut Context<'_>) -> State {
        cx.tell(Output::TransportError { key: self.key });
        State::Terminated
    }
}

/// The ACK to a 3xx–6xx (§17.1.1.3): the INVITE's Via and Route, the To of the response.
fn ack_for(invite: &Request, response: &Response) -> Request {
    let to = response.headers.value(HeaderName::To);
    follow_up(invite, Method::Ack, to.or(invite.headers.value(HeaderName::To)))
}

/// The CANCEL for an INVITE (§9.1).
pub(super) fn cancel_for(invite: &Request) -> Request {
    follow_up(invite, Method::Cancel, invite.headers.value(HeaderName::To))
}

fn follow_up(invite: &Request, method: Method, to: Option<&Text>) -> Request {
    let mut headers = Headers::new();
    if let Ok(via) = invite.headers.via() {
        headers.push(HeaderName::Via, via.to_string());
    }
    let mut copy = |name: HeaderName| {
        for value in invite.headers.lines(name.clone()) {
            headers.push(name.clone(), value);
        }
    };
    copy(HeaderName::Route);
    copy(HeaderName::MaxForwards);
    copy(HeaderName::From);
    if let Some(to) = to {
        headers.push(HeaderName::To, to);
    }
    headers.push(HeaderName::CallId, invite.headers.call_id());
    let number = invite.headers.cseq().map_or(1, |c| c.number);
    headers.push(HeaderName::CSeq, format!("{number} {method}"));
    Request { method, uri: invite.uri.clone(), headers, body: Bytes::new() }
}
