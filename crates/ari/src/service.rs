//! All of ARI behind one router.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request as HttpRequest;
use axum::response::Response as HttpResponse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use stasis::{Answer, Command};

use crate::refusal::{overloaded, refused};
use crate::{
    Call, Facts, Front, Operation, Response, StoredRecordings, Switchboard, applications, asterisk, bridges,
    channels, edge, endpoints, events, playbacks, recordings, states, websocket,
};

/// What stays as it is in a segment of a path (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a handler gives: an answer, or one that ended it early.
pub(crate) type Answered = Result<Response, Response>;

/// Everything that requests are answered with.
pub struct Ari {
    /// How requests are received.
    pub front: Front,
    /// The way to the switch.
    pub board: Switchboard,
    /// What is said of the server itself.
    pub facts: Facts,
    /// Recordings on disk.
    pub stored: Arc<dyn StoredRecordings>,
}

/// A router that answers each request as ARI, other paths with the page 404. Routes of the server's own are added to it.
pub fn router(ari: Arc<Ari>) -> Router {
    Router::new().fallback(move |request: HttpRequest| answer(ari.clone(), request))
}

/// The answer to one request.
pub async fn answer(ari: Arc<Ari>, mut request: HttpRequest) -> HttpResponse {
    let upgrade = request.extensions_mut().remove::<hyper::upgrade::OnUpgrade>();
    let request = match edge::read(request).await {
        Ok(request) => request,
        Err(refusal) => return edge::write(&ari.front, refusal).await,
    };
    let response = match ari.front.admit(&request) {
        Ok(call) if call.operation == Operation::EventsEventWebsocket => {
            match websocket::open(&ari, &request, &call, upgrade).await {
                Ok(switching) => return switching,
                Err(refusal) => refusal,
            }
        }
        Ok(call) => ari.dispatch(&call).await,
        Err(refusal) => refusal,
    };
    edge::write(&ari.front, ari.front.finish(&request, response)).await
}

impl Ari {
    /// Carries out a request that was admitted. Event WebSockets are no request of this kind: 400.
    pub async fn dispatch(&self, call: &Call) -> Response {
        match self.carry_out(call).await {
            Ok(response) | Err(response) => response,
        }
    }

    async fn carry_out(&self, call: &Call) -> Answered {
        use Operation::*;
        match call.operation {
            AsteriskGetInfo | AsteriskPing | AsteriskGetGlobalVar | AsteriskSetGlobalVar => {
                asterisk::handle(self, call).await
            }
            EndpointsList
            | EndpointsListByTech
            | EndpointsGet
            | EndpointsSendMessage
            | EndpointsSendMessageToEndpoint => endpoints::handle(self, call).await,
            DeviceStatesList | DeviceStatesGet | DeviceStatesUpdate | DeviceStatesDelete | MailboxesList
            | MailboxesGet | MailboxesUpdate | MailboxesDelete => states::handle(self, call).await,
            ChannelsList
            | ChannelsOriginate
            | ChannelsCreate
            | ChannelsGet
            | ChannelsOriginateWithId
            | ChannelsHangup
            | ChannelsContinueInDialplan
            | ChannelsMove
            | ChannelsRedirect
            | ChannelsAnswer
            | ChannelsRing
            | ChannelsRingStop
            | ChannelsProgress
            | ChannelsSendDtmf
            | ChannelsMute
            | ChannelsUnmute
            | ChannelsHold
            | ChannelsUnhold
            | ChannelsStartMoh
            | ChannelsStopMoh
            | ChannelsStartSilence
            | ChannelsStopSilence
            | ChannelsPlay
            | ChannelsPlayWithId
            | ChannelsRecord
            | ChannelsGetChannelVar
            | ChannelsSetChannelVar
            | ChannelsGetChannelVars
            | ChannelsSetChannelVars
            | ChannelsRtpStatistics
            | ChannelsDial => channels::handle(self, call).await,
            BridgesList | BridgesCreate | BridgesCreateWithId | BridgesGet | BridgesDestroy
            | BridgesGetBridgeVar | BridgesSetBridgeVar | BridgesGetBridgeVars | BridgesSetBridgeVars
            | BridgesAddChannel | BridgesRemoveChannel | BridgesStartMoh | BridgesStopMoh | BridgesPlay
            | BridgesPlayWithId | BridgesRecord => bridges::handle(self, call).await,
            RecordingsListStored
            | RecordingsGetStored
            | RecordingsDeleteStored
            | RecordingsGetStoredFile
            | RecordingsCopyStored
            | RecordingsGetLive
            | RecordingsCancel
            | RecordingsStop
            | RecordingsPause
            | RecordingsUnpause
            | RecordingsMute
            | RecordingsUnmute => recordings::handle(self, call).await,
            PlaybacksGet | PlaybacksStop | PlaybacksControl => playbacks::handle(self, call).await,
            ApplicationsList
            | ApplicationsGet
            | ApplicationsSubscribe
            | ApplicationsUnsubscribe
            | ApplicationsFilter => applications::handle(self, call).await,
            EventsUserEvent => events::handle(self, call).await,
            EventsEventWebsocket => Err(Response::error(400, "An event WebSocket is opened by an upgrade")),
            AsteriskGetObject
            | AsteriskUpdateObject
            | AsteriskDeleteObject
            | AsteriskListModules
            | AsteriskGetModule
            | AsteriskLoadModule
            | AsteriskUnloadModule
            | AsteriskReloadModule
            | AsteriskListLogChannels
            | AsteriskAddLog
            | AsteriskDeleteLog
            | AsteriskRotateLog
            | EndpointsRefer
            | EndpointsReferToEndpoint
            | ChannelsSnoopChannel
            | ChannelsSnoopChannelWithId
            | ChannelsExternalMedia
            | ChannelsTransferProgress
            | BridgesSetVideoSource
            | BridgesClearVideoSource
            | SoundsList
            | SoundsGet
            | EventsClaimChannel => Err(not_here(call.operation)),
        }
    }

    /// Asks the switch; a refusal becomes the request's answer.
    pub(crate) async fn ask(&self, call: &Call, command: Command) -> Result<Answer, Response> {
        match self.board.ask(command).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(refusal)) => Err(refused(call, refusal)),
            Err(why) => Err(overloaded(why)),
        }
    }

    /// Asks the switch and answers 204.
    pub(crate) async fn done(&self, call: &Call, command: Command) -> Answered {
        self.ask(call, command).await.map(|_| Response::no_content())
    }

    /// Asks the switch and shows what it gave.
    pub(crate) async fn shown(&self, call: &Call, command: Command) -> Answered {
        Ok(self.show(200, self.ask(call, command).await?))
    }

    /// An answer of the core as a response with a body; 204 where it has none.
    pub(crate) fn show(&self, status: u16, answer: Answer) -> Response {
        let facts = &self.facts;
        match answer {
            Answer::Done => Response::no_content(),
            Answer::Channel(channel) => Response::json(status, &facts.channel(&channel)),
            Answer::Channels(all) => list(status, all.iter().map(|channel| facts.channel(channel))),
            Answer::Bridge(bridge) => Response::json(status, &facts.bridge(&bridge)),
            Answer::Bridges(all) => list(status, all.iter().map(|bridge| facts.bridge(bridge))),
            Answer::Playback(playback) => Response::json(status, &facts.playback(&playback)),
            Answer::Recording(live) => Response::json(status, &crate::resources::recording(&live)),
            Answer::Application(one) => Response::json(status, &crate::resources::application(&one)),
            Answer::Applications(all) => list(status, all.iter().map(crate::resources::application)),
            Answer::Endpoint(one) => Response::json(status, &crate::resources::endpoint(&one)),
            Answer::Endpoints(all) => {
                list(status, all.iter().map(|endpoint| crate::resources::endpoint(endpoint)))
            }
            Answer::RtpStatistics { channel, statistics } => {
                Response::json(status, &crate::rtp_statistics::shown(&channel, &statistics))
            }
            Answer::Device(name, state) => Response::json(status, &states::device(&name, state)),
            Answer::Devices(all) => {
                list(status, all.iter().map(|(name, state)| states::device(name, *state)))
            }
            Answer::Mailbox(name, messages) => Response::json(status, &states::mailbox(&name, messages)),
            Answer::Mailboxes(all) => {
                list(status, all.iter().map(|(name, messages)| states::mailbox(name, *messages)))
            }
            Answer::Variables(variables) => {
                let shown = variables.into_iter().map(|(name, value)| (name, value.into()));
                Response::json(status, &ari_model::Variables { variables: shown.collect() })
            }
        }
    }
}

/// The first of the variables that were asked for, as `{"value": …}`.
pub(crate) fn one_variable(answer: Answer) -> Response {
    let value = match answer {
        Answer::Variables(variables) => variables.into_iter().next().map(|(_, value)| value),
        _ => None,
    };
    Response::ok(&ari_model::Variable { value: value.unwrap_or_default() })
}

/// A value as a segment of a path.
pub(crate) fn segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

fn list<T: Serialize>(status: u16, items: impl Iterator<Item = T>) -> Response {
    Response::json(status, &items.collect::<Vec<T>>())
}

fn not_here(operation: Operation) -> Response {
    let route = crate::ROUTES.iter().find(|route| route.operation == operation);
    let name = route.map(|route| format!("{} {}", route.method, route.path)).unwrap_or_default();
    Response::not_implemented(&name)
}
