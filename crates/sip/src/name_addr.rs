//! `"Display" <uri>;params`: From, To, Contact, Route and their like (RFC 3261 §20.10).

use crate::error::Error;
use crate::params::Params;
use crate::syntax::{find_outside, is_token_byte, quote, seconds, unquote};
use crate::text::Text;
use crate::uri::Uri;
use std::fmt;

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameAddr {
    /// The display name as written, quotes included; empty when there is none.
    pub display: Text,
    /// The address.
    pub uri: Uri,
    /// The header's parameters (`tag`, `expires`, `q`, …), not the URI's.
    pub params: Params,
}

impl NameAddr {
    /// An address without display name or parameters.
    pub fn new(uri: Uri) -> Self {
        NameAddr { display: Text::default(), uri, params: Params::default() }
    }

    /// The same address with a display name; it is quoted.
    pub fn with_display(mut self, name: &str) -> Self {
        self.display = if name.is_empty() { Text::default() } else { Text::from(quote(name)) };
        self
    }

    /// The same address with a tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", tag);
        self
    }

    /// Reads one element.
    pub fn parse(text: impl Into<Text>) -> Result<NameAddr, Error> {
        let text = text.into();
        let whole = text.trim();
        // With brackets, parameters before '>' are the URI's; without, all are the header's (§20.10).
        let open = find_outside(whole, |b| b == b'<');
        let Some(open) = open else {
            let (addr, params) = whole.split_once(';').unwrap_or((whole, ""));
            if addr.contains(['?', ',', '"']) {
                return Err(Error::Uri);
            }
            let uri = Uri::parse(text.cut(addr.trim()))?;
            let params = Params::parse(text.cut(params)).ok_or(Error::Uri)?;
            return Ok(NameAddr { display: Text::default(), uri, params });
        };
        let close = open + whole[open..].find('>').ok_or(Error::Uri)?;
        let display = whole[..open].trim();
        let quoted = display.len() >= 2 && display.starts_with('"') && display.ends_with('"');
        if !quoted && display.contains(['"', ';', '<', '>']) {
            return Err(Error::Uri);
        }
        let params = match whole[close + 1..].trim() {
            "" => Params::default(),
            rest => {
                let rest = rest.strip_prefix(';').ok_or(Error::Uri)?;
                Params::parse(text.cut(rest)).ok_or(Error::Uri)?
            }
        };
        Ok(NameAddr {
            display: text.cut(display),
            uri: Uri::parse(text.cut(&whole[open + 1..close]))?,
            params,
        })
    }

    /// The display name without quotes; empty when there is none.
    pub fn display_name(&self) -> String {
        unquote(&self.display)
    }

    /// The tag, if there is one.
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag").filter(|t| !t.is_empty())
    }

    /// The `expires` parameter of a Contact, in seconds.
    pub fn expires(&self) -> Option<u32> {
        self.params.value("expires").and_then(seconds)
    }

    /// The `q` parameter of a Contact in thousandths, 0 to 1000.
    pub fn q(&self) -> Option<u16> {
        let value = self.params.value("q")?;
        let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
        let whole: u16 = whole.parse().ok().filter(|w| *w <= 1)?;
        if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
        Some((whole * 1000 + thousandths).min(1000))
    }

    /// A copy with buffers of its own.
    pub fn detached(&self) -> NameAddr {
        NameAddr {
            display: self.display.detached(),
            uri: self.uri.detached(),
            params: self.params.detached(),
        }
    }
}

impl From<Uri> for NameAddr {
    fn from(uri: Uri) -> Self {
        NameAddr::new(uri)
    }
}

impl From<&NameAddr> for Text {
    fn from(value: &NameAddr) -> Self {
        Text::from(value.to_string())
    }
}

impl From<NameAddr> for Text {
    fn from(value: NameAddr) -> Self {
        Text::from(value.to_string())
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            let display = self.display.as_str();
            let plain = display.starts_with('"') || display.bytes().all(|b| is_token_byte(b) || b == b' ');
            match plain {
                true => write!(f, "{display} ")?,
                false => write!(f, "{} ", quote(display))?,
            }
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// The tag parameter of a From or To value, found without parsing the rest.
pub(crate) fn tag_of(value: &Text) -> Option<Text> {
    let mut rest = value.as_str();
    loop {
        let semicolon = find_outside(rest, |b| b == b';')?;
        rest = &rest[semicolon + 1..];
        let end = find_outside(rest, |b| b == b';').unwrap_or(rest.len());
        if let Some((name, tag)) = rest[..end].split_once('=')
            && name.trim().eq_ignore_ascii_case("tag")
            && !tag.trim().is_empty()
        {
            return Some(value.cut(tag.trim()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NameAddr {
        NameAddr::parse(text).unwrap()
    }

    #[test]
    fn parameters_without_brackets_are_the_headers() {
        let a = parse("sip:bob@example.com;tag=1;q=0.5");
        assert_eq!((a.tag(), a.q(), a.uri.params.is_empty()), (Some("1"), Some(500), true));
        let b = parse("<sip:bob@example.com;transport=tcp>;expires=60");
        assert_eq!((b.uri.params.value("transport"), b.expires()), (Some("tcp"), Some(60)));
    }

    #[test]
    fn display_names_in_every_dress() {
        assert_eq!(parse(r#""J \"Rock\" <x>" <sip:j@h>"#).display_name(), r#"J "Rock" <x>"#);
        assert_eq!(parse("A. G. Bell<sip:b@h>").display_name(), "A. G. Bell");
        assert_eq!(parse("caller<sip:c@h>;tag=x").to_string(), "caller <sip:c@h>;tag=x");
        assert_eq!(
            NameAddr::new("sip:h".parse().unwrap()).with_display("Zoë \"Z\"").to_string(),
            "\"Zoë \\\"Z\\\"\" <sip:h>"
        );
    }

    #[test]
    fn broken_ones_are_refused() {
        for bad in
            ["\"Mr. J <sip:j@h>", "<sip:j@h", "sip:u@h?Route=x", "<sip:j@h>;;x", "<sip:j@h> x", "< sip:j@h>"]
        {
            assert!(NameAddr::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_is_found_behind_brackets() {
        assert_eq!(tag_of(&Text::from("<sip:a@h;tag=no>;x; tag = yes ")), Some("yes".into()));
        assert_eq!(tag_of(&Text::from("<sip:a@h;tag=no>")), None);
    }
}
