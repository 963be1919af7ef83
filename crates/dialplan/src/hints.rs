//! The dialplan functions of hints: `EXTENSION_STATE(extension[@context])` and `HINT(extension[@context][,n])`.

use call::device::{DeviceState, ExtensionState, devices_of_hint};
use call::{Calls, Location};

use crate::plan::Dialplan;

/// The value of one of these functions; `None` for any other name. Without a context it is the one that the channel stands
/// in for `HINT()`, and `default` for `EXTENSION_STATE()`, as in Asterisk.
pub(crate) fn function(
    calls: &Calls,
    plan: &Dialplan,
    at: &Location,
    name: &str,
    args: &str,
) -> Option<String> {
    let (place, options) = args.split_once(',').unwrap_or((args, ""));
    let (exten, context) = match place.split_once('@') {
        Some((exten, context)) => (exten, Some(context)),
        None => (place, None),
    };
    match name.to_ascii_uppercase().as_str() {
        "EXTENSION_STATE" => {
            let hint = plan.hint_text(context.unwrap_or("default"), exten);
            Some(hint.map_or("UNKNOWN", |hint| state(calls, &hint).word()).to_owned())
        }
        "HINT" => {
            let hint = plan.hint_text(context.unwrap_or(&at.context), exten).unwrap_or_default();
            let (devices, shown) = hint.split_once(',').unwrap_or((&hint, ""));
            Some(if options.contains('n') { shown } else { devices }.to_owned())
        }
        _ => None,
    }
}

/// The state of the devices of a hint.
fn state(calls: &Calls, hint: &str) -> ExtensionState {
    DeviceState::aggregate(devices_of_hint(hint).map(|device| calls.device_state(device))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Applications, SUPPORTED};

    #[test]
    fn hints_are_read_and_their_devices_aggregated() {
        let text = "[globals]\nLAMP=Custom:lamp\n[default]\nexten => 2001,hint,${LAMP}&Custom:other,Name\n\
                    exten => _3XXX,hint,Custom:${EXTEN}\n";
        let config = conf::Config::parse("extensions.conf", text);
        let (plan, complaints) = Dialplan::load(&config, Applications { supported: SUPPORTED });
        assert!(complaints.is_empty(), "{complaints:?}");
        let mut calls = Calls::new(call::Limits::default());
        let at = Location { context: "default".to_owned(), exten: "s".to_owned(), priority: 1 };
        let value = |calls: &Calls, name: &str, args: &str| function(calls, &plan, &at, name, args).unwrap();
        assert_eq!(value(&calls, "HINT", "2001"), "Custom:lamp&Custom:other");
        assert_eq!(value(&calls, "HINT", "2001@default,n"), "Name");
        assert_eq!(value(&calls, "HINT", "3007"), "Custom:3007");
        assert_eq!(value(&calls, "EXTENSION_STATE", "2001"), "NOT_INUSE");
        calls.set_device_state("Custom:other", DeviceState::Ringing);
        assert_eq!(value(&calls, "EXTENSION_STATE", "2001"), "RINGING");
        calls.set_device_state("Custom:lamp", DeviceState::InUse);
        assert_eq!(value(&calls, "EXTENSION_STATE", "2001@default"), "RINGINUSE");
        assert_eq!(value(&calls, "EXTENSION_STATE", "4000"), "UNKNOWN");
    }
}
