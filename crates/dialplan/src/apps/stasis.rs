//! Stasis.

use call::Left;
use call::script::Entered;

use super::{DialplanApplication, Next};
use crate::arguments::parse_args;
use crate::walk::Here;

/// `Stasis(application[,argument…])`: hands the channel to an application. It comes back at the next priority or where the
/// application sends it. Where the application is not there, `STASISSTATUS` is `FAILED` and the next priority follows.
pub(super) const STASIS: DialplanApplication =
    DialplanApplication { name: "Stasis", run: |here, arguments| Box::pin(stasis(here, arguments)) };

async fn stasis(here: Here, arguments: String) -> Result<Next, Left> {
    let mut arguments = parse_args(&arguments);
    if arguments.first().is_none_or(|application| application.trim().is_empty()) {
        here.warn("Stasis needs the name of an application".to_owned()).await?;
        return Ok(Next::Hangup(None));
    }
    let application = arguments.remove(0);
    Ok(match here.chan.enter(application, arguments).await? {
        Entered::Returned(Some(location)) => Next::Jump(location),
        Entered::Returned(None) | Entered::Refused => Next::Continue,
    })
}
