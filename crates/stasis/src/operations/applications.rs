//! Applications, subscriptions and their own events.

use std::sync::Arc;

use call::{Calls, Technology};

use crate::application::{Source, Stasis};
use crate::reply::{Answer, Refusal, Reply};
use crate::route::Message;

impl Stasis {
    pub(super) fn subscribe(&mut self, calls: &Calls, application: &str, sources: &[String]) -> Reply {
        self.application(application)?;
        for source in sources {
            let source = Source::parse(source).ok_or(Refusal::BadSource)?;
            exists(calls, &source)?;
            if let Some(entry) = self.applications.get_mut(application) {
                entry.subscribe(&source);
            }
        }
        Ok(Answer::Application(self.application(application)?))
    }

    pub(super) fn unsubscribe(&mut self, application: &str, sources: &[String]) -> Reply {
        self.application(application)?;
        for source in sources {
            let source = Source::parse(source).ok_or(Refusal::BadSource)?;
            let entry = self.applications.get_mut(application);
            if !entry.is_some_and(|entry| entry.unsubscribe(&source)) {
                return Err(Refusal::NotSubscribed);
            }
        }
        let snapshot = self.application(application)?;
        self.forget_idle();
        Ok(Answer::Application(snapshot))
    }

    pub(super) fn filter(
        &mut self,
        application: &str,
        allowed: Option<Vec<String>>,
        disallowed: Option<Vec<String>>,
    ) -> Reply {
        let entry = self.applications.get_mut(application).ok_or(Refusal::NoSuchApplication)?;
        if let Some(allowed) = allowed {
            entry.filter.allowed = allowed;
        }
        if let Some(disallowed) = disallowed {
            entry.filter.disallowed = disallowed;
        }
        Ok(Answer::Application(self.application(application)?))
    }

    pub(super) fn user_event(
        &mut self,
        calls: &mut Calls,
        application: &str,
        name: String,
        sources: &[String],
        variables: String,
    ) -> Reply {
        if !self.is_registered(application) {
            return Err(Refusal::NoSuchApplication);
        }
        let (mut channel, mut bridge, mut endpoint) = (None, None, None);
        for source in sources {
            let source = Source::parse(source).ok_or(Refusal::BadSource)?;
            exists(calls, &source)?;
            match &source {
                Source::Channel(id) => channel = calls.channel_by_id(id).and_then(|key| calls.snapshot(key)),
                Source::Bridge(id) => {
                    bridge = calls.bridge_by_id(id).and_then(|key| calls.bridge_snapshot(key));
                }
                Source::Endpoint(id) => endpoint = find_endpoint(calls, id),
                Source::Device(_) => return Err(Refusal::BadSource),
            }
        }
        let message = Arc::new(Message::UserEvent { name, variables, channel, bridge, endpoint });
        self.tell(&Arc::from(application), calls.time().unix_ms, message);
        Ok(Answer::Done)
    }
}

fn exists(calls: &Calls, source: &Source) -> Result<(), Refusal> {
    let there = match source {
        Source::Channel(id) => id.is_empty() || calls.channel_by_id(id).is_some(),
        Source::Bridge(id) => id.is_empty() || calls.bridge_by_id(id).is_some(),
        Source::Endpoint(id) => id.is_empty() || !id.contains('/') || find_endpoint(calls, id).is_some(),
        Source::Device(_) => true,
    };
    if there { Ok(()) } else { Err(Refusal::NoSuchSource) }
}

fn find_endpoint(calls: &Calls, id: &str) -> Option<Arc<call::EndpointSnapshot>> {
    let (technology, resource) = id.split_once('/')?;
    calls.endpoint(Technology::from_word(technology)?, resource)
}
