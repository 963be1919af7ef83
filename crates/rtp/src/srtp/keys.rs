//! Session keys of a master key (RFC 3711 §4.3), with the master key's cipher in counter mode as generator.

use aes::cipher::{InnerIvInit, KeyInit, StreamCipherCore};
use aes::{Aes128Enc, Aes256Enc};
use ctr::CtrCore;
use ctr::flavors::Ctr128BE;

use super::MasterKey;

/// Octets of the authentication key of HMAC-SHA1.
pub(super) const AUTHENTICATION_KEY_LEN: usize = 20;
/// Octets of a session salt in counter mode; GCM's is shorter.
pub(super) const SALT_LEN: usize = 14;

/// Counter mode over the whole block.
type Counter<Cipher> = CtrCore<Cipher, Ctr128BE>;

/// What a session key is for. The numbers are RFC 3711 §4.3.1's labels; SRTCP's are three higher.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Encryption = 0,
    Authentication = 1,
    Salt = 2,
}

/// Whose session keys.
#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    Rtp = 0,
    Rtcp = 3,
}

/// A block cipher, ready to encrypt.
#[expect(clippy::large_enum_variant, reason = "a sealed stream has four of these, made once")]
pub(super) enum Block {
    Aes128(Aes128Enc),
    Aes256(Aes256Enc),
}

impl Block {
    /// Of a key of 16 or 32 octets.
    pub(super) fn new(key: &[u8]) -> Block {
        match key.len() {
            16 => Block::Aes128(Aes128Enc::new_from_slice(key).expect("the length is right")),
            _ => Block::Aes256(Aes256Enc::new_from_slice(key).expect("suites have keys of 16 or 32 octets")),
        }
    }

    /// Adds the keystream that begins with `iv` as first counter block (RFC 3711 §4.1.1).
    pub(super) fn apply(&self, iv: [u8; 16], octets: &mut [u8]) {
        match self {
            Block::Aes128(aes) => {
                Counter::inner_iv_init(aes, &iv.into()).apply_keystream_partial(octets.into())
            }
            Block::Aes256(aes) => {
                Counter::inner_iv_init(aes, &iv.into()).apply_keystream_partial(octets.into())
            }
        }
    }
}

/// Fills `out` with a session key. The key derivation rate is 0: one set of keys for the whole session.
pub(super) fn derive(master: &MasterKey, protocol: Protocol, purpose: Purpose, out: &mut [u8]) {
    let mut iv = [0; 16];
    // A salt of 96 bits has zeros after it (RFC 7714 §11).
    iv[..master.salt().len()].copy_from_slice(master.salt());
    iv[7] ^= protocol as u8 + purpose as u8;
    out.fill(0);
    Block::new(master.key()).apply(iv, out);
}
