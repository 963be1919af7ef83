//! Calls that come in: who ends them, and when.

use super::{REFUSAL, Script, want};
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    by_application(script, app);
    by_caller(script, app);
    cancelled(script, app);
    cancelled_while_ringing(script, app);
    for (scenario, query) in [
        ("refused", ""),
        ("refused as busy", "?reason=busy"),
        ("refused with congestion", "?reason=congestion"),
        ("refused with cause 21", "?reason_code=21"),
    ] {
        refused(script, app, scenario, query);
    }
    with_arguments(script, app);
    continued(script, app);
    continued_to_nothing(script, app);
}

fn by_application(script: &mut Script, app: &Events) {
    script.scenario("ended by the application");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.ask("get it ringing", &format!("GET /channels/{id}"));
    script.ask("its endpoint", "GET /endpoints/PJSIP/caller");
    script.ask("its application", "GET /applications/my-app");
    script.answer(app, "", &call, &id);
    script.ask("get it up", &format!("GET /channels/{id}"));
    script.ask("list it", "GET /channels");
    script.ask("answer it again", &format!("POST /channels/{id}/answer"));
    script.end(app, "", &call, &id);
    script.ask("it is gone", &format!("GET /channels/{id}"));
    script.ask("hang it up again", &format!("DELETE /channels/{id}"));
    script.ask("its application after", "GET /applications/my-app");
}

fn by_caller(script: &mut Script, app: &Events) {
    script.scenario("ended by the caller");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.phone.hang_up(&call);
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.until_status(&format!("/channels/{id}"), 404);
}

fn cancelled(script: &mut Script, app: &Events) {
    script.scenario("cancelled");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.phone.cancel(&call);
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.sip(&call, "the caller is told", REFUSAL);
    script.until_status(&format!("/channels/{id}"), 404);
}

fn cancelled_while_ringing(script: &mut Script, app: &Events) {
    script.scenario("cancelled while ringing");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.ask("ring", &format!("POST /channels/{id}/ring"));
    script.sip(&call, "it rings", "180");
    script.ask("get it", &format!("GET /channels/{id}"));
    script.phone.cancel(&call);
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.sip(&call, "the caller is told", REFUSAL);
    script.until_status(&format!("/channels/{id}"), 404);
}

fn refused(script: &mut Script, app: &Events, scenario: &'static str, query: &str) {
    script.scenario(scenario);
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.ask("hang up", &format!("DELETE /channels/{id}{query}"));
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.sip(&call, "the caller is told", REFUSAL);
    script.until_status(&format!("/channels/{id}"), 404);
}

fn with_arguments(script: &mut Script, app: &Events) {
    script.scenario("continued where it was");
    let (call, id) = script.arrive(app, "it arrives with arguments", "1001");
    script.ask("continue", &format!("POST /channels/{id}/continue"));
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.sip(&call, "the next priority refuses it", REFUSAL);
    script.until_status(&format!("/channels/{id}"), 404);
}

fn continued(script: &mut Script, app: &Events) {
    script.scenario("continued elsewhere");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask(
        "to an unknown label",
        &format!("POST /channels/{id}/continue?context=probe&extension=3001&label=nope"),
    );
    script
        .ask("to a label", &format!("POST /channels/{id}/continue?context=probe&extension=3001&label=here"));
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.ask("play after that", &format!("POST /channels/{id}/play?media=sound:hello-world"));
    script.ask("answer after that", &format!("POST /channels/{id}/answer"));
    script.ask("set a variable after that", &format!("POST /channels/{id}/variable?variable=X&value=1"));
    script.sip(&call, "the dialplan ends it", "BYE");
    script.until_status(&format!("/channels/{id}"), 404);
}

fn continued_to_nothing(script: &mut Script, app: &Events) {
    script.scenario("continued to nothing");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask(
        "to an unknown extension",
        &format!("POST /channels/{id}/continue?context=probe&extension=9999"),
    );
    script.events(app, "it has left", &[want("StasisEnd").about(&id)]);
    script.sip(&call, "the dialplan ends it", "BYE");
    script.until_status(&format!("/channels/{id}"), 404);
}
