//! Scenarios in the simulated world, a dozen lines each. All invariants are checked after every step of each.

mod applications;
mod bridges;
mod calls;
mod changes;
mod codecs;
mod dialling;
mod failing;
mod generated;
mod hostile;
mod hours;
mod last_words;
mod media;
mod misfortune;
mod parties;
mod planted;
mod quality;
mod registration;
mod reported;
mod secure;
mod transfers;
mod trunks;
mod watching;
mod wear;

use sim::{App, Device, Line, World};

/// A world in which a phone is in an application, answered.
struct Answered {
    w: World,
    phone: Device,
    line: Line,
    app: App,
    channel: String,
}

fn answered(seed: u64) -> Answered {
    let mut w = World::new(seed);
    let (phone, app) = (w.phone("2001"), w.application("my-app"));
    let (line, channel) = enter(&mut w, phone, app);
    Answered { w, phone, line, app, channel }
}

/// A phone calls into an application and is answered.
fn enter(w: &mut World, phone: Device, app: App) -> (Line, String) {
    let line = w.dial(phone, "1000");
    let channel = w.started(app);
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    (line, channel)
}
