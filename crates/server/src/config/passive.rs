//! Keys that are known and not acted on: harmless where they say what is done anyway.

use conf::SectionReader;

/// A key of Asterisk's that Strowger does not act on.
pub(super) struct Passive {
    /// The key.
    pub(super) key: &'static str,
    /// Values that come to what is done anyway, so that nothing is said about them; `*` is any.
    pub(super) fine: &'static [&'static str],
    /// What to do instead.
    pub(super) help: &'static str,
}

pub(super) const ANY: &[&str] = &["*"];
pub(super) const NO: &[&str] = &["no"];
pub(super) const NEVER: &[&str] = &[];

/// A key that may say what it likes.
pub(super) const fn harmless(key: &'static str) -> Passive {
    Passive { key, fine: ANY, help: "" }
}

/// A key that is fine with these values.
pub(super) const fn fine(key: &'static str, fine: &'static [&'static str], help: &'static str) -> Passive {
    Passive { key, fine, help }
}

/// A key that is not supported whatever it says.
pub(super) const fn unsupported(key: &'static str) -> Passive {
    Passive { key, fine: NEVER, help: "" }
}

/// Makes the keys of a table known, and says which of them will not happen.
pub(super) fn apply(section: &SectionReader<'_, '_>, table: &[Passive]) {
    for Passive { key, fine, help } in table {
        let is_fine = |value: &str| {
            fine.iter()
                .any(|fine| *fine == "*" || fine.eq_ignore_ascii_case(value) || same_boolean(fine, value))
        };
        if section.section().all(key).all(|entry| is_fine(&entry.value)) {
            section.know(&[key]);
        } else {
            section.not_supported(key, help);
        }
    }
}

fn same_boolean(fine: &str, value: &str) -> bool {
    conf::boolean(fine).is_some() && conf::boolean(fine) == conf::boolean(value)
}
