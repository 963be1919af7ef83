//! Lists of addresses that are let in or kept out (`permit`, `deny`, `acl.conf`).

use std::net::IpAddr;

use crate::identify::is_within;

/// A list of networks; the last one that an address lies in says. An address that lies in none is permitted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    /// Whether it permits, the network, and its prefix length; in the order they are written.
    pub rules: Vec<(bool, IpAddr, u8)>,
}

impl Acl {
    /// Whether an address is let in.
    pub fn permits(&self, address: IpAddr) -> bool {
        let last = self.rules.iter().rev().find(|(_, net, bits)| is_within(address, *net, *bits));
        last.is_none_or(|(permits, _, _)| *permits)
    }
}

#[cfg(test)]
mod tests {
    use super::Acl;

    #[test]
    fn the_last_rule_that_fits_says() {
        let all = (false, "0.0.0.0".parse().unwrap(), 0);
        let acl = Acl { rules: vec![all, (true, "10.0.0.0".parse().unwrap(), 8)] };
        assert!(acl.permits("10.1.2.3".parse().unwrap()));
        assert!(!acl.permits("192.0.2.1".parse().unwrap()));
        assert!(Acl::default().permits("192.0.2.1".parse().unwrap()));
    }
}
