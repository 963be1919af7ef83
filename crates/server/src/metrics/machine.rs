//! What the system knows of the process.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// The process at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Machine {
    /// Processor time used.
    pub(super) cpu: Duration,
    /// Memory that is resident, octets.
    pub(super) resident: Option<u64>,
    /// Memory that is mapped, octets.
    pub(super) mapped: Option<u64>,
    /// Descriptors that are open.
    pub(super) descriptors: Option<usize>,
    /// Descriptors there may be.
    pub(super) most_descriptors: Option<u64>,
    /// Threads.
    pub(super) threads: Option<u64>,
}

impl Machine {
    /// As it is now. What the system does not tell is left out.
    pub(super) fn now() -> Machine {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        Machine {
            cpu: Duration::new(cpu.tv_sec.unsigned_abs(), cpu.tv_nsec.unsigned_abs() as u32),
            resident: of("VmRSS:").map(|kilobytes| kilobytes << 10),
            mapped: of("VmSize:").map(|kilobytes| kilobytes << 10),
            // The listing itself is one of them.
            descriptors: fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count().saturating_sub(1)),
            most_descriptors: getrlimit(Resource::Nofile).current,
            threads: of("Threads:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_of_this_process() {
        let machine = Machine::now();
        assert!(machine.cpu > Duration::ZERO);
        assert!(machine.resident.unwrap() > 1 << 20 && machine.mapped >= machine.resident);
        assert!(machine.descriptors.unwrap() >= 3 && machine.threads.unwrap() >= 1);
    }
}
