//! Calls into an application.

use std::time::Duration;

use sim::{PROMPT_HZ, World};

#[test]
fn a_call_is_answered_and_hears_a_prompt() {
    let mut w = World::new(1);
    let (a, app) = (w.phone("2001"), w.application("my-app"));
    let line = w.dial(a, "1000");
    let channel = w.started(app);
    w.answer(app, &channel);
    w.until("the phone is up", |w| w.is_up(line));
    w.play(app, &channel, "p1", "sound:hello");
    w.until("the prompt is heard", |w| w.hears(line, PROMPT_HZ));
    w.until_told(app, "PlaybackFinished");
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    w.run(Duration::from_secs(1));
    assert!(w.is_over(line));
    w.check();
}
