//! `/metrics`: what the process counts, in Prometheus' text format.
//!
//! Counting is plain numbers of whoever does the work; here they are read when somebody asks. [`TABLE`] names each with
//! its meaning, and `docs/metrics.md` lists the same.

mod machine;
mod sources;
mod table;
mod text;

pub use sources::Sources;
pub use table::{Metric, TABLE};
pub use text::{Kind, Series};

#[cfg(test)]
mod tests;

/// Where it is asked for.
pub const PATH: &str = "/metrics";
/// The format's content type.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All of it, as it is now.
pub async fn text(sources: &Sources) -> String {
    let sample = sources.sample().await;
    let mut text = String::new();
    for metric in TABLE {
        let mut series = Series::new(metric.name, metric.kind);
        (metric.read)(&sample, &mut series);
        series.write(metric.help, &mut text);
    }
    text
}
