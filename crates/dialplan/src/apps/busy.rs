//! Busy and Congestion.

use std::time::Duration;

use call::{Cause, Left};

use super::wait::seconds;
use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Busy([seconds])`: the caller is told so and hung up; one that is answered hears the tone for that time, without a time
/// until it hangs up.
pub(super) const BUSY: DialplanApplication = DialplanApplication {
    name: "Busy",
    run: |here, arguments| Box::pin(end(here, arguments, "busy", Cause::BUSY)),
};

/// `Congestion([seconds])`, likewise.
pub(super) const CONGESTION: DialplanApplication = DialplanApplication {
    name: "Congestion",
    run: |here, arguments| Box::pin(end(here, arguments, "congestion", Cause::CONGESTION)),
};

/// Until the caller hangs up: a day.
const WITHOUT_END: Duration = Duration::from_secs(86_400);

async fn end(here: Here, arguments: String, tone: &'static str, cause: Cause) -> Result<Next, Left> {
    let time = seconds(&arguments).filter(|time| !time.is_zero()).unwrap_or(WITHOUT_END);
    here.hear_tone(tone, time).await?;
    Ok(Next::Hangup(Some(cause)))
}
