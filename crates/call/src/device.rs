//! Devices: what a busy lamp shows, derived from channels and endpoints (`PJSIP/2001`) or set by somebody (`Custom:lamp`,
//! `Stasis:lamp`). The rules are Asterisk's.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::channel::{ChannelState, Technology};
use crate::endpoint::EndpointState;
use crate::event::Event;
use crate::model::Calls;
use crate::snapshot::ChannelSnapshot;

/// Devices whose state somebody sets; one more is refused.
pub const MAX_SET_DEVICES: usize = 10_000;

/// The state of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceState {
    /// It is valid, and no more is known.
    Unknown,
    /// Nobody uses it.
    NotInUse,
    /// In a call.
    InUse,
    /// As busy as it may be.
    Busy,
    /// There is no such device.
    Invalid,
    /// It cannot be reached.
    Unavailable,
    /// It rings.
    Ringing,
    /// It rings and is in a call.
    RingInUse,
    /// Its calls are on hold.
    OnHold,
}

impl DeviceState {
    /// Asterisk's word.
    pub fn word(self) -> &'static str {
        match self {
            DeviceState::Unknown => "UNKNOWN",
            DeviceState::NotInUse => "NOT_INUSE",
            DeviceState::InUse => "INUSE",
            DeviceState::Busy => "BUSY",
            DeviceState::Invalid => "INVALID",
            DeviceState::Unavailable => "UNAVAILABLE",
            DeviceState::Ringing => "RINGING",
            DeviceState::RingInUse => "RINGINUSE",
            DeviceState::OnHold => "ONHOLD",
        }
    }

    /// The state of a word, in any case.
    pub fn from_word(word: &str) -> Option<DeviceState> {
        [
            DeviceState::Unknown,
            DeviceState::NotInUse,
            DeviceState::InUse,
            DeviceState::Busy,
            DeviceState::Invalid,
            DeviceState::Unavailable,
            DeviceState::Ringing,
            DeviceState::RingInUse,
            DeviceState::OnHold,
        ]
        .into_iter()
        .find(|state| state.word().eq_ignore_ascii_case(word))
    }

    /// Which of two states shows where a hint has several devices.
    fn rank(self) -> u8 {
        match self {
            DeviceState::Invalid => 0,
            DeviceState::Unknown => 1,
            DeviceState::Unavailable => 2,
            DeviceState::NotInUse => 3,
            DeviceState::OnHold => 4,
            DeviceState::Ringing => 5,
            DeviceState::InUse => 6,
            DeviceState::Busy => 7,
            DeviceState::RingInUse => 8,
        }
    }

    /// What several states come to: the most telling one; ringing beside a call is both.
    pub fn aggregate(states: impl IntoIterator<Item = DeviceState>) -> DeviceState {
        let (mut result, mut ringing, mut in_use) = (DeviceState::Invalid, false, false);
        for state in states {
            ringing |= state == DeviceState::Ringing;
            in_use |= state == DeviceState::InUse;
            if ringing && in_use {
                result = DeviceState::RingInUse;
            } else if state.rank() > result.rank() {
                result = state;
            }
        }
        result
    }
}

/// The state of an extension: its hint's devices taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtensionState {
    /// Nobody uses it.
    NotInUse,
    /// In a call.
    InUse,
    /// As busy as it may be.
    Busy,
    /// It cannot be reached.
    Unavailable,
    /// It rings.
    Ringing,
    /// It rings and is in a call.
    RingInUse,
    /// On hold.
    OnHold,
}

impl ExtensionState {
    /// Asterisk's word, as `EXTENSION_STATE()` gives it.
    pub fn word(self) -> &'static str {
        match self {
            ExtensionState::NotInUse => "NOT_INUSE",
            ExtensionState::InUse => "INUSE",
            ExtensionState::Busy => "BUSY",
            ExtensionState::Unavailable => "UNAVAILABLE",
            ExtensionState::Ringing => "RINGING",
            ExtensionState::RingInUse => "RINGINUSE",
            ExtensionState::OnHold => "ONHOLD",
        }
    }
}

impl From<DeviceState> for ExtensionState {
    fn from(state: DeviceState) -> ExtensionState {
        match state {
            DeviceState::Unknown | DeviceState::NotInUse => ExtensionState::NotInUse,
            DeviceState::InUse => ExtensionState::InUse,
            DeviceState::Busy => ExtensionState::Busy,
            DeviceState::Invalid | DeviceState::Unavailable => ExtensionState::Unavailable,
            DeviceState::Ringing => ExtensionState::Ringing,
            DeviceState::RingInUse => ExtensionState::RingInUse,
            DeviceState::OnHold => ExtensionState::OnHold,
        }
    }
}

/// The devices of a hint: what stands before the comma, split at `&`.
pub fn devices_of_hint(hint: &str) -> impl Iterator<Item = &str> {
    let devices = hint.split(',').next().unwrap_or_default();
    devices.split('&').map(str::trim).filter(|device| !device.is_empty())
}

/// A channel of a device.
#[derive(Debug, Clone, Copy)]
struct Line {
    state: ChannelState,
    held: bool,
}

/// All devices.
#[derive(Default)]
pub(crate) struct Devices {
    /// The channels of each device, by id.
    lines: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Line>>,
    /// What each device was last told to be.
    told: BTreeMap<Arc<str>, DeviceState>,
    set: BTreeMap<Arc<str>, DeviceState>,
    busy_at: BTreeMap<Arc<str>, u32>,
    changed: VecDeque<Arc<str>>,
}

/// The device of a channel or endpoint.
fn device(technology: Technology, resource: &str) -> Arc<str> {
    format!("{}/{resource}", technology.word()).into()
}

impl Calls {
    /// The state of a device now.
    pub fn device_state(&self, name: &str) -> DeviceState {
        if name.contains(':') {
            return self.devices.set.get(name).copied().unwrap_or(DeviceState::Unknown);
        }
        let Some((technology, resource)) = name.split_once('/') else { return DeviceState::Invalid };
        let Some(technology) = Technology::from_word(technology) else { return DeviceState::Invalid };
        let device = device(technology, resource);
        let lines = self.devices.lines.get(&device);
        let idle = match self.endpoint_state(technology, resource) {
            None => return DeviceState::Invalid,
            Some(EndpointState::Offline) => DeviceState::Unavailable,
            Some(EndpointState::Online) => DeviceState::NotInUse,
            Some(EndpointState::Unknown) => DeviceState::Unknown,
        };
        let Some(lines) = lines.filter(|lines| !lines.is_empty()) else { return idle };
        let is_busy = |line: &&Line| matches!(line.state, ChannelState::Up | ChannelState::Ring);
        let in_use = lines.values().filter(is_busy).count();
        let busy_at = self.devices.busy_at.get(&device).copied().unwrap_or(0);
        if busy_at > 0 && in_use >= busy_at as usize {
            return DeviceState::Busy;
        }
        match DeviceState::aggregate(lines.values().map(|line| of_line(*line))) {
            DeviceState::Invalid => idle,
            state => state,
        }
    }

    /// Sets the state of a device that is nobody's but the setter's (`Custom:…`, `Stasis:…`). `false` where the name has no
    /// such form, or as many are set as may be.
    pub fn set_device_state(&mut self, name: &str, state: DeviceState) -> bool {
        let is_new = !self.devices.set.contains_key(name);
        if !name.contains(':') || is_new && self.devices.set.len() >= MAX_SET_DEVICES {
            return false;
        }
        let name: Arc<str> = name.into();
        self.devices.set.insert(name.clone(), state);
        self.tell_device(name);
        true
    }

    /// Forgets a state that was set; `false` where there was none.
    pub fn forget_device_state(&mut self, name: &str) -> bool {
        let forgotten = self.devices.set.remove(name).is_some();
        if forgotten {
            self.tell_device(name.into());
        }
        forgotten
    }

    /// The devices whose state was set, by name.
    pub fn set_devices(&self) -> impl Iterator<Item = (&Arc<str>, DeviceState)> {
        self.devices.set.iter().map(|(name, state)| (name, *state))
    }

    /// So many calls make an endpoint's device busy; 0: none do (`device_state_busy_at`).
    pub fn set_busy_at(&mut self, technology: Technology, resource: &str, calls: u32) {
        let device = device(technology, resource);
        match calls {
            0 => drop(self.devices.busy_at.remove(&device)),
            calls => drop(self.devices.busy_at.insert(device, calls)),
        }
    }

    /// The next device whose state changed.
    pub fn next_device_change(&mut self) -> Option<Arc<str>> {
        self.devices.changed.pop_front()
    }

    /// Follows an event; a change of a device's state is told after it.
    pub(crate) fn follow_devices(&mut self, event: &Event) {
        match event {
            Event::ChannelCreated { channel } | Event::ChannelStateChanged { channel } => {
                self.change_line(channel, |line| line.state = channel.state);
            }
            Event::ChannelHeld { channel, .. } | Event::ChannelUnheld { channel } => {
                let held = matches!(event, Event::ChannelHeld { .. });
                self.change_line(channel, |line| line.held = held);
            }
            Event::ChannelDestroyed { channel, .. } => {
                let device = device(channel.technology, &channel.endpoint);
                if let Some(lines) = self.devices.lines.get_mut(&device) {
                    lines.remove(&channel.id);
                    if lines.is_empty() {
                        self.devices.lines.remove(&device);
                    }
                }
                self.tell_device(device);
            }
            Event::EndpointStateChanged { endpoint } => {
                self.tell_device(format!("{}/{}", endpoint.technology, endpoint.resource).into());
            }
            Event::ChannelDialplanChanged { .. }
            | Event::ChannelCallerIdChanged { .. }
            | Event::ChannelConnectedLineChanged { .. }
            | Event::VariableSet { .. }
            | Event::ChannelHangupRequested { .. }
            | Event::ChannelDigitReceived { .. }
            | Event::ChannelTalkingStarted { .. }
            | Event::ChannelTalkingFinished { .. }
            | Event::Dialed { .. }
            | Event::BlindTransferred(_)
            | Event::AttendedTransferred(_)
            | Event::BridgeCreated { .. }
            | Event::BridgeDestroyed { .. }
            | Event::ChannelEnteredBridge { .. }
            | Event::ChannelLeftBridge { .. }
            | Event::PlaybackStarted { .. }
            | Event::PlaybackContinuing { .. }
            | Event::PlaybackFinished { .. }
            | Event::RecordingStarted { .. }
            | Event::RecordingFinished { .. }
            | Event::RecordingFailed { .. }
            | Event::EndpointChannelsChanged { .. }
            | Event::ContactStatusChanged { .. }
            | Event::PeerStatusChanged { .. }
            | Event::DeviceStateChanged { .. }
            | Event::TextReceived { .. } => {}
        }
    }

    fn change_line(&mut self, channel: &ChannelSnapshot, change: impl FnOnce(&mut Line)) {
        if channel.endpoint.is_empty() {
            return;
        }
        let device = device(channel.technology, &channel.endpoint);
        let lines = self.devices.lines.entry(device.clone()).or_default();
        change(lines.entry(channel.id.clone()).or_insert(Line { state: channel.state, held: false }));
        self.tell_device(device);
    }

    fn tell_device(&mut self, device: Arc<str>) {
        let state = self.device_state(&device);
        let before = match state {
            // What is gone for good is not remembered.
            DeviceState::Invalid => self.devices.told.remove(&device),
            state => self.devices.told.insert(device.clone(), state),
        };
        if before != Some(state) {
            self.devices.changed.push_back(device.clone());
            self.events.push_back(Event::DeviceStateChanged { device, state });
        }
    }

    /// An endpoint was configured: its device is known from now on, which is no change to tell.
    pub(crate) fn note_device(&mut self, technology: Technology, resource: &str) {
        let device = device(technology, resource);
        if !self.devices.told.contains_key(&device) {
            let state = self.device_state(&device);
            self.devices.told.insert(device, state);
        }
    }
}

fn of_line(line: Line) -> DeviceState {
    if line.held {
        return DeviceState::OnHold;
    }
    match line.state {
        ChannelState::Down => DeviceState::NotInUse,
        ChannelState::Ring | ChannelState::Up => DeviceState::InUse,
        ChannelState::Ringing => DeviceState::Ringing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Limits;

    #[test]
    fn several_states_come_to_the_most_telling_one() {
        use DeviceState::*;
        assert_eq!(DeviceState::aggregate([]), Invalid);
        assert_eq!(DeviceState::aggregate([Unavailable, NotInUse]), NotInUse);
        assert_eq!(DeviceState::aggregate([OnHold, NotInUse]), OnHold);
        assert_eq!(DeviceState::aggregate([Ringing, NotInUse, InUse]), RingInUse);
        assert_eq!(DeviceState::aggregate([InUse, Busy]), Busy);
    }

    #[test]
    fn a_device_that_is_set_is_told_once_for_each_change() {
        let mut calls = Calls::new(Limits::default());
        assert_eq!(calls.device_state("Custom:lamp"), DeviceState::Unknown);
        assert!(calls.set_device_state("Custom:lamp", DeviceState::InUse));
        assert!(calls.set_device_state("Custom:lamp", DeviceState::InUse));
        assert_eq!(calls.next_device_change().as_deref(), Some("Custom:lamp"));
        assert_eq!(calls.next_device_change(), None);
        assert!(!calls.set_device_state("PJSIP/2001", DeviceState::InUse));
        assert!(calls.forget_device_state("Custom:lamp"));
        assert_eq!(calls.next_device_change().as_deref(), Some("Custom:lamp"));
    }

    #[test]
    fn an_endpoint_that_is_not_known_is_no_device() {
        let mut calls = Calls::new(Limits::default());
        assert_eq!(calls.device_state("PJSIP/2001"), DeviceState::Invalid);
        calls.set_endpoint(Technology::Sip, &"2001".into(), EndpointState::Offline, "default");
        assert_eq!(calls.device_state("PJSIP/2001"), DeviceState::Unavailable);
        calls.set_endpoint(Technology::Sip, &"2001".into(), EndpointState::Online, "default");
        while calls.next_event().is_some() {}
        assert_eq!(calls.next_device_change().as_deref(), Some("PJSIP/2001"));
        assert_eq!(calls.device_state("PJSIP/2001"), DeviceState::NotInUse);
    }

    #[test]
    fn hints_name_devices_before_the_comma() {
        let devices: Vec<&str> = devices_of_hint("PJSIP/2001& Custom:lamp,CustomPresence:x").collect();
        assert_eq!(devices, ["PJSIP/2001", "Custom:lamp"]);
    }
}
