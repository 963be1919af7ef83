//! The domain name system: `/etc/resolv.conf` and `/etc/hosts` are obeyed, answers kept for as long as they may be. No
//! question waits longer than [`LOOKUP_TIMEOUT`], and none keeps another waiting.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{LookupIpStrategy, ResolverOpts};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Resolver, TokioResolver};
use sip::resolve::{LookupFailure, MAX_RECORDS, Naptr, Query, Records, Srv};
use tokio::time::timeout;

use super::counters::{Counters, count};

/// Questions at once. One more has no answer.
pub const MAX_LOOKUPS: usize = 256;
/// How long a question may take.
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one name server has before it or another is asked again.
const ATTEMPT: Duration = Duration::from_millis(1_500);
/// Answers that are kept.
const CACHE: u64 = 4_096;
/// The longest that an answer is kept, whatever its time to live.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);
/// The longest that "there is none" is kept.
const LONGEST_NEGATIVE: Duration = Duration::from_secs(60);

/// A resolver.
pub(super) struct Dns {
    /// `None` where the system has no configuration that can be read.
    resolver: Option<TokioResolver>,
    counters: Arc<Counters>,
}

impl Dns {
    /// Asks whom the system asks.
    pub(super) fn of_system(counters: Arc<Counters>) -> Dns {
        let built = Resolver::builder_tokio().and_then(|mut builder| {
            set(builder.options_mut());
            builder.build()
        });
        let resolver = match built {
            Ok(resolver) => Some(resolver),
            Err(error) => {
                tracing::warn!(%error, "no name servers are known: names of hosts are not found");
                None
            }
        };
        Dns { resolver, counters }
    }

    /// Asks one question.
    pub(super) async fn look_up(&self, query: &Query) -> Result<Records, LookupFailure> {
        count(&self.counters.lookups);
        let found = match timeout(LOOKUP_TIMEOUT, self.ask(query)).await {
            Ok(found) => found,
            Err(_) => Err(LookupFailure::Unavailable),
        };
        if found == Err(LookupFailure::Unavailable) {
            count(&self.counters.failed_lookups);
            tracing::warn!(?query, "no name server answered");
        }
        found
    }

    async fn ask(&self, query: &Query) -> Result<Records, LookupFailure> {
        match query {
            Query::Naptr(name) => {
                let found = self.records(name, RecordType::NAPTR, naptr).await?;
                Ok(Records::Naptr(found))
            }
            Query::Srv(name) => Ok(Records::Srv(self.records(name, RecordType::SRV, srv).await?)),
            Query::Addresses(host) => {
                if let Ok(ip) = host.parse::<IpAddr>() {
                    return Ok(Records::Addresses(vec![ip]));
                }
                let resolver = self.resolver.as_ref().ok_or(LookupFailure::Unavailable)?;
                let found = resolver.lookup_ip(absolute(host)?).await.map_err(|error| failure(&error))?;
                Ok(Records::Addresses(found.iter().take(MAX_RECORDS).collect()))
            }
        }
    }

    /// The records of one kind. None is an answer too.
    async fn records<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, LookupFailure> {
        let resolver = self.resolver.as_ref().ok_or(LookupFailure::Unavailable)?;
        match resolver.lookup(absolute(name)?, kind).await {
            Ok(found) => {
                Ok(found.answers().iter().filter_map(|record| read(&record.data)).take(MAX_RECORDS).collect())
            }
            Err(error) if error.is_no_records_found() && !error.is_nx_domain() => Ok(Vec::new()),
            Err(error) => Err(failure(&error)),
        }
    }
}

fn set(options: &mut ResolverOpts) {
    options.timeout = ATTEMPT;
    options.attempts = 2;
    options.cache_size = CACHE;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.positive_max_ttl = Some(LONGEST);
    options.negative_max_ttl = Some(LONGEST_NEGATIVE);
}

/// A name with a dot is whole: the search list is for short ones.
fn absolute(name: &str) -> Result<Name, LookupFailure> {
    let mut parsed = Name::from_utf8(name).map_err(|_| LookupFailure::NoSuchName)?;
    if name.trim_end_matches('.').contains('.') {
        parsed.set_fqdn(true);
    }
    Ok(parsed)
}

fn failure(error: &NetError) -> LookupFailure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => LookupFailure::NoSuchName,
        _ => LookupFailure::Unavailable,
    }
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(record) = data else { return None };
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    Some(Naptr {
        order: record.order,
        preference: record.preference,
        flags: text(&record.flags),
        service: text(&record.services),
        replacement: record.replacement.to_utf8(),
    })
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(record) = data else { return None };
    Some(Srv {
        priority: record.priority,
        weight: record.weight,
        port: record.port,
        target: record.target.to_utf8(),
    })
}

#[cfg(test)]
mod tests;
