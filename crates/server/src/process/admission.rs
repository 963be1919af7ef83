//! How many calls are admitted.

use std::fmt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Rtp;

/// Descriptors kept for all but media: connections, files, threads.
pub const DESCRIPTORS_RESERVED: u64 = 512;
/// Descriptors of one call: its RTP and its RTCP socket.
const PER_CALL: u64 = 2;
/// Descriptors to ask for: more than a range of all ports can use.
const WANTED: u64 = 262_144;

/// What sets the number of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The range of `rtp.conf`.
    Ports,
    /// The descriptors that the system gives.
    Descriptors,
    /// `maxcalls` of `asterisk.conf`.
    Configured,
}

/// The most channels at once, and what sets the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// Channels with media.
    pub calls: u32,
    /// What sets it.
    pub bound: Bound,
}

impl Admission {
    /// What `maxcalls` says, where that is what sets the figure.
    pub fn configured(&self) -> Option<u32> {
        (self.bound == Bound::Configured).then_some(self.calls)
    }

    /// The figure for so many descriptors, a range of ports, and what is configured.
    pub fn derive(descriptors: u64, rtp: Rtp, configured: Option<u32>) -> Admission {
        let ports = rtp.pairs().count() as u64;
        let sockets = descriptors.saturating_sub(DESCRIPTORS_RESERVED).max(descriptors / 4) / PER_CALL;
        let mut bounds = vec![(ports, Bound::Ports), (sockets, Bound::Descriptors)];
        bounds.extend(configured.map(|calls| (u64::from(calls), Bound::Configured)));
        let (calls, bound) =
            bounds.into_iter().min_by_key(|(calls, _)| *calls).expect("there are two at least");
        Admission { calls: u32::try_from(calls).unwrap_or(u32::MAX), bound }
    }
}

impl fmt::Display for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.bound {
            Bound::Ports => "the ports of rtp.conf",
            Bound::Descriptors => "the descriptors of `ulimit -n`",
            Bound::Configured => "maxcalls of asterisk.conf",
        };
        write!(f, "at most {} channels ({why})", self.calls)
    }
}

/// Raises the limit of descriptors as far as the system lets us, and tells what it is then.
pub fn raise_descriptor_limit() -> u64 {
    let before = getrlimit(Resource::Nofile);
    let wanted = before.maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    let current = before.current.unwrap_or(WANTED);
    if current >= wanted {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: before.maximum }) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(%error, current, "the limit of descriptors could not be raised");
            current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_ports_descriptors_and_configuration_counts() {
        let rtp = Rtp { start: 10_000, end: 20_000 };
        let derive = |descriptors, configured| Admission::derive(descriptors, rtp, configured).to_string();
        assert_eq!(derive(1 << 20, None), "at most 5000 channels (the ports of rtp.conf)");
        assert_eq!(derive(1_024, None), "at most 256 channels (the descriptors of `ulimit -n`)");
        assert_eq!(derive(1 << 20, Some(50)), "at most 50 channels (maxcalls of asterisk.conf)");
    }

    #[test]
    fn the_limit_is_raised_no_lower_than_it_was() {
        let before = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX).min(WANTED);
        assert!(raise_descriptor_limit() >= before);
    }
}
