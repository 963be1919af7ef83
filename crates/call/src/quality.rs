//! How good a channel's audio was: the latest figures of its leg, and the variables that tell them when it ends.

use core::fmt::Write;

use media::LegStatistics;
use rtp::{Quality, Spread};

use crate::channel::{ChannelKey, ChannelState};
use crate::model::Calls;

impl Calls {
    /// What the channel's leg has counted, as it told last: at most a second ago in its first five seconds, and five
    /// seconds later on. All zero before that; `None` where the channel has no leg.
    pub fn leg_statistics(&self, key: ChannelKey) -> Option<LegStatistics> {
        let channel = self.channels.get(key)?;
        channel.leg?;
        Some(channel.statistics.as_deref().copied().unwrap_or_default())
    }

    pub(crate) fn keep_statistics(&mut self, key: ChannelKey, statistics: LegStatistics) {
        if let Some(channel) = self.channels.get_mut(key) {
            match &mut channel.statistics {
                Some(kept) => **kept = statistics,
                None => channel.statistics = Some(Box::new(statistics)),
            }
        }
    }

    /// Sets the variables by which Asterisk tells an answered channel's figures, once: its own, and beside them those
    /// of the one it talks to.
    pub(crate) fn tell_quality(&mut self, key: ChannelKey) {
        let Some(statistics) = self.leg_statistics(key) else { return };
        if self.state(key) != Some(ChannelState::Up) || self.channels[key].quality_told {
            return;
        }
        self.channels[key].quality_told = true;
        let peer = self.talks_with(key);
        for (name, value) in variables(&statistics) {
            self.set_variable(Some(key), name, Some(value.clone()));
            if let Some(peer) = peer {
                self.set_variable(Some(peer), &format!("{name}BRIDGED"), Some(value));
            }
        }
    }

    /// The other one of a bridge of two.
    fn talks_with(&self, key: ChannelKey) -> Option<ChannelKey> {
        let bridge = self.bridge_of(key).filter(|bridge| !self.is_holding(*bridge))?;
        match self.bridge_channels(bridge)[..] {
            [first, second] => Some(if first == key { second } else { first }),
            _ => None,
        }
    }
}

/// The variables in Asterisk's order and form.
fn variables(statistics: &LegStatistics) -> [(&'static str, String); 5] {
    let quality = &statistics.quality;
    let Quality { received_jitter, sent_jitter, received_loss, sent_loss, round_trip, .. } = quality;
    let of_both = |name: &str, received: &Spread, sent: &Spread| {
        format!("{}{}", spread(&format!("rx{name}"), received), spread(&format!("tx{name}"), sent))
    };
    [
        ("RTPAUDIOQOS", summary(statistics)),
        ("RTPAUDIOQOSJITTER", of_both("jitter", received_jitter, sent_jitter)),
        ("RTPAUDIOQOSLOSS", of_both("lost", received_loss, sent_loss)),
        ("RTPAUDIOQOSRTT", spread("rtt", round_trip)),
        ("RTPAUDIOQOSMES", of_both("mes", &quality.received_score, &quality.sent_score)),
    ]
}

fn summary(statistics: &LegStatistics) -> String {
    let seconds = |us: u32| f64::from(us) / 1e6;
    format!(
        "ssrc={};themssrc={};lp={};rxjitter={:.6};rxcount={};txjitter={:.6};txcount={};rlp={};rtt={:.6};\
         rxmes={:.6};txmes={:.6}",
        statistics.local_ssrc,
        statistics.remote_ssrc,
        statistics.lost_packets,
        seconds(statistics.jitter_us),
        statistics.received_packets,
        seconds(statistics.remote_jitter_us),
        statistics.sent_packets,
        statistics.remote_lost,
        seconds(statistics.round_trip_us),
        statistics.quality.received_score.last,
        statistics.quality.sent_score.last,
    )
}

/// Least, greatest, mean and deviation. Asterisk pads names to those of jitter, and numbers to ten characters.
fn spread(name: &str, spread: &Spread) -> String {
    let padding = "rxjitter".len().saturating_sub(name.len());
    let figures = [
        ("min", spread.minimum),
        ("max", spread.maximum),
        ("avg", spread.mean),
        ("stdev", spread.deviation()),
    ];
    let mut text = String::new();
    for (which, value) in figures {
        write!(text, "{:padding$}{which}{name}={value:010.6};", "")
            .expect("writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_have_asterisks_form() {
        let statistics =
            LegStatistics { local_ssrc: 1_473_754_167, sent_packets: 71, ..LegStatistics::default() };
        let [(_, all), (_, jitter), (_, loss), (_, trip), (_, score)] = variables(&statistics);
        assert_eq!(
            all,
            "ssrc=1473754167;themssrc=0;lp=0;rxjitter=0.000000;rxcount=0;txjitter=0.000000;txcount=71;rlp=0;\
             rtt=0.000000;rxmes=0.000000;txmes=0.000000"
        );
        assert_eq!(
            jitter,
            "minrxjitter=000.000000;maxrxjitter=000.000000;avgrxjitter=000.000000;stdevrxjitter=000.000000;\
             mintxjitter=000.000000;maxtxjitter=000.000000;avgtxjitter=000.000000;stdevtxjitter=000.000000;"
        );
        assert!(loss.starts_with("  minrxlost=000.000000;  maxrxlost=000.000000;"), "{loss}");
        assert_eq!(
            trip,
            "     minrtt=000.000000;     maxrtt=000.000000;     avgrtt=000.000000;     stdevrtt=000.000000;"
        );
        assert!(score.ends_with("   avgtxmes=000.000000;   stdevtxmes=000.000000;"), "{score}");
    }
}
