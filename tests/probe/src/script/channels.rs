//! Operations on one channel, good and bad.

use super::{Script, want};
use crate::ws::Events;

/// Requests that fail before they touch a channel.
pub(super) fn errors(script: &mut Script) {
    script.scenario("unknown channel");
    for (what, line) in [
        ("get", "GET /channels/nope"),
        ("answer", "POST /channels/nope/answer"),
        ("ring", "POST /channels/nope/ring"),
        ("stop ringing", "DELETE /channels/nope/ring"),
        ("hang up", "DELETE /channels/nope"),
        ("hang up for a bad reason", "DELETE /channels/nope?reason=nope"),
        ("continue", "POST /channels/nope/continue"),
        ("move", "POST /channels/nope/move?app=my-app"),
        ("redirect", "POST /channels/nope/redirect?endpoint=PJSIP/answers"),
        ("play", "POST /channels/nope/play?media=sound:hello-world"),
        ("record", "POST /channels/nope/record?name=x&format=wav"),
        ("music", "POST /channels/nope/moh"),
        ("no music", "DELETE /channels/nope/moh"),
        ("silence", "POST /channels/nope/silence"),
        ("dtmf", "POST /channels/nope/dtmf?dtmf=1"),
        ("mute", "POST /channels/nope/mute"),
        ("unmute", "DELETE /channels/nope/mute"),
        ("hold", "POST /channels/nope/hold"),
        ("unhold", "DELETE /channels/nope/hold"),
        ("get variable", "GET /channels/nope/variable?variable=X"),
        ("get no variable", "GET /channels/nope/variable"),
        ("set variable", "POST /channels/nope/variable?variable=X&value=1"),
        ("dial", "POST /channels/nope/dial"),
    ] {
        script.ask(what, line);
    }
    script.scenario("originate refused");
    for (what, line) in [
        ("nothing", "POST /channels"),
        ("no technology", "POST /channels?endpoint=nope&app=my-app"),
        ("unknown technology", "POST /channels?endpoint=NOPE/x&app=my-app"),
        ("unknown endpoint", "POST /channels?endpoint=PJSIP/nope&app=my-app"),
        ("endpoint without a contact", "POST /channels?endpoint=PJSIP/absent&app=my-app"),
        ("neither application nor extension", "POST /channels?endpoint=PJSIP/answers"),
        ("unknown label", "POST /channels?endpoint=PJSIP/answers&extension=3001&context=probe&label=nope"),
        (
            "originator and formats",
            "POST /channels?endpoint=PJSIP/answers&app=my-app&originator=x&formats=ulaw",
        ),
        ("unknown originator", "POST /channels?endpoint=PJSIP/answers&app=my-app&originator=nope"),
        ("create: nothing", "POST /channels/create"),
        ("create: unknown technology", "POST /channels/create?endpoint=NOPE/x&app=my-app"),
        ("create: unknown endpoint", "POST /channels/create?endpoint=PJSIP/nope&app=my-app"),
    ] {
        script.ask(what, line);
    }
    let body = r#"{"endpoint": "PJSIP/answers", "app": "my-app", "variables": {"A": 1}}"#;
    script.ask_json("a number as a variable", "POST /channels", body);
}

/// Everything that can be asked of a channel that is up.
pub(super) fn run(script: &mut Script, app: &Events) {
    script.scenario("operations");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    for (what, line) in [
        ("ring", "POST /ring"),
        ("stop ringing", "DELETE /ring"),
        ("progress", "POST /progress"),
        ("hang up for a bad reason", "DELETE ?reason=nope"),
        ("hang up for a reason and a code", "DELETE ?reason=busy&reason_code=17"),
        ("dial what is not created", "POST /dial"),
    ] {
        script.ask(what, &on(&id, line));
    }
    script.sip(&call, "it is told of progress", "183");
    script.answer(app, "", &call, &id);
    for (what, line) in [
        ("hold", "POST /hold"),
        ("unhold", "DELETE /hold"),
        ("mute in", "POST /mute?direction=in"),
        ("mute without a direction", "POST /mute"),
        ("mute sideways", "POST /mute?direction=sideways"),
        ("unmute", "DELETE /mute?direction=both"),
        ("music", "POST /moh?mohClass=default"),
        ("music of an unknown class", "POST /moh?mohClass=nope"),
        ("no music", "DELETE /moh"),
        ("no music again", "DELETE /moh"),
        ("silence", "POST /silence"),
        ("no silence", "DELETE /silence"),
        ("dtmf", "POST /dtmf?dtmf=12"),
        ("dtmf with lengths", "POST /dtmf?dtmf=3&before=10&between=20&duration=50&after=10"),
        ("dtmf, nothing", "POST /dtmf"),
        ("redirect without a resource", "POST /redirect?endpoint=nope"),
        ("redirect to another technology", "POST /redirect?endpoint=SIP/nope"),
    ] {
        script.ask(what, &on(&id, line));
    }
    variables(script, app, &id);
    script.end(app, "", &call, &id);
    outside_stasis(script);
}

fn variables(script: &mut Script, app: &Events, id: &str) {
    for (what, line) in [
        ("get a function", "GET /variable?variable=CHANNEL(state)"),
        ("get the caller's number", "GET /variable?variable=CALLERID(num)"),
        ("get the extension", "GET /variable?variable=EXTEN"),
        ("get a global variable", "GET /variable?variable=PROBEGLOBAL"),
        ("get an unset variable", "GET /variable?variable=NOSUCH"),
        ("get an unknown function", "GET /variable?variable=NOSUCH(x)"),
        ("get no variable", "GET /variable"),
        ("set a variable", "POST /variable?variable=X&value=1"),
        ("get it", "GET /variable?variable=X"),
        ("set no variable", "POST /variable?value=1"),
        ("set an unknown function", "POST /variable?variable=NOSUCH(x)&value=1"),
        ("unset it", "POST /variable?variable=X"),
        ("get it unset", "GET /variable?variable=X"),
    ] {
        script.ask(what, &on(id, line));
    }
    script.ask_json("set in the body", &on(id, "POST /variable"), r#"{"variable": "Y", "value": "zwei ü"}"#);
    script.ask("get what the body set", &on(id, "GET /variable?variable=Y"));
    let caller = "POST /variable?variable=CALLERID(name)&value=New%20Name";
    script.ask("set the caller's name", &on(id, caller));
    script.ask("get the channel with its new name", &on(id, "GET "));
    let wanted = [want("ChannelVarset").with("/variable", "Y"), want("ChannelCallerId").about(id)];
    script.events(app, "the variables are heard", &wanted);
}

fn outside_stasis(script: &mut Script) {
    script.scenario("not in an application");
    let call = script.phone.invite("3000").expect("loopback sockets are to be had");
    script.sip(&call, "the dialplan answers", "200");
    let list = script.ask("list", "GET /channels");
    let id = list.pointer("/0/id").and_then(|id| id.as_str()).unwrap_or("absent").to_owned();
    for (what, line) in [
        ("get", "GET "),
        ("answer", "POST /answer"),
        ("ring", "POST /ring"),
        ("play", "POST /play?media=sound:hello-world"),
        ("record", "POST /record?name=probe-no&format=wav"),
        ("mute", "POST /mute"),
        ("music", "POST /moh"),
        ("continue", "POST /continue"),
        ("move", "POST /move?app=my-app"),
        ("dtmf", "POST /dtmf?dtmf=1"),
        ("dial", "POST /dial"),
        ("get variable", "GET /variable?variable=EXTEN"),
        ("set variable", "POST /variable?variable=X&value=1"),
        ("hang up", "DELETE "),
    ] {
        script.ask(what, &on(&id, line));
    }
    script.sip(&call, "the caller is told", "BYE");
    script.until_status(&format!("/channels/{id}"), 404);
}

/// `METHOD rest` with the channel's path in between.
fn on(id: &str, line: &str) -> String {
    let (method, rest) = line.split_once(' ').expect("METHOD rest");
    format!("{method} /channels/{id}{rest}")
}
