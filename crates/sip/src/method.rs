//! Request methods.

use crate::text::Text;
use std::fmt;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A request method. Methods are case-sensitive (RFC 3261 §7.1).
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
            /// A method without a name here.
            Other(Text),
        }

        impl Method {
            /// The method as it is written.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Method::$variant => $name,)*
                    Method::Other(name) => name,
                }
            }
        }

        impl From<&Text> for Method {
            fn from(text: &Text) -> Self {
                match text.as_str() {
                    $($name => Method::$variant,)*
                    _ => Method::Other(text.clone()),
                }
            }
        }
    };
}

methods! {
    /// RFC 3261 §13.
    Invite = "INVITE",
    /// RFC 3261 §13.2.2.4 and §17.1.1.3.
    Ack = "ACK",
    /// RFC 3261 §15.
    Bye = "BYE",
    /// RFC 3261 §9.
    Cancel = "CANCEL",
    /// RFC 3261 §10.
    Register = "REGISTER",
    /// RFC 3261 §11.
    Options = "OPTIONS",
    /// RFC 6086.
    Info = "INFO",
    /// RFC 3311.
    Update = "UPDATE",
    /// RFC 3262.
    Prack = "PRACK",
    /// RFC 3515.
    Refer = "REFER",
    /// RFC 6665.
    Subscribe = "SUBSCRIBE",
    /// RFC 6665.
    Notify = "NOTIFY",
    /// RFC 3428.
    Message = "MESSAGE",
    /// RFC 3903.
    Publish = "PUBLISH",
}

impl From<&str> for Method {
    fn from(text: &str) -> Self {
        Method::from(&Text::from(text))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
