//! The Asterisk REST Interface.
//!
//! A request goes through [`Front::admit`], which reads it, checks credentials and finds the operation in the order in
//! which Asterisk does, and gives either a [`Call`] for a handler or the answer. [`edge`] puts that behind an HTTP
//! engine; nothing else here knows one.

pub mod edge;

mod auth;
mod cors;
mod front;
mod params;
mod request;
mod response;
mod route;
mod split;

pub use auth::{Crypt, Password, UnsupportedCrypt, User};
pub use front::{Call, Front, NAME};
pub use params::{MOST_LIST_VALUES, Params, VariableSetting};
pub use request::{Headers, LARGEST_BODY, Request};
pub use response::{Body, Response};
pub use route::{Method, Operation, ROUTES, Resource, Route};
