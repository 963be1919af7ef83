//! G.722 at 64 kbit/s (ITU-T G.722): 16 kHz audio as two bands of adaptive differences, eight bits for two samples.
//!
//! Names are those of the recommendation's blocks and signals. All arithmetic is on 16-bit values as it is there, so
//! that encoder and decoder agree bit by bit with any other.

/// Quantizer intervals of the lower band (table 14's decision levels).
const Q6: [i32; 31] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121,
    1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919, 32_767,
];
/// What a code of 6, of 4 and of 2 bits adds to the prediction, in units of the scale factor over 2¹⁵.
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232,
    -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008, -3_576, -3_168, -2_776,
    -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280,
    11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168,
    2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432, 136, -432, -136,
];
const QM4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288, 4_240, 2_584,
    1_200, 0,
];
const QM2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];
/// The antilogarithm of the scale factors.
const ILB: [i32; 32] = [
    2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896,
    2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];
/// By how much a code moves the logarithm of its band's scale factor: lower band by 4 bits, higher by 2.
const WL: [i32; 16] = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const WH: [i32; 4] = [798, -214, 798, -214];
/// Half of the 24 coefficients of the quadrature mirror filters, which are the same from either end.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// Taps of the quadrature mirror filters.
const TAPS: usize = 24;

fn saturated(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// The predictor and the scale factor of one band.
#[derive(Debug, Clone)]
struct Band {
    /// The signal estimate, and the part of it that the zeros give.
    s: i32,
    sz: i32,
    /// Reconstructed signal, and partially reconstructed: the last two.
    r: [i32; 2],
    p: [i32; 2],
    /// Poles.
    a: [i32; 2],
    /// Zeros and the quantized differences that they weigh, the newest first.
    b: [i32; 6],
    d: [i32; 6],
    /// Logarithm of the scale factor, and the factor.
    nb: i32,
    det: i32,
}

impl Band {
    fn new(det: i32) -> Band {
        Band { s: 0, sz: 0, r: [0; 2], p: [0; 2], a: [0; 2], b: [0; 6], d: [0; 6], nb: 0, det }
    }

    /// LOGSCL or LOGSCH, then SCALEL or SCALEH.
    #[inline]
    fn rescale(&mut self, weight: i32, most: i32, shift: i32) {
        self.nb = (((self.nb * 127) >> 7) + weight).clamp(0, most);
        let mantissa = ILB[(self.nb >> 6) as usize & 31];
        let exponent = shift - (self.nb >> 11);
        self.det = if exponent < 0 { mantissa << -exponent } else { mantissa >> exponent } << 2;
    }

    /// RECONS to PREDIC: takes the quantized difference in and estimates the next sample.
    #[inline]
    fn predict(&mut self, difference: i32) {
        let r = saturated(self.s + difference);
        let p = saturated(self.sz + difference);
        let same_sign = |one: i32, other: i32| (one ^ other) >= 0;
        // UPPOL2
        let moved = saturated(self.a[0] << 2);
        let moved = if same_sign(p, self.p[0]) { (-moved).min(32_767) } else { moved };
        let push = if same_sign(p, self.p[1]) { 128 } else { -128 };
        let a2 = (push + (moved >> 7) + ((self.a[1] * 32_512) >> 15)).clamp(-12_288, 12_288);
        // UPPOL1
        let push = if same_sign(p, self.p[0]) { 192 } else { -192 };
        let most = saturated(15_360 - a2);
        let a1 = saturated(push + ((self.a[0] * 32_640) >> 15)).clamp(-most, most);
        // UPZERO
        let step = if difference == 0 { 0 } else { 128 };
        for (b, d) in self.b.iter_mut().zip(&self.d) {
            let push = if same_sign(*d, difference) { step } else { -step };
            *b = saturated(push + ((*b * 32_640) >> 15));
        }
        // DELAYA
        self.d = [difference, self.d[0], self.d[1], self.d[2], self.d[3], self.d[4]];
        self.r = [r, self.r[0]];
        self.p = [p, self.p[0]];
        self.a = [a1, a2];
        // FILTEP
        let poles = ((a1 * saturated(self.r[0] << 1)) >> 15) + ((a2 * saturated(self.r[1] << 1)) >> 15);
        // FILTEZ
        let zeros: i32 = self.b.iter().zip(&self.d).map(|(b, d)| (*b * saturated(*d << 1)) >> 15).sum();
        // PREDIC
        self.sz = saturated(zeros);
        self.s = saturated(saturated(poles) + self.sz);
    }

    /// Adapts the lower band to a code of six bits.
    #[inline]
    fn adapt_low(&mut self, code: i32) {
        let coarse = (code >> 2) as usize;
        let difference = (self.det * QM4[coarse]) >> 15;
        self.rescale(WL[coarse], 18_432, 8);
        self.predict(difference);
    }

    /// Adapts the higher band to a code of two bits, and gives the difference that it stands for.
    #[inline]
    fn adapt_high(&mut self, code: i32) -> i32 {
        let difference = (self.det * QM2[code as usize]) >> 15;
        self.rescale(WH[code as usize], 22_528, 10);
        self.predict(difference);
        difference
    }
}

/// The magnitude that is compared with quantizer levels.
#[inline]
fn magnitude(difference: i32) -> i32 {
    if difference >= 0 { difference } else { -(difference + 1) }
}

/// QUANTL: the code of six bits.
#[inline]
fn quantize_low(difference: i32, det: i32) -> i32 {
    let magnitude = magnitude(difference);
    // The levels rise, so that the last interval whose lower end is not above the magnitude is found by halving.
    let interval = Q6[1..30].partition_point(|level| ((level * det) >> 12) <= magnitude) as i32 + 1;
    if difference >= 0 {
        62 - interval
    } else if interval <= 2 {
        64 - interval
    } else {
        34 - interval
    }
}

/// QUANTH: the code of two bits.
#[inline]
fn quantize_high(difference: i32, det: i32) -> i32 {
    let outer = magnitude(difference) >= (564 * det) >> 12;
    match (difference >= 0, outer) {
        (true, true) => 2,
        (true, false) => 3,
        (false, true) => 0,
        (false, false) => 1,
    }
}

/// What one stream's encoder remembers.
#[derive(Debug, Clone)]
pub struct Encoder {
    low: Band,
    high: Band,
    /// The samples before the next two.
    history: [i32; TAPS - 2],
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder::new()
    }
}

impl Encoder {
    /// An encoder that has said nothing.
    pub fn new() -> Encoder {
        Encoder { low: Band::new(32), high: Band::new(8), history: [0; TAPS - 2] }
    }

    /// Encodes pairs of samples as octets, as many as both have room for, and tells how many octets that is.
    pub fn encode(&mut self, samples: &[i16], octets: &mut [u8]) -> usize {
        let pairs = samples.as_chunks::<2>().0;
        for (pair, octet) in pairs.iter().zip(octets.iter_mut()) {
            *octet = self.pair(pair);
        }
        pairs.len().min(octets.len())
    }

    #[inline]
    fn pair(&mut self, pair: &[i16; 2]) -> u8 {
        let mut window = [0; TAPS];
        window[..TAPS - 2].copy_from_slice(&self.history);
        window[TAPS - 2] = pair[0].into();
        window[TAPS - 1] = pair[1].into();
        self.history.copy_from_slice(&window[2..]);
        let (mut even, mut odd) = (0, 0);
        for (n, coefficient) in QMF.iter().enumerate() {
            odd += window[2 * n] * coefficient;
            even += window[2 * n + 1] * QMF[11 - n];
        }
        let low = (even + odd) >> 14;
        let high = (even - odd) >> 14;

        let low_code = quantize_low(saturated(low - self.low.s), self.low.det);
        self.low.adapt_low(low_code);
        let high_code = quantize_high(saturated(high - self.high.s), self.high.det);
        self.high.adapt_high(high_code);
        (high_code << 6 | low_code) as u8
    }
}

/// What one stream's decoder remembers.
#[derive(Debug, Clone)]
pub struct Decoder {
    low: Band,
    high: Band,
    /// Sums and differences of the bands before the next, the newest last.
    history: [i32; TAPS - 2],
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

impl Decoder {
    /// A decoder that has heard nothing.
    pub fn new() -> Decoder {
        Decoder { low: Band::new(32), high: Band::new(8), history: [0; TAPS - 2] }
    }

    /// Decodes octets as pairs of samples, as many as both have room for, and tells how many samples that is.
    pub fn decode(&mut self, octets: &[u8], samples: &mut [i16]) -> usize {
        let pairs = samples.as_chunks_mut::<2>().0;
        let count = pairs.len().min(octets.len());
        for (pair, octet) in pairs.iter_mut().zip(octets) {
            *pair = self.octet(*octet);
        }
        count * 2
    }

    #[inline]
    fn octet(&mut self, octet: u8) -> [i16; 2] {
        let low_code = i32::from(octet & 0x3f);
        let high_code = i32::from(octet >> 6);
        let low = self.low.s + ((self.low.det * QM6[low_code as usize]) >> 15);
        let low = low.clamp(-16_384, 16_383);
        self.low.adapt_low(low_code);
        let estimate = self.high.s;
        let high = (self.high.adapt_high(high_code) + estimate).clamp(-16_384, 16_383);

        let mut window = [0; TAPS];
        window[..TAPS - 2].copy_from_slice(&self.history);
        window[TAPS - 2] = low + high;
        window[TAPS - 1] = low - high;
        self.history.copy_from_slice(&window[2..]);
        let (mut first, mut second) = (0, 0);
        for (n, coefficient) in QMF.iter().enumerate() {
            second += window[2 * n] * coefficient;
            first += window[2 * n + 1] * QMF[11 - n];
        }
        [saturated(first >> 11) as i16, saturated(second >> 11) as i16]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect;

    /// Numbers that look random, the same on every machine.
    fn numbers(seed: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(seed), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .skip(1)
    }

    /// Noise quiet and loud, a square wave and near silence by turns.
    fn hard_to_predict() -> Vec<i16> {
        let noise = numbers(1).map(|n| (n >> 16) as i16);
        let sample = |(n, noise): (usize, i16)| match n / 1_600 % 4 {
            0 => noise >> 3,
            1 => noise >> 2,
            2 => {
                if n / 17 % 2 == 1 {
                    12_000
                } else {
                    -12_000
                }
            }
            _ => {
                if n % 320 < 160 {
                    0
                } else {
                    noise >> 8
                }
            }
        };
        (0..16_000).zip(noise).map(sample).collect()
    }

    fn fingerprint(octets: impl IntoIterator<Item = u8>) -> u64 {
        let step = |hash: u64, octet: u8| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        octets.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
    }

    fn decoded(codes: &[u8]) -> Vec<i16> {
        let mut samples = vec![0; codes.len() * 2];
        assert_eq!(Decoder::new().decode(codes, &mut samples), samples.len());
        samples
    }

    // The expected values were made with spandsp 0.0.6, an implementation that has nothing in common with this one.
    #[test]
    fn every_bit_is_that_of_an_independent_implementation() {
        let samples = hard_to_predict();
        let mut codes = vec![0; 8_000];
        assert_eq!(Encoder::new().encode(&samples, &mut codes), 8_000);
        assert_eq!(codes[..12], [158, 44, 132, 32, 132, 32, 148, 12, 174, 6, 58, 186]);
        assert_eq!(fingerprint(codes.iter().copied()), 0x2903_3fc0_4a9b_9037);
        let heard = decoded(&codes);
        assert_eq!(heard[8..20], [-1, 6, -1, -22, -3, 63, -2, -160, 13, 303, -13, -593]);
        assert_eq!(fingerprint(heard.iter().flat_map(|sample| sample.to_le_bytes())), 0xe78d_3892_3730_7022);
    }

    #[test]
    fn codes_that_no_encoder_would_send_are_decoded_within_range() {
        let codes: Vec<u8> = numbers(7).map(|n| (n >> 24) as u8).take(8_000).collect();
        let heard = decoded(&codes);
        assert!(heard.contains(&i16::MAX) && heard.contains(&i16::MIN), "loud sums are held, not wrapped");
    }

    #[test]
    fn tones_of_both_bands_come_through_with_their_level() {
        for hz in [300.0, 1_000.0, 3_400.0, 5_000.0, 6_800.0] {
            let samples: Vec<i16> = (0..16_000)
                .map(|n| ((f64::from(n) * std::f64::consts::TAU * hz / 16_000.0).sin() * 8_000.0) as i16)
                .collect();
            let mut codes = vec![0; 8_000];
            Encoder::new().encode(&samples, &mut codes);
            let level = detect::tone_level(&decoded(&codes)[1_600..], 16_000, hz);
            assert!((level + 12.2).abs() < 0.3, "{hz} Hz came at {level} dB");
        }
    }

    #[test]
    fn a_decoder_that_missed_the_beginning_soon_hears_the_same() {
        let samples: Vec<i16> = (0..32_000)
            .map(|n| ((f64::from(n) * std::f64::consts::TAU * 700.0 / 16_000.0).sin() * 8_000.0) as i16)
            .collect();
        let mut codes = vec![0; 16_000];
        Encoder::new().encode(&samples, &mut codes);
        let (whole, late) = (decoded(&codes), decoded(&codes[4_000..]));
        let difference: Vec<i16> =
            whole[8_000 + 4_800..].iter().zip(&late[4_800..]).map(|(one, other)| one - other).collect();
        assert!(detect::level(&difference) < -60.0, "{}", detect::level(&difference));
    }

    #[test]
    fn odd_lengths_use_what_makes_a_pair() {
        assert_eq!(Encoder::new().encode(&[1; 5], &mut [0; 9]), 2);
        assert_eq!(Encoder::new().encode(&[1; 50], &mut [0; 9]), 9);
        assert_eq!(Decoder::new().decode(&[1; 5], &mut [0; 7]), 6);
    }
}
