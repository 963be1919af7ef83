//! `rtp.conf`: the ports of media.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use conf::{Complaint, Reader, SectionReader};
use rtp::source::{DEFAULT_PROBATION, Strictness};
use signalling::config::{Streams, Transport};

use super::passive::{self, NO, Passive, fine, harmless, unsupported};
use super::{Files, Report};

const NAME: &str = "rtp.conf";
/// The range of Asterisk's sample file.
const DEFAULT_START: u16 = 10_000;
/// Its end.
const DEFAULT_END: u16 = 20_000;
/// Asterisk's time between reports and its bounds, milliseconds.
const INTERVAL_MS: u64 = 5_000;
const LEAST_INTERVAL_MS: u64 = 500;
const MOST_INTERVAL_MS: u64 = 60_000;
/// More packets than this in sequence are half a second of speech that nobody hears.
const MOST_PROBATION: u8 = 25;
/// Ports below want rights that a server should not have.
const LOWEST: u16 = 1_024;

/// The ports of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rtp {
    /// The first port; the first even one at or above carries RTP.
    pub start: u16,
    /// The last port.
    pub end: u16,
}

impl Default for Rtp {
    fn default() -> Rtp {
        Rtp { start: DEFAULT_START, end: DEFAULT_END }
    }
}

impl Rtp {
    /// The even ports whose odd neighbour above is in the range too.
    pub fn pairs(self) -> impl Iterator<Item = u16> + Clone {
        let first = self.start + (self.start & 1);
        (first..self.end).step_by(2)
    }
}

const PASSIVE: &[Passive] = &[
    harmless("rtpchecksums"),
    fine("icesupport", NO, "ICE is not supported yet"),
    harmless("ice_host_candidates"),
    unsupported("stunaddr"),
    unsupported("stunaddr_reresolve_ttl_0"),
    harmless("stun_software_attribute"),
    unsupported("stun_deny"),
    unsupported("stun_permit"),
    unsupported("ice_deny"),
    unsupported("ice_permit"),
    unsupported("stun_acl"),
    unsupported("stun_blacklist"),
    unsupported("turnaddr"),
    unsupported("turnusername"),
    unsupported("turnpassword"),
    unsupported("ice_acl"),
    unsupported("ice_blacklist"),
    harmless("dtmftimeout"),
    harmless("dtls_mtu"),
    harmless("debug"),
];

pub(super) fn read(files: &mut Files, streams: &mut Streams, report: &mut Report) -> Rtp {
    let Some(config) = files.parse(NAME) else { return Rtp::default() };
    let reader = Reader::new(&config);
    let mut rtp = Rtp::default();
    if let Some(section) = reader.section("general") {
        rtp.start = section.number("rtpstart", LOWEST..=u16::MAX, DEFAULT_START);
        rtp.end = section.number("rtpend", LOWEST..=u16::MAX, DEFAULT_END);
        if rtp.pairs().next().is_none() {
            let place = section.entry("rtpend").map_or(section.span(), |entry| entry.value_span);
            let text = format!("no pair of ports lies between {} and {}", rtp.start, rtp.end);
            let help = format!("`rtpstart = {DEFAULT_START}` and `rtpend = {DEFAULT_END}` were assumed");
            section.complain(Complaint::error(place, text).with_help(help));
            rtp = Rtp::default();
        }
        streams.source.strictness = strictness(&section);
        streams.source.probation = section.number("probation", 1..=MOST_PROBATION, DEFAULT_PROBATION);
        let milliseconds = section.number("rtcpinterval", LEAST_INTERVAL_MS..=MOST_INTERVAL_MS, INTERVAL_MS);
        streams.report_interval = Duration::from_millis(milliseconds);
        streams.refuses_replayed = section.boolean("srtpreplayprotection", true);
        passive::apply(&section, PASSIVE);
    }
    if let Some(section) = reader.section("ice_host_candidates") {
        section.refuse("ICE is not supported yet", None);
    }
    report.read(NAME, &config, reader.finish());
    rtp
}

fn strictness(section: &SectionReader<'_, '_>) -> Strictness {
    let Some(entry) = section.entry("strictrtp") else { return Strictness::default() };
    match (conf::boolean(&entry.value), entry.value.to_ascii_lowercase().as_str()) {
        (Some(true), _) => Strictness::SequenceAndTime,
        (Some(false), _) => {
            let text = "whoever sends to a port of a call is heard in it, and may have its audio sent to him";
            section.complain(Complaint::warning(entry.value_span, text).with_help("write `strictrtp = yes`"));
            Strictness::Open
        }
        (None, "seqno") => Strictness::Sequence,
        (None, other) => {
            let text = format!("`{other}` is no way to look at sources; yes was assumed");
            let help = "write `yes`, `seqno` or `no`";
            section.complain(Complaint::error(entry.value_span, text).with_help(help));
            Strictness::SequenceAndTime
        }
    }
}

/// One address for each family that a transport listens on.
pub(super) fn addresses(transports: &[Transport]) -> Vec<IpAddr> {
    let one = |wanted: fn(&IpAddr) -> bool, all: IpAddr| {
        let mut found: Vec<IpAddr> = transports.iter().map(|it| it.bind.ip()).filter(wanted).collect();
        found.sort();
        found.dedup();
        match found.as_slice() {
            [] => None,
            [only] => Some(*only),
            [..] => Some(all),
        }
    };
    let v4 = one(IpAddr::is_ipv4, Ipv4Addr::UNSPECIFIED.into());
    let v6 = one(IpAddr::is_ipv6, Ipv6Addr::UNSPECIFIED.into());
    v4.into_iter().chain(v6).collect()
}
