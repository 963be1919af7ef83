//! The dialplan: what `extensions.conf` says happens to a call.
//!
//! [`Dialplan::load`] reads a [`conf::Config`] into contexts and extensions, complaining about every line it cannot use.
//! [`Dialplan::find`] answers what stands at a context, extension and priority, by Asterisk's order of patterns and
//! includes. [`substitute`] replaces `${…}` and `$[…]`; [`parse_args`] splits what an application is given. [`run`] is the
//! script that walks a channel through it.

mod applications;
mod apps;
mod arguments;
mod asterisk_applications;
mod expression;
mod functions;
mod hints;
mod load;
mod pattern;
mod plan;
mod problem;
mod strftime;
mod substitute;
mod times;
mod verify;
mod walk;

pub use applications::{Applications, Support};
pub use apps::SUPPORTED;
pub use arguments::{parse_args, parse_args_up_to, split};
pub use asterisk_applications::ASTERISK_APPLICATIONS;
pub use functions::PURE_FUNCTIONS;
pub use load::Settings;
pub use pattern::{Fit, Key, Mode, Position, fit};
pub use plan::{
    Context, Dialplan, Extension, Found, Include, MAX_INCLUDED, MAX_PRIORITY, Missing, Query, Step,
};
pub use problem::Problem;
pub use substitute::{
    Lookup, MAX_DEPTH, MAX_TEXT, Substitution, call_function, evaluate, is_true, substitute,
};
pub use times::{LocalTime, TimeError, TimeRestriction};
pub use walk::{Plans, after_hangup, exists, globals, hint, priority_of, run, run_application};
