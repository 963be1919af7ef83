//! What a refused command answers, in Asterisk's words, which differ by operation.

use stasis::Refusal;

use crate::{Call, Operation, Overloaded, Response};

/// The switch cannot be asked now.
pub(crate) fn overloaded(why: Overloaded) -> Response {
    Response::error(503, &why.to_string())
}

/// The answer to a command of this request that was refused.
pub(crate) fn refused(call: &Call, refusal: Refusal) -> Response {
    let error = Response::error;
    match refusal {
        Refusal::NoSuchChannel => match call.operation {
            Operation::ChannelsGetChannelVar | Operation::ChannelsGetChannelVars => {
                error(404, "Provided channel was not found").because("Channel Not Found")
            }
            _ => error(404, "Channel not found"),
        },
        Refusal::NotInApplication => error(409, "Channel not in Stasis application"),
        Refusal::WrongState => error(412, "Channel in invalid state"),
        Refusal::ChannelIdInUse => error(409, "Channel with given unique ID already exists"),
        Refusal::CannotCreate => Response::allocation_failed(),
        Refusal::Full => error(503, "No more channels are admitted"),
        Refusal::NoSuchOriginator => error(400, "Provided originator channel was not found"),
        Refusal::NoStatistics => error(404, "RTP session not found"),
        Refusal::NotDialable => error(409, "Channel is not in the 'Down' state"),
        Refusal::NoSuchLabel => error(404, "Requested label can not be found"),
        Refusal::BadEndpoint => {
            let endpoint = call.params.text("endpoint").unwrap_or_default();
            error(422, &format!("Endpoint parameter '{endpoint}' does not contain tech/resource"))
        }
        Refusal::NoResource => {
            let endpoint = call.params.text("endpoint").unwrap_or_default();
            error(422, &format!("No resource provided in endpoint parameter '{endpoint}'"))
        }
        Refusal::OtherTechnology => {
            let endpoint = call.params.text("endpoint").unwrap_or_default();
            let given = endpoint.split('/').next().unwrap_or_default();
            let own = call::Technology::Sip.word();
            let message = format!("Endpoint technology '{given}' does not match channel technology '{own}'");
            error(422, &message)
        }
        Refusal::NoSuchVariable if call.operation == Operation::BridgesGetBridgeVar => {
            error(404, "Provided variable was not found")
        }
        Refusal::NoSuchVariable => {
            error(404, "Provided variable was not found").because("Variable Not Found")
        }
        Refusal::FunctionFailed => {
            error(500, "Unable to read provided function").because("Error With Function")
        }
        Refusal::NoSuchBridge if call.operation == Operation::BridgesGetBridgeVars => {
            error(404, "Provided bridge was not found").because("Bridge Not Found")
        }
        Refusal::NoSuchBridge => {
            let response = error(404, "Bridge not found");
            if call.operation == Operation::BridgesGet { response } else { response.because("Not found") }
        }
        Refusal::ForeignBridge => error(409, "Bridge not in Stasis application"),
        Refusal::BridgeIdInUse(id) => error(409, &format!("Bridge with id '{id}' already exists")),
        Refusal::TooManyBridges => error(503, "No more bridges are admitted"),
        Refusal::NoSuchMember => error(400, "Channel not found"),
        Refusal::MemberNotInApplication => error(422, "Channel not in Stasis application"),
        Refusal::NotInThisBridge => error(422, "Channel not in this bridge"),
        Refusal::MemberRecorded(id) => error(409, &format!("Channel {id} currently recording")),
        Refusal::NoMusic => error(409, "Bridge isn't playing music"),
        Refusal::NoSuchPlayback => error(404, "Playback not found"),
        Refusal::PlaybackState => {
            let operation = call.params.text("operation").unwrap_or_default();
            error(409, &format!("Can only {operation} while media is playing"))
        }
        Refusal::NotControllable => {
            let operation = match call.operation {
                Operation::PlaybacksStop => "stop",
                _ => call.params.text("operation").unwrap_or_default(),
            };
            error(500, &format!("Could not {operation} playback"))
        }
        Refusal::NoSuchRecording => error(404, "Recording not found"),
        Refusal::RecordingState => error(409, "Recording not in session"),
        Refusal::RecordingExists(name) => {
            error(409, &format!("Recording '{name}' already exists and can not be overwritten"))
        }
        Refusal::RecordingOutside => error(500, "Error parsing request"),
        Refusal::RecordingDisk(why) => error(500, &format!("Unrecognized recording error: {why}")),
        Refusal::ForeignDevice => error(409, "Uncontrolled device specified"),
        Refusal::NoDeviceName => error(404, "Device name is missing"),
        Refusal::BadDeviceState => error(500, "Unknown device state"),
        Refusal::NoSuchMailbox => error(404, "Mailbox does not exist"),
        Refusal::TooMany => error(503, "No more are taken now"),
        Refusal::NoSuchApplication => error(404, "Application not found"),
        Refusal::BadSource => error(400, "Invalid event source URI scheme"),
        Refusal::NoSuchSource if call.operation == Operation::EventsUserEvent => {
            error(422, "Event source was not found")
        }
        Refusal::NoSuchSource => error(422, "Event source does not exist"),
        Refusal::NotSubscribed => error(422, "Event source was not subscribed to"),
        Refusal::NoSuchEndpoint => error(404, "Endpoint not found"),
        Refusal::NoSuchTechnology => {
            let message = format!("No Endpoints found - invalid tech {}", call.value("tech"));
            error(404, &message)
        }
        Refusal::Ended => match call.operation {
            Operation::ChannelsAnswer => error(500, "Failed to answer channel"),
            Operation::ChannelsSetChannelVar | Operation::ChannelsSetChannelVars => {
                error(400, "Failed to execute function")
            }
            _ => error(409, "Channel not in Stasis application"),
        },
    }
}
