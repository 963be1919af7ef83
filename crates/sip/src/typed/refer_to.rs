//! Refer-To (RFC 3515 §2.1).

use super::{Replaces, Typed};
use crate::error::Error;
use crate::header::HeaderName;
use crate::method::Method;
use crate::name_addr::NameAddr;
use crate::text::Text;
use crate::uri::Uri;
use std::fmt;

/// Where the recipient of a REFER is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferTo(pub NameAddr);

impl ReferTo {
    /// A blind transfer.
    pub fn new(target: Uri) -> ReferTo {
        ReferTo(NameAddr::new(target))
    }

    /// An attended transfer: the target with the dialog to take over in its `Replaces` (RFC 3891 §3).
    pub fn replacing(mut target: Uri, replaces: &Replaces) -> ReferTo {
        target.set_header(Replaces::NAME.as_str(), &replaces.to_string());
        ReferTo(NameAddr::new(target))
    }

    /// The request that is asked for; INVITE unless the URI names another.
    pub fn method(&self) -> Method {
        self.0
            .uri
            .params
            .text("method")
            .filter(|m| !m.is_empty())
            .map_or(Method::Invite, |m| Method::from(&m))
    }

    /// The dialog that the new request is to replace, if one is named.
    ///
    /// # Errors
    /// [`Error::Header`] when it is malformed.
    pub fn replaces(&self) -> Result<Option<Replaces>, Error> {
        let Some(value) = self.0.uri.header(Replaces::NAME.as_str()) else { return Ok(None) };
        Replaces::parse(&Text::from(value)).map(Some).ok_or(Error::Header(Replaces::NAME))
    }

    /// The target without its headers and `method`: the Request-URI of the new request.
    pub fn target(&self) -> Uri {
        let mut uri = Uri { headers: None, ..self.0.uri.clone() };
        uri.params.remove("method");
        uri
    }
}

impl Typed for ReferTo {
    const NAME: HeaderName = HeaderName::ReferTo;

    fn parse(value: &Text) -> Option<ReferTo> {
        NameAddr::parse(value).ok().map(ReferTo)
    }
}

impl fmt::Display for ReferTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
