//! Figures: percentiles, the machine, what /proc says of a process.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};

/// Times, to be sorted when they are asked for.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` of a thousand do not exceed; zero for none.
    pub fn permille(&mut self, share: usize) -> Duration {
        self.0.sort_unstable();
        let at = (self.0.len() * share).div_ceil(1000).saturating_sub(1);
        self.0.get(at).copied().unwrap_or_default()
    }

    /// `median 1.2 ms, 99 % 3.4 ms, 99.9 % 5.6 ms, most 7.8 ms (n)`.
    pub fn summary(&mut self) -> String {
        if self.0.is_empty() {
            return "none taken".to_owned();
        }
        let [median, high, higher, most] = [500, 990, 999, 1000].map(|share| Ms(self.permille(share)));
        format!("median {median}, 99 % {high}, 99.9 % {higher}, most {most} ({} taken)", self.len())
    }
}

/// A time in milliseconds to three places.
pub struct Ms(pub Duration);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ms", self.0.as_secs_f64() * 1000.0)
    }
}

/// Processor, cores, memory, kernel.
pub fn machine() -> String {
    let line = |path: &str, start: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let found = text.lines().find(|line| line.starts_with(start));
        found
            .and_then(|line| line.split_once(':'))
            .map_or("?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let model = line("/proc/cpuinfo", "model name");
    format!("{model}, {cores} cores, {} memory, Linux {}", line("/proc/meminfo", "MemTotal"), kernel.trim())
}

/// The CPU time that a process has used, user and system.
pub fn cpu_of(pid: u32) -> Result<Duration> {
    cpu_in(&format!("/proc/{pid}/stat"))
}

/// The CPU time that we have used.
pub fn own_cpu() -> Result<Duration> {
    cpu_in("/proc/self/stat")
}

fn cpu_in(path: &str) -> Result<Duration> {
    let text = std::fs::read_to_string(path).with_context(|| format!("could not read {path}"))?;
    // proc_pid_stat(5): the name in brackets may hold anything; utime and stime are fields 14 and 15.
    let (_, rest) = text.rsplit_once(')').with_context(|| format!("{path} has another form"))?;
    let ticks: u64 =
        rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// The resident memory of a process, bytes.
pub fn resident(pid: u32) -> Result<i64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|value| value.parse::<i64>().ok());
    Ok(kilobytes.with_context(|| format!("{path} has no VmRSS"))? * 1024)
}

/// How many descriptors a process has open.
pub fn descriptors(pid: u32) -> Result<usize> {
    let path = format!("/proc/{pid}/fd");
    Ok(std::fs::read_dir(&path).with_context(|| format!("could not read {path}"))?.count())
}

/// The share of one core, as a percentage.
pub fn percent(cpu: Duration, time: Duration) -> f64 {
    100.0 * cpu.as_secs_f64() / time.as_secs_f64().max(1e-9)
}

/// Each call wants a descriptor; takes as many as the hard limit gives.
pub fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // What cannot be raised shows when a socket is refused.
    let _ = setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit });
}

/// Prints a row for docs/benchmarks.md: what, server, figures, command.
pub fn row(what: &str, label: &str, figures: &str) {
    let command = command(std::env::args().skip(1));
    println!("\n| what | server | figures | command |\n|---|---|---|---|");
    println!("| {what} | {label} | {figures} | `cargo xtask {command}` |");
}

/// The command line without secrets and without what differs from run to run.
fn command(arguments: impl Iterator<Item = String>) -> String {
    let mut shown = Vec::new();
    let mut hidden = false;
    for argument in arguments {
        if std::mem::replace(&mut hidden, false) {
            shown.push("…".to_owned());
            continue;
        }
        let (name, value) = argument.split_once('=').map_or((argument.as_str(), None), |(n, v)| (n, Some(v)));
        match (matches!(name, "--password" | "--register" | "--api-key" | "--pid"), value) {
            (true, None) => hidden = true,
            (true, Some(_)) => {
                shown.push(format!("{name}=…"));
                continue;
            }
            (false, _) => {}
        }
        shown.push(argument);
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permilles_are_of_the_sorted_times() {
        let mut times = Times::default();
        (1..=100).rev().for_each(|ms| times.push(Duration::from_millis(ms)));
        assert_eq!(times.permille(500), Duration::from_millis(50));
        assert_eq!(times.permille(990), Duration::from_millis(99));
        assert_eq!(times.permille(1000), Duration::from_millis(100));
        assert_eq!(Times::default().permille(500), Duration::ZERO);
    }

    #[test]
    fn secrets_stay_out_of_the_row() {
        let line = "bench rate --password secret --to 1 --api-key=a:b --pid 7";
        let shown = command(line.split(' ').map(str::to_owned));
        assert_eq!(shown, "bench rate --password … --to 1 --api-key=… --pid …");
    }

    #[test]
    fn our_own_figures_can_be_read() {
        assert!(resident(std::process::id()).unwrap() > 0);
        assert!(own_cpu().is_ok());
    }
}
