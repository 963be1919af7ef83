//! Splitting an application's arguments.

/// Splits at commas as Asterisk does for its applications.
///
/// Commas inside parentheses, square brackets or double quotes do not split; quotes are taken away; a backslash makes the
/// next character an ordinary one and is taken away. Blanks stay. The empty text has no argument, `a,` has two.
pub fn parse_args(text: &str) -> Vec<String> {
    split(text, ',', usize::MAX)
}

/// The same for an application that takes at most `most` arguments: the last one is the untouched rest, commas, quotes and
/// all.
pub fn parse_args_up_to(text: &str, most: usize) -> Vec<String> {
    split(text, ',', most)
}

/// Splits at `delimiter` by the rules of [`parse_args_up_to`].
pub fn split(text: &str, delimiter: char, most: usize) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut rest = text;
    let mut more = !text.is_empty();
    let mut nesting = Nesting::default();
    while more {
        if arguments.len() + 1 >= most {
            arguments.push(rest.to_owned());
            break;
        }
        let mut argument = String::new();
        let mut characters = rest.char_indices();
        more = false;
        while let Some((at, c)) = characters.next() {
            if c == '\\' {
                argument.extend(characters.next().map(|(_, literal)| literal));
            } else if c == '"' && delimiter != '"' {
                nesting.quoted = !nesting.quoted;
            } else if c == delimiter && nesting.is_flat() {
                rest = &rest[at + c.len_utf8()..];
                more = true;
                break;
            } else {
                nesting.see(c);
                argument.push(c);
            }
        }
        arguments.push(argument);
    }
    arguments
}

#[derive(Default)]
struct Nesting {
    parentheses: usize,
    brackets: usize,
    quoted: bool,
}

impl Nesting {
    fn see(&mut self, c: char) {
        match c {
            '(' => self.parentheses += 1,
            ')' => self.parentheses = self.parentheses.saturating_sub(1),
            '[' => self.brackets += 1,
            ']' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
    }

    fn is_flat(&self) -> bool {
        self.parentheses == 0 && self.brackets == 0 && !self.quoted
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_args, parse_args_up_to};

    #[test]
    fn commas_split_and_blanks_stay() {
        assert_eq!(parse_args(""), [""; 0]);
        assert_eq!(parse_args("a"), ["a"]);
        assert_eq!(parse_args("a,b"), ["a", "b"]);
        assert_eq!(parse_args("a, b ,"), ["a", " b ", ""]);
        assert_eq!(parse_args(",,"), ["", "", ""]);
    }

    #[test]
    fn nested_and_quoted_commas_do_not_split() {
        assert_eq!(parse_args("CALLERID(num,x),b"), ["CALLERID(num,x)", "b"]);
        assert_eq!(parse_args("a[1,2],b"), ["a[1,2]", "b"]);
        assert_eq!(parse_args("\"a,b\",c"), ["a,b", "c"]);
        assert_eq!(parse_args("x=\"a,b\" c,d"), ["x=a,b c", "d"]);
        assert_eq!(parse_args("a(b,c"), ["a(b,c"]);
        assert_eq!(parse_args("a)b,c"), ["a)b", "c"]);
    }

    #[test]
    fn a_backslash_makes_the_next_character_ordinary() {
        assert_eq!(parse_args("a\\,b,c"), ["a,b", "c"]);
        assert_eq!(parse_args("a\\\"b,c"), ["a\"b", "c"]);
        assert_eq!(parse_args("a\\\\,b"), ["a\\", "b"]);
        assert_eq!(parse_args("a\\"), ["a"]);
    }

    #[test]
    fn the_last_argument_of_a_limited_list_is_the_untouched_rest() {
        assert_eq!(parse_args_up_to("a,b,\"c\",d", 2), ["a", "b,\"c\",d"]);
        assert_eq!(parse_args_up_to("a,b", 1), ["a,b"]);
        assert_eq!(parse_args_up_to("a,", 2), ["a", ""]);
        assert_eq!(parse_args_up_to("a", 2), ["a"]);
    }
}
