//! `/metrics`: what the process counts, in Prometheus' text format.

/// Where it is asked for.
pub const PATH: &str = "/metrics";
