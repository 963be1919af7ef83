//! The small rules of RFC 3261 §25.1 that every header shares.

/// Is this a `token` of RFC 3261 §25.1?
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(crate) fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(b, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// The position of the first byte that satisfies `wanted` outside quoted strings and angle brackets.
/// `None` also when a quote is never closed before one is found.
pub(crate) fn find_outside(text: &str, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (at, b) in text.bytes().enumerate() {
        if escaped {
            escaped = false;
        } else if quoted {
            match b {
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
        } else if !angle && wanted(b) {
            return Some(at);
        } else {
            match b {
                b'"' => quoted = true,
                b'<' => angle = true,
                b'>' => angle = false,
                _ => {}
            }
        }
    }
    None
}

/// The elements of a comma-separated list; commas in quotes and angle brackets do not separate. Empty
/// elements are left out.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        loop {
            let text = rest?;
            let element = match find_outside(text, |b| b == b',') {
                Some(comma) => {
                    rest = Some(&text[comma + 1..]);
                    &text[..comma]
                }
                None => {
                    rest = None;
                    text
                }
            };
            let element = element.trim();
            if !element.is_empty() {
                return Some(element);
            }
        }
    })
}

/// The text within quotes, with `\x` pairs resolved; other text as it is.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

/// The text as a quoted string.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\r' | '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A number of digits only, no sign, that fits.
pub(crate) fn number(text: &str) -> Option<u32> {
    match !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.parse().ok(),
        false => None,
    }
}

/// Delta seconds: digits only; more than fits is the largest value (RFC 3261 §20.19).
pub(crate) fn seconds(text: &str) -> Option<u32> {
    match !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Some(text.parse().unwrap_or(u32::MAX)),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_do_not_separate() {
        let parts: Vec<_> = list(r#""a, \"b" <sip:x,y@z>, <sip:q>,, tail"#).collect();
        assert_eq!(parts, [r#""a, \"b" <sip:x,y@z>"#, "<sip:q>", "tail"]);
    }

    #[test]
    fn quoting_is_undone_by_unquoting() {
        let text = r#"say "hi" \ there"#;
        assert_eq!(unquote(&quote(text)), text);
    }
}
