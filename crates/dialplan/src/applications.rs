//! Which applications there are.

use crate::asterisk_applications::ASTERISK_APPLICATIONS;

/// How far an application is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It runs.
    Supported,
    /// Asterisk has it, this program does not yet.
    NotYet,
    /// Nobody knows it.
    Unknown,
}

/// The applications this program runs. Names compare without regard to case.
#[derive(Clone, Copy, Debug)]
pub struct Applications<'a> {
    /// Their names.
    pub supported: &'a [&'a str],
}

impl<'a> Applications<'a> {
    /// How far `name` is supported.
    pub fn support(&self, name: &str) -> Support {
        let has = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if has(self.supported) {
            Support::Supported
        } else if has(ASTERISK_APPLICATIONS) {
            Support::NotYet
        } else {
            Support::Unknown
        }
    }

    /// The name that `name` was meant to be, supported ones first.
    pub fn suggestion(&self, name: &str) -> Option<&'a str> {
        let supported = self.supported.iter().copied();
        conf::suggest(name, supported).or_else(|| conf::suggest(name, ASTERISK_APPLICATIONS.iter().copied()))
    }
}
