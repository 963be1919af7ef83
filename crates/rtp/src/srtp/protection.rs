//! What is done to one packet: encryption and tag, with the session keys of one protocol.

use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm, Nonce, Tag};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use super::keys::{AUTHENTICATION_KEY_LEN, Block, Protocol, Purpose, SALT_LEN, derive};
use super::{ENCRYPTED, INDEX_LEN, MasterKey, RTCP_CLEAR, Suite, ssrc_of};
use crate::Error;

/// Session keys of one way of SRTP or SRTCP.
pub(super) struct Session {
    cipher: Cipher,
    salt: [u8; SALT_LEN],
    tag_len: usize,
}

enum Cipher {
    Counter { block: Block, mac: Hmac<Sha1> },
    Gcm128(Aes128Gcm),
    Gcm256(Aes256Gcm),
}

impl Session {
    pub(super) fn rtp(key: &MasterKey) -> Session {
        Session::new(key, Protocol::Rtp, key.suite().rtp_tag_len())
    }

    pub(super) fn rtcp(key: &MasterKey) -> Session {
        Session::new(key, Protocol::Rtcp, key.suite().rtcp_tag_len())
    }

    fn new(master: &MasterKey, protocol: Protocol, tag_len: usize) -> Session {
        let mut key = [0; 32];
        let key = &mut key[..master.suite().key_len()];
        derive(master, protocol, Purpose::Encryption, key);
        let mut salt = [0; SALT_LEN];
        derive(master, protocol, Purpose::Salt, &mut salt[..master.suite().salt_len()]);
        let mut authentication = [0; AUTHENTICATION_KEY_LEN];
        derive(master, protocol, Purpose::Authentication, &mut authentication);
        Session::of_keys(master.suite(), key, &authentication, salt, tag_len)
    }

    pub(super) fn of_keys(
        suite: Suite,
        key: &[u8],
        authentication: &[u8],
        salt: [u8; SALT_LEN],
        tag_len: usize,
    ) -> Session {
        let cipher = match suite {
            Suite::AesCm128Sha1_80
            | Suite::AesCm128Sha1_32
            | Suite::AesCm256Sha1_80
            | Suite::AesCm256Sha1_32 => Cipher::Counter {
                block: Block::new(key),
                mac: Mac::new_from_slice(authentication).expect("HMAC takes a key of any length"),
            },
            Suite::AeadAes128Gcm => {
                Cipher::Gcm128(Aes128Gcm::new_from_slice(key).expect("the suite's key has its length"))
            }
            Suite::AeadAes256Gcm => {
                Cipher::Gcm256(Aes256Gcm::new_from_slice(key).expect("the suite's key has its length"))
            }
        };
        Session { cipher, salt, tag_len }
    }

    /// Seals a packet of `length` octets, the first `header` of which stay readable.
    pub(super) fn seal_rtp(
        &self,
        buffer: &mut [u8],
        header: usize,
        length: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, Error> {
        let buffer = buffer.get_mut(..length + self.tag_len).ok_or(Error::NoRoom)?;
        let (packet, tag) = buffer.split_at_mut(length);
        let (head, payload) = packet.split_at_mut(header);
        match &self.cipher {
            Cipher::Counter { block, mac } => {
                block.apply(self.counter(ssrc, index), payload);
                let mac = mac.clone().chain_update(&*packet).chain_update(rollovers(index));
                tag.copy_from_slice(&mac.finalize().into_bytes()[..self.tag_len]);
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                tag.copy_from_slice(&self.encrypt(&self.nonce(ssrc, index), head, payload)?);
            }
        }
        Ok(length + self.tag_len)
    }

    /// Opens a packet of which the first `header` octets are readable, and tells how long it was before.
    pub(super) fn open_rtp(
        &self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, Error> {
        let length = packet.len().checked_sub(self.tag_len).filter(|length| *length >= header);
        let length = length.ok_or(Error::Truncated)?;
        let (packet, tag) = packet.split_at_mut(length);
        match &self.cipher {
            Cipher::Counter { block, mac } => {
                let mac = mac.clone().chain_update(&*packet).chain_update(rollovers(index));
                mac.verify_truncated_left(tag).map_err(|_| Error::Authentication)?;
                block.apply(self.counter(ssrc, index), &mut packet[header..]);
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let (head, payload) = packet.split_at_mut(header);
                self.decrypt(&self.nonce(ssrc, index), head, payload, tag)?;
            }
        }
        Ok(length)
    }

    /// Seals a compound of `length` octets under an index of 31 bits.
    pub(super) fn seal_rtcp(&self, buffer: &mut [u8], length: usize, index: u32) -> Result<usize, Error> {
        let total = length + INDEX_LEN + self.tag_len;
        let buffer = buffer.get_mut(..total).ok_or(Error::NoRoom)?;
        let ssrc = ssrc_of(buffer, 4);
        let word = (ENCRYPTED | index).to_be_bytes();
        match &self.cipher {
            Cipher::Counter { block, mac } => {
                let (packet, tag) = buffer.split_at_mut(length + INDEX_LEN);
                block.apply(self.counter(ssrc, u64::from(index)), &mut packet[RTCP_CLEAR..length]);
                packet[length..].copy_from_slice(&word);
                let mac = mac.clone().chain_update(&*packet);
                tag.copy_from_slice(&mac.finalize().into_bytes()[..self.tag_len]);
            }
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let associated = associated(buffer, word);
                let (packet, rest) = buffer.split_at_mut(length);
                let tag =
                    self.encrypt(&self.report_nonce(ssrc, index), &associated, &mut packet[RTCP_CLEAR..])?;
                rest[..self.tag_len].copy_from_slice(&tag);
                rest[self.tag_len..].copy_from_slice(&word);
            }
        }
        Ok(total)
    }

    /// The index that a sealed compound says it has.
    pub(super) fn index(&self, packet: &[u8]) -> Result<u32, Error> {
        Ok(u32::from_be_bytes(self.word(packet)?) & !ENCRYPTED)
    }

    /// Opens a sealed compound, and tells how long it was before.
    pub(super) fn open_rtcp(&self, packet: &mut [u8]) -> Result<usize, Error> {
        let word = self.word(packet)?;
        let is_encrypted = u32::from_be_bytes(word) & ENCRYPTED != 0;
        let index = u32::from_be_bytes(word) & !ENCRYPTED;
        let ssrc = ssrc_of(packet, 4);
        let length = packet.len() - INDEX_LEN - self.tag_len;
        match &self.cipher {
            Cipher::Counter { block, mac } => {
                let (packet, tag) = packet.split_at_mut(length + INDEX_LEN);
                let mac = mac.clone().chain_update(&*packet);
                mac.verify_truncated_left(tag).map_err(|_| Error::Authentication)?;
                if is_encrypted {
                    block.apply(self.counter(ssrc, u64::from(index)), &mut packet[RTCP_CLEAR..length]);
                }
            }
            // All of it is under the tag, and only that is offered: a compound in the clear is refused.
            Cipher::Gcm128(_) | Cipher::Gcm256(_) if !is_encrypted => return Err(Error::Authentication),
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => {
                let associated = associated(packet, word);
                let (packet, rest) = packet.split_at_mut(length);
                let tag = &rest[..self.tag_len];
                self.decrypt(&self.report_nonce(ssrc, index), &associated, &mut packet[RTCP_CLEAR..], tag)?;
            }
        }
        Ok(length)
    }

    /// Flag and index: before the tag in counter mode, after it in GCM (RFC 7714 §9.2).
    fn word(&self, packet: &[u8]) -> Result<[u8; INDEX_LEN], Error> {
        let length =
            packet.len().checked_sub(INDEX_LEN + self.tag_len).filter(|length| *length >= RTCP_CLEAR);
        let length = length.ok_or(Error::Truncated)?;
        let at = match self.cipher {
            Cipher::Counter { .. } => length,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => length + self.tag_len,
        };
        packet[at..].first_chunk().copied().ok_or(Error::Truncated)
    }

    /// The first counter block (RFC 3711 §4.1.1).
    fn counter(&self, ssrc: u32, index: u64) -> [u8; 16] {
        let mut iv = [0; 16];
        iv[..SALT_LEN].copy_from_slice(&self.salt);
        add(&mut iv[4..8], &ssrc.to_be_bytes());
        add(&mut iv[8..14], &index.to_be_bytes()[2..]);
        iv
    }

    /// RFC 7714 §8.1.
    fn nonce(&self, ssrc: u32, index: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.salt[..12]);
        add(&mut nonce[2..6], &ssrc.to_be_bytes());
        add(&mut nonce[6..12], &index.to_be_bytes()[2..]);
        nonce
    }

    /// RFC 7714 §9.1.
    fn report_nonce(&self, ssrc: u32, index: u32) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&self.salt[..12]);
        add(&mut nonce[2..6], &ssrc.to_be_bytes());
        add(&mut nonce[8..12], &index.to_be_bytes());
        nonce
    }

    fn encrypt(&self, nonce: &[u8; 12], associated: &[u8], octets: &mut [u8]) -> Result<Tag, Error> {
        let nonce = Nonce::from_slice(nonce);
        let sealed = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.encrypt_in_place_detached(nonce, associated, octets),
            Cipher::Gcm256(gcm) => gcm.encrypt_in_place_detached(nonce, associated, octets),
            Cipher::Counter { .. } => return Err(Error::Authentication),
        };
        sealed.map_err(|_| Error::TooLarge)
    }

    fn decrypt(
        &self,
        nonce: &[u8; 12],
        associated: &[u8],
        octets: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        let (nonce, tag) = (Nonce::from_slice(nonce), Tag::from_slice(tag));
        let opened = match &self.cipher {
            Cipher::Gcm128(gcm) => gcm.decrypt_in_place_detached(nonce, associated, octets, tag),
            Cipher::Gcm256(gcm) => gcm.decrypt_in_place_detached(nonce, associated, octets, tag),
            Cipher::Counter { .. } => return Err(Error::Authentication),
        };
        opened.map_err(|_| Error::Authentication)
    }
}

/// The rollover count, which the tag of an RTP packet covers too (RFC 3711 §4.2).
fn rollovers(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// What of a compound is under GCM's tag and readable: its first words, flag and index (RFC 7714 §9.2).
fn associated(packet: &[u8], word: [u8; INDEX_LEN]) -> [u8; RTCP_CLEAR + INDEX_LEN] {
    let mut associated = [0; RTCP_CLEAR + INDEX_LEN];
    associated[..RTCP_CLEAR].copy_from_slice(&packet[..RTCP_CLEAR]);
    associated[RTCP_CLEAR..].copy_from_slice(&word);
    associated
}

fn add(to: &mut [u8], octets: &[u8]) {
    to.iter_mut().zip(octets).for_each(|(to, octet)| *to ^= octet);
}
