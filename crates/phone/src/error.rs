//! What a command can be refused for.

/// The one error type of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call is over, or never was.
    #[error("no such call")]
    NoCall,
    /// The call is not in the state that the command wants.
    #[error("the call is not in the state for this")]
    WrongState,
    /// No RTP port is left of those that the driver has lent.
    #[error("no RTP port left")]
    NoPort,
    /// [`Settings::max_calls`](crate::Settings::max_calls) is reached.
    #[error("too many calls")]
    TooManyCalls,
    /// More digits than [`MAX_DIGITS`](crate::Command::MAX_DIGITS), or a character that is none.
    #[error("not digits, or too many")]
    Digits,
    /// A frequency of 0 or above 3,999 Hz.
    #[error("not a frequency that 8 kHz audio can carry")]
    Frequency,
    /// The SIP core refused.
    #[error(transparent)]
    Sip(#[from] sip::Error),
}
