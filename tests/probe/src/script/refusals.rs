//! What is refused to one who has a channel and a bridge to ask of.

use super::{Script, want};
use crate::ws::Events;

pub(super) fn run(script: &mut Script, app: &Events) {
    script.scenario("refusals");
    let (call, id) = script.arrive(app, "it arrives", "1000");
    script.answer(app, "", &call, &id);
    script.ask("make a bridge", "POST /bridges?bridgeId=probe-refuses");
    for (what, line) in [
        ("variables without names", "GET /channels/ID/variables"),
        ("variables, one not set", "GET /channels/ID/variables?variables=EXTEN,NOSUCH"),
        ("set no variables", "POST /channels/ID/variables"),
        ("variables of no channel", "GET /channels/nope/variables?variables=X"),
        ("redirect to no resource", "POST /channels/ID/redirect?endpoint=PJSIP/"),
        ("redirect to nobody", "POST /channels/ID/redirect"),
        ("continue to priority 0", "POST /channels/ID/continue?label=0"),
        ("record without a name", "POST /channels/ID/record?format=wav"),
        ("record without a format", "POST /channels/ID/record?name=x"),
        ("record outside", "POST /channels/ID/record?name=../x&format=wav"),
        ("record until a letter", "POST /channels/ID/record?name=x&format=wav&terminateOn=x"),
        ("record whatever is there", "POST /channels/ID/record?name=x&format=wav&ifExists=x"),
        ("an id in use", "POST /channels/create?endpoint=PJSIP/answers&app=my-app&channelId=ID"),
        ("variables of no bridge", "GET /bridges/nope/variables?variables=X"),
        ("variable of no bridge", "GET /bridges/nope/variable?variable=X"),
        ("set a variable of no bridge", "POST /bridges/nope/variable?variable=X"),
        ("variable of a bridge, not set", "GET /bridges/probe-refuses/variable?variable=X"),
        ("variables of a bridge, not set", "GET /bridges/probe-refuses/variables?variables=X"),
        ("no variable of a bridge", "GET /bridges/probe-refuses/variable"),
        ("no variables of a bridge", "GET /bridges/probe-refuses/variables"),
        ("the same bridge", "POST /bridges/probe-refuses"),
        ("remove who is not in it", "POST /bridges/probe-refuses/removeChannel?channel=ID"),
        ("remove nobody", "POST /bridges/probe-refuses/removeChannel"),
        (
            "announce in an unknown format",
            "POST /bridges/probe-refuses/play?media=sound:x&announcer_format=nope",
        ),
        ("record in an unknown format", "POST /bridges/probe-refuses/record?name=x&format=nope"),
        (
            "record by an unknown format",
            "POST /bridges/probe-refuses/record?name=x&format=wav&recorder_format=nope",
        ),
        ("record a bridge without a name", "POST /bridges/probe-refuses/record?format=wav"),
        ("an unknown operation", "POST /playbacks/nope/control?operation=nope"),
        ("an event of no application", "POST /events/user/x"),
        ("an event of an unknown application", "POST /events/user/x?application=nope"),
        ("an event about nobody", "POST /events/user/x?application=my-app&source=channel:nope"),
        ("an event about nothing", "POST /events/user/x?application=my-app&source=nope:x"),
        ("an unknown endpoint of an unknown technology", "GET /endpoints/NOPE/x"),
    ] {
        script.ask(what, &line.replace("ID", &id));
    }
    script.ask(
        "record it",
        &format!("POST /channels/{id}/record?name=probe-refused&format=wav&maxDurationSeconds=1"),
    );
    script.events(app, "it is recorded", &[want("RecordingStarted").about("probe-refused")]);
    script.ask("add who is recorded", &format!("POST /bridges/probe-refuses/addChannel?channel={id}"));
    script.ask("record it again", &format!("POST /channels/{id}/record?name=probe-refused&format=wav"));
    script.events(app, "it was recorded", &[want("RecordingFinished").about("probe-refused")]);
    script.ask("delete the recording", "DELETE /recordings/stored/probe-refused");
    script.ask("end the bridge", "DELETE /bridges/probe-refuses");
    reported(script, app, &id);
    script.end(app, "", &call, &id);
}

/// Variables that are shown with the channel.
fn reported(script: &mut Script, app: &Events, id: &str) {
    let line = |query: &str| format!("POST /channels/{id}/variable?{query}");
    script.ask("report a variable", &line("variable=SHOWN&value=1&report_events=true"));
    script.ask("get the channel with it", &format!("GET /channels/{id}"));
    script.ask("report it no more", &line("variable=SHOWN&value=2"));
    script.ask("get the channel without it", &format!("GET /channels/{id}"));
    let heard = want("ChannelVarset").about(id).with("/value", "2");
    script.events(app, "the variable is heard", &[heard]);
}
