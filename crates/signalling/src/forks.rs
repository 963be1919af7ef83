//! The early dialogs of one INVITE of ours (RFC 3261 §13.2.2.4): a fork each.

use rtp::Negotiator;
use sip::{Dialog, DialogId, MAX_FORKS, Request, Response};

use crate::session::Abilities;

/// One place that our INVITE came to.
pub(crate) struct Fork {
    pub dialog: Dialog,
    /// Offer and answer with it.
    pub negotiator: Negotiator,
    /// It answered our offer, or made one, in a provisional response.
    pub described: bool,
    pub abilities: Abilities,
}

/// All of them, in the order in which they were heard of.
#[derive(Default)]
pub(crate) struct Forks {
    all: Vec<Fork>,
    /// Whose media is heard.
    heard: Option<DialogId>,
}

impl Forks {
    /// Takes a response to our INVITE: its fork, new or known; `None` for one that makes no dialog, or that is one too
    /// many.
    ///
    /// # Errors
    /// A malformed Contact or Record-Route.
    pub fn receive(
        &mut self,
        invite: &Request,
        response: &Response,
        negotiator: &Negotiator,
    ) -> Result<Option<&mut Fork>, sip::Error> {
        let Some(id) = DialogId::of_response(response).filter(|_| (101..300).contains(&response.status))
        else {
            return Ok(None);
        };
        let at = match self.all.iter().position(|fork| *fork.dialog.id() == id) {
            Some(at) => {
                self.all[at].dialog.receive_response(response)?;
                at
            }
            None if self.all.len() >= MAX_FORKS => return Ok(None),
            None => {
                let dialog = Dialog::uac(invite, response)?;
                self.all.push(Fork {
                    dialog,
                    negotiator: negotiator.clone(),
                    described: false,
                    abilities: Abilities::default(),
                });
                self.all.len() - 1
            }
        };
        self.all[at].abilities.learn(&response.headers);
        Ok(Some(&mut self.all[at]))
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Fork> {
        self.all.iter()
    }

    pub fn find(&mut self, id: &DialogId) -> Option<&mut Fork> {
        self.all.iter_mut().find(|fork| fork.dialog.id() == id)
    }

    /// The fork heard of last.
    pub fn last(&mut self) -> Option<&mut Fork> {
        self.all.last_mut()
    }

    /// Takes the fork of this name out, to keep it.
    pub fn take(&mut self, id: &DialogId) -> Option<Fork> {
        let at = self.all.iter().position(|fork| fork.dialog.id() == id)?;
        Some(self.all.remove(at))
    }

    /// Whether a fork's media may be heard: the latest where that is to be followed, else the first.
    pub fn hear(&mut self, id: &DialogId, follow: bool) -> bool {
        let may = follow || self.heard.as_ref().is_none_or(|heard| heard == id);
        if may {
            self.heard = Some(id.clone());
        }
        may
    }
}
