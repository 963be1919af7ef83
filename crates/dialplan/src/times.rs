//! Times of day, week, month and year, as `include` and GotoIfTime restrict by.

use call::Zone;

use crate::arguments::split;

/// A moment in the zone that the dialplan goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Minutes since midnight, 0 to 1439.
    pub minute: u16,
    /// Days since Sunday, 0 to 6.
    pub weekday: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Month, 1 to 12.
    pub month: u8,
}

impl LocalTime {
    /// The moment so many milliseconds after 1970-01-01 UTC, in a zone.
    pub fn at(unix_ms: u64, zone: &Zone) -> LocalTime {
        let unix_ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
        let civil = Civil::of(unix_ms, zone.at(unix_ms / 1000).seconds_east);
        LocalTime {
            minute: u16::from(civil.hour) * 60 + u16::from(civil.minute),
            weekday: civil.weekday,
            day: civil.day,
            month: civil.month,
        }
    }

    /// The moment so many milliseconds after 1970-01-01, in UTC.
    pub fn of_unix_ms(unix_ms: u64) -> LocalTime {
        LocalTime::at(unix_ms, &Zone::default())
    }
}

/// A moment by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// Days since Sunday.
    pub weekday: u8,
    /// Days since the first of January.
    pub day_of_year: u16,
}

impl Civil {
    /// The moment so many milliseconds after 1970-01-01 UTC, that far east of UTC.
    pub fn of(unix_ms: i64, seconds_east: i32) -> Civil {
        let seconds = unix_ms.div_euclid(1000).saturating_add(i64::from(seconds_east));
        let (days, of_day) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
        // Gregorian years begun in March, counted in eras of 400 years, so that the leap day comes last.
        let since_march = days + 719_468;
        let (era, day_of_era) = (since_march.div_euclid(146_097), since_march.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * from_march + 2) / 153;
        let day = from_march - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let january = if month <= 2 { from_march - 306 } else { from_march + 59 + i64::from(leap) };
        let small = |value: i64| u8::try_from(value).unwrap_or(0);
        Civil {
            year,
            month: small(month),
            day: small(day),
            hour: small(of_day / 3_600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            // 1970-01-01 was a Thursday.
            weekday: small((days + 4).rem_euclid(7)),
            day_of_year: u16::try_from(january).unwrap_or(0),
        }
    }

    /// Year and week of ISO 8601: the week that has the year's first Thursday is its first.
    pub fn iso_week(&self) -> (i64, u16) {
        let from_monday = (u16::from(self.weekday) + 6) % 7;
        // Day of the year of this week's Thursday.
        let thursday = i64::from(self.day_of_year) + 3 - i64::from(from_monday);
        let length =
            |year: i64| if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
        let (year, thursday) = match thursday {
            before if before < 0 => (self.year - 1, before + length(self.year - 1)),
            after if after >= length(self.year) => (self.year + 1, after - length(self.year)),
            within => (self.year, within),
        };
        (year, u16::try_from(thursday / 7 + 1).unwrap_or(1))
    }
}

/// Seconds in a day.
const DAY_S: i64 = 24 * 60 * 60;

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// `times,days of the week,days of the month,months`: each a list of ranges joined by `&`, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeRestriction {
    minutes: Vec<(u16, u16)>,
    weekdays: Vec<(u16, u16)>,
    days: Vec<(u16, u16)>,
    months: Vec<(u16, u16)>,
    /// The time zone named in the fifth place, which is not acted on.
    pub zone: Option<String>,
}

/// Why a restriction cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is not {expected}")]
pub struct TimeError {
    /// The part that cannot be read.
    pub part: String,
    /// What belongs there.
    pub expected: &'static str,
}

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl TimeRestriction {
    /// Reads `9:00-17:00,mon-fri,1-31,jan&dec`; parts left out do not restrict.
    pub fn parse(text: &str) -> Result<TimeRestriction, TimeError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let part = |index: usize| parts.get(index).copied().unwrap_or("*");
        Ok(TimeRestriction {
            minutes: ranges(part(0), (0, DAY - 1), "a range of times such as 9:00-17:00", |text| {
                let (hour, minute) = text.split_once(':')?;
                let (hour, minute) = (hour.trim().parse::<u16>().ok()?, minute.trim().parse::<u16>().ok()?);
                (hour < 24 && minute < 60).then(|| hour * 60 + minute)
            })?,
            weekdays: ranges(part(1), (0, 6), "a day of the week such as mon-fri", |text| {
                named(&WEEKDAYS, text)
            })?,
            days: ranges(part(2), (1, 31), "a day of the month such as 1-15", |text| {
                text.parse().ok().filter(|day| (1..=31).contains(day))
            })?,
            months: ranges(part(3), (1, 12), "a month such as jan-mar", |text| {
                named(&MONTHS, text).map(|month| month + 1)
            })?,
            zone: parts
                .get(4)
                .filter(|zone| !zone.is_empty() && **zone != "*")
                .map(|zone| (*zone).to_owned()),
        })
    }

    /// Whether `now` lies within. The last minute of a range belongs to it.
    pub fn includes(&self, now: LocalTime) -> bool {
        within(&self.minutes, now.minute)
            && within(&self.weekdays, u16::from(now.weekday))
            && within(&self.days, u16::from(now.day))
            && within(&self.months, u16::from(now.month))
    }
}

fn named(names: &[&str], text: &str) -> Option<u16> {
    let index = names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
    u16::try_from(index).ok()
}

fn ranges(
    text: &str,
    all: (u16, u16),
    expected: &'static str,
    read: impl Fn(&str) -> Option<u16>,
) -> Result<Vec<(u16, u16)>, TimeError> {
    if text.is_empty() || text == "*" {
        return Ok(vec![all]);
    }
    let mut found = Vec::new();
    for part in split(text, '&', usize::MAX) {
        let (first, last) = part.split_once('-').unwrap_or((&part, &part));
        match (read(first.trim()), read(last.trim())) {
            (Some(first), Some(last)) => found.push((first, last)),
            (None, _) | (_, None) => return Err(TimeError { part, expected }),
        }
    }
    Ok(found)
}

/// A range whose end lies before its beginning runs over the turn of the day, week, month or year.
fn within(ranges: &[(u16, u16)], value: u16) -> bool {
    ranges.iter().any(|(first, last)| match first <= last {
        true => (*first..=*last).contains(&value),
        false => value >= *first || value <= *last,
    })
}

#[cfg(test)]
mod tests {
    use call::Zone;
    use call::zone::Offset;

    use super::{LocalTime, TimeRestriction};

    #[test]
    fn wall_time_is_a_moment_in_utc() {
        let moment = |seconds: u64| LocalTime::of_unix_ms(seconds * 1000);
        assert_eq!(moment(0), LocalTime { minute: 0, weekday: 4, day: 1, month: 1 });
        // Thursday 2024-02-29 23:59:59, Monday 2026-11-23 12:27:04.
        assert_eq!(moment(1_709_251_199), LocalTime { minute: 1439, weekday: 4, day: 29, month: 2 });
        assert_eq!(moment(1_795_436_824), LocalTime { minute: 747, weekday: 1, day: 23, month: 11 });
    }

    #[test]
    fn a_moment_is_read_in_its_zone() {
        let offset = |hours: i32| Offset { seconds_east: hours * 3600, name: "".into() };
        // New York: summer time ended on 2026-11-01 at 06:00 UTC.
        let zone = Zone::new(offset(-4), vec![(1_793_512_800, offset(-5))]);
        let at = |unix_s: u64| LocalTime::at(unix_s * 1000, &zone);
        assert_eq!(at(1_793_512_799), LocalTime { minute: 119, weekday: 0, day: 1, month: 11 });
        assert_eq!(at(1_793_512_800), LocalTime { minute: 60, weekday: 0, day: 1, month: 11 });
        // Thursday 2026-01-01 02:00 UTC is still the old year there.
        assert_eq!(
            LocalTime::at(1_767_232_800_000, &zone),
            LocalTime { minute: 22 * 60, weekday: 3, day: 31, month: 12 }
        );
    }

    #[test]
    fn a_moment_is_inside_or_outside() {
        let at = |hour: u16, minute: u16, weekday: u8| LocalTime {
            minute: hour * 60 + minute,
            weekday,
            day: 24,
            month: 12,
        };
        let holds = |text: &str, now| TimeRestriction::parse(text).expect("valid").includes(now);
        assert!(holds("9:00-17:00,mon-fri,*,*", at(9, 0, 1)));
        assert!(holds("9:00-17:00,mon-fri,*,*", at(17, 0, 1)));
        assert!(!holds("9:00-17:00,mon-fri,*,*", at(17, 1, 1)));
        assert!(!holds("9:00-17:00,mon-fri,*,*", at(12, 0, 0)));
        assert!(holds("22:00-6:00,*,*,*", at(23, 0, 0)));
        assert!(holds("22:00-6:00", at(5, 0, 0)));
        assert!(!holds("22:00-6:00", at(12, 0, 0)));
        assert!(holds("*,sat-mon,24,nov-jan", at(12, 0, 0)));
        assert!(holds("8:00-9:00&12:00-13:00,*,*,*", at(12, 30, 0)));
        assert!(!holds("*,*,1-23,*", at(12, 30, 0)));
        assert!(TimeRestriction::parse("25:00-26:00").is_err());
        assert!(TimeRestriction::parse("*,funday").is_err());
        assert_eq!(
            TimeRestriction::parse("*,*,*,*,Europe/Berlin").expect("valid").zone.as_deref(),
            Some("Europe/Berlin")
        );
    }
}
