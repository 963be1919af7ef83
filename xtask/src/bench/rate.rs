//! Set-up rate: calls begun at a fixed rate, hung up as soon as they are answered.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use phone::{CallId, Command, Ending, Event};

use super::driver::{Driver, NoTap};
use super::figures::{self, Ms, Times};
use super::{LOOPBACK, Target};

/// How long the last calls may take: what SIP gives an INVITE.
const PATIENCE: Duration = Duration::from_secs(35);

/// What became of the calls.
#[derive(Default)]
struct Outcome {
    answered: Times,
    /// From BYE to its 200.
    hung_up: Times,
    ended: usize,
    /// How many calls were refused or failed, by status.
    failures: BTreeMap<String, usize>,
    latest_start: Duration,
}

pub fn measure(target: &Target, cps: u32, seconds: u64) -> Result<()> {
    let mut driver = Driver::new()?;
    let who = driver.add(SocketAddr::new(LOOPBACK, 0), |local| {
        let mut settings = target.caller(local);
        settings.behaviour.send_silence = false;
        settings
    })?;
    driver.lend(who, 64)?;
    let total = cps as usize * seconds as usize;
    let every = Duration::from_secs(1) / cps.max(1);
    let mut begun = BTreeMap::new();
    let mut byes = BTreeMap::new();
    let mut outcome = Outcome::default();
    let (cpu, server_cpu) = (figures::own_cpu()?, target.pid.map(figures::cpu_of).transpose()?);
    let start = driver.now();
    let mut loaded = Duration::ZERO;
    while outcome.ended < total {
        let now = driver.now();
        let due = start + every * begun.len() as u32;
        if begun.len() < total && due <= now {
            outcome.latest_start = outcome.latest_start.max(now - due);
            begun.insert(driver.call(who, &target.to)?, now);
            loaded = now - start;
            // Sockets are served at least after each call, however late the next one is.
            step(&mut driver, now, &begun, &mut byes, &mut outcome)?;
            continue;
        }
        let until = if begun.len() < total { due } else { now + Duration::from_millis(100) };
        step(&mut driver, until, &begun, &mut byes, &mut outcome)?;
        if begun.len() == total && driver.now() > start + loaded + PATIENCE {
            break;
        }
    }
    let lost = total - outcome.ended;
    if lost > 0 {
        outcome.failures.insert("never ended".to_owned(), lost);
    }
    let took = driver.now() - start;
    let own = figures::percent(figures::own_cpu()? - cpu, took);
    let server = match (server_cpu, target.pid) {
        (Some(before), Some(pid)) => {
            let used = figures::cpu_of(pid)? - before;
            let each = used.as_secs_f64() * 1e6 / total.max(1) as f64;
            format!("{:.0} % of a core, {each:.0} µs a call", figures::percent(used, took))
        }
        (None, _) | (_, None) => "not asked (--pid)".to_owned(),
    };
    report(target, cps, total, &driver, outcome, own, &server);
    Ok(())
}

fn step(
    driver: &mut Driver,
    until: Duration,
    begun: &BTreeMap<CallId, Duration>,
    byes: &mut BTreeMap<CallId, Duration>,
    outcome: &mut Outcome,
) -> Result<()> {
    for happened in driver.step(until, &mut NoTap)? {
        match happened.event {
            Event::Answered { call } => {
                if let Some(at) = begun.get(&call) {
                    outcome.answered.push(happened.at - *at);
                }
                let now = driver.now();
                driver.phones[happened.phone].command(now, call, Command::HangUp)?;
                byes.insert(call, now);
            }
            Event::Ended { call, ending, .. } => {
                outcome.ended += 1;
                match ending {
                    Ending::HungUp { status: 200 } => {
                        if let Some(at) = byes.remove(&call) {
                            outcome.hung_up.push(happened.at - at);
                        }
                    }
                    Ending::Refused { status, .. } => {
                        *outcome.failures.entry(status.to_string()).or_default() += 1
                    }
                    other => *outcome.failures.entry(format!("{other:?}")).or_default() += 1,
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn report(
    target: &Target,
    cps: u32,
    total: usize,
    driver: &Driver,
    mut outcome: Outcome,
    own: f64,
    server: &str,
) {
    println!("calls          {total} at {cps} a second, begun at most {} late", Ms(outcome.latest_start));
    println!("INVITE to 200  {}", outcome.answered.summary());
    println!("BYE to 200     {}", outcome.hung_up.summary());
    println!("failures       {:?}", outcome.failures);
    println!(
        "SIP            {} sent, {} of them again; {} received; {} not taken by the kernel",
        driver.sip_sent, driver.retransmissions, driver.sip_received, driver.unsent
    );
    println!("CPU            server {server}; ours {own:.0} % of a core");
    let failed: usize = outcome.failures.values().sum();
    let figures = format!(
        "{total} calls, {failed} failed, {} sent again; INVITE to 200 median {}, 99 % {}; server {server}; generator {own:.0} %",
        driver.retransmissions,
        Ms(outcome.answered.permille(500)),
        Ms(outcome.answered.permille(990)),
    );
    figures::row(&format!("set-up at {cps}/s"), &target.label, &figures);
}
