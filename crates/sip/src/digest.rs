//! Digest authentication (RFC 2617, RFC 7616, RFC 8760), both sides: MD5, SHA-256 and SHA-512-256, `qop=auth` and
//! none.

mod client;
mod server;

pub use client::Login;
pub use server::{Authenticator, Refusal, Secret, Verdict};

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};

/// A hash algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: what every phone knows.
    Md5,
    /// SHA-256 (RFC 8760).
    Sha256,
    /// SHA-512/256 (RFC 8760).
    Sha512Of256,
}

impl Algorithm {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512Of256 => "SHA-512-256",
        }
    }

    /// Reads the `algorithm` parameter; a missing one is MD5. Session variants are not supported.
    pub fn parse(text: Option<&str>) -> Option<Algorithm> {
        let Some(text) = text else { return Some(Algorithm::Md5) };
        [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512Of256]
            .into_iter()
            .find(|a| text.eq_ignore_ascii_case(a.as_str()))
    }

    fn hash(self, parts: &[&str]) -> String {
        match self {
            Algorithm::Md5 => {
                let mut hash = Md5::new();
                parts.iter().for_each(|p| hash.update(p));
                hex(&hash.finalize())
            }
            Algorithm::Sha256 => {
                let mut hash = Sha256::new();
                parts.iter().for_each(|p| hash.update(p));
                hex(&hash.finalize())
            }
            Algorithm::Sha512Of256 => {
                let mut hash = Sha512_256::new();
                parts.iter().for_each(|p| hash.update(p));
                hex(&hash.finalize())
            }
        }
    }

    /// H(username:realm:password) in hex, as `pjsip.conf`'s `md5_cred` has it.
    pub fn ha1(self, username: &str, realm: &str, password: &str) -> String {
        self.hash(&[username, ":", realm, ":", password])
    }

    /// The `response` parameter.
    fn response(self, ha1: &str, nonce: &str, qop: Option<Qop<'_>>, method: &str, uri: &str) -> String {
        let ha2 = self.hash(&[method, ":", uri]);
        match qop {
            Some(Qop { count, cnonce }) => {
                self.hash(&[ha1, ":", nonce, ":", count, ":", cnonce, ":auth:", &ha2])
            }
            None => self.hash(&[ha1, ":", nonce, ":", &ha2]),
        }
    }
}

/// What `qop=auth` adds.
#[derive(Debug, Clone, Copy)]
struct Qop<'a> {
    /// `nc`: eight hex digits.
    count: &'a str,
    cnonce: &'a str,
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        write!(out, "{b:02x}").expect("a string takes everything");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-4: SHA-512/256 of "abc".
    #[test]
    fn sha_512_256_is_not_a_cut_sha_512() {
        let right = "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23";
        assert_eq!(Algorithm::Sha512Of256.hash(&["a", "bc"]), right);
    }

    // RFC 7616 §3.9.1
    #[test]
    fn the_examples_of_the_rfc_come_out() {
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let qop = Qop { count: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" };
        let answer = |algorithm: Algorithm| {
            let ha1 = algorithm.ha1("Mufasa", "http-auth@example.org", "Circle of Life");
            algorithm.response(&ha1, nonce, Some(qop), "GET", "/dir/index.html")
        };
        assert_eq!(answer(Algorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            answer(Algorithm::Sha256),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }
}
