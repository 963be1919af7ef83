//! What went through a shard's sockets: plain numbers of its thread, copied for readers once a turn.

use std::sync::atomic::{AtomicU64, Ordering};

use media::{LegStatistics, PacketKind};

/// Packets and octets, of RTP and of RTCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    /// RTP packets.
    pub rtp_packets: u64,
    /// RTP octets, headers of RTP included.
    pub rtp_octets: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// RTCP octets.
    pub rtcp_octets: u64,
}

impl Way {
    pub(super) fn count(&mut self, kind: PacketKind, length: usize) {
        match kind {
            PacketKind::Rtp => {
                self.rtp_packets += 1;
                self.rtp_octets += length as u64;
            }
            PacketKind::Rtcp => {
                self.rtcp_packets += 1;
                self.rtcp_octets += length as u64;
            }
        }
    }
}

/// Everything that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// What came.
    pub received: Way,
    /// What was sent.
    pub sent: Way,
    /// Packets that could not be sent.
    pub unsent: u64,
    /// Packets that never came, of legs that have ended.
    pub lost: u64,
    /// Packets of a source other than the one learned, of legs that have ended.
    pub refused: u64,
}

impl Traffic {
    pub(super) fn ended(&mut self, leg: &LegStatistics) {
        self.lost += leg.lost_packets;
        self.refused += leg.refused_packets;
    }

    fn numbers(&self) -> [u64; NUMBERS] {
        let Traffic { received, sent, unsent, lost, refused } = *self;
        [
            received.rtp_packets,
            received.rtp_octets,
            received.rtcp_packets,
            received.rtcp_octets,
            sent.rtp_packets,
            sent.rtp_octets,
            sent.rtcp_packets,
            sent.rtcp_octets,
            unsent,
            lost,
            refused,
        ]
    }
}

const NUMBERS: usize = 11;

/// The copy that others read.
#[derive(Debug, Default)]
pub struct Published([AtomicU64; NUMBERS]);

impl Published {
    pub(super) fn publish(&self, traffic: &Traffic) {
        for (place, number) in self.0.iter().zip(traffic.numbers()) {
            place.store(number, Ordering::Relaxed);
        }
    }

    /// The numbers as they were at the shard's last turn.
    pub fn read(&self) -> Traffic {
        let [a, b, c, d, e, f, g, h, unsent, lost, refused] =
            std::array::from_fn(|at| self.0[at].load(Ordering::Relaxed));
        Traffic {
            received: Way { rtp_packets: a, rtp_octets: b, rtcp_packets: c, rtcp_octets: d },
            sent: Way { rtp_packets: e, rtp_octets: f, rtcp_packets: g, rtcp_octets: h },
            unsent,
            lost,
            refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_see_what_was_counted() {
        let mut traffic = Traffic { unsent: 3, lost: 4, refused: 5, ..Traffic::default() };
        traffic.received.count(PacketKind::Rtp, 172);
        traffic.sent.count(PacketKind::Rtp, 172);
        traffic.sent.count(PacketKind::Rtcp, 60);
        let published = Published::default();
        published.publish(&traffic);
        assert_eq!(published.read(), traffic);
    }
}
