//! RTP, RTCP, telephone-event and SDP offer/answer as plain structs: no socket, no clock.
//!
//! Time is a [`core::time::Duration`] since an epoch the caller chooses, and only moves forward.

mod error;
pub mod format;
pub mod jitter;
pub mod offer_answer;
pub mod packet;
pub mod quality;
pub mod receive;
pub mod rtcp;
pub mod sdp;
pub mod send;
pub mod source;
pub mod srtp;
pub mod stream;
pub mod telephone_event;

pub use error::Error;
pub use format::Codec;
pub use jitter::{JitterBuffer, Taken};
pub use offer_answer::{Negotiator, Reject, Settings};
pub use packet::{Header, Kind, Packet, classify};
pub use quality::{Quality, Spread};
pub use receive::Reception;
pub use send::Sender;
pub use source::{Source, SourcePolicy};
pub use stream::{Direction, Payload, StreamConfig, StreamOptions};
