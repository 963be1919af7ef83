//! The non-INVITE server transaction: RFC 3261 Figure 8, with RFC 4320.

use super::context::Context;
use super::timer::Timer;
use bytes::Bytes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Debug)]
pub(super) enum Event {
    /// The request again.
    Retransmission,
    /// A response from the user.
    Respond { status: u16, bytes: Bytes },
    /// Whichever is running: each state has one.
    Timer,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) state: State,
    last: Option<Bytes>,
}

impl Server {
    pub(super) fn start(cx: &mut Context<'_>) -> Self {
        cx.start(Timer::Unanswered, cx.settings.give_up());
        Server { state: State::Trying, last: None }
    }

    pub(super) fn step(&mut self, event: Event, cx: &mut Context<'_>) {
        self.state = match self.state {
            State::Trying => self.trying(event, cx),
            State::Proceeding => self.proceeding(event, cx),
            State::Completed => self.completed(event, cx),
            State::Terminated => State::Terminated,
        };
    }

    /// Has it had its final response?
    pub(super) fn is_answered(&self) -> bool {
        matches!(self.state, State::Completed | State::Terminated)
    }

    fn trying(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => State::Trying,
            Event::Respond { status, bytes } => self.respond(status, bytes, cx),
            Event::Timer => State::Terminated,
        }
    }

    fn proceeding(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => {
                self.send_last(cx);
                State::Proceeding
            }
            Event::Respond { status, bytes } => self.respond(status, bytes, cx),
            Event::Timer => State::Terminated,
        }
    }

    fn completed(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Retransmission => {
                self.send_last(cx);
                State::Completed
            }
            Event::Respond { .. } => State::Completed,
            Event::Timer => State::Terminated,
        }
    }

    fn respond(&mut self, status: u16, bytes: Bytes, cx: &mut Context<'_>) -> State {
        cx.send(&bytes);
        self.last = Some(bytes);
        if status < 200 {
            return State::Proceeding;
        }
        cx.stop(Timer::Unanswered);
        if cx.reliable() {
            return State::Terminated;
        }
        cx.start(Timer::J, cx.settings.give_up());
        State::Completed
    }

    fn send_last(&self, cx: &mut Context<'_>) {
        if let Some(bytes) = &self.last {
            cx.send_again(bytes);
        }
    }
}
