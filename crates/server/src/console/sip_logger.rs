//! `pjsip set logger`: whole SIP messages, for consoles and the log, in Asterisk's form.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sip::Flow;

/// Most addresses that are named.
pub const MOST_HOSTS: usize = 64;

/// Which messages are shown. Clones are one.
#[derive(Clone, Default)]
pub struct SipLogger(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Whether to look further: all that a message costs while the logger is off.
    is_on: AtomicBool,
    hosts: Mutex<Option<BTreeSet<IpAddr>>>,
}

impl SipLogger {
    /// Shows everything.
    pub fn show_all(&self) {
        *self.hosts() = None;
        self.0.is_on.store(true, Ordering::Relaxed);
    }

    /// Shows what goes to and comes from an address, beside those named before where `add` is set. `false` where too many
    /// are named.
    pub fn show_host(&self, host: IpAddr, add: bool) -> bool {
        let mut hosts = self.hosts();
        let named = hosts.get_or_insert_default();
        if !add {
            named.clear();
        }
        if named.len() >= MOST_HOSTS {
            return false;
        }
        named.insert(host);
        drop(hosts);
        self.0.is_on.store(true, Ordering::Relaxed);
        true
    }

    /// Shows nothing.
    pub fn show_nothing(&self) {
        self.0.is_on.store(false, Ordering::Relaxed);
    }

    /// A message came.
    pub(crate) fn received(&self, flow: &Flow, message: &[u8]) {
        self.message("Received", "from", flow, message);
    }

    /// A message is sent.
    pub(crate) fn sent(&self, flow: &Flow, message: &[u8]) {
        self.message("Transmitting", "to", flow, message);
    }

    fn message(&self, way: &str, side: &str, flow: &Flow, message: &[u8]) {
        if self.0.is_on.load(Ordering::Relaxed) && self.shows(flow.remote.ip()) {
            let text = written(way, side, flow, message);
            tracing::info!(target: super::lines::SIP_TARGET, "{text}");
        }
    }

    fn shows(&self, host: IpAddr) -> bool {
        self.hosts().as_ref().is_none_or(|hosts| hosts.contains(&host.to_canonical()))
    }

    fn hosts(&self) -> MutexGuard<'_, Option<BTreeSet<IpAddr>>> {
        // A set is whole between two operations.
        self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Each begins a line of its own. What cannot be shown on a terminal is left out, so that nobody who sends SIP steers the operator's screen.
fn written(way: &str, side: &str, flow: &Flow, message: &[u8]) -> String {
    let kind = if message.starts_with(b"SIP/2.0 ") { "response" } else { "request" };
    let (length, transport, remote) = (message.len(), flow.transport, flow.remote);
    let text: String = String::from_utf8_lossy(message)
        .chars()
        .filter(|character| !character.is_control() || *character == '\n' || *character == '\t')
        .collect();
    format!("\n<--- {way} SIP {kind} ({length} bytes) {side} {transport}:{remote} --->\n{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_in_asterisks_form_without_what_steers_a_terminal() {
        let flow = Flow::udp("127.0.0.1:5060".parse().unwrap(), "192.0.2.1:5062".parse().unwrap());
        let message = b"OPTIONS sip:a SIP/2.0\r\nX: \x1b[31mred\r\n\r\n";
        assert_eq!(
            written("Received", "from", &flow, message),
            "\n<--- Received SIP request (38 bytes) from UDP:192.0.2.1:5062 --->\nOPTIONS sip:a SIP/2.0\nX: [31mred\n\n\n"
        );
    }

    #[test]
    fn named_hosts_are_shown_alone() {
        let logger = SipLogger::default();
        let [one, other]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        assert!(logger.show_host(one, false) && logger.shows(one) && !logger.shows(other));
        assert!(logger.show_host(other, true) && logger.shows(one) && logger.shows(other));
        logger.show_all();
        assert!(logger.shows("192.0.2.3".parse().unwrap()));
    }
}
