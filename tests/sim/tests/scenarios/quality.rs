//! What is told of a stream's figures.

use std::time::Duration;

use call::Event;
use phone::Command as PhoneCommand;
use stasis::{Answer, Command};

use crate::{Answered, answered};

fn statistics(w: &mut sim::World, app: sim::App, channel: &str) -> media::LegStatistics {
    match w.ask(app, Command::RtpStatistics(channel.to_owned())) {
        Ok(Answer::RtpStatistics { statistics, .. }) => *statistics,
        other => panic!("{other:?}"),
    }
}

fn variable(w: &sim::World, app: sim::App, wanted: &str) -> Option<String> {
    let value = |event: &Event| match event {
        Event::VariableSet { name, value, .. } if name == wanted => Some(value.clone()),
        _ => None,
    };
    w.events(app).filter_map(value).last()
}

#[test]
fn loss_jitter_and_round_trip_are_told_while_the_call_lives() {
    let Answered { mut w, line, app, channel, .. } = answered(800);
    w.network.rtp = sim::Link { loss: 50, ..sim::Link::GOOD };
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.play(app, &channel, "p1", "sound:long");
    w.run(Duration::from_secs(20));
    let told = statistics(&mut w, app, &channel);
    assert!(told.received_packets > 600 && told.sent_packets > 400, "{told:?}");
    assert!((10..80).contains(&told.lost_packets), "{told:?}");
    assert!(told.quality.received_loss.maximum > 0.0 && told.quality.received_score.last > 0.0, "{told:?}");
    assert_ne!(told.remote_ssrc, 0);
    w.hang_up(line);
    w.check();
}

#[test]
fn an_answered_call_tells_its_figures_before_its_end() {
    let Answered { mut w, line, app, channel, .. } = answered(801);
    w.command(line, PhoneCommand::PlayTone { hz: 1_000 });
    w.run(Duration::from_secs(3));
    let told = statistics(&mut w, app, &channel);
    w.hang_up(line);
    w.until_told(app, "StasisEnd");
    let is_request = |event: &Event| matches!(event, Event::ChannelHangupRequested { .. });
    let before = w.events(app).take_while(|event| !is_request(event));
    let set =
        before.filter(|event| matches!(event, Event::VariableSet { name, .. } if name.starts_with("RTP")));
    assert_eq!(set.count(), 5);
    let summary = variable(&w, app, "RTPAUDIOQOS").expect("it is set");
    let count = summary.split(";rxcount=").nth(1).and_then(|rest| rest.split(';').next());
    let count: u64 = count.and_then(|text| text.parse().ok()).expect("a count is told");
    assert!((told.received_packets..=160).contains(&count), "{summary} {told:?}");
    assert!(told.received_packets > 80, "{told:?}");
    assert!(variable(&w, app, "RTPAUDIOQOSMES").is_some_and(|text| text.starts_with("   minrxmes=")));
    w.check();
}
