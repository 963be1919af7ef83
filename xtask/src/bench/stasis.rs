//! From INVITE on the wire to StasisStart on the WebSocket, one call at a time.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use phone::{Command, Event};

use super::driver::{Driver, NoTap};
use super::figures::{self, Ms, Times};
use super::websocket::WebSocket;
use super::{LOOPBACK, Target};

const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two calls.
const PAUSE: Duration = Duration::from_millis(20);

pub fn measure(target: &Target, calls: usize, http: SocketAddr, app: &str, api_key: &str) -> Result<()> {
    let mut driver = Driver::new()?;
    let who = driver.add(SocketAddr::new(LOOPBACK, 0), |local| {
        let mut settings = target.caller(local);
        settings.behaviour.send_silence = false;
        settings
    })?;
    driver.lend(who, 4)?;
    let mut socket = WebSocket::connect(http, &format!("/ari/events?app={app}&api_key={api_key}"))?;
    driver.watch(socket.stream())?;
    let mut times = Times::default();
    let cpu = figures::own_cpu()?;
    let begun = driver.now();
    for number in 1..=calls {
        let start = driver.now();
        let call = driver.call(who, &target.to)?;
        let mut arrived = None;
        let mut hung_up = false;
        let mut ended = false;
        while !ended || arrived.is_none() {
            let now = driver.now();
            ensure!(now < start + PATIENCE, "call {number}: {}", missing(arrived.is_none()));
            if arrived.is_some() && !hung_up {
                // CANCEL or BYE, whichever the call's state asks for.
                drop(driver.phones[who].command(now, call, Command::HangUp));
                hung_up = true;
            }
            for happened in driver.step(start + PATIENCE, &mut NoTap)? {
                ended |= matches!(happened.event, Event::Ended { .. });
            }
            while let Some(text) = socket.read()? {
                if arrived.is_none() && is_stasis_start(&text) {
                    arrived = Some(driver.now());
                }
            }
            ensure!(!ended || hung_up || arrived.is_some(), "call {number} was refused before StasisStart");
        }
        times.push(arrived.unwrap_or(start) - start);
        super::hold::wait(&mut driver, PAUSE)?;
    }
    let own = figures::percent(figures::own_cpu()? - cpu, driver.now() - begun);
    println!("StasisStart    {}", times.summary());
    println!("SIP            {} sent, {} of them again", driver.sip_sent, driver.retransmissions);
    println!("CPU            ours {own:.0} % of a core");
    let figures = format!(
        "median {}, 99 % {}, most {} of {calls}; generator {own:.0} %",
        Ms(times.permille(500)),
        Ms(times.permille(990)),
        Ms(times.permille(1000)),
    );
    figures::row("INVITE to StasisStart", &target.label, &figures);
    Ok(())
}

fn missing(no_event: bool) -> &'static str {
    if no_event { "no StasisStart came" } else { "it did not end" }
}

/// The event's type is looked for as text: nothing else of it is needed.
fn is_stasis_start(text: &str) -> bool {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    compact.contains(r#""type":"StasisStart""#)
}
