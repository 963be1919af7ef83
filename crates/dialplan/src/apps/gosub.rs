//! Gosub, GosubIf and Return.

use call::{Left, Location};

use super::goto::resolve;
use super::{DialplanApplication, Next};
use crate::arguments::parse_args;
use crate::substitute::is_true;
use crate::walk::Here;

/// How deep subroutines nest; one more hangs up.
pub(crate) const MOST_FRAMES: usize = 100;

/// One subroutine under way.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Where it returns to.
    back: Location,
    /// What its variables were outside.
    outside: Vec<(String, Option<String>)>,
}

/// `Gosub([[context,]extension,]priority[(argument,…)])`: runs from there to `Return`, with `ARG1`… and `ARGC`.
pub(super) const GOSUB: DialplanApplication =
    DialplanApplication { name: "Gosub", run: |here, arguments| Box::pin(gosub(here, arguments)) };

/// `GosubIf(condition?place if true:place if false)`.
pub(super) const GOSUB_IF: DialplanApplication =
    DialplanApplication { name: "GosubIf", run: |here, arguments| Box::pin(gosub_if(here, arguments)) };

/// `Return([value])`: goes on after the Gosub, with `GOSUB_RETVAL`.
pub(super) const RETURN: DialplanApplication =
    DialplanApplication { name: "Return", run: |here, arguments| Box::pin(return_to(here, arguments)) };

async fn gosub_if(here: Here, arguments: String) -> Result<Next, Left> {
    let Some((condition, places)) = arguments.split_once('?') else {
        here.warn("GosubIf needs a condition, `?` and a place".to_owned()).await?;
        return Ok(Next::Continue);
    };
    let (if_true, if_false) = super::exec_if::alternatives(places);
    let place = if is_true(condition) { if_true } else { if_false }.trim().to_owned();
    if place.is_empty() { Ok(Next::Continue) } else { gosub(here, place).await }
}

async fn gosub(here: Here, arguments: String) -> Result<Next, Left> {
    let (place, given) = match arguments.split_once('(') {
        Some((place, given)) => (place, parse_args(given.strip_suffix(')').unwrap_or(given))),
        None => (arguments.as_str(), Vec::new()),
    };
    let Some(to) = resolve(&here, place).await? else {
        here.warn(format!("`{place}` is neither a priority nor a label")).await?;
        return Ok(Next::Hangup(None));
    };
    if !here.has(&to.context, &to.exten, to.priority).await? {
        here.warn(format!("nothing stands at {},{},{}", to.context, to.exten, to.priority)).await?;
        return Ok(Next::Hangup(None));
    }
    if here.frames.borrow().len() >= MOST_FRAMES {
        here.warn(format!("subroutines nest deeper than {MOST_FRAMES}")).await?;
        return Ok(Next::Hangup(None));
    }
    let back = Location { priority: here.at.priority.saturating_add(1), ..here.at.clone() };
    here.frames.borrow_mut().push(Frame { back, outside: Vec::new() });
    here.set_local("ARGC", given.len().to_string()).await?;
    for (index, value) in given.into_iter().enumerate() {
        here.set_local(&format!("ARG{}", index + 1), value).await?;
    }
    Ok(Next::Jump(to))
}

async fn return_to(here: Here, value: String) -> Result<Next, Left> {
    let frame = here.frames.borrow_mut().pop();
    let Some(frame) = frame else {
        here.warn("Return without a Gosub".to_owned()).await?;
        return Ok(Next::Hangup(None));
    };
    let Frame { back, outside } = frame;
    here.chan
        .with(move |calls, key| {
            for (name, value) in outside.into_iter().rev() {
                calls.set_variable(Some(key), &name, value);
            }
        })
        .await?;
    here.set("GOSUB_RETVAL", value).await?;
    Ok(Next::Jump(back))
}

impl Here {
    /// Sets a variable until the subroutine under way returns; for good outside of one.
    pub(super) async fn set_local(&self, name: &str, value: String) -> Result<(), Left> {
        let (name, read) = (name.to_owned(), name.to_owned());
        let before = self.chan.with(move |calls, key| calls.variable(Some(key), &read)).await?;
        if let Some(frame) = self.frames.borrow_mut().last_mut()
            && frame.outside.iter().all(|(kept, _)| *kept != name)
        {
            frame.outside.push((name.clone(), before));
        }
        self.chan.with(move |calls, key| calls.set_variable(Some(key), &name, Some(value))).await
    }
}
