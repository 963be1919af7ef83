//! The INVITE server transaction: RFC 3261 Figure 7 with the Accepted state of RFC 6026 Figure 5, and in it the
//! retransmission of the 2xx (RFC 3261 §13.3.1.4) and of reliable provisional responses (RFC 3262 §3).

use super::context::Context;
use super::output::{Output, ServerKey};
use super::reliable::{Numbered, Reliable};
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
    /// A provisional response that is sent until it is acknowledged.
    RespondReliably(Numbered),
    /// The PRACK to the one outstanding.
    Prack,
    /// That PRACK has been answered: what waits behind it may go out.
    Release,
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
    pub(super) reliable: Option<Box<Reliable>>,
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
            reliable: None,
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
        self.state != State::Proceeding || self.reliable.as_ref().is_some_and(|r| r.held.is_some())
    }

    fn proceeding(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => {
                self.send_last(cx);
                State::Proceeding
            }
            Event::Respond { status, bytes } => match &mut self.reliable {
                Some(reliable) if (200..300).contains(&status) && reliable.is_busy() => {
                    reliable.held = Some((status, bytes));
                    State::Proceeding
                }
                Some(_) | None => self.respond(status, bytes, cx),
            },
            Event::RespondReliably(numbered) => {
                match &mut self.reliable {
                    Some(reliable) if reliable.is_busy() => reliable.waiting.push_back(numbered),
                    Some(_) | None => self.send_reliably(numbered, cx),
                }
                State::Proceeding
            }
            Event::Prack => {
                cx.stop(Timer::Reliable);
                cx.stop(Timer::Unpracked);
                if let Some(reliable) = &mut self.reliable {
                    reliable.outstanding = None;
                }
                State::Proceeding
            }
            Event::Release => self.release(cx),
            Event::Timer(Timer::Trying) => {
                self.send_trying(cx);
                State::Proceeding
            }
            Event::Timer(Timer::Reliable) => {
                self.send_reliably_again(cx);
                State::Proceeding
            }
            Event::Timer(Timer::Unpracked) => {
                cx.tell(Output::PrackTimeout { key: self.key });
                let refusal = self.reliable.take().map(|reliable| reliable.refusal).unwrap_or_default();
                self.respond(504, refusal, cx)
            }
            Event::Timer(_) => {
                self.send_last(cx);
                cx.start(Timer::Provisional, PROVISIONAL_EVERY);
                State::Proceeding
            }
            Event::Ack(_) => State::Proceeding,
        }
    }

    /// A PRACK has been answered: the next response goes out, or the 2xx behind the last.
    fn release(&mut self, cx: &mut Context<'_>) -> State {
        let Some(reliable) = &mut self.reliable else { return State::Proceeding };
        if reliable.outstanding.is_some() {
            return State::Proceeding;
        }
        match (reliable.waiting.pop_front(), reliable.held.take()) {
            (Some(next), held) => {
                reliable.held = held;
                self.send_reliably(next, cx);
                State::Proceeding
            }
            (None, Some((status, bytes))) => self.respond(status, bytes, cx),
            (None, None) => State::Proceeding,
        }
    }

    fn send_reliably(&mut self, numbered: Numbered, cx: &mut Context<'_>) {
        cx.start(Timer::Reliable, cx.settings.t1);
        cx.start(Timer::Unpracked, cx.settings.give_up());
        self.respond(numbered.status, numbered.bytes.clone(), cx);
        if let Some(reliable) = &mut self.reliable {
            reliable.interval = cx.settings.t1;
            reliable.outstanding = Some(numbered);
        }
    }

    fn send_reliably_again(&mut self, cx: &mut Context<'_>) {
        let Some(reliable) = &mut self.reliable else { return };
        let Some(numbered) = &reliable.outstanding else { return };
        cx.send(&numbered.bytes);
        // Doubled each time, whatever the transport, and not capped by T2 (RFC 3262 §3).
        reliable.interval *= 2;
        cx.start(Timer::Reliable, reliable.interval);
    }

    fn respond(&mut self, status: u16, bytes: Bytes, cx: &mut Context<'_>) -> State {
        cx.send(&bytes);
        cx.stop(Timer::Trying);
        self.request = None;
        self.last = Some((status, bytes));
        if status >= 200 && self.reliable.take().is_some() {
            cx.stop(Timer::Reliable);
            cx.stop(Timer::Unpracked);
        }
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
            Event::Respond { .. } | Event::RespondReliably(_) | Event::Prack | Event::Release => {
                State::Completed
            }
        }
    }

    fn confirmed(&mut self, event: Event) -> State {
        match event {
            Event::Timer(_) => State::Terminated,
            Event::Ack(_)
            | Event::Retransmission
            | Event::Respond { .. }
            | Event::RespondReliably(_)
            | Event::Prack
            | Event::Release => State::Confirmed,
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
            Event::Retransmission
            | Event::Respond { .. }
            | Event::RespondReliably(_)
            | Event::Prack
            | Event::Release => State::Accepted,
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
