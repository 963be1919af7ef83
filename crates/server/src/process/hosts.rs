//! Host names in `match` of `type=identify`: looked up at the start and at each reload, as Asterisk does.

use std::time::Duration;

use signalling::config::Identify;
use tokio::task::JoinSet;

/// How long all look-ups together may take. A name that is not found by then matches nothing until the next reload.
const PATIENCE: Duration = Duration::from_secs(5);
/// Names that are looked up; those beyond match nothing.
const MOST: usize = 1_000;

/// Puts the addresses of the host names into the objects. Names without one are told in the log.
pub(super) async fn look_up(identifies: &mut [Identify]) {
    let mut lookups = JoinSet::new();
    let names = identifies
        .iter()
        .enumerate()
        .flat_map(|(at, identify)| identify.hosts.iter().map(move |host| (at, host)));
    for (at, host) in names.take(MOST) {
        let host = host.clone();
        lookups.spawn(async move {
            let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host.as_str(), 0))).await;
            let found =
                found.map(|found| found.map(|addresses| addresses.map(|it| it.ip()).collect::<Vec<_>>()));
            (at, host, found)
        });
    }
    while let Some(done) = lookups.join_next().await {
        match done {
            Ok((at, _, Ok(Ok(addresses)))) => {
                let matches = &mut identifies[at].matches;
                for address in addresses {
                    let network = (address, if address.is_ipv4() { 32 } else { 128 });
                    if !matches.contains(&network) {
                        matches.push(network);
                    }
                }
            }
            Ok((at, host, Ok(Err(_)) | Err(_))) => {
                let name = &identifies[at].name;
                tracing::warn!(target: "config", "[{name}]: `match = {host}` has no address; it matches nothing before the next reload");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_stands_for_its_addresses_and_one_without_for_none() {
        let identify = |host: &str| Identify {
            name: "a".into(),
            endpoint: "a".into(),
            matches: Vec::new(),
            hosts: vec![host.to_owned()],
            match_header: None,
            match_request_uri: None,
        };
        let mut identifies = [identify("localhost"), identify("nowhere.invalid")];
        look_up(&mut identifies).await;
        assert!(
            identifies[0].matches.contains(&("127.0.0.1".parse().unwrap(), 32)),
            "{:?}",
            identifies[0].matches
        );
        assert_eq!(identifies[1].matches, []);
    }
}
