//! Texts between endpoints and applications.

use std::sync::Arc;

use crate::Technology;
use crate::event::Event;
use crate::model::Calls;

/// Texts that wait to be sent; one more is refused.
pub const MAX_TEXTS_WAITING: usize = 1_000;

/// A text that came from an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// Who sent it, as its technology writes that.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// The text.
    pub body: String,
    /// What else its technology says of it.
    pub variables: Vec<(String, String)>,
}

/// A text that is to go to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextToSend {
    /// Its technology.
    pub technology: Technology,
    /// Where it goes: what a dial string has after the technology.
    pub to: String,
    /// Who sends it.
    pub from: String,
    /// The text.
    pub body: String,
    /// Headers of the technology.
    pub variables: Vec<(String, String)>,
}

impl Calls {
    /// An endpoint sent a text.
    pub fn text_received(&mut self, endpoint: &Arc<str>, message: TextMessage) {
        if let Some(endpoint) = self.endpoint(Technology::Sip, endpoint) {
            self.events.push_back(Event::TextReceived { endpoint, message: Arc::new(message) });
        }
    }

    /// Sends a text; `false` where too many wait already.
    pub fn send_text(&mut self, text: TextToSend) -> bool {
        let fits = self.texts.len() < MAX_TEXTS_WAITING;
        if fits {
            self.texts.push_back(text);
        }
        fits
    }

    /// The next text to send.
    pub fn next_text(&mut self) -> Option<TextToSend> {
        self.texts.pop_front()
    }
}
