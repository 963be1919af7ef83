//! The machine's time zone, read once: `TZ` where it is set, else `/etc/localtime`.

use call::Zone;
use call::zone::Offset;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Changes are read until this moment: the first second of 2100.
const UNTIL_S: i64 = 4_102_444_800;

/// The zone of this machine; UTC where it cannot be found out.
pub fn local() -> Zone {
    table(&TimeZone::system())
}

fn table(zone: &TimeZone) -> Zone {
    let epoch = Timestamp::UNIX_EPOCH;
    let first = zone.to_offset_info(epoch);
    let offset = |seconds_east: i32, name: &str| Offset { seconds_east, name: name.into() };
    let changes = zone
        .following(epoch)
        .take_while(|change| change.timestamp().as_second() < UNTIL_S)
        .map(|change| {
            (change.timestamp().as_second(), offset(change.offset().seconds(), change.abbreviation()))
        })
        .collect();
    Zone::new(offset(first.offset().seconds(), first.abbreviation()), changes)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::table;

    /// The rules of central Europe, as `TZ` may have them.
    fn central_europe() -> call::Zone {
        table(&TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a POSIX zone"))
    }

    #[test]
    fn summer_time_begins_and_ends_at_its_second() {
        let zone = central_europe();
        let at = |unix_s| (zone.at(unix_s).seconds_east, zone.at(unix_s).name.to_string());
        // 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC.
        assert_eq!(at(1_774_745_999), (3_600, "CET".to_owned()));
        assert_eq!(at(1_774_746_000), (7_200, "CEST".to_owned()));
        assert_eq!(at(1_792_889_999), (7_200, "CEST".to_owned()));
        assert_eq!(at(1_792_890_000), (3_600, "CET".to_owned()));
        // And long after: July 2090.
        assert_eq!(at(3_803_241_600).0, 7_200);
    }

    #[test]
    fn utc_never_changes() {
        assert_eq!(table(&TimeZone::UTC).at(1_792_890_000).seconds_east, 0);
    }
}
