//! Whose packets are believed: a stream's source is qualified, then locked, so that a third party can neither be heard
//! nor have the stream sent to it (the class of faults known as RTPBleed).
//!
//! What was signalled has the preference: its first packet is believed. Another source, as behind a translator, has to
//! send some packets in sequence first ([`SourcePolicy::probation`]). For [`LEARNING`] after each negotiation another one
//! may still qualify where the present one is silent, and not from elsewhere than what signalling vouches for; from then on
//! only the present one is heard, until the next negotiation.

use core::time::Duration;
use std::net::{IpAddr, SocketAddr};

use crate::packet::Header;

/// How long after a negotiation another source may qualify.
pub const LEARNING: Duration = Duration::from_secs(5);
/// Packets in sequence that qualify a source unless told otherwise.
pub const DEFAULT_PROBATION: u8 = 4;
/// Sources that may be on probation at once; a further one takes the place of one that is known from nowhere.
pub const MAX_CANDIDATES: usize = 4;

/// How strict the source of a stream is looked at (`strictrtp` in `rtp.conf`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Whoever sends is believed, and sent to.
    Open,
    /// Sequence numbers qualify a source.
    Sequence,
    /// Sequence numbers qualify a source, and that they do not come in one burst.
    #[default]
    SequenceAndTime,
}

/// How a stream's source is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourcePolicy {
    /// How strict.
    pub strictness: Strictness,
    /// Packets in sequence that qualify a source which was not signalled; at least one.
    pub probation: u8,
    /// Where the far end's signalling comes from: a source there is preferred to one from elsewhere.
    pub peer: Option<IpAddr>,
}

impl Default for SourcePolicy {
    fn default() -> SourcePolicy {
        SourcePolicy { strictness: Strictness::default(), probation: DEFAULT_PROBATION, peer: None }
    }
}

impl SourcePolicy {
    /// Whether an address is known from signalling.
    fn knows(&self, signalled: SocketAddr, ip: IpAddr) -> bool {
        signalled.ip() == ip || self.peer == Some(ip)
    }

    /// The least time between the first and the last packet of a probation: 9 ms a packet, less 5 for jitter, packets
    /// being of 10 ms or more.
    fn least_time(&self) -> Duration {
        let ms = (u64::from(self.probation.max(1)) - 1) * 9;
        Duration::from_millis(ms.saturating_sub(5))
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    next: u16,
    count: u8,
    since: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Since when.
    Learning(Duration),
    Locked,
}

/// What a packet's source is to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It is the stream's: use the packet.
    Known,
    /// It has become the stream's with this packet: use it, and take the stream for a new one.
    Learned,
    /// It is not, or not yet: drop the packet.
    Refused,
}

/// The source of one stream.
#[derive(Debug, Clone)]
pub struct Source {
    policy: SourcePolicy,
    signalled: SocketAddr,
    state: State,
    accepted: Option<SocketAddr>,
    candidates: [Option<Candidate>; MAX_CANDIDATES],
    /// Where reports come from, once one has come.
    reports: Option<SocketAddr>,
}

impl Source {
    /// Nothing learned yet; `signalled` is where the far end says that it takes RTP.
    pub fn new(policy: SourcePolicy, signalled: SocketAddr, now: Duration) -> Source {
        Source {
            policy,
            signalled,
            state: State::Learning(now),
            accepted: None,
            candidates: [None; MAX_CANDIDATES],
            reports: None,
        }
    }

    /// A new agreement: learning begins anew. What was learned holds until another source qualifies, unless the far end
    /// now is elsewhere.
    pub fn renegotiated(&mut self, policy: SourcePolicy, signalled: SocketAddr, now: Duration) {
        if signalled != self.signalled {
            (self.accepted, self.reports) = (None, None);
        }
        (self.policy, self.signalled) = (policy, signalled);
        self.candidates = [None; MAX_CANDIDATES];
        self.state = State::Learning(now);
    }

    /// The source that is believed, once a packet of it has come.
    pub fn accepted(&self) -> Option<SocketAddr> {
        self.accepted
    }

    /// Where reports come from, once one has come.
    pub fn reports(&self) -> Option<SocketAddr> {
        self.reports
    }

    /// Judges the source of a packet that could be the stream's.
    pub fn judge(&mut self, now: Duration, from: SocketAddr, header: &Header) -> Judgement {
        if self.accepted == Some(from) {
            if let State::Learning(since) = self.state {
                if now.saturating_sub(since) >= LEARNING {
                    self.state = State::Locked;
                }
                self.set_back(self.policy.knows(self.signalled, from.ip()));
            }
            return Judgement::Known;
        }
        if self.policy.strictness == Strictness::Open {
            return self.learn(from);
        }
        match self.state {
            State::Locked => Judgement::Refused,
            State::Learning(since) if now.saturating_sub(since) >= LEARNING && self.accepted.is_some() => {
                self.state = State::Locked;
                Judgement::Refused
            }
            State::Learning(_) if from == self.signalled => self.learn(from),
            State::Learning(_) if self.is_out_of_place(from) => Judgement::Refused,
            State::Learning(_) => {
                if self.is_qualified(now, from, header) {
                    self.learn(from)
                } else {
                    Judgement::Refused
                }
            }
        }
    }

    /// Judges the source of a packet that proved to be of the far end by its key: it is believed wherever it comes from.
    pub fn judge_authentic(&mut self, now: Duration, from: SocketAddr, header: &Header) -> Judgement {
        if self.accepted == Some(from) { self.judge(now, from, header) } else { self.learn(from) }
    }

    /// Notes the source of a report that proved to be of the far end by its key.
    pub fn note_report(&mut self, from: SocketAddr) {
        self.reports = Some(from);
    }

    /// Whether a report of that source is believed. The first from where the stream's packets come from, by address,
    /// decides; before any packet, only what was signalled counts.
    pub fn believes_report(&mut self, from: SocketAddr) -> bool {
        if let Some(known) = self.reports {
            return known == from;
        }
        let believed = self.accepted.unwrap_or(self.signalled).ip() == from.ip();
        // Before a packet has come, nothing is learned from a report: it would redirect ours.
        if believed && self.accepted.is_some() {
            self.reports = Some(from);
        }
        believed
    }

    /// A source known from nowhere does not replace one that signalling vouches for, not even a silent one.
    fn is_out_of_place(&self, from: SocketAddr) -> bool {
        let knows = |address: SocketAddr| self.policy.knows(self.signalled, address.ip());
        self.accepted.is_some_and(knows) && !knows(from)
    }

    fn learn(&mut self, from: SocketAddr) -> Judgement {
        if self.accepted.is_some_and(|before| before.ip() != from.ip()) {
            self.reports = None;
        }
        self.accepted = Some(from);
        self.candidates = [None; MAX_CANDIDATES];
        Judgement::Learned
    }

    /// The present source has sent: those on probation begin again; those known from signalling only where it is so itself.
    fn set_back(&mut self, all: bool) {
        let (policy, signalled) = (self.policy, self.signalled);
        for place in &mut self.candidates {
            if place.is_some_and(|candidate| all || !policy.knows(signalled, candidate.from.ip())) {
                *place = None;
            }
        }
    }

    fn is_qualified(&mut self, now: Duration, from: SocketAddr, header: &Header) -> bool {
        let begun = Candidate {
            from,
            ssrc: header.ssrc,
            next: header.sequence.wrapping_add(1),
            count: 1,
            since: now,
        };
        let Some(place) = self.place(from) else { return false };
        let candidate = match place {
            Some(candidate) if (candidate.ssrc, candidate.next) == (header.ssrc, header.sequence) => {
                candidate.next = begun.next;
                candidate.count = candidate.count.saturating_add(1);
                *candidate
            }
            place => *place.insert(begun),
        };
        if candidate.count < self.policy.probation.max(1) {
            return false;
        }
        let in_time = self.policy.strictness != Strictness::SequenceAndTime
            || now.saturating_sub(candidate.since) >= self.policy.least_time();
        if !in_time && let Some(place) = self.place(from) {
            // A burst: it begins again.
            *place = Some(begun);
        }
        in_time
    }

    /// Where a source on probation is kept: its own place, a free one, or that of a source known from nowhere.
    fn place(&mut self, from: SocketAddr) -> Option<&mut Option<Candidate>> {
        let (policy, signalled) = (self.policy, self.signalled);
        let own = |place: &Option<Candidate>| place.is_some_and(|candidate| candidate.from == from);
        let unknown = |place: &Option<Candidate>| {
            place.is_some_and(|candidate| !policy.knows(signalled, candidate.from.ip()))
        };
        let at = self
            .candidates
            .iter()
            .position(own)
            .or_else(|| self.candidates.iter().position(Option::is_none))
            .or_else(|| {
                let stalest = self.candidates.iter().enumerate().filter(|(_, place)| unknown(place));
                stalest.min_by_key(|(_, place)| place.map(|candidate| candidate.since)).map(|(at, _)| at)
            })?;
        if self.candidates[at].is_some_and(|candidate| candidate.from != from) {
            self.candidates[at] = None;
        }
        Some(&mut self.candidates[at])
    }
}

#[cfg(test)]
mod tests;
