//! What a channel's stream counted, as ARI's `RTPstat`.

use ari_model::{Object, RtpStat};
use media::LegStatistics;
use rtp::Spread;
use serde_json::Value;

pub(crate) fn shown(channel: &str, statistics: &LegStatistics) -> RtpStat {
    let quality = &statistics.quality;
    let mut measured = Object::new();
    let mut put = |name: String, value: f64| drop(measured.insert(name, Value::from(value)));
    put("txjitter".to_owned(), f64::from(statistics.remote_jitter_us) / 1e6);
    put("rxjitter".to_owned(), f64::from(statistics.jitter_us) / 1e6);
    let mut spread = |side: &str, name: &str, spread: &Spread| {
        put(format!("{side}max{name}"), spread.maximum.into());
        put(format!("{side}min{name}"), spread.minimum.into());
        put(format!("{side}normdev{name}"), spread.mean.into());
        put(format!("{side}stdev{name}"), spread.deviation().into());
    };
    spread("remote_", "jitter", &quality.sent_jitter);
    spread("local_", "jitter", &quality.received_jitter);
    spread("remote_", "rxploss", &quality.sent_loss);
    spread("local_", "rxploss", &quality.received_loss);
    spread("", "rtt", &quality.round_trip);
    spread("remote_", "mes", &quality.sent_score);
    spread("local_", "mes", &quality.received_score);
    put("rtt".to_owned(), f64::from(statistics.round_trip_us) / 1e6);
    put("txmes".to_owned(), f64::from(quality.sent_score.last));
    put("rxmes".to_owned(), f64::from(quality.received_score.last));
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    RtpStat {
        txcount: count(statistics.sent_packets),
        rxcount: count(statistics.received_packets),
        txploss: statistics.remote_lost.into(),
        rxploss: count(statistics.lost_packets),
        local_ssrc: statistics.local_ssrc,
        remote_ssrc: statistics.remote_ssrc,
        txoctetcount: count(statistics.sent_octets),
        rxoctetcount: count(statistics.received_octets),
        channel_uniqueid: channel.to_owned(),
        measured,
    }
}
