//! ARI's way to write a point in time: `2026-11-23T01:14:36.286+0000`.

use core::fmt;
use core::str::FromStr;

/// A point in time with the zone it is written in.
///
/// Prints as `YYYY-MM-DDThh:mm:ss.mmm±hhmm`: three fraction digits, no colon in the offset.
///
/// ```
/// use ari_model::Timestamp;
/// assert_eq!(Timestamp { unix_ms: 0, offset_minutes: 330 }.to_string(), "1970-01-01T05:30:00.000+0530");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: i64,
    /// The zone's distance from UTC in minutes, east positive.
    pub offset_minutes: i32,
}

/// The text is not a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampError;

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not of the form YYYY-MM-DDThh:mm:ss.mmm+hhmm")
    }
}

impl core::error::Error for TimestampError {}

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.unix_ms.saturating_add(i64::from(self.offset_minutes) * MINUTE_MS);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY_MS));
        let ms = local.rem_euclid(DAY_MS);
        let (hour, minute, second, milli) = (ms / 3_600_000, ms / MINUTE_MS % 60, ms / 1000 % 60, ms % 1000);
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let offset = self.offset_minutes.unsigned_abs();
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}{sign}{:02}{:02}",
            offset / 60,
            offset % 60
        )
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let bytes = text.as_bytes();
        let form = b"0000-00-00T00:00:00.000+0000";
        let fits = bytes.len() == form.len()
            && bytes.iter().zip(form).all(|(byte, place)| match place {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                other => byte == other,
            });
        if !fits {
            return Err(TimestampError);
        }
        let number = |range: core::ops::Range<usize>| -> i64 {
            bytes[range].iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        };
        let (month, day) = (number(5..7), number(8..10));
        let (hour, minute, second) = (number(11..13), number(14..16), number(17..19));
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return Err(TimestampError);
        }
        let offset = number(24..26) * 60 + number(26..28);
        let offset = if bytes[23] == b'-' { -offset } else { offset };
        let seconds = days_from_civil(number(0..4), month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Ok(Timestamp {
            unix_ms: seconds * 1000 + number(20..23) - offset * MINUTE_MS,
            offset_minutes: i32::try_from(offset).map_err(|_| TimestampError)?,
        })
    }
}

/// Days since 1970-01-01 to year, month, day in the proleptic Gregorian calendar, in eras of 400 years from March.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_in_the_zone_given() {
        let at = |unix_ms, offset_minutes| Timestamp { unix_ms, offset_minutes }.to_string();
        assert_eq!(at(1_795_396_476_286, 0), "2026-11-23T01:14:36.286+0000");
        assert_eq!(at(1_795_396_476_286, -300), "2026-11-22T20:14:36.286-0500");
        assert_eq!(at(951_782_399_999, 0), "2000-02-28T23:59:59.999+0000");
        assert_eq!(at(951_782_400_000, 60), "2000-02-29T01:00:00.000+0100");
        assert_eq!(at(-1, 0), "1969-12-31T23:59:59.999+0000");
    }

    #[test]
    fn reads_back_what_it_prints() {
        for day in (0..200_000).step_by(37) {
            let at =
                Timestamp { unix_ms: day * DAY_MS + day * 17 + 3, offset_minutes: (day % 1200) as i32 - 600 };
            assert_eq!(at.to_string().parse(), Ok(at));
        }
    }

    #[test]
    fn refuses_other_forms() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T01:14:36.286+00:00",
            "2026-13-23T01:14:36.286+0000",
            "2026-11-23T01:14:36.28é0000",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
    }
}
