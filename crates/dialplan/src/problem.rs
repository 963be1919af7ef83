//! What can go wrong while a line of the dialplan is evaluated.

/// Something that went wrong. Evaluation goes on, as in Asterisk: the place becomes empty or `0`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// `${` without its `}`.
    #[error("`${{` without its `}}` in `{0}`")]
    OpenBrace(String),
    /// `$[` without its `]`.
    #[error("`$[` without its `]` in `{0}`")]
    OpenBracket(String),
    /// The expression cannot be read; it is `0`.
    #[error("syntax error in the expression `{0}`")]
    Syntax(String),
    /// An arithmetic operator was given something that is no number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A regular expression that cannot be read.
    #[error("`{0}` is not a regular expression")]
    Regex(String),
    /// No such function.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// A function was given arguments it cannot use.
    #[error("{function}({given}): write {usage}")]
    Arguments {
        /// The function.
        function: String,
        /// What it was given.
        given: String,
        /// What to write instead.
        usage: &'static str,
    },
    /// A function is known and not done yet, or cannot be read.
    #[error("the function `{0}` is not supported yet")]
    NotSupported(String),
    /// A function could not be read now.
    #[error("the function `{function}` failed: {reason}")]
    Failed {
        /// The function.
        function: String,
        /// Why.
        reason: String,
    },
    /// The result is longer than [`MAX_TEXT`](crate::MAX_TEXT) octets; it was cut.
    #[error("the text is longer than {} octets and was cut", crate::MAX_TEXT)]
    TooLong,
    /// Variables, functions or parentheses nest deeper than [`MAX_DEPTH`](crate::MAX_DEPTH); the inner ones are empty.
    #[error("nesting is deeper than {}", crate::MAX_DEPTH)]
    TooDeep,
}
