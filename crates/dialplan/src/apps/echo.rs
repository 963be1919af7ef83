//! Echo.

use call::{Left, Notice};

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Echo()`: the caller hears itself until it presses `#` or hangs up.
pub(super) const ECHO: DialplanApplication =
    DialplanApplication { name: "Echo", run: |here, _| Box::pin(echo(here)) };

async fn echo(here: Here) -> Result<Next, Left> {
    here.chan.with(|calls, key| calls.echo(key, true)).await?;
    while !matches!(here.chan.next(None).await?, Notice::Digit { digit: '#', .. }) {}
    here.chan.with(|calls, key| calls.echo(key, false)).await?;
    Ok(Next::Continue)
}
