//! Keys in session descriptions: `a=crypto` (RFC 4568).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::{MAX_MATERIAL, MasterKey, Suite};

/// Octets of a SHA-1.
const HASH_LEN: usize = 20;
/// Highest tag (RFC 4568 §9.1: nine digits).
pub const MAX_TAG: u32 = 999_999_999;

/// One `a=crypto` line that we can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crypto {
    /// Tells the line from others of its media; an answer names the one it takes.
    pub tag: u32,
    /// The key of whoever writes it.
    pub key: MasterKey,
}

impl Crypto {
    /// Reads the attribute's value. `None` for a suite that we do not have, a key of the wrong length, more than one key, a
    /// master key identifier, or a session parameter that would change what is done (RFC 4568 §6.3).
    pub fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok().filter(|tag| (1..=MAX_TAG).contains(tag))?;
        let suite = Suite::from_name(words.next()?)?;
        let (method, key) = words.next()?.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") || key.contains(';') {
            return None;
        }
        let mut parts = key.split('|');
        let material = parts.next()?;
        // A lifetime is of no matter: it outlasts every call. An identifier would be in each packet.
        if parts.any(|part| part.contains(':')) || !words.all(is_harmless) {
            return None;
        }
        let material = STANDARD_NO_PAD.decode(material.trim_end_matches('=')).ok()?;
        let key = MasterKey::new(suite, &material).filter(|_| material.len() == suite.material_len())?;
        Some(Crypto { tag, key })
    }

    /// The attribute's value.
    pub fn value(&self) -> String {
        let material = STANDARD.encode(self.key.material());
        format!("{} {} inline:{material}", self.tag, self.key.suite().name())
    }
}

/// What the keys of all sessions are made of: 32 octets that nobody else may know or guess, fresh for each process.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Of these octets, from the system's source of random numbers.
    pub fn new(octets: [u8; 32]) -> Secret {
        Secret(octets)
    }

    /// The key material of one session. A number is used once only.
    pub fn material(&self, session: u64) -> [u8; MAX_MATERIAL] {
        let mut material = [0; MAX_MATERIAL];
        for (part, octets) in (0_u8..).zip(material.chunks_mut(HASH_LEN)) {
            let mac: Hmac<Sha1> = Mac::new_from_slice(&self.0).expect("HMAC takes a key of any length");
            let mac = mac.chain_update(session.to_be_bytes()).chain_update([part]);
            octets.copy_from_slice(&mac.finalize().into_bytes()[..octets.len()]);
        }
        material
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret")
    }
}

/// How a session's keys are exchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct Sdes {
    /// Encrypt where the far end does too, and go on in the clear where not (`media_encryption_optimistic`); otherwise
    /// nothing is ever sent in the clear.
    pub optimistic: bool,
    /// What we offer.
    pub offered: Suite,
    /// Random octets that our keys are taken from: nobody else may know or guess them.
    material: [u8; MAX_MATERIAL],
}

impl Sdes {
    /// Keys are taken from `material`, which is to be fresh for each session.
    pub fn new(offered: Suite, optimistic: bool, material: [u8; MAX_MATERIAL]) -> Sdes {
        Sdes { optimistic, offered, material }
    }

    /// Our key under a tag in a suite: the same whenever it is asked for.
    pub fn ours(&self, tag: u32, suite: Suite) -> Option<Crypto> {
        Some(Crypto { tag, key: MasterKey::new(suite, &self.material)? })
    }
}

impl core::fmt::Debug for Sdes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Sdes").field("optimistic", &self.optimistic).finish_non_exhaustive()
    }
}

/// Whether a session parameter may be passed over: a hint, or one that says it may be.
fn is_harmless(parameter: &str) -> bool {
    parameter.starts_with('-') || parameter.to_ascii_uppercase().starts_with("WSH=")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn the_rfcs_line_is_read_and_written() {
        let crypto = Crypto::parse(LINE).unwrap();
        assert_eq!((crypto.tag, crypto.key.suite()), (1, Suite::AesCm128Sha1_80));
        assert_eq!(crypto.value(), LINE);
        let with_lifetime = format!("{LINE}|2^20 WSH=128 -FUTURE=1");
        assert_eq!(Crypto::parse(&with_lifetime), Some(crypto));
    }

    #[test]
    fn what_we_cannot_do_is_not_taken() {
        for (what, line) in [
            ("a master key identifier", format!("{LINE}|2^20|1:4")),
            ("two keys", format!("{LINE};inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj")),
            ("no encryption", format!("{LINE} UNENCRYPTED_SRTP")),
            ("a derivation rate", format!("{LINE} KDR=1")),
            ("a parameter nobody knows", format!("{LINE} FUTURE")),
            ("a short key", "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19z".to_owned()),
            ("a key of another suite", LINE.replace("AES_CM_128", "AES_256_CM")),
            ("an unknown suite", LINE.replace("AES_CM_128_HMAC_SHA1_80", "F8_128_HMAC_SHA1_80")),
            ("tag zero", LINE.replacen('1', "0", 1)),
            ("nothing", String::new()),
        ] {
            assert_eq!(Crypto::parse(&line), None, "{what}");
        }
    }

    #[test]
    fn each_session_has_material_of_its_own() {
        let secret = Secret::new([3; 32]);
        assert_eq!(secret.material(1), secret.material(1));
        assert_ne!(secret.material(1), secret.material(2));
        assert_ne!(secret.material(1), Secret::new([4; 32]).material(1));
        let material = secret.material(1);
        assert_ne!(material[..6], material[40..]);
    }

    #[test]
    fn a_key_shows_its_suite_and_no_more() {
        let shown = format!("{:?}", Crypto::parse(LINE).unwrap());
        assert_eq!(shown, "Crypto { tag: 1, key: MasterKey { suite: AesCm128Sha1_80, .. } }");
    }
}
