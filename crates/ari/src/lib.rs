//! The Asterisk REST Interface.
//!
//! A request goes through [`Front::admit`], which reads it, checks credentials and finds the operation in the order in
//! which Asterisk does, and gives either a [`Call`] or the answer. [`Ari::dispatch`] carries a call out: it asks the
//! switch through the [`Switchboard`] and puts what comes back into ARI's words. [`router`] puts that behind HTTP, with
//! the event WebSocket; [`edge`] is the one place besides that knows the HTTP engine.

pub mod edge;

mod applications;
mod asterisk;
mod auth;
mod bridges;
mod channels;
mod cors;
mod endpoints;
mod events;
mod facts;
mod front;
mod messages;
mod params;
mod playbacks;
mod recordings;
mod refusal;
mod request;
mod resources;
mod response;
mod rest_request;
mod route;
mod rtp_statistics;
mod service;
mod split;
mod states;
mod stored;
mod switchboard;
mod websocket;

pub use ari_model as model;

pub use auth::{Crypt, Password, UnsupportedCrypt, User};
pub use facts::{Facts, Zone};
pub use front::{Call, Front, NAME};
pub use params::{MOST_LIST_VALUES, Params, VariableSetting};
pub use request::{Headers, LARGEST_BODY, Request};
pub use response::{Body, Response};
pub use route::{Method, Operation, ROUTES, Resource, Route};
pub use service::{Ari, answer, router};
pub use stored::{NoRecordings, Pending, StoredFailure, StoredRecordings};
pub use switchboard::{
    LONGEST_WAIT, Limits, MOST_REQUESTS, MOST_SESSIONS, Overloaded, SESSION_QUEUE, Session, Submit,
    Switchboard,
};
pub use websocket::LARGEST_MESSAGE;
