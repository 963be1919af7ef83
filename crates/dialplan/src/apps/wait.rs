//! Wait.

use std::time::Duration;

use call::Left;

use super::{DialplanApplication, Next};
use crate::walk::Here;

/// `Wait(seconds)`, fractions too. Digits meanwhile are dropped.
pub(super) const WAIT: DialplanApplication =
    DialplanApplication { name: "Wait", run: |here, arguments| Box::pin(wait(here, arguments)) };

async fn wait(here: Here, arguments: String) -> Result<Next, Left> {
    match seconds(&arguments) {
        Some(time) => here.chan.pause(time).await?,
        None => here.warn(format!("`{arguments}` is no number of seconds")).await?,
    }
    Ok(Next::Continue)
}

/// Reads seconds, or a number with `ms`, `s`, `m` or `h` behind it; at most a day.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    const DAY_S: f64 = 86_400.0;
    let text = text.trim();
    let (number, unit_s) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)]
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .unwrap_or((text, 1.0));
    let seconds = number.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)? * unit_s;
    Duration::try_from_secs_f64(seconds.min(DAY_S)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::seconds;

    #[test]
    fn times_are_seconds_unless_a_unit_is_named() {
        assert_eq!(seconds(" 1.5 "), Some(Duration::from_millis(1_500)));
        assert_eq!(seconds("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(seconds("2m"), Some(Duration::from_secs(120)));
        assert_eq!(seconds("1e300"), Some(Duration::from_secs(86_400)));
        for wrong in ["", "-1", "soon", "NaN"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
