//! Requests that need neither call nor application.

use super::Script;

pub(super) fn run(script: &mut Script) {
    script.scenario("asterisk");
    for (what, line) in [
        ("info", "GET /asterisk/info"),
        ("info, one part", "GET /asterisk/info?only=build"),
        ("info, two parts", "GET /asterisk/info?only=system,status"),
        ("info, bogus part", "GET /asterisk/info?only=bogus"),
        ("ping", "GET /asterisk/ping"),
        ("set a variable", "POST /asterisk/variable?variable=PROBEVAR&value=hello%20world"),
        ("get a variable", "GET /asterisk/variable?variable=PROBEVAR"),
        ("get a variable of the file", "GET /asterisk/variable?variable=PROBEGLOBAL"),
        ("get an unset variable", "GET /asterisk/variable?variable=NOSUCH"),
        ("get no variable", "GET /asterisk/variable"),
        ("set no variable", "POST /asterisk/variable?value=1"),
        ("unset a variable", "POST /asterisk/variable?variable=PROBEVAR"),
        ("it is unset", "GET /asterisk/variable?variable=PROBEVAR"),
    ] {
        script.ask(what, line);
    }
    script.scenario("endpoints");
    for (what, line) in [
        ("all", "GET /endpoints"),
        ("of a technology", "GET /endpoints/PJSIP"),
        ("of a technology in small letters", "GET /endpoints/pjsip"),
        ("unknown technology", "GET /endpoints/NOPE"),
        ("one", "GET /endpoints/PJSIP/answers"),
        ("one that is not registered", "GET /endpoints/PJSIP/absent"),
        ("unknown", "GET /endpoints/PJSIP/nope"),
    ] {
        script.ask(what, line);
    }
    script.scenario("nothing there");
    for (what, line) in [
        ("stored recordings", "GET /recordings/stored"),
        ("stored recording", "GET /recordings/stored/nope"),
        ("stored recording's file", "GET /recordings/stored/nope/file"),
        ("delete stored recording", "DELETE /recordings/stored/nope"),
        ("copy stored recording", "POST /recordings/stored/nope/copy?destinationRecordingName=other"),
        ("copy to nowhere", "POST /recordings/stored/nope/copy"),
        ("live recording", "GET /recordings/live/nope"),
        ("cancel live recording", "DELETE /recordings/live/nope"),
        ("stop live recording", "POST /recordings/live/nope/stop"),
        ("pause live recording", "POST /recordings/live/nope/pause"),
        ("unpause live recording", "DELETE /recordings/live/nope/pause"),
        ("mute live recording", "POST /recordings/live/nope/mute"),
        ("unmute live recording", "DELETE /recordings/live/nope/mute"),
        ("playback", "GET /playbacks/nope"),
        ("stop playback", "DELETE /playbacks/nope"),
        ("control playback", "POST /playbacks/nope/control?operation=pause"),
        ("control playback without operation", "POST /playbacks/nope/control"),
        ("applications", "GET /applications"),
        ("application", "GET /applications/nope"),
        ("bridges", "GET /bridges"),
        ("bridge", "GET /bridges/nope"),
        ("delete bridge", "DELETE /bridges/nope"),
        ("add to bridge", "POST /bridges/nope/addChannel?channel=x"),
        ("remove from bridge", "POST /bridges/nope/removeChannel?channel=x"),
        ("play to bridge", "POST /bridges/nope/play?media=sound:hello-world"),
        ("record bridge", "POST /bridges/nope/record?name=x&format=wav"),
        ("music in bridge", "POST /bridges/nope/moh"),
        ("no music in bridge", "DELETE /bridges/nope/moh"),
    ] {
        script.ask(what, line);
    }
}
