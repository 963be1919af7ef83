//! The probe: one fixed script of ARI requests and SIP calls, run against any server, and the comparison of what
//! two servers made of it. It shares no code with the server under test, so that a mistake made there is not made
//! here as well.

pub mod conf;
pub mod deviations;
pub mod diff;
pub mod http;
pub mod normal;
pub mod peer;
pub mod phone;
pub mod rtp;
pub mod script;
pub mod sip;
pub mod transcript;
pub mod ws;
