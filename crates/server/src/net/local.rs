//! Which of our addresses a peer is spoken to from.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Peers whose route is remembered. Where there are more, all are forgotten.
const MAX_ROUTES: usize = 4_096;

/// Answers for one socket that is bound to all addresses.
#[derive(Default)]
pub(super) struct Routes(HashMap<IpAddr, IpAddr>);

impl Routes {
    /// Our address towards `remote`, as the system's routes have it. Nothing is sent.
    pub(super) fn towards(&mut self, remote: SocketAddr) -> IpAddr {
        if let Some(local) = self.0.get(&remote.ip()) {
            return *local;
        }
        if self.0.len() >= MAX_ROUTES {
            self.0.clear();
        }
        let local = ask(remote).unwrap_or(match remote {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
        self.0.insert(remote.ip(), local);
        local
    }
}

fn ask(remote: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr =
        if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(remote).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_spoken_to_from_loopback() {
        let local = Routes::default().towards(SocketAddr::from((Ipv4Addr::LOCALHOST, 9)));
        assert_eq!(local, IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
}
