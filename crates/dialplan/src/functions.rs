//! The dialplan functions that need nothing but their arguments and variables.

use regex_lite::{Regex, RegexBuilder};

use crate::arguments::{parse_args, split};
use crate::problem::Problem;
use crate::substitute::{Lookup, is_true};

/// The functions that [`crate::evaluate`] knows.
pub const PURE_FUNCTIONS: &[&str] = &[
    "CUT", "EXISTS", "FIELDQTY", "FILTER", "IF", "ISNULL", "LEN", "MATH", "QUOTE", "REGEX", "TOLOWER",
    "TOUPPER",
];

/// How large a compiled regular expression may be, in octets.
const MAX_REGEX: usize = 1 << 18;

/// The value of a function of [`PURE_FUNCTIONS`]; `None` for any other name.
pub(crate) fn evaluate(name: &str, args: &str, lookup: &dyn Lookup) -> Option<Result<String, Problem>> {
    let wrong = |usage| Problem::Arguments { function: name.to_owned(), given: args.to_owned(), usage };
    Some(match name {
        "LEN" => Ok(args.len().to_string()),
        "TOUPPER" => Ok(args.to_ascii_uppercase()),
        "TOLOWER" => Ok(args.to_ascii_lowercase()),
        "ISNULL" => Ok(bit(args.is_empty())),
        "EXISTS" => Ok(bit(!args.is_empty())),
        "QUOTE" => Ok(format!("\"{}\"", args.replace('\\', "\\\\").replace('"', "\\\""))),
        "IF" => choose(args).ok_or_else(|| wrong("IF(condition?value if true:value if false)")),
        "FILTER" => filter(args).ok_or_else(|| wrong("FILTER(allowed characters,text)")),
        "REGEX" => matches(args).unwrap_or_else(|| Err(wrong("REGEX(\"regular expression\" text)"))),
        "MATH" => mathematics(args).unwrap_or_else(|| Err(wrong("MATH(number operator number,type)"))),
        "CUT" => cut(args, lookup).ok_or_else(|| wrong("CUT(variable,delimiter,fields)")),
        "FIELDQTY" => field_count(args, lookup).ok_or_else(|| wrong("FIELDQTY(variable,delimiter)")),
        _ => return None,
    })
}

/// A regular expression of the extended POSIX kind.
pub(crate) fn regex(pattern: &str, ignore_case: bool) -> Option<Regex> {
    RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(MAX_REGEX).build().ok()
}

fn bit(truth: bool) -> String {
    u8::from(truth).to_string()
}

fn choose(args: &str) -> Option<String> {
    let parts = split(args, '?', 2);
    let [condition, values] = parts.as_slice() else { return None };
    let values = split(values, ':', 2);
    if condition.trim().is_empty() || values.iter().all(String::is_empty) {
        return None;
    }
    let index = usize::from(!is_true(condition.trim()));
    Some(values.get(index).map_or("", |value| value.trim()).to_owned())
}

/// Keeps the characters that the first argument lists, `a-z` and `\x41`, `\n`, `\t`, `\\`, `\-`, `\,` included.
fn filter(args: &str) -> Option<String> {
    let (allowed, text) = split_unescaped(args, ',')?;
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut characters = literal_characters(allowed).into_iter().peekable();
    while let Some((first, _)) = characters.next() {
        if characters.peek() == Some(&('-', false)) {
            characters.next();
            match characters.next() {
                Some((last, _)) => ranges.push((first, last)),
                None => ranges.extend([(first, first), ('-', '-')]),
            }
        } else {
            ranges.push((first, first));
        }
    }
    Some(text.chars().filter(|c| ranges.iter().any(|(first, last)| (first..=last).contains(&c))).collect())
}

/// The characters that a list means, each with whether a backslash made it an ordinary one.
fn literal_characters(list: &str) -> Vec<(char, bool)> {
    let mut characters = list.chars();
    let mut found = Vec::new();
    while let Some(c) = characters.next() {
        if c != '\\' {
            found.push((c, false));
            continue;
        }
        let literal = match characters.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('x') => {
                let digits: String = characters.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).map_or('x', char::from)
            }
            Some(other) => other,
            None => '\\',
        };
        found.push((literal, true));
    }
    found
}

fn split_unescaped(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == delimiter && !escaped {
            return Some((&text[..at], &text[at + c.len_utf8()..]));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn matches(args: &str) -> Option<Result<String, Problem>> {
    let (pattern, text) = args.trim_start().strip_prefix('"')?.split_once('"')?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    Some(match regex(pattern, false) {
        Some(regex) => Ok(bit(regex.is_match(text))),
        None => Err(Problem::Regex(pattern.to_owned())),
    })
}

/// Two numbers and an operator; the result as a float with six places, or as `i`, `h`, `c` say.
#[allow(clippy::cast_possible_truncation, reason = "the result is cut as the type asked for says")]
fn mathematics(args: &str) -> Option<Result<String, Problem>> {
    let arguments = parse_args(args);
    let text = arguments.first()?.trim();
    // The sign at the front is the first number's.
    let from = text.find(|c: char| !matches!(c, '-' | '+' | ' '))?;
    let operators =
        ["<<", ">>", "<=", ">=", "==", "AND", "XOR", "OR", "+", "-", "*", "/", "%", "^", "<", ">"];
    let (at, operator) = (from..text.len()).filter(|at| text.is_char_boundary(*at)).find_map(|at| {
        operators.iter().find(|operator| text[at..].starts_with(**operator)).map(|operator| (at, *operator))
    })?;
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let (a, b) = (number(&text[..at])?, number(&text[at + operator.len()..])?);
    let (x, y) = (a as i64, b as i64);
    let shift = u32::try_from(y).unwrap_or(u32::MAX);
    let result = match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" if b == 0.0 => 0.0,
        "%" if y == 0 => return Some(Err(Problem::DivisionByZero)),
        "/" => a / b,
        "%" => x.wrapping_rem(y) as f64,
        "^" => a.powf(b),
        "<<" => x.checked_shl(shift).unwrap_or(0) as f64,
        ">>" => x.checked_shr(shift).unwrap_or(0) as f64,
        "AND" => (x & y) as f64,
        "OR" => (x | y) as f64,
        "XOR" => (x ^ y) as f64,
        comparison => {
            let holds = match comparison {
                "<" => a < b,
                ">" => a > b,
                "<=" => a <= b,
                ">=" => a >= b,
                _ => a == b,
            };
            return Some(Ok(if holds { "TRUE" } else { "FALSE" }.to_owned()));
        }
    };
    Some(Ok(match arguments.get(1).map_or("f", |kind| kind.trim()) {
        "i" | "int" => (result as i32).to_string(),
        "h" | "hex" => format!("{:x}", result as i32),
        "c" | "char" => char::from(result as u8).to_string(),
        _ => format!("{result:.6}"),
    }))
}

fn cut(args: &str, lookup: &dyn Lookup) -> Option<String> {
    let arguments = parse_args(args);
    let [name, delimiter, fields] = arguments.as_slice() else { return None };
    let value = lookup.variable(name).unwrap_or_default();
    let delimiter = literal_characters(delimiter).first().map_or('-', |(c, _)| *c);
    let parts: Vec<&str> = value.split(delimiter).collect();
    let mut found: Vec<&str> = Vec::new();
    for range in fields.split('&') {
        let number = |text: &str, absent: usize| match text.trim() {
            "" => Some(absent),
            digits => digits.parse::<usize>().ok(),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first, 1)?, number(last, parts.len())?),
            None => (number(range, 0)?, number(range, 0)?),
        };
        let last = last.min(parts.len());
        found.extend((first.max(1)..=last).filter_map(|field| parts.get(field - 1).copied()));
        if found.len() > crate::MAX_TEXT {
            break;
        }
    }
    Some(found.join(delimiter.to_string().as_str()))
}

fn field_count(args: &str, lookup: &dyn Lookup) -> Option<String> {
    let (name, delimiter) = args.split_once(',')?;
    let value = lookup.variable(name).unwrap_or_default();
    let delimiter = literal_characters(delimiter).first().map_or('-', |(c, _)| *c);
    Some(if value.is_empty() { 0 } else { value.split(delimiter).count() }.to_string())
}
