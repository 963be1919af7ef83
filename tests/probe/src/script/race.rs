//! Two orders that the recorded server gives by chance: either is brought into one form before it is compared.

use serde_json::{Value, json};

/// The thread that dials publishes `Dial`, the thread that got the response publishes the state change: whichever is
/// first. The state change goes first, and the peer in `Dial` shows it.
pub(super) fn state_before_dial(events: &mut [Value]) {
    for index in 1..events.len() {
        let (before, after) = events.split_at_mut(index);
        let (dial, change) = (&mut before[index - 1], &mut after[0]);
        let early = dial["type"] == "Dial"
            && matches!(
                (dial["dialstatus"].as_str(), change["channel"]["state"].as_str()),
                (Some("RINGING"), Some("Ringing")) | (Some("ANSWER"), Some("Up"))
            )
            && change["type"] == "ChannelStateChange"
            && dial["peer"]["id"] == change["channel"]["id"];
        if early {
            dial["peer"]["state"] = change["channel"]["state"].clone();
            std::mem::swap(dial, change);
        }
    }
}

/// On entering a bridge a channel learns who its partner is from one thread and gets its variables from another.
/// `ChannelConnectedLine` goes last among the events about its channel (which must stand together), and what the other
/// events show as connected is left out.
pub(super) fn connected_line_last(events: &mut Vec<Value>) {
    let lines: Vec<Value> =
        events.iter().filter(|event| event["type"] == "ChannelConnectedLine").cloned().collect();
    for line in lines {
        let same = |event: &Value| event["channel"]["id"] == line["channel"]["id"];
        events.retain(|event| *event != line);
        for event in events.iter_mut().filter(|event| same(event)) {
            event["channel"]["connected"] = json!("before or after");
        }
        let last = events.iter().rposition(same).map_or(events.len(), |index| index + 1);
        events.insert(last, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_order_of_dial_and_state_becomes_one() {
        let change = json!({"type": "ChannelStateChange", "channel": {"id": "a", "state": "Ringing"}});
        let dial = |state: &str| json!({"type": "Dial", "dialstatus": "RINGING", "peer": {"id": "a", "state": state}});
        let mut early = [dial("Down"), change.clone()];
        let mut late = [change, dial("Ringing")];
        state_before_dial(&mut early);
        state_before_dial(&mut late);
        assert_eq!(early, late);
    }

    #[test]
    fn the_connected_line_follows_the_variables_of_its_channel_only() {
        let line = json!({"type": "ChannelConnectedLine", "channel": {"id": "a", "connected": "x"}});
        let variable = |id: &str| json!({"type": "ChannelVarset", "channel": {"id": id, "connected": "y"}});
        let mut events = vec![line.clone(), variable("a"), variable("b")];
        connected_line_last(&mut events);
        assert_eq!(events[1], line);
        assert_eq!(events[0]["channel"]["connected"], "before or after");
        assert_eq!(events[2], variable("b"));
    }
}
