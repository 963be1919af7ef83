//! Any text loads as a dialplan; anything can be looked up in it and every line of it evaluated.
#![no_main]

use dialplan::{Applications, Dialplan, LocalTime, Lookup, Problem, Query, parse_args, substitute};
use libfuzzer_sys::fuzz_target;

struct Globals<'a>(&'a Dialplan);

impl Lookup for Globals<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.globals.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn function(&self, name: &str, _args: &str) -> Result<String, Problem> {
        Err(Problem::UnknownFunction(name.to_owned()))
    }
}

fuzz_target!(|text: &str| {
    let config = conf::Config::parse("extensions.conf", text);
    let (plan, complaints) = Dialplan::load(&config, Applications { supported: &["Answer", "NoOp", "Goto"] });
    for complaint in &complaints {
        assert!(!config.describe(complaint).is_empty());
    }
    let now = LocalTime { minute: 0, weekday: 0, day: 1, month: 1 };
    for context in plan.contexts().take(8) {
        for extension in context.extensions().iter().take(32) {
            let query = Query { context: &context.name, extension: &extension.name, caller: Some("100"), now };
            let _ = (plan.match_extension(query), plan.can_match(query), plan.match_more(query));
            for step in extension.steps.values().take(32) {
                let replaced = substitute(&step.arguments, &Globals(&plan));
                assert!(replaced.text.len() <= dialplan::MAX_TEXT);
                let _ = parse_args(&replaced.text);
            }
        }
    }
});
