//! Dial: calls others and connects the first that answers.

mod attempts;
mod options;
mod talk;

use std::time::Duration;

use call::event::DialStatus;
use call::{Calls, Cause, ChannelKey, Left, Notice};

use super::wait::seconds;
use super::{DialplanApplication, Next};
use crate::arguments::parse_args_up_to;
use crate::walk::Here;
use attempts::Attempts;
use options::Options;

/// `Dial(PJSIP/endpoint[&PJSIP/endpoint…][,seconds[,options[,url]]])`.
///
/// `DIALSTATUS` tells how it went: `ANSWER`, `NOANSWER`, `BUSY`, `CONGESTION` or `CHANUNAVAIL`. When the one who answered
/// hangs up the caller is hung up too, unless the option `g` is given. `r` lets the caller hear ringing at once, `m` music.
pub(super) const DIAL: DialplanApplication =
    DialplanApplication { name: "Dial", run: |here, arguments| Box::pin(dial(here, arguments)) };

/// Variables that are emptied first, so that nothing of an earlier Dial is taken for this one's.
const RESET: [&str; 11] = [
    "DIALSTATUS",
    "DIALEDPEERNUMBER",
    "DIALEDPEERNAME",
    "ANSWEREDTIME",
    "ANSWEREDTIME_MS",
    "DIALEDTIME",
    "DIALEDTIME_MS",
    "RINGTIME",
    "RINGTIME_MS",
    "PROGRESSTIME",
    "PROGRESSTIME_MS",
];

const RING_TIME: [&str; 2] = ["RINGTIME", "RINGTIME_MS"];
const PROGRESS_TIME: [&str; 2] = ["PROGRESSTIME", "PROGRESSTIME_MS"];
const ANSWERED_TIME: [&str; 2] = ["ANSWEREDTIME", "ANSWEREDTIME_MS"];
const DIALED_TIME: [&str; 2] = ["DIALEDTIME", "DIALEDTIME_MS"];

async fn dial(here: Here, arguments: String) -> Result<Next, Left> {
    let mut arguments = parse_args_up_to(&arguments, 4).into_iter();
    let destinations = arguments.next().unwrap_or_default();
    let time = arguments.next().filter(|time| !time.trim().is_empty());
    let (options, not_done) = Options::parse(&arguments.next().unwrap_or_default());
    let timeout = time.as_deref().and_then(seconds).filter(|time| !time.is_zero());
    for name in RESET {
        here.set(name, "").await?;
    }
    if destinations.trim().is_empty() {
        here.warn("Dial needs somebody to call".to_owned()).await?;
        here.set("DIALSTATUS", "INVALIDARGS").await?;
        return Ok(Next::Hangup(None));
    }
    if let Some(time) = time.filter(|_| timeout.is_none()) {
        here.warn(format!("`{time}` is no number of seconds; the call rings without end")).await?;
    }
    for option in not_done {
        here.warn(format!("the option `{option}` of Dial is not supported yet")).await?;
    }
    if here.chan.is_over() {
        here.set("DIALSTATUS", "CANCEL").await?;
        return Err(Left);
    }
    let mut attempts = Attempts::begin(&here, &destinations).await?;
    let begun = here.chan.now();
    let answered = match wait_for_answer(&here, &mut attempts, &options, timeout).await {
        Ok(answered) => answered,
        Err(Left) => {
            here.chan.last_words(given_up).await;
            return Err(Left);
        }
    };
    here.chan.with(move |calls, key| calls.hang_up_branches(key, answered)).await?;
    match answered {
        Some(peer) => talk::talk(&here, peer, attempts.dial_string(peer), &options, begun).await,
        None => {
            here.set("DIALSTATUS", attempts.status().word()).await?;
            Ok(Next::Continue)
        }
    }
}

/// The caller hung up while it rang.
fn given_up(calls: &mut Calls, key: ChannelKey) {
    calls.give_up_branches(key);
    calls.set_variable(Some(key), "DIALSTATUS", Some(DialStatus::Cancel.word().to_owned()));
}

/// Who answered first; `None` once all failed or the time is over.
async fn wait_for_answer(
    here: &Here,
    attempts: &mut Attempts,
    options: &Options,
    timeout: Option<Duration>,
) -> Result<Option<ChannelKey>, Left> {
    let until = timeout.map(|timeout| here.chan.now().saturating_add(timeout));
    let mut told = options::Waiting::default();
    if attempts.any_left() {
        told.begin(here, options).await?;
    }
    let begun = here.chan.now();
    let mut answered = None;
    while attempts.any_left() && answered.is_none() {
        match here.chan.next(until).await? {
            Notice::Branch { channel, progress } if attempts.has(channel) => match progress {
                call::script::Branch::Ringing => {
                    told.ringing(here, options).await?;
                    here.chan.with(move |calls, key| set_time(calls, key, RING_TIME, begun)).await?;
                }
                call::script::Branch::Progress => {
                    here.chan.with(move |calls, key| set_time(calls, key, PROGRESS_TIME, begun)).await?;
                    if attempts.is_only_one() && !options.hears_something() {
                        told.end(here).await?;
                        talk::bridge(here, channel).await?;
                    }
                }
                call::script::Branch::Answered => answered = Some(channel),
                call::script::Branch::Ended { cause } => attempts.ended(here, channel, cause).await?,
            },
            Notice::Deadline => {
                attempts.give_up(here).await?;
            }
            Notice::Branch { .. }
            | Notice::Digit { .. }
            | Notice::PlaybackFinished { .. }
            | Notice::RecordingFinished { .. }
            | Notice::DigitsSent
            | Notice::Poked => {}
        }
    }
    told.end(here).await?;
    Ok(answered)
}

/// Sets a time since `from`, in whole seconds and in milliseconds.
fn set_time(calls: &mut Calls, key: ChannelKey, [name, name_ms]: [&str; 2], from: Duration) {
    let time = calls.time().now.saturating_sub(from);
    calls.set_variable(Some(key), name, Some(time.as_secs().to_string()));
    calls.set_variable(Some(key), name_ms, Some(time.as_millis().to_string()));
}

/// How one end of an attempt counts.
fn counted(cause: Cause) -> Option<DialStatus> {
    match cause {
        Cause::BUSY => Some(DialStatus::Busy),
        Cause::CONGESTION => Some(DialStatus::Congestion),
        Cause::NO_ANSWER | Cause::NORMAL => None,
        Cause(_) => Some(DialStatus::ChanUnavail),
    }
}
