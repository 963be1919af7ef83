//! Punctuality: how far the intervals between the packets of played audio are from what their timestamps say.
//!
//! Taken when a packet is read, so it holds the generator's own waking up too: run it where a core is free for it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use phone::Event;

use super::driver::{Driver, Tap};
use super::figures::{self, Ms, Times};
use super::{LOOPBACK, Target};

const PATIENCE: Duration = Duration::from_secs(30);
/// A step of the timestamp beyond this is a pause, samples.
const LONGEST_STEP: u32 = 1_600;

#[derive(Clone, Copy)]
struct Last {
    at: Duration,
    sequence: u16,
    timestamp: u32,
}

/// The intervals on each port.
#[derive(Default)]
struct Intervals {
    counting: bool,
    last: Vec<Option<Last>>,
    errors: Times,
    late: Times,
    received: u64,
    gaps: u64,
}

impl Tap for Intervals {
    fn sending(&mut self, _: Duration, _: usize, _: &mut [u8]) {}

    fn received(&mut self, now: Duration, port: usize, packet: &[u8]) {
        let Ok(packet) = rtp::Packet::parse(packet) else { return };
        let header = packet.header;
        if self.last.len() <= port {
            self.last.resize(port + 1, None);
        }
        let this = Last { at: now, sequence: header.sequence, timestamp: header.timestamp };
        let Some(last) = self.last[port].replace(this).filter(|_| self.counting) else { return };
        self.received += 1;
        let step = header.timestamp.wrapping_sub(last.timestamp);
        if header.sequence.wrapping_sub(last.sequence) != 1 || step == 0 || step > LONGEST_STEP {
            self.gaps += 1;
            return;
        }
        let due = last.at + Duration::from_micros(u64::from(step) * 125);
        self.errors.push(now.abs_diff(due));
        self.late.push(now.saturating_sub(due));
    }
}

pub fn measure(target: &Target, calls: usize, time: Duration) -> Result<()> {
    let mut driver = Driver::new()?;
    let who = driver.add(SocketAddr::new(LOOPBACK, 0), |local| target.caller(local))?;
    driver.lend(who, calls)?;
    let mut intervals = Intervals::default();
    let start = driver.now();
    for _ in 0..calls {
        driver.call(who, &target.to)?;
        let until = driver.now() + Duration::from_millis(23);
        while driver.now() < until {
            driver.step(until, &mut intervals)?;
        }
    }
    // A server that plays to a call that is not heard yet has nothing to be measured.
    while driver.rtp_received < calls as u64 {
        ensure!(driver.now() < start + PATIENCE, "no audio came");
        driver.step(start + PATIENCE, &mut intervals)?;
    }
    let (cpu, server_cpu) = (figures::own_cpu()?, target.pid.map(figures::cpu_of).transpose()?);
    intervals.counting = true;
    let start = driver.now();
    let mut ended = 0;
    while driver.now() < start + time && ended < calls {
        for happened in driver.step(start + time, &mut intervals)? {
            ended += usize::from(matches!(happened.event, Event::Ended { .. }));
        }
    }
    let took = driver.now() - start;
    let own = figures::percent(figures::own_cpu()? - cpu, took);
    let server = match (server_cpu, target.pid) {
        (Some(before), Some(pid)) => {
            format!("{:.1} % of a core", figures::percent(figures::cpu_of(pid)? - before, took))
        }
        (None, _) | (_, None) => "not asked (--pid)".to_owned(),
    };
    println!("calls          {calls} for {:.1} s; {ended} ended by the server", took.as_secs_f64());
    println!(
        "RTP            {} received, {} intervals left out (gaps, pauses)",
        intervals.received, intervals.gaps
    );
    println!("interval error {}", intervals.errors.summary());
    println!("lateness       {}", intervals.late.summary());
    println!("CPU            server {server}; ours {own:.0} % of a core");
    let figures = format!(
        "interval error median {}, 99 % {}, 99.9 % {} of {}; server {server}; generator {own:.0} %",
        Ms(intervals.errors.permille(500)),
        Ms(intervals.errors.permille(990)),
        Ms(intervals.errors.permille(999)),
        intervals.errors.len(),
    );
    figures::row(&format!("played audio, {calls} calls"), &target.label, &figures);
    Ok(())
}
