//! Headerless audio as Asterisk keeps it: `.ulaw`, `.alaw` and `.sln` files.

use crate::g711::{self, Law};
use crate::{Audio, g722};

/// G.711 codes, 8 kHz mono.
pub fn g711(law: Law, codes: &[u8]) -> Audio {
    let mut samples = vec![0; codes.len()];
    g711::decode(law, codes, &mut samples);
    Audio { rate: 8_000, samples }
}

/// G.722 codes at 64 kbit/s, 16 kHz mono.
pub fn g722(codes: &[u8]) -> Audio {
    let mut samples = vec![0; codes.len() * 2];
    g722::Decoder::new().decode(codes, &mut samples);
    Audio { rate: 16_000, samples }
}

/// Signed linear: 16-bit little-endian, mono, of `rate` samples a second. An odd octet at the end is left out.
pub fn slin(rate: u32, octets: &[u8]) -> Audio {
    let samples = octets.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    Audio { rate, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_linear_is_little_endian() {
        assert_eq!(slin(8_000, &[1, 0, 0xff, 0xff, 9]).samples, [1, -1]);
    }

    #[test]
    fn g711_is_one_sample_an_octet() {
        assert_eq!(g711(Law::Mu, &[0xff, 0x80]).samples, [0, 32_124]);
    }
}
