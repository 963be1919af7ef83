//! NTP timestamps as RTCP carries them (RFC 3550 §4).

use core::time::Duration;

/// Seconds from NTP's epoch, 1900, to Unix's, 1970.
const UNIX_EPOCH_SECONDS: u64 = 2_208_988_800;

/// Wall time in NTP's 64 bits: seconds since 1900 and their 2³²ths. Wraps in 2036.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// The wall time that is `since_unix_epoch` after the start of 1970, UTC.
    pub fn from_unix(since_unix_epoch: Duration) -> NtpTime {
        let seconds = since_unix_epoch.as_secs().wrapping_add(UNIX_EPOCH_SECONDS);
        let fraction = (u64::from(since_unix_epoch.subsec_nanos()) << 32) / 1_000_000_000;
        NtpTime(seconds << 32 | fraction)
    }

    /// The middle 32 bits, which reports refer to one another by: 16 of seconds, 16 of their fraction.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// A duration in 65536ths of a second, as DLSR has it; the most that fits, about 18 hours, where it is longer.
pub fn short_from_duration(duration: Duration) -> u32 {
    let units = (duration.as_nanos() << 16) / 1_000_000_000;
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// A count of 65536ths of a second as a duration.
pub fn short_to_duration(units: u32) -> Duration {
    Duration::from_nanos((u64::from(units) * 1_000_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_time_is_told_in_ntp() {
        let half_past = NtpTime::from_unix(Duration::from_millis(500));
        assert_eq!(half_past.0, UNIX_EPOCH_SECONDS << 32 | 0x8000_0000);
        assert_eq!(half_past.middle(), (UNIX_EPOCH_SECONDS as u32 & 0xffff) << 16 | 0x8000);
    }

    #[test]
    fn short_durations_go_both_ways() {
        // RFC 3550 §6.4.1's figure: 0x0005_4000 is 5.250 seconds.
        assert_eq!(short_from_duration(Duration::from_millis(5250)), 0x0005_4000);
        assert_eq!(short_to_duration(0x0005_4000), Duration::from_millis(5250));
        assert_eq!(short_from_duration(Duration::from_secs(1 << 40)), u32::MAX);
    }
}
