//! Device states and mailboxes.

use serde::{Deserialize, Serialize};

/// State of a device for busy lamps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    /// Name, such as `Stasis:lamp`.
    pub name: String,
    /// `UNKNOWN`, `NOT_INUSE`, `INUSE`, `BUSY`, `INVALID`, `UNAVAILABLE`, `RINGING`, `RINGINUSE` or `ONHOLD`.
    pub state: String,
}

/// Message counts of a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// Name.
    pub name: String,
    /// Messages that were heard.
    pub old_messages: i64,
    /// Messages that were not.
    pub new_messages: i64,
}
