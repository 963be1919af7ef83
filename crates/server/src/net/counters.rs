//! What went through SIP's sockets since the start.

use std::sync::atomic::{AtomicU64, Ordering};

use sip::Transport;

/// Counts of all transports. Reading them stops nobody.
#[derive(Debug, Default)]
pub struct Counters {
    by_transport: [Traffic; 5],
    /// Connections that were closed at once because there were too many, in all or of one address.
    pub refused_connections: AtomicU64,
    /// TLS and WebSocket handshakes that failed or took too long.
    pub failed_handshakes: AtomicU64,
    /// Connections closed because their peer did not read what was sent to it.
    pub slow_readers: AtomicU64,
    /// Messages that were too long, or no SIP at all.
    pub unreadable: AtomicU64,
    /// Messages that the switch had no room for: dropped, or answered 503.
    pub refused_messages: AtomicU64,
    /// Host names looked up.
    pub lookups: AtomicU64,
    /// Look-ups that no name server answered.
    pub failed_lookups: AtomicU64,
}

/// Counts of one transport.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Messages that came.
    pub messages_in: AtomicU64,
    /// Messages that went.
    pub messages_out: AtomicU64,
    /// Octets of messages that came.
    pub bytes_in: AtomicU64,
    /// Octets of messages that went.
    pub bytes_out: AtomicU64,
    /// Connections that are open; always 0 for UDP.
    pub connections: AtomicU64,
    /// Connections that there were, those open included.
    pub connections_ever: AtomicU64,
}

impl Counters {
    /// Those of one transport.
    pub fn of(&self, transport: Transport) -> &Traffic {
        let at = match transport {
            Transport::Udp => 0,
            Transport::Tcp => 1,
            Transport::Tls => 2,
            Transport::Ws => 3,
            Transport::Wss => 4,
        };
        &self.by_transport[at]
    }

    pub(super) fn received(&self, transport: Transport, length: usize) {
        let traffic = self.of(transport);
        count(&traffic.messages_in);
        traffic.bytes_in.fetch_add(length as u64, Ordering::Relaxed);
    }

    pub(super) fn sent(&self, transport: Transport, length: usize) {
        let traffic = self.of(transport);
        count(&traffic.messages_out);
        traffic.bytes_out.fetch_add(length as u64, Ordering::Relaxed);
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
