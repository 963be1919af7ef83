//! What has to hold on the wire.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::Message;

use super::{Broken, Invariants};

/// What may still be on its way from the switch to a shard when a call ends, and be sent meanwhile.
const IN_FLIGHT: Duration = Duration::from_millis(5);

/// What was seen on the wire.
#[derive(Default)]
pub(super) struct Wire {
    /// By Call-ID: where the phone hears.
    ears: BTreeMap<String, SocketAddr>,
    /// Where nothing may be sent any more, and since when.
    closed: BTreeMap<SocketAddr, Duration>,
    /// By Call-ID and number: the final answer of ours to an INVITE.
    answers: BTreeMap<(String, u32), (u16, String)>,
    /// By from, to and source: the last sequence number.
    streams: BTreeMap<(SocketAddr, SocketAddr, u32), Stream>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stream {
    last: u16,
    packets: u64,
    gaps: u64,
}

/// `INVITE`, `200 INVITE`: how a message is called in scenarios.
pub(crate) fn label(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.as_str().to_owned(),
        Message::Response(response) => {
            let method = response.headers.cseq().map(|cseq| cseq.method.as_str().to_owned());
            format!("{} {}", response.status, method.unwrap_or_default())
        }
    }
}

/// The address and port of the first stream of a session description.
fn audio_address(body: &[u8]) -> Option<SocketAddr> {
    let text = std::str::from_utf8(body).ok()?;
    let line = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
    let address = line("c=IN IP4 ")?.trim().parse().ok()?;
    let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(address, port))
}

impl Invariants {
    /// The switch sends a SIP message. Gives its label.
    pub(crate) fn server_sip(&mut self, now: Duration, _to: SocketAddr, bytes: &[u8]) -> String {
        self.now = now;
        let Ok(message) = sip::parse(Bytes::copy_from_slice(bytes)) else {
            self.breaks(Broken::Answer, format!("not SIP: {}", String::from_utf8_lossy(bytes)));
            return "?".to_owned();
        };
        let label = label(&message);
        self.occurred(format!("sent {label}"));
        let Message::Response(response) = &message else { return label };
        let Ok(cseq) = response.headers.cseq() else { return label };
        let call_id = response.headers.call_id().to_string();
        if cseq.method.as_str() == "INVITE" && response.status >= 200 {
            let tag = response.headers.to_tag().map(|tag| tag.to_string()).unwrap_or_default();
            let answer = (response.status, tag);
            let first =
                self.wire.answers.entry((call_id.clone(), cseq.number)).or_insert(answer.clone()).clone();
            if first != answer {
                self.breaks(Broken::Answer, format!("{call_id} was answered {first:?} and {answer:?}"));
            }
        }
        if cseq.method.as_str() == "BYE" && response.status == 200 {
            self.close(&call_id);
        }
        label
    }

    /// A phone sends a SIP message. Gives its label.
    pub(crate) fn phone_sip(&mut self, bytes: &Bytes) -> String {
        let Ok(message) = sip::parse(bytes.clone()) else { return "?".to_owned() };
        let call_id = message.headers().call_id().to_string();
        let body = match &message {
            Message::Request(request) => &request.body,
            Message::Response(response) => &response.body,
        };
        if let Some(address) = audio_address(body) {
            // A call that is over says so once more when its last messages are sent again.
            if self.wire.ears.insert(call_id, address) != Some(address) {
                self.wire.closed.remove(&address);
            }
        }
        let label = label(&message);
        self.occurred(format!("received {label}"));
        label
    }

    /// A phone's SIP message arrived.
    pub(crate) fn phone_sip_arrived(&mut self, now: Duration, bytes: &Bytes) {
        self.now = now;
        if let Ok(Message::Response(response)) = sip::parse(bytes.clone())
            && label(&Message::Response(response.clone())) == "200 BYE"
        {
            self.close(&response.headers.call_id());
        }
    }

    fn close(&mut self, call_id: &str) {
        if let Some(address) = self.wire.ears.get(call_id) {
            self.wire.closed.entry(*address).or_insert(self.now);
        }
    }

    /// A shard sends a packet.
    pub(crate) fn server_rtp(
        &mut self,
        now: Duration,
        from: SocketAddr,
        to: SocketAddr,
        packet: &[u8],
        is_faulty: bool,
    ) {
        self.now = now;
        if let Some(closed) = self.wire.closed.get(&to)
            && now > *closed + IN_FLIGHT
        {
            let how = format!("to {to}, whose call ended at {closed:?}");
            self.breaks(Broken::RtpAfterBye, how);
        }
        let Some(header) = packet.first_chunk::<12>() else {
            return self.breaks(Broken::RtpNumber, "a packet without a header".to_owned());
        };
        let number = u16::from_be_bytes([header[2], header[3]]);
        let source = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        let first = Stream { last: number.wrapping_sub(1), packets: 0, gaps: 0 };
        let stream = self.wire.streams.entry((from, to, source)).or_insert(first);
        let step = number.wrapping_sub(stream.last);
        let last = stream.last;
        stream.packets += 1;
        stream.gaps += u64::from(step.wrapping_sub(1).min(1_000));
        stream.last = number;
        // What the source lost, or the network brought twice, shows in streams that are passed on.
        if step != 1 && !is_faulty {
            self.breaks(Broken::RtpNumber, format!("{number} follows {last} from {from} to {to}"));
        }
    }

    /// What shards sent: packets, and sequence numbers left out among them.
    pub fn sent(&self) -> (u64, u64) {
        let streams = self.wire.streams.values();
        streams.fold((0, 0), |(packets, gaps), stream| (packets + stream.packets, gaps + stream.gaps))
    }
}
