//! Headers with a type of their own: one file a header, named with the protocol's own word.
//!
//! [`Headers::read`] reads one, [`Headers::read_all`] each element of a list header, [`Headers::write`] sets one; each
//! prints as it goes on the wire and turns into the [`Text`] that `with` and `push` take.

mod content_disposition;
mod content_type;
mod diversion;
mod event;
mod history_info;
mod identity;
mod privacy;
mod rack;
mod reason;
mod refer_to;
mod referred_by;
mod remote_party_id;
mod replaces;
mod retry_after;
mod route;
mod rseq;
mod session_expires;
mod subscription_state;

pub use content_disposition::{ContentDisposition, Handling};
pub use content_type::ContentType;
pub use diversion::Diversion;
pub use event::Event;
pub use history_info::HistoryInfo;
pub use identity::{PAssertedIdentity, PPreferredIdentity};
pub use privacy::Privacy;
pub use rack::RAck;
pub use reason::Reason;
pub use refer_to::ReferTo;
pub use referred_by::ReferredBy;
pub use remote_party_id::{Party, RemotePartyId, RpidPrivacy};
pub use replaces::Replaces;
pub use retry_after::RetryAfter;
pub use route::{Path, ServiceRoute};
pub use rseq::RSeq;
pub use session_expires::{MinSe, Refresher, SessionExpires};
pub use subscription_state::{SubscriptionState, SubscriptionStatus};

use crate::error::Error;
use crate::header::{HeaderName, Headers};
use crate::params::Params;
use crate::text::Text;
use std::fmt;

/// A header that has a type of its own. It prints as it goes on the wire.
pub trait Typed: Sized + fmt::Display {
    /// Its name.
    const NAME: HeaderName;

    /// Reads a value: one element where the header is a list. `None` when it is malformed.
    fn parse(value: &Text) -> Option<Self>;
}

impl<H: Typed> From<H> for Text {
    fn from(header: H) -> Text {
        Text::from(header.to_string())
    }
}

impl Headers {
    /// The first header of this type; `Ok(None)` when there is none.
    ///
    /// # Errors
    /// [`Error::Header`] with its name when it is malformed.
    pub fn read<H: Typed>(&self) -> Result<Option<H>, Error> {
        let parse = |value: &Text| H::parse(value).ok_or(Error::Header(H::NAME));
        self.value(H::NAME).map(parse).transpose()
    }

    /// Every element of a list header of this type, whether comma-joined or repeated.
    ///
    /// # Errors
    /// [`Error::Header`] with its name when one is malformed.
    pub fn read_all<H: Typed>(&self) -> Result<Vec<H>, Error> {
        self.elements(H::NAME).map(|value| H::parse(&value).ok_or(Error::Header(H::NAME))).collect()
    }

    /// Makes this the only header of its name.
    pub fn write<H: Typed>(&mut self, header: H) {
        self.set(H::NAME, header);
    }
}

/// A value and the parameters after its first `;`: quotes and brackets hide what is in them.
fn value_and_params(text: &Text) -> Option<(Text, Params)> {
    let whole = text.as_str();
    let end = crate::syntax::find_outside(whole, |b| b == b';');
    let value = whole[..end.unwrap_or(whole.len())].trim();
    let params = end.map_or("", |at| &whole[at + 1..]);
    Some((cut(text, value), Params::parse(cut(text, params))?))
}

/// As [`Text::cut`]; an empty piece shares no buffer.
fn cut(text: &Text, part: &str) -> Text {
    if part.is_empty() { Text::default() } else { text.cut(part) }
}

#[cfg(test)]
mod tests;
