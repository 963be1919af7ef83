//! Any codec's octets to samples and back, with what an adaptive one remembers between packets.

use rtp::Codec;

use crate::g711::{self, Law};
use crate::g722;

/// Decodes one stream, whatever codecs it changes between.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    g722: g722::Decoder,
    last: Option<Codec>,
}

impl Decoder {
    /// A decoder that has heard nothing.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Decodes octets as samples at the codec's own rate, as many as both have room for, and tells how many samples
    /// that is.
    pub fn decode(&mut self, codec: Codec, octets: &[u8], samples: &mut [i16]) -> usize {
        if self.last != Some(codec) {
            self.last = Some(codec);
            self.g722 = g722::Decoder::new();
        }
        match codec {
            Codec::Pcmu => g711::decode(Law::Mu, octets, samples),
            Codec::Pcma => g711::decode(Law::A, octets, samples),
            Codec::G722 => self.g722.decode(octets, samples),
            Codec::L16 | Codec::L16Wide => {
                let pairs = octets.as_chunks::<2>().0;
                samples.iter_mut().zip(pairs).for_each(|(sample, pair)| *sample = i16::from_be_bytes(*pair));
                pairs.len().min(samples.len())
            }
        }
    }
}

/// Encodes one stream, whatever codecs it changes between.
#[derive(Debug, Clone, Default)]
pub struct Encoder {
    g722: g722::Encoder,
    last: Option<Codec>,
}

impl Encoder {
    /// An encoder that has said nothing.
    pub fn new() -> Encoder {
        Encoder::default()
    }

    /// Encodes samples at the codec's own rate, as many as both have room for, and tells how many octets that is.
    pub fn encode(&mut self, codec: Codec, samples: &[i16], octets: &mut [u8]) -> usize {
        if self.last != Some(codec) {
            self.last = Some(codec);
            self.g722 = g722::Encoder::new();
        }
        match codec {
            Codec::Pcmu => g711::encode(Law::Mu, samples, octets),
            Codec::Pcma => g711::encode(Law::A, samples, octets),
            Codec::G722 => self.g722.encode(samples, octets),
            Codec::L16 | Codec::L16Wide => {
                let pairs = octets.as_chunks_mut::<2>().0;
                let count = pairs.len().min(samples.len());
                pairs.iter_mut().zip(samples).for_each(|(pair, sample)| *pair = sample.to_be_bytes());
                count * 2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_samples_go_in_network_order() {
        let mut octets = [0; 6];
        assert_eq!(Encoder::new().encode(Codec::L16, &[1, -2, 256], &mut octets), 6);
        assert_eq!(octets, [0, 1, 0xff, 0xfe, 1, 0]);
        let mut samples = [0; 3];
        assert_eq!(Decoder::new().decode(Codec::L16Wide, &octets[..5], &mut samples), 2);
        assert_eq!(samples, [1, -2, 0]);
    }

    #[test]
    fn twenty_milliseconds_have_the_length_that_the_codec_says() {
        for codec in Codec::ALL {
            let samples = vec![100; codec.sample_rate() as usize / 50];
            let mut octets = [0; 2_000];
            assert_eq!(Encoder::new().encode(codec, &samples, &mut octets), codec.octets_per_ms() * 20);
            let mut heard = [0; 2_000];
            let length = Decoder::new().decode(codec, &octets[..codec.octets_per_ms() * 20], &mut heard);
            assert_eq!(length, samples.len());
        }
    }
}
