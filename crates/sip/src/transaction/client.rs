//! The non-INVITE client transaction: RFC 3261 Figure 6.

use super::context::Context;
use super::output::{ClientKey, Output};
use super::timer::Timer;
use crate::flow::Flow;
use crate::message::Response;
use crate::method::Method;
use bytes::Bytes;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Debug)]
pub(super) enum Event {
    Response(Response, Flow),
    Timer(Timer),
    TransportError,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) key: ClientKey,
    pub(super) state: State,
    pub(super) method: Method,
    /// The INVITE that this CANCEL is for. The user is told nothing of a CANCEL: what counts is how the INVITE ends.
    pub(super) cancels: Option<ClientKey>,
    bytes: Bytes,
    interval: Duration,
}

impl Client {
    pub(super) fn start(
        key: ClientKey,
        method: Method,
        bytes: Bytes,
        cancels: Option<ClientKey>,
        cx: &mut Context<'_>,
    ) -> Self {
        cx.send(&bytes);
        let interval = cx.settings.t1;
        if !cx.reliable() {
            cx.start(Timer::E, interval);
        }
        cx.start(Timer::F, cx.settings.give_up());
        Client { key, state: State::Trying, method, cancels, bytes, interval }
    }

    pub(super) fn step(&mut self, event: Event, cx: &mut Context<'_>) {
        self.state = match self.state {
            State::Trying => self.trying(event, cx),
            State::Proceeding => self.proceeding(event, cx),
            State::Completed => self.completed(event),
            State::Terminated => State::Terminated,
        };
    }

    fn trying(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(Timer::E) => {
                cx.send_again(&self.bytes);
                self.interval = (self.interval * 2).min(cx.settings.t2);
                cx.start(Timer::E, self.interval);
                State::Trying
            }
            event => self.waiting(event, State::Trying, cx),
        }
    }

    fn proceeding(&mut self, event: Event, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(Timer::E) => {
                cx.send_again(&self.bytes);
                self.interval = cx.settings.t2;
                cx.start(Timer::E, self.interval);
                State::Proceeding
            }
            event => self.waiting(event, State::Proceeding, cx),
        }
    }

    fn waiting(&mut self, event: Event, state: State, cx: &mut Context<'_>) -> State {
        match event {
            Event::Timer(Timer::F) => {
                self.tell(Output::Timeout { key: self.key }, cx);
                State::Terminated
            }
            Event::Timer(_) => state,
            Event::TransportError => {
                self.tell(Output::TransportError { key: self.key }, cx);
                State::Terminated
            }
            Event::Response(response, flow) if response.is_provisional() => {
                self.tell(Output::Response { key: self.key, flow, response }, cx);
                State::Proceeding
            }
            Event::Response(response, flow) => {
                self.tell(Output::Response { key: self.key, flow, response }, cx);
                cx.stop(Timer::E);
                cx.stop(Timer::F);
                self.bytes = Bytes::new();
                if cx.reliable() {
                    return State::Terminated;
                }
                cx.start(Timer::K, cx.settings.t4);
                State::Completed
            }
        }
    }

    fn completed(&mut self, event: Event) -> State {
        match event {
            Event::Response(..) => State::Completed,
            Event::Timer(_) | Event::TransportError => State::Terminated,
        }
    }

    fn tell(&self, output: Output, cx: &mut Context<'_>) {
        if self.cancels.is_none() {
            cx.tell(output);
        }
    }
}
