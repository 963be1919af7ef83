//! The local time zone, as a table that is handed in: nothing here reads a file or an environment.

use std::sync::Arc;

/// A distance from UTC and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset {
    /// Seconds east of UTC.
    pub seconds_east: i32,
    /// What the time is called then, such as `CEST`.
    pub name: Arc<str>,
}

/// Which distance from UTC holds when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    first: Offset,
    /// From a moment on (seconds since 1970-01-01 UTC) another one, in ascending order.
    changes: Arc<[(i64, Offset)]>,
}

impl Zone {
    /// The zone in which `first` holds until the first change. Changes are brought into order.
    pub fn new(first: Offset, mut changes: Vec<(i64, Offset)>) -> Zone {
        changes.sort_by_key(|(from_s, _)| *from_s);
        Zone { first, changes: changes.into() }
    }

    /// What holds at a moment, in seconds since 1970-01-01 UTC.
    pub fn at(&self, unix_s: i64) -> &Offset {
        let begun = self.changes.partition_point(|(from_s, _)| *from_s <= unix_s);
        begun.checked_sub(1).map_or(&self.first, |at| &self.changes[at].1)
    }
}

impl Default for Zone {
    /// UTC.
    fn default() -> Zone {
        Zone { first: Offset { seconds_east: 0, name: "UTC".into() }, changes: Arc::from([]) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Offset, Zone};

    #[test]
    fn an_offset_holds_from_its_change_on() {
        let offset = |hours: i32, name: &str| Offset { seconds_east: hours * 3600, name: name.into() };
        let changes = vec![(2_000, offset(1, "CET")), (1_000, offset(2, "CEST"))];
        let zone = Zone::new(offset(1, "CET"), changes);
        let name = |at| &*zone.at(at).name;
        assert_eq!(
            [name(-5), name(999), name(1_000), name(1_999), name(2_000)],
            ["CET", "CET", "CEST", "CEST", "CET"]
        );
        assert_eq!(Zone::default().at(0).seconds_east, 0);
    }
}
