//! Overload: more calls than the server can take, beside calls that are up and must not notice; then whether it is well
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use phone::{CallId, CallState, Command, Ending, Event};

use super::driver::{Driver, NoTap};
use super::figures::{self, Ms, Times};
use super::hold::wait;
use super::{LOOPBACK, Target};

/// How long the held calls may take to come up, and the last of the load to end.
const PATIENCE: Duration = Duration::from_secs(40);
/// From the end of the load to the calls that show whether the server is well.
const REST: Duration = Duration::from_secs(5);
/// Those calls, and how far apart they begin.
const PROBES: usize = 100;
const BETWEEN_PROBES: Duration = Duration::from_millis(20);
/// How often the server's memory is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What is put on the server.
#[derive(Clone, Copy)]
pub struct Load {
    /// Calls a second that it can do.
    pub capacity: u32,
    /// How many times that.
    pub times: u32,
    /// For how long.
    pub time: Duration,
    /// Calls with audio that are up meanwhile.
    pub held: usize,
}

/// What became of calls that begin at a steady rate and end as soon as they are answered.
#[derive(Default)]
struct Outcome {
    begun: usize,
    answered: Times,
    open: BTreeMap<CallId, Duration>,
    failures: BTreeMap<String, usize>,
    most_resident: i64,
    held_ended: usize,
}

pub fn measure(target: &Target, load: Load) -> Result<()> {
    let pid = target.pid.context("--pid names the process whose memory is read")?;
    let mut driver = Driver::new()?;
    let holder = driver.add(SocketAddr::new(LOOPBACK, 0), |local| target.caller(local))?;
    let caller = driver.add(SocketAddr::new(LOOPBACK, 0), |local| {
        let mut settings = target.caller(local);
        settings.behaviour.send_silence = false;
        settings
    })?;
    driver.lend(caller, 64)?;
    let held = hold(&mut driver, target, holder, load.held)?;
    let rest = figures::resident(pid)?;

    let count = load.capacity as usize * load.times as usize * load.time.as_secs() as usize;
    let every = Duration::from_secs(1) / (load.capacity * load.times).max(1);
    let cpu = figures::cpu_of(pid)?;
    let start = driver.now();
    let mut flood = place(&mut driver, target, caller, &held, (count, every), pid)?;
    let took = driver.now() - start;
    let used = figures::percent(figures::cpu_of(pid)? - cpu, took);
    let served = flood.answered.len() as f64 / took.as_secs_f64();
    let capacity_share = 100.0 * served / f64::from(load.capacity);
    let longest_gap = held.iter().filter_map(|call| driver.phones[holder].statistics(*call));
    let longest_gap = longest_gap.map(|figures| figures.longest_gap).max().unwrap_or_default();
    println!(
        "load           {} calls in {:.1} s, {} a second wanted",
        flood.begun,
        took.as_secs_f64(),
        load.capacity * load.times
    );
    println!(
        "served         {served:.0} a second, {capacity_share:.0} % of {}; INVITE to 200 {}",
        load.capacity,
        flood.answered.summary()
    );
    println!("not served     {:?}", flood.failures);
    println!("held calls     {} of {} ended; longest gap {}", flood.held_ended, held.len(), Ms(longest_gap));
    println!("memory         {rest} at rest, at most {}", flood.most_resident);
    println!("CPU            server {used:.0} % of a core");

    wait(&mut driver, REST)?;
    let after = place(&mut driver, target, caller, &held, (PROBES, BETWEEN_PROBES), pid)?;
    println!("5 s later      {} of {PROBES} answered, {:?}", after.answered.len(), after.failures);
    let figures = format!(
        "{served:.0} a second served ({capacity_share:.0} %), {} refused or failed, held calls: {} ended, longest gap {}; \
         memory {:.2} times; 5 s later {} of {PROBES} answered",
        flood.failures.values().sum::<usize>(),
        flood.held_ended + after.held_ended,
        Ms(longest_gap),
        flood.most_resident as f64 / rest.max(1) as f64,
        after.answered.len(),
    );
    let what = format!("{} times {} calls a second", load.times, load.capacity);
    figures::row(&what, &target.label, &figures);
    Ok(())
}

/// Brings up the calls that are to notice nothing.
fn hold(driver: &mut Driver, target: &Target, who: usize, calls: usize) -> Result<BTreeSet<CallId>> {
    driver.lend(who, calls)?;
    let mut held = BTreeSet::new();
    for _ in 0..calls {
        held.insert(driver.call(who, &target.to)?);
        wait(driver, Duration::from_millis(10))?;
    }
    let until = driver.now() + PATIENCE;
    let is_up = |driver: &Driver, call: &CallId| driver.phones[who].call_state(*call) == Some(CallState::Up);
    while !held.iter().all(|call| is_up(driver, call)) {
        ensure!(driver.now() < until, "the calls to be held did not come up");
        driver.step(until, &mut NoTap)?;
    }
    Ok(held)
}

/// Places calls at a steady rate, each ended as soon as it is answered, and waits for the last of them.
fn place(
    driver: &mut Driver,
    target: &Target,
    who: usize,
    held: &BTreeSet<CallId>,
    (count, every): (usize, Duration),
    pid: u32,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let start = driver.now();
    let end = start + every * count as u32;
    let mut looked = Duration::ZERO;
    while outcome.begun < count || !outcome.open.is_empty() {
        let now = driver.now();
        if now >= looked + LOOK {
            looked = now;
            outcome.most_resident = outcome.most_resident.max(figures::resident(pid)?);
        }
        // What the generator itself cannot keep up with is left out, so that the time is as asked.
        while outcome.begun < count && start + every * outcome.begun as u32 <= now && now < end {
            let call = driver.call(who, &target.to)?;
            outcome.open.insert(call, now);
            outcome.begun += 1;
            if outcome.begun % 8 == 0 {
                break;
            }
        }
        if now >= end && outcome.begun < count {
            outcome.failures.insert("not placed: generator late".to_owned(), count - outcome.begun);
            outcome.begun = count;
        }
        let until = if outcome.begun < count { start + every * outcome.begun as u32 } else { now + LOOK };
        for happened in driver.step(until, &mut NoTap)? {
            take(driver, who, held, &mut outcome, happened.phone, happened.at, happened.event)?;
        }
        if driver.now() > end + PATIENCE {
            *outcome.failures.entry("never ended".to_owned()).or_default() += outcome.open.len();
            break;
        }
    }
    Ok(outcome)
}

fn take(
    driver: &mut Driver,
    who: usize,
    held: &BTreeSet<CallId>,
    outcome: &mut Outcome,
    phone: usize,
    at: Duration,
    event: Event,
) -> Result<()> {
    match event {
        Event::Answered { call } if phone == who => {
            if let Some(begun) = outcome.open.get(&call) {
                outcome.answered.push(at - *begun);
            }
            let now = driver.now();
            driver.phones[who].command(now, call, Command::HangUp)?;
        }
        Event::Ended { call, ending, .. } if phone == who => {
            outcome.open.remove(&call);
            match ending {
                Ending::HungUp { status: 200 } => {}
                Ending::Refused { status, .. } => {
                    *outcome.failures.entry(status.to_string()).or_default() += 1;
                }
                other => *outcome.failures.entry(format!("{other:?}")).or_default() += 1,
            }
        }
        Event::Ended { call, .. } => outcome.held_ended += usize::from(held.contains(&call)),
        _ => {}
    }
    Ok(())
}
