//! Splitting a list in a query at its commas, as Asterisk splits arguments.

/// Splits at commas outside of quotes, parentheses and brackets. Quotes and the backslash before a character go away.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let (mut parentheses, mut brackets, mut quoted) = (0u32, 0u32, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let last = values.last_mut().expect("there is always a value");
        match character {
            '"' => quoted = !quoted,
            '\\' => last.extend(characters.next()),
            ',' if !quoted && parentheses == 0 && brackets == 0 => values.push(String::new()),
            other => {
                match other {
                    '(' => parentheses += 1,
                    ')' => parentheses = parentheses.saturating_sub(1),
                    '[' => brackets += 1,
                    ']' => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                last.push(other);
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn splits_at_bare_commas_only() {
        assert_eq!(split("a,b,,c"), ["a", "b", "", "c"]);
        assert_eq!(split(""), [""]);
        assert_eq!(split("CUT(x,-,1),y"), ["CUT(x,-,1)", "y"]);
        assert_eq!(split("$[1,2],\"a,b\",c\\,d"), ["$[1,2]", "a,b", "c,d"]);
        assert_eq!(split("a),b\\"), ["a)", "b"]);
    }
}
