//! Faults put in on purpose between the switch and what is around it, to see that the invariants notice.

use std::sync::Arc;

use call::Event;
use stasis::{Delivery, Message, Reply, Ticket};

/// A fault. Each happens once, the first time it can, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Planted {
    /// A StasisEnd is not told.
    DropStasisEnd,
    /// A reply comes twice.
    DuplicateReply,
    /// A reply does not come.
    LoseReply,
    /// A shard's word that a leg is closed gets lost: its port is never free again.
    SwallowClosed,
    /// RTP goes on after BYE: legs never close and players never stop.
    RtpAfterBye,
    /// Two events change places.
    ReorderDeliveries,
    /// A channel's end is told before it left its application.
    DestroyedBeforeStasisEnd,
    /// An RTP sequence number is left out in the middle.
    SkipSequenceNumber,
    /// A bridge shows a member twice.
    MemberTwice,
    /// An INVITE is answered twice, by different answers.
    AnswerTwice,
}

impl Planted {
    /// All of them.
    pub const ALL: [Planted; 10] = [
        Planted::DropStasisEnd,
        Planted::DuplicateReply,
        Planted::LoseReply,
        Planted::SwallowClosed,
        Planted::RtpAfterBye,
        Planted::ReorderDeliveries,
        Planted::DestroyedBeforeStasisEnd,
        Planted::SkipSequenceNumber,
        Planted::MemberTwice,
        Planted::AnswerTwice,
    ];
}

/// What tampers.
#[derive(Default)]
pub(crate) struct Tamper {
    pub(crate) planted: Option<Planted>,
    done: bool,
    held: Option<Delivery>,
    packets: u32,
}

impl Tamper {
    /// Whether the fault is this one and has not happened; it has then.
    pub(crate) fn once(&mut self, planted: Planted) -> bool {
        let now = self.planted == Some(planted) && !self.done;
        self.done |= now;
        now
    }

    /// What becomes of a delivery.
    pub(crate) fn delivery(&mut self, delivery: Delivery) -> Vec<Delivery> {
        let is_end = matches!(&*delivery.message, Message::StasisEnd { .. });
        if is_end && self.once(Planted::DropStasisEnd) {
            return vec![];
        }
        if is_end && self.once(Planted::DestroyedBeforeStasisEnd) {
            self.held = Some(delivery);
            return vec![];
        }
        if let Message::Call(Event::ChannelEnteredBridge { bridge, channel }) = &*delivery.message
            && self.once(Planted::MemberTwice)
        {
            let mut bridge = (**bridge).clone();
            bridge.channels.push(channel.id.clone());
            let event = Event::ChannelEnteredBridge { bridge: Arc::new(bridge), channel: channel.clone() };
            return vec![Delivery { message: Arc::new(Message::Call(event)), ..delivery }];
        }
        let is_destroyed = matches!(&*delivery.message, Message::Call(Event::ChannelDestroyed { .. }));
        let swaps = self.planted == Some(Planted::ReorderDeliveries);
        match self.held.take() {
            Some(held) if swaps || is_destroyed => vec![delivery, held],
            Some(held) => {
                self.held = Some(held);
                vec![delivery]
            }
            None if self.once(Planted::ReorderDeliveries) => {
                self.held = Some(delivery);
                vec![]
            }
            None => vec![delivery],
        }
    }

    /// How often a reply comes.
    pub(crate) fn replies(&mut self, ticket: Ticket, reply: Reply) -> Vec<(Ticket, Reply)> {
        if self.once(Planted::LoseReply) {
            vec![]
        } else if self.once(Planted::DuplicateReply) {
            vec![(ticket, reply.clone()), (ticket, reply)]
        } else {
            vec![(ticket, reply)]
        }
    }

    /// What becomes of an RTP packet of the switch's shards: the fortieth and all after it count one more.
    pub(crate) fn packet(&mut self, packet: &mut [u8]) {
        if self.planted == Some(Planted::SkipSequenceNumber) && packet.len() >= 12 {
            self.packets += 1;
            if self.packets >= 40 {
                let number = u16::from_be_bytes([packet[2], packet[3]]).wrapping_add(1);
                packet[2..4].copy_from_slice(&number.to_be_bytes());
            }
        }
    }

    /// A second answer that differs from the first, after a 2xx to INVITE.
    pub(crate) fn second_answer(&mut self, label: &str, message: &[u8]) -> Option<Vec<u8>> {
        if label != "200 INVITE" || !self.once(Planted::AnswerTwice) {
            return None;
        }
        let text = String::from_utf8_lossy(message);
        let lines = text.split("\r\n").map(|line| match line.starts_with("To:") {
            true => format!("{line}x"),
            false => line.to_owned(),
        });
        Some(lines.collect::<Vec<_>>().join("\r\n").into_bytes())
    }
}
