//! SIP, sans-IO.
mod dialog;
pub mod digest;
mod error;
mod flow;
mod framer;
mod header;
mod message;
mod method;
mod name_addr;
mod params;
pub mod random;
pub mod registrar;
mod syntax;
mod text;
mod transaction;
mod uri;
mod via;

pub use dialog::{Dialog, DialogId, DialogState, Forks, MAX_FORKS};
pub use error::Error;
pub use flow::{Flow, Transport};
pub use framer::{Frame, Framer};
pub use header::{Header, HeaderName, Headers};
pub use message::{
    CSeq, Credentials, MAX_HEADERS, MAX_LINE, MAX_MESSAGE, Malformed, Message, Request, RequestBuilder,
    Response, parse, reason_phrase,
};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use random::Random;
pub use registrar::Registrar;
pub use text::Text;
pub use transaction::{ClientKey, Output, ServerKey, Settings, Transactions};
pub use uri::{Scheme, Uri, escape_user};
pub use via::{BRANCH_COOKIE, Via};
