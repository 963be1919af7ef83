//! A line of coloured text whose width is known.

use super::journal::Party;

/// What a piece of text is; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// Ordinary text.
    Plain,
    /// Of less weight.
    Dim,
    /// A heading.
    Title,
    /// Ada's.
    Ada,
    /// Grace's.
    Grace,
    /// What the application is told.
    Event,
    /// What the application asks for.
    Command,
    /// As it should be.
    Good,
    /// Worth a look.
    Warn,
    /// Not as it should be.
    Bad,
}

impl Hue {
    /// A phone's colour.
    pub const fn of(party: Party) -> Hue {
        match party {
            Party::Ada => Hue::Ada,
            Party::Grace => Hue::Grace,
        }
    }

    /// Parameters of the escape sequence (ECMA-48 SGR).
    const fn sgr(self) -> &'static str {
        match self {
            Hue::Plain => "",
            Hue::Dim => "2",
            Hue::Title => "1",
            Hue::Ada => "36",
            Hue::Grace => "35",
            Hue::Event => "94",
            Hue::Command => "33",
            Hue::Good => "32",
            Hue::Warn => "93",
            Hue::Bad => "1;31",
        }
    }
}

/// Pieces of text, one after another. Every character is one column wide; no other is put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Hue, String)>,
}

impl Line {
    /// A line of one piece.
    pub fn of(hue: Hue, text: &str) -> Line {
        let mut line = Line::default();
        line.push(hue, text);
        line
    }

    /// Adds a piece. Control characters, which would move the cursor, become `·`.
    pub fn push(&mut self, hue: Hue, text: &str) {
        let shown = text.chars().map(|c| if c.is_control() { '·' } else { c }).collect();
        self.pieces.push((hue, shown));
    }

    /// Adds another line.
    pub fn append(&mut self, line: Line) {
        self.pieces.extend(line.pieces);
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// Adds spaces up to this width.
    pub fn pad_to(&mut self, width: usize) {
        let missing = width.saturating_sub(self.width());
        if missing > 0 {
            self.pieces.push((Hue::Plain, " ".repeat(missing)));
        }
    }

    /// The line in at most so many columns, with `…` where it was cut.
    pub fn cut(mut self, width: usize) -> Line {
        if self.width() <= width {
            return self;
        }
        let mut room = width.saturating_sub(1);
        for (_, text) in &mut self.pieces {
            let kept: String = text.chars().take(room).collect();
            room -= kept.chars().count();
            *text = kept;
        }
        if width > 0 {
            self.pieces.push((Hue::Dim, "…".to_owned()));
        }
        self
    }

    /// The text, with escape sequences where colour is wanted, and nothing at its end that is not seen.
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for (hue, text) in &self.pieces {
            match hue.sgr() {
                sgr if colour && !sgr.is_empty() && !text.is_empty() => {
                    out.push_str(&format!("\x1b[{sgr}m{text}\x1b[0m"));
                }
                _ => out.push_str(text),
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_at_the_width_in_columns_not_bytes() {
        let mut line = Line::of(Hue::Ada, "──▶");
        line.push(Hue::Plain, " Grüße");
        assert_eq!(line.width(), 9);
        assert_eq!(line.clone().cut(9).render(false), "──▶ Grüße");
        let short = line.cut(6);
        assert_eq!((short.width(), short.render(false).as_str()), (6, "──▶ G…"));
        assert_eq!(short.cut(0).width(), 0);
    }

    #[test]
    fn colour_is_closed_again_and_absent_where_not_wanted() {
        let line = Line::of(Hue::Good, "ok");
        assert_eq!(line.render(true), "\x1b[32mok\x1b[0m");
        assert_eq!(line.render(false), "ok");
    }

    #[test]
    fn what_would_move_the_cursor_is_not_let_through() {
        assert_eq!(Line::of(Hue::Plain, "a\x1b[2Jb\nc").render(false), "a·[2Jb·c");
    }
}
