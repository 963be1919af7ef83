//! Reading a configuration and remembering what was asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::complaint::{self, Complaint, MAX_COMPLAINTS};
use crate::config::{Config, Entry, Section};
use crate::span::Span;
use crate::suggest::suggest;
use crate::value::boolean;

/// What became of a section or an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A module read it.
    Understood,
    /// A module knows it and does not do it yet.
    NotSupported,
    /// Nobody knows it.
    Unknown,
}

/// What became of one section heading (`key` is `None`) or entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understanding {
    /// Where it stands.
    pub span: Span,
    /// The section's name.
    pub section: String,
    /// The key, or `None` for the heading.
    pub key: Option<String>,
    /// What became of it.
    pub standing: Standing,
}

/// What a reading came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file's own complaints, the reader's and those about what is unknown, in file order.
    pub complaints: Vec<Complaint>,
    /// Every heading and every entry (of templates in use too), in file order.
    pub understandings: Vec<Understanding>,
}

/// A configuration being read.
///
/// Asking for a section or a key makes it known. What is in the file and was never asked for is reported by
/// [`Reader::finish`], with the nearest known word as a suggestion.
#[derive(Debug)]
pub struct Reader<'a> {
    config: &'a Config,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Section names asked for, lower case.
    sections: BTreeSet<String>,
    /// Sections handed out, by index.
    read: BTreeSet<usize>,
    /// Sections known and not supported, by index.
    refused: BTreeSet<usize>,
    /// Keys known in a section, by (section, lower-case key).
    keys: BTreeMap<(usize, String), Standing>,
    complaints: Vec<Complaint>,
}

impl<'a> Reader<'a> {
    /// Begins to read `config`.
    pub fn new(config: &'a Config) -> Reader<'a> {
        Reader { config, state: RefCell::default() }
    }

    /// The configuration.
    pub fn config(&self) -> &'a Config {
        self.config
    }

    /// The first section of this name; the name is known from now on.
    pub fn section(&self, name: &str) -> Option<SectionReader<'a, '_>> {
        self.state.borrow_mut().sections.insert(name.to_ascii_lowercase());
        self.indexed()
            .find(|(_, section)| section.name.eq_ignore_ascii_case(name))
            .map(|(index, section)| self.hand_out(index, section))
    }

    /// Every section that is not a template, in order; all of them count as known.
    pub fn sections(&self) -> Vec<SectionReader<'a, '_>> {
        self.indexed().map(|(index, section)| self.hand_out(index, section)).collect()
    }

    /// Adds a complaint of the module that reads.
    pub fn complain(&self, complaint: Complaint) {
        complaint::add(&mut self.state.borrow_mut().complaints, complaint);
    }

    fn indexed(&self) -> impl Iterator<Item = (usize, &'a Section)> + use<'a> {
        self.config.sections.iter().enumerate().filter(|(_, section)| !section.template)
    }

    fn hand_out(&self, index: usize, section: &'a Section) -> SectionReader<'a, '_> {
        self.state.borrow_mut().read.insert(index);
        SectionReader { reader: self, index, section }
    }

    /// Ends the reading.
    pub fn finish(self) -> Report {
        let State { sections, read, refused, keys, mut complaints } = self.state.into_inner();
        // An entry of a template is seen through each section that inherits it; its best standing counts.
        let mut found: BTreeMap<Span, Understanding> = BTreeMap::new();
        for (index, section) in self.config.sections.iter().enumerate() {
            if section.template {
                continue;
            }
            let standing = match (refused.contains(&index), read.contains(&index)) {
                (true, _) => Standing::NotSupported,
                (false, true) => Standing::Understood,
                (false, false) => Standing::Unknown,
            };
            note(&mut found, section.span, section, None, standing);
            if standing == Standing::Unknown {
                complaint::add(&mut complaints, unknown_section(section, &sections));
            }
            for entry in &section.entries {
                let asked = keys.get(&(index, entry.key.to_ascii_lowercase()));
                let standing = match standing {
                    Standing::Understood => asked.copied().unwrap_or(Standing::Unknown),
                    Standing::NotSupported | Standing::Unknown => standing,
                };
                note(&mut found, entry.key_span, section, Some(entry), standing);
            }
        }
        let in_read: BTreeSet<&str> =
            read.iter().map(|index| self.config.sections[*index].name.as_str()).collect();
        // The keys known in the sections of one name, for the suggestions.
        let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (index, key) in keys.keys().filter(|(index, _)| read.contains(index)) {
            known.entry(self.config.sections[*index].name.as_str()).or_default().insert(key);
        }
        for understanding in found.values() {
            let (Some(key), Standing::Unknown) = (&understanding.key, understanding.standing) else {
                continue;
            };
            if complaints.len() <= MAX_COMPLAINTS && in_read.contains(understanding.section.as_str()) {
                let text = format!("unknown key `{key}` in [{}]", understanding.section);
                let known = known.get(understanding.section.as_str()).into_iter().flatten().copied();
                let complaint = with_suggestion(Complaint::warning(understanding.span, text), key, known);
                complaint::add(&mut complaints, complaint);
            }
        }
        complaints.extend(self.config.complaints.iter().cloned());
        complaints.sort_by_key(|complaint| complaint.span);
        Report { complaints, understandings: found.into_values().collect() }
    }
}

fn note(
    found: &mut BTreeMap<Span, Understanding>,
    span: Span,
    section: &Section,
    entry: Option<&Entry>,
    standing: Standing,
) {
    let new = || Understanding {
        span,
        section: section.name.clone(),
        key: entry.map(|entry| entry.key.clone()),
        standing,
    };
    let understanding = found.entry(span).or_insert_with(new);
    understanding.standing = understanding.standing.min(standing);
}

fn unknown_section(section: &Section, known: &BTreeSet<String>) -> Complaint {
    let text = format!("unknown section [{}]; it was ignored", section.name);
    with_suggestion(Complaint::warning(section.span, text), &section.name, known.iter().map(String::as_str))
}

fn with_suggestion<'k>(complaint: Complaint, word: &str, known: impl Iterator<Item = &'k str>) -> Complaint {
    match suggest(word, known) {
        Some(near) => complaint.with_help(format!("did you mean `{near}`?")),
        None => complaint,
    }
}

/// A section being read.
#[derive(Clone, Copy, Debug)]
pub struct SectionReader<'a, 'r> {
    reader: &'r Reader<'a>,
    index: usize,
    section: &'a Section,
}

impl<'a> SectionReader<'a, '_> {
    /// The section's name.
    pub fn name(&self) -> &'a str {
        &self.section.name
    }

    /// The section itself; looking at it makes no key known.
    pub fn section(&self) -> &'a Section {
        self.section
    }

    /// Where the heading stands.
    pub fn span(&self) -> Span {
        self.section.span
    }

    /// Makes keys known without reading them.
    pub fn know(&self, keys: &[&str]) {
        for key in keys {
            self.mark(key, Standing::Understood);
        }
    }

    /// Makes a key known as one this program does not act on, and says so where the file has it.
    pub fn not_supported(&self, key: &str, help: &str) {
        self.mark(key, Standing::NotSupported);
        for entry in self.section.all(key) {
            let text = format!("`{}` in [{}] is not supported yet; it was ignored", entry.key, self.name());
            let complaint = Complaint::warning(entry.key_span, text);
            self.complain(if help.is_empty() { complaint } else { complaint.with_help(help) });
        }
    }

    /// Says that the whole section is known and not acted on.
    pub fn refuse(&self, text: &str, help: Option<&str>) {
        self.reader.state.borrow_mut().refused.insert(self.index);
        let complaint =
            Complaint { help: help.map(str::to_owned), ..Complaint::warning(self.section.span, text) };
        self.complain(complaint);
    }

    /// Whether the section was refused as a whole.
    pub fn is_refused(&self) -> bool {
        self.reader.state.borrow().refused.contains(&self.index)
    }

    /// The keys that are known so far, in lower case and alphabetical order.
    pub fn known(&self) -> Vec<String> {
        let state = self.reader.state.borrow();
        state.keys.keys().filter(|(index, _)| *index == self.index).map(|(_, key)| key.clone()).collect()
    }

    /// The last entry with this key.
    pub fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.mark(key, Standing::Understood);
        self.section.entry(key)
    }

    /// The value of the last entry with this key.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.entry(key).map(|entry| entry.value.as_str())
    }

    /// All entries with this key, in order.
    pub fn all(&self, key: &str) -> Vec<&'a Entry> {
        self.mark(key, Standing::Understood);
        self.section.entries.iter().filter(|entry| entry.is(key)).collect()
    }

    /// The boolean under this key, or `default` where it is absent or (with a complaint) no boolean.
    pub fn boolean(&self, key: &str, default: bool) -> bool {
        let Some(entry) = self.entry(key) else { return default };
        boolean(&entry.value).unwrap_or_else(|| {
            let text = format!("`{}` is neither yes nor no", entry.value);
            let word = if default { "yes" } else { "no" };
            self.complain(
                Complaint::error(entry.value_span, text).with_help(format!("`{key} = {word}` was assumed")),
            );
            default
        })
    }

    /// The number under this key, or `default` where it is absent or (with a complaint) no number of that range.
    pub fn number<N>(&self, key: &str, range: RangeInclusive<N>, default: N) -> N
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(entry) = self.entry(key) else { return default };
        match entry.value.parse::<N>() {
            Ok(number) if range.contains(&number) => number,
            Ok(_) | Err(_) => {
                let text =
                    format!("`{}` is not a number from {} to {}", entry.value, range.start(), range.end());
                let help = format!("`{key} = {default}` was assumed");
                self.complain(Complaint::error(entry.value_span, text).with_help(help));
                default
            }
        }
    }

    /// Adds a complaint.
    pub fn complain(&self, complaint: Complaint) {
        self.reader.complain(complaint);
    }

    fn mark(&self, key: &str, standing: Standing) {
        self.reader.state.borrow_mut().keys.insert((self.index, key.to_ascii_lowercase()), standing);
    }
}
