//! Lists of addresses that are let in or kept out (`permit`, `deny`, `acl.conf`).

use std::net::IpAddr;

use crate::identify::is_within;

/// A line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclRule {
    /// Whether those in the network are let in.
    pub permits: bool,
    /// The network.
    pub net: IpAddr,
    /// Its prefix length.
    pub bits: u8,
}

/// Lists of networks, all of which have to let an address in.
///
/// In each list the last rule that an address lies in says; one that lies in none is let in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    /// The lists, each in the order it is written.
    pub lists: Vec<Vec<AclRule>>,
}

impl Acl {
    /// Whether everybody is let in.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Whether an address is let in.
    pub fn permits(&self, address: IpAddr) -> bool {
        let fits = |rule: &&AclRule| is_within(address, rule.net, rule.bits);
        self.lists.iter().all(|list| list.iter().rev().find(fits).is_none_or(|rule| rule.permits))
    }
}

#[cfg(test)]
mod tests {
    use super::{Acl, AclRule};

    fn rule(permits: bool, net: &str, bits: u8) -> AclRule {
        AclRule { permits, net: net.parse().unwrap(), bits }
    }

    #[test]
    fn the_last_rule_of_each_list_that_fits_says() {
        let lan = vec![rule(false, "0.0.0.0", 0), rule(true, "10.0.0.0", 8)];
        let permits = |acl: &Acl, address: &str| acl.permits(address.parse().unwrap());
        let acl = Acl { lists: vec![lan.clone()] };
        assert!(permits(&acl, "10.1.2.3") && !permits(&acl, "192.0.2.1"));
        let acl = Acl { lists: vec![lan, vec![rule(false, "10.1.0.0", 16)]] };
        assert!(permits(&acl, "10.2.2.3") && !permits(&acl, "10.1.2.3"));
        assert!(permits(&Acl::default(), "192.0.2.1"));
    }
}
