//! NoOp and Verbose: steps that only tell who follows the log.

use call::{Left, LogLevel};

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `NoOp([text])`: the step itself is logged, and that is all.
pub(super) const NO_OP: DialplanApplication =
    DialplanApplication { name: "NoOp", run: |_, _| Box::pin(async { Ok(Next::Continue) }) };

/// `Verbose([level,]text)`. The level, 0 to 4, is read over: all of them are one level here.
pub(super) const VERBOSE: DialplanApplication =
    DialplanApplication { name: "Verbose", run: |here, arguments| Box::pin(verbose(here, arguments)) };

async fn verbose(here: Here, arguments: String) -> Result<Next, Left> {
    let text = match arguments.split_once(',') {
        Some((level, text)) if level.trim().parse::<u8>().is_ok() => text.to_owned(),
        Some(_) | None => arguments,
    };
    here.chan.with(move |calls, _| calls.log(LogLevel::Verbose, text)).await?;
    Ok(Next::Continue)
}
