//! Phones: the far ends.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phone::{CallId, CallState, Command, Event, Phone, Settings};
use sip::Flow;

use crate::World;
use crate::setup::{SERVER, phone_address};

/// One phone of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Device(pub(crate) usize);

/// One call of one phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The phone.
    pub device: Device,
    /// Its call.
    pub call: CallId,
}

/// Ports lent to each phone.
const PORTS: u16 = 220;
/// The first of them; RTP has the even ones.
const FIRST_PORT: u16 = 20_000;

pub(crate) struct Seat {
    pub(crate) phone: Phone,
    pub(crate) address: SocketAddr,
    pub(crate) events: Vec<(Duration, Event)>,
    /// The port of each call that ever sent audio.
    pub(crate) ports: BTreeMap<CallId, SocketAddr>,
    /// When each port last got a datagram: the meter keeps what came last when nothing comes any more.
    pub(crate) arrived: BTreeMap<SocketAddr, Duration>,
    /// How many `Incoming` events a scenario has taken.
    taken: usize,
}

impl World {
    /// A phone of that number, well-behaved: it rings and waits to be told. It listens for tones.
    pub fn phone(&mut self, number: &str) -> Device {
        self.phone_with(number, |_| {})
    }

    /// A phone with settings of its own.
    pub fn phone_with(&mut self, number: &str, change: impl FnOnce(&mut Settings)) -> Device {
        let address = phone_address(number);
        let mut settings = Settings::new(number, "192.0.2.1", Flow::udp(address, SERVER));
        settings.seed = self.seed().wrapping_mul(31).wrapping_add(self.seats.len() as u64 + 1);
        settings.hearing.meter_ms = 200;
        settings.max_calls = usize::from(PORTS);
        change(&mut settings);
        let mut phone = Phone::new(settings);
        for n in 0..PORTS {
            phone.lend_port(SocketAddr::new(address.ip(), FIRST_PORT + 2 * n));
        }
        self.seats.push(Seat {
            phone,
            address,
            events: Vec::new(),
            ports: BTreeMap::new(),
            arrived: BTreeMap::new(),
            taken: 0,
        });
        Device(self.seats.len() - 1)
    }

    /// A phone calls.
    pub fn dial(&mut self, device: Device, number: &str) -> Line {
        let now = self.now();
        let call = self.seats[device.0].phone.call(now, number).expect("the phone can call");
        self.drain_phone(device.0);
        Line { device, call }
    }

    /// A phone calls without an offer: the far end makes one.
    pub fn dial_without_offer(&mut self, device: Device, number: &str) -> Line {
        let now = self.now();
        let call = self.seats[device.0].phone.call_without_offer(now, number).expect("the phone can call");
        self.drain_phone(device.0);
        Line { device, call }
    }

    /// Tells a phone's call something; `false` where it is no longer there or in no state for it.
    pub fn command(&mut self, line: Line, command: Command) -> bool {
        let now = self.now();
        let done = self.seats[line.device.0].phone.command(now, line.call, command).is_ok();
        self.drain_phone(line.device.0);
        done
    }

    /// A phone hangs up: BYE, CANCEL or 603, as the call stands.
    pub fn hang_up(&mut self, line: Line) {
        assert!(self.command(line, Command::HangUp), "there is a call to hang up");
    }

    /// A phone picks up.
    pub fn pick_up(&mut self, line: Line) {
        assert!(self.command(line, Command::Answer { after: Duration::ZERO }), "there is a call to answer");
    }

    /// Waits until a phone is called, and gives the call.
    pub fn called(&mut self, device: Device) -> Line {
        let incoming = |w: &World| w.incoming(device).len();
        let before = self.seats[device.0].taken;
        self.until("the phone is called", |w| incoming(w) > before);
        self.seats[device.0].taken += 1;
        Line { device, call: self.incoming(device)[before] }
    }

    /// The calls that ever came to a phone.
    pub fn incoming(&self, device: Device) -> Vec<CallId> {
        let incoming = |(_, event): &(Duration, Event)| match event {
            Event::Incoming { call, .. } => Some(*call),
            _ => None,
        };
        self.seats[device.0].events.iter().filter_map(incoming).collect()
    }

    /// Whether a phone's call is up.
    pub fn is_up(&self, line: Line) -> bool {
        self.seats[line.device.0].phone.call_state(line.call) == Some(CallState::Up)
    }

    /// Whether a phone's call is over.
    pub fn is_over(&self, line: Line) -> bool {
        self.seats[line.device.0].phone.call_state(line.call).is_none()
    }

    /// How a phone's call ended.
    pub fn ending(&self, line: Line) -> Option<&phone::Ending> {
        self.seats[line.device.0].events.iter().find_map(|(_, event)| match event {
            Event::Ended { call, ending, .. } if *call == line.call => Some(ending),
            _ => None,
        })
    }

    /// What happened at a phone.
    pub fn phone_events(&self, device: Device) -> impl Iterator<Item = &Event> {
        self.seats[device.0].events.iter().map(|(_, event)| event)
    }

    /// Whether a call of a phone hears a tone well above all else.
    pub fn hears(&self, line: Line, hz: u16) -> bool {
        let level = self.seats[line.device.0].phone.tone_level(line.call, f64::from(hz));
        self.gets_audio(line) && level.is_some_and(|level| level > -24.0)
    }

    /// Whether a call of a phone hears nothing.
    pub fn hears_nothing(&self, line: Line) -> bool {
        let level = self.seats[line.device.0].phone.level(line.call);
        !self.gets_audio(line) || level.is_none_or(|level| level < -50.0)
    }

    /// Whether audio came within the last quarter of a second.
    fn gets_audio(&self, line: Line) -> bool {
        let seat = &self.seats[line.device.0];
        let last = seat.ports.get(&line.call).and_then(|port| seat.arrived.get(port));
        last.is_some_and(|last| self.now() - *last < Duration::from_millis(250))
    }

    /// The phone itself.
    pub fn phone_of(&mut self, device: Device) -> &mut Phone {
        &mut self.seats[device.0].phone
    }

    /// A phone registers.
    pub fn register(&mut self, device: Device) {
        let now = self.now();
        self.seats[device.0].phone.register(now);
        self.drain_phone(device.0);
    }

    /// A phone takes its registration back.
    pub fn unregister(&mut self, device: Device) {
        let now = self.now();
        self.seats[device.0].phone.unregister(now);
        self.drain_phone(device.0);
    }

    /// A phone subscribes to a package of an extension.
    pub fn subscribe(&mut self, device: Device, package: &str, to: &str, expires: u32) -> u64 {
        let now = self.now();
        let number = self.seats[device.0].phone.subscribe(now, package, to, expires);
        self.drain_phone(device.0);
        number.expect("the phone can subscribe")
    }

    /// A phone subscribes again, for so many seconds; 0 ends it.
    pub fn resubscribe(&mut self, device: Device, subscription: u64, expires: u32) {
        let now = self.now();
        self.seats[device.0].phone.resubscribe(now, subscription, expires);
        self.drain_phone(device.0);
    }

    /// A phone sends a text.
    pub fn text(&mut self, device: Device, to: &str, body: &str) {
        let now = self.now();
        self.seats[device.0].phone.text(now, to, body).expect("the phone can send a text");
        self.drain_phone(device.0);
    }

    /// What the NOTIFYs to a phone carried, in order.
    pub fn notified(&self, device: Device) -> Vec<String> {
        let body = |event: &Event| match event {
            Event::Notified { body, .. } => Some(body.clone()),
            _ => None,
        };
        self.phone_events(device).filter_map(body).collect()
    }
}
