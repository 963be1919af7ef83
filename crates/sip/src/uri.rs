//! URIs: `sip:`, `sips:`, `tel:` (RFC 3261 §19.1, RFC 3966).

use crate::error::Error;
use crate::params::Params;
use crate::syntax::number;
use crate::text::Text;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// A URI's scheme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other; a request to one is answered 416.
    Other(Text),
}

/// A URI. For `tel:` the number is the user and the host is empty; for an unknown scheme everything after the
/// colon is the user. Comparison with `==` is by text; see [`Uri::matches`] for the rules of RFC 3261 §19.1.4.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uri {
    /// The scheme.
    pub scheme: Scheme,
    /// The user, escapes kept.
    pub user: Option<Text>,
    /// The password, escapes kept.
    pub password: Option<Text>,
    /// The host as written: a name, an IPv4 address, or an IPv6 address in brackets.
    pub host: Text,
    /// The port, if written.
    pub port: Option<u16>,
    /// The URI's own parameters.
    pub params: Params,
    /// What follows `?`.
    pub headers: Option<Text>,
}

impl Uri {
    /// Reads a URI.
    pub fn parse(text: impl Into<Text>) -> Result<Uri, Error> {
        let text = text.into();
        let (scheme, rest) = text.split_once(':').ok_or(Error::Uri)?;
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        if scheme.is_empty() || !scheme.bytes().all(legal) || rest.is_empty() {
            return Err(Error::Uri);
        }
        if rest.bytes().any(|b| b <= b' ' || matches!(b, b'<' | b'>' | b'"' | 0x7f)) {
            return Err(Error::Uri);
        }
        match scheme.to_ascii_lowercase().as_str() {
            "sip" => Uri::parse_sip(Scheme::Sip, &text, rest),
            "sips" => Uri::parse_sip(Scheme::Sips, &text, rest),
            "tel" => {
                let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
                let params = Params::parse(text.cut(params)).ok_or(Error::Uri)?;
                Ok(Uri { params, ..Uri::opaque(Scheme::Tel, text.cut(number)) })
            }
            _ => Ok(Uri::opaque(Scheme::Other(text.cut(scheme)), text.cut(rest))),
        }
    }

    fn opaque(scheme: Scheme, user: Text) -> Uri {
        Uri {
            scheme,
            user: Some(user),
            password: None,
            host: Text::default(),
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    fn parse_sip(scheme: Scheme, text: &Text, rest: &str) -> Result<Uri, Error> {
        // The user part may hold ';', '?' and '/' unescaped; '@' only ever ends it.
        let (userinfo, rest) = match rest.split_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (user, password) = match userinfo.map(|u| u.split_once(':').unwrap_or((u, ""))) {
            Some(("", _)) => return Err(Error::Uri),
            Some((user, "")) => (Some(text.cut(user)), None),
            Some((user, password)) => (Some(text.cut(user)), Some(text.cut(password))),
            None => (None, None),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(text.cut(headers))),
            None => (rest, None),
        };
        let (hostport, params) = rest.split_once(';').unwrap_or((rest, ""));
        let params = Params::parse(text.cut(params)).ok_or(Error::Uri)?;
        let (host, port) = split_host_port(hostport).ok_or(Error::Uri)?;
        Ok(Uri { scheme, user, password, host: text.cut(host), port, params, headers })
    }

    /// `sip:user@host:port` for an address; an empty user makes `sip:host:port`.
    pub fn at(user: &str, address: SocketAddr) -> Uri {
        Uri {
            scheme: Scheme::Sip,
            user: (!user.is_empty()).then(|| Text::from(escape_user(user))),
            password: None,
            host: Text::from(host_text(address.ip())),
            port: Some(address.port()),
            params: Params::default(),
            headers: None,
        }
    }

    /// The user with its escapes resolved; empty when there is none.
    pub fn user_unescaped(&self) -> String {
        unescape(self.user.as_deref().unwrap_or_default())
    }

    /// The host as an address, where it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The port, or the scheme's default.
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Sips => 5061,
            Scheme::Sip | Scheme::Tel | Scheme::Other(_) => 5060,
        })
    }

    /// Does a Route with this URI ask for loose routing (`lr`)?
    pub fn is_loose(&self) -> bool {
        self.params.contains("lr")
    }

    /// Are these the same under RFC 3261 §19.1.4? Header parts are compared by text.
    pub fn matches(&self, other: &Uri) -> bool {
        let unescaped = |t: &Option<Text>| t.as_deref().map(unescape);
        let special = ["user", "ttl", "method", "maddr", "transport"];
        let params_agree = |a: &Params, b: &Params| {
            a.iter().all(|(name, value)| match b.value(name) {
                Some(theirs) => theirs.eq_ignore_ascii_case(value.unwrap_or_default()),
                None => !special.iter().any(|s| s.eq_ignore_ascii_case(name)),
            })
        };
        self.scheme == other.scheme
            && unescaped(&self.user) == unescaped(&other.user)
            && unescaped(&self.password) == unescaped(&other.password)
            && self.host.eq_ignore_ascii_case(&other.host)
            && self.port == other.port
            && params_agree(&self.params, &other.params)
            && params_agree(&other.params, &self.params)
            && self.headers == other.headers
    }

    /// A header of the URI (`?name=value`, §19.1.1), escapes resolved; names ignore case.
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.as_deref()?.split('&').find_map(|field| {
            let (n, value) = field.split_once('=').unwrap_or((field, ""));
            unescape(n).eq_ignore_ascii_case(name).then_some(value)
        });
        found.map(unescape)
    }

    /// Adds a header to the URI, or puts another value in its place.
    pub fn set_header(&mut self, name: &str, value: &str) {
        let others = self.headers.as_deref().unwrap_or_default().split('&').filter(|field| {
            let n = field.split('=').next().unwrap_or_default();
            !field.is_empty() && !unescape(n).eq_ignore_ascii_case(name)
        });
        let own = format!("{}={}", escape_header(name), escape_header(value));
        let all: Vec<&str> = others.chain([own.as_str()]).collect();
        self.headers = Some(Text::from(all.join("&")));
    }

    /// The number that this names: of a `tel:` URI, or of a `sip:` URI with `user=phone` or a user of digits (RFC 3261
    /// §19.1.6), without the visual separators `-.()` (RFC 3966 §5.1.1) and the parameters of the number. `None` where
    /// it names none.
    pub fn telephone_number(&self) -> Option<String> {
        let user = self.user_unescaped();
        let number = user.split(';').next().unwrap_or_default();
        let plain: String = number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect();
        let digits = plain.strip_prefix('+').unwrap_or(&plain);
        let is_global = plain.starts_with('+');
        let legal = |c: char| match is_global {
            true => c.is_ascii_digit(),
            false => c.is_ascii_hexdigit() || matches!(c, '*' | '#'),
        };
        let is_number = match self.scheme {
            Scheme::Tel => digits.chars().all(legal),
            Scheme::Sip | Scheme::Sips => match self.params.value("user") {
                Some(kind) if kind.eq_ignore_ascii_case("phone") => digits.chars().all(legal),
                Some(_) | None => digits.chars().all(|c| c.is_ascii_digit()),
            },
            Scheme::Other(_) => false,
        };
        (!digits.is_empty() && is_number).then_some(plain)
    }

    /// Where a local `tel:` number is valid (RFC 3966 §5.1.5): a domain or the digits of a prefix.
    pub fn phone_context(&self) -> Option<String> {
        self.params.value("phone-context").filter(|context| !context.is_empty()).map(unescape)
    }

    /// A copy with a buffer of its own.
    pub fn detached(&self) -> Uri {
        Uri::parse(Text::from(self.to_string())).unwrap_or_else(|_| self.clone())
    }
}

/// `host[:port]`; `None` when the host is empty or ill-formed, or the port no number.
pub(crate) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let close = rest.find(']')?;
            rest[..close].parse::<std::net::Ipv6Addr>().ok()?;
            (&text[..close + 2], &rest[close + 1..])
        }
        None => text.find(':').map_or((text, ""), |colon| (&text[..colon], &text[colon..])),
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_') || b >= 0x80;
    if host.is_empty() || !(host.starts_with('[') || host.bytes().all(legal)) {
        return None;
    }
    match port.strip_prefix(':') {
        Some(port) => number(port.trim()).and_then(|p| u16::try_from(p).ok()).map(|p| (host, Some(p))),
        None => port.is_empty().then_some((host, None)),
    }
}

/// An address as a host: IPv6 in brackets.
pub(crate) fn host_text(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |i: usize| bytes.get(at + i).and_then(|&b| char::from(b).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (b, _, _) => {
                out.push(b);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Escapes what may not stand in a user part.
pub fn escape_user(user: &str) -> String {
    let mut out = String::with_capacity(user.len());
    for b in user.bytes() {
        match b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&b) {
            true => out.push(char::from(b)),
            false => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// Escapes what may not stand in a name or value of a URI's headers (`hnv-unreserved` of RFC 3261 §25.1).
fn escape_header(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for b in text.bytes() {
        match b.is_ascii_alphanumeric() || b"-_.!~*'()[]/?:+$".contains(&b) {
            true => out.push(char::from(b)),
            false => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

impl std::str::FromStr for Uri {
    type Err = Error;
    fn from_str(text: &str) -> Result<Uri, Error> {
        Uri::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match &self.scheme {
            Scheme::Sip => "sip",
            Scheme::Sips => "sips",
            Scheme::Tel => "tel",
            Scheme::Other(scheme) => scheme,
        };
        write!(f, "{scheme}:")?;
        if let Some(user) = &self.user {
            write!(f, "{user}")?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            if !self.host.is_empty() {
                f.write_str("@")?;
            }
        }
        write!(f, "{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)?;
        match &self.headers {
            Some(headers) => write!(f, "?{headers}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        Uri::parse(text).unwrap()
    }

    #[test]
    fn every_part_is_found_and_printed_back() {
        let text = "sips:al%69ce:s3cret@[2001:db8::1]:5071;transport=tcp;lr?subject=hi";
        let u = uri(text);
        assert_eq!(u.user_unescaped(), "alice");
        assert_eq!(u.password.as_deref(), Some("s3cret"));
        assert_eq!(u.host_ip(), Some("2001:db8::1".parse().unwrap()));
        assert_eq!((u.port, u.is_loose()), (Some(5071), true));
        assert_eq!(u.to_string(), text);
    }

    #[test]
    fn a_user_may_hold_semicolons_and_question_marks() {
        let u = uri("sip:user;par=u%40example.net?x@example.com");
        assert_eq!(u.user_unescaped(), "user;par=u@example.net?x");
        assert_eq!(u.host, "example.com");
    }

    #[test]
    fn tel_numbers_and_unknown_schemes_are_read() {
        let tel = uri("tel:+1-201-555-0123;phone-context=x");
        assert_eq!(tel.user.as_deref(), Some("+1-201-555-0123"));
        assert_eq!(tel.to_string(), "tel:+1-201-555-0123;phone-context=x");
        assert_eq!(uri("nobody:knows/this").scheme, Scheme::Other("nobody".into()));
    }

    // RFC 3966 §5.1.1, RFC 3261 §19.1.6
    #[test]
    fn a_telephone_number_loses_its_separators_and_a_name_is_none() {
        assert_eq!(uri("tel:+1-(201)-555.0123;ext=7").telephone_number().unwrap(), "+12015550123");
        assert_eq!(uri("tel:7042;phone-context=example.com").phone_context().unwrap(), "example.com");
        assert_eq!(uri("sip:+1-201-555@h;user=phone").telephone_number().unwrap(), "+1201555");
        assert_eq!(uri("sip:+44123;isub=4@h").telephone_number().unwrap(), "+44123");
        assert_eq!(uri("sip:*21#@h;user=phone").telephone_number().unwrap(), "*21#");
        for none in ["sip:alice@h", "sip:h", "sip:beef@h", "tel:abcx", "tel:+", "urn:123"] {
            assert_eq!(uri(none).telephone_number(), None, "{none}");
        }
    }

    #[test]
    fn headers_of_a_uri_are_read_escaped_and_replaced() {
        let mut u = uri("sip:b@h?Subject=a%20b&replaces=x%3Bto-tag%3D1");
        assert_eq!(u.header("subject").unwrap(), "a b");
        assert_eq!(u.header("Replaces").unwrap(), "x;to-tag=1");
        assert_eq!(u.header("x"), None);
        u.set_header("Replaces", "y@h;to-tag=2&");
        assert_eq!(u.to_string(), "sip:b@h?Subject=a%20b&Replaces=y%40h%3Bto-tag%3D2%26");
        assert_eq!(u.header("Replaces").unwrap(), "y@h;to-tag=2&");
    }

    #[test]
    fn malformed_uris_are_refused() {
        for bad in [
            "",
            "sip:",
            "sip:@host",
            "sip:a@",
            "sip:a@h:x",
            "sip:a@h:99999",
            "sip:a b@h",
            "<sip:a@h>",
            "sip:[::1",
            "host",
        ] {
            assert_eq!(Uri::parse(bad), Err(Error::Uri), "{bad}");
        }
    }

    #[test]
    fn comparison_follows_the_rfc() {
        assert!(
            uri("sip:%61lice@atlanta.com;transport=TCP").matches(&uri("sip:alice@AtLanTa.CoM;Transport=tcp"))
        );
        assert!(uri("sip:carol@chicago.com;newparam=5").matches(&uri("sip:carol@chicago.com;security=on")));
        assert!(!uri("SIP:ALICE@AtLanTa.CoM").matches(&uri("sip:alice@AtLanTa.CoM")));
        assert!(!uri("sip:bob@biloxi.com").matches(&uri("sip:bob@biloxi.com:5060")));
        assert!(!uri("sip:bob@biloxi.com").matches(&uri("sip:bob@biloxi.com;transport=udp")));
    }
}
