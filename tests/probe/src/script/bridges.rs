//! Bridges: made, filled, played to, recorded, emptied.

use super::{Order, Script, Want, want};
use crate::phone::CallId;
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    alone(script);
    two_calls(script, app);
    plain(script, app);
    media(script, app);
    holding(script, app);
}

fn alone(script: &mut Script) {
    script.scenario("bridge without calls");
    for (what, line) in [
        ("create", "POST /bridges/probe-br?type=mixing,dtmf_events&name=peer"),
        ("create, id in use", "POST /bridges/probe-br?type=mixing"),
        ("create by the collection, id in use", "POST /bridges?bridgeId=probe-br&type=mixing"),
        ("create by the collection", "POST /bridges?bridgeId=probe-br2&type=holding"),
        ("create without a type", "POST /bridges?bridgeId=probe-br3"),
        ("create of an unknown type", "POST /bridges?type=nope"),
        ("create of two types", "POST /bridges?type=mixing,holding"),
        ("get", "GET /bridges/probe-br"),
        ("list", "GET /bridges"),
        ("add nothing", "POST /bridges/probe-br/addChannel"),
        ("add an unknown channel", "POST /bridges/probe-br/addChannel?channel=nope"),
        ("remove nothing", "POST /bridges/probe-br/removeChannel"),
        ("remove an unknown channel", "POST /bridges/probe-br/removeChannel?channel=nope"),
        ("stop music that does not play", "DELETE /bridges/probe-br/moh"),
        ("destroy", "DELETE /bridges/probe-br"),
        ("destroy again", "DELETE /bridges/probe-br"),
        ("destroy the second", "DELETE /bridges/probe-br2"),
        ("destroy the third", "DELETE /bridges/probe-br3"),
    ] {
        if what == "destroy again" {
            script.until_status("/bridges/probe-br", 404);
        }
        script.ask(what, line);
    }
    let created = script.ask_json("create with a server's id", "POST /bridges", r#"{"type": "mixing"}"#);
    let id = created["id"].as_str().unwrap_or("absent").to_owned();
    script.ask("destroy the one with a server's id", &format!("DELETE /bridges/{id}"));
}

fn two_calls(script: &mut Script, app: &Events) {
    script.scenario("two calls bridged");
    let (first, one) = script.arrive(app, "the first arrives", "1000");
    script.answer(app, " first", &first, &one);
    let (second, two) = script.arrive(app, "the second arrives", "1001");
    script.answer(app, " second", &second, &two);
    script.ask("create the bridge", "POST /bridges/probe-talk?type=mixing,dtmf_events&name=talk");
    script.ask("add the first", &format!("POST /bridges/probe-talk/addChannel?channel={one}"));
    script.events(app, "the first entered", &[want("ChannelEnteredBridge").about(&one)]);
    script.ask("add the second", &format!("POST /bridges/probe-talk/addChannel?channel={two}"));
    let wanted = [
        want("ChannelEnteredBridge").about(&two),
        want("ChannelConnectedLine").about(&one),
        want("ChannelConnectedLine").about(&two),
        want("ChannelVarset").about(&one).with("/variable", "BRIDGEPVTCALLID"),
        want("ChannelVarset").about(&two).with("/variable", "BRIDGEPVTCALLID"),
    ];
    script.events_in(app, "the second entered", &wanted, Order::BySubject);
    script.ask("get the bridge", "GET /bridges/probe-talk");
    script.ask("list bridges", "GET /bridges");
    script.ask("list channels", "GET /channels");
    script.ask("get a bridged channel", &format!("GET /channels/{one}"));
    script.ask("applications", "GET /applications/my-app");
    script.phone.press(&first, "7");
    script.events(app, "a digit in the bridge", &[want("ChannelDtmfReceived")]);
    script.ask("add one that is in", &format!("POST /bridges/probe-talk/addChannel?channel={one}"));
    let mut wanted = partners((&first, &one), (&second, &two));
    wanted.push(want("ChannelEnteredBridge").about(&one));
    script.events_in(app, "it enters again", &wanted, Order::BySubject);
    script.ask("remove the first", &format!("POST /bridges/probe-talk/removeChannel?channel={one}"));
    script.events_in(app, "the first left", &[want("ChannelLeftBridge").about(&one)], Order::BySubject);
    script.ask("remove the first again", &format!("POST /bridges/probe-talk/removeChannel?channel={one}"));
    script.ask("remove the second", &format!("POST /bridges/probe-talk/removeChannel?channel={two}"));
    script.events_in(app, "the second left", &[want("ChannelLeftBridge").about(&two)], Order::BySubject);
    script.ask("add both", &format!("POST /bridges/probe-talk/addChannel?channel={one},{two}"));
    let mut wanted = partners((&first, &one), (&second, &two));
    wanted.push(want("ChannelEnteredBridge").about(&one));
    wanted.push(want("ChannelEnteredBridge").about(&two));
    script.events_in(app, "both entered", &wanted, Order::BySubject);
    script.phone.hang_up(&second);
    script.events_in(app, "the second hung up", &[want("StasisEnd").about(&two)], Order::BySubject);
    script.until_status(&format!("/channels/{two}"), 404);
    script.ask("get the bridge with one", "GET /bridges/probe-talk");
    script.ask("destroy the bridge", "DELETE /bridges/probe-talk");
    let wanted = [want("ChannelLeftBridge").about(&one), want("BridgeDestroyed").about("probe-talk")];
    script.events_in(app, "the first left again", &wanted, Order::BySubject);
    script.ask("the first is still there", &format!("GET /channels/{one}"));
    script.end(app, " first", &first, &one);
}

/// Each of two bridged channels learns the other's Call-ID last.
fn partners(one: (&CallId, &str), two: (&CallId, &str)) -> Vec<Want> {
    let told = |of: &str, other: &CallId| want("ChannelVarset").about(of).with("/value", other.0.as_str());
    vec![told(one.1, two.0), told(two.1, one.0)]
}

/// Without `dtmf_events` the recorded server forwards packets past its core.
fn plain(script: &mut Script, app: &Events) {
    script.scenario("two calls bridged plainly");
    let (first, one) = script.arrive(app, "the first arrives", "1000");
    script.answer(app, " first", &first, &one);
    let (second, two) = script.arrive(app, "the second arrives", "1000");
    script.answer(app, " second", &second, &two);
    script.ask("create the bridge", "POST /bridges/probe-plain?type=mixing");
    script.ask("add the first", &format!("POST /bridges/probe-plain/addChannel?channel={one}"));
    script.events(app, "the first entered", &[want("ChannelEnteredBridge").about(&one)]);
    script.ask("add the second", &format!("POST /bridges/probe-plain/addChannel?channel={two}"));
    let mut wanted = partners((&first, &one), (&second, &two));
    wanted.push(want("ChannelConnectedLine").about(&one));
    wanted.push(want("ChannelConnectedLine").about(&two));
    wanted.push(want("ChannelEnteredBridge").about(&two));
    script.events_in(app, "both entered", &wanted, Order::BySubject);
    script.ask("get the bridge", "GET /bridges/probe-plain");
    script.ask("the application hangs up the first", &format!("DELETE /channels/{one}"));
    script.events_in(app, "the first has left", &[want("StasisEnd").about(&one)], Order::BySubject);
    script.sip(&first, "the first is told", "BYE");
    script.until_status(&format!("/channels/{one}"), 404);
    script.end(app, " second", &second, &two);
    script.ask("get the empty bridge", "GET /bridges/probe-plain");
    script.ask("destroy the bridge", "DELETE /bridges/probe-plain");
    script.events(app, "its end is heard", &[want("BridgeDestroyed").about("probe-plain")]);
}

fn media(script: &mut Script, app: &Events) {
    script.scenario("media in a bridge");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("create the bridge", "POST /bridges/probe-media?type=mixing");
    script.ask("add", &format!("POST /bridges/probe-media/addChannel?channel={id}"));
    script.events(app, "it entered", &[want("ChannelEnteredBridge").about(&id)]);
    script.ask("play to the bridge", "POST /bridges/probe-media/play/probe-bp?media=sound:hello-world");
    script.events_in(app, "it played", &[want("PlaybackFinished").about("probe-bp")], Order::WithoutPartners);
    script.ask("play nothing", "POST /bridges/probe-media/play");
    script.ask("record the bridge", "POST /bridges/probe-media/record?name=probe-brec&format=wav");
    script.events_in(
        app,
        "it records",
        &[want("RecordingStarted").about("probe-brec")],
        Order::WithoutPartners,
    );
    script.ask("record, name in use", "POST /bridges/probe-media/record?name=probe-brec&format=wav");
    script.ask("get the recording", "GET /recordings/live/probe-brec");
    script.until_heard(&call);
    script.ask("stop", "POST /recordings/live/probe-brec/stop");
    script.events_in(
        app,
        "it recorded",
        &[want("RecordingFinished").about("probe-brec")],
        Order::WithoutPartners,
    );
    script.ask("delete the recording", "DELETE /recordings/stored/probe-brec");
    script.ask(
        "record a channel in the bridge",
        &format!("POST /channels/{id}/record?name=probe-crec&format=wav"),
    );
    script.events_in(
        app,
        "that fails",
        &[want("RecordingFailed").about("probe-crec")],
        Order::WithoutPartners,
    );
    script.ask("music", "POST /bridges/probe-media/moh");
    script.ask("music again", "POST /bridges/probe-media/moh?mohClass=default");
    script.ask("no music", "DELETE /bridges/probe-media/moh");
    script.ask("no music again", "DELETE /bridges/probe-media/moh");
    script.ask("destroy the bridge", "DELETE /bridges/probe-media");
    script.events_in(app, "it left", &[want("ChannelLeftBridge").about(&id)], Order::WithoutPartners);
    script.end(app, "", &call, &id);
}

fn holding(script: &mut Script, app: &Events) {
    script.scenario("holding bridge");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("create the bridge", "POST /bridges/probe-hold?type=holding&name=hold");
    script.ask("add", &format!("POST /bridges/probe-hold/addChannel?channel={id}&role=participant"));
    script.events(app, "it entered", &[want("ChannelEnteredBridge").about(&id)]);
    script.ask("music", "POST /bridges/probe-hold/moh");
    script.ask("get the bridge", "GET /bridges/probe-hold");
    script.ask("no music", "DELETE /bridges/probe-hold/moh");
    script.phone.hang_up(&call);
    script.events_in(app, "the caller hung up", &[want("StasisEnd").about(&id)], Order::BySubject);
    script.until_status(&format!("/channels/{id}"), 404);
    script.ask("destroy the bridge", "DELETE /bridges/probe-hold");
    script.events(app, "its end is heard", &[want("BridgeDestroyed").about("probe-hold")]);
}
