//! One call through the whole switch, by hand: INVITE in, StasisStart out, commands in, SIP out.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use call::{Limits, PortCredit, ShardId, Time};
use signalling::config::{Endpoint, Protocol, Transport};
use stasis::{Answer, ChannelCommand, Command, Message, SessionId, Ticket};
use switch::{Config, Input, Output, Switch};

const PLAN: &str = "[default]\nexten => 1000,1,Stasis(my-app)\n same => n,Hangup()\n";

fn endpoint(name: &str) -> Endpoint {
    Endpoint {
        name: name.into(),
        context: "default".into(),
        codecs: vec![rtp::Codec::Pcmu],
        auths: vec![],
        aors: vec![],
        media: signalling::config::MediaOptions { symmetric: true, ..Default::default() },
        rewrite_contact: true,
        ..Endpoint::default()
    }
}

struct Bench {
    switch: Switch,
    now: Duration,
    out: Vec<Output>,
}

impl Bench {
    fn new() -> Bench {
        let config = conf::Config::parse("extensions.conf", PLAN);
        let applications = dialplan::Applications { supported: dialplan::SUPPORTED };
        let (plan, complaints) = dialplan::Dialplan::load(&config, applications);
        assert!(complaints.is_empty(), "{complaints:?}");
        let bind: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        let transport = Transport {
            name: "udp".into(),
            protocol: Protocol::Udp,
            bind,
            external_signaling_address: None,
            external_signaling_port: None,
            external_media_address: None,
            local_nets: vec![],
            symmetric: false,
        };
        let sip = signalling::Config {
            user_agent: "Strowger".into(),
            realm: "strowger".into(),
            transports: vec![transport],
            endpoints: vec![endpoint("anonymous")],
            anonymous: Some("anonymous".into()),
            ..signalling::Config::default()
        };
        let config = Config {
            limits: Limits::default(),
            sip,
            dialplan: Arc::new(plan),
            shown_variables: vec![],
            zone: call::Zone::default(),
        };
        let mut bench = Bench { switch: Switch::new(config, 7), now: Duration::ZERO, out: vec![] };
        let credit =
            PortCredit { port: media::PortId(1), address: "127.0.0.1".parse().unwrap(), rtp_port: 10_000 };
        bench.give(Input::Ports { shard: ShardId(0), ports: vec![credit] });
        bench
    }

    fn give(&mut self, input: Input) {
        self.now += Duration::from_millis(1);
        let time = Time { now: self.now, unix_ms: 1_795_404_346_000 + self.now.as_millis() as u64 };
        self.switch.handle(time, input);
        self.out.clear();
        while let Some(output) = self.switch.next_output() {
            self.out.push(output);
        }
    }

    fn sip(&mut self, text: &str) {
        let flow = sip::Flow::udp("127.0.0.1:5060".parse().unwrap(), "127.0.0.1:5066".parse().unwrap());
        let message = Bytes::from(text.replace('\n', "\r\n"));
        self.give(Input::Sip(signalling::Input::Received { flow, message }));
    }

    fn command(&mut self, ticket: u64, command: Command) {
        self.give(Input::Command { ticket: Ticket(ticket), command });
    }

    fn told(&self) -> Vec<&'static str> {
        let name = |output: &Output| match output {
            Output::Delivery(delivery) => Some(delivery.message.type_name()),
            _ => None,
        };
        self.out.iter().filter_map(name).collect()
    }

    fn sent(&self) -> Vec<String> {
        let text = |output: &Output| match output {
            Output::Sip(signalling::Output::Send { message, .. }) => {
                Some(String::from_utf8_lossy(message).lines().next().unwrap_or_default().to_owned())
            }
            _ => None,
        };
        self.out.iter().filter_map(text).collect()
    }

    fn replies(&self) -> usize {
        self.out.iter().filter(|output| matches!(output, Output::Reply { .. })).count()
    }
}

const INVITE: &str = "INVITE sip:1000@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5066;rport;branch=z9hG4bK-1
Max-Forwards: 70
From: <sip:1234@127.0.0.1:5066>;tag=t1
To: <sip:1000@127.0.0.1>
Call-ID: call-1
CSeq: 1 INVITE
Contact: <sip:1234@127.0.0.1:5066>
Content-Type: application/sdp

v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40100 RTP/AVP 0 101
a=rtpmap:101 telephone-event/8000
";

#[test]
fn a_call_is_handed_to_its_application_and_does_what_it_says() {
    let mut bench = Bench::new();
    let connect =
        Command::Connect { session: SessionId(1), applications: vec!["my-app".into()], subscribe_all: false };
    bench.command(1, connect);
    assert_eq!(bench.replies(), 1);
    bench.sip(INVITE);
    assert_eq!(bench.told(), ["StasisStart"]);
    assert_eq!(bench.sent(), ["SIP/2.0 100 Trying"]);
    let channel = bench
        .out
        .iter()
        .find_map(|output| match output {
            Output::Delivery(delivery) => match &*delivery.message {
                Message::StasisStart { channel, .. } => Some(channel.id.to_string()),
                _ => None,
            },
            _ => None,
        })
        .unwrap();
    bench
        .command(2, Command::Control { channel: channel.clone(), command: Box::new(ChannelCommand::Answer) });
    assert_eq!(bench.told(), ["ChannelStateChange"]);
    assert_eq!(bench.sent(), ["SIP/2.0 200 OK"]);
    assert_eq!(bench.replies(), 1);
    bench.command(3, Command::Hangup { channel, cause: call::Cause::NORMAL });
    let mut told = bench.told();
    let quality = told.iter().take_while(|name| **name == "ChannelVarset").count();
    assert_eq!(quality, 5, "what became of its audio: RTPAUDIOQOS and its kind");
    assert_eq!(told.split_off(quality), ["ChannelHangupRequest", "StasisEnd"]);
    assert_eq!(bench.sent(), [] as [&str; 0], "BYE waits for the ACK");
    assert_eq!(bench.switch.census().channels, 0);
    assert_eq!(bench.switch.scripts(), 0);
    bench.command(4, Command::Channels);
    assert!(bench.out.iter().any(
        |output| matches!(output, Output::Reply { reply: Ok(Answer::Channels(list)), .. } if list.is_empty())
    ));
}

#[test]
fn without_an_application_the_dialplan_goes_on() {
    let mut bench = Bench::new();
    bench.sip(INVITE);
    assert_eq!(bench.sent(), ["SIP/2.0 100 Trying", "SIP/2.0 603 Decline"]);
    assert_eq!(bench.switch.census().channels, 0);
}
