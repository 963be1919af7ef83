//! [`Command`]: one entry of the table of commands, and how a line finds its entry.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::answer::{Answer, Trouble};
use super::operator::Operator;

/// Longest line that is taken, octets.
pub const LONGEST_LINE: usize = 8_192;

/// A command at work.
pub type Work = Pin<Box<dyn Future<Output = Result<Answer, Trouble>> + Send>>;

/// What a command is called with.
#[derive(Debug, Clone)]
pub struct Call {
    /// The line as typed.
    pub line: String,
    /// The words after the command's own.
    pub arguments: Vec<String>,
    /// The session that called, for what is set for it alone; `None` where nobody listens.
    pub session: Option<u64>,
}

impl Call {
    /// The arguments, where there are exactly so many.
    ///
    /// # Errors
    /// [`Trouble::Usage`] where there are not.
    pub fn exactly<const N: usize>(&self) -> Result<[&str; N], Trouble> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        arguments.try_into().map_err(|_| Trouble::Usage)
    }
}

/// What may stand after a command's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Complete {
    /// Nothing that is known ahead.
    Nothing,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A channel's name.
    Channel,
    /// A channel's name, or `all`.
    ChannelOrAll,
    /// A bridge's id.
    Bridge,
    /// An endpoint of `pjsip.conf`.
    Endpoint,
    /// An address of record of `pjsip.conf`.
    Aor,
    /// A registration of ours with others.
    Registration,
    /// A context of the dialplan.
    Context,
    /// A Stasis application.
    Application,
    /// The words of a command.
    Command,
}

/// One entry of the table.
pub struct Command {
    /// Its words.
    pub words: &'static str,
    /// What may follow, as the list of commands shows it; empty where nothing needs to be shown.
    pub arguments: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// How it is to be called.
    pub usage: &'static str,
    /// What its arguments may be.
    pub complete: Complete,
    /// Runs it.
    pub run: fn(Arc<Operator>, Call) -> Work,
}

impl Command {
    /// Its words and what may follow.
    pub fn full(&self) -> String {
        match self.arguments {
            "" => self.words.to_owned(),
            arguments => format!("{} {arguments}", self.words),
        }
    }
}

/// Cuts a line into words as Asterisk does: quotes hold words together, a backslash takes the next character as it is.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            character if character.is_whitespace() && !is_quoted => words.extend(word.take()),
            character => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// The command with most words that the given ones begin with, and what is left of them.
pub fn find<'t>(table: &[&'t Command], given: &[String]) -> Option<(&'t Command, Vec<String>)> {
    let fits = |command: &&&Command| {
        let own = command.words.split(' ').count();
        own <= given.len()
            && command.words.split(' ').zip(given).all(|(word, given)| word.eq_ignore_ascii_case(given))
    };
    let command = table.iter().filter(fits).max_by_key(|command| command.words.split(' ').count())?;
    Some((command, given[command.words.split(' ').count()..].to_vec()))
}

/// What the last word of a line may be continued to among the commands' own words, and the commands whose arguments it
/// is part of.
pub fn candidates<'t>(table: &[&'t Command], line: &str) -> (Vec<&'static str>, Vec<&'t Command>) {
    let mut given = words(line);
    let begun = if line.is_empty() || line.ends_with(char::is_whitespace) {
        String::new()
    } else {
        given.pop().unwrap_or_default()
    };
    let mut next = Vec::new();
    let mut asked = Vec::new();
    for command in table {
        let own: Vec<&str> = command.words.split(' ').collect();
        if !own.iter().zip(&given).all(|(word, given)| word.eq_ignore_ascii_case(given)) {
            continue;
        }
        match own.get(given.len()) {
            Some(word) if begins(word, &begun) => next.push(*word),
            Some(_) => {}
            None => asked.push(*command),
        }
    }
    next.sort_unstable();
    next.dedup();
    (next, asked)
}

/// Whether a word begins so, in any case.
pub fn begins(word: &str, begun: &str) -> bool {
    word.get(..begun.len()).is_some_and(|head| head.eq_ignore_ascii_case(begun))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn command(words: &'static str) -> Command {
        Command {
            words,
            arguments: "",
            summary: "",
            usage: "",
            complete: Complete::Nothing,
            run: |_, _| Box::pin(async { Ok(Answer::nothing()) }),
        }
    }

    const CHANNEL: Command = command("core show channel");
    const CHANNELS: Command = command("core show channels");
    const UPTIME: Command = command("core show uptime");

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(
            words(r#" channel originate PJSIP/a  application "Play back" a\ b """#),
            ["channel", "originate", "PJSIP/a", "application", "Play back", "a b", ""]
        );
    }

    #[test]
    fn the_longest_command_is_found_in_any_case_and_no_abbreviation() {
        let table = [&CHANNEL, &CHANNELS, &UPTIME];
        let find = |line: &str| find(&table, &words(line)).map(|(found, rest)| (found.words, rest));
        assert_eq!(
            find("core SHOW channels verbose"),
            Some(("core show channels", vec!["verbose".to_owned()]))
        );
        assert_eq!(find("core show channel"), Some(("core show channel", vec![])));
        assert_eq!(find("core show chan"), None);
        assert_eq!(find("core show"), None);
    }

    #[test]
    fn a_word_that_was_begun_is_completed() {
        let table = [&CHANNEL, &CHANNELS, &UPTIME];
        assert_eq!(candidates(&table, "co").0, ["core"]);
        assert_eq!(candidates(&table, "core show ").0, ["channel", "channels", "uptime"]);
        assert_eq!(candidates(&table, "core show ch").0, ["channel", "channels"]);
        let (next, asked) = candidates(&table, "core show channel PJ");
        assert!(next.is_empty());
        assert_eq!(asked[0].words, "core show channel");
    }
}
