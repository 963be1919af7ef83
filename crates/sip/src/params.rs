//! Parameters: `;name=value;name`.

use crate::syntax::{find_outside, unquote};
use crate::text::Text;
use std::fmt;

/// The parameters of a URI or a header value, kept as they were written; names are case-insensitive.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Params(Text);

impl Params {
    /// Reads `a=b;c` (what follows the first `;`). `None` when a parameter is empty or a quote stays open.
    pub(crate) fn parse(text: Text) -> Option<Params> {
        let params = Params(text);
        let whole = params.0.as_str();
        if whole.is_empty() {
            return Some(params);
        }
        let mut rest = whole;
        loop {
            let end = find_outside(rest, |b| b == b';');
            let one = rest[..end.unwrap_or(rest.len())].trim();
            let name = one.split('=').next().unwrap_or_default().trim();
            if name.is_empty() || name.bytes().any(|b| b <= b' ') || one.matches('"').count() == 1 {
                return None;
            }
            match end {
                Some(end) => rest = &rest[end + 1..],
                None => return Some(params),
            }
        }
    }

    /// Name and value of each parameter, in order; a parameter without `=` has no value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = find_outside(rest, |b| b == b';').unwrap_or(rest.len());
            let one = rest[..end].trim();
            rest = rest.get(end + 1..).unwrap_or_default();
            Some(match one.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (one, None),
            })
        })
    }

    /// The value of a parameter, quotes kept; empty for a parameter without a value; `None` when absent.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.unwrap_or_default())
    }

    /// As [`Params::value`], as text that shares the buffer.
    pub fn text(&self, name: &str) -> Option<Text> {
        self.value(name).map(|v| if v.is_empty() { Text::default() } else { self.0.cut(v) })
    }

    /// The value of a parameter with its quotes taken away.
    pub fn unquoted(&self, name: &str) -> Option<String> {
        self.value(name).map(unquote)
    }

    /// Is this parameter there, with or without a value?
    pub fn contains(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a parameter, in its place if it is there, else at the end. An empty value writes the bare name.
    pub fn set(&mut self, name: &str, value: &str) {
        let mut out = String::with_capacity(self.0.len() + name.len() + value.len() + 2);
        let mut placed = false;
        let mut write = |name: &str, value: Option<&str>| {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(name);
            if let Some(value) = value {
                out.push('=');
                out.push_str(value);
            }
        };
        let new = (!value.is_empty()).then_some(value);
        for (n, v) in self.iter() {
            match n.eq_ignore_ascii_case(name) {
                true if placed => {}
                true => {
                    placed = true;
                    write(n, new);
                }
                false => write(n, v),
            }
        }
        if !placed {
            write(name, new);
        }
        self.0 = Text::from(out);
    }

    /// Takes a parameter away.
    pub fn remove(&mut self, name: &str) {
        let kept: Vec<String> = self
            .iter()
            .filter(|(n, _)| !n.eq_ignore_ascii_case(name))
            .map(|(n, v)| v.map_or_else(|| n.to_owned(), |v| format!("{n}={v}")))
            .collect();
        self.0 = Text::from(kept.join(";"));
    }

    /// A copy with a buffer of its own.
    pub fn detached(&self) -> Params {
        Params(self.0.detached())
    }
}

impl fmt::Display for Params {
    /// Writes `;a=b;c`, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => Ok(()),
            false => write!(f, ";{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_in_quotes_belongs_to_the_value() {
        let params = Params::parse(Text::from(r#"a="x;y" ; b ;C = d"#)).unwrap();
        assert_eq!(params.unquoted("a").unwrap(), "x;y");
        assert_eq!(params.value("B"), Some(""));
        assert_eq!(params.value("c"), Some("d"));
        assert!(!params.contains("x"));
    }

    #[test]
    fn empty_parameters_are_refused() {
        assert_eq!(Params::parse(Text::from("a;;b")), None);
        assert_eq!(Params::parse(Text::from("a=\"x")), None);
    }

    #[test]
    fn set_keeps_the_place() {
        let mut params = Params::parse(Text::from("rport;branch=x")).unwrap();
        params.set("rport", "5062");
        params.set("received", "192.0.2.1");
        assert_eq!(params.to_string(), ";rport=5062;branch=x;received=192.0.2.1");
        params.remove("branch");
        assert_eq!(params.to_string(), ";rport=5062;received=192.0.2.1");
    }
}
