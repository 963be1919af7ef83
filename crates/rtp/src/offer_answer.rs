//! Offer and answer for one SIP session with one audio stream (RFC 3264).
//!
//! Glare and retries are the signalling's: here an offer of ours that failed is [rolled back](Negotiator::rollback), and
//! whatever was agreed before it goes on.

use std::net::{IpAddr, SocketAddr};

use crate::sdp::{self, LocalDescription, LocalMedia, Media};
use crate::srtp::Keys;
use crate::srtp::sdes::{Crypto, Sdes};
use crate::{Codec, Direction, Payload, StreamConfig, StreamOptions};

/// The session name that we write unless told otherwise.
pub const SESSION_NAME: &str = "Strowger";
/// Who our `o=` line says made it, where nothing else is asked for.
pub const OWNER: &str = "-";
/// Packet time that we send unless told otherwise, in milliseconds.
pub const DEFAULT_PTIME_MS: u8 = 20;
/// Payload type under which we offer telephone-event.
pub const EVENT_PAYLOAD_TYPE: u8 = 101;
/// The first payload type under which we offer what has no static one.
pub const DYNAMIC_PAYLOAD_TYPE: u8 = 118;

/// Why no stream came of an offer or an answer. What was agreed before still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The body cannot be read.
    #[error("the session description is malformed")]
    Malformed,
    /// There is no audio in it.
    #[error("the session description has no audio")]
    NoAudio,
    /// There is audio, and none of its codecs is allowed.
    #[error("no codec in common")]
    NoCommonCodec,
    /// There is audio, over a transport that we do not have, or not with this far end, such as SRTP.
    #[error("the audio is not offered over a transport that is allowed")]
    Transport,
    /// There is audio, and without a key that we can use, where nothing may go in the clear.
    #[error("the audio is offered without a key that can be used")]
    Encryption,
    /// The address is missing, a host name, multicast, or of another family than ours.
    #[error("the media address cannot be reached from here")]
    Address,
    /// The audio stream has port 0: refused, or given up.
    #[error("the audio stream is refused")]
    PortZero,
    /// An answer came to no offer.
    #[error("there is no offer of ours to be answered")]
    NoOffer,
}

impl Reject {
    /// The SIP status that answers an offer so rejected; after a rejected answer the call is to be ended instead.
    pub fn status(self) -> u16 {
        match self {
            Reject::Malformed => 400,
            Reject::NoAudio
            | Reject::NoCommonCodec
            | Reject::Transport
            | Reject::Encryption
            | Reject::Address
            | Reject::PortZero => 488,
            Reject::NoOffer => 400,
        }
    }
}

/// What our side brings to the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where we receive RTP; the address goes into `o=` and `c=`.
    pub local: SocketAddr,
    /// The codecs that the endpoint allows, preferred first.
    pub codecs: Vec<Codec>,
    /// Whether digits go as telephone-event (`dtmf_mode=rfc4733`).
    pub events: bool,
    /// Packet time that we send, milliseconds: 10 to 60 in steps of 10.
    pub ptime_ms: u8,
    /// `rtp_symmetric`.
    pub symmetric: bool,
    /// Keys for SRTP; `None` where media goes in the clear and no other offer is taken (`media_encryption`).
    pub encryption: Option<Sdes>,
    /// Whether RTCP may go over RTP's port (`rtcp_mux`).
    pub rtcp_mux: bool,
    /// What goes into the stream as it is; its keys and its `rtcp_mux` are what is negotiated.
    pub options: StreamOptions,
    /// The session's number and the first version in our `o=` line.
    pub session_id: u64,
    /// Our `s=` line, without line ends (`sdp_session`).
    pub session_name: String,
    /// Who our `o=` line says made it: a word (`sdp_owner`).
    pub owner: String,
}

impl Settings {
    /// The usual settings: telephone-event, 20 ms, symmetric.
    pub fn new(local: SocketAddr, codecs: Vec<Codec>, session_id: u64) -> Settings {
        Settings {
            local,
            codecs,
            events: true,
            ptime_ms: DEFAULT_PTIME_MS,
            symmetric: true,
            encryption: None,
            rtcp_mux: false,
            options: StreamOptions::default(),
            session_id,
            session_name: SESSION_NAME.to_owned(),
            owner: OWNER.to_owned(),
        }
    }
}

/// Offer/answer state of one SIP session.
#[derive(Debug, Clone)]
pub struct Negotiator {
    settings: Settings,
    /// Which way we want media to flow; less than both ways where we hold the far end.
    wanted: Direction,
    /// What we described last and the version it went under.
    described: Option<(LocalDescription, u64)>,
    /// Our last offer, until it is rolled back or the far end makes its own.
    offered: Option<LocalDescription>,
    /// It has had no answer yet.
    awaiting: bool,
    agreed: Option<Agreed>,
}

/// An agreed session: the stream, and the `m=` lines that a later offer keeps (RFC 3264 §8).
#[derive(Debug, Clone)]
struct Agreed {
    stream: StreamConfig,
    lines: Vec<LocalMedia>,
    /// Which of the lines is the stream.
    at: usize,
}

/// The transport of an `m=` line of ours, and what goes with it.
struct Secured {
    protocol: String,
    crypto: Option<Crypto>,
    rtcp_mux: bool,
}

impl Negotiator {
    /// Nothing described and nothing agreed yet.
    pub fn new(settings: Settings) -> Negotiator {
        Negotiator {
            settings,
            wanted: Direction::SendRecv,
            described: None,
            offered: None,
            awaiting: false,
            agreed: None,
        }
    }

    /// What our side brings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The stream as agreed last.
    pub fn agreed(&self) -> Option<&StreamConfig> {
        self.agreed.as_ref().map(|agreed| &agreed.stream)
    }

    /// Whether an offer of ours awaits its answer.
    pub fn is_offering(&self) -> bool {
        self.awaiting
    }

    /// Which way media is to flow in the next offer or answer: [`Direction::SendOnly`] holds the far end.
    pub fn want(&mut self, direction: Direction) {
        self.wanted = direction;
    }

    /// Our offer: the first, or a new one in the session (RFC 3264 §5, §8). One that is still pending is replaced.
    pub fn offer(&mut self) -> String {
        let (mut media, at) = match &self.agreed {
            Some(agreed) => (agreed.lines.clone(), agreed.at),
            None => (Vec::new(), 0),
        };
        let (protocol, crypto) = self.offered_protection();
        let secured = Secured { protocol, crypto, rtcp_mux: self.settings.rtcp_mux };
        let audio = self.audio_line(self.offered_payloads(), self.offered_events(), secured, self.wanted);
        match media.get_mut(at) {
            Some(line) => *line = audio,
            None => media.push(audio),
        }
        let description = self.description(media);
        self.offered = Some(description.clone());
        self.awaiting = true;
        self.body(description)
    }

    /// Takes our offer back, its answer having failed: refused, timed out, or crossed by the far end's own.
    pub fn rollback(&mut self) {
        self.offered = None;
        self.awaiting = false;
    }

    /// Answers an offer, the first or a new one (RFC 3264 §6, §8). Codecs keep the offerer's order, less those not
    /// allowed, and we send the first. Audio after the first usable line, and other media, are refused in their place.
    pub fn answer(&mut self, offer: &[u8]) -> Result<(String, StreamConfig), Reject> {
        let offer = sdp::parse(offer).map_err(|_| Reject::Malformed)?;
        let at = self.usable_line(&offer.media)?;
        let media = &offer.media[at];
        let payloads = self.common(media);
        let events = media.events().filter(|_| self.settings.events);
        let direction = far_direction(media).mirrored().and(self.wanted);
        let ours = self.answered_crypto(media);
        let rtcp_mux = self.settings.rtcp_mux && media.rtcp_mux;
        let keys = ours.and_then(|ours| keys(ours, media));
        let options = StreamOptions { srtp: keys, rtcp_mux, ..self.settings.options.clone() };
        let stream =
            self.stream(media, payloads.clone(), payloads.clone(), (events, events), direction, options)?;
        let lines: Vec<LocalMedia> = offer
            .media
            .iter()
            .enumerate()
            .map(|(index, media)| {
                if index == at {
                    let protocol = media.protocol.clone();
                    let secured = Secured { protocol, crypto: ours, rtcp_mux };
                    self.audio_line(payloads.clone(), events, secured, direction)
                } else {
                    refused(media)
                }
            })
            .collect();
        self.agreed = Some(Agreed { stream: stream.clone(), lines: lines.clone(), at });
        if !self.awaiting {
            self.offered = None;
        }
        let description = self.description(lines);
        Ok((self.body(description), stream))
    }

    /// Takes the answer to our offer (RFC 3264 §7). We send the first codec of the answer.
    ///
    /// On an error the offer counts as answered: what was agreed before it goes on. A further answer to the same offer, as
    /// a 200 after a 183 or from another branch brings it, takes the former one's place.
    pub fn accept(&mut self, answer: &[u8]) -> Result<StreamConfig, Reject> {
        let offer = self.offered.clone().ok_or(Reject::NoOffer)?;
        self.awaiting = false;
        let answer = sdp::parse(answer).map_err(|_| Reject::Malformed)?;
        let at = self.agreed.as_ref().map_or(0, |agreed| agreed.at);
        // Answers keep the offer's lines; a single line short of that is still the stream.
        let media = answer.media.get(at).filter(|media| media.is_audio());
        let media =
            media.or_else(|| answer.media.iter().find(|media| media.is_audio())).ok_or(Reject::NoAudio)?;
        self.check(media)?;
        let Some(LocalMedia::Audio { payloads: offered, events, crypto, rtcp_mux, .. }) = offer.media.get(at)
        else {
            return Err(Reject::NoAudio);
        };
        let srtp = crypto.and_then(|ours| keys(ours, media));
        if srtp.is_none() && self.settings.encryption.as_ref().is_some_and(|sdes| !sdes.optimistic) {
            return Err(Reject::Encryption);
        }
        let rtcp_mux = *rtcp_mux && media.rtcp_mux;
        let options = StreamOptions { srtp, rtcp_mux, ..self.settings.options.clone() };
        let send: Vec<Payload> = media.codecs().filter(|payload| self.allows(payload.codec)).collect();
        let taken = |payload: &&Payload| send.iter().any(|sent| sent.codec == payload.codec);
        let receive = offered.iter().filter(taken).copied().collect();
        let far_events = media.events().filter(|_| events.is_some());
        let direction = far_direction(media).mirrored().and(self.wanted_in(&offer, at));
        let events = (far_events, events.filter(|_| far_events.is_some()));
        let stream = self.stream(media, send, receive, events, direction, options)?;
        self.agreed = Some(Agreed { stream: stream.clone(), lines: offer.media, at });
        Ok(stream)
    }

    /// The line that our stream is, or the reason why none can be: that of the first audio line.
    fn usable_line(&self, media: &[Media]) -> Result<usize, Reject> {
        let before = self.agreed.as_ref().map(|agreed| agreed.at);
        if let Some(at) = before.filter(|&at| media.get(at).is_some_and(|media| self.check(media).is_ok())) {
            return Ok(at);
        }
        let mut reason = Reject::NoAudio;
        for (at, line) in media.iter().enumerate().filter(|(_, line)| line.is_audio()) {
            match self.check(line) {
                Ok(()) => return Ok(at),
                Err(error) if reason == Reject::NoAudio => reason = error,
                Err(_) => {}
            }
        }
        Err(reason)
    }

    fn check(&self, media: &Media) -> Result<(), Reject> {
        if !media.is_audio() {
            return Err(Reject::NoAudio);
        }
        if media.port == 0 {
            return Err(Reject::PortZero);
        }
        self.check_protection(media)?;
        if self.common(media).is_empty() {
            return Err(Reject::NoCommonCodec);
        }
        // An unspecified address is the old way to hold, of either family.
        let local = self.settings.local.ip();
        let reachable = |address: &IpAddr| {
            address.is_unspecified() || !address.is_multicast() && address.is_ipv4() == local.is_ipv4()
        };
        media.address.filter(reachable).map(|_| ()).ok_or(Reject::Address)
    }

    /// Whether the stream is protected as the endpoint wants it.
    fn check_protection(&self, media: &Media) -> Result<(), Reject> {
        let has_key = !media.crypto.is_empty();
        match &self.settings.encryption {
            _ if !media.is_plain_rtp() && !media.is_secure_rtp() => Err(Reject::Transport),
            None if media.is_secure_rtp() => Err(Reject::Transport),
            None => Ok(()),
            Some(_) if media.is_secure_rtp() => {
                if has_key {
                    Ok(())
                } else {
                    Err(Reject::Encryption)
                }
            }
            Some(sdes) => {
                if sdes.optimistic {
                    Ok(())
                } else {
                    Err(Reject::Encryption)
                }
            }
        }
    }

    /// The transport of our offer and our key in it: as agreed before, where it was.
    fn offered_protection(&self) -> (String, Option<Crypto>) {
        let Some(sdes) = &self.settings.encryption else { return ("RTP/AVP".to_owned(), None) };
        let agreed = self.agreed.as_ref().and_then(|agreed| match agreed.lines.get(agreed.at) {
            Some(LocalMedia::Audio { protocol, crypto: Some(crypto), .. }) => {
                Some((protocol.clone(), *crypto))
            }
            Some(LocalMedia::Audio { .. } | LocalMedia::Refused { .. }) | None => None,
        });
        match agreed {
            Some((protocol, crypto)) => (protocol, Some(crypto)),
            None => {
                // RFC 4568 has no way to offer both: Asterisk's is keys beside plain RTP.
                let protocol = if sdes.optimistic { "RTP/AVP" } else { "RTP/SAVP" };
                (protocol.to_owned(), sdes.ours(1, sdes.offered))
            }
        }
    }

    /// Our key in the answer to a stream that is offered with keys: in the suite of the first that we can use.
    fn answered_crypto(&self, media: &Media) -> Option<Crypto> {
        let offered = media.crypto.first()?;
        self.settings.encryption.as_ref()?.ours(offered.tag, offered.key.suite())
    }

    /// The codecs in common, in the far end's order and under its payload types.
    fn common(&self, media: &Media) -> Vec<Payload> {
        media.codecs().filter(|payload| self.allows(payload.codec)).collect()
    }

    fn allows(&self, codec: Codec) -> bool {
        self.settings.codecs.contains(&codec)
    }

    fn stream(
        &self,
        media: &Media,
        send: Vec<Payload>,
        receive: Vec<Payload>,
        (send_events, receive_events): (Option<u8>, Option<u8>),
        direction: Direction,
        options: StreamOptions,
    ) -> Result<StreamConfig, Reject> {
        let remote = media.rtp_address().ok_or(Reject::Address)?;
        let remote_rtcp = if options.rtcp_mux { Some(remote) } else { media.rtcp_address() };
        Ok(StreamConfig {
            remote,
            remote_rtcp: remote_rtcp.ok_or(Reject::Address)?,
            send: *send.first().ok_or(Reject::NoCommonCodec)?,
            receive,
            send_events,
            receive_events,
            ptime_ms: self.ptime_to(media),
            direction,
            symmetric: self.settings.symmetric,
            options,
        })
    }

    /// Our packet time, or the longest that the far end takes where that is shorter.
    fn ptime_to(&self, media: &Media) -> u8 {
        let ours = self.settings.ptime_ms.clamp(10, 60) / 10 * 10;
        let longest = media.maxptime_ms.map_or(ours, |longest| (longest.clamp(10, 60) / 10 * 10) as u8);
        ours.min(longest)
    }

    /// The direction that our offer had.
    fn wanted_in(&self, offer: &LocalDescription, at: usize) -> Direction {
        match offer.media.get(at) {
            Some(LocalMedia::Audio { direction, .. }) => *direction,
            Some(LocalMedia::Refused { .. }) | None => Direction::Inactive,
        }
    }

    /// All allowed codecs, those agreed before under the payload types they had (RFC 3264 §8.3.2), others under their
    /// static ones, or the first from [`DYNAMIC_PAYLOAD_TYPE`] on that nothing else has.
    fn offered_payloads(&self) -> Vec<Payload> {
        let before = |codec: Codec| {
            let agreed = self.agreed()?.receive.iter().find(|payload| payload.codec == codec)?;
            Some(agreed.payload_type)
        };
        let known = |codec: Codec| before(codec).or(codec.static_payload_type());
        let events = self.agreed().and_then(|stream| stream.receive_events).unwrap_or(EVENT_PAYLOAD_TYPE);
        let mut taken: Vec<u8> = self.settings.codecs.iter().filter_map(|codec| known(*codec)).collect();
        taken.push(events);
        let payload = |&codec: &Codec| {
            let payload_type = known(codec).or_else(|| {
                let free = (DYNAMIC_PAYLOAD_TYPE..=127).find(|free| !taken.contains(free))?;
                taken.push(free);
                Some(free)
            })?;
            Some(Payload { payload_type, codec })
        };
        self.settings.codecs.iter().filter_map(payload).collect()
    }

    fn offered_events(&self) -> Option<u8> {
        if !self.settings.events {
            return None;
        }
        let before = self.agreed().and_then(|stream| stream.receive_events);
        let codecs = self.offered_payloads();
        let free = |payload_type: &u8| codecs.iter().all(|payload| payload.payload_type != *payload_type);
        before.or_else(|| (EVENT_PAYLOAD_TYPE..=127).find(free))
    }

    fn audio_line(
        &self,
        payloads: Vec<Payload>,
        events: Option<u8>,
        secured: Secured,
        direction: Direction,
    ) -> LocalMedia {
        let Secured { protocol, crypto, rtcp_mux } = secured;
        LocalMedia::Audio {
            port: self.settings.local.port(),
            protocol,
            payloads,
            events,
            ptime_ms: self.settings.ptime_ms,
            direction,
            crypto,
            rtcp_mux,
        }
    }

    fn description(&self, media: Vec<LocalMedia>) -> LocalDescription {
        LocalDescription {
            session_id: self.settings.session_id,
            address: self.settings.local.ip(),
            session_name: self.settings.session_name.clone(),
            owner: self.settings.owner.clone(),
            media,
        }
    }

    /// The body under the version of the last one, or the next where it differs from that (RFC 3264 §8).
    fn body(&mut self, description: LocalDescription) -> String {
        let version = match &self.described {
            Some((last, version)) if *last == description => *version,
            Some((_, version)) => version.wrapping_add(1),
            None => self.settings.session_id,
        };
        let body = description.to_body(version);
        self.described = Some((description, version));
        body
    }
}

/// The keys of both ways: ours, and the far end's of the same tag and suite.
fn keys(ours: Crypto, media: &Media) -> Option<Keys> {
    let same = |theirs: &&Crypto| theirs.tag == ours.tag && theirs.key.suite() == ours.key.suite();
    media.crypto.iter().find(same).map(|theirs| Keys { send: ours.key, receive: theirs.key })
}

/// The far end's direction; an unspecified address takes away its receiving, the old way to hold (RFC 3264 §8.4).
fn far_direction(media: &Media) -> Direction {
    match media.address {
        Some(address) if address.is_unspecified() => media.direction.and(Direction::SendOnly),
        Some(_) | None => media.direction,
    }
}

fn refused(media: &Media) -> LocalMedia {
    LocalMedia::Refused {
        name: media.name.clone(),
        protocol: media.protocol.clone(),
        formats: media.formats.clone(),
    }
}

#[cfg(test)]
mod tests;
