//! Lines without their comments, still knowing where each byte stood.

/// The longest line that is read, in bytes; Asterisk's line buffer.
pub const MAX_LINE: usize = 8_191;

/// How deep block comments nest; Asterisk's figure.
pub const MAX_COMMENT_DEPTH: usize = 128;

/// What is left of a line, trimmed, with the column each byte came from.
#[derive(Debug)]
pub(crate) struct Line {
    /// The text.
    pub(crate) text: String,
    columns: Vec<u32>,
}

impl Line {
    /// The same line after `bytes` more at its front.
    pub(crate) fn shifted(mut self, bytes: u32) -> Line {
        self.columns.iter_mut().for_each(|column| *column += bytes);
        self
    }

    /// The columns on disk that bytes `from..to` of the text came from.
    pub(crate) fn columns(&self, from: usize, to: usize) -> (u32, u32) {
        let after_last = self.columns.last().map_or(0, |last| last + 1);
        let start = self.columns.get(from).copied().unwrap_or(after_last);
        let end = match to.checked_sub(1) {
            Some(last) if to > from => self.columns.get(last).map_or(after_last, |column| column + 1),
            Some(_) | None => start,
        };
        (start, end)
    }
}

/// The comments of a file, block comments across lines included.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    /// The lines on which the open block comments began.
    pub(crate) open: Vec<u32>,
    /// Whether [`MAX_COMMENT_DEPTH`] was reached and not yet told.
    pub(crate) too_deep: bool,
}

impl Comments {
    /// Takes the comments out of one line, unescapes `\;` and trims.
    pub(crate) fn strip(&mut self, raw: &str, number: u32) -> Line {
        let bytes = raw.as_bytes();
        let mut kept: Vec<(u8, u32)> = Vec::with_capacity(bytes.len());
        let mut at = 0;
        // Where the search for the next semicolon began: an ending `--;` may not reach back over it.
        let mut searched = 0;
        while at < bytes.len() {
            let column = u32::try_from(at).unwrap_or(u32::MAX);
            if bytes[at] != b';' {
                if self.open.is_empty() {
                    kept.push((bytes[at], column));
                }
                at += 1;
                continue;
            }
            if at > searched && bytes[at - 1] == b'\\' {
                if self.open.is_empty() {
                    kept.pop();
                    kept.push((b';', column));
                }
                at += 1;
            } else if bytes[at + 1..].starts_with(b"--") && bytes.get(at + 3) != Some(&b'-') {
                if self.open.len() < MAX_COMMENT_DEPTH {
                    self.open.push(number);
                } else {
                    self.too_deep = true;
                }
                at += 3;
            } else if at >= searched + 2 && bytes[..at].ends_with(b"--") && !self.open.is_empty() {
                self.open.pop();
                at += 1;
            } else if self.open.is_empty() {
                break;
            } else {
                at += 1;
            }
            searched = at;
        }
        trimmed(&kept)
    }
}

/// Drops blanks and control characters from both ends, as Asterisk does.
fn trimmed(kept: &[(u8, u32)]) -> Line {
    let from = kept.iter().position(|(byte, _)| *byte > b' ').unwrap_or(kept.len());
    let to = kept.iter().rposition(|(byte, _)| *byte > b' ').map_or(from, |last| last + 1);
    let kept = &kept[from..to];
    let bytes: Vec<u8> = kept.iter().map(|(byte, _)| *byte).collect();
    Line {
        // Only whole ASCII characters were dropped, so this is UTF-8 still.
        text: String::from_utf8(bytes).unwrap_or_default(),
        columns: kept.iter().map(|(_, column)| *column).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Comments;

    fn strip(lines: &[&str]) -> Vec<String> {
        let mut comments = Comments::default();
        lines.iter().zip(1..).map(|(line, number)| comments.strip(line, number).text).collect()
    }

    #[test]
    fn a_semicolon_begins_a_comment_and_an_escaped_one_does_not() {
        assert_eq!(strip(&["  a = b ; c"]), ["a = b"]);
        assert_eq!(strip(&["a = b\\;c ; d"]), ["a = b;c"]);
        assert_eq!(strip(&["; all of it"]), [""]);
        assert_eq!(strip(&["a = \\;\\;b"]), ["a = ;;b"]);
    }

    #[test]
    fn block_comments_span_lines_and_nest() {
        assert_eq!(strip(&["a ;-- b", "c", "d --; e"]), ["a", "", "e"]);
        assert_eq!(strip(&["a;--b--;c"]), ["ac"]);
        assert_eq!(strip(&[";-- a", ";-- b --;", "c --;d"]), ["", "", "d"]);
        assert_eq!(strip(&[";-- a ; b", "--;c"]), ["", "c"]);
    }

    #[test]
    fn three_dashes_are_an_ordinary_comment() {
        assert_eq!(strip(&["a ;--- heading ---", "b"]), ["a", "b"]);
        assert_eq!(strip(&[";-----;", "b"]), ["", "b"]);
    }

    #[test]
    fn an_end_without_a_beginning_is_an_ordinary_comment() {
        assert_eq!(strip(&["a --; b", "c"]), ["a --", "c"]);
    }

    #[test]
    fn columns_lead_back_to_the_file() {
        let mut comments = Comments::default();
        let line = comments.strip("  a = b\\;c ; d", 1);
        assert_eq!(line.columns(0, 1), (2, 3));
        assert_eq!(line.columns(4, 7), (6, 10));
        assert_eq!(line.columns(7, 7), (10, 10));
    }
}
