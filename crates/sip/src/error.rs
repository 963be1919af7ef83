//! What can go wrong.

use crate::header::HeaderName;

/// The one error type of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What came is not SIP at all; there is nobody to answer.
    #[error("not a SIP message")]
    NotSip,
    /// Longer than [`MAX_MESSAGE`](crate::MAX_MESSAGE).
    #[error("message longer than {} bytes", crate::MAX_MESSAGE)]
    MessageTooLarge,
    /// A line longer than [`MAX_LINE`](crate::MAX_LINE).
    #[error("header line longer than {} bytes", crate::MAX_LINE)]
    LineTooLong,
    /// More headers than [`MAX_HEADERS`](crate::MAX_HEADERS).
    #[error("more than {} headers", crate::MAX_HEADERS)]
    TooManyHeaders,
    /// The request line or status line is malformed.
    #[error("malformed start line")]
    StartLine,
    /// A Request-URI longer than [`MAX_URI`](crate::MAX_URI).
    #[error("Request-URI longer than {} bytes", crate::MAX_URI)]
    UriTooLong,
    /// A SIP version other than 2.0.
    #[error("SIP version not supported")]
    Version,
    /// A line of the header part is no header.
    #[error("malformed header line")]
    HeaderLine,
    /// A URI is malformed.
    #[error("malformed URI")]
    Uri,
    /// The value of this header is malformed.
    #[error("malformed {0} header")]
    Header(HeaderName),
    /// This header has to be there and is not.
    #[error("missing {0} header")]
    Missing(HeaderName),
    /// This header may occur once and occurs more often.
    #[error("more than one {0} header")]
    Repeated(HeaderName),
    /// The method in CSeq is not the method of the request.
    #[error("CSeq names another method")]
    MethodMismatch,
    /// Content-Length promises more than there is.
    #[error("body shorter than Content-Length")]
    BodyTooShort,
    /// The transaction is no longer there, or never was.
    #[error("no such transaction")]
    NoTransaction,
    /// The request has had its final response.
    #[error("already answered with a final response")]
    AlreadyAnswered,
    /// There is nothing left to cancel, or nothing that CANCEL can cancel (RFC 3261 §9.1).
    #[error("too late to cancel")]
    TooLate,
    /// RFC 4320 forbids this response to a request other than INVITE.
    #[error("this response is for INVITE only")]
    InviteOnly,
    /// The same request has come on another way and is being worked (RFC 3261 §8.2.2.2).
    #[error("merged request")]
    Merged,
    /// So many reliable provisional responses wait for a PRACK that no more are taken.
    #[error("too many provisional responses are unacknowledged")]
    TooManyProvisionals,
    /// The transaction limit is reached.
    #[error("too many transactions")]
    TooManyTransactions,
    /// ACK and CANCEL are not sent by `request`: see `acknowledge` and `cancel`.
    #[error("{0} starts no transaction of its own")]
    NotARequest(crate::Method),
    /// A request in a dialog whose CSeq is lower than one seen before (RFC 3261 §12.2.2).
    #[error("CSeq out of order")]
    OutOfOrder,
    /// A message that belongs to another dialog.
    #[error("not of this dialog")]
    OtherDialog,
    /// A response that makes no dialog (100, 3xx–6xx, or one without a To tag).
    #[error("makes no dialog")]
    NoDialog,
    /// No challenge in the response could be answered: another scheme, algorithm or qop.
    #[error("no challenge that can be answered")]
    NoUsableChallenge,
}

impl Error {
    /// The status code to answer a request with that was refused for this reason, if it is to be answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::NotSip => None,
            Error::Version => Some(505),
            Error::MessageTooLarge => Some(513),
            Error::UriTooLong => Some(414),
            Error::LineTooLong
            | Error::TooManyHeaders
            | Error::StartLine
            | Error::HeaderLine
            | Error::Uri
            | Error::Header(_)
            | Error::Missing(_)
            | Error::Repeated(_)
            | Error::MethodMismatch
            | Error::BodyTooShort => Some(400),
            Error::NoTransaction | Error::OtherDialog | Error::NoDialog => Some(481),
            Error::OutOfOrder => Some(500),
            Error::Merged => Some(482),
            Error::TooManyTransactions => Some(503),
            Error::AlreadyAnswered
            | Error::TooLate
            | Error::TooManyProvisionals
            | Error::InviteOnly
            | Error::NotARequest(_)
            | Error::NoUsableChallenge => Some(500),
        }
    }
}
