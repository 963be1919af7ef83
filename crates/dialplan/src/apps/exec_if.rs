//! ExecIf.

use call::Left;

use super::{DialplanApplication, Next, find};
use crate::substitute::is_true;
use crate::walk::Here;

/// `ExecIf(condition?application(arguments)[:application(arguments)])`: runs one application or the other.
pub(super) const EXEC_IF: DialplanApplication =
    DialplanApplication { name: "ExecIf", run: |here, arguments| Box::pin(exec_if(here, arguments)) };

async fn exec_if(here: Here, arguments: String) -> Result<Next, Left> {
    let Some((condition, calls)) = arguments.split_once('?') else {
        here.warn("ExecIf needs a condition, `?` and an application".to_owned()).await?;
        return Ok(Next::Continue);
    };
    let (if_true, if_false) = alternatives(calls);
    let call = if is_true(condition) { if_true } else { if_false }.trim();
    if call.is_empty() {
        return Ok(Next::Continue);
    }
    let (name, rest) = call.split_once('(').unwrap_or((call, ""));
    let Some(known) = find(name.trim()) else {
        here.warn(format!("there is no application {name}")).await?;
        return Ok(Next::Continue);
    };
    let arguments = rest.strip_suffix(')').unwrap_or(rest).to_owned();
    (known.run)(here.clone(), arguments).await
}

/// The two sides of the first colon outside parentheses.
pub(super) fn alternatives(calls: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, c) in calls.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return (&calls[..at], &calls[at + 1..]),
            _ => {}
        }
    }
    (calls, "")
}
