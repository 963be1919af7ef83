//! Reading the configuration again.

use std::sync::Arc;

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Call, Command, Complete, Work};
use crate::console::operator::Operator;
use crate::process::What;

/// Modules of Asterisk's whose reload means something here.
const MODULES: &[&str] = &["pbx_config.so", "res_ari.so", "res_pjsip.so", "chan_pjsip.so"];

pub(super) const CORE: Command = Command {
    words: "core reload",
    arguments: "",
    summary: "Global reload",
    usage: "Usage: core reload\n       Reads all files again. Where one brings a new error, everything stays as it is.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            reload(&operator, What::Everything, "").await
        })
    },
};

pub(super) const MODULE: Command = Command {
    words: "module reload",
    arguments: "",
    summary: "Reload configuration for the module",
    usage: "Usage: module reload [module ...]\n       Reads the files again that a module of Asterisk reads; without one all of \
            them.",
    complete: Complete::Words(MODULES),
    run: |operator, call| Box::pin(async move { modules(&operator, &call).await }),
};

pub(super) const DIALPLAN: Command = Command {
    words: "dialplan reload",
    arguments: "",
    summary: "Reload extensions and *only* extensions",
    usage: "Usage: dialplan reload\n       Reads extensions.conf again. Calls go on where they are.",
    complete: Complete::Nothing,
    run: |operator, call| one(operator, call, What::Dialplan, "Dialplan reloaded."),
};

pub(super) const PJSIP: Command = Command {
    words: "pjsip reload",
    arguments: "",
    summary: "Reload PJSIP configuration",
    usage: "Usage: pjsip reload\n       Reads pjsip.conf again. Calls and registrations go on.",
    complete: Complete::Nothing,
    run: |operator, call| one(operator, call, What::Sip, "Module 'res_pjsip.so' reloaded successfully."),
};

fn one(operator: Arc<Operator>, call: Call, what: What, said: &'static str) -> Work {
    Box::pin(async move {
        call.exactly::<0>()?;
        reload(&operator, what, said).await
    })
}

async fn modules(operator: &Operator, call: &Call) -> Result<Answer, Trouble> {
    if call.arguments.is_empty() {
        return reload(operator, What::Everything, "").await;
    }
    let mut said = Vec::new();
    for name in &call.arguments {
        match What::of_module(name) {
            Some(what) => {
                let line = format!("Module '{name}' reloaded successfully.");
                said.push(reload(operator, what, &line).await?.text());
            }
            None => said.push(format!("No such module '{name}'\n")),
        }
    }
    Ok(Answer::said(said.concat()))
}

/// Says what Asterisk says, and below it what of the files is complained about or wants a restart.
async fn reload(operator: &Operator, what: What, said: &str) -> Result<Answer, Trouble> {
    let report = operator.reloader.reload(what).await;
    if !report.is_done() {
        return Err(Trouble::Failed(report.lines().join("\n")));
    }
    let mut lines: Vec<&str> = if said.is_empty() { Vec::new() } else { vec![said] };
    lines.extend(report.restart.iter().map(String::as_str));
    Ok(Answer::said(lines.join("\n")))
}
