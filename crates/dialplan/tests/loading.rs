//! What `extensions.conf` comes to, and what is said of it.

use conf::Config;
use dialplan::{Applications, Dialplan, LocalTime, Missing, Query};

const SUPPORTED: &[&str] =
    &["Answer", "NoOp", "Goto", "GotoIf", "Hangup", "Playback", "Dial", "Set", "Stasis"];
const NOON: LocalTime = LocalTime { minute: 720, weekday: 1, day: 23, month: 11 };

fn load(text: &str) -> (Dialplan, Vec<String>) {
    let config = Config::parse("extensions.conf", text);
    let (plan, complaints) = Dialplan::load(&config, Applications { supported: SUPPORTED });
    let said = config.complaints().iter().chain(&complaints).map(|complaint| config.describe(complaint));
    let said = said.map(|line| line.replace("extensions.conf:", "")).collect();
    (plan, said)
}

fn silent(text: &str) -> Dialplan {
    let (plan, said) = load(text);
    assert_eq!(said, [""; 0]);
    plan
}

fn query<'a>(context: &'a str, extension: &'a str) -> Query<'a> {
    Query { context, extension, caller: None, now: NOON }
}

/// `context extension priority application(arguments)` of what is found, or how far the search came.
fn at(plan: &Dialplan, context: &str, extension: &str, priority: u32) -> String {
    match plan.find(query(context, extension), priority) {
        Ok(found) => {
            let (step, name) = (found.step, &found.extension.name);
            format!("{} {name} {}({})", found.context.name, step.application, step.arguments)
        }
        Err(missing) => format!("{missing:?}"),
    }
}

#[test]
fn the_one_line_of_a_hundred_tutorials_is_understood() {
    let plan = silent("[default]\nexten => 1000,1,Stasis(my-app)\n");
    assert_eq!(at(&plan, "default", "1000", 1), "default 1000 Stasis(my-app)");
    assert_eq!(at(&plan, "default", "1000", 2), "Priority");
    assert_eq!(at(&plan, "default", "1001", 1), "Extension");
    assert_eq!(at(&plan, "elsewhere", "1000", 1), "Context");
}

#[test]
fn priorities_count_on() {
    let text =
        "[a]\nexten => 100,1,NoOp(1)\nsame => n,NoOp(2)\nsame => n+2,NoOp(5)\nexten => 200,s,NoOp(5)\n";
    let (plan, _) = load(text);
    assert_eq!(at(&plan, "a", "100", 2), "a 100 NoOp(2)");
    assert_eq!(at(&plan, "a", "100", 5), "a 100 NoOp(5)");
    assert_eq!(at(&plan, "a", "200", 5), "a 200 NoOp(5)");
}

#[test]
fn labels_are_found_and_steps_keep_their_arguments() {
    let plan = silent(
        "[a]\nexten => 100,1,Answer\nsame => n(hello),Playback(hello,noanswer)\nsame=>n,NoOp(a(b)c)\n\
         same => n,Set(x=\"a,b\")\nexten => _1XX,1(pat),NoOp(${EXTEN:1})\n",
    );
    assert_eq!(at(&plan, "a", "100", 2), "a 100 Playback(hello,noanswer)");
    assert_eq!(at(&plan, "a", "100", 3), "a 100 NoOp(a(b)c)");
    assert_eq!(at(&plan, "a", "100", 4), "a 100 Set(x=\"a,b\")");
    assert_eq!(at(&plan, "a", "101", 1), "a _1XX NoOp(${EXTEN:1})");
    assert_eq!(plan.find_label(query("a", "100"), "hello").expect("label").priority, 2);
    assert_eq!(plan.find_label(query("a", "100"), "pat").expect("label").priority, 1);
    assert_eq!(plan.find_label(query("a", "100"), "none").err(), Some(Missing::Label));
}

#[test]
fn a_less_specific_extension_goes_on_where_a_more_specific_one_ends() {
    let plan = silent("[a]\nexten => 100,1,Answer\nexten => _1XX,1,NoOp(1)\nexten => _1XX,2,NoOp(2)\n");
    assert_eq!(at(&plan, "a", "100", 1), "a 100 Answer()");
    assert_eq!(at(&plan, "a", "100", 2), "a _1XX NoOp(2)");
}

#[test]
fn includes_are_searched_depth_first_and_cycles_end() {
    let plan = silent(
        "[a]\ninclude => b\ninclude => c\nexten => 1,1,NoOp(a)\n[b]\ninclude => d\ninclude => a\nexten => 2,1,NoOp(b)\n\
         [c]\nexten => 3,1,NoOp(c)\nexten => 1,1,NoOp(not)\n[d]\nexten => 3,1,NoOp(d)\n",
    );
    assert_eq!(at(&plan, "a", "1", 1), "a 1 NoOp(a)");
    assert_eq!(at(&plan, "a", "2", 1), "b 2 NoOp(b)");
    assert_eq!(at(&plan, "a", "3", 1), "d 3 NoOp(d)");
    assert_eq!(at(&plan, "a", "4", 1), "Extension");
}

#[test]
fn an_include_may_hold_at_times_only() {
    let plan = silent(
        "[a]\ninclude => open,9:00-17:00,mon-fri,*,*\ninclude => closed\n[open]\nexten => s,1,NoOp(open)\n\
         [closed]\nexten => s,1,NoOp(closed)\n",
    );
    assert_eq!(at(&plan, "a", "s", 1), "open s NoOp(open)");
    let sunday = Query { now: LocalTime { weekday: 0, ..NOON }, ..query("a", "s") };
    assert_eq!(plan.find(sunday, 1).expect("found").context.name, "closed");
}

#[test]
fn a_callers_own_extension_comes_first() {
    let plan = silent(
        "[a]\nexten => 100,1,NoOp(all)\nexten => 100/555-1234,1,NoOp(one)\nexten => 100/_555XXXX,1,NoOp(some)\n\
         exten => 100/,1,NoOp(nobody)\n",
    );
    let arguments = |caller| {
        let query = Query { caller, ..query("a", "100") };
        plan.find(query, 1).map(|found| found.step.arguments.clone()).expect("found")
    };
    assert_eq!(arguments(Some("5551234")), "one");
    assert_eq!(arguments(Some("5559999")), "some");
    assert_eq!(arguments(Some("777")), "all");
    assert_eq!(arguments(None), "nobody");
}

#[test]
fn digits_are_collected_while_more_could_help() {
    let plan = silent(
        "[a]\nexten => 1,1,NoOp\nexten => 12,1,NoOp\nexten => _2XX,1,NoOp\nexten => _3!,1,NoOp\nexten => 35,1,NoOp\n\
         exten => _4.,1,NoOp\n",
    );
    let (can, more) =
        (|digits| plan.can_match(query("a", digits)), |digits| plan.match_more(query("a", digits)));
    assert!(can("1") && more("1"));
    assert!(can("12") && !more("12"));
    assert!(!can("13") && !more("13"));
    assert!(can("20") && more("20") && !more("200"));
    assert!(can("3") && can("36") && !more("36"));
    assert!(can("4") && more("4") && more("41"));
    assert!(can("") && more(""));
}

#[test]
fn globals_are_replaced_where_asterisk_replaces_them() {
    let plan = silent(
        "[globals]\nPHONE=PJSIP/2001\nNUMBER=10${LEN(abc)}\nBOTH=${PHONE}&x\n[a]\nexten => ${NUMBER},1,Dial(${PHONE})\n\
         ignorepat => 9\n[general]\nautofallthrough=no\n",
    );
    assert_eq!(at(&plan, "a", "103", 1), "a 103 Dial(${PHONE})");
    assert_eq!(plan.globals[2], ("BOTH".to_owned(), "PJSIP/2001&x".to_owned()));
    assert!(plan.keeps_dial_tone("a", "9") && !plan.keeps_dial_tone("a", "8"));
    assert!(!plan.settings.autofallthrough);
}

#[test]
fn hints_and_patterns_with_commas_are_read() {
    let plan =
        silent("[a]\nexten => 100,hint,PJSIP/100&PJSIP/101,CustomPresence:x\nexten => _[1,2]X,1,NoOp\n");
    let hint = plan.hint(query("a", "100")).expect("hint");
    assert_eq!(hint.step.application, "PJSIP/100&PJSIP/101,CustomPresence:x");
    assert_eq!(at(&plan, "a", "25", 1), "a _[1,2]X NoOp()");
    assert_eq!(at(&plan, "a", "100", 1), "Priority");
}

#[test]
fn every_line_that_cannot_work_is_named_with_what_to_write() {
    let (_, said) = load(
        "[general]\nautofallthru=yes\n[a]\nsame => n,NoOp\nexten => 100,n,Answer\nexten => 100\n\
         exten => 100,1,Anser()\nexten => 100,1,NoOp\nexten => 100,2(x,NoOp\nexten => 100,2,VoiceMail(1)\n\
         exten => 100,3,NoOp(open\nexten => 100,0,NoOp\nexten => 100,10,Goto(b,s,1)\nswitch => IAX2/x\n\
         inclde => b\ninclude => aa\nexten => _[12,1,NoOp\nexten => 200,2,NoOp\nexten => 100,4,Goto(nolabel)\n\
         include => a,25:00-26:00,*,*,*\n",
    );
    let expected = [
        "2:1: warning: unknown key `autofallthru` in [general]; did you mean `autofallthrough`?",
        "4:1: error: `same` has no `exten` before it in [a]; write `exten => name,1,…` first",
        "5:14: error: `n` has no priority before it to count from; write `100,1,…` here",
        "6:10: error: no priority after the extension's name; write `exten => 100,1,Application()`",
        "7:16: error: there is no application `Anser`; did you mean `Answer`?",
        "8:1: error: `100` in [a] has a priority 1 already; this line was passed over; \
         write `n` for the next priority",
        "9:14: error: the label in `2(x` has no closing `)`; write `2(x)`; the line was passed over",
        "10:16: error: the application `VoiceMail` is not supported yet; a call that gets here is hung up",
        "11:16: warning: `NoOp(open` has no closing `)`; write `NoOp(open)`; it was read so",
        "12:14: error: `0` is neither a priority nor a label of `100`; \
         write a number from 1, `n` or `hint`; the line was passed over",
        "13:17: warning: `100` in [a] has a priority 10 and no 5; \
         a call ends at the gap unless it jumps over it; write `n` for the next priority",
        "13:17: error: Goto jumps to the context [b], which does not exist; did you mean `a`?",
        "14:1: error: `switch` is not supported: nothing is looked up elsewhere; \
         put the extensions into this file, or `include` the context that has them",
        "15:1: warning: unknown directive `inclde` in [a]; did you mean `include`?",
        "16:12: error: [a] includes [aa], which does not exist; did you mean `a`?",
        "17:10: error: the pattern `_[12` has a `[` without its `]`; write a set as in `_[1-3]XX`",
    ];
    assert_eq!(said[..expected.len()], expected);
    let rest = said[expected.len()..].join("\n");
    assert!(
        rest.contains("20:12: error: `25:00-26:00` is not a range of times such as 9:00-17:00"),
        "{rest}"
    );
}

#[test]
fn an_extension_without_a_first_priority_is_named() {
    let (_, said) = load("[a]\nexten => 100,1,NoOp\nexten => 200,n,NoOp\n");
    let expected = "3:16: warning: `200` in [a] has no priority 1 and is never entered by dialling; \
                    write `exten => 200,1,NoOp(…)`: this is priority 2";
    assert_eq!(said, [expected]);
}
