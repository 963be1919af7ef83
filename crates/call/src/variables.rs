//! Channel and global variables, and the functions that read and write a channel itself.

use media::talk::TalkSettings;

use crate::channel::ChannelKey;
use crate::channel::Technology;
use crate::device::DeviceState;
use crate::event::Event;
use crate::model::Calls;
use crate::snapshot::{ChannelSnapshot, Party, Presentation};

/// The functions that [`Calls::function`] reads.
pub const FUNCTIONS: &[&str] = &["CALLERID", "CHANNEL", "CONNECTEDLINE", "GLOBAL"];

impl Calls {
    /// A variable of a channel, or a global one: the channel's own first, then what Asterisk keeps as one
    /// (`CHANNEL`, `UNIQUEID`, `EXTEN`, …), then the globals. Without a channel only globals are looked at.
    pub fn variable(&self, key: Option<ChannelKey>, name: &str) -> Option<String> {
        if let Some(channel) = key.and_then(|key| self.channels.get(key)) {
            if let Some(value) = channel.variables.get(name) {
                return Some(value.clone());
            }
            let own = match name {
                "CHANNEL" => Some(channel.name.to_string()),
                "UNIQUEID" => Some(channel.id.to_string()),
                "EXTEN" => Some(channel.dialplan.exten.clone()),
                "CONTEXT" => Some(channel.dialplan.context.clone()),
                "PRIORITY" => Some(channel.dialplan.priority.to_string()),
                "HANGUPCAUSE" => {
                    Some(channel.leaving.or(channel.peer_cause).map_or(0, |cause| cause.0).to_string())
                }
                _ => None,
            };
            if own.is_some() {
                return own;
            }
        }
        if name == "EPOCH" {
            return Some((self.time.unix_ms / 1000).to_string());
        }
        self.globals.get(name).cloned()
    }

    /// Sets a variable, or unsets it with `None`; told either way. A name with a leading `_` (inherited once) or `__`
    /// (always) is kept as written. A channel that is gone, or has as many as admitted, keeps what it has.
    pub fn set_variable(&mut self, key: Option<ChannelKey>, name: &str, value: Option<String>) {
        let told = value.clone().unwrap_or_default();
        let Some(key) = key else {
            match value {
                Some(value) => self.globals.insert(name.to_owned(), value),
                None => self.globals.remove(name),
            };
            // Who shows the variable may show the global one.
            for channel in self.channels.values_mut() {
                channel.forget_snapshot();
            }
            self.events.push_back(Event::VariableSet { channel: None, name: name.to_owned(), value: told });
            return;
        };
        let most = self.limits.variables;
        let Some(channel) = self.channels.get_mut(key) else { return };
        let bare = name.trim_start_matches('_');
        match value {
            Some(value) => {
                if channel.variables.len() >= most && !channel.variables.contains_key(bare) {
                    return;
                }
                // The name as written goes beside its value, so that a dialled channel inherits it.
                let marks = name.len() - bare.len();
                channel.inherited.remove(bare);
                if marks > 0 {
                    channel.inherited.insert(bare.to_owned(), marks >= 2);
                }
                channel.variables.insert(bare.to_owned(), value);
            }
            None => {
                channel.inherited.remove(bare);
                channel.variables.remove(bare);
            }
        }
        let name = bare.to_owned();
        if !channel.reported.is_empty() || !self.shown_variables.is_empty() {
            channel.forget_snapshot();
        }
        self.tell(key, |channel| Event::VariableSet { channel: Some(channel), name, value: told });
    }

    /// All variables that were set on a channel, or all global ones, by name.
    pub fn variables(&self, key: Option<ChannelKey>) -> Vec<(String, String)> {
        let of = |all: &std::collections::BTreeMap<String, String>| {
            all.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        match key {
            Some(key) => self.channels.get(key).map(|channel| of(&channel.variables)).unwrap_or_default(),
            None => of(&self.globals),
        }
    }

    /// What a channel dialled by this one inherits: names as they are to be set there.
    pub fn inherited_variables(&self, key: ChannelKey) -> Vec<(String, String)> {
        let Some(channel) = self.channels.get(key) else { return Vec::new() };
        channel
            .inherited
            .iter()
            .filter_map(|(name, always)| {
                let value = channel.variables.get(name)?.clone();
                Some((if *always { format!("__{name}") } else { name.clone() }, value))
            })
            .collect()
    }

    /// Reads a function of a channel, such as `CALLERID(num)` or `CHANNEL(state)`; `None` where there is no such one.
    pub fn function(&mut self, key: ChannelKey, name: &str, argument: &str) -> Option<String> {
        let channel = self.snapshot(key)?;
        self.function_of(&channel, name, argument)
    }

    pub(crate) fn function_of(
        &self,
        channel: &ChannelSnapshot,
        name: &str,
        argument: &str,
    ) -> Option<String> {
        match name.to_ascii_uppercase().as_str() {
            "CALLERID" => party(&channel.caller, argument),
            "CONNECTEDLINE" => party(&channel.connected, argument),
            "REDIRECTING" => {
                let key = self.channel_by_id(&channel.id);
                let (by, reason) = key.and_then(|key| self.redirecting(key)).unwrap_or_default();
                match argument.split(',').next().unwrap_or_default() {
                    "reason" => Some(reason),
                    argument => party(&by, argument.strip_prefix("from-")?),
                }
            }
            "CHANNEL" => Some(match argument {
                "name" => channel.name.to_string(),
                "state" => channel.state.word().to_owned(),
                "language" => channel.language.clone(),
                "accountcode" => channel.account_code.clone(),
                "channeltype" => channel.technology.word().to_owned(),
                "uniqueid" => channel.id.to_string(),
                "exten" => channel.dialplan.exten.clone(),
                "context" => channel.dialplan.context.clone(),
                _ => return None,
            }),
            "GLOBAL" => Some(self.variable(None, argument).unwrap_or_default()),
            "DEVICE_STATE" => Some(self.device_state(argument).word().to_owned()),
            "PJSIP_DIAL_CONTACTS" => {
                let endpoint = argument.split(',').next().unwrap_or_default();
                Some(self.dial_contacts(Technology::Sip, endpoint).unwrap_or_default())
            }
            _ => None,
        }
    }

    /// Writes a function of a channel; `false` where there is no such one to write.
    pub fn set_function(&mut self, key: ChannelKey, name: &str, argument: &str, value: &str) -> bool {
        let Some(channel) = self.snapshot(key) else { return false };
        match name.to_ascii_uppercase().as_str() {
            "CALLERID" => match with_party(&channel.caller, argument, value) {
                Some(caller) => self.set_caller(key, caller),
                None => return false,
            },
            "CONNECTEDLINE" => match with_party(&channel.connected, argument, value) {
                Some(connected) => self.set_connected(key, connected),
                None => return false,
            },
            "CHANNEL" => match argument {
                "language" => self.set_language(key, value),
                "accountcode" => {
                    self.change(key, |channel| value.clone_into(&mut channel.account_code));
                }
                _ => return false,
            },
            "GLOBAL" => self.set_variable(None, argument, Some(value.to_owned())),
            // Only devices that belong to the dialplan can be set.
            "DEVICE_STATE" => {
                let state = DeviceState::from_word(value.trim());
                let is_own = argument.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("Custom:"));
                return state.is_some_and(|state| is_own && self.set_device_state(argument, state));
            }
            "TALK_DETECT" => match argument {
                "set" => match talk_settings(value) {
                    Some(settings) => self.detect_talking(key, Some(settings)),
                    None => return false,
                },
                "remove" => self.detect_talking(key, None),
                _ => return false,
            },
            _ => return false,
        }
        true
    }
}

/// `silence in milliseconds,threshold`, each of which may be left out.
fn talk_settings(value: &str) -> Option<TalkSettings> {
    let mut settings = TalkSettings::default();
    let mut parts = value.split(',').map(str::trim);
    if let Some(silence_ms) = parts.next().filter(|part| !part.is_empty()) {
        settings.silence_ms = silence_ms.parse().ok().filter(|ms| (1..=1 << 31).contains(ms))?;
    }
    if let Some(threshold) = parts.next().filter(|part| !part.is_empty()) {
        settings.threshold = threshold.parse().ok().filter(|level| (1..=32_768).contains(level))?;
    }
    Some(settings)
}

fn party(party: &Party, argument: &str) -> Option<String> {
    match argument.split(',').next().unwrap_or_default() {
        "num" | "number" => Some(party.number.clone()),
        "name" => Some(party.name.clone()),
        "all" => Some(format!("\"{}\" <{}>", party.name, party.number)),
        "pres" | "num-pres" | "name-pres" => Some(party.presentation.word().to_owned()),
        _ => None,
    }
}

fn with_party(party: &Party, argument: &str, value: &str) -> Option<Party> {
    let mut party = party.clone();
    match argument.split(',').next().unwrap_or_default() {
        "num" | "number" => value.clone_into(&mut party.number),
        "name" => value.clone_into(&mut party.name),
        "all" => party = Party::parse(value),
        "pres" | "num-pres" | "name-pres" => party.presentation = Presentation::from_word(value)?,
        _ => return None,
    }
    Some(party)
}

impl Party {
    /// Reads `"Name" <number>`, `Name <number>` or a bare number, as ARI's `callerId` has it.
    pub fn parse(text: &str) -> Party {
        let text = text.trim();
        match text.rsplit_once('<').and_then(|(name, rest)| Some((name, rest.strip_suffix('>')?))) {
            Some((name, number)) => Party::new(name.trim().trim_matches('"'), number.trim()),
            None if text.chars().all(|c| c.is_ascii_digit() || "+*#-().".contains(c)) => Party::new("", text),
            None => Party::new(text.trim_matches('"'), ""),
        }
    }
}
