//! The side that is asked.

use super::{Algorithm, Qop};
use crate::error::Error;
use crate::header::HeaderName;
use crate::message::{Credentials, Request, Response};
use crate::syntax::quote;

/// The most challenges of one response that are answered: one a realm, of servers and proxies.
const MAX_CHALLENGES: usize = 4;

/// A user name and password, and the last challenges answered with them.
#[derive(Debug, Clone)]
pub struct Login {
    username: String,
    known: Known,
    challenges: Vec<Challenge>,
}

/// What is known of the password.
#[derive(Debug, Clone)]
enum Known {
    Password(String),
    /// MD5 of `user:realm:password`: good for MD5 alone.
    Ha1Md5(String),
}

#[derive(Debug, Clone)]
struct Challenge {
    header: HeaderName,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    algorithm_named: bool,
    qop: bool,
    stale: bool,
    count: u32,
}

impl Login {
    /// Credentials not yet asked for.
    pub fn new(username: &str, password: &str) -> Login {
        Login {
            username: username.to_owned(),
            known: Known::Password(password.to_owned()),
            challenges: Vec::new(),
        }
    }

    /// The same with MD5 of `user:realm:password`, hexadecimal, in the place of the password. It answers challenges of MD5
    /// alone, and of that realm alone.
    pub fn with_ha1(username: &str, ha1: &str) -> Login {
        let known = Known::Ha1Md5(ha1.to_ascii_lowercase());
        Login { username: username.to_owned(), known, challenges: Vec::new() }
    }

    /// Answers a 401 or 407: puts credentials for the strongest supported challenge of each realm into the request (there
    /// are several where proxies ask, or forks: RFC 3261 §22.3), which is to be sent again with the next CSeq. Returns
    /// whether it is worth sending: `false` when credentials were refused that were not stale, so the password must be
    /// wrong.
    ///
    /// # Errors
    /// [`Error::NoUsableChallenge`].
    pub fn answer(
        &mut self,
        response: &Response,
        request: &mut Request,
        random: &mut dyn FnMut() -> u64,
    ) -> Result<bool, Error> {
        let headers = &response.headers;
        let www = headers.www_challenges().map(|c| (HeaderName::Authorization, c));
        let proxy = headers.proxy_challenges().map(|c| (HeaderName::ProxyAuthorization, c));
        let md5_only = matches!(self.known, Known::Ha1Md5(_));
        let challenges = www
            .chain(proxy)
            .filter_map(|(header, c)| Challenge::read(header, &c))
            .filter(|challenge| !md5_only || challenge.algorithm == Algorithm::Md5);
        let mut best: Vec<Challenge> = Vec::new();
        for challenge in challenges {
            match best.iter().position(|there| there.is_beside(&challenge)) {
                // Of equals the first: the server's order counts (RFC 8760 §2.4).
                Some(at) if challenge.algorithm > best[at].algorithm => best[at] = challenge,
                Some(_) => {}
                None if best.len() < MAX_CHALLENGES => best.push(challenge),
                None => {}
            }
        }
        if best.is_empty() {
            return Err(Error::NoUsableChallenge);
        }
        let tried = |new: &Challenge| {
            self.challenges.iter().any(|last| last.is_beside(new))
                && request.headers.value(new.header.clone()).is_some()
        };
        let worth = best.iter().all(|challenge| challenge.stale || !tried(challenge));
        // What was answered before and is not asked again still holds, at a proxy before the one that asks now.
        let kept = std::mem::take(&mut self.challenges).into_iter();
        let kept: Vec<Challenge> = kept.filter(|old| !best.iter().any(|new| new.is_beside(old))).collect();
        best.extend(kept);
        best.truncate(MAX_CHALLENGES);
        self.challenges = best;
        self.authorize(request, random);
        Ok(worth)
    }

    /// Puts credentials for the last challenges into a request, counting on, so that a server need not ask each time.
    /// Does nothing before the first challenge.
    pub fn authorize(&mut self, request: &mut Request, random: &mut dyn FnMut() -> u64) {
        for challenge in &self.challenges {
            request.headers.remove(challenge.header.clone());
        }
        let (username, known) = (&self.username, &self.known);
        for challenge in &mut self.challenges {
            let value = challenge.credentials(username, known, request, random);
            request.headers.push(challenge.header.clone(), value);
        }
    }
}

impl Challenge {
    /// Of the same realm, asked for in the same place?
    fn is_beside(&self, other: &Challenge) -> bool {
        self.header == other.header && self.realm == other.realm
    }

    fn credentials(
        &mut self,
        username: &str,
        known: &Known,
        request: &Request,
        random: &mut dyn FnMut() -> u64,
    ) -> String {
        let challenge = self;
        challenge.count += 1;
        let (count, cnonce) = (format!("{:08x}", challenge.count), format!("{:016x}", random()));
        let qop = challenge.qop.then_some(Qop { count: &count, cnonce: &cnonce });
        let uri = request.uri.to_string();
        let ha1 = match known {
            Known::Password(password) => challenge.algorithm.ha1(username, &challenge.realm, password),
            Known::Ha1Md5(ha1) => ha1.clone(),
        };
        let answer = challenge.algorithm.response(&ha1, &challenge.nonce, qop, request.method.as_str(), &uri);
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{answer}\"",
            quote(username),
            quote(&challenge.realm),
            quote(&challenge.nonce),
            quote(&uri),
        );
        if challenge.algorithm_named {
            value.push_str(&format!(", algorithm={}", challenge.algorithm.as_str()));
        }
        if let Some(opaque) = &challenge.opaque {
            value.push_str(&format!(", opaque={}", quote(opaque)));
        }
        if challenge.qop {
            value.push_str(&format!(", qop=auth, cnonce=\"{cnonce}\", nc={count}"));
        }
        value
    }

    fn read(header: HeaderName, challenge: &Credentials) -> Option<Challenge> {
        let named = challenge.param("algorithm");
        let algorithm = Algorithm::parse(named.as_deref())?;
        let offered = challenge.param("qop");
        let auth = |offered: &str| offered.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth"));
        let qop = offered.as_deref().map(auth);
        if !challenge.is_digest() || qop == Some(false) {
            return None;
        }
        Some(Challenge {
            header,
            realm: challenge.param("realm")?,
            nonce: challenge.param("nonce")?,
            opaque: challenge.param("opaque"),
            algorithm,
            algorithm_named: named.is_some(),
            qop: qop.is_some(),
            stale: challenge.param("stale").is_some_and(|s| s.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::Method;

    fn request() -> Request {
        Request::build(Method::Register, "sip:h".parse().unwrap()).finish(&mut || 1)
    }

    #[test]
    fn the_strongest_supported_challenge_is_answered() {
        let mut request = request();
        let response = Response::to(&request, 407)
            .with(
                HeaderName::ProxyAuthenticate,
                r#"Digest realm="r", nonce="1", algorithm=SHA-512-256, qop="auth""#,
            )
            .with(HeaderName::ProxyAuthenticate, r#"Digest realm="r", nonce="2", algorithm=MD5, qop="auth""#)
            .with(
                HeaderName::ProxyAuthenticate,
                r#"Digest realm="r", nonce="3", algorithm=SHA-256, qop="auth,auth-int""#,
            );
        let mut login = Login::new("u", "p");
        assert_eq!(login.answer(&response, &mut request, &mut || 1), Ok(true));
        let credentials = request.headers.proxy_authorizations().next().unwrap();
        assert_eq!(credentials.param("nonce").unwrap(), "1");
        assert_eq!(credentials.param("algorithm").unwrap(), "SHA-512-256");
        assert_eq!(credentials.param("nc").unwrap(), "00000001");
        login.authorize(&mut request, &mut || 1);
        assert_eq!(request.headers.proxy_authorizations().next().unwrap().param("nc").unwrap(), "00000002");
    }

    // RFC 3261 §22.3
    #[test]
    fn each_realm_that_asks_is_answered_and_answered_again() {
        let mut request = request();
        let response = Response::to(&request, 407)
            .with(HeaderName::ProxyAuthenticate, r#"Digest realm="a", nonce="1""#)
            .with(HeaderName::ProxyAuthenticate, r#"Digest realm="b", nonce="2""#)
            .with(HeaderName::WwwAuthenticate, r#"Digest realm="c", nonce="3""#);
        let mut login = Login::new("u", "p");
        assert_eq!(login.answer(&response, &mut request, &mut || 1), Ok(true));
        let realms = |request: &Request| {
            let headers = &request.headers;
            let all = headers.proxy_authorizations().chain(headers.authorizations());
            all.map(|c| c.param("realm").unwrap()).collect::<String>()
        };
        assert_eq!(realms(&request), "abc");
        let next =
            Response::to(&request, 407).with(HeaderName::ProxyAuthenticate, r#"Digest realm="d", nonce="4""#);
        assert_eq!(login.answer(&next, &mut request, &mut || 1), Ok(true), "one proxy further");
        assert_eq!(realms(&request), "dabc");
        let again =
            Response::to(&request, 407).with(HeaderName::ProxyAuthenticate, r#"Digest realm="b", nonce="5""#);
        assert_eq!(login.answer(&again, &mut request, &mut || 1), Ok(false), "refused");
    }

    #[test]
    fn a_second_refusal_is_not_worth_an_answer_unless_stale() {
        let mut request = request();
        let challenge = |more: &str| {
            Response::to(&Request::build(Method::Register, "sip:h".parse().unwrap()).finish(&mut || 1), 401)
                .with(HeaderName::WwwAuthenticate, format!(r#"Digest realm="r", nonce="1"{more}"#))
        };
        let mut login = Login::new("u", "p");
        assert_eq!(login.answer(&challenge(""), &mut request, &mut || 1), Ok(true));
        assert_eq!(login.answer(&challenge(", stale=TRUE"), &mut request, &mut || 1), Ok(true));
        assert_eq!(login.answer(&challenge(""), &mut request, &mut || 1), Ok(false));
        let none = Response::to(&request, 401).with(HeaderName::WwwAuthenticate, "Bearer x=1");
        assert_eq!(login.answer(&none, &mut request, &mut || 1), Err(Error::NoUsableChallenge));
    }
}
