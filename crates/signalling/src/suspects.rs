//! Those who fail to prove who they are: told to the log in words that fail2ban's stock filter for Asterisk knows, and
//! answered without anything being kept for them once they are many.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use call::{Calls, LogLevel, UnixMs};
use sip::{Flow, Request, Response, ServerKey};

use crate::agent::UserAgent;
use crate::date::civil;

/// Addresses that are remembered; the one that was heard of longest ago is forgotten for one more.
const MAX_SUSPECTS: usize = 10_000;
/// So long an address is worth one line.
const A_LINE_EACH: Duration = Duration::from_secs(60);

/// What somebody did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offence {
    /// No endpoint is his.
    NoEndpoint,
    /// His credentials are wrong.
    WrongCredentials,
    /// His address is kept out.
    Acl,
    /// His Contact is kept out.
    ContactAcl,
}

impl Offence {
    /// Asterisk's words, and its security event.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Offence::NoEndpoint => ("No matching endpoint found", "InvalidAccountID"),
            Offence::WrongCredentials => ("Failed to authenticate", "ChallengeResponseFailed"),
            Offence::Acl => ("Not match Endpoint ACL", "FailedACL"),
            Offence::ContactAcl => ("Not match Endpoint Contact ACL", "FailedACL"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Suspect {
    /// When this period's count began.
    since: Duration,
    count: u32,
    heard: Duration,
    told: Option<Duration>,
}

/// Addresses that failed.
#[derive(Default)]
pub(crate) struct Suspects {
    by_address: BTreeMap<IpAddr, Suspect>,
    by_time: BTreeSet<(Duration, IpAddr)>,
}

impl Suspects {
    /// Notes a failure; whether it is worth a line.
    fn note(&mut self, now: Duration, address: IpAddr, period: Duration) -> bool {
        let new = Suspect { since: now, count: 0, heard: now, told: None };
        let suspect = self.by_address.entry(address).or_insert(new);
        self.by_time.remove(&(suspect.heard, address));
        if now.saturating_sub(suspect.since) > period {
            (suspect.since, suspect.count) = (now, 0);
        }
        suspect.count = suspect.count.saturating_add(1);
        suspect.heard = now;
        let is_due = suspect.told.is_none_or(|told| now.saturating_sub(told) >= A_LINE_EACH);
        if is_due {
            suspect.told = Some(now);
        }
        self.by_time.insert((now, address));
        if self.by_address.len() > MAX_SUSPECTS
            && let Some((_, oldest)) = self.by_time.pop_first()
        {
            self.by_address.remove(&oldest);
        }
        is_due
    }

    /// Whether an address failed so often that nothing is kept for it any more.
    fn is_pest(&self, now: Duration, address: IpAddr, count: u32, period: Duration) -> bool {
        let suspect = self.by_address.get(&address);
        suspect.is_some_and(|one| one.count > count && now.saturating_sub(one.since) <= period)
    }
}

impl UserAgent {
    /// Notes that a request failed, and writes it down where its address had no line within the last minute.
    pub(crate) fn offend(&mut self, calls: &mut Calls, flow: &Flow, request: &Request, offence: Offence) {
        let time = calls.time();
        let period = self.config.global.unidentified_period;
        if !self.suspects.note(time.now, flow.remote.ip().to_canonical(), period) {
            return;
        }
        let (words, event) = offence.words();
        let from = request.headers.value("From").map(|from| printable(from)).unwrap_or_default();
        let call_id = printable(&request.headers.call_id());
        let line = format!(
            "Request '{}' from '{from}' failed for '{}' (callid: {call_id}) - {words}",
            printable(request.method.as_str()),
            flow.remote
        );
        calls.log(LogLevel::Security, line);
        let account = request.headers.from().map(|from| from.uri.user_unescaped()).unwrap_or_default();
        let line = format!(
            "SecurityEvent=\"{event}\",EventTV=\"{}\",Severity=\"Error\",Service=\"PJSIP\",EventVersion=\"1\",\
             AccountID=\"{}\",SessionID=\"{call_id}\",LocalAddress=\"{}\",RemoteAddress=\"{}\"",
            moment(time.unix_ms),
            printable(&account),
            address(flow, flow.local),
            address(flow, flow.remote),
        );
        calls.log(LogLevel::Security, line);
    }

    /// Sends a refusal to whom nothing was proved. Where an address fails too often nothing is remembered of it: a flood
    /// fills no table.
    pub(crate) fn refuse(&mut self, now: Duration, key: ServerKey, flow: &Flow, response: Response) {
        let global = &self.config.global;
        let (count, period) = (global.unidentified_count, global.unidentified_period);
        match self.suspects.is_pest(now, flow.remote.ip().to_canonical(), count, period) {
            // An answer to what is over already has nobody to go to.
            true => drop(self.transactions.respond_and_forget(key, response)),
            false => self.respond(now, key, response),
        }
    }
}

/// What a stranger wrote, as far as it can stand in a line between quotes.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\'' | '"') { '_' } else { c }).take(200).collect()
}

fn address(flow: &Flow, address: std::net::SocketAddr) -> String {
    let family = if address.ip().to_canonical().is_ipv4() { "IPV4" } else { "IPV6" };
    format!("{family}/{}/{}/{}", flow.transport, address.ip().to_canonical(), address.port())
}

fn moment(unix_ms: UnixMs) -> String {
    let (seconds, ms) = (unix_ms / 1_000, unix_ms % 1_000);
    let (year, month, day) = civil(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}+0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_line_a_minute_and_only_so_many_are_remembered() {
        let mut suspects = Suspects::default();
        let period = Duration::from_secs(5);
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let at = Duration::from_secs;
        assert!(suspects.note(at(0), address(1), period));
        assert!(!suspects.note(at(1), address(1), period));
        assert!(suspects.note(at(61), address(1), period));
        for n in 0..2 * MAX_SUSPECTS as u32 {
            suspects.note(at(100), address(n), period);
        }
        assert_eq!((suspects.by_address.len(), suspects.by_time.len()), (MAX_SUSPECTS, MAX_SUSPECTS));
    }

    #[test]
    fn an_address_is_a_pest_within_its_period_only() {
        let mut suspects = Suspects::default();
        let (period, address) = (Duration::from_secs(5), IpAddr::from([192, 0, 2, 9]));
        for _ in 0..6 {
            suspects.note(Duration::from_secs(10), address, period);
        }
        assert!(suspects.is_pest(Duration::from_secs(11), address, 5, period));
        assert!(!suspects.is_pest(Duration::from_secs(16), address, 5, period));
    }
}
