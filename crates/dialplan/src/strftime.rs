//! `STRFTIME`: a moment in words.

use call::Zone;

use crate::arguments::parse_args_up_to;
use crate::times::Civil;

/// What is written where no format is given.
const USUAL: &str = "%c";

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A zone that is not known here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownZone(pub String);

/// `STRFTIME([seconds since 1970[,zone[,format]]])`, now and in the local zone where nothing is said. UTC is the only
/// zone known by name.
pub(crate) fn strftime(args: &str, now_ms: u64, local: &Zone) -> Result<String, UnknownZone> {
    let mut arguments = parse_args_up_to(args, 3).into_iter();
    let mut argument = || arguments.next();
    let (moment, zone, format) = (argument().unwrap_or_default(), argument().unwrap_or_default(), argument());
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let unix_ms = milliseconds(moment.trim()).unwrap_or(now);
    let utc = Zone::default();
    let zone = match zone.trim() {
        "" => local,
        "UTC" | "GMT" | "Etc/UTC" | "Etc/GMT" | "Zulu" => &utc,
        other => return Err(UnknownZone(other.to_owned())),
    };
    let offset = zone.at(unix_ms.div_euclid(1000));
    let civil = Civil::of(unix_ms, offset.seconds_east);
    let mut out = String::new();
    let moment = Moment { unix_ms, civil, seconds_east: offset.seconds_east, zone: &offset.name };
    moment.write(format.as_deref().unwrap_or(USUAL), &mut out);
    Ok(out)
}

/// Seconds, perhaps with a fraction.
fn milliseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok().filter(|seconds: &i64| seconds.abs() < 1 << 40)?;
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(whole * 1000 + digits.parse::<i64>().ok()?)
}

struct Moment<'a> {
    unix_ms: i64,
    civil: Civil,
    seconds_east: i32,
    zone: &'a str,
}

impl Moment<'_> {
    fn write(&self, format: &str, out: &mut String) {
        let mut characters = format.chars();
        while let Some(character) = characters.next() {
            if character != '%' {
                out.push(character);
                continue;
            }
            let rest = characters.as_str();
            // Digits before `q` say how many of the fraction are wanted; three where none do.
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if let Some(after) = rest[digits..].strip_prefix('q') {
                let places = rest[..digits].parse::<usize>().unwrap_or(3).clamp(1, 9);
                let fraction = format!("{:03}000000", self.unix_ms.rem_euclid(1000));
                out.push_str(&fraction[..places]);
                characters = after.chars();
                continue;
            }
            match characters.next() {
                None => out.push('%'),
                Some(letter) => self.one(letter, out),
            }
        }
    }

    /// What a letter stands for; one that stands for nothing is left as it was written.
    fn one(&self, letter: char, out: &mut String) {
        let Civil { year, month, day, hour, minute, second, weekday, day_of_year } = self.civil;
        let day_name = DAYS[usize::from(weekday) % 7];
        let month_name = MONTHS[usize::from(month.max(1) - 1) % 12];
        let hour_of_half = if hour % 12 == 0 { 12 } else { hour % 12 };
        let half = if hour < 12 { "AM" } else { "PM" };
        let (week_year, week) = self.civil.iso_week();
        let from_monday = (u16::from(weekday) + 6) % 7;
        let text = match letter {
            'a' => day_name[..3].to_owned(),
            'A' => day_name.to_owned(),
            'b' | 'h' => month_name[..3].to_owned(),
            'B' => month_name.to_owned(),
            'c' => return self.write("%a %b %e %H:%M:%S %Y", out),
            'C' => format!("{:02}", year.div_euclid(100)),
            'd' => format!("{day:02}"),
            'D' | 'x' => return self.write("%m/%d/%y", out),
            'e' => format!("{day:2}"),
            'F' => return self.write("%Y-%m-%d", out),
            'g' => format!("{:02}", week_year.rem_euclid(100)),
            'G' => week_year.to_string(),
            'H' => format!("{hour:02}"),
            'I' => format!("{hour_of_half:02}"),
            'j' => format!("{:03}", day_of_year + 1),
            'k' => format!("{hour:2}"),
            'l' => format!("{hour_of_half:2}"),
            'm' => format!("{month:02}"),
            'M' => format!("{minute:02}"),
            'n' => "\n".to_owned(),
            'p' => half.to_owned(),
            'P' => half.to_ascii_lowercase(),
            'r' => return self.write("%I:%M:%S %p", out),
            'R' => return self.write("%H:%M", out),
            's' => self.unix_ms.div_euclid(1000).to_string(),
            'S' => format!("{second:02}"),
            't' => "\t".to_owned(),
            'T' | 'X' => return self.write("%H:%M:%S", out),
            'u' => if weekday == 0 { 7 } else { weekday }.to_string(),
            'U' => format!("{:02}", (day_of_year + 7 - u16::from(weekday)) / 7),
            'V' => format!("{week:02}"),
            'w' => weekday.to_string(),
            'W' => format!("{:02}", (day_of_year + 7 - from_monday) / 7),
            'y' => format!("{:02}", year.rem_euclid(100)),
            'Y' => year.to_string(),
            'z' => {
                let minutes = self.seconds_east.abs() / 60;
                let sign = if self.seconds_east < 0 { '-' } else { '+' };
                format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
            }
            'Z' => self.zone.to_owned(),
            '%' => "%".to_owned(),
            other => format!("%{other}"),
        };
        out.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use call::Zone;
    use call::zone::Offset;

    use super::{UnknownZone, strftime};

    fn utc(args: &str) -> String {
        strftime(args, 1_795_436_824_256, &Zone::default()).expect("UTC is known")
    }

    /// As Asterisk 22.10 answered.
    #[test]
    fn each_letter_is_asterisks() {
        let format = "%a|%A|%b|%B|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%n|%p|%P|%r|%R|%s|%S|%t|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%|%q|%1q|%6q|%Q";
        let written = "Tue|Tuesday|Nov|November|20|14|11/14/23|14|2023-11-14|23|2023|Nov|22|10|318|22|10|11|13|\n|PM|pm|10:13:20 PM|22:13|1700000000|20|\t|22:13:20|2|46|46|2|46|11/14/23|22:13:20|23|2023|+0000|UTC|%|000|0|000000|%Q";
        assert_eq!(utc(&format!("1700000000,UTC,{format}")), written);
        assert_eq!(utc("0,UTC"), "Thu Jan  1 00:00:00 1970");
        assert_eq!(utc("1700000000.256,UTC,%T.%3q"), "22:13:20.256");
        assert_eq!(utc("-5,UTC,%F %T"), "1969-12-31 23:59:55");
        assert_eq!(utc("1700000000,UTC,a,b %Y"), "a,b 2023");
        assert_eq!(utc("253402300800,UTC,%F"), "10000-01-01");
        assert_eq!(utc("1577836800,UTC,%G-%V %U %W %j %g"), "2020-01 00 00 001 20");
        assert_eq!(utc("1609459199,UTC,%G-%V %U %W %j"), "2020-53 52 52 366");
        assert_eq!(utc("1700000000,UTC,abc%"), "abc%");
        assert_eq!(utc("1700000000,UTC,"), "");
    }

    #[test]
    fn now_and_the_local_zone_are_what_is_meant_where_nothing_is_said() {
        assert_eq!(utc(",,%F %T.%q"), "2026-11-23 12:27:04.256");
        let offset = |hours: i32, name: &str| Offset { seconds_east: hours * 3600, name: name.into() };
        // The end of summer time, 2023-10-29 01:00 UTC.
        let zone = Zone::new(offset(2, "CEST"), vec![(1_698_541_200, offset(1, "CET"))]);
        let local = |args: &str| strftime(args, 0, &zone).expect("the local zone is known");
        assert_eq!(local("1698541199,,%T %z %Z"), "02:59:59 +0200 CEST");
        assert_eq!(local("1698541200,,%T %z %Z"), "02:00:00 +0100 CET");
        assert_eq!(strftime("0,Mars/Base,%c", 0, &zone), Err(UnknownZone("Mars/Base".to_owned())));
    }
}
