//! The network: datagrams that take their time, get lost, come twice or overtake each other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use sip::Random;

/// How datagrams of one kind travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// How long each takes at least.
    pub latency: Duration,
    /// How much longer it may take.
    pub jitter: Duration,
    /// Lost, of a thousand.
    pub loss: u32,
    /// Delivered twice, of a thousand.
    pub duplicated: u32,
    /// Held back so that later ones overtake it, of a thousand.
    pub reordered: u32,
}

impl Link {
    /// Five milliseconds and nothing goes wrong.
    pub const GOOD: Link = Link {
        latency: Duration::from_millis(5),
        jitter: Duration::from_millis(1),
        loss: 0,
        duplicated: 0,
        reordered: 0,
    };

    /// A link that loses so many of a thousand.
    pub const fn losing(loss: u32) -> Link {
        Link { loss, ..Link::GOOD }
    }

    /// Whether what comes out can differ from what went in by more than time.
    pub fn is_faulty(&self) -> bool {
        self.loss + self.duplicated + self.reordered > 0
    }
}

/// What is held back is held back so long.
const HELD_BACK: Duration = Duration::from_millis(45);

/// A rule to lose particular messages.
#[derive(Debug, Clone)]
struct Loss {
    label: String,
    left: u32,
}

/// The network of a world.
pub struct Network {
    /// How SIP travels.
    pub sip: Link,
    /// How RTP travels.
    pub rtp: Link,
    random: Random,
    losses: Vec<Loss>,
    /// When the last datagram between two addresses arrives: later ones do not overtake it by chance.
    last: BTreeMap<(SocketAddr, SocketAddr), Duration>,
    /// Datagrams lost, duplicated, held back.
    pub counts: [u64; 3],
}

impl Network {
    pub(crate) fn new(seed: u64) -> Network {
        Network {
            sip: Link::GOOD,
            rtp: Link::GOOD,
            random: Random::new(seed ^ 0x6e65_7477),
            losses: Vec::new(),
            last: BTreeMap::new(),
            counts: [0; 3],
        }
    }

    /// Loses the next `times` SIP messages of that label, such as `ACK` or `200 INVITE`.
    pub fn lose(&mut self, label: &str, times: u32) {
        self.losses.push(Loss { label: label.to_owned(), left: times });
    }

    /// Loses nothing by its label any more.
    pub fn heal(&mut self) {
        self.losses.clear();
    }

    fn dice(&mut self, permille: u32) -> bool {
        permille > 0 && self.random.next_u64() % 1_000 < u64::from(permille)
    }

    /// When a datagram arrives: never, once, or twice. `label` is a SIP message's.
    pub(crate) fn arrivals(
        &mut self,
        now: Duration,
        from: SocketAddr,
        to: SocketAddr,
        label: Option<&str>,
    ) -> Vec<Duration> {
        let link = if label.is_some() { self.sip } else { self.rtp };
        if let Some(label) = label
            && let Some(loss) = self.losses.iter_mut().find(|loss| loss.left > 0 && loss.label == label)
        {
            loss.left -= 1;
            return vec![];
        }
        if self.dice(link.loss) {
            self.counts[0] += 1;
            return vec![];
        }
        let copies = if self.dice(link.duplicated) { 2 } else { 1 };
        self.counts[1] += copies - 1;
        let mut arrivals = Vec::with_capacity(2);
        for _ in 0..copies {
            let jitter = link.jitter.as_micros().max(1) as u64;
            let at = now + link.latency + Duration::from_micros(self.random.next_u64() % jitter);
            if self.dice(link.reordered) {
                self.counts[2] += 1;
                arrivals.push(at + HELD_BACK);
                continue;
            }
            let last = self.last.entry((from, to)).or_default();
            *last = at.max(*last);
            arrivals.push(*last);
        }
        arrivals
    }
}
