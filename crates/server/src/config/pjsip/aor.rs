//! `type=aor`.

use conf::SectionReader;
use signalling::config::Aor;

use super::{options, parts};

/// A year: no registration is longer.
const LONGEST: u32 = 365 * 24 * 3_600;
/// Asterisk's shortest registration, seconds.
const MINIMUM: u32 = 60;
/// Asterisk's longest registration, seconds.
const MAXIMUM: u32 = 7_200;
/// Asterisk's registration where none is asked, seconds.
const DEFAULT: u32 = 3_600;

pub(super) fn read(section: &SectionReader<'_, '_>) -> Aor {
    let aor = Aor {
        name: section.name().into(),
        contacts: section.all("contact").into_iter().flat_map(parts).map(|(uri, _)| uri.to_owned()).collect(),
        max_contacts: section.number("max_contacts", 0..=1_000, 0),
        remove_existing: section.boolean("remove_existing", false),
        minimum_expiration: section.number("minimum_expiration", 1..=LONGEST, MINIMUM),
        maximum_expiration: section.number("maximum_expiration", 1..=LONGEST, MAXIMUM),
        default_expiration: section.number("default_expiration", 1..=LONGEST, DEFAULT),
        qualify_frequency: section.number("qualify_frequency", 0..=LONGEST, 0),
        ..Aor::default()
    };
    super::super::passive::apply(section, options::AOR);
    aor
}
