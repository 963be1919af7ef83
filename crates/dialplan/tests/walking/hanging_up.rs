//! The extension `h`: what runs once the caller has gone.

use call::script::Exit;
use call::{Cause, ChannelState};

use crate::world::call;

const H: &str = "exten => h,1,Set(H=${DIALSTATUS}/${HANGUPCAUSE}/${ANSWEREDTIME}/${DIALEDTIME})\n";

fn h_of(plan: &str) -> String {
    format!("[main]\n{plan}{H}")
}

#[test]
fn h_runs_in_the_context_where_the_caller_hung_up() {
    let plan = "[main]\nexten => s,1,Gosub(sub,s,1)\nexten => h,1,Set(H=main)\n[sub]\nexten => s,1,Wait(9)\nexten => h,1,Set(H=${CONTEXT},${EXTEN},${PRIORITY})\n";
    let mut world = call(plan, "s");
    world.hang_up();
    assert_eq!(world.steps.last().map(String::as_str), Some("h Set(H=sub,h,1)"));
}

#[test]
fn h_reads_how_a_dial_ended() {
    let mut world = call(&h_of("exten => s,1,Dial(PJSIP/2001)\n"), "s");
    world.ring("2001");
    world.pass(2.0);
    world.hang_up();
    assert_eq!(world.steps.last().map(String::as_str), Some("h Set(H=CANCEL/0//)"));
    let mut world = call(&h_of("exten => s,1,Dial(PJSIP/2001,,g)\n"), "s");
    world.ring("2001");
    world.pass(2.0);
    world.answer("2001");
    world.pass(3.5);
    world.hang_up();
    assert_eq!(world.steps.last().map(String::as_str), Some("h Set(H=ANSWER/16/3/5)"));
}

#[test]
fn what_needs_the_caller_fails_and_what_waits_ends_it() {
    let plan = "[main]\nexten => s,1,Answer()\n same => n,Wait(9)\nexten => h,1,Playback(one)\n same => n,Set(P=${PLAYBACKSTATUS})\n same => n,BackGround(one)\n same => n,Read(X,one)\n same => n,Set(R=${BACKGROUNDSTATUS}/${READSTATUS})\n same => n,StartMusicOnHold()\n same => n,Ringing()\n same => n,Wait(0)\n same => n,Goto(x,1)\nexten => x,1,NoOp()\n same => n,Wait(0.1)\n same => n,NoOp(never)\n";
    let mut world = call(plan, "s");
    world.hang_up();
    assert_eq!(world.steps.last().map(String::as_str), Some("x Wait(0.1)"));
    assert!(world.steps.contains(&"h Set(P=FAILED)".to_owned()), "{:?}", world.steps);
    assert!(world.steps.contains(&"h Set(R=FAILED/HANGUP)".to_owned()), "{:?}", world.steps);
    assert!(world.played.is_empty() && !world.hears());
    assert_eq!(world.last_exit, Some(Exit::Finished));
}

#[test]
fn nobody_is_answered_or_called_any_more() {
    for step in ["Answer()", "Dial(PJSIP/2001,5)", "Playback(one)", "SayDigits(1)", "Conference(a)", "Echo()"]
    {
        let plan = format!("[main]\nexten => s,1,Wait(9)\nexten => h,1,{step}\n same => n,NoOp(never)\n");
        let mut world = call(&plan, "s");
        world.hang_up();
        let ran = world.steps.last().is_some_and(|last| *last == format!("h {step}"));
        assert!(ran, "{step}: {:?}", world.steps);
        assert_eq!(world.verbs, ["hang up 0"], "{step}");
    }
}

#[test]
fn h_chooses_the_last_cause() {
    let mut world = call("[main]\nexten => s,1,Wait(9)\nexten => h,1,Hangup(19)\n", "s");
    assert_eq!(world.calls.state(world.caller), Some(ChannelState::Ring));
    world.hang_up();
    assert_eq!(world.last_exit, Some(Exit::Hangup(Cause::NO_ANSWER)));
}
