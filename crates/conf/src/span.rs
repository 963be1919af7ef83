//! Where in which file something stands.

/// A file of a [`Config`](crate::Config), by its place in [`Config::sources`](crate::Config::sources).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name, as the caller gave it.
    pub name: String,
    /// The text, unchanged.
    pub text: String,
}

/// A stretch of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
    /// The first byte of the stretch within the line, from 0.
    pub start: u32,
    /// The byte after the stretch within the line.
    pub end: u32,
}

impl Span {
    /// The same place narrowed to the bytes `from..to` of the stretch.
    ///
    /// Exact unless the stretch holds an escaped `\;` or a block comment before `to`; it never leaves the stretch.
    pub fn part(self, from: usize, to: usize) -> Span {
        let offset =
            |bytes: usize| self.start.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX)).min(self.end);
        Span { start: offset(from), end: offset(to.max(from)), ..self }
    }
}
