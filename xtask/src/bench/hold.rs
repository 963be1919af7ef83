//! Memory: what the server's resident size grows by over calls that are up, and what stays once they are gone.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use phone::{Command, Event};

use super::driver::{Driver, NoTap};
use super::figures;
use super::{LOOPBACK, Target};

/// Calls made and ended first, so that what a server makes once is not counted.
const WARM_UP: usize = 20;
/// How long a figure is let settle.
const SETTLE: Duration = Duration::from_secs(2);
/// How long the calls may take to come up or go.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn measure(target: &Target, calls: usize, cps: u32, settle: Duration) -> Result<()> {
    let pid = target.pid.context("--pid names the process whose memory is read")?;
    let mut driver = Driver::new()?;
    let who = driver.add(SocketAddr::new(LOOPBACK, 0), |local| {
        let mut settings = target.caller(local);
        settings.behaviour.send_silence = false;
        settings
    })?;
    driver.lend(who, calls)?;
    bring_up(&mut driver, target, WARM_UP.min(calls), cps)?;
    take_down(&mut driver, cps)?;
    wait(&mut driver, settle)?;
    let idle = figures::resident(pid)?;
    bring_up(&mut driver, target, calls, cps)?;
    wait(&mut driver, SETTLE)?;
    let held = figures::resident(pid)?;
    take_down(&mut driver, cps)?;
    let ended = figures::resident(pid)?;
    wait(&mut driver, settle)?;
    let after = figures::resident(pid)?;
    let each = |now: i64| (now - idle) / calls as i64;
    println!(
        "resident       idle {idle}, held {held}, just ended {ended}, {} s later {after}",
        settle.as_secs()
    );
    println!("a held call    {} bytes", each(held));
    println!("a finished one {} bytes; {} s later {} bytes", each(ended), settle.as_secs(), each(after));
    let figures = format!(
        "{} bytes held, {} just ended, {} after {} s",
        each(held),
        each(ended),
        each(after),
        settle.as_secs()
    );
    figures::row(&format!("memory of a call, {calls} held"), &target.label, &figures);
    Ok(())
}

fn bring_up(driver: &mut Driver, target: &Target, calls: usize, cps: u32) -> Result<()> {
    let every = Duration::from_secs(1) / cps.max(1);
    let start = driver.now();
    let (mut begun, mut up) = (0, 0);
    while up < calls {
        if begun < calls && start + every * begun as u32 <= driver.now() {
            driver.call(0, &target.to)?;
            begun += 1;
        }
        let until = if begun < calls { start + every * begun as u32 } else { driver.now() + SETTLE };
        for happened in driver.step(until, &mut NoTap)? {
            match happened.event {
                Event::Answered { .. } => up += 1,
                Event::Ended { ending, .. } => anyhow::bail!("call {} did not stay up: {ending:?}", up + 1),
                _ => {}
            }
        }
        ensure!(driver.now() < start + every * calls as u32 + PATIENCE, "only {up} of {calls} calls came up");
    }
    Ok(())
}

fn take_down(driver: &mut Driver, cps: u32) -> Result<()> {
    let every = Duration::from_secs(1) / cps.max(1);
    let calls: Vec<_> = driver.phones[0].calls().collect();
    for call in calls {
        let now = driver.now();
        driver.phones[0].command(now, call, Command::HangUp)?;
        wait(driver, every)?;
    }
    let start = driver.now();
    while driver.phones[0].calls().next().is_some() && driver.now() < start + PATIENCE {
        driver.step(start + PATIENCE, &mut NoTap)?;
    }
    Ok(())
}

/// Serves the phones for so long.
pub fn wait(driver: &mut Driver, time: Duration) -> Result<()> {
    let until = driver.now() + time;
    while driver.now() < until {
        driver.step(until, &mut NoTap)?;
    }
    Ok(())
}
