//! Endpoints.

use call::{Calls, Technology};

use crate::reply::{Answer, Refusal, Reply};

pub(super) fn list(calls: &Calls) -> Reply {
    Ok(Answer::Endpoints(calls.endpoints()))
}

pub(super) fn of_technology(calls: &Calls, technology: &str) -> Reply {
    let word = exact_technology(technology).ok_or(Refusal::NoSuchTechnology)?.word();
    let all = calls.endpoints().into_iter();
    Ok(Answer::Endpoints(all.filter(|endpoint| endpoint.technology == word).collect()))
}

pub(super) fn one(calls: &Calls, technology: &str, resource: &str) -> Reply {
    let technology = exact_technology(technology).ok_or(Refusal::NoSuchEndpoint)?;
    calls.endpoint(technology, resource).map(Answer::Endpoint).ok_or(Refusal::NoSuchEndpoint)
}

/// In a path the technology's name counts by the letter.
fn exact_technology(word: &str) -> Option<Technology> {
    Technology::from_word(word).filter(|technology| technology.word() == word)
}
