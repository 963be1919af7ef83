//! G.711 µ-law and A-law (ITU-T G.711), sample by sample.

/// µ-law's bias, added to the magnitude so that each segment begins at a power of two.
const BIAS: i32 = 0x84;
/// The largest magnitude that µ-law can say.
const CLIP: i32 = 32_635;

const ULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let inverted = !(code as u8);
        let magnitude = ((((inverted & 0x0f) as i32) << 3) + BIAS) << ((inverted & 0x70) >> 4);
        table[code] = if inverted & 0x80 != 0 { BIAS - magnitude } else { magnitude - BIAS } as i16;
        code += 1;
    }
    table
};

const ALAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let toggled = (code as u8) ^ 0x55;
        let segment = (toggled & 0x70) >> 4;
        let step = ((toggled & 0x0f) as i32) << 4;
        let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
        table[code] = if toggled & 0x80 != 0 { magnitude } else { -magnitude } as i16;
        code += 1;
    }
    table
};

/// Which of the two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// North America and Japan.
    Mu,
    /// Elsewhere.
    A,
}

/// The code that stands for silence: what a gap is filled with.
pub const fn silence(law: Law) -> u8 {
    match law {
        Law::Mu => 0xff,
        Law::A => 0xd5,
    }
}

/// One µ-law code as a 16-bit sample.
pub const fn ulaw_to_linear(code: u8) -> i16 {
    ULAW[code as usize]
}

/// One A-law code as a 16-bit sample.
pub const fn alaw_to_linear(code: u8) -> i16 {
    ALAW[code as usize]
}

/// One 16-bit sample as a µ-law code.
pub const fn linear_to_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let absolute = (sample as i32).abs();
    let magnitude = if absolute > CLIP { CLIP } else { absolute } + BIAS;
    let segment = 24 - magnitude.leading_zeros() as u8;
    let step = ((magnitude >> (segment + 3)) & 0x0f) as u8;
    !(sign | (segment << 4) | step)
}

/// One 16-bit sample as an A-law code.
pub const fn linear_to_alaw(sample: i16) -> u8 {
    let (mask, magnitude) =
        if sample >= 0 { (0xd5, (sample >> 3) as u16) } else { (0x55, !(sample >> 3) as u16) };
    let code = if magnitude < 0x20 {
        magnitude >> 1
    } else {
        let segment = 11 - magnitude.leading_zeros() as u16;
        (segment << 4) | ((magnitude >> segment) & 0x0f)
    };
    code as u8 ^ mask
}

/// Codes of magnitudes: of µ-law in fours, of A-law in eights, which no step of theirs divides.
const ULAW_CODES: [u8; 8192] = {
    let mut codes = [0; 8192];
    let mut n = 0;
    while n < codes.len() {
        codes[n] = linear_to_ulaw((n * 4) as i16);
        n += 1;
    }
    codes
};
const ALAW_CODES: [u8; 4096] = {
    let mut codes = [0; 4096];
    let mut n = 0;
    while n < codes.len() {
        codes[n] = linear_to_alaw((n * 8) as i16);
        n += 1;
    }
    codes
};

#[inline]
fn quick_ulaw(sample: i16) -> u8 {
    let magnitude = sample.unsigned_abs().min(i16::MAX as u16);
    ULAW_CODES[usize::from(magnitude >> 2)] ^ ((sample >> 15) as u8 & 0x80)
}

#[inline]
fn quick_alaw(sample: i16) -> u8 {
    let sign = sample >> 15;
    ALAW_CODES[usize::from(((sample ^ sign) >> 3) as u16)] ^ (sign as u8 & 0x80)
}

/// Decodes as many codes as both have room for, and tells how many.
pub fn decode(law: Law, codes: &[u8], samples: &mut [i16]) -> usize {
    let table = match law {
        Law::Mu => &ULAW,
        Law::A => &ALAW,
    };
    for (sample, code) in samples.iter_mut().zip(codes) {
        *sample = table[usize::from(*code)];
    }
    codes.len().min(samples.len())
}

/// Encodes as many samples as both have room for, and tells how many.
pub fn encode(law: Law, samples: &[i16], codes: &mut [u8]) -> usize {
    match law {
        Law::Mu => codes.iter_mut().zip(samples).for_each(|(code, sample)| *code = quick_ulaw(*sample)),
        Law::A => codes.iter_mut().zip(samples).for_each(|(code, sample)| *code = quick_alaw(*sample)),
    }
    codes.len().min(samples.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_scale_are_those_of_the_recommendation() {
        assert_eq!(ulaw_to_linear(0x00), -32_124);
        assert_eq!(ulaw_to_linear(0x80), 32_124);
        assert_eq!(ulaw_to_linear(0xff), 0);
        assert_eq!(alaw_to_linear(0x2a), -32_256);
        assert_eq!(alaw_to_linear(0xaa), 32_256);
        assert_eq!(alaw_to_linear(0xd5), 8);
    }

    #[test]
    fn every_code_survives_a_round() {
        for code in 0..=255u8 {
            assert_eq!(linear_to_alaw(alaw_to_linear(code)), code);
            // µ-law has two zeros; the negative one comes back as the positive one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(linear_to_ulaw(ulaw_to_linear(code)), expected);
        }
    }

    #[test]
    fn a_table_gives_the_same_codes() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(quick_ulaw(sample), linear_to_ulaw(sample), "µ-law of {sample}");
            assert_eq!(quick_alaw(sample), linear_to_alaw(sample), "A-law of {sample}");
        }
    }

    #[test]
    fn every_sample_comes_back_within_its_segments_step() {
        for sample in i16::MIN..=i16::MAX {
            let step = (i32::from(sample).abs() + 132) / 16;
            let ulaw = i32::from(ulaw_to_linear(linear_to_ulaw(sample)));
            let alaw = i32::from(alaw_to_linear(linear_to_alaw(sample)));
            assert!((ulaw - i32::from(sample)).abs() <= step.max(8), "µ-law {sample} came back as {ulaw}");
            assert!((alaw - i32::from(sample)).abs() <= step.max(16), "A-law {sample} came back as {alaw}");
        }
    }
}
