//! From text to sections.

use crate::complaint::{self, Complaint};
use crate::config::{Config, Entry, Operator, Section};
use crate::line::{Comments, Line, MAX_COMMENT_DEPTH, MAX_LINE};
use crate::span::{FileId, Source, Span};

/// How deep files include each other; Asterisk's figure.
pub const MAX_INCLUDE_DEPTH: usize = 10;

/// How many files one configuration may be made of.
pub const MAX_FILES: usize = 1_000;

/// How often the name of a template that is not there is guessed at; later ones are complained about without a guess.
const MAX_GUESSES: usize = 64;
/// How many entries templates may add in all.
pub const MAX_INHERITED: usize = 100_000;

/// Why an included file could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncludeError {
    /// No file matches.
    #[error("no such file")]
    NotFound,
    /// It may not be read.
    #[error("permission denied")]
    Denied,
    /// It lies outside the directory that may be read.
    #[error("it lies outside the configuration directory")]
    Outside,
    /// It cannot be read for another reason.
    #[error("it cannot be read")]
    Unreadable,
}

/// Fetches the files that match an `#include`'s pattern, in order, as (name, text).
type Fetch<'a> = dyn Fn(&str) -> Result<Vec<(String, String)>, IncludeError> + 'a;

impl Config {
    /// Reads one text that may include nothing.
    pub fn parse(name: &str, text: &str) -> Config {
        Config::parse_with(name, text, &|_| Err(IncludeError::NotFound))
    }

    /// Reads a text and what it includes. `fetch` is given the file name or glob of each `#include` and `#tryinclude`.
    pub fn parse_with(name: &str, text: &str, fetch: &Fetch<'_>) -> Config {
        let config = Config { sources: Vec::new(), sections: Vec::new(), complaints: Vec::new() };
        let mut parser = Parser { config, fetch, place: Place::Nowhere, inherited: 0, guesses: 0 };
        parser.file(Source { name: name.to_owned(), text: text.to_owned() }, 1);
        parser.config
    }
}

/// Where the next entry goes.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before the first heading.
    Nowhere,
    /// Below a heading that could not be read: its entries are passed over in silence, the heading was complained about.
    Lost,
    /// Into a section.
    Section(usize),
}

struct Parser<'a> {
    config: Config,
    fetch: &'a Fetch<'a>,
    place: Place,
    inherited: usize,
    /// How often a template's name was guessed at.
    guesses: usize,
}

/// The line at hand.
struct At<'a> {
    file: FileId,
    number: u32,
    depth: usize,
    line: &'a Line,
}

impl At<'_> {
    fn span(&self, from: usize, to: usize) -> Span {
        let (start, end) = self.line.columns(from, to);
        Span { file: self.file, line: self.number, start, end }
    }

    fn whole(&self) -> Span {
        self.span(0, self.line.text.len())
    }
}

impl Parser<'_> {
    fn complain(&mut self, complaint: Complaint) {
        complaint::add(&mut self.config.complaints, complaint);
    }

    fn file(&mut self, source: Source, depth: usize) {
        let file = FileId(u32::try_from(self.config.sources.len()).unwrap_or(u32::MAX));
        let text = source.text.clone();
        self.config.sources.push(source);
        let mut comments = Comments::default();
        for (number, raw) in (1..).zip(text.split('\n')) {
            // The mark belongs to the file, not to its first line.
            let (raw, mark) = match raw.strip_prefix('\u{feff}') {
                Some(rest) if number == 1 => (rest, 3),
                Some(_) | None => (raw, 0),
            };
            if raw.len() > MAX_LINE {
                let span = Span { file, line: number, start: 0, end: 0 };
                let text = format!("the line is longer than {MAX_LINE} bytes and was passed over");
                self.complain(Complaint::error(span, text).with_help("split it into several lines"));
                continue;
            }
            let line = comments.strip(raw, number).shifted(mark);
            let at = At { file, number, depth, line: &line };
            if comments.too_deep {
                comments.too_deep = false;
                let text = format!("block comments nest deeper than {MAX_COMMENT_DEPTH}");
                self.complain(Complaint::error(at.whole(), text));
            }
            if !line.text.is_empty() {
                self.line(&at);
            }
        }
        if let Some(number) = comments.open.first() {
            let span = Span { file, line: *number, start: 0, end: 0 };
            let text = "the block comment that begins with `;--` here is never closed";
            self.complain(Complaint::error(span, text).with_help("close it with `--;`"));
        }
    }

    fn line(&mut self, at: &At<'_>) {
        match at.line.text.as_bytes().first() {
            Some(b'[') => self.heading(at),
            Some(b'#') => self.directive(at),
            Some(_) => self.entry(at),
            None => {}
        }
    }

    fn heading(&mut self, at: &At<'_>) {
        let text = &at.line.text;
        let Some(close) = text.find(']') else {
            self.place = Place::Lost;
            let complaint = Complaint::error(at.whole(), "the section heading has no closing `]`");
            let help = format!("write `{}]`; the lines below it were passed over", text.trim_end());
            return self.complain(complaint.with_help(help));
        };
        let name = &text[1..close];
        let span = at.span(1, close);
        let rest = &text[close + 1..];
        let Some(options) = rest.strip_prefix('(') else {
            if !rest.trim().is_empty() {
                let place = at.span(close + 1, text.len());
                self.complain(Complaint::warning(
                    place,
                    format!("`{}` after the heading is ignored", rest.trim()),
                ));
            }
            return self.open(Section::new(name, span));
        };
        let Some(end) = options.find(')') else {
            self.place = Place::Lost;
            let complaint =
                Complaint::error(at.whole(), format!("the heading of [{name}] has no closing `)`"));
            return self.complain(complaint.with_help("the lines below it were passed over"));
        };
        self.heading_options(at, Section::new(name, span), &options[..end], close + 2);
    }

    /// `(!)`, `(+)`, `(+key=value)`, `(template, …)`.
    fn heading_options(&mut self, at: &At<'_>, mut section: Section, options: &str, mut offset: usize) {
        let mut addition = None;
        for option in options.split(',') {
            let span = at.span(offset, offset + option.len());
            offset += option.len() + 1;
            let option = option.trim();
            if option == "!" {
                section.template = true;
            } else if let Some(filter) = option.strip_prefix('+') {
                addition = Some((filter.trim().to_owned(), span));
            } else if !option.is_empty() {
                self.inherit(&mut section, option, span);
            }
        }
        let Some((filter, span)) = addition else { return self.open(section) };
        match self.find(&section.name, &filter) {
            Some(index) => {
                let existing = &mut self.config.sections[index];
                existing.entries.append(&mut section.entries);
                existing.inherits.append(&mut section.inherits);
                self.place = Place::Section(index);
            }
            None => {
                let text = format!("`(+)` adds to [{}], but no such section comes before it", section.name);
                let help = format!("write `[{}]` without `(+)`; it was read so", section.name);
                self.complain(Complaint::error(span, text).with_help(help));
                self.open(section);
            }
        }
    }

    /// The first section of this name for which each `key=value` of `filter` (joined by `&`) holds.
    fn find(&self, name: &str, filter: &str) -> Option<usize> {
        let holds = |section: &Section| {
            filter.split('&').filter(|part| !part.is_empty()).all(|part| match part.split_once('=') {
                Some((key, value)) => section.all(key.trim()).any(|entry| entry.value == value.trim()),
                None => section.entry(part.trim()).is_some(),
            })
        };
        let named = |section: &Section| section.name.eq_ignore_ascii_case(name);
        self.config.sections.iter().position(|section| named(section) && holds(section))
    }

    fn inherit(&mut self, section: &mut Section, template: &str, span: Span) {
        let Some(base) = self.find(template, "") else {
            let names = self.config.sections.iter().map(|section| section.name.as_str());
            let complaint = Complaint::error(
                span,
                format!("[{}] inherits from [{template}], which does not come before it", section.name),
            );
            self.guesses += 1;
            let near = (self.guesses <= MAX_GUESSES).then(|| crate::suggest(template, names)).flatten();
            let complaint = match near {
                Some(near) => complaint.with_help(format!("did you mean `{near}`?")),
                None => complaint.with_help(format!("put `[{template}](!)` above it")),
            };
            return self.complain(complaint);
        };
        section.inherits.push(template.to_owned());
        let entries = &self.config.sections[base].entries;
        if self.inherited + entries.len() > MAX_INHERITED {
            let text =
                format!("templates add more than {MAX_INHERITED} entries in all; this one was passed over");
            return self.complain(Complaint::error(span, text));
        }
        self.inherited += entries.len();
        let from_base = entries.iter().cloned();
        section.entries.extend(from_base.map(|entry| Entry {
            inherited_from: entry.inherited_from.or_else(|| Some(template.to_owned())),
            ..entry
        }));
    }

    fn open(&mut self, section: Section) {
        self.place = Place::Section(self.config.sections.len());
        self.config.sections.push(section);
    }

    fn directive(&mut self, at: &At<'_>) {
        let text = &at.line.text;
        let end = text.find(|c: char| c <= ' ').unwrap_or(text.len());
        let argument = unquoted(text[end..].trim());
        match &text[1..end] {
            word if word.eq_ignore_ascii_case("include") => self.include(at, argument, true),
            word if word.eq_ignore_ascii_case("tryinclude") => self.include(at, argument, false),
            word if word.eq_ignore_ascii_case("exec") => {
                let complaint = Complaint::error(at.whole(), "`#exec` is not supported: no program was run");
                self.complain(
                    complaint.with_help("write the program's output to a file and `#include` that"),
                );
            }
            word => {
                let complaint = Complaint::warning(at.span(0, end), format!("unknown directive `#{word}`"));
                let complaint = match crate::suggest(word, ["include", "tryinclude", "exec"]) {
                    Some(near) => complaint.with_help(format!("did you mean `#{near}`?")),
                    None => complaint.with_help("a comment begins with `;`"),
                };
                self.complain(complaint);
            }
        }
    }

    fn include(&mut self, at: &At<'_>, pattern: &str, required: bool) {
        if pattern.is_empty() {
            let complaint = Complaint::warning(at.whole(), "`#include` names no file");
            return self.complain(complaint.with_help("write `#include \"file.conf\"`"));
        }
        if at.depth >= MAX_INCLUDE_DEPTH {
            let text = format!(
                "files include each other deeper than {MAX_INCLUDE_DEPTH}; `{pattern}` was passed over"
            );
            return self.complain(Complaint::error(at.whole(), text));
        }
        // What follows the `#include` belongs to the section that it stands in, whatever the file began.
        let place = self.place;
        match (self.fetch)(pattern) {
            Ok(files) => {
                for (name, text) in files {
                    if self.config.sources.len() >= MAX_FILES {
                        let text =
                            format!("more than {MAX_FILES} files are included; `{name}` was passed over");
                        self.place = place;
                        return self.complain(Complaint::error(at.whole(), text));
                    }
                    self.file(Source { name, text }, at.depth + 1);
                }
                self.place = place;
            }
            Err(IncludeError::NotFound) if !required => {}
            Err(error) => {
                let complaint = Complaint::error(at.whole(), format!("`{pattern}` is not included: {error}"));
                self.complain(complaint.with_help("`#tryinclude` passes over a file that is not there"));
            }
        }
    }

    fn entry(&mut self, at: &At<'_>) {
        let text = &at.line.text;
        let index = match self.place {
            Place::Section(index) => index,
            Place::Lost => return,
            Place::Nowhere => {
                let complaint = Complaint::error(at.whole(), "this line stands before the first section");
                return self.complain(complaint.with_help("put a heading such as `[general]` above it"));
            }
        };
        // A backslash before the first character makes it an ordinary one.
        let escaped = usize::from(text.starts_with('\\'));
        let Some(equals) = unescaped_equals(text, escaped) else {
            let complaint = Complaint::warning(at.whole(), format!("no `=` in `{text}`"));
            return self.complain(complaint.with_help("write `key = value`, or begin a comment with `;`"));
        };
        let appends = text[escaped..equals].len() > 1 && text[..equals].ends_with('+');
        let key = text[escaped..equals - usize::from(appends)].trim();
        if key.is_empty() {
            let complaint = Complaint::warning(at.whole(), "no key before the `=`");
            return self.complain(complaint.with_help("write `key = value`"));
        }
        let (operator, after) = match text[equals + 1..].strip_prefix('>') {
            Some(_) => (Operator::Arrow, equals + 2),
            None => (Operator::Equals, equals + 1),
        };
        if appends && self.append(at, index, key, equals + 1) {
            return;
        }
        let value = text[after..].trim_start_matches(|c: char| c <= ' ');
        let value_from = text.len() - value.len();
        let entry = Entry {
            key: key.replace("\\=", "="),
            value: value.to_owned(),
            operator,
            span: at.whole(),
            key_span: at.span(escaped, escaped + key.len()),
            value_span: at.span(value_from, text.len()),
            inherited_from: None,
        };
        self.config.sections[index].entries.push(entry);
    }

    /// `key += text` lengthens the value that is there, a template's too; `false` where there is none.
    fn append(&mut self, at: &At<'_>, section: usize, key: &str, from: usize) -> bool {
        let text = &at.line.text[from..];
        let is_it = |entry: &&mut Entry| entry.key == key;
        let Some(entry) = self.config.sections[section].entries.iter_mut().rev().find(is_it) else {
            return false;
        };
        entry.value.push_str(text.trim_end());
        let value = text.trim_start_matches(|c: char| c <= ' ');
        entry.span = at.whole();
        entry.key_span = at.span(0, key.len());
        entry.value_span = at.span(at.line.text.len() - value.len(), at.line.text.len());
        entry.inherited_from = None;
        true
    }
}

impl Section {
    fn new(name: &str, span: Span) -> Section {
        Section { name: name.to_owned(), template: false, inherits: Vec::new(), span, entries: Vec::new() }
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |open, close| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    inner('"', '"').or_else(|| inner('<', '>')).unwrap_or(text)
}

/// The first `=` from a place on that no backslash precedes.
fn unescaped_equals(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find(|at| bytes[*at] == b'=' && (*at == 0 || bytes[at - 1] != b'\\'))
}
