//! Any text loads, any text evaluates.

use conf::Config;
use dialplan::{
    Applications, Dialplan, LocalTime, Lookup, MAX_TEXT, Problem, Query, call_function, evaluate, parse_args,
    substitute,
};
use proptest::prelude::*;

struct Echo;

impl Lookup for Echo {
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "A" => Some("x".repeat(3_000)),
            "B" => Some("1-2\u{e4}-3".to_owned()),
            _ => None,
        }
    }

    fn function(&self, name: &str, args: &str) -> Result<String, Problem> {
        match name {
            "ECHO" => Ok(args.to_owned()),
            _ => Err(Problem::UnknownFunction(name.to_owned())),
        }
    }
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[a]".to_owned()),
        Just("[b]".to_owned()),
        Just("include => b".to_owned()),
        Just("include => a,9:00-10:00&x,*,*,*".to_owned()),
        "exten => [_0-9XNZ.!\\[\\]/-]{0,8},(n|s|hint|[0-9]{1,12})(\\([a-z]{0,2}\\)?)?,(NoOp|Goto)\\([a-b,1]{0,5}\\)?",
        "same => (n|n\\+[0-9]{1,12}),NoOp\\(\\$[\\[\\{(]?",
        "[a-z]{0,6} ?=>? ?[ -~\u{e4}]{0,20}",
    ];
    proptest::collection::vec(line, 0..40).prop_map(|lines| lines.join("\n"))
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("${".to_owned()),
        Just("$[".to_owned()),
        Just("}".to_owned()),
        Just("]".to_owned()),
        Just("${A}".to_owned()),
        Just("${B:-4:1}".to_owned()),
        Just("ECHO(".to_owned()),
        Just("CUT(B,-,2-)".to_owned()),
        "[-+*/%|&=<>!?:~() ]{1,3}",
        "[0-9.]{1,25}",
        "[ -~\u{e4}]{0,6}",
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_loads(text in prop_oneof![lines(), any::<String>()], dialled in "[0-9a-c-]{0,5}") {
        let config = Config::parse("extensions.conf", &text);
        let (plan, complaints) = Dialplan::load(&config, Applications { supported: &["NoOp"] });
        prop_assert!(complaints.len() <= conf::MAX_COMPLAINTS);
        let now = LocalTime { minute: 0, weekday: 0, day: 1, month: 1 };
        for context in plan.contexts() {
            let query = Query { context: &context.name, extension: &dialled, caller: None, now };
            if plan.find(query, 1).is_ok() {
                prop_assert!(plan.can_match(query));
            }
            plan.match_more(query);
        }
    }

    #[test]
    fn any_text_evaluates(text in prop_oneof![text(), any::<String>()]) {
        prop_assert!(substitute(&text, &Echo).text.len() <= MAX_TEXT);
        evaluate(&text, &Echo);
        parse_args(&text);
        for function in dialplan::PURE_FUNCTIONS {
            let _ = call_function(function, &text, &Echo);
        }
    }
}

#[test]
fn a_text_that_grows_too_long_is_cut_and_told() {
    let result = substitute("${A}${A}", &Echo);
    assert_eq!(result.text.len(), MAX_TEXT);
    assert_eq!(result.problems, [Problem::TooLong]);
}

#[test]
fn nesting_ends() {
    let deep = format!("{}A{}", "${".repeat(2_000), "}".repeat(2_000));
    assert_eq!(substitute(&deep, &Echo).problems, [Problem::TooDeep]);
    let deep = format!("{}1{}", "(".repeat(2_000), ")".repeat(2_000));
    let result = evaluate(&deep, &Echo);
    assert_eq!(result.text, "0");
    assert!(result.problems.contains(&Problem::TooDeep));
}
