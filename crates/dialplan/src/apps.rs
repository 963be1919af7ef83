//! The dialplan applications, one file each, as a table of values.

use std::future::Future;
use std::pin::Pin;

use call::{Cause, Left, Location};

use crate::walk::Here;

mod answer;
mod background;
mod busy;
mod conference;
mod dial;
mod echo;
mod exec_if;
mod gosub;
mod goto;
mod hangup;
mod music;
mod noop;
mod playback;
mod read;
mod say;
mod set;
mod stasis;
mod wait;

pub(crate) use gosub::Frame;
pub(crate) use playback::begin_playing;

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
    background::BACKGROUND,
    background::WAIT_EXTEN,
    busy::BUSY,
    busy::CONGESTION,
    conference::CONFERENCE,
    dial::DIAL,
    echo::ECHO,
    exec_if::EXEC_IF,
    gosub::GOSUB,
    gosub::GOSUB_IF,
    gosub::RETURN,
    goto::GOTO,
    goto::GOTO_IF,
    goto::GOTO_IF_TIME,
    hangup::HANGUP,
    music::MUSIC_ON_HOLD,
    music::START_MUSIC_ON_HOLD,
    music::STOP_MUSIC_ON_HOLD,
    noop::NO_OP,
    noop::VERBOSE,
    playback::PLAYBACK,
    read::READ,
    say::SAY_ALPHA,
    say::SAY_DIGITS,
    say::SAY_NUMBER,
    set::SET,
    stasis::STASIS,
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
