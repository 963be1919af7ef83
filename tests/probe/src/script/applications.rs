//! Applications: subscriptions, filters, and what becomes of calls when the application's socket comes and goes.

use std::time::Duration;

use super::{Order, REFUSAL, Script, want};
use crate::http::Request;
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    subscriptions(script, app);
    filters(script, app);
}

fn subscriptions(script: &mut Script, app: &Events) {
    script.scenario("subscriptions");
    let path = "/applications/my-app/subscription";
    for (what, line) in [
        ("applications", "GET /applications".to_owned()),
        ("application", "GET /applications/my-app".into()),
        ("endpoint", format!("POST {path}?eventSource=endpoint:PJSIP/answers")),
        ("endpoint again", format!("POST {path}?eventSource=endpoint:PJSIP/answers")),
        ("application with an endpoint", "GET /applications/my-app".into()),
        ("unknown scheme", format!("POST {path}?eventSource=foo:bar")),
        ("unknown channel", format!("POST {path}?eventSource=channel:nope")),
        ("unknown bridge", format!("POST {path}?eventSource=bridge:nope")),
        ("unknown endpoint", format!("POST {path}?eventSource=endpoint:PJSIP/nope")),
        ("nothing", format!("POST {path}")),
        (
            "unknown application",
            "POST /applications/nope/subscription?eventSource=endpoint:PJSIP/answers".into(),
        ),
        ("endpoint off", format!("DELETE {path}?eventSource=endpoint:PJSIP/answers")),
        ("endpoint off again", format!("DELETE {path}?eventSource=endpoint:PJSIP/answers")),
        ("endpoint off a third time", format!("DELETE {path}?eventSource=endpoint:PJSIP/answers")),
        ("nothing off", format!("DELETE {path}")),
        (
            "off of an unknown application",
            "DELETE /applications/nope/subscription?eventSource=channel:x".into(),
        ),
    ] {
        script.ask(what, &line);
    }
    script.ask("bridge to listen to", "POST /bridges/probe-heard?type=mixing&name=heard");
    script.ask("bridge", &format!("POST {path}?eventSource=bridge:probe-heard"));
    script.ask("destroy the bridge", "DELETE /bridges/probe-heard");
    script.events(app, "its end is heard", &[want("BridgeDestroyed").about("probe-heard")]);
    script.until("/applications/my-app", |answer| {
        String::from_utf8_lossy(&answer.body).contains("\"bridge_ids\":[]")
    });
    script.ask("application without the bridge", "GET /applications/my-app");
    everything(script);
}

/// A wildcard cannot be taken back in the recorded server, so it goes to an application of its own.
fn everything(script: &mut Script) {
    script.scenario("wildcard subscription");
    let Some(watch) = script.connect("watch-app", "app=watch-app&api_key=admin:password") else { return };
    let path = "/applications/watch-app/subscription";
    script.ask("every bridge", &format!("POST {path}?eventSource=bridge:"));
    script.ask("create one", "POST /bridges/probe-any?type=mixing");
    script.events(&watch, "its creation is heard", &[want("BridgeCreated").about("probe-any")]);
    script.ask("destroy it", "DELETE /bridges/probe-any");
    script.events(&watch, "its end is heard", &[want("BridgeDestroyed").about("probe-any")]);
    script.ask("several at once", &format!("POST {path}?eventSource=channel:,endpoint:PJSIP/busy"));
    script.ask("every bridge off", &format!("DELETE {path}?eventSource=bridge:"));
    script.ask("endpoint off", &format!("DELETE {path}?eventSource=endpoint:PJSIP/busy"));
    watch.close();
    script.scenario("subscribed to all");
    let Some(all) = script.connect("all-app", "app=all-app&subscribeAll=true&api_key=admin:password") else {
        return;
    };
    script.ask("application", "GET /applications/all-app");
    script.ask("set a global variable", "POST /asterisk/variable?variable=HEARD&value=1");
    script.events(&all, "the variable is heard", &[want("ChannelVarset").with("/variable", "HEARD")]);
    script.ask("create a bridge", "POST /bridges/probe-all?type=mixing");
    script.ask("destroy it", "DELETE /bridges/probe-all");
    script.events(&all, "the bridge is heard", &[want("BridgeDestroyed").about("probe-all")]);
    all.close();
    script.until_status("/applications/all-app", 404);
}

fn filters(script: &mut Script, _app: &Events) {
    script.scenario("event filter");
    let line = "PUT /applications/my-app/eventFilter";
    script.ask_json("disallow", line, r#"{"disallowed": [{"type": "ChannelVarset"}]}"#);
    script.ask_json("allow", line, r#"{"allowed": [{"type": "StasisStart"}]}"#);
    script.ask_json("no list", line, r#"{"allowed": "x"}"#);
    script.ask_json("no type", line, r#"{"allowed": [{"name": "x"}]}"#);
    script.ask_json("unknown application", "PUT /applications/nope/eventFilter", "{}");
    script.ask_json("cleared", line, "{}");
    script.ask("without a body", line);
}

pub(super) fn calls(script: &mut Script, app: &Events) {
    not_connected(script);
    gone_and_back(script);
    replaced(script);
    moved(script, app);
    filtered(script, app);
    listened(script, app);
    last_words(script, app);
}

fn not_connected(script: &mut Script) {
    script.scenario("application not connected");
    let call = script.phone.invite("1002").expect("loopback sockets are to be had");
    script.sip(&call, "the dialplan goes on", REFUSAL);
}

fn gone_and_back(script: &mut Script) {
    script.scenario("application gone and back");
    let query = "app=gone-app&api_key=admin:password";
    let Some(first) = script.connect("gone-app", query) else { return };
    let (call, id) = script.arrive(&first, "it arrives", "1003");
    script.answer(&first, "", &call, &id);
    first.close();
    let second_call = script.phone.invite("1003").expect("loopback sockets are to be had");
    script.until("/applications/gone-app", |_| true);
    script.sip(&second_call, "a call while it is gone", REFUSAL);
    script.ask("the channel stays", &format!("GET /channels/{id}"));
    script.ask("the application stays", "GET /applications/gone-app");
    script.ask("the channel obeys", &format!("POST /channels/{id}/variable?variable=MEANWHILE&value=1"));
    script.scenario("application is back");
    let Some(again) = script.connect("gone-app", query) else { return };
    script.ask("the channel obeys still", &format!("POST /channels/{id}/variable?variable=AFTER&value=2"));
    script.events(&again, "and is heard", &[want("ChannelVarset").about(&id)]);
    script.end(&again, "", &call, &id);
    again.close();
    script.until_status("/applications/gone-app", 404);
    script.ask("the application is gone", "GET /applications/gone-app");
}

fn replaced(script: &mut Script) {
    script.scenario("application replaced");
    let query = "app=gone-app&api_key=admin:password";
    let Some(first) = script.connect("gone-app", query) else { return };
    let (call, id) = script.arrive(&first, "it arrives", "1003");
    script.scenario("application replaces");
    let Some(second) = script.connect("gone-app", query) else { return };
    script.events(&first, "the first is told", &[want("ApplicationReplaced")]);
    script.answer(&second, " by the second", &call, &id);
    script.end(&second, " by the second", &call, &id);
    script.listen(&first, "the first hears nothing more", Duration::from_millis(200));
    first.close();
    second.close();
    script.until_status("/applications/gone-app", 404);
}

fn moved(script: &mut Script, app: &Events) {
    script.scenario("moved between applications");
    let Some(other) = script.connect("other-app", "app=other-app&api_key=admin:password") else { return };
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("to an unknown one", &format!("POST /channels/{id}/move?app=nope&appArgs=a"));
    script.events(app, "that fails", &[want("ApplicationMoveFailed")]);
    script.ask("to the other", &format!("POST /channels/{id}/move?app=other-app&appArgs=x,y"));
    script.events(app, "the first loses it", &[want("StasisEnd").about(&id)]);
    script.events(&other, "the other gets it", &[want("StasisStart").about(&id)]);
    script.end(&other, " from the other", &call, &id);
    other.close();
}

fn filtered(script: &mut Script, app: &Events) {
    script.scenario("filtered events");
    let line = "PUT /applications/my-app/eventFilter";
    script.ask_json("no variables", line, r#"{"disallowed": [{"type": "ChannelVarset"}]}"#);
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("set a variable", &format!("POST /channels/{id}/variable?variable=UNHEARD&value=1"));
    script.end(app, "", &call, &id);
    script.ask_json("cleared", line, r#"{"disallowed": []}"#);
}

/// An application that has subscribed to a channel by itself hears of it after it left.
fn listened(script: &mut Script, app: &Events) {
    script.scenario("subscribed to a channel");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    let source = format!("/applications/my-app/subscription?eventSource=channel:{id}");
    script.rest("subscribe", Request::new("POST", &format!("/ari{source}")));
    script.answer(app, "", &call, &id);
    script.ask(
        "continue elsewhere",
        &format!("POST /channels/{id}/continue?context=probe&extension=3001&priority=1"),
    );
    script.events_in(
        app,
        "heard to its end",
        &[want("StasisEnd").about(&id), want("ChannelDestroyed").about(&id)],
        Order::Arrival,
    );
    script.sip(&call, "the caller is told", "BYE");
    script.until_status(&format!("/channels/{id}"), 404);
}

/// What the dialplan does after the end of a call is heard by one who has subscribed to the channel.
fn last_words(script: &mut Script, app: &Events) {
    for (scenario, continued) in
        [("last words after the caller", false), ("last words of the dialplan", true)]
    {
        script.scenario(scenario);
        let (call, id) = script.arrive(app, "it arrives", "1004");
        script.answer(app, "", &call, &id);
        let source = format!("/applications/my-app/subscription?eventSource=channel:{id}");
        script.rest("subscribe", Request::new("POST", &format!("/ari{source}")));
        if continued {
            script.ask("continue", &format!("POST /channels/{id}/continue"));
        } else {
            script.phone.hang_up(&call);
        }
        script.events(app, "heard to its end", &[want("ChannelDestroyed").about(&id)]);
        script.until_status(&format!("/channels/{id}"), 404);
    }
}
