//! The RTP far end of a leg: whose packets are believed, what they hold, and what is sent.

use core::time::Duration;
use std::net::SocketAddr;

use rtp::packet::{HEADER_LEN, Header, Kind, Packet, classify};
use rtp::receive::{Arrival, Reception};
use rtp::send::Sender;
use rtp::source::{Judgement, Source};
use rtp::srtp::MAX_TRAILER;
use rtp::telephone_event::{DigitEvent, DigitEvents, EventReceiver, EventSender};
use rtp::{Codec, Direction, Payload, StreamConfig};

use super::digits::Press;
use super::playout::{Playout, Spoken};
use super::random::Random;
use super::report::Reports;
use super::secure::Secure;
use super::{PacketKind, Transmit};
use crate::codec::Encoder;
use crate::{Frame, LegStatistics, PortId, WideFrame, comfort};

/// The clock of telephone-event, and of a stream before it is agreed, hertz.
const CLOCK_RATE: u32 = 8_000;
/// Longest payload that is sent or passed on.
const MAX_PAYLOAD: usize = 1_460;
/// Comfort noise of the lowest level (RFC 3389 §3.1).
const KEEPALIVE: [u8; 1] = [127];
/// Octets of 20 ms of the widest codec.
pub(super) const MAX_OCTETS: usize = 640;

/// What a packet was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Not of this stream, or not to be used now.
    Nothing,
    /// Speech in this codec.
    Speech(Codec),
    /// A telephone-event.
    Event,
    /// A description of comfort noise (RFC 3389), which need not be agreed.
    Noise,
    /// Something that was not agreed: it has a sequence number and is no loss.
    Other,
}

/// How this stream's packets are numbered where they are passed on.
#[derive(Debug, Clone, Copy)]
struct Relayed {
    /// What tells this stretch of passing on from the one before.
    key: u32,
    /// Packets older than this are not passed on: they would take numbers that are used.
    oldest: u16,
    /// Packets kept back since then, which are not to be seen as lost.
    kept_back: u16,
}

pub(super) struct Stream {
    pub(super) port: PortId,
    config: Option<Box<StreamConfig>>,
    /// Whose packets are believed; `None` before the first agreement.
    source: Option<Source>,
    refused: u64,
    reception: Reception,
    octets: u64,
    /// The codec of the last speech packet.
    last_codec: Option<Codec>,
    events: EventReceiver,
    /// What is held, once anything is.
    playout: Option<Box<Playout>>,
    /// Begins the random numbers of its noise.
    noise_seed: u32,
    relayed: Option<Relayed>,
    relays: u32,

    sender: Sender,
    sent_packets: u64,
    sent_octets: u64,
    /// In a talk spurt: the next packet needs no marker.
    talking: bool,
    encoder: Encoder,
    /// Encoded and not yet sent, where packets are not 20 ms: room for the longest and a tick.
    encoded: Box<[u8]>,
    encoded_len: usize,
    encoded_from: u32,
    digit: Option<EventSender>,
    reports: Reports,
    telling: Telling,
    /// Keys and counts, where the stream is sealed.
    secure: Option<Box<Secure>>,
    watch: Watch,
}

/// How long nothing has come or gone.
struct Watch {
    received: Duration,
    sent: Duration,
    /// That nothing comes has been told.
    told: bool,
}

/// When the switch is told how the stream stands.
struct Telling {
    began: Duration,
    due: Duration,
    /// Packets sent and received when it was told last.
    told: (u64, u64),
}

/// How often the figures are told: each second at first, so that those of a short call are not far from its end.
const TELL_EARLY: Duration = Duration::from_secs(1);
/// How long that is so.
const EARLY: Duration = Duration::from_secs(5);
/// How often from then on.
const TELL: Duration = rtp::send::REPORT_INTERVAL;

impl Stream {
    pub(super) fn new(port: PortId, random: &mut Random, now: Duration) -> Stream {
        Stream {
            port,
            config: None,
            source: None,
            refused: 0,
            reception: Reception::new(CLOCK_RATE),
            octets: 0,
            last_codec: None,
            events: EventReceiver::new(CLOCK_RATE),
            playout: None,
            noise_seed: random.next(),
            relayed: None,
            // RFC 3550 §5.1: the first number is small enough here that SRTP's rollover guess cannot err.
            sender: Sender::new(random.next(), (random.next() & 0x7fff) as u16, random.next(), CLOCK_RATE),
            sent_packets: 0,
            sent_octets: 0,
            talking: false,
            encoder: Encoder::new(),
            encoded: Box::default(),
            encoded_len: 0,
            encoded_from: 0,
            digit: None,
            reports: Reports::new(random, now),
            telling: Telling { began: now, due: now + TELL_EARLY, told: (0, 0) },
            secure: None,
            watch: Watch { received: now, sent: now, told: false },
            // Not from zero: whoever is passed on one stream after another has to tell them apart by it.
            relays: random.next(),
        }
    }

    pub(super) fn config(&self) -> Option<&StreamConfig> {
        self.config.as_deref()
    }

    /// Takes a new agreement.
    pub(super) fn configure(&mut self, now: Duration, config: Box<StreamConfig>) {
        let policy = config.options.source;
        match &mut self.source {
            Some(source) => source.renegotiated(policy, config.remote, now),
            None => self.source = Some(Source::new(policy, config.remote, now)),
        }
        self.last_codec =
            self.last_codec.filter(|codec| config.receive.iter().any(|payload| payload.codec == *codec));
        self.encoded_len = 0;
        // Where each packet is a tick, nothing is gathered.
        let gathered = if config.ptime_ms == 20 { 0 } else { MAX_PAYLOAD + MAX_OCTETS };
        if self.encoded.len() != gathered {
            self.encoded = vec![0; gathered].into_boxed_slice();
        }
        if self.config().is_none_or(|before| before.receive != config.receive) {
            self.playout = None;
        }
        self.sender.change_clock(config.send.codec.clock_rate());
        let refuses_replayed = config.options.refuses_replayed;
        match (config.options.srtp, &mut self.secure) {
            (None, secure) => *secure = None,
            (Some(keys), Some(secure)) => secure.change(keys, refuses_replayed),
            (Some(keys), none) => *none = Some(Box::new(Secure::new(keys, refuses_replayed))),
        }
        self.watch.received = now;
        self.config = Some(config);
    }

    /// Whether wideband audio may come, or is to go.
    pub(super) fn is_wide(&self) -> bool {
        self.config().is_some_and(|config| {
            let codecs = config.receive.iter().chain([&config.send]).map(|payload| payload.codec);
            codecs.into_iter().any(|codec| codec.sample_rate() > 8_000)
        })
    }

    /// The codec that the far end hears.
    pub(super) fn send_codec(&self) -> Option<Codec> {
        self.config().map(|config| config.send.codec)
    }

    /// Whether the far end may speak, by what was agreed.
    pub(super) fn receives(&self) -> bool {
        self.config().is_some_and(|config| match config.direction {
            Direction::SendRecv | Direction::RecvOnly => true,
            Direction::SendOnly | Direction::Inactive => false,
        })
    }

    /// Whether the far end is to hear anything, by what was agreed.
    pub(super) fn sends(&self) -> bool {
        self.config().is_some_and(|config| match config.direction {
            Direction::SendRecv | Direction::SendOnly => true,
            Direction::RecvOnly | Direction::Inactive => false,
        })
    }

    /// The one codec that this stream sends, accepts and has last received, where it is one.
    pub(super) fn single_codec(&self) -> Option<Codec> {
        let config = self.config()?;
        let codec = config.send.codec;
        let accepted = config.receive.iter().any(|payload| payload.codec == codec);
        (accepted && self.last_codec.is_none_or(|last| last == codec)).then_some(codec)
    }

    /// Sorts a packet: believes it only from the source learned, and only with a payload type that was agreed.
    pub(super) fn receive(&mut self, now: Duration, from: SocketAddr, packet: &Packet<'_>) -> Incoming {
        let Some(config) = &self.config else { return Incoming::Nothing };
        let payload_type = packet.header.payload_type;
        let incoming = if config.receive_events == Some(payload_type) {
            Incoming::Event
        } else if let Some(payload) =
            config.receive.iter().find(|payload| payload.payload_type == payload_type)
        {
            Incoming::Speech(payload.codec)
        } else if payload_type == comfort::PAYLOAD_TYPE {
            Incoming::Noise
        } else {
            Incoming::Other
        };
        let Some(source) = &mut self.source else { return Incoming::Nothing };
        // Something that was not agreed on qualifies nobody.
        if matches!(incoming, Incoming::Noise | Incoming::Other) && source.accepted() != Some(from) {
            return Incoming::Nothing;
        }
        let judgement = match &self.secure {
            None => source.judge(now, from, &packet.header),
            Some(_) => source.judge_authentic(now, from, &packet.header),
        };
        match judgement {
            Judgement::Known => {}
            Judgement::Learned => self.reception.expect_another(),
            Judgement::Refused => {
                self.refused += 1;
                return Incoming::Nothing;
            }
        }
        (self.watch.received, self.watch.told) = (now, false);
        if let Incoming::Speech(codec) = incoming {
            self.reception.change_clock(codec.clock_rate());
        }
        match self.reception.received(&packet.header, packet.payload.len(), now) {
            Arrival::Valid => {}
            Arrival::Restarted => self.relayed = None,
            Arrival::Doubtful => return Incoming::Nothing,
        }
        self.octets += packet.payload.len() as u64;
        if !self.receives() {
            return Incoming::Nothing;
        }
        if let Incoming::Speech(codec) = incoming {
            self.last_codec = Some(codec);
            self.follow(codec);
        }
        incoming
    }

    /// Sends in the codec that the far end sends, as Asterisk does unless `asymmetric_rtp_codec` is set.
    fn follow(&mut self, codec: Codec) {
        let Some(config) = &mut self.config else { return };
        if config.send.codec == codec || config.options.asymmetric_codec {
            return;
        }
        if let Some(payload) = config.receive.iter().find(|payload| payload.codec == codec) {
            config.send = *payload;
            self.encoder = Encoder::new();
            (self.encoded_len, self.talking) = (0, false);
            self.sender.change_clock(codec.clock_rate());
        }
    }

    /// What a telephone-event packet tells.
    pub(super) fn receive_event(&mut self, now: Duration, packet: &Packet<'_>) -> DigitEvents {
        self.events.received(&packet.header, packet.payload, now)
    }

    /// The digit whose end never came, once it is overdue.
    pub(super) fn overdue_digit(&mut self, now: Duration) -> Option<DigitEvent> {
        self.events.expire(now)
    }

    /// Holds a packet for its turn.
    pub(super) fn hold(&mut self, now: Duration, packet: &Packet<'_>, incoming: Incoming) {
        if let (Incoming::Speech(codec), None, Some(config)) = (incoming, &self.playout, &self.config) {
            self.playout = Some(Playout::new(&config.receive, codec, self.noise_seed));
        }
        let Some(playout) = &mut self.playout else { return };
        match incoming {
            Incoming::Nothing => {}
            Incoming::Speech(codec) => playout.hold_speech(now, packet, codec),
            Incoming::Noise => playout.hold_noise(now, packet),
            Incoming::Event | Incoming::Other => playout.hold_other(now, packet),
        }
    }

    /// Throws away what is held: nobody listens on the tick.
    pub(super) fn let_go(&mut self) {
        if let Some(playout) = &mut self.playout {
            playout.let_go();
        }
    }

    /// The next 20 ms of what the far end says.
    pub(super) fn hear(&mut self, now: Duration, narrow: &mut Frame, wide: Option<&mut WideFrame>) -> Spoken {
        match (&mut self.playout, &self.config) {
            (Some(playout), Some(config)) => playout.hear(now, &config.receive, narrow, wide),
            (None, _) | (_, None) => Spoken::Nothing,
        }
    }

    /// The header under which a packet of this stream is passed on, in numbers that the other stream's sender maps;
    /// `None` for one too old.
    pub(super) fn relay(&mut self, header: &Header) -> Option<Header> {
        let relays = &mut self.relays;
        let relayed = self.relayed.get_or_insert_with(|| {
            *relays = relays.wrapping_add(1);
            Relayed { key: *relays, oldest: header.sequence, kept_back: 0 }
        });
        if header.sequence.wrapping_sub(relayed.oldest) >= 0x8000 {
            return None;
        }
        let sequence = header.sequence.wrapping_sub(relayed.kept_back);
        Some(Header { sequence, ssrc: relayed.key, ..*header })
    }

    /// Notes that a packet is not passed on, though it is of the stream: nobody shall take it for lost.
    pub(super) fn keep_back(&mut self, header: &Header) {
        if let Some(relayed) = &mut self.relayed
            && header.sequence.wrapping_sub(relayed.oldest) < 0x8000
        {
            relayed.kept_back = relayed.kept_back.wrapping_add(1);
            relayed.oldest = header.sequence.wrapping_add(1);
        }
    }

    /// Packets are no longer passed on; when they are again, they follow on what was sent meanwhile.
    pub(super) fn end_relay(&mut self) {
        self.relayed = None;
    }

    /// Whether digits go to the far end as telephone-events.
    pub(super) fn sends_events(&self) -> bool {
        self.config().is_some_and(|config| config.send_events.is_some())
    }

    /// Sends another stream's packet under our own numbers.
    pub(super) fn pass_on(
        &mut self,
        now: Duration,
        header: &Header,
        payload: &[u8],
        incoming: Incoming,
        out: &mut dyn Transmit,
    ) {
        let Some(config) = &self.config else { return };
        let payload_type = match incoming {
            Incoming::Speech(_) => Some(config.send.payload_type),
            Incoming::Event => config.send_events,
            Incoming::Nothing | Incoming::Noise | Incoming::Other => None,
        };
        let Some(payload_type) = payload_type else { return };
        if payload.len() > MAX_PAYLOAD {
            return;
        }
        self.talking = false;
        self.encoded_len = 0;
        let header = self.sender.pass_on(header, payload_type, payload.len(), now);
        self.transmit(now, header, payload, out);
    }

    /// The clock of what we send goes on by 20 ms; once a tick in which nothing is passed on.
    pub(super) fn advance(&mut self) {
        let clock_rate = self.send_codec().map_or(CLOCK_RATE, Codec::clock_rate);
        self.sender.advance(clock_rate / 50);
    }

    /// Says 20 ms of samples at the rate of the codec.
    pub(super) fn say(&mut self, now: Duration, samples: &[i16], out: &mut dyn Transmit) {
        let Some(codec) = self.send_codec().filter(|_| self.sends()) else { return };
        let mut octets = [0; MAX_OCTETS];
        let length = self.encoder.encode(codec, samples, &mut octets);
        self.speak(now, &octets[..length], out);
    }

    /// Sends 20 ms of octets, or gathers them where packets are longer or shorter.
    pub(super) fn speak(&mut self, now: Duration, octets: &[u8], out: &mut dyn Transmit) {
        let Some(config) = self.config.as_deref().filter(|_| self.sends()) else { return };
        let Payload { payload_type, codec } = config.send;
        if config.ptime_ms == 20 {
            let marker = !std::mem::replace(&mut self.talking, true);
            let timestamp = self.sender.timestamp();
            let header = self.sender.next_at(timestamp, payload_type, marker, octets.len(), now);
            self.transmit(now, header, octets, out);
            return;
        }
        // Whole tens of milliseconds that fit a packet.
        let longest_ms = MAX_PAYLOAD / codec.octets_per_ms() / 10 * 10;
        let packet_ms = usize::from(config.ptime_ms).clamp(10, longest_ms);
        let packet_len = packet_ms * codec.octets_per_ms();
        let packet_units = packet_ms as u32 * (codec.clock_rate() / 1000);
        if self.encoded_len == 0 {
            self.encoded_from = self.sender.timestamp();
        }
        let end = self.encoded_len + octets.len();
        self.encoded[self.encoded_len..end].copy_from_slice(octets);
        self.encoded_len = end;
        let mut sent = 0;
        while end - sent >= packet_len {
            let marker = !std::mem::replace(&mut self.talking, true);
            let header = self.sender.next_at(self.encoded_from, payload_type, marker, packet_len, now);
            let mut payload = [0; MAX_PAYLOAD];
            payload[..packet_len].copy_from_slice(&self.encoded[sent..sent + packet_len]);
            self.transmit(now, header, &payload[..packet_len], out);
            self.encoded_from = self.encoded_from.wrapping_add(packet_units);
            sent += packet_len;
        }
        self.encoded.copy_within(sent..end, 0);
        self.encoded_len = end - sent;
    }

    /// There is nothing to say in this tick.
    pub(super) fn fall_silent(&mut self) {
        self.talking = false;
        self.encoded_len = 0;
    }

    /// Holds a digit for this tick, by telephone-event.
    pub(super) fn press(&mut self, now: Duration, press: Press, out: &mut dyn Transmit) {
        if press.elapsed_ms == 0 {
            // What is left of the one before goes out at once.
            while self.continue_digit(now, out) {}
            let timestamp = self.sender.timestamp();
            self.digit = EventSender::new(press.digit, press.duration_ms, timestamp, CLOCK_RATE);
        }
        self.fall_silent();
        self.continue_digit(now, out);
    }

    /// Sends the next packet of the digit under way, if there is one: its end is sent thrice.
    pub(super) fn continue_digit(&mut self, now: Duration, out: &mut dyn Transmit) -> bool {
        let payload_type = self.config().filter(|_| self.sends()).and_then(|config| config.send_events);
        let Some(packet) = self.digit.as_mut().and_then(EventSender::tick) else {
            self.digit = None;
            return false;
        };
        if let Some(payload_type) = payload_type {
            let length = packet.payload.len();
            let header = self.sender.next_at(packet.timestamp, payload_type, packet.marker, length, now);
            self.transmit(now, header, &packet.payload, out);
        }
        true
    }

    /// Whether a digit by telephone-event is under way, its repeated end packets among it.
    pub(super) fn is_pressing(&self) -> bool {
        self.digit.is_some()
    }

    /// Takes an RTCP packet.
    pub(super) fn receive_reports(&mut self, now: Duration, wall: Duration, from: SocketAddr, packet: &[u8]) {
        let Some(source) = &mut self.source else { return };
        if self.secure.is_some() {
            source.note_report(from);
        } else if !source.believes_report(from) {
            self.refused += 1;
            return;
        }
        self.reports.receive(now, wall, packet, &mut self.reception, self.sender.ssrc());
    }

    /// Sends an RTCP report when it is time.
    pub(super) fn report(
        &mut self,
        now: Duration,
        wall: Duration,
        random: &mut Random,
        out: &mut dyn Transmit,
    ) {
        let interval = self.config().map(|config| config.options.report_interval);
        if interval.is_some_and(|interval| self.reports.is_due(now, interval, random)) {
            self.send_report(now, wall, false, out);
        }
    }

    /// Says goodbye by RTCP, where anything was said at all (RFC 3550 §6.3.7).
    pub(super) fn goodbye(&mut self, now: Duration, wall: Duration, out: &mut dyn Transmit) {
        if self.sent_packets > 0 || self.reports.have_been_sent() {
            self.send_report(now, wall, true, out);
        }
    }

    fn send_report(&mut self, now: Duration, wall: Duration, leaving: bool, out: &mut dyn Transmit) {
        let Some(config) = self.config.as_deref() else { return };
        let (kind, to) = match config.options.rtcp_mux {
            true => (PacketKind::Rtp, destination(config, self.source.as_ref())),
            false => (PacketKind::Rtcp, report_destination(config, self.source.as_ref())),
        };
        let (port, secure) = (self.port, &mut self.secure);
        self.reports.send(now, wall, &mut self.reception, &self.sender, leaving, |packet, length| {
            let length = match secure {
                Some(secure) => secure.sealer.seal_rtcp(packet, length),
                None => Ok(length),
            };
            if let Ok(length) = length {
                out.send(port, kind, to, &packet[..length]);
            }
        });
    }

    /// What a datagram is: where RTP and RTCP share a port, that is not told by where it came.
    pub(super) fn kind_of(&self, kind: PacketKind, datagram: &[u8]) -> PacketKind {
        let shared = self.config().is_some_and(|config| config.options.rtcp_mux);
        if shared && classify(datagram) == Kind::Rtcp { PacketKind::Rtcp } else { kind }
    }

    /// Whether what comes and goes is sealed.
    pub(super) fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// Opens a sealed datagram into `room`, and tells the length of what it held; `None` for one that is not of the far end.
    pub(super) fn open(&mut self, kind: PacketKind, datagram: &[u8], room: &mut [u8]) -> Option<usize> {
        let secure = self.secure.as_deref_mut()?;
        let room = room.get_mut(..datagram.len())?;
        room.copy_from_slice(datagram);
        let opened = secure.open(kind, room).ok();
        self.refused += u64::from(opened.is_none());
        opened
    }

    /// Whether nothing has come for as long as was allowed; told once, until something comes.
    pub(super) fn is_overdue(&mut self, now: Duration) -> bool {
        let Some(config) = &self.config else { return false };
        let limit = match config.direction {
            Direction::SendRecv | Direction::SendOnly => config.options.timeout,
            Direction::RecvOnly | Direction::Inactive => config.options.hold_timeout,
        };
        let silent = now.saturating_sub(self.watch.received);
        let overdue = !self.watch.told && limit.is_some_and(|limit| silent >= limit);
        self.watch.told |= overdue;
        overdue
    }

    /// Sends comfort noise where nothing has gone out for as long as was wished.
    pub(super) fn keep_alive(&mut self, now: Duration, out: &mut dyn Transmit) {
        let interval = self.config().and_then(|config| config.options.keepalive);
        if interval.is_some_and(|interval| now.saturating_sub(self.watch.sent) >= interval) {
            let header = self.sender.next(comfort::PAYLOAD_TYPE, false, KEEPALIVE.len(), now);
            self.transmit(now, header, &KEEPALIVE, out);
        }
    }

    pub(super) fn statistics(&self) -> LegStatistics {
        let received = self.reception.statistics();
        let (remote_lost, remote_jitter_us, round_trip_us) = self.reports.of_remote();
        LegStatistics {
            sent_packets: self.sent_packets,
            sent_octets: self.sent_octets,
            received_packets: received.packets,
            received_octets: self.octets,
            lost_packets: received.lost.max(0) as u64,
            refused_packets: self.refused,
            local_ssrc: self.sender.ssrc(),
            remote_ssrc: self.reception.ssrc().unwrap_or(0),
            jitter_us: received.jitter.as_micros() as u32,
            remote_lost,
            remote_jitter_us,
            round_trip_us,
            quality: self.reports.quality(),
        }
    }

    /// What the switch is to be told now: figures that are due and have changed.
    pub(super) fn news(&mut self, now: Duration) -> Option<LegStatistics> {
        let telling = &mut self.telling;
        if now < telling.due {
            return None;
        }
        let early = now.saturating_sub(telling.began) < EARLY;
        telling.due = now + if early { TELL_EARLY } else { TELL };
        let statistics = self.statistics();
        let counted = (statistics.sent_packets, statistics.received_packets);
        (std::mem::replace(&mut self.telling.told, counted) != counted).then_some(statistics)
    }

    fn transmit(&mut self, now: Duration, header: Header, payload: &[u8], out: &mut dyn Transmit) {
        let Some(config) = self.config.as_deref() else { return };
        let to = destination(config, self.source.as_ref());
        let mut packet = [0; HEADER_LEN + MAX_PAYLOAD + MAX_TRAILER];
        let written = Packet::new(header, payload).write(&mut packet);
        let written = match (written, &mut self.secure) {
            (Ok(length), Some(secure)) => secure.sealer.seal_rtp(&mut packet, length),
            (written, _) => written,
        };
        if let Ok(length) = written {
            self.sent_packets += 1;
            self.sent_octets += payload.len() as u64;
            self.watch.sent = now;
            out.send(self.port, PacketKind::Rtp, to, &packet[..length]);
        }
    }
}

/// Where RTP goes: where the far end's comes from, where that is wished and known; else what was agreed.
fn destination(config: &StreamConfig, source: Option<&Source>) -> SocketAddr {
    let learned = source.and_then(Source::accepted).filter(|_| config.symmetric);
    learned.unwrap_or(config.remote)
}

/// Where reports go: where the far end's come from; until then, what was agreed, or the port above that of its RTP where
/// that comes from another address than agreed.
fn report_destination(config: &StreamConfig, source: Option<&Source>) -> SocketAddr {
    let Some(source) = source.filter(|_| config.symmetric) else { return config.remote_rtcp };
    let learned = source.accepted().filter(|accepted| *accepted != config.remote);
    match (source.reports(), learned) {
        (Some(reports), _) => reports,
        (None, Some(rtp)) => SocketAddr::new(rtp.ip(), rtp.port().checked_add(1).unwrap_or(rtp.port())),
        (None, None) => config.remote_rtcp,
    }
}
