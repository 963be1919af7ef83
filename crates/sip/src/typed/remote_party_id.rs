//! Remote-Party-ID (draft-ietf-sip-privacy-04 §6.1): never an RFC, and still what many trunks speak.

use super::Typed;
use crate::header::HeaderName;
use crate::name_addr::NameAddr;
use crate::text::Text;
use std::fmt;

/// Which side of the call is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// The caller.
    Calling,
    /// The called.
    Called,
}

/// What of it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RpidPrivacy {
    /// Everything.
    Off,
    /// All but the name.
    Name,
    /// All but the address.
    Uri,
    /// Nothing.
    Full,
}

/// Who is at the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePartyId {
    /// Name and address.
    pub address: NameAddr,
    /// Which side; without it the sender of the message.
    pub party: Option<Party>,
    /// What may be shown.
    pub privacy: RpidPrivacy,
    /// Was it verified?
    pub screen: bool,
}

impl Typed for RemotePartyId {
    const NAME: HeaderName = HeaderName::RemotePartyId;

    fn parse(value: &Text) -> Option<RemotePartyId> {
        let mut address = NameAddr::parse(value).ok()?;
        let params = std::mem::take(&mut address.params);
        let is = |name: &str, word: &str| params.unquoted(name).is_some_and(|v| v.eq_ignore_ascii_case(word));
        let party = match () {
            () if is("party", "calling") => Some(Party::Calling),
            () if is("party", "called") => Some(Party::Called),
            () => None,
        };
        // Several may be joined with `-`: `full-network`, `name-network`.
        let kinds = params.unquoted("privacy").unwrap_or_default().to_ascii_lowercase();
        let has = |kind: &str| kinds.split(['-', ' ']).any(|k| k == kind);
        let privacy = match (has("full"), has("name"), has("uri")) {
            (true, _, _) | (_, true, true) => RpidPrivacy::Full,
            (_, true, _) => RpidPrivacy::Name,
            (_, _, true) => RpidPrivacy::Uri,
            _ => RpidPrivacy::Off,
        };
        Some(RemotePartyId { address, party, privacy, screen: is("screen", "yes") })
    }
}

impl fmt::Display for RemotePartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        match self.party {
            Some(Party::Calling) => f.write_str(";party=calling")?,
            Some(Party::Called) => f.write_str(";party=called")?,
            None => {}
        }
        let privacy = match self.privacy {
            RpidPrivacy::Off => "off",
            RpidPrivacy::Name => "name",
            RpidPrivacy::Uri => "uri",
            RpidPrivacy::Full => "full",
        };
        write!(f, ";privacy={privacy};screen={}", if self.screen { "yes" } else { "no" })
    }
}
