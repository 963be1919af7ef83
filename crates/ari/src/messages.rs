//! Messages of the core as ARI's events.

use ari_model as model;
use ari_model::{ContactInfo, Object, Peer, TextMessage};
use call::{EndpointState, Event};
use serde_json::Value;
use stasis::{Delivery, Message};

use crate::Facts;
use crate::resources::{endpoint, recording};

/// Asterisk's number and words for a caller id that is neither hidden nor checked.
const PRESENTATION: (i32, &str) = (0, "Presentation Allowed, Not Screened");

/// An event with what each has and its own fields.
macro_rules! event {
    ($facts:ident, $delivery:ident, $kind:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {
        model::$kind {
            timestamp: $facts.stamp($delivery.unix_ms),
            asterisk_id: Some($facts.asterisk_id.clone()),
            application: $delivery.application.to_string(),
            $( $field $(: $value)?, )*
        }
        .into()
    };
}

impl Facts {
    /// The event that an application is told.
    pub(crate) fn event(&self, delivery: &Delivery) -> model::Event {
        let facts = self;
        match &*delivery.message {
            Message::Call(event) => facts.call_event(delivery, event),
            Message::StasisStart { channel, args, replaced } => event!(
                facts,
                delivery,
                StasisStart {
                    args: args.clone(),
                    channel: facts.channel(channel),
                    replace_channel: replaced.as_deref().map(|channel| facts.channel(channel)),
                }
            ),
            Message::StasisEnd { channel } => {
                event!(facts, delivery, StasisEnd { channel: facts.channel(channel) })
            }
            Message::ApplicationReplaced => event!(facts, delivery, ApplicationReplaced {}),
            Message::ApplicationMoveFailed { channel, destination, args } => {
                event!(
                    facts,
                    delivery,
                    ApplicationMoveFailed {
                        channel: facts.channel(channel),
                        destination: destination.clone(),
                        args: args.clone(),
                    }
                )
            }
            Message::UserEvent { name, variables, channel, bridge, endpoint: about } => {
                event!(
                    facts,
                    delivery,
                    ChannelUserevent {
                        eventname: name.clone(),
                        userevent: user_event(name, variables),
                        channel: channel.as_deref().map(|channel| facts.channel(channel)),
                        bridge: bridge.as_deref().map(|bridge| facts.bridge(bridge)),
                        endpoint: about.as_deref().map(endpoint),
                    }
                )
            }
        }
    }

    fn call_event(&self, delivery: &Delivery, event: &Event) -> model::Event {
        let facts = self;
        match event {
            Event::ChannelCreated { channel } => {
                event!(facts, delivery, ChannelCreated { channel: facts.channel(channel) })
            }
            Event::ChannelStateChanged { channel } => {
                event!(facts, delivery, ChannelStateChange { channel: facts.channel(channel) })
            }
            Event::ChannelDialplanChanged { channel } => event!(
                facts,
                delivery,
                ChannelDialplan {
                    dialplan_app: channel.dialplan.app_name.clone(),
                    dialplan_app_data: channel.dialplan.app_data.clone(),
                    channel: facts.channel(channel),
                }
            ),
            Event::ChannelCallerIdChanged { channel } => event!(
                facts,
                delivery,
                ChannelCallerId {
                    caller_presentation: PRESENTATION.0,
                    caller_presentation_txt: PRESENTATION.1.to_owned(),
                    channel: facts.channel(channel),
                }
            ),
            Event::ChannelConnectedLineChanged { channel } => {
                event!(facts, delivery, ChannelConnectedLine { channel: facts.channel(channel) })
            }
            Event::VariableSet { channel, name, value } => event!(
                facts,
                delivery,
                ChannelVarset {
                    variable: name.clone(),
                    value: value.clone(),
                    channel: channel.as_deref().map(|channel| facts.channel(channel)),
                }
            ),
            Event::ChannelHangupRequested { channel, cause, soft, tech_cause } => {
                event!(
                    facts,
                    delivery,
                    ChannelHangupRequest {
                        cause: cause.map(|cause| cause.0.into()),
                        tech_cause: tech_cause.map(Into::into),
                        soft: soft.then_some(true),
                        channel: facts.channel(channel),
                    }
                )
            }
            Event::ChannelDestroyed { channel, cause, tech_cause } => {
                event!(
                    facts,
                    delivery,
                    ChannelDestroyed {
                        cause: cause.0.into(),
                        cause_txt: cause.text().to_owned(),
                        tech_cause: tech_cause.map(Into::into),
                        channel: facts.channel(channel),
                    }
                )
            }
            Event::ChannelDigitReceived { channel, digit, duration_ms } => {
                event!(
                    facts,
                    delivery,
                    ChannelDtmfReceived {
                        digit: digit.to_string(),
                        duration_ms: i32::try_from(*duration_ms).unwrap_or(i32::MAX),
                        channel: facts.channel(channel),
                    }
                )
            }
            Event::ChannelTalkingStarted { channel } => {
                event!(facts, delivery, ChannelTalkingStarted { channel: facts.channel(channel) })
            }
            Event::ChannelTalkingFinished { channel, duration_ms } => event!(
                facts,
                delivery,
                ChannelTalkingFinished { duration: (*duration_ms).into(), channel: facts.channel(channel) }
            ),
            Event::ChannelHeld { channel, music_class } => event!(
                facts,
                delivery,
                ChannelHold {
                    musicclass: Some(music_class.clone().unwrap_or_else(|| "N/A".to_owned())),
                    channel: facts.channel(channel),
                }
            ),
            Event::ChannelUnheld { channel } => {
                event!(facts, delivery, ChannelUnhold { channel: facts.channel(channel) })
            }
            Event::Dialed { caller, peer, status, dial_string } => event!(
                facts,
                delivery,
                Dial {
                    dialstatus: status.word().to_owned(),
                    forward: Some(String::new()),
                    dialstring: Some(dial_string.clone()),
                    caller: caller.as_deref().map(|caller| facts.channel(caller)),
                    peer: facts.channel(peer),
                    forwarded: None,
                }
            ),
            Event::BlindTransferred(transfer) => event!(
                facts,
                delivery,
                BridgeBlindTransfer {
                    channel: facts.channel(&transfer.transferer),
                    exten: transfer.exten.clone(),
                    context: transfer.context.clone(),
                    result: "Success".to_owned(),
                    is_external: true,
                    transferee: Some(facts.channel(&transfer.transferee)),
                    replace_channel: None,
                    bridge: Some(facts.bridge(&transfer.bridge)),
                }
            ),
            Event::AttendedTransferred(transfer) => event!(
                facts,
                delivery,
                BridgeAttendedTransfer {
                    transferer_first_leg: facts.channel(&transfer.first),
                    transferer_second_leg: facts.channel(&transfer.second),
                    result: "Success".to_owned(),
                    is_external: true,
                    transferee: Some(facts.channel(&transfer.transferee)),
                    transfer_target: Some(facts.channel(&transfer.target)),
                    transferer_first_leg_bridge: Some(facts.bridge(&transfer.first_bridge)),
                    transferer_second_leg_bridge: Some(facts.bridge(&transfer.second_bridge)),
                    destination_type: "bridge".to_owned(),
                    destination_bridge: Some(transfer.destination.to_string()),
                    destination_application: None,
                    replace_channel: None,
                    destination_link_first_leg: None,
                    destination_link_second_leg: None,
                    destination_threeway_channel: None,
                    destination_threeway_bridge: None,
                }
            ),
            Event::BridgeCreated { bridge } => {
                event!(facts, delivery, BridgeCreated { bridge: facts.bridge(bridge) })
            }
            Event::BridgeDestroyed { bridge } => {
                event!(facts, delivery, BridgeDestroyed { bridge: facts.bridge(bridge) })
            }
            Event::ChannelEnteredBridge { bridge, channel } => {
                event!(
                    facts,
                    delivery,
                    ChannelEnteredBridge {
                        bridge: facts.bridge(bridge),
                        channel: Some(facts.channel(channel)),
                    }
                )
            }
            Event::ChannelLeftBridge { bridge, channel } => event!(
                facts,
                delivery,
                ChannelLeftBridge { bridge: facts.bridge(bridge), channel: facts.channel(channel) }
            ),
            Event::PlaybackStarted { playback } => {
                event!(facts, delivery, PlaybackStarted { playback: facts.playback(playback) })
            }
            Event::PlaybackContinuing { playback } => {
                event!(facts, delivery, PlaybackContinuing { playback: facts.playback(playback) })
            }
            Event::PlaybackFinished { playback } => {
                event!(facts, delivery, PlaybackFinished { playback: facts.playback(playback) })
            }
            Event::RecordingStarted { recording: from } => {
                event!(facts, delivery, RecordingStarted { recording: recording(from) })
            }
            Event::RecordingFinished { recording: from } => {
                event!(facts, delivery, RecordingFinished { recording: recording(from) })
            }
            Event::RecordingFailed { recording: from } => {
                event!(facts, delivery, RecordingFailed { recording: recording(from) })
            }
            Event::EndpointStateChanged { endpoint: from }
            | Event::EndpointChannelsChanged { endpoint: from } => {
                event!(facts, delivery, EndpointStateChange { endpoint: endpoint(from) })
            }
            Event::ContactStatusChanged { endpoint: from, uri, aor, status, round_trip_us } => {
                event!(
                    facts,
                    delivery,
                    ContactStatusChange {
                        endpoint: endpoint(from),
                        contact_info: ContactInfo {
                            uri: uri.clone(),
                            contact_status: status.word().to_owned(),
                            aor: aor.clone(),
                            roundtrip_usec: round_trip_us.map(|us| us.to_string()),
                        },
                    }
                )
            }
            Event::DeviceStateChanged { device, state } => {
                event!(
                    facts,
                    delivery,
                    DeviceStateChanged { device_state: crate::states::device(device, *state) }
                )
            }
            Event::TextReceived { endpoint: from, message } => {
                let variables = message.variables.iter();
                let variables =
                    variables.map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
                event!(
                    facts,
                    delivery,
                    TextMessageReceived {
                        message: TextMessage {
                            from: message.from.clone(),
                            to: message.to.clone(),
                            body: message.body.clone(),
                            variables: Some(variables),
                        },
                        endpoint: Some(endpoint(from)),
                    }
                )
            }
            Event::PeerStatusChanged { endpoint: from, status } => {
                event!(
                    facts,
                    delivery,
                    PeerStatusChange {
                        endpoint: endpoint(from),
                        peer: Peer { peer_status: peer_word(*status).to_owned(), ..Peer::default() },
                    }
                )
            }
        }
    }
}

/// Asterisk's word for an endpoint's state as a peer's.
fn peer_word(state: EndpointState) -> &'static str {
    match state {
        EndpointState::Unknown => "Unknown",
        EndpointState::Offline => "Unreachable",
        EndpointState::Online => "Reachable",
    }
}

/// What a user event carries, with its name in it.
fn user_event(name: &str, variables: &str) -> Object {
    let mut carried: Object = serde_json::from_str(variables).unwrap_or_default();
    carried.insert("eventname".to_owned(), Value::String(name.to_owned()));
    carried
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use call::{
        ChannelSnapshot, ChannelState, Party, PlaybackSnapshot, PlaybackState, Position, Target, Technology,
    };
    use stasis::SessionId;

    use super::*;

    fn channel(state: ChannelState) -> Arc<ChannelSnapshot> {
        Arc::new(ChannelSnapshot {
            id: "1795404346.0".into(),
            name: "PJSIP/sipp-00000000".into(),
            state,
            technology: Technology::Sip,
            protocol_id: "31481-5066-1".into(),
            endpoint: "sipp".into(),
            caller: Party::new("", "1234"),
            connected: Party::default(),
            account_code: String::new(),
            dialplan: Position {
                context: "peer".to_owned(),
                exten: "1000".to_owned(),
                priority: 1,
                app_name: "Stasis".to_owned(),
                app_data: "my-app".to_owned(),
            },
            created: 1_795_404_346_590,
            language: "en".to_owned(),
            reported_variables: Default::default(),
        })
    }

    fn printed(unix_ms: u64, message: Message) -> String {
        let facts = Facts { asterisk_id: "02:fc:00:00:00:01".to_owned(), ..Facts::default() };
        let application = "my-app".into();
        let delivery =
            Delivery { session: SessionId(1), application, sequence: 1, unix_ms, message: Arc::new(message) };
        serde_json::to_string(&facts.event(&delivery)).expect("prints")
    }

    /// A captured channel, with the state that it had.
    fn captured(state: &str) -> String {
        format!(
            r#"{{"id":"1795404346.0","name":"PJSIP/sipp-00000000","state":"{state}","protocol_id":"31481-5066-1","caller":{{"name":"","number":"1234"}},"connected":{{"name":"","number":""}},"accountcode":"","dialplan":{{"context":"peer","exten":"1000","priority":1,"app_name":"Stasis","app_data":"my-app"}},"creationtime":"2026-11-23T03:25:46.590+0000","language":"en"}}"#
        )
    }

    const END: &str = r#""asterisk_id":"02:fc:00:00:00:01","application":"my-app"}"#;

    #[test]
    fn a_call_is_told_byte_for_byte_as_captured() {
        let start =
            Message::StasisStart { channel: channel(ChannelState::Ring), args: vec![], replaced: None };
        let (ring, up) = (captured("Ring"), captured("Up"));
        assert_eq!(
            printed(1_795_404_346_590, start),
            format!(
                r#"{{"type":"StasisStart","timestamp":"2026-11-23T03:25:46.590+0000","args":[],"channel":{ring},{END}"#
            )
        );
        let answered = Message::Call(Event::ChannelStateChanged { channel: channel(ChannelState::Up) });
        assert_eq!(
            printed(1_795_404_346_592, answered),
            format!(
                r#"{{"type":"ChannelStateChange","timestamp":"2026-11-23T03:25:46.592+0000","channel":{up},{END}"#
            )
        );
        let playback = Arc::new(PlaybackSnapshot {
            id: "hello-1".into(),
            media_uri: "sound:hello-world".to_owned(),
            next_media_uri: None,
            target: Target::Channel("1795404346.0".into()),
            language: "en".to_owned(),
            state: PlaybackState::Playing,
        });
        let playing = Message::Call(Event::PlaybackStarted { playback });
        let playback = r#"{"id":"hello-1","media_uri":"sound:hello-world","target_uri":"channel:1795404346.0","language":"en","state":"playing"}"#;
        assert_eq!(
            printed(1_795_404_346_594, playing),
            format!(
                r#"{{"type":"PlaybackStarted","timestamp":"2026-11-23T03:25:46.594+0000","playback":{playback},{END}"#
            )
        );
        let ended = Message::StasisEnd { channel: channel(ChannelState::Up) };
        assert_eq!(
            printed(1_795_404_347_998, ended),
            format!(
                r#"{{"type":"StasisEnd","timestamp":"2026-11-23T03:25:47.998+0000","channel":{up},{END}"#
            )
        );
    }

    #[test]
    fn a_hang_up_request_puts_what_it_is_before_its_type() {
        let asked = |cause, soft| {
            let channel = channel(ChannelState::Up);
            printed(
                0,
                Message::Call(Event::ChannelHangupRequested { channel, cause, soft, tech_cause: None }),
            )
        };
        assert!(asked(Some(call::Cause(32)), true).starts_with(r#"{"cause":32,"soft":true,"type":"#));
        assert!(asked(None, false).starts_with(r#"{"type":"ChannelHangupRequest""#));
    }
}
