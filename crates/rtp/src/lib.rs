//! RTP, RTCP, telephone-event and SDP offer/answer as plain structs: no socket, no clock.
//!
//! Time is a [`core::time::Duration`] since an epoch the caller chooses, and only moves forward.

pub mod format;
pub mod stream;

pub use format::Codec;
pub use stream::{Direction, Payload, StreamConfig};
