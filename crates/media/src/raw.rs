//! Headerless audio as Asterisk keeps it: `.ulaw`, `.alaw` and `.sln` files.

use crate::{Audio, g711};
use rtp::Codec;

/// G.711 codes, 8 kHz mono.
pub fn g711(codec: Codec, codes: &[u8]) -> Audio {
    let mut samples = vec![0; codes.len()];
    g711::decode(codec, codes, &mut samples);
    Audio { rate: 8_000, samples }
}

/// Signed linear: 16-bit little-endian, 8 kHz mono. An odd octet at the end is left out.
pub fn slin(octets: &[u8]) -> Audio {
    let samples = octets.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    Audio { rate: 8_000, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_linear_is_little_endian() {
        assert_eq!(slin(&[1, 0, 0xff, 0xff, 9]).samples, [1, -1]);
    }

    #[test]
    fn g711_is_one_sample_an_octet() {
        assert_eq!(g711(Codec::Pcmu, &[0xff, 0x80]).samples, [0, 32_124]);
    }
}
