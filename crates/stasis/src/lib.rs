//! Stasis: applications, who controls which channel, subscriptions, and which events go to whom.
//!
//! [`Stasis`] takes an application's [`Command`]s and answers each with exactly one [`Reply`]; it routes the call
//! model's events to the sessions of applications as [`Delivery`]s, numbered densely per application. A channel in
//! an application is steered by a [`control`](control::control) script that works its commands one at a time.

pub mod application;
pub mod command;
pub mod control;
mod operations;
pub mod reply;
pub mod route;

pub use application::{Application, EventFilter, Stasis};
pub use command::*;
pub use control::{Desk, Outcome};
pub use operations::Labels;
pub use reply::{Answer, ApplicationSnapshot, Refusal, Reply};
pub use route::{Delivery, Message};
