//! Phones joined by a network in virtual time.
#![allow(dead_code, reason = "each test file uses its part")]

use bytes::Bytes;
use phone::{CallId, Event, Output, Phone, Settings};
use sip::{Flow, Random};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn sip_address(n: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, n as u8 + 1], 5060))
}

enum Datagram {
    Sip(Bytes),
    Rtp(Vec<u8>),
}

/// Phones by number; phone 0 and 1 have each other for their server.
pub struct World {
    pub now: Duration,
    pub phones: Vec<Phone>,
    pub events: Vec<Vec<Event>>,
    /// The first line of each SIP message sent, lost ones too: `0> INVITE`, `1> 200`.
    pub ladder: Vec<String>,
    /// How long a datagram takes, and in how many of a thousand cases it is lost.
    pub delay: Duration,
    pub sip_loss: u64,
    pub rtp_loss: u64,
    /// Loses the next SIP message whose ladder line starts so.
    pub lose: Vec<&'static str>,
    pub rtp_sent: u64,
    random: Random,
    number: u64,
    wire: BTreeMap<(Duration, u64), (SocketAddr, SocketAddr, Datagram)>,
}

impl World {
    pub fn new(change: impl FnOnce(&mut [Settings; 2])) -> World {
        let flow = |n: usize| Flow::udp(sip_address(n), sip_address(1 - n));
        let host = |n: usize| sip_address(n).ip().to_string();
        let mut settings = [0, 1].map(|n| {
            let mut settings = Settings::new(["alice", "bob"][n], &host(1 - n), flow(n));
            settings.seed = n as u64 + 7;
            settings.hearing.meter_ms = 200;
            settings
        });
        change(&mut settings);
        let mut phones: Vec<Phone> = settings.map(Phone::new).into();
        for (n, phone) in phones.iter_mut().enumerate() {
            for port in [4000, 4002] {
                phone.lend_port(SocketAddr::new(sip_address(n).ip(), port));
            }
        }
        World {
            now: ms(1000),
            phones,
            events: vec![Vec::new(), Vec::new()],
            ladder: Vec::new(),
            delay: ms(10),
            sip_loss: 0,
            rtp_loss: 0,
            lose: Vec::new(),
            rtp_sent: 0,
            random: Random::new(3),
            number: 0,
            wire: BTreeMap::new(),
        }
    }

    fn put(&mut self, from: SocketAddr, to: SocketAddr, datagram: Datagram) {
        self.number += 1;
        let loss = match &datagram {
            Datagram::Sip(_) => self.sip_loss,
            Datagram::Rtp(_) => self.rtp_loss,
        };
        if self.random.next_u64() % 1000 >= loss {
            self.wire.insert((self.now + self.delay, self.number), (from, to, datagram));
        }
    }

    fn drain(&mut self) {
        for n in 0..self.phones.len() {
            while let Some(output) = self.phones[n].poll() {
                match output {
                    Output::SendSip { flow, bytes } => {
                        let line = format!("{n}> {}", words(&bytes));
                        let lost = self.lose.iter().position(|lost| line.starts_with(lost));
                        self.ladder.push(line);
                        match lost {
                            Some(at) => drop(self.lose.remove(at)),
                            None => self.put(flow.local, flow.remote, Datagram::Sip(bytes)),
                        }
                    }
                    Output::SendRtp { local, to, packet, .. } => {
                        self.rtp_sent += 1;
                        self.put(local, to, Datagram::Rtp(packet.to_vec()));
                    }
                    Output::Event(event) => self.events[n].push(event),
                }
            }
        }
    }

    /// Lets so much time pass.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        self.drain();
        loop {
            let wire = self.wire.first_key_value().map(|((at, _), _)| *at);
            let next = self.phones.iter().filter_map(Phone::deadline).chain(wire).min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            while let Some(entry) = self.wire.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let (from, to, datagram) = entry.remove();
                let n = if to.ip() == sip_address(0).ip() { 0 } else { 1 };
                match datagram {
                    Datagram::Sip(bytes) => self.phones[n].sip(self.now, Flow::udp(to, from), bytes),
                    Datagram::Rtp(bytes) => self.phones[n].rtp(self.now, to, from, &bytes),
                }
            }
            for phone in &mut self.phones {
                if phone.deadline().is_some_and(|at| at <= self.now) {
                    phone.advance(self.now);
                }
            }
            self.drain();
        }
        self.now = until;
    }

    /// A call from phone 0 to phone 1, which is to answer it.
    pub fn call(&mut self) -> CallId {
        let call = self.phones[0].call(self.now, "bob").expect("there is a port");
        self.run(ms(500));
        call
    }

    pub fn tell(&mut self, n: usize, call: CallId, command: phone::Command) {
        self.phones[n].command(self.now, call, command).expect("the call can do this");
    }

    /// The one call of phone `n`.
    pub fn call_of(&self, n: usize) -> CallId {
        self.phones[n].calls().next().expect("there is a call")
    }

    pub fn has(&self, n: usize, matches: impl Fn(&Event) -> bool) -> bool {
        self.events[n].iter().any(matches)
    }

    pub fn count(&self, line: &str) -> usize {
        self.ladder.iter().filter(|sent| sent.starts_with(line)).count()
    }

    /// How the calls of phone `n` ended.
    pub fn endings(&self, n: usize) -> Vec<phone::Ending> {
        let ending = |event: &Event| match event {
            Event::Ended { ending, .. } => Some(ending.clone()),
            _ => None,
        };
        self.events[n].iter().filter_map(ending).collect()
    }
}

/// `INVITE` or `200 INVITE`.
fn words(bytes: &[u8]) -> String {
    match sip::parse(Bytes::copy_from_slice(bytes)).expect("phones send SIP") {
        sip::Message::Request(request) => request.method.to_string(),
        sip::Message::Response(response) => {
            let method = response.method().map(|method| method.to_string());
            format!("{} {}", response.status, method.unwrap_or_default())
        }
    }
}
