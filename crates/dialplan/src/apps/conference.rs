//! Conference: an application of this program's own.

use std::sync::Arc;

use call::bridge::{BridgeClass, Join};
use call::{BridgeKind, Left};

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Conference(name)`: answers and joins all who gave the same name, until hang-up. The bridge has the id
/// `conference-<name>`; the first hears music until the
/// second comes.
pub(super) const CONFERENCE: DialplanApplication =
    DialplanApplication { name: "Conference", run: |here, arguments| Box::pin(conference(here, arguments)) };

async fn conference(here: Here, arguments: String) -> Result<Next, Left> {
    let name = arguments.split(',').next().unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        here.warn("Conference needs a name".to_owned()).await?;
        return Ok(Next::Continue);
    }
    if here.chan.is_over() {
        return Err(Left);
    }
    let joined = here
        .chan
        .with(move |calls, key| {
            calls.answer(key);
            let id: Arc<str> = format!("conference-{name}").into();
            let bridge = calls.bridge_by_id(&id).or_else(|| {
                calls.create_bridge(Some(id), &name, BridgeKind::Mixing, BridgeClass::Dialplan).ok()
            })?;
            calls.join_bridge(bridge, key, Join { keep_connected_line: true, ..Join::PARTICIPANT });
            match calls.bridge_channels(bridge).len() {
                1 => calls.start_bridge_music(bridge, ""),
                _ => {
                    calls.stop_bridge_music(bridge);
                }
            }
            Some(())
        })
        .await?;
    if joined.is_none() {
        here.warn("there are as many bridges as admitted".to_owned()).await?;
        return Ok(Next::Continue);
    }
    loop {
        here.chan.next(None).await?;
    }
}
