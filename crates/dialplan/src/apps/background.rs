//! BackGround and WaitExten: the caller dials an extension of the context it is in.

use call::{ChannelState, Left, Location};

use super::playback::Played;
use super::wait::seconds;
use super::{DialplanApplication, Next};
use crate::arguments::parse_args_up_to;
use crate::walk::{Here, RESPONSE_TIMEOUT};

/// `BackGround(file[&file…][,options[,language[,context]]])`: plays until a digit begins an extension. Options: `s` skips
/// where the channel is not answered, `n` does not answer, `m` breaks off only for a digit that is an extension, `p` for
/// none. `BACKGROUNDSTATUS` is `SUCCESS` or `FAILED`.
pub(super) const BACKGROUND: DialplanApplication =
    DialplanApplication { name: "BackGround", run: |here, arguments| Box::pin(background(here, arguments)) };

/// `WaitExten([seconds[,m(class)]])`: waits for the first digit of an extension, 10 s where nothing is said. Without one
/// the next priority follows, or `t` where there is none; `m` plays music meanwhile.
pub(super) const WAIT_EXTEN: DialplanApplication =
    DialplanApplication { name: "WaitExten", run: |here, arguments| Box::pin(wait_exten(here, arguments)) };

async fn background(here: Here, arguments: String) -> Result<Next, Left> {
    let mut arguments = parse_args_up_to(&arguments, 4).into_iter();
    let files = arguments.next().unwrap_or_default();
    let options = arguments.next().unwrap_or_default();
    let language = arguments.next().unwrap_or_default();
    let context = arguments.next().filter(|context| !context.is_empty());
    let context = context.unwrap_or_else(|| here.at.context.clone());
    if here.chan.with(|calls, key| calls.state(key)).await? != Some(ChannelState::Up) {
        if options.contains('s') {
            here.set("BACKGROUNDSTATUS", "SUCCESS").await?;
            return Ok(Next::Continue);
        }
        if here.chan.is_over() {
            here.set("BACKGROUNDSTATUS", "SUCCESS").await?;
            return Err(Left);
        }
        if !options.contains('n') {
            here.chan.with(|calls, key| calls.answer(key)).await?;
        }
    }
    let circumstances = here.circumstances().await?;
    let is_extension = |digit: char| {
        let digits = digit.to_string();
        here.plan.find(circumstances.query(&context, &digits), 1).is_ok()
    };
    let ends = |digit| match (options.contains('p'), options.contains('m')) {
        (true, _) => false,
        (false, true) => is_extension(digit),
        (false, false) => true,
    };
    let mut failed = files.is_empty();
    let mut dialled = None;
    for file in files.split('&').filter(|file| !file.is_empty()) {
        match here.play(file, &language, ends).await? {
            Played::Through => {}
            Played::Failed => failed = true,
            Played::Until(digit) => {
                dialled = Some(digit);
                break;
            }
        }
    }
    here.set("BACKGROUNDSTATUS", if failed { "FAILED" } else { "SUCCESS" }).await?;
    let Some(digit) = dialled else { return Ok(Next::Continue) };
    let exten = digit.to_string();
    // An extension of one digit that no other begins with is entered at once, in the context that was named.
    if is_extension(digit) && !here.plan.match_more(circumstances.query(&context, &exten)) {
        return Ok(Next::Jump(Location { context, exten, priority: 1 }));
    }
    Ok(Next::Dialled(digit))
}

async fn wait_exten(here: Here, arguments: String) -> Result<Next, Left> {
    if here.chan.is_over() {
        return Err(Left);
    }
    let mut arguments = parse_args_up_to(&arguments, 2).into_iter();
    let time = arguments.next().as_deref().and_then(seconds).filter(|time| !time.is_zero());
    let options = arguments.next().unwrap_or_default();
    let music = options.trim().strip_prefix('m').map(|class| {
        let class = class.strip_prefix('(').and_then(|class| class.strip_suffix(')'));
        class.unwrap_or_default().to_owned()
    });
    let has_music = music.is_some();
    if let Some(class) = music {
        here.chan.with(move |calls, key| calls.start_music(key, &class)).await?;
    }
    let until = here.chan.now().saturating_add(time.unwrap_or(RESPONSE_TIMEOUT));
    let digit = here.digit(until).await?;
    if has_music {
        here.chan.with(|calls, key| calls.stop_music(key)).await?;
    }
    if let Some(digit) = digit {
        return Ok(Next::Dialled(digit));
    }
    let Location { context, exten, priority } = here.at.clone();
    if here.has(&context, &exten, priority.saturating_add(1)).await? {
        return Ok(Next::Continue);
    }
    if here.has(&context, "t", 1).await? {
        return Ok(Next::Jump(Location { context, exten: "t".to_owned(), priority: 1 }));
    }
    here.warn(format!("nothing was dialled, and [{context}] has no extension `t`")).await?;
    Ok(Next::Hangup(None))
}
