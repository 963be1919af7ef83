//! Timer values and limits.

use std::time::Duration;

/// Timer values (RFC 3261 Table 4) and limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The round-trip estimate; 500 ms.
    pub t1: Duration,
    /// How long anything is waited for (Timer B and those like it); 32 s. Never less than 64*T1.
    pub timer_b: Duration,
    /// The longest interval between retransmissions; 4 s.
    pub t2: Duration,
    /// How long a message stays in the network; 5 s.
    pub t4: Duration,
    /// How long an INVITE waits for the user before 100 is sent for it; 200 ms. Zero sends it at once.
    pub trying_after: Duration,
    /// How long an INVITE of ours may stay without a final response after its last provisional one before it is
    /// cancelled (Timer C of RFC 3261 §16.8, above 3 minutes there); `None` leaves that to the user.
    pub timer_c: Option<Duration>,
    /// Answer to the source port also where `rport` was not asked for.
    pub force_rport: bool,
    /// The most server transactions. An eighth of them is kept for requests inside dialogs: with the rest used,
    /// new requests get 503; with all used, requests inside dialogs are dropped (the peer sends again).
    pub max_servers: usize,
    /// The most client transactions; beyond it [`Error::TooManyTransactions`](crate::Error::TooManyTransactions).
    pub max_clients: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            t1: Duration::from_millis(500),
            timer_b: Duration::from_secs(32),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            trying_after: Duration::from_millis(200),
            timer_c: None,
            force_rport: false,
            max_servers: 262_144,
            max_clients: 262_144,
        }
    }
}

impl Settings {
    /// How long anything is waited for.
    pub(super) fn give_up(&self) -> Duration {
        self.timer_b.max(self.t1 * 64)
    }
}
