//! What the reader sees: on a terminal three columns in colour and a line that says what is going on, in a pipe plain
//! lines.

use core::time::Duration;
use std::env;
use std::io::{self, IsTerminal, Write};

use super::checks::{Check, Outcome};
use super::journal::{Entry, Happening, Way};
use super::ladder::{Ladder, Stroke};
use super::line::{Hue, Line};
use super::words;

/// Below this, columns are too narrow to be read: lines are plain then.
const NARROWEST: usize = 80;
/// Wider rows are hard to follow with the eye.
const WIDEST: usize = 200;
/// The width of plain lines, where there is no terminal.
const PIPE: usize = 100;
/// Columns of the name before an explanation.
const NAME: usize = 10;
/// Columns of the time, with the space after it.
const TIME: usize = 8;
/// Columns between ladder and application.
const GUTTER: usize = 2;
/// From so many columns on the application's column shows channels by their whole names.
const ROOMY: usize = 70;
/// Where the details of a check stand: after the longest title.
const DETAILS: usize = 42;
/// Latencies stand at most so far right in the application's column.
const LATENCY_AT: usize = 66;
/// The frames of the sign that something is going on.
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// How it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Columns, on a terminal that can move its cursor.
    Columns,
    /// One line each, without escape sequences.
    Plain,
}

/// The screen: standard output, or wherever it is told to write.
pub struct Screen {
    out: Box<dyn Write + Send>,
    mode: Mode,
    colour: bool,
    now: String,
    frame: usize,
    headed: bool,
}

impl Screen {
    /// As the terminal, `NO_COLOR` and `TERM` have it.
    pub fn new() -> Screen {
        let terminal = io::stdout().is_terminal();
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let colour = terminal && !dumb && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let columns = terminal && !dumb && width() >= NARROWEST;
        let mode = if columns { Mode::Columns } else { Mode::Plain };
        Screen::on(Box::new(io::stdout()), mode, colour)
    }

    /// A screen that writes to `out`.
    pub fn on(out: Box<dyn Write + Send>, mode: Mode, colour: bool) -> Screen {
        Screen { out, mode, colour, now: String::new(), frame: 0, headed: false }
    }

    /// Shows what happened.
    pub fn show(&mut self, entry: &Entry) {
        let width = width();
        let line = match self.mode {
            Mode::Columns => row(entry, width),
            Mode::Plain => plain(entry),
        };
        let Some(line) = line else { return };
        if self.mode == Mode::Columns && !self.headed {
            self.headed = true;
            self.print(heads(width));
        }
        if let Happening::Chapter(_) = entry.happening
            && self.mode == Mode::Plain
        {
            self.print(Line::default());
        }
        self.print(line);
    }

    /// Says what is going on.
    pub fn now(&mut self, what: &str) {
        self.now = what.to_owned();
    }

    /// Draws the line that says what is going on anew; `levels` are what the phones hear, dB.
    pub fn tick(&mut self, at: Duration, levels: [f64; 2]) {
        if self.mode == Mode::Plain || self.now.is_empty() {
            return;
        }
        self.frame = (self.frame + 1) % SPINNER.len();
        let line = status(SPINNER[self.frame], &self.now, at, levels).cut(width().saturating_sub(1));
        self.write(&format!("\r\x1b[2K{}", line.render(self.colour)));
    }

    /// Takes that line away.
    pub fn rest(&mut self) {
        self.now.clear();
        if self.mode == Mode::Columns {
            self.write("\r\x1b[2K");
        }
    }

    /// Prints a line of its own.
    pub fn print(&mut self, line: Line) {
        let (line, clear) = match self.mode {
            Mode::Columns => (line.cut(width()), "\r\x1b[2K"),
            Mode::Plain if io::stdout().is_terminal() => (line.cut(width()), ""),
            Mode::Plain => (line, ""),
        };
        self.write(&format!("{clear}{}\n", line.render(self.colour)));
    }

    /// Prints a named line, and goes on below it where the terminal is too narrow: what is to be copied is not cut.
    pub fn explain(&mut self, name: &str, text: &str) {
        let room = if io::stdout().is_terminal() { width().saturating_sub(NAME) } else { usize::MAX };
        for (n, part) in words::wrap(text, room).iter().enumerate() {
            let mut line = Line::of(Hue::Dim, if n == 0 { name } else { "" });
            line.pad_to(NAME);
            line.push(Hue::Plain, part);
            // A path may be longer than the terminal is wide.
            self.write(&format!("{}\n", line.render(self.colour)));
        }
    }

    /// A reader who has gone, as `head` does, is no reason to end: the checks go on.
    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

/// Columns there are.
fn width() -> usize {
    let terminal = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
    terminal.filter(|columns| *columns > 0).unwrap_or(PIPE).min(WIDEST)
}

/// The ladder that goes with a width.
fn ladder(width: usize) -> Ladder {
    Ladder { gap: (16 + width.saturating_sub(NARROWEST) * 3 / 10).min(30) }
}

/// The heads of the columns.
pub fn heads(width: usize) -> Line {
    let mut line = Line::of(Hue::Dim, "    ms");
    line.pad_to(TIME);
    line.append(ladder(width).heads());
    line.pad_to(line.width() + GUTTER);
    line.push(Hue::Title, "application ");
    line.push(Hue::Dim, "  ▶ event   ◀ command");
    line.cut(width)
}

/// A happening in columns, at most `width` wide; `None` where it is not shown.
pub fn row(entry: &Entry, width: usize) -> Option<Line> {
    let ladder = ladder(width);
    let mut line = Line::of(Hue::Dim, &format!("{:>6}", entry.at.as_millis()));
    line.pad_to(TIME);
    let beside = TIME + ladder.width() + GUTTER;
    let room = width.saturating_sub(beside);
    match &entry.happening {
        Happening::Chapter(title) => return Some(rule(title, width)),
        Happening::Checked(check, outcome) => {
            line = Line::of(Hue::Plain, "     ");
            line.append(checked(*check, outcome));
        }
        Happening::Sip { party, way, message, .. } => line.append(ladder.message(*party, *way, message)),
        Happening::Audio { party, way, what } => {
            let short = what.trim_end_matches(" tone").trim_start_matches("first ");
            let labels = [format!("♪ {what}"), format!("♪ {short}")];
            line.append(ladder.arrow(*party, *way, Stroke::Double, Hue::of(*party), &labels));
        }
        Happening::Event(event) if !words::is_shown(event) => return None,
        Happening::Event(event) => {
            let (name, detail) = words::event(event, room >= ROOMY);
            let mut text = Line::of(Hue::Event, &format!("▶ {name}"));
            text.push(Hue::Plain, &format!(" {detail}"));
            line.append(ladder.idle());
            line.pad_to(beside);
            line.append(text.cut(room));
        }
        Happening::Command { method, path, refusal, took } => {
            line.append(ladder.idle());
            line.pad_to(beside);
            line.append(command(method, path, refusal.as_deref(), *took, room));
        }
        Happening::Lost(what) => {
            line.append(ladder.idle());
            line.pad_to(beside);
            line.push(Hue::Bad, what);
        }
        Happening::Phone { .. } => return None,
    }
    Some(line.cut(width))
}

/// A command with its latency at the right.
fn command(method: &str, path: &str, refusal: Option<&str>, took: Duration, room: usize) -> Line {
    let latency = words::ms(took);
    let right = room.min(LATENCY_AT);
    let left = right.saturating_sub(latency.chars().count() + 2);
    let mut line = Line::of(Hue::Command, &format!("◀ {method} "));
    match line.width() + path.chars().count() <= left {
        true => line.push(Hue::Plain, path),
        false => line.push(Hue::Plain, &words::without_id(path)),
    }
    let mut line = line.cut(left);
    line.pad_to(right.saturating_sub(latency.chars().count()));
    line.push(Hue::Dim, &latency);
    if let Some(refusal) = refusal {
        line = Line::of(Hue::Bad, &format!("◀ {method} {path}: {refusal}"));
    }
    line
}

fn rule(title: &str, width: usize) -> Line {
    let mut line = Line::of(Hue::Dim, "── ");
    line.push(Hue::Title, title);
    let rest = width.saturating_sub(line.width() + 1);
    line.push(Hue::Dim, &format!(" {}", "─".repeat(rest)));
    line.cut(width)
}

/// A check with its outcome.
pub fn checked(check: Check, outcome: &Outcome) -> Line {
    let mut line = Line::default();
    match outcome {
        Outcome::Held(detail) => {
            line.push(Hue::Good, &format!("✓ {}", check.title()));
            if !detail.is_empty() {
                line.pad_to(DETAILS);
                line.push(Hue::Dim, &format!(" {detail}"));
            }
        }
        Outcome::Failed { expected, came } => {
            line.push(Hue::Bad, &format!("✗ {}", check.title()));
            line.push(Hue::Plain, &format!(": expected {expected}; came {came}"));
        }
        Outcome::NotReached => line.push(Hue::Dim, &format!("· {} (not reached)", check.title())),
    }
    line
}

/// A happening as one plain line; `None` where it is not shown.
pub fn plain(entry: &Entry) -> Option<Line> {
    let text = match &entry.happening {
        Happening::Chapter(title) => return Some(Line::of(Hue::Title, title)),
        Happening::Phone { .. } => return None,
        Happening::Sip { party, way, message, .. } => {
            let label = message.labels().into_iter().next().unwrap_or_default();
            format!("sip    {}  {label}", between(party.name(), *way))
        }
        Happening::Audio { party, way, what } => format!("audio  {}  {what}", between(party.name(), *way)),
        Happening::Event(event) if !words::is_shown(event) => return None,
        Happening::Event(event) => {
            let (name, detail) = words::event(event, true);
            format!("event  {name}  {detail}")
        }
        Happening::Command { method, path, refusal: None, took } => {
            format!("rest   {:<66}  {:>8}", format!("{method} {path}"), words::ms(*took))
        }
        Happening::Command { method, path, refusal: Some(refusal), took: _ } => {
            format!("rest   {method} {path}: {refusal}")
        }
        Happening::Lost(what) => format!("fault  {what}"),
        Happening::Checked(check, outcome) => {
            let mut line = Line::of(Hue::Plain, &" ".repeat(13));
            line.append(checked(*check, outcome));
            return Some(line);
        }
    };
    Some(Line::of(Hue::Plain, &format!("{:>8} ms  {text}", entry.at.as_millis())))
}

fn between(name: &str, way: Way) -> String {
    match way {
        Way::Out => format!("{name:<5} → Strowger"),
        Way::In => format!("{name:<5} ← Strowger"),
    }
}

/// The line that says what is going on.
fn status(spinner: char, now: &str, at: Duration, levels: [f64; 2]) -> Line {
    let mut line = Line::of(Hue::Command, &format!("{spinner} "));
    line.push(Hue::Dim, "now: ");
    line.push(Hue::Title, now);
    line.pad_to(48);
    for (hue, name, db) in [(Hue::Ada, "Ada", levels[0]), (Hue::Grace, "Grace", levels[1])] {
        line.push(Hue::Dim, &format!("  {name} hears "));
        line.push(hue, &bar(db));
    }
    line.push(Hue::Dim, &format!("  {:.1} s", at.as_secs_f64()));
    line
}

/// A level of -48 to 0 dB in eight columns.
fn bar(db: f64) -> String {
    const EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let filled = ((db + 48.0) / 48.0 * 64.0).clamp(0.0, 64.0) as usize;
    (0..8).map(|cell| EIGHTHS[filled.saturating_sub(cell * 8).min(8)]).collect::<String>() + "▏"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::journal::Party;
    use crate::demo::ladder::Message;
    use bytes::Bytes;
    use client::model::{Event, StasisStart};
    use std::sync::{Arc, Mutex};

    fn samples() -> Vec<Entry> {
        let bytes = Bytes::from_static(b"INVITE sip:1000@127.0.0.1 SIP/2.0\r\n\r\n");
        let message = Message::read(&bytes);
        let mut start = StasisStart::default();
        start.channel.name = "PJSIP/2001-00000001".to_owned();
        let failed = Outcome::Failed { expected: "a lot".repeat(40), came: "nothing".to_owned() };
        let path = format!("/channels/{}/play", "1".repeat(120));
        let happenings = vec![
            Happening::Chapter("Ada dials"),
            Happening::Sip { party: Party::Ada, way: Way::Out, message, bytes },
            Happening::Audio { party: Party::Grace, way: Way::In, what: "440 Hz tone".to_owned() },
            Happening::Event(Event::from(start)),
            Happening::Command { method: "POST", path, refusal: None, took: Duration::from_micros(1234) },
            Happening::Lost("the WebSocket was lost".to_owned()),
            Happening::Checked(Check::Answered, Outcome::Held("in 3 ms".to_owned())),
            Happening::Checked(Check::Answered, failed),
        ];
        let at = Duration::from_millis(12_345);
        happenings.into_iter().map(|happening| Entry { at, happening }).collect()
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        for width in NARROWEST..=WIDEST {
            assert!(heads(width).width() <= width);
            for entry in samples() {
                let line = row(&entry, width).expect("shown");
                assert!(line.width() <= width, "{width}: {}", line.render(false));
            }
        }
    }

    #[test]
    fn ladder_and_application_stand_side_by_side() {
        let rows: Vec<String> =
            samples().iter().filter_map(|entry| row(entry, 100)).map(|line| line.render(false)).collect();
        assert_eq!(rows[1], " 12345  │─ INVITE 1000 ───────▶│                      │");
        assert!(
            rows[3].contains("│                      │                      │  ▶ StasisStart 2001"),
            "{}",
            rows[3]
        );
        assert!(rows[4].ends_with("/channels/…/play              1.2 ms"), "{}", rows[4]);
    }

    #[test]
    fn plain_lines_have_no_escapes_and_say_the_same() {
        for entry in samples() {
            let line = plain(&entry).expect("shown").render(false);
            assert!(!line.contains('\x1b'));
        }
        assert_eq!(
            plain(&samples()[1]).expect("shown").render(false),
            "   12345 ms  sip    Ada   → Strowger  INVITE 1000"
        );
    }

    #[test]
    fn a_pipe_gets_text_alone_and_a_terminal_its_escapes() {
        let shown = |mode, colour| {
            let paper = Paper::default();
            let mut screen = Screen::on(Box::new(paper.clone()), mode, colour);
            screen.now("Ada listens");
            screen.tick(Duration::ZERO, [-12.0, -120.0]);
            samples().iter().for_each(|entry| screen.show(entry));
            let bytes = paper.0.lock().expect("nobody panicked").clone();
            String::from_utf8(bytes).expect("text")
        };
        let plain = shown(Mode::Plain, false);
        assert!(!plain.contains(['\x1b', '\r']) && !plain.contains("now:"));
        assert!(plain.starts_with("\nAda dials\n"));
        assert!(!shown(Mode::Columns, false).contains("\x1b[3"));
        let coloured = shown(Mode::Columns, true);
        assert!(coloured.contains("\x1b[36m") && coloured.contains("now: "));
        assert!(coloured.contains("Strowger"), "the columns have heads");
    }

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panicked").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_bar_is_full_at_full_scale_and_empty_in_silence() {
        assert_eq!(bar(0.0), "████████▏");
        assert_eq!(bar(-24.0), "████    ▏");
        assert_eq!(bar(-120.0), "        ▏");
    }

    #[test]
    fn a_failed_check_says_what_was_expected_and_what_came() {
        let outcome = Outcome::Failed { expected: "−12 dB".to_owned(), came: "−120 dB".to_owned() };
        let text = checked(Check::GraceHearsAda, &outcome).render(false);
        assert_eq!(text, "✗ Grace heard Ada's tone: expected −12 dB; came −120 dB");
    }
}
