//! Mailboxes: how many messages wait in them, as somebody outside counts them.

use std::collections::{BTreeMap, VecDeque};

use crate::model::Calls;

/// Mailboxes that are known; one more is refused.
pub const MAX_MAILBOXES: usize = 100_000;

/// How many messages a mailbox has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Messages {
    /// Not heard yet.
    pub new: u32,
    /// Heard.
    pub old: u32,
}

impl std::ops::Add for Messages {
    type Output = Messages;

    fn add(self, other: Messages) -> Messages {
        Messages { new: self.new.saturating_add(other.new), old: self.old.saturating_add(other.old) }
    }
}

/// All mailboxes.
#[derive(Default)]
pub(crate) struct Mailboxes {
    counts: BTreeMap<String, Messages>,
    changed: VecDeque<String>,
}

impl Calls {
    /// What a mailbox has; `None` where nobody counted it.
    pub fn mailbox(&self, name: &str) -> Option<Messages> {
        self.mailboxes.counts.get(name).copied()
    }

    /// Every mailbox that was counted, by name.
    pub fn mailboxes(&self) -> impl Iterator<Item = (&str, Messages)> {
        self.mailboxes.counts.iter().map(|(name, messages)| (name.as_str(), *messages))
    }

    /// Sets what a mailbox has; `false` where as many are known as may be.
    pub fn set_mailbox(&mut self, name: &str, messages: Messages) -> bool {
        let counts = &mut self.mailboxes.counts;
        if !counts.contains_key(name) && counts.len() >= MAX_MAILBOXES {
            return false;
        }
        if counts.insert(name.to_owned(), messages) != Some(messages) {
            self.mailboxes.changed.push_back(name.to_owned());
        }
        true
    }

    /// Forgets a mailbox; `false` where it was not known.
    pub fn forget_mailbox(&mut self, name: &str) -> bool {
        let forgotten = self.mailboxes.counts.remove(name).is_some();
        if forgotten {
            self.mailboxes.changed.push_back(name.to_owned());
        }
        forgotten
    }

    /// The next mailbox whose counts changed.
    pub fn next_mailbox_change(&mut self) -> Option<String> {
        self.mailboxes.changed.pop_front()
    }
}
