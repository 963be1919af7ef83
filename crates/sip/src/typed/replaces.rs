//! Replaces (RFC 3891 §6.1).

use super::{Typed, cut, value_and_params};
use crate::dialog::{Dialog, DialogId};
use crate::header::HeaderName;
use crate::text::Text;
use std::fmt;

/// The dialog that a new INVITE takes the place of. It also travels in the headers of a Refer-To's URI: see
/// [`ReferTo::replaces`](super::ReferTo::replaces) and [`ReferTo::replacing`](super::ReferTo::replacing).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: Text,
    /// The tag of who receives the INVITE.
    pub to_tag: Text,
    /// The tag of the other side.
    pub from_tag: Text,
    /// Only while it is early: answered 486 when it is confirmed.
    pub early_only: bool,
}

impl Replaces {
    /// What somebody else writes to replace this dialog of ours at its far end.
    pub fn of(dialog: &Dialog) -> Replaces {
        let id = dialog.id();
        Replaces {
            call_id: id.call_id.clone(),
            to_tag: id.remote_tag.clone(),
            from_tag: id.local_tag.clone(),
            early_only: false,
        }
    }

    /// The dialog meant, as its recipient knows it. A tag of 0 also means none (RFC 3891 §3).
    pub fn dialog(&self) -> DialogId {
        let remote_tag = if self.from_tag == "0" { Text::default() } else { self.from_tag.clone() };
        DialogId { call_id: self.call_id.clone(), local_tag: self.to_tag.clone(), remote_tag }
    }
}

impl Typed for Replaces {
    const NAME: HeaderName = HeaderName::Replaces;

    fn parse(value: &Text) -> Option<Replaces> {
        let (call_id, params) = value_and_params(value)?;
        let tag =
            |name| params.text(name).filter(|tag: &Text| !tag.is_empty()).map(|tag| cut(&tag, tag.trim()));
        if call_id.is_empty() || call_id.contains([' ', ',']) {
            return None;
        }
        Some(Replaces {
            call_id,
            to_tag: tag("to-tag")?,
            from_tag: tag("from-tag")?,
            early_only: params.contains("early-only"),
        })
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let early = if self.early_only { ";early-only" } else { "" };
        write!(f, "{};to-tag={};from-tag={}{early}", self.call_id, self.to_tag, self.from_tag)
    }
}
