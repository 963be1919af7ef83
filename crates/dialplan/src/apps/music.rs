//! MusicOnHold.

use call::{Left, Notice};

use super::wait::seconds;
use super::{DialplanApplication, Next};
use crate::arguments::parse_args;
use crate::walk::Here;

/// `MusicOnHold([class[,seconds]])`: music until the time is over, without a time until hang-up.
pub(super) const MUSIC_ON_HOLD: DialplanApplication =
    DialplanApplication { name: "MusicOnHold", run: |here, arguments| Box::pin(music(here, arguments)) };

async fn music(here: Here, arguments: String) -> Result<Next, Left> {
    let mut arguments = parse_args(&arguments).into_iter();
    let class = arguments.next().unwrap_or_default();
    let time = arguments.next().as_deref().and_then(seconds);
    if here.chan.is_over() {
        return Err(Left);
    }
    let until = time.map(|time| here.chan.now().saturating_add(time));
    here.chan
        .with(move |calls, key| {
            calls.progress(key);
            calls.start_music(key, class.trim());
        })
        .await?;
    while here.chan.next(until).await? != Notice::Deadline {}
    here.chan.with(|calls, key| calls.stop_music(key)).await?;
    Ok(Next::Continue)
}

/// `StartMusicOnHold([class])`: music in the background of what follows.
pub(super) const START_MUSIC_ON_HOLD: DialplanApplication =
    DialplanApplication { name: "StartMusicOnHold", run: |here, arguments| Box::pin(start(here, arguments)) };

/// `StopMusicOnHold()`.
pub(super) const STOP_MUSIC_ON_HOLD: DialplanApplication =
    DialplanApplication { name: "StopMusicOnHold", run: |here, _| Box::pin(stop(here)) };

async fn start(here: Here, arguments: String) -> Result<Next, Left> {
    let class = parse_args(&arguments).into_iter().next().unwrap_or_default();
    if here.chan.is_over() {
        return Ok(Next::Continue);
    }
    here.chan.with(move |calls, key| calls.start_music(key, class.trim())).await?;
    Ok(Next::Continue)
}

async fn stop(here: Here) -> Result<Next, Left> {
    here.chan.with(|calls, key| calls.stop_music(key)).await?;
    Ok(Next::Continue)
}
