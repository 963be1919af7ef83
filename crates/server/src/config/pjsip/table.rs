//! Every option of every object of `pjsip.conf` in Asterisk 22, and what becomes of it here.
//!
//! The rule: an option is [`Status::Obeyed`] only with the name of a test that shows what it changes for a phone, and
//! only then; one that is read and that nothing acts on yet is [`Status::Unsupported`]. Whoever makes an option work
//! writes the test, flips the row, and runs `UPDATE_DOCS=1 cargo test -p server table`, which writes `docs/pjsip.md` anew.
//! A test holds the table against the readers, the page, the names of the tests, and Asterisk's list of names.

mod endpoint;
mod others;
mod parties;
mod transport;
mod whole;
mod wizard;

use conf::SectionReader;

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Status {
    /// It does what it says: the test of this name shows it.
    Obeyed(&'static str),
    /// It may say what it likes, for this reason.
    Harmless(&'static str),
    /// Not done yet: a warning, but for the values that say what is done anyway.
    Unsupported {
        /// Values that come to what is done anyway; `*` is any.
        fine: &'static [&'static str],
        /// What to write or do instead.
        instead: &'static str,
    },
}

/// An option of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct Row {
    /// Its name.
    pub name: &'static str,
    /// What holds where it is not written, in Asterisk.
    pub default: &'static str,
    /// What becomes of it.
    pub status: Status,
}

/// A type of object.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) struct Object {
    /// What `type` says.
    pub kind: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Where all of it is not done yet: what to do instead. Then its rows give no complaints of their own.
    pub refused: Option<&'static str>,
    /// Its options.
    pub rows: &'static [Row],
}

/// The objects, in the order of the page.
pub(in crate::config) const OBJECTS: &[Object] = &[
    transport::TRANSPORT,
    endpoint::ENDPOINT,
    parties::AOR,
    parties::AUTH,
    parties::IDENTIFY,
    parties::REGISTRATION,
    whole::GLOBAL,
    whole::SYSTEM,
    whole::ACL,
    whole::DOMAIN_ALIAS,
    others::CONTACT,
    others::RESOURCE_LIST,
    others::SUBSCRIPTION_PERSISTENCE,
    others::INBOUND_PUBLICATION,
    others::OUTBOUND_PUBLISH,
    others::ASTERISK_PUBLICATION,
    others::PHONEPROV,
];

/// The one object of `pjsip_wizard.conf`.
pub(in crate::config) const WIZARD: Object = wizard::WIZARD;

const ANY: &[&str] = &["*"];
const NO: &[&str] = &["no"];
const YES: &[&str] = &["yes"];
const NEVER: &[&str] = &[];

const fn obeyed(name: &'static str, default: &'static str, test: &'static str) -> Row {
    Row { name, default, status: Status::Obeyed(test) }
}

const fn harmless(name: &'static str, default: &'static str, why: &'static str) -> Row {
    Row { name, default, status: Status::Harmless(why) }
}

const fn unsupported(
    name: &'static str,
    default: &'static str,
    fine: &'static [&'static str],
    instead: &'static str,
) -> Row {
    Row { name, default, status: Status::Unsupported { fine, instead } }
}

/// The object of this type.
pub(in crate::config) fn object(kind: &str) -> Option<&'static Object> {
    OBJECTS.iter().find(|object| object.kind.eq_ignore_ascii_case(kind))
}

/// Makes the options of an object known that its reader did not ask for, and says which of them will not happen.
pub(in crate::config) fn apply(section: &SectionReader<'_, '_>, object: &Object) {
    // Sorcery keeps what begins with `@` for whoever asks for it: anybody may write it anywhere.
    for entry in section.section().entries().iter().filter(|entry| entry.key.starts_with('@')) {
        section.know(&[&entry.key]);
    }
    if section.is_refused() {
        return;
    }
    if let Some(instead) = object.refused {
        let Object { kind, about, .. } = object;
        let text =
            format!("`type = {kind}` ({about}) is not supported yet; [{}] was ignored", section.name());
        section.refuse(&text, Some(instead).filter(|instead| !instead.is_empty()));
        return;
    }
    for row in object.rows {
        apply_row(section, row.name, row);
    }
}

/// The same for one option, written as `key`.
pub(in crate::config) fn apply_row(section: &SectionReader<'_, '_>, key: &str, row: &Row) {
    match row.status {
        Status::Obeyed(_) | Status::Harmless(_) => section.know(&[key]),
        Status::Unsupported { fine, instead } => {
            let is_fine = |value: &str| fine.iter().any(|fine| *fine == "*" || says(fine, value));
            if section.section().all(key).all(|entry| is_fine(&entry.value)) {
                section.know(&[key]);
            } else {
                section.not_supported(key, instead);
            }
        }
    }
}

/// Whether a value says the same as another: the same words in any order, or the same yes or no.
fn says(fine: &str, value: &str) -> bool {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(',').map(|word| word.trim().to_ascii_lowercase()).collect();
        words.sort();
        words
    };
    words(fine) == words(value)
        || conf::boolean(fine).is_some() && conf::boolean(fine) == conf::boolean(value)
}

#[cfg(test)]
mod page;
#[cfg(test)]
mod tests;
