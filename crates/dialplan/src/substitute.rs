//! Replacing `${…}` and `$[…]` in a text.

use crate::expression;
use crate::functions;
use crate::problem::Problem;

/// The longest text that a replacement gives, in octets; Asterisk's buffer. What is longer is cut at a character and
/// [`Problem::TooLong`] is told.
pub const MAX_TEXT: usize = 4_096;

/// How deep variables, functions and parentheses nest.
pub const MAX_DEPTH: usize = 50;

/// How many problems one replacement tells.
const MAX_PROBLEMS: usize = 20;

/// Where the values of variables and functions come from.
pub trait Lookup {
    /// The value of a variable, or `None` where it is not set.
    fn variable(&self, name: &str) -> Option<String>;

    /// The value of a function that this crate does not know by itself.
    fn function(&self, name: &str, args: &str) -> Result<String, Problem>;
}

/// A text with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// The text.
    pub text: String,
    /// What went wrong on the way.
    pub problems: Vec<Problem>,
}

/// Replaces every `${NAME}`, `${NAME:offset:length}`, `${FUNCTION(arguments)}` and `$[expression]`.
pub fn substitute(text: &str, lookup: &dyn Lookup) -> Substitution {
    let mut evaluator = Evaluator::new(lookup);
    let text = evaluator.substitute(text);
    Substitution { text, problems: evaluator.problems }
}

/// The value of an expression (without its `$[` and `]`); variables in it are replaced first.
pub fn evaluate(text: &str, lookup: &dyn Lookup) -> Substitution {
    let mut evaluator = Evaluator::new(lookup);
    let replaced = evaluator.substitute(text);
    let text = expression::evaluate(&replaced, &mut evaluator);
    Substitution { text, problems: evaluator.problems }
}

/// Reads a function that is given ready arguments: one of this crate's own, or else the lookup's.
pub fn call_function(name: &str, args: &str, lookup: &dyn Lookup) -> Result<String, Problem> {
    match functions::evaluate(name, args, lookup) {
        Some(result) => result,
        None => lookup.function(name, args),
    }
}

/// What a condition as in GotoIf says: empty is false, a text that begins with a number is that number's truth, any other
/// text is true.
pub fn is_true(condition: &str) -> bool {
    let condition = condition.trim_start();
    if condition.is_empty() {
        return false;
    }
    let unsigned = condition.strip_prefix(['-', '+']).unwrap_or(condition);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    digits == 0 || unsigned[..digits].bytes().any(|digit| digit != b'0')
}

/// One replacement under way.
pub(crate) struct Evaluator<'a> {
    lookup: &'a dyn Lookup,
    depth: usize,
    problems: Vec<Problem>,
}

impl<'a> Evaluator<'a> {
    fn new(lookup: &'a dyn Lookup) -> Evaluator<'a> {
        Evaluator { lookup, depth: 0, problems: Vec::new() }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Reads a function; a problem is told and gives `None`.
    pub(crate) fn function(&mut self, name: &str, args: &str) -> Option<String> {
        call_function(name, args, self.lookup).map_err(|problem| self.problem(problem)).ok()
    }

    fn substitute(&mut self, text: &str) -> String {
        if self.depth >= MAX_DEPTH {
            self.problem(Problem::TooDeep);
            return String::new();
        }
        self.depth += 1;
        let mut result = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            result.push_str(&rest[..at]);
            rest = &rest[at..];
            rest = if let Some(inner) = rest.strip_prefix("${") {
                let Some(end) = self.end(inner, '{', '}') else {
                    self.problem(Problem::OpenBrace(text.to_owned()));
                    rest = "";
                    break;
                };
                let value = self.variable(&inner[..end]);
                result.push_str(&value);
                &inner[end + 1..]
            } else if let Some(inner) = rest.strip_prefix("$[") {
                let end = self.end(inner, '[', ']').unwrap_or_else(|| {
                    self.problem(Problem::OpenBracket(text.to_owned()));
                    inner.len()
                });
                let replaced = self.substitute(&inner[..end]);
                result.push_str(&expression::evaluate(&replaced, self));
                inner.get(end + 1..).unwrap_or("")
            } else {
                result.push('$');
                &rest[1..]
            };
            if result.len() > MAX_TEXT {
                break;
            }
        }
        result.push_str(rest);
        self.depth -= 1;
        self.cut(result)
    }

    fn cut(&mut self, mut text: String) -> String {
        if text.len() > MAX_TEXT {
            self.problem(Problem::TooLong);
            text.truncate(text.floor_char_boundary(MAX_TEXT));
        }
        text
    }

    /// Where the bracket that was opened before `inner` is closed.
    fn end(&self, inner: &str, open: char, close: char) -> Option<usize> {
        let mut depth = 0;
        for (at, c) in inner.char_indices() {
            if c == open {
                depth += 1;
            } else if c == close {
                if depth == 0 {
                    return Some(at);
                }
                depth -= 1;
            }
        }
        None
    }

    /// What stands between `${` and `}`.
    fn variable(&mut self, inner: &str) -> String {
        let name = if inner.contains('$') { self.substitute(inner) } else { inner.to_owned() };
        let (name, slice) = sliced(&name);
        let value = match name.split_once('(') {
            Some((function, args)) => {
                let args = args.rfind(')').map_or(args, |end| &args[..end]);
                self.function(function, args).unwrap_or_default()
            }
            None => self.lookup.variable(name).unwrap_or_default(),
        };
        let value = self.cut(value);
        match slice {
            Some((offset, length)) => slice_of(&value, offset, length),
            None => value,
        }
    }
}

/// Splits off `:offset:length`, outside parentheses. Numbers that cannot be read are 0 and everything.
fn sliced(name: &str) -> (&str, Option<(i64, i64)>) {
    let mut parentheses = 0_usize;
    for (at, c) in name.char_indices() {
        match c {
            '(' => parentheses += 1,
            ')' => parentheses = parentheses.saturating_sub(1),
            ':' if parentheses == 0 => {
                let rest = &name[at + 1..];
                let (offset, after) = leading_number(rest);
                let length = after.strip_prefix(':').and_then(|rest| leading_number(rest).0);
                let slice = (offset.unwrap_or(0), length.filter(|_| offset.is_some()).unwrap_or(i64::MAX));
                return (&name[..at], Some(slice));
            }
            _ => {}
        }
    }
    (name, None)
}

fn leading_number(text: &str) -> (Option<i64>, &str) {
    let text = text.trim_start();
    let sign = text.len() - text.strip_prefix(['-', '+']).unwrap_or(text).len();
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let number = text[..sign + digits].parse::<i64>().ok();
    (number.map(|number| number.clamp(-1_000_000_000, 1_000_000_000)), &text[sign + digits..])
}

/// The octets from `offset` (from the end where negative), `length` of them (where negative: all but so many at the end).
fn slice_of(value: &str, offset: i64, length: i64) -> String {
    let total = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (total + offset).max(0) } else { offset.min(total) };
    let end = if length < 0 { (total + length).max(start) } else { start.saturating_add(length).min(total) };
    let bytes = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    // A cut through a character loses that character.
    let (start, end) = bytes
        .map_or((0, 0), |(start, end)| (value.ceil_char_boundary(start), value.floor_char_boundary(end)));
    value.get(start..end).unwrap_or("").to_owned()
}
