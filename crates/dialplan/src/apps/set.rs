//! Set.

use call::Left;

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Set(name=value)`: a variable, or a function such as `CALLERID(num)`. `LOCAL(name)` lasts until `Return`.
pub(super) const SET: DialplanApplication =
    DialplanApplication { name: "Set", run: |here, arguments| Box::pin(set(here, arguments)) };

async fn set(here: Here, arguments: String) -> Result<Next, Left> {
    let Some((name, value)) = arguments.split_once('=') else {
        here.warn("Set needs a name, `=` and a value".to_owned()).await?;
        return Ok(Next::Continue);
    };
    let (name, value) = (name.trim_start().to_owned(), value.to_owned());
    let written = match name.strip_suffix(')').and_then(|call| call.split_once('(')) {
        Some((function, argument)) if function.eq_ignore_ascii_case("LOCAL") => {
            here.set_local(argument, value).await?;
            true
        }
        Some((function, argument)) => {
            let (function, argument) = (function.to_owned(), argument.to_owned());
            here.chan.with(move |calls, key| calls.set_function(key, &function, &argument, &value)).await?
        }
        None => {
            let name = name.clone();
            here.chan.with(move |calls, key| calls.set_variable(Some(key), &name, Some(value))).await?;
            true
        }
    };
    if !written {
        here.warn(format!("`{name}` cannot be set")).await?;
    }
    Ok(Next::Continue)
}
