//! Answer, Ringing and Progress: what a caller is told before anybody speaks.

use std::time::Duration;

use call::Left;

use super::{DialplanApplication, Next};
use crate::arguments::parse_args;
use crate::walk::Here;

/// `Answer([delay])`: answers, then waits so many milliseconds.
pub(super) const ANSWER: DialplanApplication =
    DialplanApplication { name: "Answer", run: |here, arguments| Box::pin(answer(here, arguments)) };

/// `Ringing()`.
pub(super) const RINGING: DialplanApplication =
    DialplanApplication { name: "Ringing", run: |here, _| Box::pin(ringing(here)) };

/// `Progress()`: opens early media.
pub(super) const PROGRESS: DialplanApplication =
    DialplanApplication { name: "Progress", run: |here, _| Box::pin(progress(here)) };

async fn answer(here: Here, arguments: String) -> Result<Next, Left> {
    if here.chan.is_over() {
        return Err(Left);
    }
    here.chan.with(|calls, key| calls.answer(key)).await?;
    let delay = parse_args(&arguments).first().and_then(|delay| delay.trim().parse().ok()).unwrap_or(0);
    if delay > 0 {
        here.chan.pause(Duration::from_millis(delay)).await?;
    }
    Ok(Next::Continue)
}

async fn ringing(here: Here) -> Result<Next, Left> {
    here.chan.with(|calls, key| calls.ring(key)).await?;
    Ok(Next::Continue)
}

async fn progress(here: Here) -> Result<Next, Left> {
    here.chan.with(|calls, key| calls.progress(key)).await?;
    Ok(Next::Continue)
}
