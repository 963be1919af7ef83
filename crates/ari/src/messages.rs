//! Messages of the core as ARI's events.

use ari_model as model;
use ari_model::{ContactInfo, Object, Peer};
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
            Message::StasisStart { channel, args } => event!(
                facts,
                delivery,
                StasisStart { args: args.clone(), channel: facts.channel(channel), replace_channel: None }
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
            Event::ChannelHangupRequested { channel, cause, soft } => {
                event!(
                    facts,
                    delivery,
                    ChannelHangupRequest {
                        cause: cause.map(|cause| cause.0.into()),
                        tech_cause: None,
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
            Event::EndpointStateChanged { endpoint: from } => {
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
