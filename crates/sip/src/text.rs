//! Text cut out of a message without copying.

use bytes::Bytes;
use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

/// A piece of UTF-8 text that shares the buffer it was cut from: cloning and slicing copy nothing.
///
/// A slice keeps its whole buffer alive; state that outlives a message holds [`Text::detached`] pieces.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Bytes);

impl Text {
    /// Text that lives as long as the program.
    pub const fn from_static(text: &'static str) -> Self {
        Text(Bytes::from_static(text.as_bytes()))
    }

    /// Takes bytes as they came off the wire: valid UTF-8 is shared, anything else is read as ISO 8859-1.
    pub fn from_wire(bytes: Bytes) -> Self {
        match std::str::from_utf8(&bytes) {
            Ok(_) => Text(bytes),
            Err(_) => Text::from(bytes.iter().map(|&b| char::from(b)).collect::<String>()),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("every constructor checks for UTF-8")
    }

    /// The part of this text that `part`, a slice borrowed from it, covers.
    ///
    /// # Panics
    /// When `part` was not borrowed from this text.
    pub fn cut(&self, part: &str) -> Text {
        Text(self.0.slice_ref(part.as_bytes()))
    }

    /// A copy with a buffer of its own, so that a short piece does not keep a whole datagram in memory.
    pub fn detached(&self) -> Text {
        Text(Bytes::copy_from_slice(&self.0))
    }

    /// This text with each control character that would end a line made a space.
    pub(crate) fn on_one_line(self) -> Text {
        match self.0.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            true => Text::from(self.replace(['\r', '\n'], " ").trim().to_owned()),
            false => self,
        }
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(Bytes::from(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_1_is_read_not_refused() {
        assert_eq!(Text::from_wire(Bytes::from_static(b"M\xfcller")), "Müller");
    }

    #[test]
    fn a_line_end_cannot_be_smuggled_in() {
        assert_eq!(Text::from("a\r\nEvil: yes").on_one_line(), "a  Evil: yes");
    }
}
