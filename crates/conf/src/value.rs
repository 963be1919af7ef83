//! What Asterisk takes for a yes and for a no.

/// Whether `text` is one of Asterisk's words for yes: `yes`, `true`, `y`, `t`, `1`, `on`, in any case.
pub fn is_true(text: &str) -> bool {
    ["yes", "true", "y", "t", "1", "on"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether `text` is one of Asterisk's words for no: `no`, `false`, `n`, `f`, `0`, `off`, in any case.
pub fn is_false(text: &str) -> bool {
    ["no", "false", "n", "f", "0", "off"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The boolean that `text` says, or `None` where it is neither a yes nor a no (Asterisk then keeps the default or reads a
/// no, depending on the key).
pub fn boolean(text: &str) -> Option<bool> {
    if is_true(text) {
        Some(true)
    } else if is_false(text) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::boolean;

    #[test]
    fn asterisks_words_are_booleans_in_any_case() {
        for yes in ["yes", "Yes", "TRUE", "y", "t", "1", "on"] {
            assert_eq!(boolean(yes), Some(true), "{yes}");
        }
        for no in ["no", "False", "n", "F", "0", "off"] {
            assert_eq!(boolean(no), Some(false), "{no}");
        }
        assert_eq!(boolean("2"), None);
        assert_eq!(boolean(""), None);
        assert_eq!(boolean("enabled"), None);
    }
}
