//! Every way a Dial can end.

use call::script::Exit;
use call::{Cause, ChannelState};

use crate::world::{World, call};

/// Dials as written, then waits so that variables can be looked at.
fn dial(arguments: &str) -> World {
    call(
        &format!("[main]\nexten => 7,1,Set(_KEPT=x)\n same => n,Dial({arguments})\n same => n,Wait(9)\n"),
        "7",
    )
}

fn status(world: &World) -> String {
    world.variable("DIALSTATUS").unwrap_or_default()
}

fn verbs(world: &mut World) -> Vec<String> {
    std::mem::take(&mut world.verbs)
}

#[test]
fn an_answer_connects_the_two_until_the_peer_hangs_up() {
    let mut world = dial("PJSIP/2001,30");
    let peer = world.branch("2001");
    let seen = world.calls.snapshot(peer).expect("there");
    assert_eq!((seen.caller.number.as_str(), seen.connected.number.as_str()), ("7", "1234"));
    assert_eq!((seen.dialplan.app_name.as_str(), seen.dialplan.context.as_str()), ("AppDial", "phones"));
    assert_eq!(world.calls.variable(Some(peer), "KEPT").as_deref(), Some("x"));
    assert_eq!(verbs(&mut world), ["2001 Dial"]);
    world.ring("2001");
    assert_eq!(verbs(&mut world), ["caller Ring"]);
    world.pass(2.0);
    world.answer("2001");
    assert!(verbs(&mut world).contains(&"caller Answer".to_owned()));
    assert_eq!(world.calls.state(world.caller), Some(ChannelState::Up));
    let bridge = world.calls.bridge_of(world.caller).expect("bridged");
    assert_eq!(world.calls.bridge_channels(bridge), [peer, world.caller]);
    assert_eq!(status(&world), "ANSWER");
    assert!(world.variable("DIALEDPEERNAME").expect("set").starts_with("PJSIP/2001-"));
    assert_eq!(world.variable("DIALEDPEERNUMBER").as_deref(), Some("2001"));
    world.pass(40.0);
    world.press("1");
    world.end("2001", Cause::NORMAL);
    assert_eq!(world.variable("ANSWEREDTIME").as_deref(), Some("40"));
    assert_eq!(world.variable("DIALEDTIME_MS").as_deref(), Some("42000"));
    assert_eq!(world.variable("HANGUPCAUSE").as_deref(), Some("16"));
    assert_eq!(world.calls.bridge_of(world.caller), None);
    assert_eq!(world.calls.bridges().count(), 0);
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn with_g_the_dialplan_goes_on_after_the_peer() {
    let mut world = dial("PJSIP/2001,,g");
    world.answer("2001");
    world.end("2001", Cause::NORMAL);
    assert_eq!(world.exit, None);
    assert_eq!(world.steps.last().map(String::as_str), Some("7 Wait(9)"));
}

#[test]
fn the_caller_that_leaves_takes_all_along() {
    let mut world = dial("PJSIP/2001&PJSIP/2002");
    world.hang_up();
    assert_eq!(world.exit, Some(Exit::Left));
    assert_eq!(world.calls.channels().count(), 0);
    let mut world = dial("PJSIP/2001");
    world.answer("2001");
    world.hang_up();
    assert_eq!(world.calls.channels().count(), 0);
    assert_eq!(world.calls.bridges().count(), 0);
}

#[test]
fn the_first_to_answer_wins_and_the_others_stop_ringing() {
    let mut world = dial("PJSIP/2001&PJSIP/2002&PJSIP/2003");
    world.ring("2001");
    world.ring("2002");
    assert_eq!(verbs(&mut world).iter().filter(|verb| *verb == "caller Ring").count(), 1);
    world.end("2003", Cause::BUSY);
    world.answer("2002");
    assert!(verbs(&mut world).contains(&"hang up 26".to_owned()));
    assert_eq!(world.calls.channels().count(), 2);
    assert_eq!(status(&world), "ANSWER");
}

#[test]
fn nobody_answers_in_time() {
    let mut world = dial("PJSIP/2001&PJSIP/2002,20");
    world.end("2002", Cause::BUSY);
    world.pass(19.9);
    assert_eq!(status(&world), "");
    world.pass(0.2);
    assert_eq!(status(&world), "NOANSWER");
    assert_eq!(world.calls.channels().count(), 1);
    assert_eq!(world.steps.last().map(String::as_str), Some("7 Wait(9)"));
}

#[test]
fn failures_are_told_as_asterisk_weighs_them() {
    let after = |causes: [Cause; 2]| {
        let mut world = dial("PJSIP/2001&PJSIP/2002");
        world.end("2001", causes[0]);
        assert_eq!(status(&world), "");
        world.end("2002", causes[1]);
        status(&world)
    };
    assert_eq!(after([Cause::BUSY, Cause::BUSY]), "BUSY");
    assert_eq!(after([Cause::CONGESTION, Cause::BUSY]), "BUSY");
    assert_eq!(after([Cause::NO_ROUTE, Cause::CONGESTION]), "CONGESTION");
    assert_eq!(after([Cause::UNALLOCATED, Cause::SUBSCRIBER_ABSENT]), "CHANUNAVAIL");
    assert_eq!(after([Cause::BUSY, Cause::NO_ANSWER]), "NOANSWER");
}

#[test]
fn what_cannot_be_dialled_is_told_at_once() {
    for destination in ["PJSIP/9999", "DAHDI/1", "2001", "PJSIP/9999&IAX2/x"] {
        let world = dial(destination);
        assert_eq!(status(&world), "CHANUNAVAIL", "{destination}");
    }
    let world = dial("");
    assert_eq!((status(&world).as_str(), world.cause()), ("INVALIDARGS", Some(Cause::NORMAL)));
    let mut world = dial("PJSIP/9999&PJSIP/2001");
    world.end("2001", Cause::BUSY);
    assert_eq!(status(&world), "BUSY");
}

#[test]
fn a_user_at_an_endpoint_is_dialled_through_it() {
    let mut world = dial("PJSIP/0301234@2001");
    let peer = world.branch("2001");
    assert_eq!(world.calls.dial_string(peer), Some("0301234@2001"));
    world.answer("2001");
    assert_eq!(world.variable("DIALEDPEERNUMBER").as_deref(), Some("0301234@2001"));
}

#[test]
fn a_call_that_falls_through_ends_as_its_dial_did() {
    let plan = "[main]\nexten => 7,1,Dial(PJSIP/2001)\n";
    let ended = |cause| {
        let mut world = call(plan, "7");
        world.end("2001", cause);
        world.cause()
    };
    assert_eq!(ended(Cause::BUSY), Some(Cause::BUSY));
    assert_eq!(ended(Cause::CONGESTION), Some(Cause::CONGESTION));
    assert_eq!(ended(Cause::SUBSCRIBER_ABSENT), Some(Cause::CONGESTION));
    assert_eq!(ended(Cause::NO_ANSWER), Some(Cause::NO_ANSWER));
    // One that is answered already hears the tone first.
    let mut world = call("[main]\nexten => 7,1,Answer()\n same => n,Dial(PJSIP/2001)\n", "7");
    world.ring("2001");
    assert!(world.hears());
    world.end("2001", Cause::BUSY);
    assert_eq!(world.exit, None);
    assert!(world.hears());
    world.pass(10.0);
    assert_eq!(world.cause(), Some(Cause::BUSY));
}

#[test]
fn early_media_of_a_single_branch_is_heard() {
    let mut world = dial("PJSIP/2001");
    world.progress("2001");
    assert!(verbs(&mut world).contains(&"caller Progress".to_owned()));
    assert!(world.calls.bridge_of(world.caller).is_some());
    world.answer("2001");
    assert_eq!(world.calls.bridges().count(), 1);
    let mut world = dial("PJSIP/2001");
    world.progress("2001");
    world.end("2001", Cause::BUSY);
    assert_eq!(world.calls.bridges().count(), 0);
    assert_eq!(status(&world), "BUSY");
    let mut world = dial("PJSIP/2001&PJSIP/2002");
    world.progress("2001");
    assert_eq!(world.calls.bridge_of(world.caller), None);
}

#[test]
fn ringing_and_music_are_heard_where_asked_for() {
    let mut world = dial("PJSIP/2001,,r");
    assert_eq!(verbs(&mut world), ["2001 Dial", "caller Ring"]);
    let mut world = dial("PJSIP/2001,,m(jazz)H");
    assert_eq!(world.played, ["Music(\"jazz\")"]);
    world.ring("2001");
    world.answer("2001");
    assert!(!world.hears());
    assert!(world.log.iter().any(|line| line.contains("the option `H` of Dial is not supported yet")));
}

#[test]
fn one_that_answers_and_leaves_at_once_is_still_an_answer() {
    let mut world = dial("PJSIP/2001,,g");
    let peer = world.branch("2001");
    world.calls.answered(peer);
    world.calls.hung_up(peer, Cause::NORMAL, None);
    world.settle();
    assert_eq!(status(&world), "ANSWER");
    assert_eq!(world.calls.bridges().count(), 0);
    assert_eq!(world.exit, None);
}
