//! A user agent with one endpoint, `phone` at 192.0.2.9, and everything that goes over the wire as text.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use call::{
    Calls, ChannelKey, ChannelState, Dialing, Event, Limits, NewChannel, Party, PortCredit, Position,
    ShardId, Technology, Time,
};
use media::{Command, PortId};
use rtp::StreamConfig;
use signalling::config::{Aor, Config, Endpoint, Identifier, Identify, Protocol, Transport};
use signalling::{Extensions, Input, Output, UserAgent};
use sip::Flow;

pub const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n";

pub struct Bench {
    pub calls: Calls,
    pub agent: UserAgent,
    /// What was sent, oldest first.
    pub sent: Vec<String>,
    /// What legs were told.
    pub streams: Vec<StreamConfig>,
    pub events: Vec<Event>,
    now: Duration,
}

struct Everything;

impl Extensions for Everything {
    fn exists(&self, _: &str, exten: &str, _: &str) -> bool {
        exten != "nowhere"
    }

    fn hint(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn wants_messages(&self, _: &str) -> bool {
        false
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

impl Bench {
    pub fn new(change: impl FnOnce(&mut Endpoint)) -> Bench {
        let mut endpoint = Endpoint {
            name: "phone".into(),
            codecs: vec![rtp::Codec::Pcmu, rtp::Codec::Pcma],
            aors: vec!["phone".into()],
            ..Endpoint::default()
        };
        change(&mut endpoint);
        let aor =
            Aor { name: "phone".into(), contacts: vec!["sip:100@192.0.2.9".to_owned()], ..Aor::default() };
        let config = Config {
            user_agent: "Strowger".to_owned(),
            realm: "asterisk".to_owned(),
            transports: vec![Transport {
                name: "udp".into(),
                protocol: Protocol::Udp,
                bind: address("192.0.2.1:5060"),
                external_signaling_address: None,
                external_signaling_port: None,
                external_media_address: None,
                local_nets: vec![],
                symmetric: false,
            }],
            endpoints: vec![endpoint],
            aors: vec![aor],
            identifies: vec![Identify {
                name: "phone".into(),
                endpoint: "phone".into(),
                matches: vec![(address("192.0.2.9:0").ip(), 32)],
                hosts: vec![],
                match_header: None,
                match_request_uri: None,
            }],
            identifier_order: vec![Identifier::Ip],
            ..Config::default()
        };
        let mut calls = Calls::new(Limits::default());
        let ports = (0..4).map(|n| PortCredit {
            port: PortId(n),
            address: address("192.0.2.1:0").ip(),
            rtp_port: 10_000 + 2 * n as u16,
        });
        calls.rack().credit(ShardId(0), ports);
        let agent = UserAgent::new(config, 7, &mut calls);
        let mut bench =
            Bench { calls, agent, sent: vec![], streams: vec![], events: vec![], now: Duration::ZERO };
        bench.work();
        bench
    }

    pub fn work(&mut self) {
        while let Some((channel, verb)) = self.calls.next_verb() {
            self.agent.perform(&mut self.calls, &Everything, channel, verb);
        }
        while let Some(output) = self.agent.next_output() {
            if let Output::Send { message, .. } = output {
                self.sent.push(String::from_utf8(message.to_vec()).expect("text"));
            }
        }
        while let Some((_, command)) = self.calls.rack().next_command() {
            if let Command::Configure { stream, .. } = command {
                self.streams.push(*stream);
            }
        }
        while let Some(event) = self.calls.next_event() {
            self.events.push(event);
        }
    }

    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.agent.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.calls.set_time(Time { now: self.now, unix_ms: 0 });
            self.agent.advance(&mut self.calls, &Everything);
            self.work();
        }
        self.now = until;
        self.calls.set_time(Time { now: self.now, unix_ms: 0 });
    }

    pub fn receive(&mut self, message: String) {
        let flow = Flow::udp(address("192.0.2.1:5060"), address("192.0.2.9:5060"));
        let input = Input::Received { flow, message: message.into_bytes().into() };
        self.agent.input(&mut self.calls, &Everything, input);
        self.work();
    }

    /// A channel that calls the phone.
    pub fn dial(&mut self, caller: Party) -> ChannelKey {
        self.dial_for(caller, None)
    }

    /// A channel that calls the phone on behalf of another.
    pub fn dial_diverted(&mut self, owner: ChannelKey) -> ChannelKey {
        self.dial_for(Party::new("", "1"), Some(owner))
    }

    fn dial_for(&mut self, caller: Party, owner: Option<ChannelKey>) -> ChannelKey {
        let channel = self
            .calls
            .create(NewChannel {
                id: None,
                technology: Technology::Sip,
                endpoint: "phone".into(),
                dial_string: "phone".to_owned(),
                state: ChannelState::Down,
                protocol_id: Arc::from(""),
                caller: Party::default(),
                connected: caller,
                dialplan: Position::default(),
                account_code: String::new(),
                language: String::new(),
                variables: vec![],
                owner,
                launch: None,
            })
            .expect("there is room");
        self.calls.dial(channel, Dialing::Created, None);
        self.work();
        channel
    }

    /// A call from the phone, and its channel.
    pub fn called(&mut self, headers: &str, body: &str) -> Option<ChannelKey> {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        self.receive(format!(
            "INVITE sip:200@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKin\r\n\
             From: \"Phone\" <sip:100@192.0.2.9>;tag=far\r\nTo: <sip:200@192.0.2.1>\r\nCall-ID: in\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:100@192.0.2.9>\r\n{headers}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        self.calls.channels().next()
    }

    /// The last message sent that begins so.
    pub fn last(&self, begins: &str) -> &str {
        let found = self.sent.iter().rev().find(|message| message.starts_with(begins));
        found.unwrap_or_else(|| panic!("no {begins} in {:#?}", self.sent))
    }

    pub fn count(&self, begins: &str) -> usize {
        self.sent.iter().filter(|message| message.starts_with(begins)).count()
    }

    /// The far end answers the last request that begins so; a session is described at that port.
    pub fn answer(&mut self, begins: &str, status: &str, tag: &str, headers: &str, port: Option<u16>) {
        let request = self.last(begins).to_owned();
        let kept = |name: &str| {
            let line = request.lines().find(|line| line.starts_with(name));
            line.unwrap_or_default().to_owned()
        };
        let to = if tag.is_empty() { kept("To: ") } else { format!("{};tag={tag}", kept("To: ")) };
        let own = headers.contains("Contact: ");
        let contact = if own { "" } else { "Contact: <sip:100@192.0.2.9>\r\n" };
        let body = port.map(|port| OFFER.replace("4000", &port.to_string())).unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        self.receive(format!(
            "SIP/2.0 {status}\r\n{}\r\n{}\r\n{to}\r\n{}\r\n{}\r\n{contact}\
             {headers}{kind}Content-Length: {}\r\n\r\n{body}",
            kept("Via: "),
            kept("From: "),
            kept("Call-ID: "),
            kept("CSeq: "),
            body.len()
        ));
    }
}

/// A header of a message.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
