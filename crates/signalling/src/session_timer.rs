//! Session timers (RFC 4028).

use std::time::Duration;

use call::{Calls, Cause, ChannelKey};
use sip::typed::{MinSe, Refresher, SessionExpires};
use sip::{Headers, Request, Response};

use crate::agent::UserAgent;
use crate::config::{SessionOptions, SessionTimers};
use crate::reinvite::Wanted;
use crate::session::{Phase, Role, Session};
use crate::timers::Timer;

/// The least that a session interval may be, seconds (RFC 4028 §4).
const LEAST: u32 = 90;

/// Session interval, and who keeps it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SessionTimer {
    /// Agreed interval, seconds; none while no timer runs.
    pub interval: Option<u32>,
    /// We refresh.
    pub ours: bool,
    /// What we ask for, seconds, and the least we take: as configured, longer where the far end asked so. None where no
    /// timer is asked for.
    pub asks: Option<(u32, u32)>,
}

impl SessionTimer {
    /// What an endpoint's settings ask for in a call of ours.
    pub fn of(options: &SessionOptions) -> SessionTimer {
        let least = options.timers_min_se.max(LEAST);
        let asks = (options.timers_sess_expires.max(least), least);
        SessionTimer { asks: (options.timers != SessionTimers::No).then_some(asks), ..Default::default() }
    }

    /// Takes the Min-SE of a 422; `false` where that does not help.
    pub fn lengthen(&mut self, headers: &Headers) -> bool {
        let (Some((asked, least)), Ok(Some(MinSe(wanted)))) = (self.asks, headers.read::<MinSe>()) else {
            return false;
        };
        if wanted <= least && wanted <= asked {
            return false;
        }
        self.asks = Some((asked.max(wanted), least.max(wanted)));
        true
    }

    /// Writes Session-Expires and Min-SE of a request of ours. A refresh says who refreshes (RFC 4028 §7.4).
    pub fn write(&self, headers: &mut Headers, _role: Role) {
        let Some((asked, least)) = self.asks else { return };
        let seconds = self.interval.unwrap_or(asked).max(least);
        let refresher = self.interval.map(|_| if self.ours { Refresher::Uac } else { Refresher::Uas });
        headers.write(SessionExpires { seconds, refresher });
        headers.write(MinSe(least));
    }
}

impl UserAgent {
    /// Looks at the session interval that an INVITE or UPDATE of the far end asks for. An answer that refuses it, where it
    /// has to be refused (421, 422).
    pub(crate) fn check_interval(
        &self,
        options: &SessionOptions,
        request: &Request,
    ) -> Result<(), Box<Response>> {
        let refuse = |status| Box::new(Response::to(request, status));
        let supported = request.headers.supports("timer");
        let least = options.timers_min_se.max(LEAST);
        match options.timers {
            SessionTimers::No => return Ok(()),
            SessionTimers::Required if !supported => {
                return Err(Box::new(refuse(421).with("Require", "timer")));
            }
            SessionTimers::Yes | SessionTimers::Required | SessionTimers::Always => {}
        }
        match request.headers.read::<SessionExpires>() {
            Ok(Some(asked)) if asked.seconds < least && supported => {
                let mut response = refuse(422);
                response.headers.write(MinSe(least));
                Err(response)
            }
            Ok(_) => Ok(()),
            Err(_) => Err(refuse(400)),
        }
    }

    /// Agrees on the interval of a session that the far end began or refreshes with this request, and writes it into our
    /// 2xx (RFC 4028 §9).
    pub(crate) fn agree_interval(
        &mut self,
        now: Duration,
        channel: ChannelKey,
        request: &Headers,
        mut response: Response,
    ) -> Response {
        let Some(session) = self.sessions.get_mut(&channel) else { return response };
        let Some(at) = self.index.endpoints.get(&session.endpoint) else { return response };
        let options = &self.config.endpoints[*at].session;
        let supported = request.supports("timer");
        let asked = request.read::<SessionExpires>().ok().flatten();
        let wants = match options.timers {
            SessionTimers::No => None,
            SessionTimers::Yes | SessionTimers::Required => asked.as_ref().map(|asked| asked.seconds),
            SessionTimers::Always => {
                Some(asked.as_ref().map_or(options.timers_sess_expires, |asked| asked.seconds))
            }
        };
        let Some(interval) = wants else {
            session.timer.interval = None;
            self.run_timer(now, channel);
            return response;
        };
        let least = request.read::<MinSe>().ok().flatten().map_or(LEAST, |least| least.0);
        let interval = interval.max(least).max(options.timers_min_se);
        let theirs = supported
            && match asked.and_then(|asked| asked.refresher) {
                Some(Refresher::Uas) => false,
                Some(Refresher::Uac) | None => true,
            };
        session.timer = SessionTimer {
            interval: Some(interval),
            ours: !theirs,
            asks: Some((interval, options.timers_min_se.max(LEAST))),
        };
        let refresher = Some(if theirs { Refresher::Uac } else { Refresher::Uas });
        response.headers.write(SessionExpires { seconds: interval, refresher });
        if theirs {
            response.headers.push("Require", "timer");
        }
        self.run_timer(now, channel);
        response
    }

    /// A 2xx to a request of ours says how long the session lasts (RFC 4028 §7.2).
    pub(crate) fn session_refreshed(
        &mut self,
        calls: &Calls,
        channel: ChannelKey,
        response: &Headers,
        _by_us: bool,
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let Some((asked, _)) = session.timer.asks else { return };
        match response.read::<SessionExpires>() {
            Ok(Some(agreed)) => {
                session.timer.interval = Some(agreed.seconds.max(LEAST));
                session.timer.ours = agreed.refresher != Some(Refresher::Uas);
            }
            // It has no timer; we may refresh all the same, and do where that is wanted always.
            Ok(None) | Err(_) => {
                let Some(at) = self.index.endpoints.get(&session.endpoint) else { return };
                let always = self.config.endpoints[*at].session.timers == SessionTimers::Always;
                session.timer.interval = always.then_some(session.timer.interval.unwrap_or(asked));
                session.timer.ours = always;
            }
        }
        self.run_timer(calls.time().now, channel);
    }

    /// Starts what the interval asks for: who refreshes does so at its half, the other waits until it is nearly over.
    fn run_timer(&mut self, now: Duration, channel: ChannelKey) {
        self.timers.stop(channel, Timer::Refresh);
        self.timers.stop(channel, Timer::Expiry);
        let Some(Session { timer, .. }) = self.sessions.get(&channel) else { return };
        let Some(interval) = timer.interval else { return };
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        if timer.ours {
            self.timers.start(channel, Timer::Refresh, now + seconds(interval / 2));
        }
        // RFC 4028 §10: the lesser of 32 s and a third of the interval before its end.
        let margin = (interval / 3).min(32);
        self.timers.start(channel, Timer::Expiry, now + seconds(interval - margin));
    }

    /// It is time to refresh.
    pub(crate) fn refresh_session(&mut self, calls: &mut Calls, channel: ChannelKey) {
        self.want(calls, channel, Wanted::REFRESH);
    }

    /// Nobody refreshed: the call ends with BYE.
    pub(crate) fn session_expired(&mut self, calls: &mut Calls, channel: ChannelKey) {
        if self.sessions.get(&channel).is_some_and(|session| matches!(session.phase, Phase::Up)) {
            calls.hung_up(channel, Cause::NO_USER_RESPONSE, Some(408));
        }
    }
}
