//! Wait.

use std::time::Duration;

use call::Left;

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Wait(seconds)`, fractions too. Digits meanwhile are dropped.
pub(super) const WAIT: DialplanApplication =
    DialplanApplication { name: "Wait", run: |here, arguments| Box::pin(wait(here, arguments)) };

async fn wait(here: Here, arguments: String) -> Result<Next, Left> {
    match seconds(&arguments) {
        Some(time) => here.chan.pause(time).await?,
        None => here.warn(format!("`{arguments}` is no number of seconds")).await?,
    }
    Ok(Next::Continue)
}

/// Reads seconds, at most a day of them.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    const DAY_S: f64 = 86_400.0;
    let seconds = text.trim().parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)?;
    Duration::try_from_secs_f64(seconds.min(DAY_S)).ok()
}
