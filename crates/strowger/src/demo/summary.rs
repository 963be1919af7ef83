//! What it all came to, in figures.

use core::time::Duration;
use std::collections::BTreeSet;

use super::journal::{Entry, Happening, Party, Way};
use super::story::{audio, last_invite};
use super::words;

/// The figures, each with its name; without one it belongs to the name above.
pub fn lines(entries: &[Entry], duration: Duration) -> Vec<(&'static str, String)> {
    let mut lines = vec![("SIP", sip(entries))];
    lines.extend(set_up(entries).map(|text| ("", text)));
    for (n, (party, statistics)) in audio(entries).enumerate() {
        let text = format!(
            "{:<5} sent {}, received {}, lost {} packets; jitter {}",
            party.name(),
            statistics.sent,
            statistics.received,
            statistics.lost,
            words::ms(statistics.jitter),
        );
        lines.push((if n == 0 { "audio" } else { "" }, text));
    }
    lines.push(("REST", rest(entries)));
    lines.push(("events", events(entries)));
    lines.push(("took", words::s(duration)));
    lines
}

fn sip(entries: &[Entry]) -> String {
    let mut seen = BTreeSet::new();
    let (mut sent, mut received, mut again) = (0, 0, 0);
    for entry in entries {
        let Happening::Sip { party, way, bytes, .. } = &entry.happening else { continue };
        match way {
            Way::Out => sent += 1,
            Way::In => received += 1,
        }
        again += usize::from(!seen.insert((party.name(), *way == Way::Out, bytes.clone())));
    }
    format!(
        "{} messages: the phones sent {sent}, received {received}; {again} of them again",
        sent + received
    )
}

fn events(entries: &[Entry]) -> String {
    let is_event = |entry: &&Entry| matches!(entry.happening, Happening::Event(_));
    let is_hidden =
        |entry: &&Entry| matches!(&entry.happening, Happening::Event(event) if !words::is_shown(event));
    let (all, hidden) = (entries.iter().filter(is_event).count(), entries.iter().filter(is_hidden).count());
    match hidden {
        0 => format!("{all} over one WebSocket"),
        _ => format!("{all} over one WebSocket; {hidden} of them ({}) not shown", words::HIDDEN.join(", ")),
    }
}

/// Times from Ada's INVITE on.
fn set_up(entries: &[Entry]) -> Option<String> {
    let invite = last_invite(entries, Party::Ada, Way::Out)?;
    let start = entries.iter().find_map(|entry| match &entry.happening {
        Happening::Event(event) if event.type_name() == "StasisStart" => Some(entry.at),
        _ => None,
    })?;
    let answered = entries.iter().find_map(|entry| match &entry.happening {
        Happening::Phone { party: Party::Ada, event: phone::Event::Answered { .. } } => Some(entry.at),
        _ => None,
    })?;
    let (start, answered) = (start.saturating_sub(invite), answered.saturating_sub(invite));
    Some(format!("INVITE to StasisStart {}, to 200 OK {}", words::ms(start), words::ms(answered)))
}

fn rest(entries: &[Entry]) -> String {
    let mut times: Vec<Duration> = entries
        .iter()
        .filter_map(|entry| match &entry.happening {
            Happening::Command { took, .. } => Some(*took),
            _ => None,
        })
        .collect();
    times.sort();
    match (times.get(times.len() / 2), times.last()) {
        (Some(half), Some(most)) => {
            format!(
                "{} requests: half within {}, all within {}",
                times.len(),
                words::ms(*half),
                words::ms(*most)
            )
        }
        _ => "no request".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_given_as_median_and_most() {
        let entries: Vec<Entry> = [5u64, 1, 9]
            .into_iter()
            .map(|ms| Entry {
                at: Duration::ZERO,
                happening: Happening::Command {
                    method: "GET",
                    path: String::new(),
                    refusal: None,
                    took: Duration::from_millis(ms),
                },
            })
            .collect();
        assert_eq!(rest(&entries), "3 requests: half within 5.0 ms, all within 9.0 ms");
        assert_eq!(rest(&[]), "no request");
    }
}
