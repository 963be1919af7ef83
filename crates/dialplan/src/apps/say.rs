//! SayDigits, SayAlpha and SayNumber.

use call::Left;

use super::{DialplanApplication, Next};
use crate::arguments::parse_args;
use crate::walk::Here;

/// `SayDigits(digits)`.
pub(super) const SAY_DIGITS: DialplanApplication = DialplanApplication {
    name: "SayDigits",
    run: |here, arguments| Box::pin(say(here, "digits", arguments)),
};

/// `SayAlpha(text)`.
pub(super) const SAY_ALPHA: DialplanApplication = DialplanApplication {
    name: "SayAlpha",
    run: |here, arguments| Box::pin(say(here, "characters", arguments)),
};

/// `SayNumber(number)`. The gender after a comma is read over.
pub(super) const SAY_NUMBER: DialplanApplication = DialplanApplication {
    name: "SayNumber",
    run: |here, arguments| Box::pin(say(here, "number", arguments)),
};

/// Says what ARI says for the same scheme. Digits meanwhile are dropped; the channel is not answered.
async fn say(here: Here, scheme: &'static str, arguments: String) -> Result<Next, Left> {
    let text = parse_args(&arguments).into_iter().next().unwrap_or_default();
    if here.chan.is_over() {
        return Err(Left);
    }
    if !text.is_empty() {
        here.play(&format!("{scheme}:{text}"), "", |_| false).await?;
    }
    Ok(Next::Continue)
}
