//! What is to be said of the files: complaints with their places, and what became of each line.

use std::collections::{BTreeMap, BTreeSet};

use conf::{Complaint, Severity, Source, Span, Standing, Understanding};

/// Complaints that are shown to people with their lines.
const MOST_SHOWN: usize = 100;
/// Places of one option that are named.
const MOST_PLACES: usize = 6;

/// A file's name and a line of it.
type Place<'a> = (&'a str, u32);

/// What became of a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was read.
    Read,
    /// Asterisk reads it; this version does not.
    NotSupported,
    /// Nobody reads a file of this name.
    Unknown,
    /// It could not be read, and why.
    Unreadable(String),
}

/// What is to be said of one file and what it includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Name below the directory.
    pub name: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Its text and that of the files it includes.
    pub sources: Vec<Source>,
    /// Complaints, in file order.
    pub complaints: Vec<Complaint>,
    /// Each heading and entry, in file order.
    pub understandings: Vec<Understanding>,
}

impl FileReport {
    /// How many lines came to this.
    pub fn count(&self, standing: Standing) -> usize {
        self.understandings.iter().filter(|it| it.key.is_some() && it.standing == standing).count()
    }

    /// The headings and keys that are known and not supported yet, by their places.
    fn not_supported(&self) -> impl Iterator<Item = (Span, &str)> {
        let refused = self.understandings.iter().filter(|it| it.standing == Standing::NotSupported);
        refused.map(|it| (it.span, it.key.as_deref().unwrap_or(&it.section)))
    }

    /// The name of the file a complaint is about: this one, or one that it includes.
    pub fn file_of(&self, complaint: &Complaint) -> &str {
        self.sources.get(complaint.span.file.0 as usize).map_or(&self.name, |source| &source.name)
    }
}

/// What is to be said of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The files, those that were read first.
    pub files: Vec<FileReport>,
}

impl Report {
    /// Complaints of all files.
    pub fn complaints(&self) -> impl Iterator<Item = (&FileReport, &Complaint)> {
        self.files.iter().flat_map(|file| file.complaints.iter().map(move |complaint| (file, complaint)))
    }

    /// The files that were not read.
    pub fn unread_files(&self) -> impl Iterator<Item = &FileReport> {
        self.files.iter().filter(|file| file.verdict != Verdict::Read)
    }

    /// What will not happen though a file asks for it, and files that could not be read: each with its file.
    pub fn errors(&self) -> BTreeSet<(String, String)> {
        let is_error = |(_, complaint): &(&FileReport, &Complaint)| complaint.severity == Severity::Error;
        let said = self.complaints().filter(is_error).map(|(file, complaint)| {
            (file.name.clone(), format!("{}: {}", file.file_of(complaint), complaint.text))
        });
        let unreadable = self.files.iter().filter_map(|file| match &file.verdict {
            Verdict::Unreadable(problem) => Some((file.name.clone(), format!("{}: {problem}", file.name))),
            Verdict::Read | Verdict::NotSupported | Verdict::Unknown => None,
        });
        said.chain(unreadable).collect()
    }

    /// Whether there is nothing to complain about.
    pub fn is_clean(&self) -> bool {
        self.complaints().next().is_none() && self.unread_files().next().is_none()
    }

    /// One line for each complaint and each unread file: `file:line:column: severity: text; help`.
    pub fn lines(&self) -> Vec<String> {
        let place = |file: &FileReport, complaint: &Complaint| {
            let Complaint { span, severity, text, help } = complaint;
            let help = help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
            format!("{}:{}:{}: {severity}: {text}{help}", file.file_of(complaint), span.line, span.start + 1)
        };
        let complaints = self.complaints().map(|(file, complaint)| place(file, complaint));
        complaints.chain(self.unread_files().map(unread_line)).collect()
    }

    /// For people: what is wrong with the lines it is about, then what is not supported yet, an option a line, then the
    /// files that are not read.
    pub fn render(&self, colour: bool) -> String {
        let mut out = Vec::new();
        let (mut shown, mut left) = (0, 0);
        // Options that are not supported, with what to do instead, and where they stand.
        let mut unsupported: BTreeMap<(&str, &str, &str), Vec<Place<'_>>> = BTreeMap::new();
        for file in &self.files {
            let refused: BTreeMap<Span, &str> = file.not_supported().collect();
            for complaint in &file.complaints {
                // What the heading says already is not said again.
                let brief = complaint.text.strip_suffix(" is not supported yet; it was left out");
                let is_of_a_value = complaint.text.contains("not supported yet");
                let of_a_value = is_of_a_value.then(|| brief.unwrap_or(&complaint.text));
                let key = refused.get(&complaint.span).copied().or(of_a_value);
                match key {
                    Some(key) => {
                        let help = complaint.help.as_deref().unwrap_or_default();
                        let place = (file.file_of(complaint), complaint.span.line);
                        unsupported.entry((&file.name, key, help)).or_default().push(place);
                    }
                    None if shown < MOST_SHOWN => {
                        shown += 1;
                        show(file, complaint, colour, &mut out);
                    }
                    None => left += 1,
                }
            }
        }
        let mut text = String::from_utf8_lossy(&out).into_owned();
        if left > 0 {
            text.push_str(&format!("and {left} more of this kind\n"));
        }
        if !unsupported.is_empty() {
            text.push_str("Not supported yet, and ignored:\n");
        }
        for ((_, key, help), places) in &unsupported {
            let more = places.len().saturating_sub(MOST_PLACES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let places = places_of(&places[..places.len().min(MOST_PLACES)]);
            let help = if help.is_empty() { String::new() } else { format!("\n      {help}") };
            text.push_str(&format!("  {key}  {places}{more}{help}\n"));
        }
        for file in self.unread_files().filter(|file| !matches!(file.verdict, Verdict::NotSupported)) {
            text.push_str(&unread_line(file));
            text.push('\n');
        }
        let not_read = self.unread_files().filter(|file| matches!(file.verdict, Verdict::NotSupported));
        let not_read: Vec<&str> = not_read.map(|file| file.name.as_str()).collect();
        if !not_read.is_empty() {
            text.push_str(&format!("Files that are not read yet: {}\n", not_read.join(" ")));
        }
        text
    }

    pub(super) fn read(&mut self, name: &str, config: &conf::Config, report: conf::Report) {
        self.files.push(FileReport {
            name: name.to_owned(),
            verdict: Verdict::Read,
            sources: config.sources().to_vec(),
            complaints: report.complaints,
            understandings: report.understandings,
        });
    }

    pub(super) fn unread(&mut self, name: &str, is_asterisks: bool) {
        self.bare(name, if is_asterisks { Verdict::NotSupported } else { Verdict::Unknown });
    }

    pub(super) fn unreadable(&mut self, name: &str, problem: &str) {
        self.bare(name, Verdict::Unreadable(problem.to_owned()));
    }

    fn bare(&mut self, name: &str, verdict: Verdict) {
        self.files.push(FileReport {
            name: name.to_owned(),
            verdict,
            sources: Vec::new(),
            complaints: Vec::new(),
            understandings: Vec::new(),
        });
    }
}

/// `file:3,7 other:5`: each file is named once.
fn places_of(places: &[Place<'_>]) -> String {
    let one = |of: &[Place<'_>]| {
        let lines: Vec<String> = of.iter().map(|(_, line)| line.to_string()).collect();
        format!("{}:{}", of[0].0, lines.join(","))
    };
    places.chunk_by(|one, next| one.0 == next.0).map(one).collect::<Vec<_>>().join(" ")
}

fn unread_line(file: &FileReport) -> String {
    let name = &file.name;
    match &file.verdict {
        Verdict::Read => format!("{name}: read"),
        Verdict::NotSupported => format!("{name}: note: this file is not supported yet; it was ignored"),
        Verdict::Unknown => format!("{name}: note: no file of this name is known; it was ignored"),
        Verdict::Unreadable(problem) => {
            format!("{name}: error: {problem}; it was left out: check its name, length and rights")
        }
    }
}

fn show(file: &FileReport, complaint: &Complaint, colour: bool, out: &mut Vec<u8>) {
    let Some(source) = file.sources.get(complaint.span.file.0 as usize) else { return };
    let kind = match complaint.severity {
        Severity::Error => ariadne::ReportKind::Error,
        Severity::Warning => ariadne::ReportKind::Warning,
        Severity::Note => ariadne::ReportKind::Advice,
    };
    let id = source.name.as_str();
    let range = offsets(&source.text, complaint.span);
    let config = ariadne::Config::default()
        .with_color(colour)
        .with_index_type(ariadne::IndexType::Byte)
        .with_compact(true);
    let label = match &complaint.help {
        Some(help) => ariadne::Label::new((id, range.clone())).with_message(help),
        None => ariadne::Label::new((id, range.clone())),
    };
    let report = ariadne::Report::build(kind, (id, range)).with_config(config).with_message(&complaint.text);
    let cache = (id, ariadne::Source::from(source.text.as_str()));
    // Writing into memory does not fail.
    let _ = report.with_label(label).finish().write(cache, out);
}

/// Where a span lies in the whole text, bytes.
fn offsets(text: &str, span: conf::Span) -> std::ops::Range<usize> {
    let begin: usize =
        text.split_inclusive('\n').take(span.line.saturating_sub(1) as usize).map(str::len).sum();
    let line = text[begin..].split('\n').next().unwrap_or_default();
    let mut start = (span.start as usize).min(line.len());
    let mut end = (span.end as usize).clamp(start, line.len());
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    while !line.is_char_boundary(end) {
        end += 1;
    }
    begin + start..begin + end
}
