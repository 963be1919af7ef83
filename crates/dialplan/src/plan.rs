//! Contexts, extensions and what stands where.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use conf::Span;

use crate::load::Settings;
use crate::pattern::{Fit, Key, Mode, fit};
use crate::problem::Problem;
use crate::substitute::{Lookup, substitute};
use crate::times::{LocalTime, TimeRestriction};

/// How many contexts one search visits; Asterisk's figure. The search ends there as if nothing more were included.
pub const MAX_INCLUDED: usize = 128;

/// The highest priority.
pub const MAX_PRIORITY: u32 = 2_000_000_000;

/// What `extensions.conf` says. It does not change; share it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialplan {
    /// `[general]`.
    pub settings: Settings,
    /// `[globals]`, in order, variables replaced.
    pub globals: Vec<(String, String)>,
    pub(crate) contexts: BTreeMap<String, Context>,
}

/// One context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The name; case counts.
    pub name: String,
    /// The first heading.
    pub span: Span,
    /// Extensions in the order in which they are asked.
    pub(crate) extensions: Vec<Extension>,
    /// Included contexts in order.
    pub includes: Vec<Include>,
    /// Patterns after which the dial tone goes on.
    pub ignore_patterns: Vec<String>,
}

impl Context {
    /// The extensions in the order in which they are asked.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }
}

/// `include => context[,times]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The context's name.
    pub context: String,
    /// When it is included; always if `None`.
    pub times: Option<TimeRestriction>,
    /// The line.
    pub span: Span,
}

/// All that stands under one name (and caller) in one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The name or pattern as first written.
    pub name: String,
    /// The caller number or pattern after `/`; empty matches callers without a number.
    pub caller: Option<String>,
    /// The first line.
    pub span: Span,
    /// Steps by priority.
    pub steps: BTreeMap<u32, Step>,
    /// `hint`: the devices and the presence after the comma, as written.
    pub hint: Option<Step>,
    pub(crate) key: Key,
    pub(crate) caller_key: Option<Key>,
}

impl Extension {
    /// Callers' own extensions come before the one for everybody.
    pub(crate) fn order(&self, other: &Extension) -> Ordering {
        let for_all = |extension: &Extension| extension.caller_key.is_none();
        self.key
            .cmp(&other.key)
            .then_with(|| for_all(self).cmp(&for_all(other)))
            .then_with(|| self.caller_key.cmp(&other.caller_key))
    }

    fn fits_caller(&self, caller: Option<&str>) -> bool {
        match (&self.caller, caller.unwrap_or("")) {
            (None, _) => true,
            (Some(pattern), "") => pattern.is_empty(),
            (Some(pattern), number) => fit(pattern, number, Mode::Match) != Fit::None,
        }
    }
}

/// One application with what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `n(label)`.
    pub label: Option<String>,
    /// The application's name as written.
    pub application: String,
    /// What stands between the outer parentheses, as written.
    pub arguments: String,
    /// The line.
    pub span: Span,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The context to begin in.
    pub context: &'a str,
    /// The extension dialled.
    pub extension: &'a str,
    /// The caller's number.
    pub caller: Option<&'a str>,
    /// The time, for includes that hold at times only.
    pub now: LocalTime,
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The context it stands in, perhaps an included one.
    pub context: &'a Context,
    /// The extension that matched.
    pub extension: &'a Extension,
    /// The priority.
    pub priority: u32,
    /// What stands there.
    pub step: &'a Step,
}

/// Why nothing was found: how far the search came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// No such context.
    Context,
    /// No extension there matches.
    Extension,
    /// An extension matches and has no such priority.
    Priority,
    /// An extension matches and has no such label.
    Label,
}

/// What a search looks for at a matching extension.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    Priority(u32),
    Label(&'a str),
    Hint,
}

/// What the variables of a hint stand for: no channel is there.
struct Around<'a> {
    plan: &'a Dialplan,
    context: &'a str,
    extension: &'a str,
}

impl Lookup for Around<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "EXTEN" => Some(self.extension.to_owned()),
            "CONTEXT" => Some(self.context.to_owned()),
            _ => {
                let global = self.plan.globals.iter().rev().find(|(global, _)| global == name);
                global.map(|(_, value)| value.clone())
            }
        }
    }

    fn function(&self, name: &str, _: &str) -> Result<String, Problem> {
        Err(Problem::UnknownFunction(name.to_owned()))
    }
}

struct Search<'a> {
    query: Query<'a>,
    mode: Mode,
    wanted: Wanted<'a>,
    /// Includes hold whatever the time.
    at_any_time: bool,
    visited: Vec<&'a str>,
    came_to: Missing,
}

impl Dialplan {
    /// The context of this name.
    pub fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.get(name)
    }

    /// Every context by name.
    pub fn contexts(&self) -> impl Iterator<Item = &Context> {
        self.contexts.values()
    }

    /// The step at a priority.
    ///
    /// Extensions are asked from the most specific to the least, then included contexts in order, each with all it
    /// includes before the next. One that matches but lacks the priority is passed over, so a less specific one may
    /// continue what a more specific one began.
    pub fn find<'a>(&'a self, query: Query<'a>, priority: u32) -> Result<Found<'a>, Missing> {
        self.search(query, Mode::Match, Wanted::Priority(priority))
    }

    /// The step that carries a label, by the same order.
    pub fn find_label<'a>(&'a self, query: Query<'a>, label: &'a str) -> Result<Found<'a>, Missing> {
        self.search(query, Mode::Match, Wanted::Label(label))
    }

    /// The first step of the extension dialled.
    pub fn match_extension<'a>(&'a self, query: Query<'a>) -> Result<Found<'a>, Missing> {
        self.find(query, 1)
    }

    /// The hint of an extension.
    pub fn hint<'a>(&'a self, query: Query<'a>) -> Result<Found<'a>, Missing> {
        self.search(query, Mode::Match, Wanted::Hint)
    }

    /// The text of an extension's hint, its variables replaced, whatever the time of day.
    pub fn hint_text(&self, context: &str, extension: &str) -> Option<String> {
        let query = Query { context, extension, caller: None, now: LocalTime::of_unix_ms(0) };
        let mut search = Search {
            query,
            mode: Mode::Match,
            wanted: Wanted::Hint,
            at_any_time: true,
            visited: Vec::new(),
            came_to: Missing::Context,
        };
        let found = self.search_context(context, &mut search)?;
        let around = Around { plan: self, context, extension };
        Some(substitute(&found.step.application, &around).text)
    }

    /// Whether the digits match, or could with more.
    pub fn can_match(&self, query: Query<'_>) -> bool {
        self.search(query, Mode::CanMatch, Wanted::Priority(1)).is_ok()
    }

    /// Whether more digits could lead to another match, so that it is worth to wait for them. Not once a `!` matched.
    pub fn match_more(&self, query: Query<'_>) -> bool {
        self.search(query, Mode::MatchMore, Wanted::Priority(1)).is_ok()
    }

    /// Whether the dial tone goes on after these digits.
    pub fn keeps_dial_tone(&self, context: &str, digits: &str) -> bool {
        let patterns = self.context(context).map_or(&[][..], |context| context.ignore_patterns.as_slice());
        patterns.iter().any(|pattern| fit(pattern, digits, Mode::Match) != Fit::None)
    }

    /// Whether a call to that extension can begin there at some time of day.
    pub fn exists(&self, context: &str, exten: &str, caller: &str) -> bool {
        self.find_at_any_time(context, exten, caller, Wanted::Priority(1)).is_some()
    }

    /// The priority that carries a label, whatever the time of day.
    pub fn priority_of(&self, context: &str, exten: &str, label: &str) -> Option<u32> {
        self.find_at_any_time(context, exten, "", Wanted::Label(label))
    }

    fn find_at_any_time(
        &self,
        context: &str,
        extension: &str,
        caller: &str,
        wanted: Wanted<'_>,
    ) -> Option<u32> {
        let query = Query { context, extension, caller: Some(caller), now: LocalTime::of_unix_ms(0) };
        let mut search = Search {
            query,
            mode: Mode::Match,
            wanted,
            at_any_time: true,
            visited: Vec::new(),
            came_to: Missing::Context,
        };
        self.search_context(context, &mut search).map(|found| found.priority)
    }

    fn search<'a>(&'a self, query: Query<'a>, mode: Mode, wanted: Wanted<'a>) -> Result<Found<'a>, Missing> {
        let mut search = Search {
            query,
            mode,
            wanted,
            at_any_time: false,
            visited: Vec::new(),
            came_to: Missing::Context,
        };
        self.search_context(query.context, &mut search).ok_or(search.came_to)
    }

    fn search_context<'a>(&'a self, name: &str, search: &mut Search<'a>) -> Option<Found<'a>> {
        let context = self.contexts.get(name)?;
        if search.visited.len() >= MAX_INCLUDED || search.visited.contains(&context.name.as_str()) {
            return None;
        }
        search.visited.push(&context.name);
        search.came_to = search.came_to.max(Missing::Extension);
        for extension in &context.extensions {
            match fit(&extension.name, search.query.extension, search.mode) {
                Fit::None => continue,
                Fit::Match | Fit::Early if !extension.fits_caller(search.query.caller) => continue,
                // What follows a `!` is not waited for, not even by another extension.
                Fit::Early if search.mode == Mode::MatchMore => return None,
                Fit::Match | Fit::Early => {}
            }
            if let Some((priority, step)) = search.wanted_at(extension) {
                return Some(Found { context, extension, priority, step });
            }
        }
        let (now, always) = (search.query.now, search.at_any_time);
        let holds =
            |include: &&Include| always || include.times.as_ref().is_none_or(|times| times.includes(now));
        context
            .includes
            .iter()
            .filter(holds)
            .find_map(|include| self.search_context(&include.context, search))
    }
}

impl Search<'_> {
    fn wanted_at<'e>(&mut self, extension: &'e Extension) -> Option<(u32, &'e Step)> {
        match self.wanted {
            Wanted::Priority(priority) => {
                self.came_to = self.came_to.max(Missing::Priority);
                extension.steps.get_key_value(&priority).map(|(priority, step)| (*priority, step))
            }
            Wanted::Label(label) => {
                self.came_to = self.came_to.max(Missing::Label);
                let mut steps = extension.steps.iter();
                let labelled = steps.find(|(_, step)| step.label.as_deref() == Some(label));
                labelled.map(|(priority, step)| (*priority, step))
            }
            Wanted::Hint => {
                self.came_to = self.came_to.max(Missing::Priority);
                extension.hint.as_ref().map(|step| (0, step))
            }
        }
    }
}
