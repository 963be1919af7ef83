//! Soak: calls come and go for a long time, and what the server holds is compared with what it began with.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use phone::{CallId, Command, Ending, Event};

use super::driver::{Driver, NoTap};
use super::figures;
use super::hold::wait;
use super::{LOOPBACK, Target};

/// Load before the first look, so that what a server makes once is there.
const WARM_UP: Duration = Duration::from_secs(60);
/// Rest before each of the two looks: the transactions of the last calls are over.
const SETTLE: Duration = Duration::from_secs(40);
/// Between two lines.
const LINE: Duration = Duration::from_secs(60);

pub fn measure(target: &Target, cps: u32, hold: Duration, time: Duration) -> Result<()> {
    let pid = target.pid.context("--pid names the process that is looked at")?;
    let mut driver = Driver::new()?;
    driver.add(SocketAddr::new(LOOPBACK, 0), |local| target.caller(local))?;
    load(&mut driver, target, cps, hold, WARM_UP, pid)?;
    wait(&mut driver, SETTLE)?;
    let before = (figures::resident(pid)?, figures::descriptors(pid)?);
    let (calls, failures) = load(&mut driver, target, cps, hold, time, pid)?;
    wait(&mut driver, SETTLE)?;
    let after = (figures::resident(pid)?, figures::descriptors(pid)?);
    println!("calls          {calls}, {failures:?}");
    println!("resident       {} before, {} after", before.0, after.0);
    println!("descriptors    {} before, {} after", before.1, after.1);
    let figures = format!(
        "{calls} calls, {} failed; resident {:.1} MB before, {:.1} MB after; descriptors {} before, {} after",
        failures.values().sum::<usize>(),
        before.0 as f64 / 1e6,
        after.0 as f64 / 1e6,
        before.1,
        after.1
    );
    figures::row(
        &format!("{} minutes at {cps} calls a second", time.as_secs() / 60),
        &target.label,
        &figures,
    );
    Ok(())
}

/// Calls at a steady rate, each held for so long; gives how many ended, and how those ended that did not end well.
fn load(
    driver: &mut Driver,
    target: &Target,
    cps: u32,
    hold: Duration,
    time: Duration,
    pid: u32,
) -> Result<(usize, BTreeMap<String, usize>)> {
    let every = Duration::from_secs(1) / cps.max(1);
    let (start, mut begun, mut ended, mut lines) = (driver.now(), 0_u32, 0, 0_u32);
    let mut up: VecDeque<(Duration, CallId)> = VecDeque::new();
    let mut failures = BTreeMap::new();
    while driver.now() < start + time || driver.phones[0].calls().next().is_some() {
        let now = driver.now();
        let due = start + every * begun;
        if now < start + time && due <= now {
            driver.call(0, &target.to)?;
            begun += 1;
        }
        while let Some((_, call)) = up.front().copied().filter(|(at, _)| *at <= now) {
            up.pop_front();
            // It may have ended by itself.
            let _ = driver.phones[0].command(now, call, Command::HangUp);
        }
        if now >= start + LINE * (lines + 1) {
            lines += 1;
            println!(
                "{lines:>4} min  {begun} calls, {} bytes resident, {} descriptors",
                figures::resident(pid)?,
                figures::descriptors(pid)?
            );
        }
        let next = start + every * begun;
        let until = up.front().map_or(next, |(at, _)| next.min(*at));
        for happened in driver.step(until.max(now), &mut NoTap)? {
            match happened.event {
                Event::Answered { call } => up.push_back((happened.at + hold, call)),
                Event::Ended { ending, .. } => {
                    ended += 1;
                    if !matches!(ending, Ending::HungUp { status: 200 }) {
                        *failures.entry(format!("{ending:?}")).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }
    Ok((ended, failures))
}
