//! Randomness: handed in, never taken.

use crate::text::Text;
use crate::via::BRANCH_COOKIE;

/// xoshiro256** seeded by SplitMix64: small, fast, and the same sequence for the same seed. Not for secrets.
#[derive(Debug, Clone)]
pub struct Random([u64; 4]);

impl Random {
    /// A generator for a seed.
    pub fn new(seed: u64) -> Random {
        let mut state = seed;
        Random(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }))
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.0;
        let out = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }
}

/// A tag for From or To: 64 random bits (RFC 3261 §19.3 asks for 32).
pub fn tag(random: &mut dyn FnMut() -> u64) -> Text {
    Text::from(format!("{:016x}", random()))
}

/// A branch with the cookie of RFC 3261 §8.1.1.7.
pub fn branch(random: &mut dyn FnMut() -> u64) -> Text {
    Text::from(format!("{BRANCH_COOKIE}{:016x}{:016x}", random(), random()))
}

/// A Call-ID: 128 random bits.
pub fn call_id(random: &mut dyn FnMut() -> u64) -> Text {
    Text::from(format!("{:016x}{:016x}", random(), random()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let (mut a, mut b, mut c) = (Random::new(7), Random::new(7), Random::new(8));
        let first = tag(&mut || a.next_u64());
        assert_eq!(first, tag(&mut || b.next_u64()));
        assert_ne!(first, tag(&mut || c.next_u64()));
        assert_ne!(first, tag(&mut || a.next_u64()));
    }
}
