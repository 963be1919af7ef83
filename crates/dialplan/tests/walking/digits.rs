//! Extensions that callers dial while a walk is under way.

use call::Cause;

use crate::world::call;

const MENU: &str = "[main]\nexten => s,1,BackGround(menu)\n same => n,WaitExten(5)\nexten => 1,1,NoOp(one)\n same => n,Wait(9)\nexten => 20,1,NoOp(twenty)\n same => n,Wait(9)\nexten => 2,1,NoOp(two)\n same => n,Wait(9)\nexten => i,1,NoOp(wrong ${INVALID_EXTEN})\n same => n,Wait(9)\nexten => t,1,NoOp(late)\n same => n,Wait(9)\n";

/// The last step before the channel waits.
fn last(world: &crate::world::World) -> &str {
    world.steps.iter().rfind(|step| !step.ends_with("Wait(9)")).map_or("", String::as_str)
}

#[test]
fn a_digit_that_is_a_whole_extension_jumps_at_once() {
    let mut world = call(MENU, "s");
    assert!(world.hears());
    world.press("1");
    assert!(!world.hears());
    assert_eq!(last(&world), "1 NoOp(one)");
    assert_eq!(world.variable("BACKGROUNDSTATUS").as_deref(), Some("SUCCESS"));
}

#[test]
fn a_digit_that_could_be_longer_waits_for_more() {
    let mut world = call(MENU, "s");
    world.press("2");
    assert_eq!(last(&world), "s BackGround(menu)");
    world.pass(4.9);
    world.press("0");
    assert_eq!(last(&world), "20 NoOp(twenty)");

    let mut world = call(MENU, "s");
    world.press("2");
    world.pass(5.1);
    assert_eq!(last(&world), "2 NoOp(two)");
}

#[test]
fn a_wrong_extension_goes_to_i() {
    let mut world = call(MENU, "s");
    world.press("29");
    assert_eq!(last(&world), "i NoOp(wrong 29)");

    let mut world = call("[main]\nexten => s,1,WaitExten()\n", "s");
    world.press("5");
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn nothing_dialled_goes_to_t() {
    let mut world = call(MENU, "s");
    world.play_out();
    assert_eq!(last(&world), "s WaitExten(5)");
    world.pass(5.0);
    assert_eq!(last(&world), "t NoOp(late)");
}

#[test]
fn wait_exten_waits_ten_seconds_and_goes_on_where_something_follows() {
    let plan = "[main]\nexten => s,1,WaitExten(,m(jazz))\n same => n,NoOp(after)\n";
    let mut world = call(plan, "s");
    assert!(world.hears());
    world.pass(9.9);
    assert_eq!(world.exit, None);
    world.pass(0.2);
    assert_eq!(last(&world), "s NoOp(after)");
    assert!(!world.hears());
}

#[test]
fn background_minds_its_options() {
    let extensions = "exten => 1,1,NoOp(one)\n same => n,Wait(9)\n";
    let with = |options: &str| {
        call(
            &format!("[main]\nexten => s,1,BackGround(menu,{options})\n same => n,Wait(5)\n{extensions}"),
            "s",
        )
    };
    let mut world = with("m");
    world.press("7");
    assert!(world.hears());
    world.press("1");
    assert_eq!(last(&world), "1 NoOp(one)");
    let mut world = with("p");
    world.press("1");
    assert!(world.hears());
    assert_eq!(with("n").verbs, ["caller Progress"]);
    assert_eq!(with("s").played, [""; 0]);
}

#[test]
fn background_enters_the_context_it_names() {
    let plan = "[main]\nexten => s,1,BackGround(menu,,de,other)\n[other]\nexten => 3,1,NoOp(there)\n";
    let mut world = call(plan, "s");
    world.press("3");
    assert_eq!(last(&world), "3 NoOp(there)");
    assert_eq!(world.variable("CONTEXT").as_deref(), Some("other"));
}

#[test]
fn without_falling_through_the_end_of_an_extension_waits_for_digits() {
    let plan = "[general]\nautofallthrough=no\n[main]\nexten => s,1,Answer()\nexten => 5,1,Hangup(17)\n";
    let mut world = call(plan, "s");
    assert_eq!(world.exit, None);
    world.press("5");
    assert_eq!(world.cause(), Some(Cause::BUSY));
    let mut world = call(plan, "s");
    world.pass(10.0);
    assert_eq!(world.cause(), Some(Cause::NORMAL));
}

#[test]
fn read_takes_digits_up_to_the_hash_the_most_or_the_time() {
    let with = |arguments: &str| {
        call(&format!("[main]\nexten => s,1,Read(PIN,{arguments})\n same => n,Wait(9)\n"), "s")
    };
    let read = |world: &crate::world::World| {
        (world.variable("PIN").unwrap_or_default(), world.variable("READSTATUS").unwrap_or_default())
    };
    let ok = |digits: &str| (digits.to_owned(), "OK".to_owned());
    let mut world = with("enter");
    world.press("12#");
    assert!(!world.hears());
    assert_eq!(read(&world), ok("12"));
    let mut world = with("enter,4");
    world.play_out();
    world.press("1234");
    assert_eq!(read(&world), ok("1234"));
    let mut world = with(",,,,3");
    world.press("1");
    world.pass(3.0);
    assert_eq!(read(&world), ("1".to_owned(), "TIMEOUT".to_owned()));
    let mut world = with("enter,,,2");
    world.play_out();
    world.pass(10.0);
    assert!(world.hears());
    world.press("#");
    assert_eq!(read(&world), ok(""));
}
