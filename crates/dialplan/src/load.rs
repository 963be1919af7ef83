//! From a configuration to a dialplan.

use std::collections::BTreeMap;

use conf::{Complaint, Config, Entry, Section, SectionReader, Span, suggest};

use crate::applications::Applications;
use crate::pattern::{Key, is_broken};
use crate::plan::{Context, Dialplan, Extension, Include, MAX_PRIORITY, Step};
use crate::problem::Problem;
use crate::substitute::{Lookup, substitute};
use crate::times::TimeRestriction;
use crate::verify::verify;

/// `[general]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `autofallthrough`: a call that runs off the end of its extension is hung up, not left waiting.
    pub autofallthrough: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { autofallthrough: true }
    }
}

const GENERAL_WITHOUT_EFFECT: [&str; 5] =
    ["static", "writeprotect", "clearglobalvars", "extenpatternmatchnew", "userscontext"];
const DIRECTIVES: [&str; 8] =
    ["exten", "same", "include", "ignorepat", "switch", "eswitch", "lswitch", "autohints"];

impl Dialplan {
    /// Reads a dialplan. What cannot be used is left out and complained about; nothing stops the reading. The file's own
    /// complaints ([`Config::complaints`]) are not repeated.
    pub fn load(config: &Config, applications: Applications<'_>) -> (Dialplan, Vec<Complaint>) {
        let reader = conf::Reader::new(config);
        let mut loader = Loader { plan: Dialplan::default(), complaints: Vec::new() };
        for section in reader.sections() {
            match section.name().to_ascii_lowercase().as_str() {
                "general" => loader.general(&section),
                "globals" => loader.globals(section.section()),
                _ => loader.context(section.section()),
            }
        }
        verify(&loader.plan, applications, &mut loader.complaints);
        loader.complaints.sort_by_key(|complaint| complaint.span);
        loader.complaints.truncate(conf::MAX_COMPLAINTS);
        (loader.plan, loader.complaints)
    }
}

struct Loader {
    plan: Dialplan,
    complaints: Vec<Complaint>,
}

/// The globals read so far, for names written with variables.
struct Globals<'a>(&'a [(String, String)]);

impl Lookup for Globals<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn function(&self, name: &str, args: &str) -> Result<String, Problem> {
        match name {
            "GLOBAL" => Ok(self.variable(args).unwrap_or_default()),
            _ => Err(Problem::NotSupported(name.to_owned())),
        }
    }
}

/// Where `n`, `s` and `same` go on from.
#[derive(Default)]
struct Previous {
    name: Option<String>,
    priority: Option<u32>,
}

impl Loader {
    fn complain(&mut self, complaint: Complaint) {
        self.complaints.push(complaint);
    }

    fn general(&mut self, section: &SectionReader<'_, '_>) {
        for entry in section.section().entries() {
            if entry.is("autofallthrough") {
                match conf::boolean(&entry.value) {
                    Some(value) => self.plan.settings.autofallthrough = value,
                    None => {
                        let text = format!("`{}` is neither yes nor no", entry.value);
                        self.complain(
                            Complaint::error(entry.value_span, text).with_help("write `yes` or `no`"),
                        );
                    }
                }
            } else if !GENERAL_WITHOUT_EFFECT.iter().any(|key| entry.is(key)) {
                let complaint =
                    Complaint::warning(entry.key_span, format!("unknown key `{}` in [general]", entry.key));
                let known = GENERAL_WITHOUT_EFFECT.into_iter().chain(["autofallthrough"]);
                self.complain(with_suggestion(complaint, suggest(&entry.key, known)));
            }
        }
    }

    fn globals(&mut self, section: &Section) {
        for entry in section.entries() {
            let value = self.replaced(&entry.value, entry.value_span);
            self.plan.globals.push((entry.key.clone(), value));
        }
    }

    /// `text` with the globals in it replaced.
    fn replaced(&mut self, text: &str, span: Span) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        let result = substitute(text, &Globals(&self.plan.globals));
        for problem in result.problems {
            self.complain(Complaint::warning(span, problem.to_string()));
        }
        result.text
    }

    fn context(&mut self, section: &Section) {
        let mut context = self.plan.contexts.remove(&section.name).unwrap_or_else(|| Context {
            name: section.name.clone(),
            span: section.span,
            extensions: Vec::new(),
            includes: Vec::new(),
            ignore_patterns: Vec::new(),
        });
        let mut previous = Previous::default();
        for entry in section.entries() {
            match entry.key.to_ascii_lowercase().as_str() {
                "exten" => self.exten(&mut context, &mut previous, entry),
                "same" => self.same(&mut context, &mut previous, entry),
                "include" => self.include(&mut context, entry),
                "ignorepat" => {
                    let pattern = self.replaced(&entry.value, entry.value_span);
                    context.ignore_patterns.push(pattern);
                }
                "switch" | "eswitch" | "lswitch" => {
                    let text = format!("`{}` is not supported: nothing is looked up elsewhere", entry.key);
                    let help = "put the extensions into this file, or `include` the context that has them";
                    self.complain(Complaint::error(entry.span, text).with_help(help));
                }
                "autohints" => {
                    let complaint = Complaint::warning(entry.span, "`autohints` is not supported yet");
                    self.complain(
                        complaint.with_help("write `exten => name,hint,device` for each extension"),
                    );
                }
                _ => {
                    let text = format!("unknown directive `{}` in [{}]", entry.key, section.name);
                    let complaint = Complaint::warning(entry.key_span, text);
                    self.complain(with_suggestion(complaint, suggest(&entry.key, DIRECTIVES)));
                }
            }
        }
        self.plan.contexts.insert(context.name.clone(), context);
    }

    fn include(&mut self, context: &mut Context, entry: &Entry) {
        let value = self.replaced(&entry.value, entry.value_span);
        let (name, times) = match value.split_once([',', '|']) {
            Some((name, times)) => (name.trim(), Some(times.replace('|', ","))),
            None => (value.trim(), None),
        };
        let times = match times.as_deref().map(TimeRestriction::parse) {
            None => None,
            Some(Ok(times)) => {
                if let Some(zone) = &times.zone {
                    let text =
                        format!("the time zone `{zone}` is not supported yet; the server's own is used");
                    self.complain(Complaint::warning(entry.value_span, text));
                }
                Some(times)
            }
            Some(Err(error)) => {
                let complaint = Complaint::error(entry.value_span, error.to_string());
                return self.complain(complaint.with_help(
                    "write `include => context,9:00-17:00,mon-fri,*,*`; this line was passed over",
                ));
            }
        };
        if context.includes.iter().any(|include| include.context == name && include.times == times) {
            let text = format!("[{}] includes [{name}] already", context.name);
            return self.complain(Complaint::warning(entry.value_span, text).with_help("take this line out"));
        }
        context.includes.push(Include { context: name.to_owned(), times, span: entry.value_span });
    }

    fn exten(&mut self, context: &mut Context, previous: &mut Previous, entry: &Entry) {
        let Some(comma) = name_length(&entry.value) else {
            let complaint = Complaint::error(entry.value_span, "no priority after the extension's name");
            let help = format!("write `exten => {},1,Application()`", entry.value.trim());
            return self.complain(complaint.with_help(help));
        };
        let written = entry.value[..comma].trim();
        let name = self.replaced(written, entry.value_span.part(0, comma)).trim().to_owned();
        previous.name = Some(name.clone());
        self.line(context, previous, &name, entry, comma + 1);
    }

    fn same(&mut self, context: &mut Context, previous: &mut Previous, entry: &Entry) {
        match previous.name.clone() {
            Some(name) => self.line(context, previous, &name, entry, 0),
            None => {
                let text = format!("`same` has no `exten` before it in [{}]", context.name);
                self.complain(
                    Complaint::error(entry.span, text).with_help("write `exten => name,1,…` first"),
                );
            }
        }
    }

    /// The priority, application and arguments from `from` on.
    fn line(
        &mut self,
        context: &mut Context,
        previous: &mut Previous,
        name: &str,
        entry: &Entry,
        from: usize,
    ) {
        let (name, caller) = match name.split_once('/') {
            Some((name, caller)) => (name, Some(shrunk(caller))),
            None => (name, None),
        };
        if is_broken(name) {
            let complaint =
                Complaint::error(entry.value_span, format!("the pattern `{name}` has a `[` without its `]`"));
            self.complain(complaint.with_help("write a set as in `_[1-3]XX`"));
        }
        let rest = &entry.value[from..];
        let (priority, after) = rest.split_once(',').unwrap_or((rest, ""));
        let span = entry.value_span.part(from, from + priority.len());
        let step_span = entry.value_span.part(from + priority.len() + 1, entry.value.len());
        let Some(place) = self.place(context, previous, (name, caller.as_deref()), priority.trim(), span)
        else {
            return;
        };
        let step = self.step(after, place.label, step_span);
        if matches!(name, "_." | "_!") {
            let complaint = Complaint::warning(
                entry.value_span,
                format!("`{name}` also matches `h`, `i`, `t` and the like"),
            );
            self.complain(complaint.with_help("write `_X.` for digits"));
        }
        self.register(context, name, caller, place.priority, step, entry.span);
    }

    fn place(
        &mut self,
        context: &Context,
        previous: &mut Previous,
        (name, caller): (&str, Option<&str>),
        text: &str,
        span: Span,
    ) -> Option<Place> {
        let (text, label) = match text.split_once('(') {
            Some((text, rest)) => match rest.split_once(')') {
                Some((label, _)) => (text, Some(label.trim().to_owned())),
                None => {
                    let complaint =
                        Complaint::error(span, format!("the label in `{text}({rest}` has no closing `)`"));
                    self.complain(
                        complaint.with_help(format!("write `{text}({rest})`; the line was passed over")),
                    );
                    return None;
                }
            },
            None => (text, None),
        };
        let (base, plus) = text.split_once('+').unwrap_or((text, "0"));
        let base = base.trim();
        let existing = || same_extension(context, name, caller, span)?.step_labelled(base);
        let start = match base {
            "hint" => return Some(Place { priority: None, label }),
            "n" | "next" => previous.priority.map(|priority| priority.saturating_add(1)),
            "s" | "same" => previous.priority,
            digits => digits.parse::<u32>().ok().or_else(existing).filter(|priority| *priority > 0),
        };
        let Some(start) = start else {
            let (text, help) = match base {
                "n" | "next" | "s" | "same" => (
                    format!("`{base}` has no priority before it to count from"),
                    format!("write `{name},1,…` here"),
                ),
                "" => {
                    ("no priority".to_owned(), "write 1 on the first line and `n` on the others".to_owned())
                }
                _ => (
                    format!("`{base}` is neither a priority nor a label of `{name}`"),
                    "write a number from 1, `n` or `hint`; the line was passed over".to_owned(),
                ),
            };
            self.complain(Complaint::error(span, text).with_help(help));
            return None;
        };
        let priority = start.saturating_add(plus.trim().parse::<u32>().unwrap_or(0)).min(MAX_PRIORITY);
        previous.priority = Some(priority);
        Some(Place { priority: Some(priority), label })
    }

    /// `Application(arguments)`, or a hint's devices.
    fn step(&mut self, text: &str, label: Option<String>, span: Span) -> Step {
        let text = text.trim_start();
        let step = |application: &str, arguments: &str| Step {
            label: label.clone(),
            application: application.trim().to_owned(),
            arguments: arguments.to_owned(),
            span,
        };
        match text.split_once('(') {
            None => step(text, ""),
            Some((application, _)) if application.contains("${") || application.contains("$[") => {
                step(text, "")
            }
            Some((application, rest)) => match rest.rfind(')') {
                Some(end) => step(application, &rest[..end]),
                None => {
                    let complaint = Complaint::warning(span, format!("`{text}` has no closing `)`"));
                    self.complain(complaint.with_help(format!("write `{text})`; it was read so")));
                    step(application, rest)
                }
            },
        }
    }

    fn register(
        &mut self,
        context: &mut Context,
        name: &str,
        caller: Option<String>,
        priority: Option<u32>,
        step: Step,
        span: Span,
    ) {
        let new = Extension::named(name, caller, span);
        // Extensions are kept in the order in which they are asked; equal ones are one.
        let at = match context.extensions.binary_search_by(|other| other.order(&new)) {
            Ok(at) => at,
            Err(at) => {
                context.extensions.insert(at, new);
                at
            }
        };
        let extension = &mut context.extensions[at];
        let taken = match priority {
            Some(priority) if extension.steps.contains_key(&priority) => priority.to_string(),
            None if extension.hint.is_some() => "hint".to_owned(),
            Some(priority) => {
                let twice = step.label.as_ref().filter(|label| extension.step_labelled(label).is_some());
                if let Some(label) = twice {
                    let text =
                        format!("the label `{label}` of `{name}` is used twice; the lower priority has it");
                    self.complaints
                        .push(Complaint::warning(step.span, text).with_help("give each its own label"));
                }
                extension.steps.insert(priority, step);
                return;
            }
            None => {
                extension.hint = Some(step);
                return;
            }
        };
        let text = format!(
            "`{name}` in [{}] has a priority {taken} already; this line was passed over",
            context.name
        );
        self.complain(Complaint::error(span, text).with_help("write `n` for the next priority"));
    }
}

struct Place {
    /// `None` for a hint.
    priority: Option<u32>,
    label: Option<String>,
}

impl Extension {
    fn named(name: &str, caller: Option<String>, span: Span) -> Extension {
        let (key, caller_key) = (Key::of(name), caller.as_deref().map(Key::of));
        Extension { name: name.to_owned(), caller, span, steps: BTreeMap::new(), hint: None, key, caller_key }
    }

    pub(crate) fn step_labelled(&self, label: &str) -> Option<u32> {
        let mut steps = self.steps.iter();
        steps.find(|(_, step)| step.label.as_deref() == Some(label)).map(|(priority, _)| *priority)
    }
}

fn same_extension<'c>(
    context: &'c Context,
    name: &str,
    caller: Option<&str>,
    span: Span,
) -> Option<&'c Extension> {
    let wanted = Extension::named(name, caller.map(str::to_owned), span);
    let at = context.extensions.binary_search_by(|other| other.order(&wanted)).ok()?;
    context.extensions.get(at)
}

/// Where the comma after the name stands; commas in `[…]`, `(…)` and `{…}` belong to the name.
fn name_length(value: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in value.char_indices() {
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    // A bracket that is never closed hides no comma.
    value.find(',')
}

/// A caller number without blanks, parentheses, points and dashes between digits, as Asterisk shrinks it.
fn shrunk(number: &str) -> String {
    let mut depth = 0_usize;
    let mut shrunk = String::new();
    for c in number.trim().chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ' ' | '(' | ')' => continue,
            '-' if depth == 0 => continue,
            _ => {}
        }
        shrunk.push(c);
    }
    shrunk
}

pub(crate) fn with_suggestion(complaint: Complaint, near: Option<&str>) -> Complaint {
    match near {
        Some(near) => complaint.with_help(format!("did you mean `{near}`?")),
        None => complaint,
    }
}
