//! How good a stream was, both ways: jitter, loss, round trip and a score, each with its spread over all reports.

use core::time::Duration;

use crate::rtcp::ReportBlock;

/// The spread of a figure over the reports that told it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// Reports that told it.
    pub count: u32,
    /// The last one told.
    pub last: f32,
    /// The least.
    pub minimum: f32,
    /// The greatest.
    pub maximum: f32,
    /// The mean.
    pub mean: f32,
    /// Sum of squared differences from the mean, by Welford's method.
    squares: f32,
}

impl Spread {
    /// Takes one more.
    pub fn add(&mut self, value: f32) {
        if self.count == 0 {
            (self.minimum, self.maximum) = (value, value);
        }
        self.count = self.count.saturating_add(1);
        self.last = value;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        let from_mean = value - self.mean;
        self.mean += from_mean / self.count as f32;
        self.squares += from_mean * (value - self.mean);
    }

    /// The standard deviation; 0 before the second.
    pub fn deviation(&self) -> f32 {
        if self.count < 2 { 0.0 } else { (self.squares / (self.count - 1) as f32).max(0.0).sqrt() }
    }
}

/// What the reports of both sides told of one call's audio. "Received" is what we measured of the far end's stream,
/// "sent" what the far end measured of ours.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// Interarrival jitter of what came, seconds.
    pub received_jitter: Spread,
    /// Interarrival jitter of what we sent, seconds.
    pub sent_jitter: Spread,
    /// Packets lost on the way here, each report's interval for itself.
    pub received_loss: Spread,
    /// Packets lost on the way there, each report's interval for itself.
    pub sent_loss: Spread,
    /// Round trip, seconds.
    pub round_trip: Spread,
    /// Media experience score of what came, 0 to 100.
    pub received_score: Spread,
    /// Media experience score of what we sent, 0 to 100.
    pub sent_score: Spread,
    received_lost: i32,
    sent_lost: i32,
}

impl Quality {
    /// Takes in a block that we report of the far end's stream; `clock_rate` is the payload's, hertz.
    pub fn reported(&mut self, block: &ReportBlock, clock_rate: u32) {
        self.received_jitter.add(seconds(block.jitter, clock_rate));
        self.received_loss.add(lost_since(&mut self.received_lost, block));
        self.received_score.add(score(&self.round_trip, &self.received_jitter, &self.received_loss));
    }

    /// Takes in a block that the far end reports of ours, and the round trip where it tells one.
    pub fn told(&mut self, block: &ReportBlock, round_trip: Option<Duration>, clock_rate: u32) {
        if let Some(round_trip) = round_trip {
            self.round_trip.add(round_trip.as_secs_f32());
        }
        self.sent_jitter.add(seconds(block.jitter, clock_rate));
        self.sent_loss.add(lost_since(&mut self.sent_lost, block));
        self.sent_score.add(score(&self.round_trip, &self.sent_jitter, &self.sent_loss));
    }
}

fn seconds(units: u32, clock_rate: u32) -> f32 {
    units as f32 / clock_rate.max(1) as f32
}

/// Packets lost since the last block, by the cumulative count; a source that began anew counts from zero.
fn lost_since(before: &mut i32, block: &ReportBlock) -> f32 {
    let since = block.cumulative_lost.saturating_sub(*before);
    *before = block.cumulative_lost;
    since.max(0) as f32
}

/// A score from 0 to 100 after ITU-T G.107's rating: 93.2 less what delay and loss take from it, as an opinion score of
/// 1 to 4.5, times 20. Jitter counts as delay, the more the less steady it is.
fn score(round_trip: &Spread, jitter: &Spread, loss: &Spread) -> f32 {
    let ms = 1_000.0;
    let unsteady = jitter.mean * ms * 2.0 * (jitter.deviation() * ms / 3.0);
    let delay_ms = round_trip.mean * ms + unsteady + 10.0;
    let by_delay = if delay_ms < 160.0 { delay_ms / 40.0 } else { (delay_ms - 120.0) / 10.0 };
    let rating = (93.2 - by_delay - loss.mean * 2.0).clamp(0.0, 100.0);
    let opinion = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 0.000_007;
    (opinion * 20.0).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cumulative_lost: i32, jitter: u32) -> ReportBlock {
        ReportBlock {
            ssrc: 1,
            fraction_lost: 0,
            cumulative_lost,
            highest_sequence: 0,
            jitter,
            last_sr: 0,
            delay_since_last_sr: 0,
        }
    }

    #[test]
    fn a_spread_knows_its_ends_its_mean_and_its_deviation() {
        let mut spread = Spread::default();
        [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().for_each(|value| spread.add(value));
        assert_eq!((spread.minimum, spread.maximum, spread.mean, spread.last), (2.0, 9.0, 5.0, 9.0));
        assert!((spread.deviation() - 2.138).abs() < 0.001, "{}", spread.deviation());
    }

    #[test]
    fn loss_is_told_by_interval_and_jitter_in_seconds() {
        let mut quality = Quality::default();
        quality.reported(&block(3, 80), 8_000);
        quality.reported(&block(3, 160), 8_000);
        quality.reported(&block(8, 0), 8_000);
        assert_eq!((quality.received_loss.minimum, quality.received_loss.maximum), (0.0, 5.0));
        assert_eq!((quality.received_jitter.maximum, quality.received_jitter.last), (0.02, 0.0));
        assert_eq!(quality.sent_loss.count, 0);
    }

    #[test]
    fn a_clean_stream_scores_high_and_a_broken_one_low() {
        let mut clean = Quality::default();
        clean.told(&block(0, 0), Some(Duration::from_millis(20)), 8_000);
        assert!(clean.sent_score.last > 85.0, "{:?}", clean.sent_score);
        let mut broken = Quality::default();
        broken.told(&block(40, 0), Some(Duration::from_millis(600)), 8_000);
        assert!(broken.sent_score.last < 40.0, "{:?}", broken.sent_score);
    }
}
