//! The driver of a phone: its sockets, its clock, and a handle to tell it what to do.
//!
//! Each phone is one task that owns a [`phone::Phone`], a UDP socket for SIP and one for RTP. All that passes is written
//! into the journal.

use core::sync::atomic::{AtomicI32, Ordering};
use core::time::Duration;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use phone::{CallId, Command, Event, Hearing, Output, Phone, Settings};
use sip::Flow;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::journal::{Happening, Journal, Party, Way};
use super::ladder::Message;

/// Orders that wait for a phone; it takes them at once.
const ORDERS: usize = 16;
/// The longest datagram.
const DATAGRAM: usize = 65_535;
/// How much of the last audio levels are measured in, milliseconds.
const METER_MS: u32 = 200;
/// How often the level is measured.
const METER_EVERY: Duration = Duration::from_millis(50);
/// How much of what a phone heard is kept.
const RECORD_MS: u32 = 60_000;
/// Attempts at an even port whose odd neighbour is free too.
const PORT_ATTEMPTS: usize = 64;
/// Silence, in tenths of a decibel.
const SILENCE: i32 = -1_200;

/// What a phone is told.
enum Order {
    Register,
    Unregister,
    Call(String),
    Command(Command),
    ToneLevel(f64, oneshot::Sender<Option<f64>>),
}

/// A handle to a phone.
#[derive(Debug)]
pub struct Handset {
    party: Party,
    orders: mpsc::Sender<Order>,
    meter: Arc<Meter>,
}

/// How loud it is at a phone's ear, in tenths of a decibel: 0 for a sine at full scale.
#[derive(Debug)]
pub struct Meter {
    now: AtomicI32,
    loudest: AtomicI32,
}

impl Meter {
    /// dB now.
    pub fn db(&self) -> f64 {
        f64::from(self.now.load(Ordering::Relaxed)) / 10.0
    }

    fn take(&self, db: Option<f64>) {
        let tenths = db.map_or(SILENCE, |db| (db * 10.0) as i32);
        self.now.store(tenths, Ordering::Relaxed);
        self.loudest.fetch_max(tenths, Ordering::Relaxed);
    }
}

impl Handset {
    /// Binds a phone's sockets on loopback and starts it. `server` is where SIP goes.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(
        party: Party,
        password: &str,
        server: SocketAddr,
        seed: u64,
        journal: Journal,
    ) -> io::Result<Handset> {
        let sip = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (rtp, rtcp) = bind_pair().await?;
        let mut settings =
            Settings::new(party.number(), &server.ip().to_string(), Flow::udp(sip.local_addr()?, server))
                .with_password(password);
        settings.display_name = party.name().to_owned();
        settings.seed = seed;
        settings.hearing = Hearing { meter_ms: METER_MS, record_ms: RECORD_MS };
        let mut phone = Phone::new(settings);
        phone.lend_port(rtp.local_addr()?);
        let meter = Arc::new(Meter { now: AtomicI32::new(SILENCE), loudest: AtomicI32::new(SILENCE) });
        let (orders, inbox) = mpsc::channel(ORDERS);
        let driver =
            Driver { party, phone, call: None, sip, rtp, _rtcp: rtcp, journal, meter: meter.clone() };
        tokio::spawn(driver.run(inbox));
        Ok(Handset { party, orders, meter })
    }

    /// Whose it is.
    pub fn party(&self) -> Party {
        self.party
    }

    /// How loud it is.
    pub fn meter(&self) -> Arc<Meter> {
        self.meter.clone()
    }

    /// Registers.
    pub async fn register(&self) {
        self.order(Order::Register).await;
    }

    /// Takes the registration back.
    pub async fn unregister(&self) {
        self.order(Order::Unregister).await;
    }

    /// Dials.
    pub async fn call(&self, number: &str) {
        self.order(Order::Call(number.to_owned())).await;
    }

    /// Tells the call something.
    pub async fn command(&self, command: Command) {
        self.order(Order::Command(command)).await;
    }

    /// How loud a frequency is in what was heard last, dB; `None` without a call.
    pub async fn tone_level(&self, hz: f64) -> Option<f64> {
        let (answer, level) = oneshot::channel();
        self.order(Order::ToneLevel(hz, answer)).await;
        level.await.ok().flatten()
    }

    /// Forgets how loud it was.
    pub fn listen_anew(&self) {
        self.meter.loudest.store(SILENCE, Ordering::Relaxed);
    }

    /// How loud it was at most since [`Handset::listen_anew`], dB.
    pub fn loudest(&self) -> f64 {
        f64::from(self.meter.loudest.load(Ordering::Relaxed)) / 10.0
    }

    /// A phone that is gone takes no orders; what was expected of it then fails its check.
    async fn order(&self, order: Order) {
        let _ = self.orders.send(order).await;
    }
}

/// An even port for RTP and its odd neighbour for RTCP (RFC 3550 §11).
async fn bind_pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let mut failed = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORT_ATTEMPTS {
        let rtp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = rtp.local_addr()?.port();
        if port % 2 == 1 {
            continue;
        }
        match UdpSocket::bind((Ipv4Addr::LOCALHOST, port + 1)).await {
            Ok(rtcp) => return Ok((rtp, rtcp)),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

struct Driver {
    party: Party,
    phone: Phone,
    call: Option<CallId>,
    sip: UdpSocket,
    rtp: UdpSocket,
    /// Held so that RTCP to it is no ICMP error to the server; what comes is not read.
    _rtcp: UdpSocket,
    journal: Journal,
    meter: Arc<Meter>,
}

impl Driver {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut message = vec![0; DATAGRAM];
        let mut packet = vec![0; DATAGRAM];
        let mut meter = interval(METER_EVERY);
        meter.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let start = Instant::now() - self.journal.now();
        loop {
            self.drain().await;
            let due = self.phone.deadline();
            let deadline = start + due.unwrap_or(self.journal.now() + Duration::from_secs(1));
            tokio::select! {
                biased;
                () = sleep_until(deadline) => self.phone.advance(self.journal.now()),
                Ok((len, from)) = self.rtp.recv_from(&mut packet) => {
                    if let Ok(local) = self.rtp.local_addr() {
                        self.phone.rtp(self.journal.now(), local, from, &packet[..len]);
                    }
                }
                Ok((len, from)) = self.sip.recv_from(&mut message) => self.receive(&message[..len], from),
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                _ = meter.tick() => self.meter.take(self.call.and_then(|call| self.phone.level(call))),
            }
        }
    }

    fn receive(&mut self, bytes: &[u8], from: SocketAddr) {
        let Ok(local) = self.sip.local_addr() else { return };
        let bytes = Bytes::copy_from_slice(bytes);
        self.write_sip(Way::In, bytes.clone());
        self.phone.sip(self.journal.now(), Flow::udp(local, from), bytes);
    }

    fn obey(&mut self, order: Order) {
        let now = self.journal.now();
        let refused = match order {
            Order::Register => {
                self.phone.register(now);
                None
            }
            Order::Unregister => {
                self.phone.unregister(now);
                None
            }
            Order::Call(number) => self.phone.call(now, &number).map(|call| self.call = Some(call)).err(),
            Order::Command(command) => {
                let what = match &command {
                    Command::PlayTone { hz } => Some(format!("{hz} Hz tone")),
                    Command::SendDigits { digits, .. } => Some(format!("digit {digits}")),
                    _ => None,
                };
                match self.call.map(|call| self.phone.command(now, call, command)) {
                    Some(Ok(())) => {
                        if let Some(what) = what {
                            self.journal.write(Happening::Audio { party: self.party, way: Way::Out, what });
                        }
                        None
                    }
                    Some(Err(error)) => Some(error),
                    None => Some(phone::Error::NoCall),
                }
            }
            Order::ToneLevel(hz, answer) => {
                let _ = answer.send(self.call.and_then(|call| self.phone.tone_level(call, hz)));
                None
            }
        };
        if let Some(error) = refused {
            self.journal.write(Happening::Lost(format!("{}'s phone: {error}", self.party.name())));
        }
    }

    async fn drain(&mut self) {
        while let Some(output) = self.phone.poll() {
            match output {
                Output::SendSip { flow, bytes } => {
                    self.write_sip(Way::Out, bytes.clone());
                    // A datagram that cannot be sent is as good as lost: the transaction sends it again.
                    let _ = self.sip.send_to(&bytes, flow.remote).await;
                }
                Output::SendRtp { call: _, local: _, to, packet } => {
                    let _ = self.rtp.send_to(&packet, to).await;
                }
                Output::Event(event) => self.notice(event),
            }
        }
    }

    fn notice(&mut self, event: Event) {
        match &event {
            Event::Incoming { call, .. } => self.call = Some(*call),
            Event::Ended { call, .. } if self.call == Some(*call) => self.call = None,
            _ => {}
        }
        if let Event::FirstRtp { .. } = event {
            let what = "first audio".to_owned();
            self.journal.write(Happening::Audio { party: self.party, way: Way::In, what });
        }
        self.journal.write(Happening::Phone { party: self.party, event });
    }

    fn write_sip(&self, way: Way, bytes: Bytes) {
        let message = Message::read(&bytes);
        self.journal.write(Happening::Sip { party: self.party, way, message, bytes });
    }
}
