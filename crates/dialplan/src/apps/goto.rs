//! Goto and GotoIf.

use call::{Left, Location};

use super::{DialplanApplication, Next};
use crate::substitute::is_true;
use crate::times::TimeRestriction;
use crate::walk::Here;

/// `Goto([[context,]extension,]priority)`.
pub(super) const GOTO: DialplanApplication =
    DialplanApplication { name: "Goto", run: |here, arguments| Box::pin(goto(here, arguments)) };

/// `GotoIf(condition?place if true:place if false)`; without a place the next priority follows.
pub(super) const GOTO_IF: DialplanApplication =
    DialplanApplication { name: "GotoIf", run: |here, arguments| Box::pin(goto_if(here, arguments)) };

/// `GotoIfTime(times,weekdays,days,months[,zone]?place if within:place if not)`, by the local time.
pub(super) const GOTO_IF_TIME: DialplanApplication = DialplanApplication {
    name: "GotoIfTime",
    run: |here, arguments| Box::pin(goto_if_time(here, arguments)),
};

async fn goto_if_time(here: Here, arguments: String) -> Result<Next, Left> {
    let Some((times, places)) = arguments.split_once('?') else {
        here.warn("GotoIfTime needs times, `?` and a place".to_owned()).await?;
        return Ok(Next::Continue);
    };
    let times = match TimeRestriction::parse(times) {
        Ok(times) => times,
        Err(error) => {
            here.warn(format!("GotoIfTime: {error}")).await?;
            return Ok(Next::Continue);
        }
    };
    if let Some(zone) = &times.zone {
        here.warn(format!("the time zone `{zone}` is not supported yet; the server's own is used")).await?;
    }
    let within = times.includes(here.circumstances().await?.now);
    let (inside, outside) = places.split_once(':').unwrap_or((places, ""));
    match if within { inside } else { outside }.trim() {
        "" => Ok(Next::Continue),
        place => goto(here.clone(), place.to_owned()).await,
    }
}

async fn goto_if(here: Here, arguments: String) -> Result<Next, Left> {
    let Some((condition, places)) = arguments.split_once('?') else {
        here.warn("GotoIf needs a condition, `?` and a place".to_owned()).await?;
        return Ok(Next::Continue);
    };
    let (if_true, if_false) = places.split_once(':').unwrap_or((places, ""));
    let place = if is_true(condition) { if_true } else { if_false };
    match place.trim() {
        "" => Ok(Next::Continue),
        place => goto(here.clone(), place.to_owned()).await,
    }
}

async fn goto(here: Here, place: String) -> Result<Next, Left> {
    match resolve(&here, &place).await? {
        Some(location) => Ok(Next::Jump(location)),
        None => {
            here.warn(format!("`{place}` is neither a priority nor a label")).await?;
            Ok(Next::Hangup(None))
        }
    }
}

/// A priority is a number, a label, or a number of steps ahead (`+2`) or back (`-2`).
pub(super) async fn resolve(here: &Here, place: &str) -> Result<Option<Location>, Left> {
    let parts: Vec<&str> = place.splitn(3, ',').map(str::trim).collect();
    let (context, exten, priority) = match parts[..] {
        [priority] => (None, None, priority),
        [exten, priority] => (None, Some(exten), priority),
        [context, exten, priority, ..] => (Some(context), Some(exten), priority),
        [] => (None, None, ""),
    };
    let context = context.filter(|context| !context.is_empty()).unwrap_or(&here.at.context);
    let exten = exten.filter(|exten| !exten.is_empty()).unwrap_or(&here.at.exten);
    let steps = |digits: &str| digits.parse::<u32>().ok();
    let number = match (priority.strip_prefix('+'), priority.strip_prefix('-')) {
        (Some(ahead), _) => steps(ahead).map(|ahead| here.at.priority.saturating_add(ahead)),
        (None, Some(back)) => steps(back).map(|back| here.at.priority.saturating_sub(back)),
        (None, None) => steps(priority),
    };
    let priority = match number {
        Some(number) => Some(number),
        None => {
            let circumstances = here.circumstances().await?;
            let found = here.plan.find_label(circumstances.query(context, exten), priority);
            found.ok().map(|found| found.priority)
        }
    };
    let priority = priority.filter(|priority| *priority > 0);
    let place = |priority| Location { context: context.to_owned(), exten: exten.to_owned(), priority };
    Ok(priority.map(place))
}
