//! `/channels`

use call::{Cause, Location};
use media::Digits;
use stasis::{ChannelCommand, Command, Destination, MuteDirection, NewCall, Refusal};

use crate::asterisk::variable;
use crate::playbacks::Unplayable;
use crate::refusal::{overloaded, refused};
use crate::service::{Answered, one_variable};
use crate::{Ari, Call, Operation, Response, playbacks, recordings};

/// Longest id that an application may choose for a channel.
const LONGEST_ID: usize = call::channel::LONGEST_ID;

/// How long an originated channel may ring where nothing is said, seconds.
const RING_SECONDS: u32 = 30;

/// How long a digit and the pause after it last where nothing is said.
const DIGIT_MS: u32 = 100;

pub(crate) async fn handle(ari: &Ari, call: &Call) -> Answered {
    let text = |name: &str| call.params.text(name).unwrap_or_default().to_owned();
    let command = match call.operation {
        Operation::ChannelsList => return ari.shown(call, Command::Channels).await,
        Operation::ChannelsGet => return ari.shown(call, Command::Channel(id(call))).await,
        Operation::ChannelsOriginate | Operation::ChannelsOriginateWithId => {
            return ari.shown(call, Command::Originate(Box::new(originate(call)?))).await;
        }
        Operation::ChannelsCreate => {
            return ari.shown(call, Command::Create(Box::new(create(call)?))).await;
        }
        Operation::ChannelsHangup => return hang_up(ari, call).await,
        Operation::ChannelsGetChannelVar => {
            let names = vec![variable(call)?];
            let answer = ari.ask(call, Command::ChannelVariables { channel: id(call), names }).await?;
            return Ok(one_variable(answer));
        }
        Operation::ChannelsGetChannelVars => {
            let names = variable_names(call)?;
            return ari.shown(call, Command::ChannelVariables { channel: id(call), names }).await;
        }
        Operation::ChannelsRtpStatistics => return ari.shown(call, Command::RtpStatistics(id(call))).await,
        Operation::ChannelsSetChannelVars => return set_variables(ari, call).await,
        Operation::ChannelsPlay | Operation::ChannelsPlayWithId => return play(ari, call).await,
        Operation::ChannelsRecord => return record(ari, call).await,
        Operation::ChannelsSetChannelVar => {
            let value = call.params.text("value").map(str::to_owned);
            let reported = call.params.bool("report_events");
            ChannelCommand::SetVariable { name: variable(call)?, value, reported }
        }
        Operation::ChannelsAnswer => ChannelCommand::Answer,
        Operation::ChannelsRing => ChannelCommand::Ring,
        Operation::ChannelsRingStop => ChannelCommand::StopRinging,
        Operation::ChannelsProgress => ChannelCommand::Progress,
        Operation::ChannelsHold => ChannelCommand::Hold,
        Operation::ChannelsUnhold => ChannelCommand::Unhold,
        Operation::ChannelsStartMoh => ChannelCommand::StartMusic(text("mohClass")),
        Operation::ChannelsStopMoh => ChannelCommand::StopMusic,
        Operation::ChannelsStartSilence => ChannelCommand::StartSilence,
        Operation::ChannelsStopSilence => ChannelCommand::StopSilence,
        Operation::ChannelsMove => {
            if text("app").is_empty() {
                let refusal = Response::error(400, "Missing parameter app");
                return Err(after_channel(ari, call, false, refusal).await);
            }
            ChannelCommand::Move { application: text("app"), args: args(call) }
        }
        Operation::ChannelsSendDtmf => digits(ari, call).await?,
        Operation::ChannelsMute => ChannelCommand::Mute(direction(ari, call).await?),
        Operation::ChannelsUnmute => ChannelCommand::Unmute(direction(ari, call).await?),
        Operation::ChannelsContinueInDialplan => continue_at(ari, call).await?,
        Operation::ChannelsRedirect => {
            let endpoint = text("endpoint");
            if endpoint.is_empty() {
                let refusal =
                    Response::error(400, "Required parameter 'endpoint' not provided.").because("Not Found");
                return Err(after_channel(ari, call, true, refusal).await);
            }
            ChannelCommand::Redirect { endpoint }
        }
        _ => {
            let timeout = call.params.int("timeout").unwrap_or(0);
            let timeout_ms = u32::try_from(timeout).ok().filter(|seconds| *seconds > 0);
            ChannelCommand::Dial {
                caller: call.params.text("caller").filter(|caller| !caller.is_empty()).map(str::to_owned),
                timeout_ms: timeout_ms.map(|seconds| seconds.saturating_mul(1000)),
            }
        }
    };
    ari.done(call, control(call, command)).await
}

/// The parameter `variables` as names, which must be there.
pub(crate) fn variable_names(call: &Call) -> Result<Vec<String>, Response> {
    let names = call.params.list("variables")?;
    if names.iter().any(|name| !name.is_empty()) {
        Ok(names)
    } else {
        Err(Response::error(400, "At least one variable name is required"))
    }
}

fn id(call: &Call) -> String {
    call.value("channelId").to_owned()
}

fn control(call: &Call, command: ChannelCommand) -> Command {
    Command::Control { channel: id(call), command: Box::new(command) }
}

/// What is wrong with the parameters counts only where the channel is there, in an application and, where that matters,
/// in a state for it. Stopping silence is checked like any other command and does nothing.
async fn after_channel(ari: &Ari, call: &Call, state_matters: bool, otherwise: Response) -> Response {
    match ari.board.ask(control(call, ChannelCommand::StopSilence)).await {
        Ok(Ok(_)) => otherwise,
        Ok(Err(Refusal::WrongState)) if !state_matters => otherwise,
        Ok(Err(refusal)) => refused(call, refusal),
        Err(why) => overloaded(why),
    }
}

async fn hang_up(ari: &Ari, call: &Call) -> Answered {
    let text = |name: &str| call.params.text(name).unwrap_or_default();
    let cause = match (text("reason"), text("reason_code")) {
        ("", "") => Ok(Cause::NORMAL),
        ("", _) => match call.params.int("reason_code").and_then(|code| u8::try_from(code).ok()) {
            Some(code @ 1..=127) => Ok(Cause(code)),
            _ => Err(Response::error(400, "Invalid reason code provided").because("Invalid Reason Code")),
        },
        (reason, "") => Cause::from_reason(reason).ok_or_else(|| {
            Response::error(400, "Invalid reason for hangup reason provided").because("Invalid Reason")
        }),
        _ => Err(Response::error(400, "The reason and reason_code can't both be specified")),
    };
    match cause {
        Ok(cause) => ari.done(call, Command::Hangup { channel: id(call), cause }).await,
        Err(response) => {
            // Reading any variable finds the channel by id or by name, as hanging up does.
            let names = vec!["UNIQUEID".to_owned()];
            match ari.board.ask(Command::ChannelVariables { channel: id(call), names }).await {
                Ok(Err(refusal @ Refusal::NoSuchChannel)) => Err(refused(call, refusal)),
                Ok(_) => Err(response),
                Err(why) => Err(overloaded(why)),
            }
        }
    }
}

async fn set_variables(ari: &Ari, call: &Call) -> Answered {
    let settings = call.params.variables()?;
    if settings.is_empty() {
        return Err(Response::error(400, "The 'variables' field is required"));
    }
    for setting in settings {
        let (name, value, reported) = (setting.name, Some(setting.value), setting.report_events);
        let command = ChannelCommand::SetVariable { name, value, reported };
        ari.ask(call, control(call, command)).await?;
    }
    Ok(Response::no_content())
}

async fn play(ari: &Ari, call: &Call) -> Answered {
    let refusal = match playbacks::play(call) {
        Ok(play) => return playbacks::begin(ari, call, control(call, ChannelCommand::Play(play))).await,
        Err(Unplayable::Other(response)) => return Err(response),
        Err(Unplayable::Skip) => Response::error(400, "skipms cannot be negative"),
        Err(Unplayable::Offset) => Response::error(400, "offsetms cannot be negative"),
        Err(Unplayable::NoMedia) => Response::error(500, "Failed to queue media for playback"),
    };
    Err(after_channel(ari, call, true, refusal).await)
}

async fn record(ari: &Ari, call: &Call) -> Answered {
    let limits = recordings::limits(call)?;
    match recordings::record(ari, call, limits) {
        Ok(record) => recordings::begin(ari, call, control(call, ChannelCommand::Record(record))).await,
        Err(refusal) => Err(after_channel(ari, call, false, refusal).await),
    }
}

async fn digits(ari: &Ari, call: &Call) -> Result<ChannelCommand, Response> {
    let digits = call.params.text("dtmf").unwrap_or_default();
    if digits.is_empty() {
        return Err(after_channel(ari, call, true, Response::error(400, "DTMF is required")).await);
    }
    let ms = |name: &str| u32::try_from(call.params.int(name).unwrap_or(0)).unwrap_or(0);
    let ms_or = |name: &str, default: u32| if ms(name) == 0 { default } else { ms(name) };
    Ok(ChannelCommand::SendDigits(Digits {
        digits: digits.to_owned(),
        before_ms: ms("before"),
        between_ms: ms_or("between", DIGIT_MS),
        duration_ms: ms_or("duration", DIGIT_MS),
        after_ms: ms("after"),
    }))
}

async fn direction(ari: &Ari, call: &Call) -> Result<MuteDirection, Response> {
    let refusal = match call.params.text("direction").unwrap_or_default() {
        "in" => return Ok(MuteDirection::In),
        "out" => return Ok(MuteDirection::Out),
        "both" => return Ok(MuteDirection::Both),
        "" => "Direction is required",
        _ => "Invalid direction specified",
    };
    Err(after_channel(ari, call, true, Response::error(400, refusal)).await)
}

async fn continue_at(ari: &Ari, call: &Call) -> Result<ChannelCommand, Response> {
    let text = |name: &str| call.params.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let label = text("label");
    if label.as_deref() == Some("0") {
        return Err(after_channel(ari, call, true, illegal_priority()).await);
    }
    let priority = call.params.int("priority").and_then(|priority| u32::try_from(priority).ok());
    Ok(ChannelCommand::Continue {
        context: text("context"),
        extension: text("extension"),
        priority: priority.filter(|priority| *priority > 0),
        label,
    })
}

fn illegal_priority() -> Response {
    Response::error(400, "Requested priority is illegal")
}

/// `appArgs`, split at its commas.
fn args(call: &Call) -> Vec<String> {
    match call.params.text("appArgs").unwrap_or_default() {
        "" => Vec::new(),
        args => args.split(',').map(str::to_owned).collect(),
    }
}

fn originate(call: &Call) -> Result<NewCall, Response> {
    let mut new = new_call(call)?;
    if new.channel_id.as_ref().is_some_and(|id| id.len() > LONGEST_ID) {
        return Err(Response::error(400, &format!("Uniqueid length exceeds maximum of {LONGEST_ID}")));
    }
    let text = |name: &str| call.params.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    if new.endpoint.split_once('/').is_none_or(|(technology, rest)| technology.is_empty() || rest.is_empty())
    {
        return Err(Response::error(400, "Invalid endpoint specified"));
    }
    new.destination = match (text("app"), text("extension")) {
        (Some(application), _) => Destination::Application { application, args: args(call) },
        (None, Some(exten)) => {
            let label = text("label");
            if label.as_deref() == Some("0") {
                return Err(illegal_priority());
            }
            let priority = call.params.long("priority").and_then(|priority| u32::try_from(priority).ok());
            let location = Location {
                context: text("context").unwrap_or_else(|| "default".to_owned()),
                exten,
                priority: priority.filter(|priority| *priority > 0).unwrap_or(1),
            };
            Destination::Dialplan { location, label }
        }
        (None, None) => return Err(Response::error(400, "Application or extension must be specified")),
    };
    let seconds = match call.params.int("timeout").unwrap_or(0) {
        0 => Some(RING_SECONDS),
        seconds => u32::try_from(seconds).ok(),
    };
    new.timeout_ms = seconds.map(|seconds| seconds.saturating_mul(1000));
    Ok(new)
}

fn create(call: &Call) -> Result<NewCall, Response> {
    new_call(call)
}

/// What originate and create have in common.
fn new_call(call: &Call) -> Result<NewCall, Response> {
    let text = |name: &str| call.params.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let variables = call.params.variables()?;
    let endpoint = text("endpoint").ok_or_else(|| Response::error(400, "Endpoint must be specified"))?;
    let (originator, formats) = (text("originator"), text("formats"));
    if originator.is_some() && formats.is_some() {
        return Err(Response::error(400, "Originator and formats can't both be specified"));
    }
    Ok(NewCall {
        endpoint,
        destination: Destination::Application {
            application: text("app").unwrap_or_default(),
            args: args(call),
        },
        caller_id: text("callerId"),
        timeout_ms: None,
        channel_id: Some(id(call)).filter(|id| !id.is_empty()).or_else(|| text("channelId")),
        originator,
        formats: formats
            .unwrap_or_default()
            .split(',')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
        reported: variables.iter().filter(|set| set.report_events).map(|set| set.name.clone()).collect(),
        variables: variables.into_iter().map(|setting| (setting.name, setting.value)).collect(),
    })
}
