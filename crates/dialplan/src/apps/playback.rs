//! Playback, and the playing of files that other applications share.

use call::playback::{NewPlayback, Place};
use call::{Calls, ChannelKey, ChannelState, Left, Notice, PlaybackKey};
use std::sync::Arc;

use super::{DialplanApplication, Next};
use crate::arguments::parse_args_up_to;
use crate::walk::Here;

/// `Playback(file[&file…][,skip|noanswer])`: answers, unless told otherwise, and plays the files. `PLAYBACKSTATUS` is
/// `SUCCESS` or, where one of them could not be played, `FAILED`. The option `say` is not supported.
pub(super) const PLAYBACK: DialplanApplication =
    DialplanApplication { name: "Playback", run: |here, arguments| Box::pin(playback(here, arguments)) };

async fn playback(here: Here, arguments: String) -> Result<Next, Left> {
    let arguments = parse_args_up_to(&arguments, 2);
    let files = arguments.first().cloned().unwrap_or_default();
    let options = arguments.get(1).map(|options| options.to_ascii_lowercase()).unwrap_or_default();
    let has = |option: &str| options.split([',', '|', '&']).any(|given| given.trim() == option);
    let state = here.chan.with(|calls, key| calls.state(key)).await?;
    if state != Some(ChannelState::Up) {
        if has("skip") {
            here.set("PLAYBACKSTATUS", "SUCCESS").await?;
            return Ok(Next::Continue);
        }
        if here.chan.is_over() {
            // Nobody can be answered any more; the status is Asterisk's.
            here.set("PLAYBACKSTATUS", "SUCCESS").await?;
            return Err(Left);
        }
        if !has("noanswer") {
            here.chan.with(|calls, key| calls.answer(key)).await?;
        }
    }
    let mut failed = files.is_empty();
    for file in files.split('&').filter(|file| !file.is_empty()) {
        failed |= here.play(file, "", |_| false).await? == Played::Failed;
    }
    here.set("PLAYBACKSTATUS", if failed { "FAILED" } else { "SUCCESS" }).await?;
    Ok(Next::Continue)
}

/// How a file was played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Played {
    /// To its end.
    Through,
    /// Not at all.
    Failed,
    /// Until this digit came.
    Until(char),
}

impl Here {
    /// Plays a file to its end or to a digit that `ends` it. Other digits are dropped; a file that cannot be played is
    /// logged.
    pub(super) async fn play(
        &self,
        file: &str,
        language: &str,
        ends: impl Fn(char) -> bool,
    ) -> Result<Played, Left> {
        if self.chan.is_over() {
            return Ok(Played::Failed);
        }
        let (uri, language) = (uri(file), language.to_owned());
        let begun = self.chan.with(move |calls, key| begin_playing(calls, key, &uri, &language)).await?;
        let Some(begun) = begun else { return Ok(Played::Failed) };
        loop {
            match self.chan.next(None).await? {
                Notice::PlaybackFinished { playback, failed } if playback == begun => {
                    if failed {
                        self.warn(format!("`{}` could not be played", file.trim())).await?;
                        return Ok(Played::Failed);
                    }
                    return Ok(Played::Through);
                }
                Notice::Digit { digit, .. } if ends(digit) => {
                    self.chan.with(move |calls, _| calls.stop_playback(begun)).await?;
                    return Ok(Played::Until(digit));
                }
                Notice::Digit { .. }
                | Notice::PlaybackFinished { .. }
                | Notice::RecordingFinished { .. }
                | Notice::DigitsSent
                | Notice::Branch { .. }
                | Notice::Poked
                | Notice::Deadline => {}
            }
        }
    }
}

/// A file's name is a sound; what has a scheme of ARI's, such as `tone:busy`, is played as there.
fn uri(file: &str) -> String {
    let file = file.trim();
    let schemes = ["sound:", "recording:", "number:", "digits:", "characters:", "tone:"];
    match schemes.iter().any(|scheme| file.starts_with(scheme)) {
        true => file.to_owned(),
        false => format!("sound:{file}"),
    }
}

/// Begins to play a media URI to a channel. `None` where the channel is gone.
pub(crate) fn begin_playing(
    calls: &mut Calls,
    key: ChannelKey,
    uri: &str,
    language: &str,
) -> Option<PlaybackKey> {
    let playback = calls.queue_playback(
        Place::Channel(key),
        NewPlayback {
            id: Arc::from("dialplan"),
            media: vec![uri.to_owned()],
            language: language.to_owned(),
            offset_ms: 0,
            skip_ms: 0,
            told: false,
        },
    )?;
    calls.start_playback(playback);
    Some(playback)
}
