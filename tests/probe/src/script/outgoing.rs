//! Calls that the application makes.

use super::{Script, want};
use crate::phone::CallId;
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    answered(script, app);
    busy(script, app);
    silent(script, app);
    hung_up_ringing(script, app);
    into_dialplan(script, app);
    created(script, app);
    created_busy(script, app);
    created_silent(script, app);
    created_not_dialled(script, app);
}

fn claim(script: &mut Script) -> CallId {
    script.phone.claim(script.patience()).unwrap_or(CallId("absent".into()))
}

fn answered(script: &mut Script, app: &Events) {
    script.scenario("originate, answered");
    let query =
        "endpoint=PJSIP/answers&app=my-app&appArgs=one,two&channelId=probe-out&callerId=Peer%20%3C42%3E";
    script.ask_json("originate", &format!("POST /channels?{query}"), r#"{"variables": {"FOO": "bar"}}"#);
    script.events(app, "it is answered", &[want("StasisStart").about("probe-out")]);
    let call = claim(script);
    script.sip(&call, "the phone is called", "INVITE");
    script.ask("id in use", "POST /channels?endpoint=PJSIP/answers&app=my-app&channelId=probe-out");
    script.ask("get it", "GET /channels/probe-out");
    script.ask("its variable", "GET /channels/probe-out/variable?variable=FOO");
    script.ask("its endpoint", "GET /endpoints/PJSIP/answers");
    script.ask("hang up", "DELETE /channels/probe-out");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-out")]);
    script.sip(&call, "the phone is told", "BYE");
    script.until_status("/channels/probe-out", 404);
}

fn busy(script: &mut Script, app: &Events) {
    script.scenario("originate, busy");
    script.ask("originate", "POST /channels/probe-busy?endpoint=PJSIP/busy&app=my-app");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-busy")]);
    let call = claim(script);
    script.sip(&call, "the phone is called", "INVITE");
    script.until_status("/channels/probe-busy", 404);
}

fn silent(script: &mut Script, app: &Events) {
    script.scenario("originate, not answered");
    script.ask("originate", "POST /channels/probe-silent?endpoint=PJSIP/rings&app=my-app&timeout=1");
    let ringing = want("Dial").about("probe-silent").with("/dialstatus", "RINGING");
    script.events(app, "it rings", &[want("ChannelStateChange").about("probe-silent"), ringing]);
    script.ask("get it ringing", "GET /channels/probe-silent");
    script.ask("play while it rings", "POST /channels/probe-silent/play?media=sound:hello-world");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-silent")]);
    let call = claim(script);
    script.sip(&call, "the phone is told", "CANCEL");
    script.until_status("/channels/probe-silent", 404);
}

fn hung_up_ringing(script: &mut Script, app: &Events) {
    script.scenario("originate, given up");
    script.ask("originate", "POST /channels/probe-up?endpoint=PJSIP/rings&app=my-app&timeout=30");
    let ringing = want("Dial").about("probe-up").with("/dialstatus", "RINGING");
    script.events(app, "it rings", &[want("ChannelStateChange").about("probe-up"), ringing]);
    script.ask("hang up", "DELETE /channels/probe-up");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-up")]);
    let call = claim(script);
    script.sip(&call, "the phone is told", "CANCEL");
    script.until_status("/channels/probe-up", 404);
}

/// Nobody owns the channel: it is seen through a subscription to its endpoint.
fn into_dialplan(script: &mut Script, app: &Events) {
    script.scenario("originate into the dialplan");
    let source = "/applications/my-app/subscription?eventSource=endpoint:PJSIP/answers";
    script.ask("subscribe to the endpoint", &format!("POST {source}"));
    let query = "endpoint=PJSIP/answers&extension=3001&context=probe&priority=1&channelId=probe-plan";
    script.ask("originate", &format!("POST /channels?{query}"));
    script.events(app, "heard to its end", &[want("ChannelDestroyed").about("probe-plan")]);
    let call = claim(script);
    script.sip(&call, "the phone is told", "BYE");
    script.ask("unsubscribe", &format!("DELETE {source}"));
    script.until_status("/channels/probe-plan", 404);
}

fn created(script: &mut Script, app: &Events) {
    script.scenario("create and dial");
    let query = "endpoint=PJSIP/answers&app=my-app&channelId=probe-made&appArgs=a,b";
    script.ask("create", &format!("POST /channels/create?{query}"));
    script.events(app, "it is in the application", &[want("StasisStart").about("probe-made")]);
    script.ask("id in use", &format!("POST /channels/create?{query}"));
    script.ask("get it", "GET /channels/probe-made");
    script.ask("answer it", "POST /channels/probe-made/answer");
    script.ask("play to it", "POST /channels/probe-made/play?media=sound:hello-world");
    script.ask("set a variable", "POST /channels/probe-made/variable?variable=Z&value=26");
    script.ask("dial", "POST /channels/probe-made/dial?timeout=5");
    let answered = want("Dial").about("probe-made").with("/dialstatus", "ANSWER");
    script.events(app, "it is answered", &[answered]);
    let call = claim(script);
    script.sip(&call, "the phone is called", "INVITE");
    script.ask("dial again", "POST /channels/probe-made/dial?timeout=5");
    script.ask("get it up", "GET /channels/probe-made");
    script.phone.hang_up(&call);
    script.events(app, "the phone hangs up", &[want("ChannelDestroyed").about("probe-made")]);
    script.until_status("/channels/probe-made", 404);
}

fn created_busy(script: &mut Script, app: &Events) {
    script.scenario("create and dial, busy");
    script.ask("create", "POST /channels/create?endpoint=PJSIP/busy&app=my-app&channelId=probe-made-busy");
    script.events(app, "it is in the application", &[want("StasisStart").about("probe-made-busy")]);
    script.ask("dial", "POST /channels/probe-made-busy/dial?timeout=5");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-made-busy")]);
    let call = claim(script);
    script.sip(&call, "the phone is called", "INVITE");
    script.until_status("/channels/probe-made-busy", 404);
}

fn created_silent(script: &mut Script, app: &Events) {
    script.scenario("create and dial, not answered");
    script.ask("create", "POST /channels/create?endpoint=PJSIP/rings&app=my-app&channelId=probe-made-silent");
    script.events(app, "it is in the application", &[want("StasisStart").about("probe-made-silent")]);
    script.ask("dial", "POST /channels/probe-made-silent/dial?timeout=1");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-made-silent")]);
    let call = claim(script);
    script.sip(&call, "the phone is told", "CANCEL");
    script.until_status("/channels/probe-made-silent", 404);
}

fn created_not_dialled(script: &mut Script, app: &Events) {
    script.scenario("create, not dialled");
    script.ask("create", "POST /channels/create?endpoint=PJSIP/answers&app=my-app&channelId=probe-undialled");
    script.events(app, "it is in the application", &[want("StasisStart").about("probe-undialled")]);
    script.ask("hang up", "DELETE /channels/probe-undialled");
    script.events(app, "it has ended", &[want("ChannelDestroyed").about("probe-undialled")]);
    script.until_status("/channels/probe-undialled", 404);
}
