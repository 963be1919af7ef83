//! What a dialplan says that cannot work.

use conf::{Complaint, suggest};

use crate::applications::{Applications, Support};
use crate::arguments::parse_args;
use crate::load::with_suggestion;
use crate::plan::{Context, Dialplan, Extension, Step};

/// Adds a complaint for each thing that will fail when a call gets there.
pub(crate) fn verify(plan: &Dialplan, applications: Applications<'_>, complaints: &mut Vec<Complaint>) {
    for context in plan.contexts() {
        for include in &context.includes {
            if plan.context(&include.context).is_none() {
                let text = format!("[{}] includes [{}], which does not exist", context.name, include.context);
                complaints.push(with_suggestion(
                    Complaint::error(include.span, text),
                    suggest(&include.context, plan.contexts().map(|other| other.name.as_str())),
                ));
            }
        }
        for extension in context.extensions() {
            priorities(context, extension, complaints);
            for step in extension.steps.values() {
                application(step, applications, complaints);
                for target in targets(step) {
                    jump(plan, context, extension, step, &target, complaints);
                }
            }
        }
    }
}

/// An extension is entered at priority 1 and left where the next priority is missing, unless another one that matches the
/// same digits has it.
fn priorities(context: &Context, extension: &Extension, complaints: &mut Vec<Complaint>) {
    let Some((first, step)) = extension.steps.first_key_value() else { return };
    let elsewhere = |priority: u32| {
        let others = context.extensions().iter().filter(|other| !std::ptr::eq(*other, extension));
        let overlaps = |other: &Extension| other.name.starts_with('_') || extension.name.starts_with('_');
        let same = |other: &Extension| other.key == extension.key;
        others
            .into_iter()
            .any(|other| (overlaps(other) || same(other)) && other.steps.contains_key(&priority))
    };
    let name = &extension.name;
    if *first != 1 && !elsewhere(1) {
        let text =
            format!("`{name}` in [{}] has no priority 1 and is never entered by dialling", context.name);
        let help = format!("write `exten => {name},1,{}(…)`: this is priority {first}", step.application);
        complaints.push(Complaint::warning(step.span, text).with_help(help));
    }
    let numbers: Vec<u32> = extension.steps.keys().copied().collect();
    for pair in numbers.windows(2) {
        // A distance of a hundred and one is the old way to say where a failed application jumps to.
        if pair[1] != pair[0] + 1 && pair[1] != pair[0] + 101 && !elsewhere(pair[0] + 1) {
            let text =
                format!("`{name}` in [{}] has a priority {} and no {}", context.name, pair[1], pair[0] + 1);
            let help = "a call ends at the gap unless it jumps over it; write `n` for the next priority";
            let at = extension.steps.get(&pair[1]).map_or(extension.span, |step| step.span);
            complaints.push(Complaint::warning(at, text).with_help(help));
        }
    }
}

fn application(step: &Step, applications: Applications<'_>, complaints: &mut Vec<Complaint>) {
    let name = &step.application;
    if name.is_empty() {
        let complaint = Complaint::error(step.span, "no application after the priority");
        return complaints.push(complaint.with_help("write `NoOp()` to do nothing"));
    }
    if name.contains('$') {
        let complaint = Complaint::error(
            step.span,
            format!("`{name}` names no application: variables do not count there"),
        );
        return complaints.push(complaint.with_help("write `Exec(${name}(…))`"));
    }
    let span = step.span.part(0, name.len());
    match applications.support(name) {
        Support::Supported => {}
        Support::NotYet => {
            let text =
                format!("the application `{name}` is not supported yet; a call that gets here is hung up");
            complaints.push(Complaint::error(span, text));
        }
        Support::Unknown => {
            let complaint = Complaint::error(span, format!("there is no application `{name}`"));
            complaints.push(with_suggestion(complaint, applications.suggestion(name)));
        }
    }
}

/// Where a step may jump to, as written, if that is written without variables.
fn targets(step: &Step) -> Vec<String> {
    let arguments = step.arguments.as_str();
    let candidates = match step.application.to_ascii_lowercase().as_str() {
        "goto" | "gosub" => vec![arguments.to_owned()],
        "gotoif" | "gotoiftime" | "gosubif" => {
            let parts = split_outside_variables(arguments, '?');
            parts.get(1).map_or_else(Vec::new, |targets| split_outside_variables(targets, ':'))
        }
        _ => Vec::new(),
    };
    let named = |target: &String| !target.trim().is_empty() && !target.contains('$');
    candidates.into_iter().filter(named).collect()
}

/// Splits once at `delimiter`, not within `${…}`, `$[…]` and parentheses.
fn split_outside_variables(text: &str, delimiter: char) -> Vec<String> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            _ if c == delimiter && depth == 0 => {
                return vec![text[..at].to_owned(), text[at + c.len_utf8()..].to_owned()];
            }
            _ => {}
        }
    }
    vec![text.to_owned()]
}

/// `[[context,]extension,]priority`. A plain name in this context must exist; digits may match a pattern or an include.
fn jump(
    plan: &Dialplan,
    here: &Context,
    from: &Extension,
    step: &Step,
    target: &str,
    complaints: &mut Vec<Complaint>,
) {
    let without_arguments = target.split('(').next().unwrap_or(target);
    let parts: Vec<String> =
        parse_args(without_arguments).iter().map(|part| part.trim().to_owned()).collect();
    let application = &step.application;
    match parts.as_slice() {
        [priority] => {
            let other_holders = from.name.starts_with('_') || !here.includes.is_empty();
            let number = priority.parse::<u32>().ok();
            let exists = match number {
                Some(number) => from.steps.contains_key(&number),
                None => here.extensions().iter().any(|extension| extension.step_labelled(priority).is_some()),
            };
            if !exists && !other_holders {
                let text =
                    format!("{application} jumps to `{priority}`, which `{}` does not have", from.name);
                let labels = from.steps.values().filter_map(|step| step.label.as_deref());
                complaints
                    .push(with_suggestion(Complaint::error(step.span, text), suggest(priority, labels)));
            }
        }
        [context, _, _, ..] if !context.is_empty() && plan.context(context).is_none() => {
            let text = format!("{application} jumps to the context [{context}], which does not exist");
            complaints.push(with_suggestion(
                Complaint::error(step.span, text),
                suggest(context, plan.contexts().map(|other| other.name.as_str())),
            ));
        }
        [] | [_, ..] => {}
    }
}
