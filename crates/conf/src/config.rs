//! Sections and entries in file order.

use crate::complaint::Complaint;
use crate::span::{FileId, Source, Span};

/// What stands between a key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equals,
    /// `=>`
    Arrow,
}

/// One `key = value` or `key => value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key as written, trimmed. Keys compare without regard to case.
    pub key: String,
    /// The value, trimmed, comments removed, `\;` unescaped.
    pub value: String,
    /// `=` or `=>`.
    pub operator: Operator,
    /// The whole entry.
    pub span: Span,
    /// The key.
    pub key_span: Span,
    /// The value.
    pub value_span: Span,
    /// The template this entry was inherited from; `None` for the section's own.
    pub inherited_from: Option<String>,
}

impl Entry {
    /// Whether the key is `key`, case ignored.
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }
}

/// One `[name]` and the entries below it, those of its templates first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The name. Names compare without regard to case.
    pub name: String,
    /// `[name](!)`: exists for others to inherit from only.
    pub template: bool,
    /// The templates named in the heading, in order.
    pub inherits: Vec<String>,
    /// The name in the heading.
    pub span: Span,
    pub(crate) entries: Vec<Entry>,
}

impl Section {
    /// A section that stands in no file: made out of one that does, whose heading is at `span`.
    pub fn made(name: &str, span: Span) -> Section {
        let (name, entries) = (name.to_owned(), Vec::new());
        Section { name, template: false, inherits: Vec::new(), span, entries }
    }

    /// Adds a line that stands in no file; `span` is what it was made out of.
    pub fn push(&mut self, key: &str, value: &str, span: Span) {
        self.entries.push(Entry {
            key: key.to_owned(),
            value: value.to_owned(),
            operator: Operator::Equals,
            span,
            key_span: span,
            value_span: span,
            inherited_from: None,
        });
    }

    /// Adds an entry of another section under another key.
    pub fn push_entry(&mut self, key: &str, entry: &Entry) {
        self.entries.push(Entry { key: key.to_owned(), ..entry.clone() });
    }

    /// All entries, inherited ones first, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The section's own entries in order.
    pub fn own_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.inherited_from.is_none())
    }

    /// The last entry with this key: a later line replaces an earlier one, the section its templates.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.is(key))
    }

    /// The value of the last entry with this key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entry(key).map(|entry| entry.value.as_str())
    }

    /// All entries with this key, in order.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.is(key))
    }
}

/// A configuration file with all it includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) sources: Vec<Source>,
    pub(crate) sections: Vec<Section>,
    pub(crate) complaints: Vec<Complaint>,
}

impl Config {
    /// The files read: the first is the one asked for, the others were included.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The name of a file.
    pub fn file_name(&self, file: FileId) -> &str {
        self.sources.get(file.0 as usize).map_or("?", |source| source.name.as_str())
    }

    /// Every section that is not a template, in order. A name may occur more than once, as `pjsip.conf` does on purpose.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| !section.template)
    }

    /// Every section, templates too.
    pub fn sections_and_templates(&self) -> &[Section] {
        &self.sections
    }

    /// The first section of this name that is not a template.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections().find(|section| section.name.eq_ignore_ascii_case(name))
    }

    /// The same files with other sections, made out of theirs.
    #[must_use]
    pub fn with_sections(&self, sections: Vec<Section>) -> Config {
        Config { sources: self.sources.clone(), sections, complaints: Vec::new() }
    }

    /// What was wrong with the files as such.
    pub fn complaints(&self) -> &[Complaint] {
        &self.complaints
    }

    /// `file:line:column: severity: text (help)`, lines and columns from 1.
    pub fn describe(&self, complaint: &Complaint) -> String {
        let Complaint { span, severity, text, help } = complaint;
        let place = format!("{}:{}:{}", self.file_name(span.file), span.line, span.start + 1);
        match help {
            Some(help) => format!("{place}: {severity}: {text}; {help}"),
            None => format!("{place}: {severity}: {text}"),
        }
    }
}
