//! Crypto suites and master keys.

use core::fmt;

/// Octets of the longest master key with its salt.
pub const MAX_MATERIAL: usize = 46;

/// How a stream is protected, by its name in session descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// `AES_CM_128_HMAC_SHA1_80` (RFC 4568 §6.2.1): what everybody has.
    AesCm128Sha1_80,
    /// `AES_CM_128_HMAC_SHA1_32` (RFC 4568 §6.2.2): with tags of 32 bits on RTP.
    AesCm128Sha1_32,
    /// `AES_256_CM_HMAC_SHA1_80` (RFC 6188 §4).
    AesCm256Sha1_80,
    /// `AES_256_CM_HMAC_SHA1_32` (RFC 6188 §4).
    AesCm256Sha1_32,
    /// `AEAD_AES_128_GCM` (RFC 7714 §14).
    AeadAes128Gcm,
    /// `AEAD_AES_256_GCM` (RFC 7714 §14).
    AeadAes256Gcm,
}

impl Suite {
    /// All of them.
    pub const ALL: [Suite; 6] = [
        Suite::AesCm128Sha1_80,
        Suite::AesCm128Sha1_32,
        Suite::AesCm256Sha1_80,
        Suite::AesCm256Sha1_32,
        Suite::AeadAes128Gcm,
        Suite::AeadAes256Gcm,
    ];

    /// The name in `a=crypto`.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm128Sha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128Sha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AesCm256Sha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256Sha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// The suite of a name, in any case.
    pub fn from_name(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Octets of its key.
    pub fn key_len(self) -> usize {
        match self {
            Suite::AesCm128Sha1_80 | Suite::AesCm128Sha1_32 | Suite::AeadAes128Gcm => 16,
            Suite::AesCm256Sha1_80 | Suite::AesCm256Sha1_32 | Suite::AeadAes256Gcm => 32,
        }
    }

    /// Octets of its salt.
    pub fn salt_len(self) -> usize {
        match self {
            Suite::AesCm128Sha1_80
            | Suite::AesCm128Sha1_32
            | Suite::AesCm256Sha1_80
            | Suite::AesCm256Sha1_32 => 14,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
        }
    }

    /// Octets of key and salt together, as SDES carries them.
    pub fn material_len(self) -> usize {
        self.key_len() + self.salt_len()
    }

    /// Octets of the tag on an RTP packet.
    pub(super) fn rtp_tag_len(self) -> usize {
        match self {
            Suite::AesCm128Sha1_80 | Suite::AesCm256Sha1_80 => 10,
            Suite::AesCm128Sha1_32 | Suite::AesCm256Sha1_32 => 4,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }

    /// Octets of the tag on an RTCP packet: never the short one (RFC 3711 §5.2, RFC 4568 §6.2.2).
    pub(super) fn rtcp_tag_len(self) -> usize {
        match self {
            Suite::AesCm128Sha1_80
            | Suite::AesCm128Sha1_32
            | Suite::AesCm256Sha1_80
            | Suite::AesCm256Sha1_32 => 10,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }
}

/// A master key with its salt. It shows its suite only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    octets: [u8; MAX_MATERIAL],
}

impl MasterKey {
    /// The key and then the salt; what is over is left away, `None` where there is too little.
    pub fn new(suite: Suite, material: &[u8]) -> Option<MasterKey> {
        let length = suite.material_len();
        let mut octets = [0; MAX_MATERIAL];
        octets[..length].copy_from_slice(material.get(..length)?);
        Some(MasterKey { suite, octets })
    }

    /// Its suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The key and then the salt.
    pub fn material(&self) -> &[u8] {
        &self.octets[..self.suite.material_len()]
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.octets[..self.suite.key_len()]
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.octets[self.suite.key_len()..self.suite.material_len()]
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}
