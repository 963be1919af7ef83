//! Phones on real sockets: one epoll, one thread.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use phone::{CallId, Event, Output, Phone, Settings};

use super::LOOPBACK;

/// Longest wait for sockets where nothing else is due.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// What is done with RTP on its way.
pub trait Tap {
    /// A packet is about to be sent by phone `who`.
    fn sending(&mut self, now: Duration, who: usize, packet: &mut [u8]);
    /// A packet came to the `port`-th port.
    fn received(&mut self, now: Duration, port: usize, packet: &[u8]);
}

/// Lets RTP pass.
pub struct NoTap;

impl Tap for NoTap {
    fn sending(&mut self, _: Duration, _: usize, _: &mut [u8]) {}
    fn received(&mut self, _: Duration, _: usize, _: &[u8]) {}
}

struct Port {
    socket: UdpSocket,
    local: SocketAddr,
    phone: usize,
}

/// Something that happened to a phone.
pub struct Happened {
    pub at: Duration,
    pub phone: usize,
    pub event: Event,
}

/// Phones and their sockets.
pub struct Driver {
    pub phones: Vec<Phone>,
    /// SIP messages sent that had been sent before, byte for byte.
    pub retransmissions: u64,
    pub sip_sent: u64,
    pub sip_received: u64,
    pub rtp_sent: u64,
    pub rtp_received: u64,
    /// Datagrams that the kernel did not take.
    pub unsent: u64,
    poll: Poll,
    ready: Events,
    started: Instant,
    sip: Vec<UdpSocket>,
    ports: Vec<Port>,
    sent: HashSet<u64>,
    /// The port of a local port number, as its place in `ports`.
    by_number: Vec<u32>,
}

/// The token of a socket that belongs to a scenario.
const OTHER: Token = Token(usize::MAX - 1);
/// Tokens of RTP sockets begin here.
const RTP: usize = 1 << 20;

impl Driver {
    pub fn new() -> Result<Driver> {
        Ok(Driver {
            phones: Vec::new(),
            retransmissions: 0,
            sip_sent: 0,
            sip_received: 0,
            rtp_sent: 0,
            rtp_received: 0,
            unsent: 0,
            poll: Poll::new().context("no epoll")?,
            ready: Events::with_capacity(4096),
            started: Instant::now(),
            sip: Vec::new(),
            ports: Vec::new(),
            sent: HashSet::new(),
            by_number: vec![u32::MAX; 1 << 16],
        })
    }

    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds a phone whose SIP socket is bound to `local` (port 0 for any).
    pub fn add(&mut self, local: SocketAddr, settings: impl FnOnce(SocketAddr) -> Settings) -> Result<usize> {
        let mut socket = UdpSocket::bind(local).with_context(|| format!("could not bind {local}"))?;
        let local = socket.local_addr()?;
        let who = self.phones.len();
        self.poll.registry().register(&mut socket, Token(who), Interest::READABLE)?;
        let mut settings = settings(local);
        settings.seed = seed(who);
        self.sip.push(socket);
        self.phones.push(Phone::new(settings));
        Ok(who)
    }

    /// Binds so many RTP ports for a phone.
    pub fn lend(&mut self, who: usize, count: usize) -> Result<()> {
        for _ in 0..count {
            let mut socket = UdpSocket::bind(SocketAddr::new(LOOPBACK, 0))
                .with_context(|| format!("no RTP port after {}", self.ports.len()))?;
            let local = socket.local_addr()?;
            self.poll.registry().register(&mut socket, Token(RTP + self.ports.len()), Interest::READABLE)?;
            self.by_number[usize::from(local.port())] = self.ports.len() as u32;
            self.ports.push(Port { socket, local, phone: who });
            self.phones[who].lend_port(local);
        }
        Ok(())
    }

    /// Calls; with no port left, one more is bound first.
    pub fn call(&mut self, who: usize, to: &str) -> Result<CallId> {
        let now = self.now();
        match self.phones[who].call(now, to) {
            Err(phone::Error::NoPort) => {
                self.lend(who, 1)?;
                Ok(self.phones[who].call(now, to)?)
            }
            other => Ok(other?),
        }
    }

    /// Watches a socket of the scenario's own; it wakes [`Driver::step`].
    pub fn watch(&mut self, source: &mut impl mio::event::Source) -> Result<()> {
        Ok(self.poll.registry().register(source, OTHER, Interest::READABLE)?)
    }

    /// Waits for datagrams, timers or `until`, does what is due, and tells what happened.
    pub fn step(&mut self, until: Duration, tap: &mut impl Tap) -> Result<Vec<Happened>> {
        let mut happened = Vec::new();
        self.drain(tap, &mut happened)?;
        let due = self.phones.iter().filter_map(Phone::deadline).chain([until]).min().unwrap_or(until);
        let wait = due.saturating_sub(self.now()).min(LONGEST_WAIT);
        let mut ready = std::mem::replace(&mut self.ready, Events::with_capacity(0));
        match self.poll.poll(&mut ready, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error).context("epoll"),
            Ok(()) | Err(_) => {}
        }
        for event in &ready {
            match event.token() {
                OTHER => {}
                Token(port) if port >= RTP => self.read_rtp(port - RTP, tap)?,
                Token(who) => self.read_sip(who)?,
            }
            self.drain(tap, &mut happened)?;
        }
        self.ready = ready;
        let now = self.now();
        for phone in &mut self.phones {
            if phone.deadline().is_some_and(|at| at <= now) {
                phone.advance(now);
            }
        }
        self.drain(tap, &mut happened)?;
        Ok(happened)
    }

    fn read_sip(&mut self, who: usize) -> Result<()> {
        let mut buffer = [0; sip::MAX_MESSAGE];
        loop {
            match self.sip[who].recv_from(&mut buffer) {
                Ok((len, from)) => {
                    self.sip_received += 1;
                    let flow = sip::Flow::udp(self.sip[who].local_addr()?, from);
                    let now = self.now();
                    self.phones[who].sip(now, flow, Bytes::copy_from_slice(&buffer[..len]));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // An ICMP error about a former datagram; the transactions will notice.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error).context("SIP socket"),
            }
        }
    }

    fn read_rtp(&mut self, at: usize, tap: &mut impl Tap) -> Result<()> {
        let mut buffer = [0; 2048];
        loop {
            let port = &self.ports[at];
            match port.socket.recv_from(&mut buffer) {
                Ok((len, from)) => {
                    let now = self.started.elapsed();
                    self.rtp_received += 1;
                    tap.received(now, at, &buffer[..len]);
                    self.phones[port.phone].rtp(now, port.local, from, &buffer[..len]);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error).context("RTP socket"),
            }
        }
    }

    fn drain(&mut self, tap: &mut impl Tap, happened: &mut Vec<Happened>) -> Result<()> {
        for who in 0..self.phones.len() {
            while let Some(output) = self.phones[who].poll() {
                match output {
                    Output::SendSip { flow, bytes } => {
                        self.sip_sent += 1;
                        let mut hasher = DefaultHasher::new();
                        bytes.hash(&mut hasher);
                        self.retransmissions += u64::from(!self.sent.insert(hasher.finish()));
                        self.unsent += u64::from(self.sip[who].send_to(&bytes, flow.remote).is_err());
                    }
                    Output::SendRtp { local, to, mut packet, .. } => {
                        tap.sending(self.started.elapsed(), who, &mut packet);
                        let at = self.by_number[usize::from(local.port())] as usize;
                        let port = self.ports.get(at).context("a phone used a port that was not lent")?;
                        self.rtp_sent += 1;
                        self.unsent += u64::from(port.socket.send_to(&packet, to).is_err());
                    }
                    Output::Event(event) => {
                        happened.push(Happened { at: self.started.elapsed(), phone: who, event });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Tags and branches must differ from those of the last run, whose transactions the server may still know.
fn seed(who: usize) -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64 ^ (who as u64) << 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use phone::{Command, Ending};

    #[test]
    fn a_call_between_two_phones_carries_audio_over_sockets() {
        let any = SocketAddr::new(LOOPBACK, 0);
        let mut driver = Driver::new().unwrap();
        let called = driver
            .add(any, |local| {
                let mut settings = Settings::new("called", "127.0.0.1", sip::Flow::udp(local, local));
                settings.behaviour.answer_after = Some(Duration::ZERO);
                settings
            })
            .unwrap();
        let to = driver.phones[called].settings().server.local;
        let caller =
            driver.add(any, |local| Settings::new("caller", "127.0.0.1", sip::Flow::udp(local, to))).unwrap();
        driver.lend(called, 1).unwrap();
        let call = driver.call(caller, &format!("sip:called@{to}")).unwrap();
        let mut ended = Vec::new();
        let mut hung_up = false;
        // Far longer than it takes; a broken driver must not hang the test.
        while ended.len() < 2 && driver.now() < Duration::from_secs(20) {
            let until = driver.now() + Duration::from_millis(50);
            for happened in driver.step(until, &mut NoTap).unwrap() {
                if let Event::Ended { ending, .. } = happened.event {
                    ended.push(ending);
                }
            }
            let figures = driver.phones[caller].statistics(call);
            let heard = figures.is_some_and(|figures| figures.received >= 5)
                && driver.rtp_sent >= 10
                && driver.rtp_received >= 10;
            if heard && !hung_up {
                let now = driver.now();
                driver.phones[caller].command(now, call, Command::HangUp).unwrap();
                hung_up = true;
            }
        }
        assert_eq!(ended.len(), 2);
        assert!(ended.contains(&Ending::HungUp { status: 200 }));
        assert!(driver.rtp_sent >= 10 && driver.rtp_received >= 10);
    }
}
