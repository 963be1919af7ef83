//! Extension names and patterns: what they match and which is asked first.

use std::cmp::{Ordering, Reverse};

/// How a name met the digits dialled so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Not at all, whatever follows.
    None,
    /// It matches.
    Match,
    /// A `!` matched: no further digit is waited for.
    Early,
}

/// What is being asked of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Whether it matches as it stands.
    Match,
    /// Whether it matches or could with more digits.
    CanMatch,
    /// Whether it could match with more digits.
    MatchMore,
}

/// Whether `name` (a plain name, or a pattern after `_`) fits `dialled`.
///
/// Dashes are ignored on both sides, but for a pattern dialled literally.
pub fn fit(name: &str, dialled: &str, mode: Mode) -> Fit {
    let Some(pattern) = name.strip_prefix('_') else { return fit_plain(name, dialled, mode) };
    if mode == Mode::Match && name.eq_ignore_ascii_case(dialled) {
        return Fit::Match;
    }
    let mut digits = dialled.bytes().filter(|byte| *byte != b'-').peekable();
    let mut elements = Elements::new(pattern);
    loop {
        let element = elements.next();
        let Some(digit) = digits.peek().copied() else {
            return match (element, mode) {
                (Element::Early, _) => Fit::Early,
                (Element::End, Mode::Match | Mode::CanMatch) => Fit::Match,
                (Element::End, Mode::MatchMore) | (Element::Broken, _) => Fit::None,
                (Element::Set(_) | Element::Any, Mode::Match) => Fit::None,
                (Element::Set(_) | Element::Any, Mode::CanMatch | Mode::MatchMore) => Fit::Match,
            };
        };
        match element {
            Element::Any => return Fit::Match,
            Element::Early => return Fit::Early,
            Element::End | Element::Broken => return Fit::None,
            Element::Set(set) if set.contains(digit) => {
                digits.next();
            }
            Element::Set(_) => return Fit::None,
        }
    }
}

fn fit_plain(name: &str, dialled: &str, mode: Mode) -> Fit {
    let name: Vec<u8> = name.bytes().filter(|byte| *byte != b'-').collect();
    let dialled: Vec<u8> = dialled.bytes().filter(|byte| *byte != b'-').collect();
    let fits = match mode {
        Mode::Match => name == dialled,
        Mode::CanMatch => name.starts_with(&dialled),
        Mode::MatchMore => name.len() > dialled.len() && name.starts_with(&dialled),
    };
    if fits { Fit::Match } else { Fit::None }
}

/// Where a name stands in the order in which names are asked; equal keys are the same extension.
///
/// Plain names come first. Patterns compare position by position: fewer characters in the set first, then the lower first
/// character, then `.`, then `!`, then the end of the pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A plain name without its dashes.
    Plain(Vec<u8>),
    /// A pattern.
    Pattern(Vec<Position>),
}

impl Key {
    /// The key of a name.
    pub fn of(name: &str) -> Key {
        let Some(pattern) = name.strip_prefix('_') else {
            return Key::Plain(name.bytes().filter(|byte| *byte != b'-').collect());
        };
        let mut elements = Elements::new(pattern);
        let mut positions = Vec::new();
        loop {
            let element = elements.next();
            positions.push(Position::of(&element));
            if matches!(element, Element::End | Element::Broken) {
                return Key::Pattern(positions);
            }
        }
    }
}

/// One position of a pattern's [`Key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    rank: u32,
    set: Reverse<Set>,
}

impl Position {
    fn of(element: &Element) -> Position {
        const ANY: u32 = 0x1_8000;
        const EARLY: u32 = 0x2_8000;
        const END: u32 = 0x3_0000;
        const BROKEN: u32 = 0x4_0000;
        let (rank, set) = match element {
            Element::Set(set) => ((set.len() << 8) | set.first(), *set),
            Element::Any => (ANY, Set::default()),
            Element::Early => (EARLY, Set::default()),
            Element::End => (END, Set::default()),
            Element::Broken => (BROKEN, Set::default()),
        };
        Position { rank, set: Reverse(set) }
    }
}

/// A set of bytes; the lower bytes are the more significant bits, so that sets compare as Asterisk's do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Set([u128; 2]);

impl Set {
    fn add(&mut self, first: u8, last: u8) {
        for byte in first..=last {
            self.0[usize::from(byte >> 7)] |= 1 << (127 - (byte & 127));
        }
    }

    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 7)] & (1 << (127 - (byte & 127))) != 0
    }

    fn len(&self) -> u32 {
        self.0[0].count_ones() + self.0[1].count_ones()
    }

    fn first(&self) -> u32 {
        match self.0 {
            [0, high] => 128 + high.leading_zeros(),
            [low, _] => low.leading_zeros(),
        }
    }
}

impl PartialOrd for Set {
    fn partial_cmp(&self, other: &Set) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Set {
    fn cmp(&self, other: &Set) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Set(Set),
    /// `.`: one or more of anything.
    Any,
    /// `!`: nothing or more, at once.
    Early,
    End,
    /// `[` without its `]`.
    Broken,
}

struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    fn new(pattern: &'a str) -> Elements<'a> {
        Elements { rest: pattern.as_bytes() }
    }

    fn next(&mut self) -> Element {
        loop {
            let Some((first, rest)) = self.rest.split_first() else { return Element::End };
            self.rest = rest;
            let mut set = Set::default();
            match first {
                b'-' => continue,
                b'n' | b'N' => set.add(b'2', b'9'),
                b'z' | b'Z' => set.add(b'1', b'9'),
                b'x' | b'X' => set.add(b'0', b'9'),
                b'.' => return Element::Any,
                b'!' => return Element::Early,
                b'[' => {
                    let Some(end) = rest.iter().position(|byte| *byte == b']') else {
                        self.rest = &[];
                        return Element::Broken;
                    };
                    set = bracketed(&rest[..end]);
                    self.rest = &rest[end + 1..];
                    if set.len() == 0 {
                        continue;
                    }
                }
                other => set.add(*other, *other),
            }
            return Element::Set(set);
        }
    }
}

fn bracketed(mut inside: &[u8]) -> Set {
    let mut set = Set::default();
    loop {
        inside = match inside {
            [first, b'-', last, rest @ ..] => {
                set.add(*first, *last);
                rest
            }
            [one, rest @ ..] => {
                set.add(*one, *one);
                rest
            }
            [] => return set,
        };
    }
}

/// What is wrong with a name as a pattern, for a complaint.
pub(crate) fn is_broken(name: &str) -> bool {
    match Key::of(name) {
        Key::Plain(_) => false,
        Key::Pattern(positions) => positions.contains(&Position::of(&Element::Broken)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Key, Mode, fit, is_broken};

    fn matches(name: &str, dialled: &str) -> bool {
        fit(name, dialled, Mode::Match) != Fit::None
    }

    #[test]
    fn patterns_match_their_digits() {
        for (name, dialled, expected) in [
            ("100", "100", true),
            ("100", "1000", false),
            ("100", "10", false),
            ("1-0-0", "100", true),
            ("100", "1-00", true),
            ("abc", "ABC", false),
            ("_1XX", "100", true),
            ("_1XX", "10", false),
            ("_1XX", "1000", false),
            ("_1xx", "199", true),
            ("_NXX", "199", false),
            ("_NXX", "299", true),
            ("_ZXX", "099", false),
            ("_ZXX", "199", true),
            ("_[13-5]0", "40", true),
            ("_[13-5]0", "20", false),
            ("_[13-5]0", "10", true),
            ("_[]5", "5", true),
            ("_[5", "5", false),
            ("_X.", "1", false),
            ("_X.", "12", true),
            ("_.", "", false),
            ("_.", "s", true),
            ("_X!", "1", true),
            ("_X!", "1234", true),
            ("_!", "", true),
            ("_N-XX", "2-34", true),
            ("_[a-c]x", "b7", true),
            ("_+X.", "+49", true),
            ("_X.", "_X.", true),
            ("_abc", "abc", true),
            ("_", "", true),
        ] {
            assert_eq!(matches(name, dialled), expected, "{name} {dialled}");
        }
    }

    #[test]
    fn more_digits_are_waited_for_where_they_could_help() {
        for (name, dialled, can, more) in [
            ("100", "1", Fit::Match, Fit::Match),
            ("100", "100", Fit::Match, Fit::None),
            ("100", "2", Fit::None, Fit::None),
            ("100", "", Fit::Match, Fit::Match),
            ("_1XX", "1", Fit::Match, Fit::Match),
            ("_1XX", "100", Fit::Match, Fit::None),
            ("_X.", "1", Fit::Match, Fit::Match),
            ("_X.", "12", Fit::Match, Fit::Match),
            ("_X!", "1", Fit::Early, Fit::Early),
            ("_X!", "", Fit::Match, Fit::Match),
        ] {
            assert_eq!(fit(name, dialled, Mode::CanMatch), can, "{name} {dialled} can");
            assert_eq!(fit(name, dialled, Mode::MatchMore), more, "{name} {dialled} more");
        }
    }

    #[test]
    fn the_more_specific_name_comes_first() {
        let order = [
            "100", "200", "s", "_1", "_100", "_10X", "_1[2-3]X", "_1[2-4]X", "_1NX", "_1ZX", "_1XX", "_1X.",
            "_1.", "_1!", "_NXX", "_X.", "_.", "_!",
        ];
        let mut sorted = order;
        sorted.sort_by_key(|name| Key::of(name));
        let expected = [
            "100", "200", "s", "_100", "_10X", "_1[2-3]X", "_1[2-4]X", "_1NX", "_1ZX", "_1XX", "_1X.", "_1.",
            "_1!", "_1", "_NXX", "_X.", "_.", "_!",
        ];
        assert_eq!(sorted, expected);
    }

    #[test]
    fn names_that_say_the_same_are_the_same() {
        assert_eq!(Key::of("_NXX"), Key::of("_[2-9]xX"));
        assert_eq!(Key::of("1-00"), Key::of("100"));
        assert_eq!(Key::of("_[21]"), Key::of("_[1-2]"));
        assert_ne!(Key::of("_100"), Key::of("100"));
        assert!(Key::of("_[12]") < Key::of("_[13]"));
        assert!(Key::of("_[13]") < Key::of("_[23]"));
        assert!(is_broken("_[12") && !is_broken("_[12]") && !is_broken("[12"));
    }
}
