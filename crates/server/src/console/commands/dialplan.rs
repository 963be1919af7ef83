//! The dialplan: shown, and its global variables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dialplan::{Context, Dialplan, Extension, Step};
use switch::{Query, View};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};
use crate::console::value::{Value, record};

pub(super) const SHOW: Command = Command {
    words: "dialplan show",
    arguments: "",
    summary: "Show dialplan",
    usage: "Usage: dialplan show [[exten@]context]\n       Shows the dialplan, one context of it, or what an extension \
            comes to there.",
    complete: Complete::Context,
    run: |operator, call| {
        Box::pin(async move {
            let View::Dialplan(plan) = operator.enquiries.ask(Query::Dialplan).await? else {
                return Err(Trouble::Failed(String::new()));
            };
            let (exten, name) = match call.arguments.as_slice() {
                [] => (None, None),
                [place] => match place.split_once('@') {
                    Some((exten, "")) => (Some(exten), None),
                    Some((exten, context)) => (Some(exten), Some(context)),
                    None => (None, Some(place.as_str())),
                },
                _ => return Err(Trouble::Usage),
            };
            if let Some(name) = name.filter(|name| plan.context(name).is_none()) {
                return Err(Trouble::Failed(format!("There is no existence of '{name}' context")));
            }
            let contexts = shown(&plan, exten, name);
            match (exten, name) {
                (Some(exten), Some(name)) if contexts.is_empty() => {
                    Err(Trouble::Failed(format!("There is no existence of {exten}@{name} extension")))
                }
                (Some(exten), None) if contexts.is_empty() => {
                    Err(Trouble::Failed(format!("There is no existence of '{exten}' extension")))
                }
                _ => Ok(Answer::new(contexts.into_iter().collect(), contexts_text)),
            }
        })
    },
};

pub(super) const GLOBALS: Command = Command {
    words: "dialplan show globals",
    arguments: "",
    summary: "Show global dialplan variables",
    usage: "Usage: dialplan show globals\n       Lists the global variables and their values.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let View::Globals(globals) = operator.enquiries.ask(Query::Globals).await? else {
                return Err(Trouble::Failed(String::new()));
            };
            let globals = globals.into_iter().map(|(name, value)| (name, Value::Text(value)));
            Ok(Answer::new(Value::Record(globals.collect()), |globals| {
                let mut text = String::new();
                for (name, value) in globals.fields() {
                    let _ = writeln!(text, "   {name}={value}");
                }
                let _ = writeln!(text, "\n    -- {} variable(s)", globals.fields().len());
                text
            }))
        })
    },
};

pub(super) const SET_GLOBAL: Command = Command {
    words: "dialplan set global",
    arguments: "",
    summary: "Set global dialplan variable",
    usage: "Usage: dialplan set global <name> <value>\n       Sets a global variable.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            let [name, value] = call.exactly()?;
            let set = stasis::Command::SetGlobalVariable { name: name.to_owned(), value: value.to_owned() };
            match operator.board.ask(set).await {
                Ok(Ok(_)) => Ok(Answer::said(format!("\n    -- Global variable '{name}' set to '{value}'"))),
                Ok(Err(_)) | Err(_) => Err(Trouble::Failed(String::new())),
            }
        })
    },
};

/// The contexts that hold what is looked for: with an extension, those that it reaches by way of includes too.
fn shown(plan: &Dialplan, exten: Option<&str>, name: Option<&str>) -> Vec<Value> {
    let mut names: Vec<&str> = match name {
        Some(name) => vec![name],
        None => plan.contexts().map(|context| context.name.as_str()).collect(),
    };
    let mut at = 0;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = names.get(at).copied() {
        at += 1;
        let Some(context) = plan.context(name).filter(|_| seen.insert(name)) else { continue };
        let extensions: Vec<&Extension> = context
            .extensions()
            .iter()
            .filter(|known| exten.is_none_or(|exten| fits(known, exten)))
            .collect();
        if exten.is_some() {
            names.extend(context.includes.iter().map(|include| include.context.as_str()));
        }
        if exten.is_none() || !extensions.is_empty() {
            found.push(shown_context(context, &extensions, exten.is_none()));
        }
    }
    found
}

fn fits(extension: &Extension, dialled: &str) -> bool {
    dialplan::fit(&extension.name, dialled, dialplan::Mode::Match) != dialplan::Fit::None
}

fn shown_context(context: &Context, extensions: &[&Extension], is_whole: bool) -> Value {
    let places = |all: &[dialplan::Include]| {
        all.iter()
            .map(|include| {
                record! {
                    "context" => include.context.as_str(),
                    "always" => include.times.is_none(),
                    "line" => include.span.line,
                }
            })
            .collect::<Value>()
    };
    record! {
        "context" => context.name.as_str(),
        "extensions" => extensions.iter().map(|extension| shown_extension(extension)).collect::<Value>(),
        "includes" => if is_whole { places(&context.includes) } else { Value::List(Vec::new()) },
        "ignore_patterns" => match is_whole {
            true => context.ignore_patterns.iter().map(|pattern| Value::from(pattern.as_str())).collect(),
            false => Value::List(Vec::new()),
        },
    }
}

fn shown_extension(extension: &Extension) -> Value {
    let step = |priority: Value, step: &Step| {
        record! {
            "priority" => priority,
            "label" => step.label.as_deref(),
            "application" => step.application.as_str(),
            "data" => step.arguments.as_str(),
            "line" => step.span.line,
        }
    };
    let hint = extension.hint.iter().map(|hint| step("hint".into(), hint));
    let steps = extension.steps.iter().map(|(priority, kept)| step((*priority).into(), kept));
    record! {
        "exten" => extension.name.as_str(),
        "caller" => extension.caller.as_deref(),
        "steps" => hint.chain(steps).collect::<Value>(),
    }
}

fn contexts_text(contexts: &Value) -> String {
    let mut text = String::new();
    let (mut extensions, mut priorities) = (0, 0);
    for context in contexts.items() {
        let _ = writeln!(text, "[ Context '{}' created by 'pbx_config' ]", context["context"]);
        for extension in context["extensions"].items() {
            extensions += 1;
            priorities += extension["steps"].items().len();
            write_extension(&mut text, extension);
        }
        for include in context["includes"].items() {
            let times = if include["always"] == Value::Flag(true) { "" } else { " (at times)" };
            let name = format!("'{}'{times}", include["context"]);
            write_line(&mut text, "Include =>", &name, &include["line"]);
        }
        for pattern in context["ignore_patterns"].items() {
            let _ = writeln!(text, "  {:<17} '{pattern}'", "Ignore pattern =>");
        }
        text.push('\n');
    }
    let contexts = contexts.items().len();
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let ies = if priorities == 1 { "y" } else { "ies" };
    let _ = writeln!(
        text,
        "-= {extensions} extension{} ({priorities} priorit{ies}) in {contexts} context{}. =-",
        s(extensions),
        s(contexts)
    );
    text
}

fn write_extension(text: &mut String, extension: &Value) {
    let head = match &extension["caller"] {
        Value::Text(caller) => format!("'{}' (CID match '{caller}') =>", extension["exten"]),
        _ => format!("'{}' =>", extension["exten"]),
    };
    for (at, step) in extension["steps"].items().iter().enumerate() {
        let left = match (at, &step["label"]) {
            (0, _) => head.clone(),
            (_, Value::Text(label)) => format!("   [{label}]"),
            _ => String::new(),
        };
        let what = match &step["priority"] {
            Value::Number(priority) => format!("{priority}. {}({})", step["application"], step["data"]),
            hint => format!("{hint}: {}{}", step["application"], step["data"]),
        };
        write_line(text, &left, &what, &step["line"]);
    }
}

fn write_line(text: &mut String, left: &str, what: &str, line: &Value) {
    let _ = writeln!(text, "  {left:<17} {what:<45} [extensions.conf:{line}]");
}

#[cfg(test)]
mod tests {
    use dialplan::Applications;

    use super::*;

    fn plan() -> Dialplan {
        let text = "[peer]\nexten => 4000,1,Dial(PJSIP/uas)\n same => n(end),Hangup()\nexten => _5XXX,1,Answer()\n\
            include => more\n[more]\nexten => 4000,1,Echo()\n";
        let config = conf::Config::parse("extensions.conf", text);
        Dialplan::load(&config, Applications { supported: dialplan::SUPPORTED }).0
    }

    #[test]
    fn a_context_is_shown_as_asterisk_shows_it() {
        let shown = shown(&plan(), None, Some("peer")).into_iter().collect();
        assert_eq!(
            contexts_text(&shown),
            "[ Context 'peer' created by 'pbx_config' ]\n  \
               '4000' =>         1. Dial(PJSIP/uas)                            [extensions.conf:2]\n     \
                  [end]          2. Hangup()                                   [extensions.conf:3]\n  \
               '_5XXX' =>        1. Answer()                                   [extensions.conf:4]\n  \
               Include =>        'more'                                        [extensions.conf:5]\n\n\
             -= 2 extensions (3 priorities) in 1 context. =-\n"
        );
    }

    #[test]
    fn an_extension_is_shown_wherever_includes_lead() {
        let names = |exten| {
            let shown = shown(&plan(), Some(exten), Some("peer"));
            shown.iter().map(|context| context["context"].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("4000"), ["peer", "more"]);
        assert_eq!(names("5123"), ["peer"]);
        assert_eq!(names("77"), [""; 0]);
    }
}
