//! Bridged calls: a caller and a called phone, each leg sending 50 packets a second that carry their time.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use phone::Event;

use super::driver::{Driver, NoTap, Tap};
use super::figures::{self, Ms, Times};
use super::{LOOPBACK, Target};

/// What a stamped payload begins with.
const MARK: [u8; 8] = *b"strowgr1";
/// Set-up rate, calls a second.
const RATE: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes the time into payloads and reads it out of those that came through.
#[derive(Default)]
struct Stamps {
    counting: bool,
    sent: u64,
    received: u64,
    unstamped: u64,
    delays: Times,
}

impl Tap for Stamps {
    fn sending(&mut self, now: Duration, _: usize, packet: &mut [u8]) {
        if let Some(stamp) = packet.get_mut(rtp::packet::HEADER_LEN..rtp::packet::HEADER_LEN + 16) {
            stamp[..8].copy_from_slice(&MARK);
            stamp[8..].copy_from_slice(&(now.as_nanos() as u64).to_be_bytes());
        }
        self.sent += u64::from(self.counting);
    }

    fn received(&mut self, now: Duration, _: usize, packet: &[u8]) {
        if !self.counting {
            return;
        }
        self.received += 1;
        let stamp = packet.get(rtp::packet::HEADER_LEN..rtp::packet::HEADER_LEN + 16);
        let stamp =
            stamp.filter(|stamp| stamp.starts_with(&MARK)).and_then(|stamp| stamp[8..].try_into().ok());
        match stamp.map(|nanos| Duration::from_nanos(u64::from_be_bytes(nanos))) {
            Some(sent) => self.delays.push(now.saturating_sub(sent)),
            None => self.unstamped += 1,
        }
    }
}

pub fn measure(
    target: &Target,
    calls: usize,
    time: Duration,
    uas: SocketAddr,
    register: Option<&str>,
) -> Result<()> {
    let mut driver = Driver::new()?;
    let caller = driver.add(SocketAddr::new(LOOPBACK, 0), |local| target.caller(local))?;
    let called = driver.add(uas, |local| {
        let mut settings = target.caller(local);
        let (user, password) = register.and_then(|login| login.split_once(':')).unwrap_or(("uas", ""));
        user.clone_into(&mut settings.user);
        settings.password = register.map(|_| password.to_owned());
        settings.behaviour.answer_after = Some(Duration::ZERO);
        settings
    })?;
    driver.lend(caller, calls)?;
    driver.lend(called, calls)?;
    if register.is_some() {
        let now = driver.now();
        driver.phones[called].register(now);
        let until = now + PATIENCE;
        while !driver.phones[called].is_registered() {
            ensure!(driver.now() < until, "the called phone could not register");
            for happened in driver.step(until, &mut NoTap)? {
                if let Event::RegistrationFailed { status } = happened.event {
                    anyhow::bail!("the called phone could not register: {status}");
                }
            }
        }
    }
    let mut stamps = Stamps::default();
    bring_up(&mut driver, target, calls, &mut stamps)?;
    run(&mut driver, Duration::from_secs(1), &mut stamps)?;

    let (cpu, server_cpu) = (figures::own_cpu()?, target.pid.map(figures::cpu_of).transpose()?);
    let start = driver.now();
    stamps.counting = true;
    run(&mut driver, time, &mut stamps)?;
    stamps.counting = false;
    let took = driver.now() - start;
    let own = figures::percent(figures::own_cpu()? - cpu, took);
    let server = match (server_cpu, target.pid) {
        (Some(before), Some(pid)) => {
            let share = figures::percent(figures::cpu_of(pid)? - before, took);
            format!("{share:.1} % of a core, {:.3} % a call", share / calls.max(1) as f64)
        }
        (None, _) | (_, None) => "not asked (--pid)".to_owned(),
    };
    // Measured across the server's whole way, so counts at the two ends of the interval differ by what was on its way.
    let mut lost = 0;
    for phone in &driver.phones {
        lost += phone.calls().filter_map(|call| phone.statistics(call)).map(|s| s.lost.max(0)).sum::<i64>();
    }
    println!("calls          {calls} for {:.1} s, both ways", took.as_secs_f64());
    println!(
        "RTP            {} sent, {} received; {lost} sequence numbers missing",
        stamps.sent, stamps.received
    );
    println!("delay          {}", stamps.delays.summary());
    if stamps.unstamped > 0 {
        println!(
            "               {} packets came without their payload: the server decoded them",
            stamps.unstamped
        );
    }
    println!("CPU            server {server}; ours {own:.0} % of a core");
    let figures = format!(
        "server {server}; {lost} of {} lost; through it in median {}, 99 % {}, 99.9 % {}; generator {own:.0} %",
        stamps.received,
        Ms(stamps.delays.permille(500)),
        Ms(stamps.delays.permille(990)),
        Ms(stamps.delays.permille(999)),
    );
    figures::row(&format!("{calls} bridged calls"), &target.label, &figures);
    Ok(())
}

fn bring_up(driver: &mut Driver, target: &Target, calls: usize, stamps: &mut Stamps) -> Result<()> {
    let every = Duration::from_secs(1) / RATE;
    let start = driver.now();
    let (mut begun, mut up) = (0, 0);
    // Both ends of each call are ours, and both tell that it is up.
    while up < 2 * calls {
        if begun < calls && start + every * begun as u32 <= driver.now() {
            driver.call(0, &target.to).context("the caller")?;
            begun += 1;
        }
        let until = start + every * begun as u32;
        let until = if begun < calls { until } else { driver.now() + every };
        for happened in driver.step(until, stamps)? {
            match happened.event {
                Event::Answered { .. } => up += 1,
                Event::Ended { ending, .. } => anyhow::bail!("a call did not stay up: {ending:?}"),
                _ => {}
            }
        }
        ensure!(
            driver.now() < start + every * calls as u32 + PATIENCE,
            "only {up} of {} legs are up",
            2 * calls
        );
    }
    Ok(())
}

fn run(driver: &mut Driver, time: Duration, stamps: &mut Stamps) -> Result<()> {
    let until = driver.now() + time;
    while driver.now() < until {
        for happened in driver.step(until, stamps)? {
            if let Event::Ended { ending, .. } = happened.event {
                anyhow::bail!("a call ended before its time: {ending:?}");
            }
        }
    }
    Ok(())
}
