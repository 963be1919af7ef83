//! Privacy (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1).

use super::Typed;
use crate::header::HeaderName;
use crate::syntax::is_token;
use crate::text::Text;
use std::fmt;

/// What is asked of the network. Elements are joined with `;`, and by some with commas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Privacy {
    /// Nothing is to be hidden, whatever a default says.
    pub none: bool,
    /// Hide the asserted identity.
    pub id: bool,
    /// Hide what the sender cannot hide in Via, Contact and the like.
    pub header: bool,
    /// Hide the media addresses.
    pub session: bool,
    /// The sender's own part: From and others are anonymous.
    pub user: bool,
    /// Hide History-Info.
    pub history: bool,
    /// Fail rather than not do it.
    pub critical: bool,
}

impl Privacy {
    /// `id`: what a caller who withholds his number sends.
    pub const ID: Privacy = Privacy {
        none: false,
        id: true,
        header: false,
        session: false,
        user: false,
        history: false,
        critical: false,
    };

    /// Is the identity to be withheld from who is not trusted?
    pub fn hides_identity(&self) -> bool {
        !self.none && (self.id || self.user || self.header)
    }
}

impl Typed for Privacy {
    const NAME: HeaderName = HeaderName::Privacy;

    fn parse(value: &Text) -> Option<Privacy> {
        let mut privacy = Privacy::default();
        for word in value.split([';', ',']).map(str::trim) {
            match word.to_ascii_lowercase().as_str() {
                "none" => privacy.none = true,
                "id" => privacy.id = true,
                "header" => privacy.header = true,
                "session" => privacy.session = true,
                "user" => privacy.user = true,
                "history" => privacy.history = true,
                "critical" => privacy.critical = true,
                // A value made up later is left to who knows it.
                _ if is_token(word) => {}
                _ => return None,
            }
        }
        Some(privacy)
    }
}

impl fmt::Display for Privacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.none, "none"),
            (self.id, "id"),
            (self.header, "header"),
            (self.session, "session"),
            (self.user, "user"),
            (self.history, "history"),
            (self.critical, "critical"),
        ];
        let mut separator = "";
        for (_, word) in words.into_iter().filter(|(is_set, _)| *is_set) {
            write!(f, "{separator}{word}")?;
            separator = ";";
        }
        // A header without a word is malformed; what asks nothing is `none`.
        if separator.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}
