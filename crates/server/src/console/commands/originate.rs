//! `channel originate`.

use call::Location;
use stasis::{Destination, NewCall, Refusal};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};

/// How long it rings, milliseconds, as in Asterisk.
const TIMEOUT_MS: u32 = 30_000;

pub(super) const ORIGINATE: Command = Command {
    words: "channel originate",
    arguments: "",
    summary: "Originate a call",
    usage: "Usage: channel originate <tech/data> application <appname> [appdata]\n       Calls, and runs an application once it is \
            answered; Stasis is one, with its name\n       and arguments as appdata. Quotes hold words together.\n\
            Usage: channel originate <tech/data> extension [exten@][context]\n       Calls, and enters the dialplan once it is \
            answered: at s where no extension is\n       named, in default where no context is. It rings 30 seconds at most.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
            let (endpoint, destination) = match arguments[..] {
                [endpoint, "application", name] => (endpoint, application(name, "")?),
                [endpoint, "application", name, data] => (endpoint, application(name, data)?),
                [endpoint, "extension"] => (endpoint, extension("")),
                [endpoint, "extension", place] => (endpoint, extension(place)),
                _ => return Err(Trouble::Usage),
            };
            let new = NewCall {
                endpoint: endpoint.to_owned(),
                destination,
                caller_id: None,
                timeout_ms: Some(TIMEOUT_MS),
                channel_id: None,
                originator: None,
                formats: Vec::new(),
                variables: Vec::new(),
                reported: vec![],
            };
            match operator.board.ask(stasis::Command::Originate(Box::new(new))).await {
                Ok(Ok(_)) => Ok(Answer::nothing()),
                Ok(Err(refusal)) => Err(Trouble::Failed(why(&refusal, endpoint))),
                Err(overloaded) => Err(Trouble::Failed(format!("{overloaded}."))),
            }
        })
    },
};

/// Asterisk says nothing here; an operator wants to know.
fn why(refusal: &Refusal, endpoint: &str) -> String {
    match refusal {
        Refusal::Full => {
            "No channel can be had: as many as admitted are there, or the daemon is about to end.".to_owned()
        }
        _ => format!("{endpoint} cannot be called: it is not known, or not reachable."),
    }
}

fn application(name: &str, data: &str) -> Result<Destination, Trouble> {
    if name.eq_ignore_ascii_case("Stasis") {
        let mut parts = data.split(',').map(str::to_owned);
        let application = parts.next().filter(|name| !name.is_empty()).ok_or(Trouble::Usage)?;
        return Ok(Destination::Application { application, args: parts.collect() });
    }
    let is_there = dialplan::SUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(name));
    if !is_there {
        return Err(Trouble::Failed(format!("There is no application {name} here.")));
    }
    Ok(Destination::DialplanApplication { name: name.to_owned(), data: data.to_owned() })
}

fn extension(place: &str) -> Destination {
    let (exten, context) = match place.split_once('@') {
        Some((exten, context)) => (exten, context),
        None if place.is_empty() => ("s", "default"),
        None => (place, "default"),
    };
    let or =
        |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    let location = Location { context: or(context, "default"), exten: or(exten, "s"), priority: 1 };
    Destination::Dialplan { location, label: None }
}
