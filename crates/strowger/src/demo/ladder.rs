//! The SIP ladder: what an arrow says, and how it is drawn between two lifelines.

use super::journal::{Party, Way};
use super::line::{Hue, Line};

/// What a ladder shows of a SIP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `INVITE`; for a response the method that it answers.
    pub method: String,
    /// Status and reason of a response.
    pub status: Option<(u16, String)>,
    /// The user part of a request's URI; empty for none.
    pub user: String,
    /// Whether a request carries credentials.
    pub credentials: bool,
    /// Whether a REGISTER takes the registration back (RFC 3261 §10.2.2).
    pub takes_back: bool,
}

impl Message {
    /// Reads as much of a message as the ladder shows. Never fails: what is no SIP has an empty method.
    pub fn read(bytes: &[u8]) -> Message {
        let head = bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty() && *line != b"\r");
        let lines: Vec<String> = head.map(|line| String::from_utf8_lossy(line).trim().to_owned()).collect();
        let value = |name: &str| {
            let header = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
            header
                .filter(|(key, _)| key.trim().eq_ignore_ascii_case(name))
                .map(|(_, value)| value.trim())
                .next()
        };
        let mut first = lines.first().map(String::as_str).unwrap_or_default().splitn(3, ' ');
        let (one, two, three) =
            (first.next(), first.next().unwrap_or_default(), first.next().unwrap_or_default());
        match one {
            Some("SIP/2.0") => Message {
                method: value("CSeq").and_then(|cseq| cseq.split(' ').nth(1)).unwrap_or_default().to_owned(),
                status: Some((two.parse().unwrap_or_default(), three.to_owned())),
                user: String::new(),
                credentials: false,
                takes_back: false,
            },
            one => Message {
                method: one.unwrap_or_default().to_owned(),
                status: None,
                user: two
                    .split_once('@')
                    .map(|(user, _)| user.trim_start_matches("sip:"))
                    .unwrap_or_default()
                    .to_owned(),
                credentials: value("Authorization").or(value("Proxy-Authorization")).is_some(),
                takes_back: value("Expires") == Some("0")
                    || value("Contact").is_some_and(|contact| contact.ends_with(";expires=0")),
            },
        }
    }

    /// The words on the arrow, longest first: a caller takes the first that fits.
    pub fn labels(&self) -> Vec<String> {
        match &self.status {
            Some((status, reason)) => {
                let both = format!("{status} {reason}");
                vec![format!("{both} ({})", self.method), both, status.to_string()]
            }
            None => self.request(),
        }
    }

    fn request(&self) -> Vec<String> {
        let method = &self.method;
        let what = match method.as_str() {
            "INVITE" => format!("{method} {}", self.user),
            "REGISTER" if self.takes_back => "REGISTER off".to_owned(),
            _ => method.clone(),
        };
        match self.credentials {
            true => vec![format!("{what} + digest"), format!("{what} +auth"), what, method.clone()],
            false => vec![what, method.clone()],
        }
    }

    fn hue(&self, party: Party) -> Hue {
        match &self.status {
            None => Hue::of(party),
            Some((0..=199, _)) => Hue::Dim,
            Some((200..=299, _)) => Hue::Good,
            Some((401 | 407, _)) => Hue::Warn,
            Some(_) => Hue::Bad,
        }
    }
}

/// The three lifelines: Ada, Strowger, Grace, with so many columns between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// Columns between two lifelines.
    pub gap: usize,
}

/// What an arrow is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// Signalling.
    Single,
    /// Audio.
    Double,
}

impl Ladder {
    /// Its columns.
    pub const fn width(self) -> usize {
        2 * self.gap + 3
    }

    /// The names above the lifelines.
    pub fn heads(self) -> Line {
        let mut line = Line::default();
        line.push(Hue::Ada, "Ada 2001");
        line.pad_to(self.gap + 1 - "Strowger".len() / 2);
        line.push(Hue::Title, "Strowger");
        let grace = "Grace 2002";
        line.pad_to(self.width() - grace.len());
        line.push(Hue::Grace, grace);
        line
    }

    /// A row on which nothing passes.
    pub fn idle(self) -> Line {
        let mut line = Line::default();
        for _ in 0..2 {
            line.push(Hue::Dim, "│");
            line.push(Hue::Plain, &" ".repeat(self.gap));
        }
        line.push(Hue::Dim, "│");
        line
    }

    /// A row with a SIP message.
    pub fn message(self, party: Party, way: Way, message: &Message) -> Line {
        self.arrow(party, way, Stroke::Single, message.hue(party), &message.labels())
    }

    /// A row with an arrow between a phone and the server.
    pub fn arrow(self, party: Party, way: Way, stroke: Stroke, hue: Hue, labels: &[String]) -> Line {
        let to_the_right = (party == Party::Ada) == (way == Way::Out);
        let shaft = arrow(self.gap, to_the_right, stroke, labels);
        let mut line = Line::default();
        line.push(Hue::Dim, "│");
        let empty = " ".repeat(self.gap);
        match party {
            Party::Ada => {
                line.push(hue, &shaft);
                line.push(Hue::Dim, "│");
                line.push(Hue::Plain, &empty);
            }
            Party::Grace => {
                line.push(Hue::Plain, &empty);
                line.push(Hue::Dim, "│");
                line.push(hue, &shaft);
            }
        }
        line.push(Hue::Dim, "│");
        line
    }
}

/// An arrow of exactly `gap` columns with the first label that fits, or the last one cut.
fn arrow(gap: usize, to_the_right: bool, stroke: Stroke, labels: &[String]) -> String {
    let dash = match stroke {
        Stroke::Single => "─",
        Stroke::Double => "═",
    };
    let room = gap.saturating_sub(5);
    let fits = labels.iter().find(|label| label.chars().count() <= room).or(labels.last());
    let label: String = fits.map(|label| label.chars().take(room).collect()).unwrap_or_default();
    let rest = room - label.chars().count();
    match to_the_right {
        true => format!("{dash} {label} {}{dash}▶", dash.repeat(rest)),
        false => format!("◀{dash} {label} {}{dash}", dash.repeat(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line) -> String {
        line.render(false)
    }

    #[test]
    fn requests_show_whom_and_whether_they_carry_credentials() {
        let bytes = b"INVITE sip:1000@127.0.0.1:5060 SIP/2.0\r\nCSeq: 2 INVITE\r\nAuthorization: Digest a=b\r\n\r\nv=0";
        let message = Message::read(bytes);
        assert_eq!(
            (message.method.as_str(), message.user.as_str(), message.credentials),
            ("INVITE", "1000", true)
        );
        assert_eq!(message.labels()[0], "INVITE 1000 + digest");
    }

    #[test]
    fn responses_show_status_and_what_they_answer() {
        let message = Message::read(b"SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n\r\n");
        assert_eq!(message.status, Some((180, "Ringing".to_owned())));
        assert_eq!(message.labels()[0], "180 Ringing (INVITE)");
    }

    #[test]
    fn rubbish_is_shown_empty() {
        assert_eq!(Message::read(b"").labels()[0], "");
        assert_eq!(Message::read(b"\xff\xfe").status, None);
    }

    #[test]
    fn arrows_point_to_whom_the_message_goes() {
        let ladder = Ladder { gap: 15 };
        let message = Message::read(b"BYE sip:x@h SIP/2.0\r\n\r\n");
        let row = |party, way| text(&ladder.message(party, way, &message));
        assert_eq!(row(Party::Ada, Way::Out), "│─ BYE ────────▶│               │");
        assert_eq!(row(Party::Ada, Way::In), "│◀─ BYE ────────│               │");
        assert_eq!(row(Party::Grace, Way::Out), "│               │◀─ BYE ────────│");
        assert_eq!(row(Party::Grace, Way::In), "│               │─ BYE ────────▶│");
    }

    #[test]
    fn every_row_is_as_wide_as_the_ladder() {
        let long = Message::read(b"SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\r\n");
        for gap in 16..40 {
            let ladder = Ladder { gap };
            assert_eq!(ladder.idle().width(), ladder.width());
            assert_eq!(ladder.heads().width(), ladder.width());
            assert_eq!(ladder.message(Party::Grace, Way::In, &long).width(), ladder.width());
        }
    }
}
