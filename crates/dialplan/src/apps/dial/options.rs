//! The options of Dial, and what the caller hears meanwhile.

use call::{ChannelState, Left, PlaybackKey};

use crate::apps::begin_playing;
use crate::walk::Here;

/// What is asked of Dial.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// `g`: the dialplan goes on when the one who answered hangs up.
    pub go_on: bool,
    /// `r`: the caller hears ringing at once.
    pub ring: bool,
    /// `m`: the caller hears music of this class.
    pub music: Option<String>,
}

impl Options {
    /// Reads option letters, each with its argument in parentheses; also gives the letters nothing is done for.
    pub fn parse(text: &str) -> (Options, Vec<char>) {
        let mut options = Options::default();
        let mut not_done = Vec::new();
        let mut rest = text.trim();
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            let mut argument = "";
            if let Some((inside, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                (argument, rest) = (inside, after);
            }
            match letter {
                'g' => options.go_on = true,
                'r' => options.ring = true,
                'm' => options.music = Some(argument.to_owned()),
                other => not_done.push(other),
            }
        }
        (options, not_done)
    }

    /// Whether the caller hears something of ours until somebody answers.
    pub fn hears_something(&self) -> bool {
        self.ring || self.music.is_some()
    }
}

/// What the caller was told while it waits.
#[derive(Default)]
pub(super) struct Waiting {
    rings: bool,
    tone: Option<PlaybackKey>,
    music: bool,
}

impl Waiting {
    /// Before anybody rings.
    pub async fn begin(&mut self, here: &Here, options: &Options) -> Result<(), Left> {
        if let Some(class) = options.music.clone() {
            self.music = true;
            here.chan
                .with(move |calls, key| {
                    calls.progress(key);
                    calls.start_music(key, &class);
                })
                .await?;
        } else if options.ring {
            self.ring(here).await?;
        }
        Ok(())
    }

    /// Somebody rings.
    pub async fn ringing(&mut self, here: &Here, options: &Options) -> Result<(), Left> {
        if options.music.is_none() { self.ring(here).await } else { Ok(()) }
    }

    /// A caller that is answered already hears the tone.
    async fn ring(&mut self, here: &Here) -> Result<(), Left> {
        if std::mem::replace(&mut self.rings, true) {
            return Ok(());
        }
        self.tone = here
            .chan
            .with(|calls, key| {
                calls.ring(key);
                let hears = calls.state(key) == Some(ChannelState::Up) && calls.bridge_of(key).is_none();
                if hears { begin_playing(calls, key, "tone:ring", "") } else { None }
            })
            .await?;
        Ok(())
    }

    /// Somebody answered, or nobody will.
    pub async fn end(&mut self, here: &Here) -> Result<(), Left> {
        let (tone, music) = (self.tone.take(), self.music);
        here.chan
            .with(move |calls, key| {
                if let Some(tone) = tone {
                    calls.stop_playback(tone);
                }
                if music {
                    calls.stop_music(key);
                }
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn letters_are_read_with_their_arguments() {
        let (options, not_done) = Options::parse("gm(loud)rL(60000:30000)H");
        assert_eq!(options, Options { go_on: true, ring: true, music: Some("loud".to_owned()) });
        assert_eq!(not_done, ['L', 'H']);
        assert_eq!(
            Options::parse("m"),
            (Options { music: Some(String::new()), ..Options::default() }, vec![])
        );
    }
}
