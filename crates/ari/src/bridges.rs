//! `/bridges`

use call::BridgeKind;
use call::bridge::Join;
use stasis::{BridgeCommand, Command};

use crate::asterisk::variable;
use crate::playbacks::Unplayable;
use crate::service::{Answered, one_variable};
use crate::{Ari, Call, Operation, Response, playbacks, recordings};

/// Asterisk's names of the audio formats that a bridge may be asked to work in.
const FORMATS: &[&str] = &[
    "ulaw", "alaw", "g722", "slin", "slin12", "slin16", "slin24", "slin32", "slin44", "slin48", "slin96",
    "slin192", "gsm", "ilbc", "opus", "g726", "g726aal2", "adpcm", "lpc10", "speex", "speex16", "speex32",
    "g729", "g723", "siren7", "siren14", "g719", "codec2",
];

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    match call.operation {
        Operation::BridgesList => ari.shown(call, Command::Bridges).await,
        Operation::BridgesCreate | Operation::BridgesCreateWithId => create(ari, call).await,
        Operation::BridgesGet => ari.shown(call, of(call, BridgeCommand::Get)).await,
        Operation::BridgesDestroy => ari.done(call, of(call, BridgeCommand::Destroy)).await,
        Operation::BridgesGetBridgeVar => {
            let names = vec![variable(call)?];
            Ok(one_variable(ari.ask(call, of(call, BridgeCommand::Variables(names))).await?))
        }
        Operation::BridgesGetBridgeVars => {
            let names = crate::channels::variable_names(call)?;
            ari.shown(call, of(call, BridgeCommand::Variables(names))).await
        }
        Operation::BridgesSetBridgeVar => {
            let value = call.params.text("value").map(str::to_owned);
            let set = vec![(variable(call)?, value, call.params.bool("report_events"))];
            ari.done(call, of(call, BridgeCommand::SetVariables(set))).await
        }
        Operation::BridgesSetBridgeVars => {
            let set = call.params.variables()?.into_iter();
            let set = set.map(|setting| (setting.name, Some(setting.value), setting.report_events)).collect();
            ari.done(call, of(call, BridgeCommand::SetVariables(set))).await
        }
        Operation::BridgesAddChannel => {
            let channels = members(ari, call).await?;
            let join = Join {
                announcer: call.params.text("role") == Some("announcer"),
                absorb_digits: call.params.bool("absorbDTMF"),
                mute: call.params.bool("mute"),
                keep_connected_line: call.params.bool("inhibitConnectedLineUpdates"),
            };
            ari.done(call, of(call, BridgeCommand::Add { channels, join })).await
        }
        Operation::BridgesRemoveChannel => {
            let channels = members(ari, call).await?;
            ari.done(call, of(call, BridgeCommand::Remove { channels })).await
        }
        Operation::BridgesStartMoh => {
            let class = call.params.text("mohClass").unwrap_or_default().to_owned();
            ari.done(call, of(call, BridgeCommand::StartMusic(class))).await
        }
        Operation::BridgesStopMoh => ari.done(call, of(call, BridgeCommand::StopMusic)).await,
        Operation::BridgesPlay | Operation::BridgesPlayWithId => match playbacks::play(call) {
            Ok(play) => {
                known_format(ari, call, "announcer_format").await?;
                playbacks::begin(ari, call, of(call, BridgeCommand::Play(play))).await
            }
            Err(Unplayable::Other(response)) => Err(response),
            Err(Unplayable::Skip | Unplayable::Offset | Unplayable::NoMedia) => {
                exists(ari, call).await?;
                Err(Response::allocation_failed())
            }
        },
        _ => {
            let limits = recordings::limits(call)?;
            match recordings::record(ari, call, limits) {
                Ok(record) => {
                    known_format(ari, call, "recorder_format").await?;
                    recordings::begin(ari, call, of(call, BridgeCommand::Record(record))).await
                }
                Err(response) => {
                    exists(ari, call).await?;
                    Err(response)
                }
            }
        }
    }
}

fn of(call: &Call, command: BridgeCommand) -> Command {
    Command::Bridge { bridge: call.value("bridgeId").to_owned(), command: Box::new(command) }
}

/// That there is no such bridge is said before anything is said of the parameters.
async fn exists(ari: &Ari, call: &Call) -> Result<(), Response> {
    ari.ask(call, of(call, BridgeCommand::Get)).await.map(drop)
}

/// The format that a hidden announcer or recorder would have. Here there is none, bridges work at one rate of their own, so
/// the name has to be a format's and that is all.
async fn known_format(ari: &Ari, call: &Call, parameter: &str) -> Result<(), Response> {
    let given = call.params.text(parameter).unwrap_or_default();
    if given.is_empty() || FORMATS.contains(&given) {
        return Ok(());
    }
    exists(ari, call).await?;
    Err(Response::error(422, &format!("specified {parameter} is unknown on this system")))
}

async fn members(ari: &Ari, call: &Call) -> Result<Vec<String>, Response> {
    let channels = call.params.list("channel")?;
    if channels.is_empty() {
        exists(ari, call).await?;
        return Err(Response::error(400, "Missing parameter channel"));
    }
    Ok(channels)
}

async fn create(ari: &Ari, call: &Call) -> Answered {
    let id = match call.value("bridgeId") {
        "" => call.params.text("bridgeId").filter(|id| !id.is_empty()),
        id => Some(id),
    };
    let variables = call.params.variables()?;
    let Some(kind) = kind(call.params.text("type").unwrap_or_default()) else {
        let message =
            format!("Unable to create bridge. Possible duplicate bridge id '{}'", id.unwrap_or("(null)"));
        return Err(Response::error(500, &message).because("Internal Error"));
    };
    let command = Command::CreateBridge {
        id: id.map(str::to_owned),
        name: call.params.text("name").unwrap_or_default().to_owned(),
        kind,
        variables: variables
            .into_iter()
            .map(|setting| (setting.name, setting.value, setting.report_events))
            .collect(),
    };
    ari.shown(call, command).await
}

/// The kind of a list such as `mixing,dtmf_events`; `None` where nothing usable remains of it.
fn kind(types: &str) -> Option<BridgeKind> {
    let named = |word: &str| types.split(',').any(|given| given == word);
    let mixing = types.is_empty() || named("mixing") || named("video_sfu");
    match (mixing, named("holding")) {
        (true, false) => Some(BridgeKind::Mixing),
        (false, true) => Some(BridgeKind::Holding),
        (true, true) | (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_mixes_unless_it_holds() {
        assert_eq!(kind(""), Some(BridgeKind::Mixing));
        assert_eq!(kind("mixing,dtmf_events,nonsense"), Some(BridgeKind::Mixing));
        assert_eq!(kind("holding"), Some(BridgeKind::Holding));
        assert_eq!(kind("mixing,holding"), None);
        assert_eq!(kind("dtmf_events"), None);
        assert_eq!(kind("nope"), None);
    }
}
