//! The dialplan applications, one file each, as a table of values.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use call::playback::{NewPlayback, Place};
use call::{Calls, Cause, ChannelKey, Left, Location, PlaybackKey};

use crate::walk::Here;

mod answer;
mod goto;
mod hangup;
mod noop;
mod set;
mod wait;

/// What an application comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The next priority.
    Continue,
    /// Another place.
    Jump(Location),
    /// The caller began to dial an extension of the context it is in.
    Dialled(char),
    /// The channel ends; without a cause with the one it heard last.
    Hangup(Option<Cause>),
}

/// An application at work.
pub(crate) type Work = Pin<Box<dyn Future<Output = Result<Next, Left>>>>;

/// A dialplan application.
pub(crate) struct DialplanApplication {
    /// Its name as Asterisk writes it.
    pub name: &'static str,
    /// Begins it on a channel, with its arguments.
    pub run: fn(Here, String) -> Work,
}

const TABLE: &[DialplanApplication] = &[
    answer::ANSWER,
    answer::PROGRESS,
    answer::RINGING,
    goto::GOTO,
    goto::GOTO_IF,
    hangup::HANGUP,
    noop::NO_OP,
    noop::VERBOSE,
    set::SET,
    wait::WAIT,
];

const NAMES: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut at = 0;
    while at < TABLE.len() {
        names[at] = TABLE[at].name;
        at += 1;
    }
    names
};

/// The applications that [`run`](crate::run) runs.
pub const SUPPORTED: &[&str] = &NAMES;

/// The application of that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static DialplanApplication> {
    TABLE.iter().find(|known| known.name.eq_ignore_ascii_case(name))
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
