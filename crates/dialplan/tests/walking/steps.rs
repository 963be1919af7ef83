//! The order of steps, variables, jumps, sounds, and how a walk ends.

use call::script::Exit;
use call::{Cause, Location};

use crate::world::call;

#[test]
fn priorities_run_in_order_and_the_call_ends_after_the_last() {
    let world = call(
        "[main]\nexten => _X.,1,Answer()\n same => n,Set(A=${EXTEN:1}-${CALLERID(num)})\n same => n,NoOp(${A},${PRIORITY})\n",
        "100",
    );
    assert_eq!(world.steps, ["100 Answer()", "100 Set(A=00-1234)", "100 NoOp(00-1234,3)"]);
    assert_eq!(world.verbs, ["caller Answer"]);
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn set_writes_variables_globals_and_functions() {
    let plan = "[globals]\nG=one\n[main]\nexten => s,1,Set(__A=x=y)\n same => n,Set(GLOBAL(G)=two)\n same => n,Set(CALLERID(name)=Bob)\n same => n,Set(CHANNEL(language)=de)\n same => n,Set(B=${A} ${G} ${CALLERID(name)} ${CHANNEL(language)})\n same => n,Set(NOSUCH(x)=1)\n same => n,Set(C=)\n same => n,Hangup(17)\n";
    let world = call(plan, "s");
    assert_eq!(world.variable("B").as_deref(), Some("x=y two Bob de"));
    assert_eq!(world.variable("C").as_deref(), Some(""));
    assert_eq!(world.calls.inherited_variables(world.caller), [("__A".to_owned(), "x=y".to_owned())]);
    assert!(world.log.iter().any(|line| line == "main,s,6: `NOSUCH(x)` cannot be set"), "{:?}", world.log);
    assert_eq!(world.cause(), Some(Cause::BUSY));
}

#[test]
fn goto_takes_a_priority_a_label_an_extension_and_a_context() {
    let plan = "[main]\nexten => s,1,Goto(there)\n same => n,NoOp(passed over)\n same => n(there),Goto(other,1)\nexten => other,1,Goto(+2)\n same => n,NoOp(passed over)\n same => n,Goto(away,s,in)\n[away]\nexten => s,1,NoOp(passed over)\n same => n(in),Set(AT=${CONTEXT},${EXTEN},${PRIORITY})\n";
    let world = call(plan, "s");
    assert_eq!(world.variable("AT").as_deref(), Some("away,s,2"));
    assert!(world.steps.iter().all(|step| !step.contains("passed over")));
}

#[test]
fn goto_if_takes_either_way_or_none() {
    let plan = "[main]\nexten => s,1,Set(A=5)\n same => n,GotoIf($[${A} > 9]?no)\n same => n,GotoIf($[${A} = 5]?yes:no)\n same => n(no),Hangup(1)\n same => n(yes),GotoIf(0?no:last)\n same => n,Hangup(1)\n same => n(last),ExecIf(1?Set(B=a:b):Set(B=c))\n same => n,ExecIf(0?Hangup(1):NoOp())\n same => n,Hangup(19)\n";
    let world = call(plan, "s");
    assert_eq!(world.variable("B").as_deref(), Some("a:b"));
    assert_eq!(world.cause(), Some(Cause::NO_ANSWER));
}

#[test]
fn a_jump_to_nowhere_hangs_up_or_is_invalid() {
    let world = call("[main]\nexten => s,1,Goto(${NOWHERE})\n", "s");
    assert_eq!(world.cause(), Some(Cause::NORMAL));
    let world = call(
        "[main]\nexten => s,1,Set(TO=77)\n same => n,Goto(${TO},1)\nexten => i,1,NoOp(${INVALID_EXTEN})\n",
        "s",
    );
    assert_eq!(world.steps.last().map(String::as_str), Some("i NoOp(77)"));
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn an_extension_that_is_not_there_begins_at_s_or_i_or_not_at_all() {
    assert_eq!(call("[main]\nexten => s,1,NoOp(here)\n", "9").steps, ["s NoOp(here)"]);
    assert_eq!(
        call("[main]\nexten => 1,1,NoOp()\n[default]\nexten => s,1,NoOp(here)\n", "9").steps,
        ["s NoOp(here)"]
    );
    assert_eq!(call("[main]\nexten => i,1,NoOp(${INVALID_EXTEN})\n", "9").steps, ["i NoOp(9)"]);
    assert_eq!(call("[main]\nexten => 1,1,NoOp()\n", "9").cause(), Some(Cause::UNALLOCATED));
    assert_eq!(call("[other]\nexten => 1,1,NoOp()\n", "1").cause(), Some(Cause::UNALLOCATED));
}

#[test]
fn wait_lasts_so_long_and_ends_with_the_call() {
    let plan = "[main]\nexten => s,1,Wait(1.5)\n same => n,Set(DONE=1)\n same => n,Wait(9)\n";
    let mut world = call(plan, "s");
    world.pass(1.4);
    assert_eq!(world.variable("DONE"), None);
    world.pass(0.2);
    assert_eq!(world.variable("DONE").as_deref(), Some("1"));
    world.hang_up();
    assert_eq!(world.exit, Some(Exit::Left));
    assert!(!world.calls.is_alive(world.caller));
}

#[test]
fn playback_answers_plays_and_tells_how_it_went() {
    let plan = "[main]\nexten => s,1,Playback(one&two)\n same => n,Set(FIRST=${PLAYBACKSTATUS})\n same => n,Playback(missing)\n same => n,Wait(5)\n";
    let mut world = call(plan, "s");
    assert_eq!(world.verbs, ["caller Answer"]);
    assert_eq!(world.played, ["Sound(\"one\")"]);
    world.play_out();
    assert_eq!(world.played.len(), 2);
    world.press("5");
    world.play_out();
    assert_eq!(world.variable("FIRST").as_deref(), Some("SUCCESS"));
    assert_eq!(world.variable("PLAYBACKSTATUS").as_deref(), Some("FAILED"));
    assert!(
        world.log.iter().any(|line| line == "main,s,3: `missing` could not be played"),
        "{:?}",
        world.log
    );
}

#[test]
fn playback_without_an_answer_is_early_media_or_skipped() {
    let world = call("[main]\nexten => s,1,Playback(one,noanswer)\n", "s");
    assert_eq!(world.verbs, ["caller Progress"]);
    let world = call("[main]\nexten => s,1,Playback(one,skip)\n", "s");
    assert!(world.verbs.is_empty() && world.played.is_empty());
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn echo_ends_at_the_hash_and_music_at_its_time() {
    let plan = "[main]\nexten => s,1,Answer()\n same => n,Echo()\n same => n,MusicOnHold(jazz,3)\n same => n,Hangup()\n";
    let mut world = call(plan, "s");
    world.press("12");
    assert!(world.played.is_empty());
    world.press("#");
    assert_eq!(world.played, ["Music(\"jazz\")"]);
    assert!(world.hears());
    world.pass(3.0);
    assert!(!world.hears());
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn stasis_gives_the_channel_back_here_or_elsewhere() {
    let plan = "[main]\nexten => s,1,Stasis(ivr,one,two)\n same => n,Stasis(missing)\n same => n,Stasis(ivr)\nexten => 9,1,NoOp(back)\n";
    let mut world = call(plan, "s");
    assert_eq!(world.entered, Some(("ivr".to_owned(), vec!["one".to_owned(), "two".to_owned()])));
    world.give_back(None);
    assert_eq!(world.entered, Some(("ivr".to_owned(), vec![])));
    world.give_back(Some(Location { context: "main".to_owned(), exten: "9".to_owned(), priority: 1 }));
    assert_eq!(world.steps.last().map(String::as_str), Some("9 NoOp(back)"));
}

#[test]
fn an_unknown_application_hangs_up() {
    // Never loaded with errors otherwise: a name that is known to Asterisk alone.
    let config = conf::Config::parse("extensions.conf", "[main]\nexten => s,1,Queue(sales)\n");
    let applications = dialplan::Applications { supported: dialplan::SUPPORTED };
    let (plan, complaints) = dialplan::Dialplan::load(&config, applications);
    assert_eq!(complaints.len(), 1);
    let world = crate::world::call_with(plan, "s");
    assert_eq!(world.cause(), Some(Cause::NORMAL));
    assert_eq!(world.log, ["main,s,1: there is no application Queue"]);
}

#[test]
fn a_conference_is_one_bridge_that_goes_with_its_last_member() {
    let mut world = call("[main]\nexten => s,1,Conference(weekly)\n", "s");
    let bridge = world.calls.bridge_by_id("conference-weekly").expect("the bridge");
    assert_eq!(world.calls.bridge_channels(bridge), [world.caller]);
    assert_eq!(world.verbs, ["caller Answer"]);
    assert!(world.hears());
    world.hang_up();
    assert_eq!(world.calls.bridge_by_id("conference-weekly"), None);
}

#[test]
fn priorities_and_extensions_are_looked_up_from_outside() {
    let config = conf::Config::parse(
        "extensions.conf",
        "[main]\nexten => _2XX,1,NoOp()\n same => n(here),NoOp()\ninclude => night,0:00-0:01,*,*,*\n[night]\nexten => 9,1,NoOp()\n",
    );
    let (plan, _) =
        dialplan::Dialplan::load(&config, dialplan::Applications { supported: dialplan::SUPPORTED });
    assert_eq!(dialplan::priority_of(&plan, "main", "200", "here"), Some(2));
    assert_eq!(dialplan::priority_of(&plan, "main", "200", "there"), None);
    assert!(dialplan::exists(&plan, "main", "200", ""));
    assert!(dialplan::exists(&plan, "main", "9", "1234"));
    assert!(!dialplan::exists(&plan, "main", "8", "1234"));
}

#[test]
fn numbers_are_said() {
    let mut world =
        call("[main]\nexten => s,1,SayDigits(12)\n same => n,SayNumber(7)\n same => n,SayAlpha(a)\n", "s");
    for _ in 0..3 {
        world.play_out();
    }
    assert_eq!(
        world.played,
        ["Sound(\"digits/1\") Sound(\"digits/2\")", "Sound(\"digits/7\")", "Sound(\"letters/a\")"]
    );
}

#[test]
fn a_loop_that_waits_ends_with_the_call() {
    let mut world = call("[main]\nexten => s,1,Wait(1)\n same => n,Goto(1)\n", "s");
    world.pass(100.5);
    world.hang_up();
    assert_eq!(world.exit, Some(Exit::Left));
}

#[test]
fn a_subroutine_has_arguments_and_variables_of_its_own_and_returns() {
    let plan = "[main]\nexten => s,1,Set(X=outer)\n same => n,Gosub(sub,s,1(a,b))\n same => n,Set(AFTER=${GOSUB_RETVAL} ${X} ${ARG1}.)\n same => n,GosubIf(0?sub,s,1(q):leaf(r))\n same => n,Hangup(17)\n same => n(leaf),Return(${ARG1})\n[sub]\nexten => s,1,Set(LOCAL(X)=inner)\n same => n,Gosub(deep,1(c))\n same => n,Return(${ARGC}${ARG2}${GOSUB_RETVAL}${X})\nexten => deep,1,Return(${ARG1})\n";
    let world = call(plan, "s");
    assert_eq!(world.variable("AFTER").as_deref(), Some("2bcinner outer ."));
    assert_eq!(world.variable("GOSUB_RETVAL").as_deref(), Some("r"));
    assert_eq!(world.cause(), Some(Cause::BUSY));
}

#[test]
fn subroutines_that_never_return_and_returns_from_none_end_the_call() {
    let world = call("[main]\nexten => s,1,Gosub(s,1)\n", "s");
    assert_eq!(world.cause(), Some(Cause::NORMAL));
    assert!(world.log.iter().any(|line| line.contains("nest deeper than 100")));
    assert_eq!(call("[main]\nexten => s,1,Return()\n", "s").cause(), Some(Cause::NORMAL));
}
