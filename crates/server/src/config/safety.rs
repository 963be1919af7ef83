//! Passwords that everybody knows never listen where others can reach them.

use std::net::{IpAddr, SocketAddr};

use signalling::config::Secret;

use super::{Configuration, Error};

/// What is tried first by whoever scans for telephones.
const KNOWN: &[&str] = &[
    "",
    "secret",
    "password",
    "admin",
    "asterisk",
    "strowger",
    "changeme",
    "change_me",
    "default",
    "test",
    "guest",
    "unsecurepassword",
    "1234",
    "12345",
    "123456",
    "12345678",
    "0000",
    "1111",
    "passw0rd",
    "pass",
    "letmein",
    "qwerty",
];

/// Whether a password is one that everybody tries.
pub(super) fn is_known(user: &str, password: &str) -> bool {
    password.eq_ignore_ascii_case(user) || KNOWN.iter().any(|known| password.eq_ignore_ascii_case(known))
}

/// Whether a user of the REST interface lets in whoever tries what everybody tries.
fn is_open(user: &ari::User) -> bool {
    match &user.password {
        ari::Password::Plain(password) => is_known(&user.name, password),
        // Hashes are made to be slow to guess, and whoever made one chose a password.
        ari::Password::Crypt(_) => false,
    }
}

fn reachable(address: &SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
    }
}

pub(super) fn check(configuration: &Configuration) -> Result<(), Error> {
    let Configuration { ari, http, sip, .. } = configuration;
    let listens = http.enabled && ari.enabled;
    if let Some(address) = http.all_addresses().find(|address| listens && reachable(address))
        && let Some(user) = ari.users.iter().find(|user| is_open(user))
    {
        return Err(Error::KnownAriPassword { user: user.name.clone(), address });
    }
    let bind = sip.transports.iter().map(|transport| transport.bind).find(reachable);
    let known = sip.auths.iter().find(|auth| match &auth.secret {
        Secret::Password(password) => is_known(&auth.username, password),
        Secret::Ha1Md5(_) => false,
    });
    match (bind, known) {
        (Some(address), Some(auth)) => Err(Error::KnownSipPassword { auth: auth.name.to_string(), address }),
        (Some(_) | None, _) => Ok(()),
    }
}
