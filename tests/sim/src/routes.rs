//! Where things go: what the switch, the shards and the phones put out, on to who takes it in.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use call::{Effect, ShardId};
use media::{PacketKind, PortId, Transmit};
use phone::Output as PhoneOutput;
use sip::Flow;
use switch::{Input, Output};

use crate::World;
use crate::failing::Failing;
use crate::planted::Planted;
use crate::setup::SERVER;
use crate::sounds;
use crate::world::Happening;

/// What may follow from one input: more would keep all others waiting.
const OUTPUTS: usize = 2_000;
/// Messages of phones that are kept to be sent again.
const OVERHEARD: usize = 16;
/// How long a command is on its way to a shard, and an event back.
const BETWEEN_THREADS: Duration = Duration::from_micros(50);
/// How long a delivery or a reply is on its way to an application.
const TO_APPLICATION: Duration = Duration::from_micros(300);
/// How long a file takes to be read or opened.
const FILE: Duration = Duration::from_millis(5);
/// How long a host name takes to be looked up; none is known.
const LOOKUP: Duration = Duration::from_millis(20);

/// The first RTP port of the first shard.
pub(crate) const FIRST_PORT: u16 = 10_000;

/// The address of a port pair's RTP.
pub(crate) fn address_of(port: PortId) -> SocketAddr {
    SocketAddr::new(SERVER.ip(), FIRST_PORT + 2 * port.0 as u16)
}

fn port_of(address: SocketAddr) -> Option<(PortId, PacketKind)> {
    let offset = address.port().checked_sub(FIRST_PORT)?;
    let kind = if offset % 2 == 0 { PacketKind::Rtp } else { PacketKind::Rtcp };
    Some((PortId(u64::from(offset / 2)), kind))
}

/// What a shard sends while it works.
#[derive(Default)]
pub(crate) struct Sent(Vec<(PortId, PacketKind, SocketAddr, Bytes)>);

impl Transmit for Sent {
    fn send(&mut self, port: PortId, kind: PacketKind, to: SocketAddr, packet: &[u8]) {
        self.0.push((port, kind, to, Bytes::copy_from_slice(packet)));
    }
}

impl World {
    /// Hands the switch one input, and takes all it puts out.
    pub(crate) fn feed(&mut self, input: Input) {
        if let Input::SessionClosed { session } = &input {
            let closed = self.sessions.iter().find(|one| one.id == *session);
            // Another session may have taken its application over.
            let last = |name: &str| self.sessions.iter().rev().find(|one| one.name == name);
            if let Some(closed) =
                closed.filter(|closed| last(&closed.name).is_some_and(|one| one.id == closed.id))
            {
                self.invariants.session_closed(&closed.name);
            }
        }
        let time = self.time();
        self.switch.handle(time, input);
        let mut outputs = 0;
        while let Some(output) = self.switch.next_output() {
            outputs += 1;
            self.switch_output(output);
        }
        self.invariants.inbox("turn", outputs, OUTPUTS);
        let (census, counters) = (self.switch.census(), self.switch.counters());
        self.invariants.switch_rested(&census, &counters);
    }

    fn switch_output(&mut self, output: Output) {
        let Some(output) = self.may_fail(output) else { return };
        match output {
            Output::Sip(signalling::Output::Send { flow, message }) => self.server_sip(flow, message),
            Output::Sip(signalling::Output::Resolve { lookup, query }) => {
                let found = self.names.get(&query).cloned();
                let found = found.ok_or(sip::resolve::LookupFailure::NoSuchName);
                let input = signalling::Input::Resolved { lookup, found };
                self.tell_switch(LOOKUP, Input::Sip(input));
            }
            Output::Sip(signalling::Output::Connect { attempt, .. }) => {
                let input = signalling::Input::Connected { attempt, flow: None };
                self.tell_switch(LOOKUP, Input::Sip(input));
            }
            // The simulated network has neither connections nor translators.
            Output::Sip(signalling::Output::KeepAlive { .. } | signalling::Output::Close { .. }) => {}
            Output::Media { shard, command } => {
                let queued = self.shards[usize::from(shard.0)].inbox_grows();
                self.invariants.inbox("shard", queued, 64 * (self.switch.census().legs + 1) + 256);
                self.after(BETWEEN_THREADS, Happening::ToShard { shard: shard.0, command });
            }
            Output::Effect(effect) => self.effect(effect),
            Output::Reply { ticket, reply } => {
                for (ticket, reply) in self.tamper.replies(ticket, reply) {
                    self.invariants.replied(ticket, &reply);
                    self.after(TO_APPLICATION, Happening::Replied { ticket, reply });
                }
            }
            Output::Delivery(delivery) => {
                for delivery in self.tamper.delivery(delivery) {
                    self.invariants.delivered(self.now, &delivery);
                    self.after(TO_APPLICATION, Happening::Told(delivery));
                }
            }
            Output::View { .. } => {}
            Output::Log { level, line } => self.log(level, line),
        }
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Load { load, sources, .. } => {
                let result = sounds::load(&sources, |name| self.disk.stored(name).map(<[i16]>::to_vec));
                self.tell_switch(FILE, Input::Loaded { load, result });
            }
            Effect::OpenRecording { recording, name, format: _, if_exists, ring } => {
                let result = self.disk.open(recording, name, if_exists, ring);
                self.tell_switch(FILE, Input::RecordingOpened { recording, result });
                self.look_at_disk();
            }
            Effect::DiscardRecording { recording } => self.disk.discard(recording),
        }
    }

    pub(crate) fn look_at_disk(&mut self) {
        if !self.disk_is_watched && !self.disk.is_idle() {
            self.disk_is_watched = true;
            self.after(self.disk.period(), Happening::Disk);
        }
    }

    pub(crate) fn drain_disk(&mut self) {
        self.disk_is_watched = false;
        for (recording, mut result) in self.disk.drain() {
            if self.failures.is_next(Failing::StoreRecording) {
                result = Err("no space left".to_owned());
            }
            self.tell_switch(FILE, Input::RecordingStored { recording, result });
        }
        self.look_at_disk();
    }

    fn server_sip(&mut self, flow: Flow, message: Bytes) {
        let label = self.invariants.server_sip(self.now, flow.remote, &message);
        if let Some(second) = self.tamper.second_answer(&label, &message) {
            self.invariants.server_sip(self.now, flow.remote, &second);
        }
        self.note(flow.local, flow.remote, &label);
        self.send_datagram(flow.local, flow.remote, message, Some(&label));
    }

    /// Sends what a provider answers.
    pub(crate) fn send_from(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        let message = sip::parse(bytes.clone()).expect("a provider writes SIP");
        let label = crate::invariants::label(&message);
        self.note(from, to, &label);
        self.send_datagram(from, to, bytes, Some(&label));
    }

    /// Puts a datagram on the network. `label` is a SIP message's.
    fn send_datagram(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes, label: Option<&str>) {
        *self.by_host.entry(to.ip()).or_default() += 1;
        for at in self.network.arrivals(self.now, from, to, label) {
            self.at(at, Happening::Datagram { from, to, bytes: bytes.clone() });
        }
    }

    pub(crate) fn arrive(&mut self, from: SocketAddr, to: SocketAddr, bytes: Bytes) {
        self.trace.add_number(self.now.as_nanos() as u64);
        self.trace.add(&bytes);
        if to == SERVER {
            self.invariants.phone_sip_arrived(self.now, &bytes);
            let flow = Flow::udp(SERVER, from);
            self.feed(Input::Sip(signalling::Input::Received { flow, message: bytes }));
        } else if to.ip() == SERVER.ip() {
            self.arrive_at_shard(from, to, &bytes);
        } else if let Some(at) = self.providers.iter().position(|provider| provider.address == to) {
            self.arrive_at_provider(at, from, bytes);
        } else if let Some(seat) = self.seats.iter().position(|seat| seat.address.ip() == to.ip()) {
            let now = self.now;
            let phone = &mut self.seats[seat].phone;
            if to.port() == 5060 {
                phone.sip(now, Flow::udp(to, from), bytes);
            } else {
                phone.rtp(now, to, from, &bytes);
                self.seats[seat].arrived.insert(to, now);
            }
            self.drain_phone(seat);
        }
    }

    fn arrive_at_shard(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let Some((port, kind)) = port_of(to) else { return };
        let Some(&shard) = self.homes.get(&port) else { return };
        let mut sent = Sent::default();
        self.shards[shard].media.receive(self.now, port, kind, from, bytes, &mut sent);
        self.drain_shard(shard, sent);
    }

    pub(crate) fn command_shard(&mut self, shard: usize, command: media::Command) {
        match &command {
            media::Command::Adopt { leg } => {
                if let Some(port) = leg.port {
                    self.homes.insert(port, shard);
                }
            }
            media::Command::Close { .. } | media::Command::StopPlayer { .. }
                if self.tamper.planted == Some(Planted::RtpAfterBye) =>
            {
                self.shards[shard].inbox_shrinks();
                return;
            }
            _ => {}
        }
        let mut sent = Sent::default();
        self.shards[shard].inbox_shrinks();
        self.shards[shard].media.command(self.now, command, &mut sent);
        self.drain_shard(shard, sent);
    }

    pub(crate) fn advance_shard(&mut self, shard: usize) {
        let mut sent = Sent::default();
        self.shards[shard].media.advance(self.now, &mut sent);
        self.drain_shard(shard, sent);
    }

    fn drain_shard(&mut self, shard: usize, sent: Sent) {
        for (port, kind, to, packet) in sent.0 {
            let from = address_of(port);
            match kind {
                PacketKind::Rtp => {
                    let mut packet = packet.to_vec();
                    self.tamper.packet(&mut packet);
                    self.invariants.server_rtp(self.now, from, to, &packet, self.network.rtp.is_faulty());
                    self.send_datagram(from, to, packet.into(), None);
                }
                PacketKind::Rtcp => {
                    let from = SocketAddr::new(from.ip(), from.port() + 1);
                    self.send_datagram(from, to, packet, None);
                }
            }
        }
        while let Some(event) = self.shards[shard].media.poll_event() {
            if matches!(event, media::Event::Closed { .. }) && self.tamper.once(Planted::SwallowClosed) {
                continue;
            }
            let shard = ShardId(shard as u16);
            self.tell_switch(BETWEEN_THREADS, Input::Media { shard, event });
        }
    }

    pub(crate) fn drain_phone(&mut self, seat: usize) {
        while let Some(output) = self.seats[seat].phone.poll() {
            match output {
                PhoneOutput::SendSip { flow, bytes } => {
                    let label = self.invariants.phone_sip(&bytes);
                    if self.overheard.len() == OVERHEARD {
                        self.overheard.pop_front();
                    }
                    self.overheard.push_back(bytes.clone());
                    self.note(flow.local, flow.remote, &label);
                    self.send_datagram(flow.local, flow.remote, bytes, Some(&label));
                }
                PhoneOutput::SendRtp { call, local, to, packet } => {
                    self.seats[seat].ports.insert(call, local);
                    self.send_datagram(local, to, Bytes::copy_from_slice(&packet), None);
                }
                PhoneOutput::Event(event) => self.seats[seat].events.push((self.now, event)),
            }
        }
    }
}
