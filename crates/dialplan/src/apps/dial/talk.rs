//! From the answer to the end of the call.

use std::time::Duration;

use call::bridge::{BridgeClass, Join};
use call::script::Branch;
use call::{BridgeKind, Calls, Cause, ChannelKey, Left, Notice};

use super::options::Options;
use super::{ANSWERED_TIME, DIALED_TIME, set_time};
use crate::apps::Next;
use crate::walk::Here;

/// Connects the caller with whom answered, until either side ends.
pub(super) async fn talk(
    here: &Here,
    peer: ChannelKey,
    dial_string: String,
    options: &Options,
    begun: Duration,
) -> Result<Next, Left> {
    let answered = here.chan.now();
    let name = here
        .chan
        .with(move |calls, _| calls.snapshot(peer).map(|peer| peer.name.to_string()).unwrap_or_default())
        .await?;
    here.set("DIALSTATUS", "ANSWER").await?;
    here.set("DIALEDPEERNAME", name).await?;
    here.set("DIALEDPEERNUMBER", dial_string).await?;
    here.chan.with(|calls, key| calls.answer(key)).await?;
    // One who is gone again already is told of below.
    if !bridge(here, peer).await? && here.chan.with(move |calls, _| calls.is_staying(peer)).await? {
        here.warn("the two could not be bridged".to_owned()).await?;
        here.chan.with(|calls, key| calls.hang_up_branches(key, None)).await?;
        return Ok(Next::Hangup(Some(Cause::CONGESTION)));
    }
    let until_the_end = until_the_end(here, peer).await;
    let times = move |calls: &mut Calls, key| {
        set_time(calls, key, ANSWERED_TIME, answered);
        set_time(calls, key, DIALED_TIME, begun);
        calls.set_variable(Some(key), "DIALSTATUS", Some("ANSWER".to_owned()));
    };
    let cause = match until_the_end {
        Ok(cause) => cause,
        Err(Left) => {
            here.chan.last_words(times).await;
            return Err(Left);
        }
    };
    here.chan
        .with(move |calls, key| {
            calls.set_peer_cause(key, cause);
            calls.leave_bridge(key);
            times(calls, key);
        })
        .await?;
    Ok(if options.go_on { Next::Continue } else { Next::Hangup(Some(Cause::NORMAL)) })
}

/// Why the one who answered ended.
async fn until_the_end(here: &Here, peer: ChannelKey) -> Result<Cause, Left> {
    loop {
        match here.chan.next(None).await? {
            Notice::Branch { channel, progress: Branch::Ended { cause } } if channel == peer => {
                return Ok(cause);
            }
            Notice::Branch { .. }
            | Notice::Digit { .. }
            | Notice::PlaybackFinished { .. }
            | Notice::RecordingFinished { .. }
            | Notice::DigitsSent
            | Notice::Poked
            | Notice::Deadline => {}
        }
    }
}

/// Brings both into a bridge of their own; `false` where there is no bridge to be had. Those who hear each other
/// already, by early media, stay where they are.
pub(super) async fn bridge(here: &Here, peer: ChannelKey) -> Result<bool, Left> {
    here.chan
        .with(move |calls, key| {
            let shared = calls.bridge_of(key).filter(|bridge| calls.bridge_of(peer) == Some(*bridge));
            if shared.is_some() {
                return true;
            }
            if !calls.is_staying(peer) {
                return false;
            }
            calls.progress(key);
            let made = calls.create_bridge(None, "", BridgeKind::Mixing, BridgeClass::Dialplan);
            let Ok(bridge) = made else { return false };
            calls.join_bridge(bridge, peer, Join::PARTICIPANT);
            calls.join_bridge(bridge, key, Join::PARTICIPANT)
        })
        .await
}
