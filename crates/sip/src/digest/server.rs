//! The side that asks: challenges, nonces, verification.

use super::{Algorithm, Qop, hex};
use crate::header::HeaderName;
use crate::message::{Credentials, Request, Response};
use crate::syntax::quote;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a nonce is good.
const NONCE_LIFE: Duration = Duration::from_secs(300);
/// The most nonces whose counts are remembered; the oldest are forgotten, and with them every nonce as old.
const MAX_NONCES: usize = 65_536;
/// How far a nonce count may lag behind the highest seen and still be taken once.
const NC_WINDOW: u32 = 64;

/// What a user knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret<'a> {
    /// The password.
    Password(&'a str),
    /// H(username:realm:password) in hex for one algorithm; it verifies that algorithm only.
    Ha1(Algorithm, &'a str),
}

/// Why credentials were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There were none for this realm.
    Missing,
    /// Unreadable, or something that was not offered.
    Malformed,
    /// The nonce is old, or its count was used: ask again with `stale=true`; the user is not bothered.
    Stale,
    /// The nonce is not one of ours.
    ForeignNonce,
    /// The user is unknown.
    UnknownUser,
    /// The password is wrong.
    WrongPassword,
}

/// The outcome of [`Authenticator::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This user asked.
    Passed {
        /// The user name.
        username: String,
    },
    /// Nobody proved anything; answer with [`Authenticator::challenge`].
    Refused(Refusal),
}

/// Counts seen with one nonce: the highest, and which of the 64 below it.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    highest: u32,
    below: u64,
}

/// Challenges and verifies. Nonces carry their time and are signed, so nothing is remembered for those never used.
#[derive(Debug)]
pub struct Authenticator {
    realm: String,
    key: [u8; 32],
    algorithms: Vec<Algorithm>,
    serial: u64,
    seen: BTreeMap<(Duration, u64), Seen>,
    /// Nonces up to this one have been forgotten and count as stale.
    forgotten: (Duration, u64),
}

impl Authenticator {
    /// For a realm; `key` signs nonces and must be secret. Challenges offer MD5 alone, as Asterisk does by default.
    pub fn new(realm: &str, key: [u8; 32]) -> Authenticator {
        let algorithms = vec![Algorithm::Md5];
        Authenticator {
            realm: realm.to_owned(),
            key,
            algorithms,
            serial: 0,
            seen: BTreeMap::new(),
            forgotten: (Duration::ZERO, 0),
        }
    }

    /// Offers these algorithms, the preferred one first (RFC 8760 §2.4).
    pub fn with_algorithms(mut self, algorithms: &[Algorithm]) -> Authenticator {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// From now on offers and takes these algorithms.
    pub fn offer(&mut self, algorithms: &[Algorithm]) {
        self.algorithms.clear();
        self.algorithms.extend_from_slice(algorithms);
    }

    /// From now on challenges and answers are of this realm.
    pub fn set_realm(&mut self, realm: &str) {
        if self.realm != realm {
            self.realm = realm.to_owned();
        }
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// A 401 to the request, one WWW-Authenticate an algorithm; `stale` when the last answer was right but late.
    pub fn challenge(&mut self, now: Duration, request: &Request, stale: bool) -> Response {
        let mut response = Response::to(request, 401);
        self.serial += 1;
        let nonce = self.nonce(Duration::from_millis(now.as_millis() as u64), self.serial);
        for algorithm in &self.algorithms {
            let (realm, algorithm) = (quote(&self.realm), algorithm.as_str());
            let stale = if stale { ", stale=true" } else { "" };
            let value =
                format!(r#"Digest realm={realm}, nonce="{nonce}", algorithm={algorithm}, qop="auth"{stale}"#);
            response.headers.push(HeaderName::WwwAuthenticate, value);
        }
        response
    }

    /// Checks the Authorization of a request. `secret` finds what the user of this name knows; an unknown user costs as
    /// much time as a known one.
    pub fn verify<'a>(
        &mut self,
        now: Duration,
        request: &Request,
        secret: impl FnOnce(&str) -> Option<Secret<'a>>,
    ) -> Verdict {
        let ours = |c: &Credentials| c.is_digest() && c.param("realm").as_deref() == Some(&self.realm);
        let Some(credentials) = request.headers.authorizations().find(ours) else {
            return Verdict::Refused(Refusal::Missing);
        };
        match self.check(now, request, &credentials, secret) {
            Ok(username) => Verdict::Passed { username },
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    fn check<'a>(
        &mut self,
        now: Duration,
        request: &Request,
        credentials: &Credentials,
        secret: impl FnOnce(&str) -> Option<Secret<'a>>,
    ) -> Result<String, Refusal> {
        let needed = |name: &str| credentials.param(name).ok_or(Refusal::Malformed);
        let algorithm = Algorithm::parse(credentials.param("algorithm").as_deref());
        let algorithm = algorithm.filter(|a| self.algorithms.contains(a)).ok_or(Refusal::Malformed)?;
        let (username, nonce) = (needed("username")?, needed("nonce")?);
        let (uri, answer) = (needed("uri")?, needed("response")?);
        let (count, cnonce);
        let qop = match credentials.param("qop").as_deref() {
            None => None,
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                (count, cnonce) = (needed("nc")?, needed("cnonce")?);
                Some(Qop { count: &count, cnonce: &cnonce })
            }
            Some(_) => return Err(Refusal::Malformed),
        };
        let number = match qop {
            Some(Qop { count, .. }) if count.len() != 8 => return Err(Refusal::Malformed),
            Some(Qop { count, .. }) => {
                u32::from_str_radix(count, 16).ok().filter(|n| *n > 0).ok_or(Refusal::Malformed)?
            }
            None => 0,
        };
        let issued = self.issued(&nonce).ok_or(Refusal::ForeignNonce)?;
        let found = secret(&username);
        let (known, ha1) = match found {
            Some(Secret::Password(password)) => (true, algorithm.ha1(&username, &self.realm, password)),
            Some(Secret::Ha1(of, ha1)) if of == algorithm => (true, ha1.to_ascii_lowercase()),
            Some(Secret::Ha1(..)) => return Err(Refusal::Malformed),
            None => (false, algorithm.ha1(&username, &self.realm, &nonce)),
        };
        let right = algorithm.response(&ha1, &nonce, qop, request.method.as_str(), &uri);
        let same = same(right.as_bytes(), answer.to_ascii_lowercase().as_bytes());
        match (known, same) {
            (false, _) => Err(Refusal::UnknownUser),
            (true, false) => Err(Refusal::WrongPassword),
            // Only who knows the password may use up counts, else anybody could spoil a nonce.
            (true, true) => self.use_once(now, issued, number).map(|()| username),
        }
    }

    /// Takes a nonce count once. Without qop (0) a nonce is good for one request only.
    fn use_once(&mut self, now: Duration, issued: (Duration, u64), number: u32) -> Result<(), Refusal> {
        let old = now.saturating_sub(NONCE_LIFE);
        while self.seen.first_key_value().is_some_and(|(nonce, _)| nonce.0 < old) {
            self.seen.pop_first();
        }
        if issued.0 < old || issued.0 > now || issued <= self.forgotten {
            return Err(Refusal::Stale);
        }
        match self.seen.get_mut(&issued) {
            Some(seen) => seen.take(number)?,
            None => {
                self.seen.insert(issued, Seen { highest: number, below: 0 });
            }
        }
        if self.seen.len() > MAX_NONCES
            && let Some((oldest, _)) = self.seen.pop_first()
        {
            self.forgotten = oldest;
        }
        Ok(())
    }

    fn nonce(&self, time: Duration, serial: u64) -> String {
        let plain = format!("{:012x}{serial:012x}", time.as_millis());
        let signature = self.sign(plain.as_bytes());
        format!("{plain}{}", hex(&signature[..16]))
    }

    /// When, and as which, this nonce was issued, if by us.
    fn issued(&self, nonce: &str) -> Option<(Duration, u64)> {
        let (time, serial) = (nonce.get(..12)?, nonce.get(12..24)?);
        let time = Duration::from_millis(u64::from_str_radix(time, 16).ok()?);
        let serial = u64::from_str_radix(serial, 16).ok()?;
        same(self.nonce(time, serial).as_bytes(), nonce.as_bytes()).then_some((time, serial))
    }

    /// HMAC-SHA-256 (RFC 2104).
    fn sign(&self, text: &[u8]) -> [u8; 32] {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(self.key).for_each(|(b, k)| *b ^= k);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
        Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
    }
}

impl Seen {
    fn take(&mut self, number: u32) -> Result<(), Refusal> {
        if number > self.highest {
            let by = number - self.highest;
            // Bit n stands for highest - 1 - n.
            self.below = if by < 64 { self.below << by | 1 << (by - 1) } else { 0 };
            if by == 64 {
                self.below = 1 << 63;
            }
            self.highest = number;
            return Ok(());
        }
        let behind = self.highest - number;
        if behind == 0 || behind > NC_WINDOW || number == 0 || self.below & (1 << (behind - 1)) != 0 {
            return Err(Refusal::Stale);
        }
        self.below |= 1 << (behind - 1);
        Ok(())
    }
}

/// Compares without telling by its time where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Login;
    use crate::method::Method;

    const NOW: Duration = Duration::from_secs(1000);

    fn register() -> Request {
        Request::build(Method::Register, "sip:h".parse().unwrap()).finish(&mut || 1)
    }

    fn server() -> Authenticator {
        Authenticator::new("asterisk", [7; 32])
    }

    fn answered(server: &mut Authenticator, login: &mut Login) -> Request {
        let mut request = register();
        let challenge = server.challenge(NOW, &request, false);
        login.answer(&challenge, &mut request, &mut || 5).unwrap();
        request
    }

    fn check(server: &mut Authenticator, now: Duration, request: &Request) -> Verdict {
        server.verify(now, request, |user| (user == "2001").then_some(Secret::Password("secret")))
    }

    fn passed() -> Verdict {
        Verdict::Passed { username: "2001".into() }
    }

    #[test]
    fn the_right_password_passes_with_each_algorithm() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512Of256] {
            let mut server = server().with_algorithms(&[algorithm]);
            let request = answered(&mut server, &mut Login::new("2001", "secret"));
            assert_eq!(check(&mut server, NOW, &request), passed());
        }
    }

    #[test]
    fn wrong_ones_are_refused_each_for_its_reason() {
        let mut server = server();
        assert_eq!(check(&mut server, NOW, &register()), Verdict::Refused(Refusal::Missing));
        let request = answered(&mut server, &mut Login::new("2001", "wrong"));
        assert_eq!(check(&mut server, NOW, &request), Verdict::Refused(Refusal::WrongPassword));
        let request = answered(&mut server, &mut Login::new("x", "secret"));
        assert_eq!(check(&mut server, NOW, &request), Verdict::Refused(Refusal::UnknownUser));
        let request =
            answered(&mut Authenticator::new("asterisk", [8; 32]), &mut Login::new("2001", "secret"));
        assert_eq!(check(&mut server, NOW, &request), Verdict::Refused(Refusal::ForeignNonce));
    }

    #[test]
    fn a_replay_is_stale_and_the_next_count_is_not() {
        let mut server = server();
        let mut login = Login::new("2001", "secret");
        let first = answered(&mut server, &mut login);
        assert_eq!(check(&mut server, NOW, &first), passed());
        assert_eq!(check(&mut server, NOW, &first), Verdict::Refused(Refusal::Stale));
        let mut second = register();
        login.authorize(&mut second, &mut || 6);
        assert_eq!(check(&mut server, NOW, &second), passed());
        assert_eq!(check(&mut server, NOW + NONCE_LIFE * 2, &second), Verdict::Refused(Refusal::Stale));
    }

    #[test]
    fn counts_may_come_out_of_order_but_once() {
        let mut seen = Seen { highest: 5, below: 0 };
        assert_eq!(seen.take(7), Ok(()));
        assert_eq!(seen.take(6), Ok(()));
        for used in [5, 6, 7, 0] {
            assert_eq!(seen.take(used), Err(Refusal::Stale), "{used}");
        }
        assert_eq!(seen.take(71), Ok(()));
        assert_eq!(seen.take(7), Err(Refusal::Stale));
        assert_eq!(seen.take(8), Ok(()));
    }

    #[test]
    fn a_hash_is_as_good_as_the_password() {
        let mut server = server();
        let request = answered(&mut server, &mut Login::new("2001", "secret"));
        let ha1 = Algorithm::Md5.ha1("2001", "asterisk", "secret");
        assert_eq!(server.verify(NOW, &request, |_| Some(Secret::Ha1(Algorithm::Md5, &ha1))), passed());
    }

    #[test]
    fn without_qop_a_nonce_is_good_once() {
        let mut server = server();
        let mut request = register();
        let challenge = server.challenge(NOW, &request, false);
        let nonce = challenge.headers.www_challenges().next().unwrap().param("nonce").unwrap();
        let ha1 = Algorithm::Md5.ha1("2001", "asterisk", "secret");
        let answer = Algorithm::Md5.response(&ha1, &nonce, None, "REGISTER", "sip:h");
        let value = format!(
            r#"Digest username="2001",realm="asterisk",nonce="{nonce}",uri="sip:h",response="{answer}""#
        );
        request.headers.push(HeaderName::Authorization, value);
        assert_eq!(check(&mut server, NOW, &request), passed());
        assert_eq!(check(&mut server, NOW, &request), Verdict::Refused(Refusal::Stale));
    }
}
