//! Lines for fail2ban and its like about who sends what is no SIP, or too much: in the words of Asterisk's security log,
//! at most one an address a minute.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sip::Transport;

/// How long one line about an address lasts.
const EVERY: Duration = Duration::from_secs(60);
/// Addresses that are remembered at once. Where there are more, nothing is said of new ones until others are forgotten.
const MAX_ADDRESSES: usize = 4_096;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offence {
    /// Sent what is no SIP, or is too long.
    BadFormat,
    /// Sent more than there is room for.
    TooMuch,
    /// Opened more connections than there may be.
    TooManyConnections,
}

impl Offence {
    /// The event's name and severity.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Offence::BadFormat => ("RequestBadFormat", "Error"),
            Offence::TooMuch | Offence::TooManyConnections => ("SessionLimit", "Error"),
        }
    }
}

/// What has been said of whom.
#[derive(Default)]
pub(super) struct Door(Mutex<HashMap<IpAddr, Instant>>);

impl Door {
    /// Says it, unless something was said of this address within the last minute.
    pub(super) fn tell(&self, offence: Offence, transport: Transport, local: SocketAddr, remote: SocketAddr) {
        if self.may_speak(Instant::now(), remote.ip()) {
            let line = line(offence, transport, local, remote);
            tracing::warn!(target: "security", "{line}");
        }
    }

    fn may_speak(&self, now: Instant, address: IpAddr) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: Instant| now.saturating_duration_since(at) < EVERY;
        if told.get(&address).is_some_and(|at| is_recent(*at)) {
            return false;
        }
        if told.len() >= MAX_ADDRESSES {
            told.retain(|_, at| is_recent(*at));
            if told.len() >= MAX_ADDRESSES {
                return false;
            }
        }
        told.insert(address, now);
        true
    }
}

fn line(offence: Offence, transport: Transport, local: SocketAddr, remote: SocketAddr) -> String {
    let (event, severity) = offence.words();
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3f+0000");
    let place = |address: SocketAddr| {
        let family = if address.is_ipv4() { "IPV4" } else { "IPV6" };
        format!("{family}/{transport}/{}/{}", address.ip(), address.port())
    };
    format!(
        r#"SecurityEvent="{event}",EventTV="{now}",Severity="{severity}",Service="PJSIP",EventVersion="1",AccountID="<unknown>",SessionID="",LocalAddress="{}",RemoteAddress="{}""#,
        place(local),
        place(remote)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_spoken_of_once_a_minute() {
        let (door, now) = (Door::default(), Instant::now());
        let [a, b]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        assert!(door.may_speak(now, a) && door.may_speak(now, b));
        assert!(!door.may_speak(now + Duration::from_secs(59), a));
        assert!(door.may_speak(now + Duration::from_secs(60), a));
    }

    #[test]
    fn a_flood_of_addresses_is_not_remembered_without_end() {
        let (door, now) = (Door::default(), Instant::now());
        let spoken = (0..10_000_u32).filter(|n| door.may_speak(now, IpAddr::from(n.to_be_bytes()))).count();
        assert_eq!(spoken, MAX_ADDRESSES);
        assert!(door.may_speak(now + EVERY, "192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn the_line_has_the_words_of_asterisks_security_log() {
        let text = line(
            Offence::BadFormat,
            Transport::Udp,
            "127.0.0.1:5060".parse().unwrap(),
            "[2001:db8::1]:9".parse().unwrap(),
        );
        assert!(text.starts_with(r#"SecurityEvent="RequestBadFormat",EventTV="20"#), "{text}");
        let addresses = r#"LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="IPV6/UDP/2001:db8::1/9""#;
        assert!(text.ends_with(addresses), "{text}");
    }
}
