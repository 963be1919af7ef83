//! `/asterisk`: the server itself, and global variables.

use stasis::Command;

use crate::service::{Answered, one_variable};
use crate::{Ari, Call, Operation, Response};

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    match call.operation {
        Operation::AsteriskGetInfo => Ok(Response::ok(&ari.facts.info(&call.params.list("only")?))),
        Operation::AsteriskPing => Ok(Response::ok(&ari_model::AsteriskPing {
            ping: "pong".to_owned(),
            timestamp: ari.facts.now(),
            asterisk_id: ari.facts.asterisk_id.clone(),
        })),
        Operation::AsteriskGetGlobalVar => {
            let answer = ari.ask(call, Command::GlobalVariable(variable(call)?)).await?;
            Ok(one_variable(answer))
        }
        _ => {
            let name = variable(call)?;
            let value = call.params.text("value").unwrap_or_default().to_owned();
            ari.done(call, Command::SetGlobalVariable { name, value }).await
        }
    }
}

/// The parameter `variable`, which must be there.
pub(crate) fn variable(call: &Call) -> Result<String, Response> {
    match call.params.text("variable") {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(Response::error(400, "Variable name is required")),
    }
}
