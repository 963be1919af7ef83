//! The INVITE server transaction: RFC 3261 Figure 7 with the Accepted state of RFC 6026 Figure 5, and in it the
//! retransmission of the 2xx (RFC 3261 §13.3.1.4).

use super::context::Context;
use super::output::{Output, ServerKey};
use super::timer::Timer;
use crate::message::{Request, Response};
use bytes::Bytes;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Proceeding,
    Completed,
    Confirmed,
    Accepted,
    Terminated,
}

#[allow(clippy::large_enum_variant, reason = "lives for one call; boxing would cost an allocation a message")]
#[derive(Debug)]
pub(super) enum Event {
    /// The INVITE again.
    Retransmission,
    /// A response from the user.
    Respond {
        status: u16,
        bytes: Bytes,
    },
    Ack(Request),
    Timer(Timer),
}

#[derive(Debug)]
pub(super) struct InviteServer {
    pub(super) key: ServerKey,
    pub(super) state: State,
    /// Kept until there is a response, to send 100 from.
    request: Option<Box<Request>>,
    last: Option<(u16, Bytes)>,
    interval: Duration,
    acknowledged: bool,
}

/// How often a provisional response is repeated while a call rings (§13.3.1.1).
const PROVISIONAL_EVERY: Duration = Duration::from_secs(60);

impl InviteServer {
    pub(super) fn start(key: ServerKey, request: &Request, cx: &mut Context<'_>) -> Self {
        let mut machine = InviteServer {
            key,
            state: State::Proceeding,
            request: Some(Box::new(request.clone())),
            last: None,
            interval: cx.settings.t1,
            acknowledged: false,
        };
        match cx.settings.trying_after {
            Duration::ZERO => machine.send_trying(cx),
            after => cx.start(Timer::Trying, after),
        }
        machine
    }

    pub(super) fn step(&mut self, event: Event, cx: &mut Context<'_>) {
        self.state = match self.state {
            State::Proceeding => self.proceeding(event, cx),
            State::Completed => self.completed(event, cx),
            State::Confirmed => self.confirmed(event),
            State::Accepted => self.accepted(event, cx),
            State::Terminated => State::Terminated,
        };
    }

    /// Has it had its final response?
    pub(super) fn is_answered(&self) -> bool {
        self.state != State::Proceeding
    }

    fn proceeding(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => {
                self.send_last(cx);
                State::Proceeding
            }
            Event::Respond { status, bytes } => self.respond(status, bytes, cx),
            Event::Timer(Timer::Trying) => {
                self.send_trying(cx);
                State::Proceeding
            }
            Event::Timer(_) => {
                self.send_last(cx);
                cx.start(Timer::Provisional, PROVISIONAL_EVERY);
                State::Proceeding
            }
            Event::Ack(_) => State::Proceeding,
        }
    }

    fn respond(&mut self, status: u16, bytes: Bytes, cx: &mut Context<'_>) -> State {
        cx.send(&bytes);
        cx.stop(Timer::Trying);
        self.request = None;
        self.last = Some((status, bytes));
        match status {
            ..200 => {
                if status > 100 {
                    cx.start(Timer::Provisional, PROVISIONAL_EVERY);
                }
                State::Proceeding
            }
            200..300 => {
                cx.stop(Timer::Provisional);
                cx.start(Timer::G, self.interval);
                cx.start(Timer::L, cx.settings.give_up());
                State::Accepted
            }
            300.. => {
                cx.stop(Timer::Provisional);
                if !cx.reliable() {
                    cx.start(Timer::G, self.interval);
                }
                cx.start(Timer::H, cx.settings.give_up());
                State::Completed
            }
        }
    }

    fn completed(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => {
                self.send_last(cx);
                State::Completed
            }
            Event::Timer(Timer::G) => {
                self.send_again(cx);
                State::Completed
            }
            Event::Timer(_) => self.ack_timed_out(cx),
            Event::Ack(_) => {
                cx.stop(Timer::G);
                cx.stop(Timer::H);
                self.last = None;
                if cx.reliable() {
                    return State::Terminated;
                }
                cx.start(Timer::I, cx.settings.t4);
                State::Confirmed
            }
            Event::Respond { .. } => State::Completed,
        }
    }

    fn confirmed(&mut self, event: Event) -> State {
        match event {
            Event::Timer(_) => State::Terminated,
            Event::Ack(_) | Event::Retransmission | Event::Respond { .. } => State::Confirmed,
        }
    }

    fn accepted(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(Timer::G) => {
                self.send_again(cx);
                State::Accepted
            }
            Event::Timer(_) if self.acknowledged => State::Terminated,
            Event::Timer(_) => self.ack_timed_out(cx),
            Event::Ack(request) => {
                if !self.acknowledged {
                    self.acknowledged = true;
                    self.last = None;
                    cx.stop(Timer::G);
                    cx.tell(Output::AckReceived { key: self.key, request });
                }
                State::Accepted
            }
            Event::Retransmission | Event::Respond { .. } => State::Accepted,
        }
    }

    fn send_trying(&mut self, cx: &mut Context<'_>) {
        if let Some(request) = self.request.take() {
            let bytes = Response::to(&request, 100).to_bytes();
            cx.send(&bytes);
            self.last = Some((100, bytes));
        }
    }

    fn send_last(&self, cx: &mut Context<'_>) {
        if let Some((_, bytes)) = &self.last {
            cx.send_again(bytes);
        }
    }

    fn send_again(&mut self, cx: &mut Context<'_>) {
        self.send_last(cx);
        self.interval = (self.interval * 2).min(cx.settings.t2);
        cx.start(Timer::G, self.interval);
    }

    fn ack_timed_out(&self, cx: &mut Context<'_>) -> State {
        let status = self.last.as_ref().map_or(0, |(status, _)| *status);
        cx.tell(Output::AckTimeout { key: self.key, status });
        State::Terminated
    }
}
