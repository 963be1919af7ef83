//! Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write as _};

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process starts anew.
    Counter,
    /// It is what it is now.
    Gauge,
    /// Counts by upper bound.
    Histogram,
}

impl Kind {
    /// The format's word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// The values of one metric.
#[derive(Debug)]
pub struct Series {
    name: &'static str,
    kind: Kind,
    lines: String,
}

impl Series {
    /// None yet.
    pub fn new(name: &'static str, kind: Kind) -> Series {
        Series { name, kind, lines: String::new() }
    }

    /// The one value of a metric without labels.
    pub fn value(&mut self, value: impl Display) {
        self.labelled(&[], value);
    }

    /// One value.
    pub fn labelled(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.line("", labels, value);
    }

    /// A histogram: upper bounds in the metric's unit, the counts up to each and beyond the last, and the sum.
    pub fn histogram(&mut self, labels: &[(&str, &str)], bounds: &[f64], counts: &[u64], sum: f64) {
        let mut total = 0;
        let ends = bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in ends.zip(counts) {
            total += count;
            let mut labels = labels.to_vec();
            labels.push(("le", &bound));
            self.line("_bucket", &labels, total);
        }
        self.line("_sum", labels, sum);
        self.line("_count", labels, total);
    }

    /// Puts it after what is there; a metric without any value is left out.
    pub fn write(&self, help: &str, text: &mut String) {
        if !self.lines.is_empty() {
            let (name, kind) = (self.name, self.kind.word());
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{}", self.lines);
        }
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.lines, "{}{suffix}", self.name);
        for (at, (name, value)) in labels.iter().enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.lines, "{open}{name}=\"{value}\"");
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.lines, "{close} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_format_has_them() {
        let mut series = Series::new("calls", Kind::Counter);
        series.labelled(&[("of", "a\"b\\c\n"), ("way", "in")], 7_u64);
        let mut text = String::new();
        series.write("Calls.", &mut text);
        assert_eq!(
            text,
            "# HELP calls Calls.\n# TYPE calls counter\ncalls{of=\"a\\\"b\\\\c\\n\",way=\"in\"} 7\n"
        );
        Series::new("empty", Kind::Gauge).write("Nothing.", &mut text);
        assert!(!text.contains("empty"));
    }

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let mut series = Series::new("late_seconds", Kind::Histogram);
        series.histogram(&[], &[0.001, 0.01], &[5, 2, 1], 0.5);
        assert_eq!(
            series.lines,
            "late_seconds_bucket{le=\"0.001\"} 5\nlate_seconds_bucket{le=\"0.01\"} 7\n\
             late_seconds_bucket{le=\"+Inf\"} 8\nlate_seconds_sum 0.5\nlate_seconds_count 8\n"
        );
    }
}
