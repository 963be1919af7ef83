//! Who may ask: users of `ari.conf`, Basic credentials and `api_key`.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A user of `ari.conf`.
#[derive(Clone, Debug)]
pub struct User {
    /// Name.
    pub name: String,
    /// Password.
    pub password: Password,
    /// May ask, but not change anything.
    pub read_only: bool,
}

/// A password as `ari.conf` has it.
#[derive(Clone, Debug)]
pub enum Password {
    /// `password_format = plain`
    Plain(String),
    /// `password_format = crypt`
    Crypt(Crypt),
}

/// A crypt(3) hash. The password that matched once is known by its SHA-256 from then on, so that the deliberately slow
/// hash is not worked out for each request.
#[derive(Clone, Debug)]
pub struct Crypt {
    hash: String,
    matched: OnceLock<[u8; 32]>,
}

/// The hash is of a kind that cannot be checked here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "crypt method {method} is not supported; use SHA-512 ($6$), SHA-256 ($5$), bcrypt ($2b$) or MD5 ($1$)"
)]
pub struct UnsupportedCrypt {
    /// Its prefix, such as `$y$`.
    pub method: String,
}

impl Crypt {
    /// Takes a hash if its method is one that can be checked.
    pub fn new(hash: &str) -> Result<Crypt, UnsupportedCrypt> {
        const KNOWN: [&str; 8] = ["$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$sha1$"];
        let traditional =
            hash.len() == 13 && !hash.starts_with('$') || hash.len() == 20 && hash.starts_with('_');
        if !traditional && !KNOWN.iter().any(|prefix| hash.starts_with(prefix)) {
            let method = match hash.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
                Some((name, _)) => format!("${name}$"),
                None => "of this form".to_owned(),
            };
            return Err(UnsupportedCrypt { method });
        }
        Ok(Crypt { hash: hash.to_owned(), matched: OnceLock::new() })
    }

    fn matches(&self, password: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(password.as_bytes()).into();
        if let Some(known) = self.matched.get() {
            return bool::from(known.ct_eq(&digest));
        }
        let matches = pwhash::unix::verify(password, &self.hash);
        if matches {
            self.matched.get_or_init(|| digest);
        }
        matches
    }
}

impl User {
    /// Whether it is the user's password.
    pub fn accepts(&self, password: &str) -> bool {
        match &self.password {
            Password::Plain(own) => bool::from(own.as_bytes().ct_eq(password.as_bytes())),
            Password::Crypt(crypt) => crypt.matches(password),
        }
    }
}

/// The user that the credentials name, if they are right. Credentials of the header are tried first; `api_key` counts
/// only where the header is absent or cannot be read.
pub(crate) fn authenticate<'a>(
    users: &'a [User],
    authorization: Option<&str>,
    fields: &[(String, String)],
) -> Option<&'a User> {
    let (name, password) = match authorization.and_then(basic) {
        Some(credentials) => credentials,
        None => {
            let (_, key) = fields.iter().find(|(name, _)| name == "api_key")?;
            let (name, password) = key.split_once(':')?;
            (name.to_owned(), password.to_owned())
        }
    };
    users.iter().find(|user| user.name == name).filter(|user| user.accepts(&password))
}

/// User and password of a Basic header (RFC 7617).
fn basic(header: &str) -> Option<(String, String)> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(engine.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Vec<User> {
        let crypt = Crypt::new("$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1")
            .expect("SHA-512");
        vec![
            User { name: "admin".into(), password: Password::Plain("pass:word".into()), read_only: false },
            User { name: "hashed".into(), password: Password::Crypt(crypt), read_only: true },
        ]
    }

    fn who(authorization: Option<&str>, api_key: Option<&str>) -> Option<String> {
        let fields: Vec<_> = api_key.iter().map(|key| ("api_key".to_owned(), (*key).to_owned())).collect();
        authenticate(&users(), authorization, &fields).map(|user| user.name.clone())
    }

    #[test]
    fn a_password_may_hold_a_colon() {
        assert_eq!(who(Some("Basic YWRtaW46cGFzczp3b3Jk"), None).as_deref(), Some("admin"));
        assert_eq!(who(None, Some("admin:pass:word")).as_deref(), Some("admin"));
    }

    #[test]
    fn the_header_beats_the_key_unless_it_is_unreadable() {
        assert_eq!(who(Some("Basic bm9ib2R5Om5vcGU="), Some("admin:pass:word")), None);
        assert_eq!(who(Some("Basic !!!"), Some("admin:pass:word")).as_deref(), Some("admin"));
        assert_eq!(who(Some("Bearer x"), Some("admin:pass:word")).as_deref(), Some("admin"));
        assert_eq!(who(None, None), None);
        assert_eq!(who(None, Some("admin")), None);
    }

    #[test]
    fn a_crypt_password_is_checked_the_first_time_and_after() {
        let users = users();
        for _ in 0..2 {
            assert!(!users[1].accepts("Hello world?"));
            assert!(users[1].accepts("Hello world!"));
        }
        assert!(!users[1].accepts("Hello world?"));
    }

    #[test]
    fn a_crypt_method_that_cannot_be_checked_is_named() {
        let error = Crypt::new("$y$j9T$abc$def").expect_err("yescrypt");
        assert!(error.to_string().starts_with("crypt method $y$ is not supported"));
        assert!(Crypt::new("secret").is_err());
        assert!(Crypt::new("rl.3StKT.4T8M").is_ok(), "traditional DES");
        assert!(Crypt::new("$1$abc$.FiamM1s4pFo0QKAk4pqS.").expect("MD5").matches("Hello world!"));
    }
}
