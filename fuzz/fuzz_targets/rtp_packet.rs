//! Datagrams on a media port: RTP is written back as it was read, RTCP and telephone-events are walked through.
#![no_main]

use core::time::Duration;

use libfuzzer_sys::fuzz_target;
use rtp::telephone_event::EventReceiver;
use rtp::{JitterBuffer, Packet, Reception, classify, rtcp};

fuzz_target!(|data: &[u8]| {
    let _ = classify(data);
    if let Ok(packet) = Packet::parse(data) {
        let mut out = vec![0; packet.encoded_len()];
        assert_eq!(packet.write(&mut out), Ok(data.len()));
        assert_eq!(Packet::parse(&out), Ok(packet));
    }
    if let Ok(compound) = rtcp::parse(data) {
        for packet in compound {
            if let rtcp::Rtcp::SenderReport { blocks, .. } | rtcp::Rtcp::ReceiverReport { blocks, .. } = packet {
                assert!(blocks.count() <= rtcp::MAX_REPORT_BLOCKS);
            }
        }
    }
    // The same octets as a run of short packets, for all that keeps state.
    let (mut reception, mut buffer, mut events) =
        (Reception::new(8000), JitterBuffer::new(8000), EventReceiver::new(8000));
    for (n, octets) in data.chunks(20).enumerate() {
        let now = Duration::from_millis(n as u64 * 20);
        if let Ok(packet) = Packet::parse(octets) {
            reception.received(&packet.header, packet.payload.len(), now);
            buffer.put(&packet.header, packet.payload, now);
            events.received(&packet.header, packet.payload, now).for_each(drop);
        }
        let _ = reception.report_block(now);
        let _ = buffer.take(now);
        let _ = events.expire(now);
    }
});
