//! Timers, by the letters of RFC 3261 Table 4.

use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::time::Duration;

/// The timers of the transaction machines. One that has no letter in the RFCs says where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// INVITE request retransmission.
    A,
    /// INVITE transaction timeout.
    B,
    /// Wait for response retransmissions of INVITE.
    D,
    /// Non-INVITE request retransmission.
    E,
    /// Non-INVITE transaction timeout.
    F,
    /// INVITE response retransmission; also the 2xx (§13.3.1.4).
    G,
    /// Wait for ACK.
    H,
    /// Wait for ACK retransmissions.
    I,
    /// Wait for non-INVITE request retransmissions.
    J,
    /// Wait for response retransmissions of non-INVITE.
    K,
    /// Wait for accepted INVITE request retransmissions (RFC 6026).
    L,
    /// Wait for retransmissions of 2xx to INVITE (RFC 6026).
    M,
    /// No final response for so long after the last provisional one (RFC 3261 §16.8, where a user wants it).
    C,
    /// Reliable provisional response retransmission (RFC 3262 §3).
    Reliable,
    /// No PRACK within 64*T1 (RFC 3262 §3).
    Unpracked,
    /// 200 ms without an answer to INVITE: send 100 (§17.2.1).
    Trying,
    /// A minute since the last provisional response: send it again (§13.3.1.1).
    Provisional,
    /// 64*T1 after CANCEL without a final response: the INVITE is over (§9.1).
    Cancelled,
    /// 64*T1 without an answer from the user: the client has given up (Timer F there; RFC 4320).
    Unanswered,
}

/// Whose timer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Client(u64),
    Server(u64),
}

/// The running timers of one transaction; at most one of each letter.
pub(super) type Armed = SmallVec<[(Timer, Duration); 2]>;

/// All running timers in the order they fire; each operation is O(log n).
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Duration, Owner, Timer)>);

impl Timers {
    pub(super) fn start(&mut self, armed: &mut Armed, owner: Owner, timer: Timer, at: Duration) {
        self.stop(armed, owner, timer);
        armed.push((timer, at));
        self.0.insert((at, owner, timer));
    }

    pub(super) fn stop(&mut self, armed: &mut Armed, owner: Owner, timer: Timer) {
        if let Some(position) = armed.iter().position(|(t, _)| *t == timer) {
            let (_, at) = armed.swap_remove(position);
            self.0.remove(&(at, owner, timer));
        }
    }

    pub(super) fn stop_all(&mut self, armed: &mut Armed, owner: Owner) {
        for (timer, at) in armed.drain(..) {
            self.0.remove(&(at, owner, timer));
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.0.first().map(|(at, _, _)| *at)
    }

    /// The first timer that is due; its owner still lists it as armed and must forget it.
    pub(super) fn due(&mut self, now: Duration) -> Option<(Owner, Timer)> {
        let first = *self.0.first().filter(|(at, _, _)| *at <= now)?;
        self.0.remove(&first);
        Some((first.1, first.2))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
