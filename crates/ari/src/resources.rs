//! Snapshots of the core as ARI's resources.

use ari_model::{
    Application, Bridge, CallerId, Channel, ChannelState, DialplanCep, Endpoint, EndpointState, EventType,
    LiveRecording, Object, Playback, PlaybackState, RecordingState,
};
use call::{BridgeKind, BridgeSnapshot, ChannelSnapshot, EndpointSnapshot, Party};
use serde_json::Value;
use stasis::ApplicationSnapshot;

use crate::Facts;

impl Facts {
    pub(crate) fn channel(&self, from: &ChannelSnapshot) -> Channel {
        Channel {
            id: from.id.to_string(),
            name: from.name.to_string(),
            state: match from.state {
                call::ChannelState::Down => ChannelState::Down,
                call::ChannelState::Ring => ChannelState::Ring,
                call::ChannelState::Ringing => ChannelState::Ringing,
                call::ChannelState::Up => ChannelState::Up,
            },
            protocol_id: from.protocol_id.to_string(),
            caller: party(&from.caller),
            connected: party(&from.connected),
            accountcode: from.account_code.clone(),
            dialplan: DialplanCep {
                context: from.dialplan.context.clone(),
                exten: from.dialplan.exten.clone(),
                priority: from.dialplan.priority.into(),
                app_name: from.dialplan.app_name.clone(),
                app_data: from.dialplan.app_data.clone(),
            },
            creationtime: self.stamp(from.created),
            language: if from.language.is_empty() {
                self.default_language.clone()
            } else {
                from.language.clone()
            },
            channelvars: reported(&from.reported_variables),
            caller_rdnis: None,
            tenantid: None,
        }
    }

    pub(crate) fn bridge(&self, from: &BridgeSnapshot) -> Bridge {
        Bridge {
            id: from.id.to_string(),
            technology: from.technology().to_owned(),
            bridge_type: match from.kind {
                BridgeKind::Mixing => "mixing",
                BridgeKind::Holding => "holding",
            }
            .to_owned(),
            bridge_class: from.class.to_owned(),
            creator: from.creator.to_owned(),
            name: from.name.to_string(),
            channels: from.channels.iter().map(ToString::to_string).collect(),
            creationtime: self.stamp(from.created),
            video_mode: Some("talker".to_owned()),
            video_source_id: None,
            bridgevars: reported(&from.reported_variables),
        }
    }

    pub(crate) fn playback(&self, from: &call::PlaybackSnapshot) -> Playback {
        Playback {
            id: from.id.to_string(),
            media_uri: from.media_uri.clone(),
            next_media_uri: from.next_media_uri.clone(),
            target_uri: from.target.uri(),
            language: Some(if from.language.is_empty() {
                self.default_language.clone()
            } else {
                from.language.clone()
            }),
            state: match from.state {
                call::PlaybackState::Queued => PlaybackState::Queued,
                call::PlaybackState::Playing => PlaybackState::Playing,
                call::PlaybackState::Paused => PlaybackState::Paused,
                call::PlaybackState::Continuing => PlaybackState::Continuing,
                call::PlaybackState::Done => PlaybackState::Done,
                call::PlaybackState::Failed => PlaybackState::Failed,
            },
        }
    }
}

pub(crate) fn recording(from: &call::RecordingSnapshot) -> LiveRecording {
    let (talking, silence) = from.talking_silence_s.unzip();
    LiveRecording {
        name: from.name.to_string(),
        format: from.format.clone(),
        state: match from.state {
            call::RecordingState::Queued => RecordingState::Queued,
            call::RecordingState::Recording => RecordingState::Recording,
            call::RecordingState::Paused => RecordingState::Paused,
            call::RecordingState::Done => RecordingState::Done,
            call::RecordingState::Failed => RecordingState::Failed,
            call::RecordingState::Canceled => RecordingState::Canceled,
        },
        target_uri: from.target.uri(),
        cause: from.cause.clone(),
        duration: from.duration_s.map(Into::into),
        talking_duration: talking.map(Into::into),
        silence_duration: silence.map(Into::into),
    }
}

pub(crate) fn endpoint(from: &EndpointSnapshot) -> Endpoint {
    Endpoint {
        technology: from.technology.to_owned(),
        resource: from.resource.to_string(),
        state: Some(match from.state {
            call::EndpointState::Unknown => EndpointState::Unknown,
            call::EndpointState::Offline => EndpointState::Offline,
            call::EndpointState::Online => EndpointState::Online,
        }),
        channel_ids: from.channels.iter().map(ToString::to_string).collect(),
        max_channels: None,
    }
}

pub(crate) fn application(from: &ApplicationSnapshot) -> Application {
    let types = |names: &[String]| names.iter().map(|name| EventType { name: name.clone() }).collect();
    Application {
        name: from.name.to_string(),
        channel_ids: from.channels.clone(),
        bridge_ids: from.bridges.clone(),
        endpoint_ids: from.endpoints.clone(),
        device_names: from.devices.clone(),
        events_allowed: types(&from.allowed),
        events_disallowed: types(&from.disallowed),
    }
}

fn party(from: &Party) -> CallerId {
    CallerId { name: from.name.clone(), number: from.number.clone() }
}

/// Variables that are shown with each snapshot; the key is absent where there are none.
fn reported(from: &[(String, String)]) -> Option<Object> {
    let shown = |(name, value): &(String, String)| (name.clone(), Value::String(value.clone()));
    (!from.is_empty()).then(|| from.iter().map(shown).collect())
}
