//! Passing packets on as they come, without decoding, between two members of one format.

use core::time::Duration;

use rtp::packet::Packet;

use crate::{RoomId, RoomKind, Way};

use super::leg::{Leg, Other};
use super::stream::{Incoming, Stream};
use super::table::Slot;
use super::{Shard, Transmit};

impl Shard {
    /// Whether the packets of this room's members are passed on as they come: a mixing room of two members, both RTP,
    /// who send and accept one codec with one packet time both ways; neither muted, echoing, hearing a player of its
    /// own, sending digits, listened to for tones, or whispered to; no player on the room.
    pub fn may_forward(&self, room: RoomId) -> bool {
        self.rooms.slot(room).is_some_and(|slot| self.forwards(slot))
    }

    pub(super) fn forwards(&self, room: Slot) -> bool {
        let room = self.rooms.at(room);
        let [(first, _), (second, _)] = room.members[..] else { return false };
        let (first, second) = (self.legs.at(first), self.legs.at(second));
        room.kind == RoomKind::Mixing
            && room.foreground.is_empty()
            && room.background.is_empty()
            && first.is_plain()
            && second.is_plain()
            && have_one_format(first, second)
            && !self.is_whispered_to(first)
            && !self.is_whispered_to(second)
    }

    fn is_whispered_to(&self, leg: &Leg) -> bool {
        leg.taps.iter().filter_map(|tap| self.legs.named(*tap)).any(|tap| match &tap.other {
            Other::Tap { whisper, .. } => whisper.include(Way::In) || whisper.include(Way::Out),
            Other::Rtp(_) | Other::Pair(_) | Other::Link { .. } | Other::Null => false,
        })
    }

    /// The other member of a room that passes packets on.
    pub(super) fn forward_partner(&self, leg: Slot) -> Option<Slot> {
        let (room, _) = self.legs.at(leg).room?;
        if !self.forwards(room) {
            return None;
        }
        self.rooms.at(room).members.iter().map(|(member, _)| *member).find(|member| *member != leg)
    }

    /// Whether what a member says is followed on the tick even while packets are passed on.
    pub(super) fn is_room_watched(&self, room: Slot) -> bool {
        let room = self.rooms.at(room);
        !room.recorders.is_empty()
            || room.members.iter().any(|(member, _)| self.legs.at(*member).is_watched())
    }

    /// Passes a packet of `from` on to `to`, unless it is a digit that is to be kept back, or nothing that was agreed.
    pub(super) fn forward(
        &mut self,
        now: Duration,
        from: Slot,
        to: Slot,
        packet: &Packet<'_>,
        incoming: Incoming,
        out: &mut dyn Transmit,
    ) {
        let takes_events = self.legs.at(to).stream().is_some_and(Stream::sends_events);
        let source = self.legs.at_mut(from);
        let keep_back = match incoming {
            Incoming::Speech(_) => false,
            Incoming::Event => source.absorbs_digits || !takes_events,
            Incoming::Nothing | Incoming::Noise | Incoming::Other => true,
        };
        let Some(stream) = source.stream_mut() else { return };
        if keep_back {
            stream.keep_back(&packet.header);
            return;
        }
        let Some(header) = stream.relay(&packet.header) else { return };
        if let Some(stream) = self.legs.at_mut(to).stream_mut() {
            stream.pass_on(now, &header, packet.payload, incoming, out);
        }
    }
}

fn have_one_format(first: &Leg, second: &Leg) -> bool {
    let (Some(first), Some(second)) = (first.stream(), second.stream()) else { return false };
    let both_ways = [first, second].iter().all(|stream| stream.sends() && stream.receives());
    let packet_time = |stream: &Stream| stream.config().map(|config| config.ptime_ms);
    let quiet = !first.is_pressing() && !second.is_pressing();
    both_ways
        && quiet
        && first.single_codec().is_some()
        && first.single_codec() == second.single_codec()
        && packet_time(first) == packet_time(second)
}
