//! What comes out of the transaction layer.

use crate::error::Error;
use crate::flow::Flow;
use crate::message::{Request, Response};
use bytes::Bytes;

/// A client transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub(super) u64);

/// A server transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(pub(super) u64);

/// Bytes to send, or something the transaction user has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// Where.
        flow: Flow,
        /// What.
        bytes: Bytes,
    },
    /// A new request, never an ACK or CANCEL; answer with [`Transactions::respond`](crate::Transactions::respond).
    Request {
        /// To answer it with.
        key: ServerKey,
        /// Where it came from.
        flow: Flow,
        /// The request; its top Via shows the source.
        request: Request,
    },
    /// The INVITE of this transaction, not yet answered, was cancelled: answer it with 487. The CANCEL itself has
    /// been answered.
    Cancel {
        /// The transaction of the INVITE.
        key: ServerKey,
        /// The CANCEL, for its Reason.
        request: Request,
    },
    /// The ACK to our 2xx. It comes once; the 2xx is no longer retransmitted.
    AckReceived {
        /// The transaction of the INVITE.
        key: ServerKey,
        /// The ACK, for its body.
        request: Request,
    },
    /// No ACK came within 64*T1. After a 2xx the user sends BYE (RFC 3261 §13.3.1.4).
    AckTimeout {
        /// The transaction of the INVITE; it is gone.
        key: ServerKey,
        /// The final response that was not acknowledged.
        status: u16,
    },
    /// No PRACK came for a reliable provisional response within 64*T1 (RFC 3262 §3). The INVITE has been answered 504.
    PrackTimeout {
        /// The transaction of the INVITE.
        key: ServerKey,
    },
    /// A response. For an INVITE there may be several 2xx with different To tags (forking): each wants
    /// [`Transactions::acknowledge`](crate::Transactions::acknowledge). A retransmitted 2xx is not told again.
    Response {
        /// The transaction.
        key: ClientKey,
        /// Where it came from.
        flow: Flow,
        /// The response.
        response: Response,
    },
    /// No final response came in time; the transaction is gone. Treat as 408.
    Timeout {
        /// The transaction.
        key: ClientKey,
    },
    /// The flow failed; the transaction is gone. Treat as 503.
    TransportError {
        /// The transaction.
        key: ClientKey,
    },
    /// A response that belongs to no transaction; a late one, or somebody's mistake.
    StrayResponse {
        /// Where it came from.
        flow: Flow,
        /// The response.
        response: Response,
    },
    /// A message was refused, and answered if it could be.
    Refused {
        /// Where it came from.
        flow: Flow,
        /// Why.
        error: Error,
        /// The status it was answered with.
        answered: Option<u16>,
    },
}
