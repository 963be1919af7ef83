//! From packets to what a far end says: held for their turn, decoded, gaps filled in.

use core::time::Duration;

use rtp::jitter::{JitterBuffer, Taken};
use rtp::packet::Packet;
use rtp::{Codec, Payload};

use crate::codec::Decoder;
use crate::comfort::ComfortNoise;
use crate::conceal::Concealment;
use crate::{Frame, WideFrame};

/// The longest packet time that is taken, milliseconds.
const MAX_MS: usize = 60;
/// The shortest that is made up at a time, milliseconds.
const LEAST_MS: usize = 10;
/// Samples in the longest packet, and a tick before it, at 16 kHz.
const ROOM: usize = (MAX_MS + 20) * 16;

/// What a far end says in a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// Nothing.
    Nothing,
    /// Twenty milliseconds at 8 kHz.
    Narrow,
    /// Twenty milliseconds at 16 kHz.
    Wide,
}

/// Made when the first packet is held: streams whose packets are passed on do without.
pub(super) struct Playout {
    buffer: JitterBuffer,
    decoder: Decoder,
    concealment: Concealment,
    noise: ComfortNoise,
    codec: Codec,
    /// Decoded and not yet played.
    decoded: [i16; ROOM],
    decoded_len: usize,
    /// Samples in the last packet played.
    packet_len: usize,
    /// The sequence number that follows on it.
    expected: Option<u16>,
}

impl Playout {
    /// Room for packets of these codecs; `seed` is for noise.
    pub(super) fn new(receive: &[Payload], codec: Codec, seed: u32) -> Box<Playout> {
        let longest = receive.iter().map(|payload| payload.codec.octets_per_ms() * MAX_MS).max();
        let longest = longest.unwrap_or(rtp::jitter::MAX_PAYLOAD);
        Box::new(Playout {
            buffer: JitterBuffer::with_payload(codec.clock_rate(), longest),
            decoder: Decoder::new(),
            concealment: Concealment::new(codec.sample_rate()),
            noise: ComfortNoise::new(seed),
            codec,
            decoded: [0; ROOM],
            decoded_len: 0,
            packet_len: codec.sample_rate() as usize / 50,
            expected: None,
        })
    }

    /// Holds a packet of speech.
    pub(super) fn hold_speech(&mut self, now: Duration, packet: &Packet<'_>, codec: Codec) {
        if codec.clock_rate() != self.codec.clock_rate() {
            self.buffer.change_clock(codec.clock_rate());
            self.change_codec(codec);
        }
        self.noise.stop();
        self.buffer.put(&packet.header, packet.payload, now);
    }

    /// Holds the place of a packet that is no speech.
    pub(super) fn hold_other(&mut self, now: Duration, packet: &Packet<'_>) {
        self.buffer.put_other(&packet.header, now);
    }

    /// Takes a description of the noise that stands for silence.
    pub(super) fn hold_noise(&mut self, now: Duration, packet: &Packet<'_>) {
        self.noise.describe(packet.payload);
        self.hold_other(now, packet);
    }

    /// Throws away what is held: nobody listens on the tick.
    pub(super) fn let_go(&mut self) {
        if self.buffer.depth() > 0 || self.decoded_len > 0 {
            self.buffer.reset();
            self.decoded_len = 0;
            self.expected = None;
            self.concealment.reset();
        }
    }

    /// The next 20 ms, in the frame of its rate.
    pub(super) fn hear(
        &mut self,
        now: Duration,
        receive: &[Payload],
        narrow: &mut Frame,
        wide: Option<&mut WideFrame>,
    ) -> Spoken {
        while self.decoded_len < self.frame_len() {
            if !self.decode_next(now, receive) {
                break;
            }
        }
        let (frame, spoken): (&mut [i16], Spoken) = match wide {
            Some(wide) if self.is_wide() => (wide, Spoken::Wide),
            Some(_) | None => (narrow, Spoken::Narrow),
        };
        if self.decoded_len == 0 {
            if !self.noise.is_heard() {
                return Spoken::Nothing;
            }
            self.noise.fill(frame);
            return spoken;
        }
        let length = self.decoded_len.min(frame.len());
        frame[..length].copy_from_slice(&self.decoded[..length]);
        frame[length..].fill(0);
        self.decoded.copy_within(length..self.decoded_len, 0);
        self.decoded_len -= length;
        spoken
    }

    fn is_wide(&self) -> bool {
        self.codec.sample_rate() > 8_000
    }

    fn frame_len(&self) -> usize {
        self.codec.sample_rate() as usize / 50
    }

    /// Decodes or makes up one packet's worth; `false` where there is none.
    fn decode_next(&mut self, now: Duration, receive: &[Payload]) -> bool {
        match self.buffer.take(now) {
            Taken::Packet { header, payload } => {
                let agreed = receive.iter().find(|agreed| agreed.payload_type == header.payload_type);
                let Some(agreed) = agreed else { return true };
                let codec = agreed.codec;
                if codec != self.codec {
                    // Written out: the payload is still borrowed from the buffer.
                    self.codec = codec;
                    self.concealment = Concealment::new(codec.sample_rate());
                    self.decoded_len = 0;
                    self.expected = None;
                }
                if self.expected.is_some_and(|expected| expected != header.sequence) {
                    self.concealment.skipped();
                }
                let room = &mut self.decoded[self.decoded_len..];
                self.packet_len = self.decoder.decode(codec, payload, room);
                self.concealment.came(&mut room[..self.packet_len]);
                self.decoded_len += self.packet_len;
                self.expected = Some(header.sequence.wrapping_add(1));
                true
            }
            Taken::Lost => {
                let per_ms = self.codec.sample_rate() as usize / 1_000;
                let length = self.packet_len.clamp(LEAST_MS * per_ms, MAX_MS * per_ms);
                self.concealment.missed(&mut self.decoded[self.decoded_len..][..length]);
                self.decoded_len += length;
                // What comes next is blended with what was made up in any case.
                self.expected = None;
                true
            }
            Taken::Empty => {
                self.expected = None;
                false
            }
        }
    }

    fn change_codec(&mut self, codec: Codec) {
        self.codec = codec;
        self.concealment = Concealment::new(codec.sample_rate());
        self.decoded_len = 0;
        self.expected = None;
    }
}
