//! Digits that go by INFO (`dtmf_mode=info`, `auto_info`), one after the other in their own time.

use std::collections::VecDeque;
use std::time::Duration;

use call::{Calls, ChannelKey, Digits, Notice};
use sip::Method;

use crate::agent::{Purpose, UserAgent};
use crate::session::Phase;
use crate::timers::Timer;

/// Digits that wait to be sent in one session; of more the rest is left out.
const MOST_WAITING: usize = 256;

/// What is to be sent, and what is to be waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Digit {
        digit: char,
        duration_ms: u32,
    },
    Wait {
        ms: u32,
    },
    /// Whoever asked is told.
    Done,
}

/// The steps that wait.
#[derive(Debug, Default)]
pub(crate) struct Sending(VecDeque<Step>);

impl UserAgent {
    /// Digits are to be sent.
    pub(crate) fn send_digits(
        &mut self,
        calls: &mut Calls,
        channel: ChannelKey,
        digits: &Digits,
        told: bool,
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let steps = &mut session.sending.0;
        let idle = steps.is_empty() && !self.timers.runs(channel, Timer::Digit);
        steps.push_back(Step::Wait { ms: digits.before_ms });
        let known = |digit: &char| digit.is_ascii_digit() || "*#ABCD".contains(*digit);
        for (at, digit) in digits.digits.chars().filter(known).enumerate() {
            if steps.len() >= MOST_WAITING {
                break;
            }
            if at > 0 {
                steps.push_back(Step::Wait { ms: digits.between_ms });
            }
            steps.push_back(Step::Digit { digit, duration_ms: digits.duration_ms });
        }
        steps.push_back(Step::Wait { ms: digits.after_ms });
        if told {
            steps.push_back(Step::Done);
        }
        if idle {
            self.next_digit(calls, channel);
        }
    }

    /// Works what is due, up to the next wait.
    pub(crate) fn next_digit(&mut self, calls: &mut Calls, channel: ChannelKey) {
        let now = calls.time().now;
        loop {
            let Some(session) = self.sessions.get_mut(&channel) else { return };
            let wait_ms = match session.sending.0.pop_front() {
                None => return,
                Some(Step::Done) => {
                    calls.notify(channel, Notice::DigitsSent);
                    0
                }
                Some(Step::Wait { ms }) => ms,
                Some(Step::Digit { digit, duration_ms }) => {
                    let up = matches!(session.phase, Phase::Up | Phase::Incoming { .. });
                    let flow = session.flow;
                    if let Some(dialog) = session.dialog.as_mut().filter(|_| up) {
                        let body = format!("Signal={digit}\r\nDuration={duration_ms}\r\n");
                        let info = dialog.request(Method::Info).with_body("application/dtmf-relay", body);
                        self.send_request(now, flow, info, Purpose::Other);
                    }
                    duration_ms
                }
            };
            if wait_ms > 0 {
                let at = now + Duration::from_millis(u64::from(wait_ms));
                return self.timers.start(channel, Timer::Digit, at);
            }
        }
    }
}
