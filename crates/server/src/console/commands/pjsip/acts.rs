//! What is done to SIP: messages shown, contacts asked.

use std::net::IpAddr;

use switch::{Query, View};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};

pub(in crate::console::commands) const SET_LOGGER: Command = Command {
    words: "pjsip set logger",
    arguments: "{on|off|host|add}",
    summary: "Enable/Disable PJSIP Logger Output",
    usage: "Usage: pjsip set logger {on|off|host <address> [add]|add host <address>}\n       Shows whole SIP messages on \
            consoles and in the log: all, or those of an address.",
    complete: Complete::Words(&["on", "off", "host", "add"]),
    run: |operator, call| {
        Box::pin(async move {
            let logger = &operator.sip_logger;
            let host = |text: &str| text.parse::<IpAddr>().map_err(|_| Trouble::Usage);
            let full = || Trouble::Failed("Too many addresses are named.".to_owned());
            match call.arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["on"] => {
                    logger.show_all();
                    Ok(Answer::said("PJSIP Logging enabled"))
                }
                ["off"] => {
                    logger.show_nothing();
                    Ok(Answer::said("PJSIP Logging disabled"))
                }
                ["host", address] => {
                    logger.show_host(host(address)?, false);
                    Ok(Answer::said(format!("PJSIP Logging Enabled for host: {address}")))
                }
                ["host", address, "add"] | ["add", "host", address] => {
                    logger.show_host(host(address)?, true).then_some(()).ok_or_else(full)?;
                    Ok(Answer::said(format!("PJSIP Logging Enabled for host: {address}")))
                }
                _ => Err(Trouble::Usage),
            }
        })
    },
};

pub(in crate::console::commands) const QUALIFY: Command = Command {
    words: "pjsip qualify",
    arguments: "",
    summary: "Send an OPTIONS request to a PJSIP endpoint",
    usage: "Usage: pjsip qualify <endpoint>\n       Asks the contacts of an endpoint now whether they are there.",
    complete: Complete::Endpoint,
    run: |operator, call| {
        Box::pin(async move {
            let [name] = call.exactly()?;
            match operator.enquiries.ask(Query::Qualify(name.to_owned())).await? {
                View::Qualified(Some(aors)) => {
                    let said = |aor| format!("Qualifying AOR '{aor}' on endpoint '{name}'");
                    Ok(Answer::said(aors.iter().map(said).collect::<Vec<_>>().join("\n")))
                }
                _ => Err(Trouble::Failed(format!("Unable to retrieve endpoint {name}"))),
            }
        })
    },
};

pub(in crate::console::commands) const SEND_REGISTER: Command = Command {
    words: "pjsip send register",
    arguments: "",
    summary: "Registers an outbound registration target",
    usage: "Usage: pjsip send register <registration>\n       Registers with others again at once.",
    complete: Complete::Registration,
    run: |operator, call| {
        Box::pin(async move {
            let [name] = call.exactly()?;
            match operator.enquiries.ask(Query::Register(name.to_owned())).await? {
                View::Asked(true) => Ok(Answer::nothing()),
                _ => Err(Trouble::Failed(format!("Unable to retrieve registration {name}"))),
            }
        })
    },
};

pub(in crate::console::commands) const SEND_UNREGISTER: Command = Command {
    words: "pjsip send unregister",
    arguments: "",
    summary: "Unregisters outbound registration target",
    usage: "Usage: pjsip send unregister <registration>\n       Takes a registration with others back, and leaves it so.",
    complete: Complete::Registration,
    run: |operator, call| {
        Box::pin(async move {
            let [name] = call.exactly()?;
            match operator.enquiries.ask(Query::Unregister(name.to_owned())).await? {
                View::Asked(true) => Ok(Answer::nothing()),
                _ => Err(Trouble::Failed(format!("Unable to retrieve registration {name}"))),
            }
        })
    },
};
