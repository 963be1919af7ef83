//! A switch that is configured by the text of `pjsip.conf`, with phones that are addresses and messages that are text.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use call::{Limits, PortCredit, ShardId, Time};
use server::config::{self, Report};
use stasis::{Answer, Command, Ticket};
use switch::{Config, Input, Output, Switch};

/// Where the server listens, unless a text says otherwise.
pub const SERVER: &str = "192.0.2.1:5060";
const TRANSPORT: &str = "[udp]\ntype=transport\nbind=192.0.2.1\n";

/// One message that the server sent.
pub struct Sent {
    pub to: SocketAddr,
    pub text: String,
}

impl Sent {
    /// The request's or the status line.
    pub fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> &str {
        let is_it =
            |line: &&str| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
        let line = self.text.lines().take_while(|line| !line.is_empty()).find(is_it);
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim()).unwrap_or_default()
    }
}

pub struct Bench {
    switch: Switch,
    now: Duration,
    sent: Vec<Sent>,
    pub logged: Vec<String>,
    /// Where the audio of calls was sent to, each time it was said anew.
    pub streams: Vec<SocketAddr>,
    /// Where connections were kept open to.
    pub kept: Vec<SocketAddr>,
    channels: Vec<Arc<call::ChannelSnapshot>>,
}

/// What a directory with these files comes to.
pub fn read(files: &[(&str, &str)]) -> config::Reading {
    config::read_text(files)
}

/// What is wrong; what is not supported yet is left out, for that is for the table to say.
fn complaints(report: &Report) -> Vec<String> {
    let is_slip = |line: &String| !line.contains(": note: ") && !line.contains("not supported yet");
    report.lines().into_iter().filter(is_slip).collect()
}

impl Bench {
    /// A switch with these objects, a transport on [`SERVER`], and this dialplan.
    pub fn new(pjsip: &str, extensions: &str) -> Bench {
        Bench::with(pjsip, &[("extensions.conf", extensions)])
    }

    /// The same with other files besides.
    pub fn with(pjsip: &str, files: &[(&str, &str)]) -> Bench {
        let has_transport = pjsip.contains("type=transport");
        let pjsip = if has_transport { pjsip.to_owned() } else { format!("{TRANSPORT}{pjsip}") };
        let mut files = files.to_vec();
        files.push(("pjsip.conf", &pjsip));
        let reading = read(&files);
        assert_eq!(complaints(&reading.report), [""; 0]);
        let configuration = reading.configuration;
        let config = Config {
            limits: Limits::default(),
            sip: configuration.sip,
            dialplan: Arc::new(configuration.dialplan),
            shown_variables: vec![],
            zone: call::Zone::default(),
        };
        let mut bench = Bench {
            switch: Switch::new(config, 7),
            now: Duration::ZERO,
            sent: vec![],
            logged: vec![],
            streams: vec![],
            kept: vec![],
            channels: vec![],
        };
        let port = |at: u16| PortCredit {
            port: media::PortId(u64::from(at)),
            address: "192.0.2.1".parse().unwrap(),
            rtp_port: 10_000 + 2 * at,
        };
        bench.give(Input::Ports { shard: ShardId(0), ports: (0..8).map(port).collect() });
        bench
    }

    /// Other files take the place of those before.
    pub fn configure(&mut self, pjsip: &str, extensions: &str) {
        let pjsip = format!("{TRANSPORT}{pjsip}");
        let reading = read(&[("pjsip.conf", &pjsip), ("extensions.conf", extensions)]);
        assert_eq!(complaints(&reading.report), [""; 0]);
        let configuration = reading.configuration;
        self.give(Input::Configure(Box::new(Config {
            limits: Limits::default(),
            sip: configuration.sip,
            dialplan: Arc::new(configuration.dialplan),
            shown_variables: vec![],
            zone: call::Zone::default(),
        })));
    }

    fn give(&mut self, input: Input) {
        self.now += Duration::from_millis(1);
        let time = Time { now: self.now, unix_ms: 1_795_404_346_000 + self.now.as_millis() as u64 };
        self.switch.handle(time, input);
        while let Some(output) = self.switch.next_output() {
            match output {
                Output::Sip(signalling::Output::Send { flow, message }) => self.sent.push(Sent {
                    to: flow.remote,
                    text: String::from_utf8_lossy(&message).replace('\r', ""),
                }),
                Output::Sip(signalling::Output::Connect { attempt, transport, remote, .. }) => {
                    let flow = sip::Flow::connected(transport, SERVER.parse().unwrap(), remote, attempt);
                    self.switch
                        .handle(time, Input::Sip(signalling::Input::Connected { attempt, flow: Some(flow) }));
                }
                Output::Sip(signalling::Output::KeepAlive { flow }) => self.kept.push(flow.remote),
                Output::Media { command: media::Command::Configure { stream, .. }, .. } => {
                    self.streams.push(stream.remote);
                }
                Output::Log { line, .. } => self.logged.push(line),
                Output::Reply { reply: Ok(Answer::Channels(channels)), .. } => self.channels = channels,
                _ => {}
            }
        }
    }

    /// A message comes from an address, with `\n` for line ends.
    pub fn send(&mut self, from: &str, text: &str) -> Vec<Sent> {
        let flow = sip::Flow::udp(SERVER.parse().unwrap(), from.parse().unwrap());
        let message = Bytes::from(text.replace('\n', "\r\n"));
        self.give(Input::Sip(signalling::Input::Received { flow, message }));
        std::mem::take(&mut self.sent)
    }

    /// Time passes.
    pub fn wait(&mut self, time: Duration) -> Vec<Sent> {
        let until = self.now + time;
        while let Some(at) = self.switch.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.give(Input::Tick);
        }
        self.now = until;
        std::mem::take(&mut self.sent)
    }

    /// The channels there are.
    pub fn channels(&mut self) -> Vec<Arc<call::ChannelSnapshot>> {
        self.give(Input::Command { ticket: Ticket(1), command: Command::Channels });
        std::mem::take(&mut self.channels)
    }

    /// The last answer of a call from an address to an extension, and all else that was sent.
    pub fn call(&mut self, from: &str, user: &str, to: &str) -> Vec<Sent> {
        self.send(from, &invite(from, user, to, ""))
    }
}

/// An INVITE with an offer of µ-law, A-law and digits; `more` are lines of its head, each with its line end.
pub fn invite(from: &str, user: &str, to: &str, more: &str) -> String {
    format!(
        "INVITE sip:{to}@192.0.2.1 SIP/2.0\n\
         Via: SIP/2.0/UDP {from};rport;branch=z9hG4bK-{user}-{to}-{}\n\
         Max-Forwards: 70\nFrom: \"Far\" <sip:{user}@192.0.2.1>;tag=t1\nTo: <sip:{to}@192.0.2.1>\n\
         Call-ID: {user}-{to}@{from}\nCSeq: 1 INVITE\nContact: <sip:{user}@{from}>\n{more}Content-Type: application/sdp\n\n\
         v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\nm=audio 40100 RTP/AVP 0 8 101\n\
         a=rtpmap:101 telephone-event/8000\n",
        more.len()
    )
}

/// A REGISTER for so long.
pub fn register(from: &str, user: &str, seconds: &str, at: u32) -> String {
    let expires = if seconds.is_empty() { String::new() } else { format!(";expires={seconds}") };
    format!(
        "REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK-r{at}\nMax-Forwards: 70\n\
         From: <sip:{user}@192.0.2.1>;tag=r\nTo: <sip:{user}@192.0.2.1>\nCall-ID: r-{from}\nCSeq: {at} REGISTER\n\
         Contact: <sip:{user}@{from}>{expires}\nContent-Length: 0\n\n"
    )
}

/// An answer to a request that the server sent; `more` are lines of its head and an empty one, and a body.
pub fn reply(request: &Sent, status: &str, more: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\n");
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        text.push_str(&format!("{name}: {}\n", request.header(name)));
    }
    format!("{text}To: {};tag=far\n{more}", request.header("To"))
}

/// The end of a message without a body.
pub const EMPTY: &str = "Content-Length: 0\n\n";

/// The end of an answer of a phone that takes the call.
pub const TAKEN: &str = "Contact: <sip:d@192.0.2.9>\nContent-Type: application/sdp\n\n\
    v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\nm=audio 40200 RTP/AVP 0\n";

/// A request of the caller inside the call that this answer of the server is of.
pub fn inside(answer: &Sent, method: &str, number: u32, more: &str) -> String {
    let contact = answer.header("Contact").trim_start_matches('<');
    let contact = contact.split('>').next().unwrap_or_default();
    format!(
        "{method} {contact} SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK-in-{method}-{number}\n\
         Max-Forwards: 70\nFrom: {}\nTo: {}\nCall-ID: {}\nCSeq: {number} {method}\n\
         Contact: <sip:6001@192.0.2.7>\n{more}",
        answer.header("From"),
        answer.header("To"),
        answer.header("Call-ID"),
    )
}

/// A SUBSCRIBE to an event.
pub fn subscribe(from: &str, user: &str, to: &str, event: &str, seconds: u32) -> String {
    format!(
        "SUBSCRIBE sip:{to}@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP {from};rport;branch=z9hG4bK-s-{to}-{event}\n\
         Max-Forwards: 70\nFrom: <sip:{user}@192.0.2.1>;tag=s\nTo: <sip:{to}@192.0.2.1>\nCall-ID: s-{to}-{event}\n\
         CSeq: 1 SUBSCRIBE\nContact: <sip:{user}@{from}>\nEvent: {event}\nExpires: {seconds}\n\
         Accept: application/dialog-info+xml, application/simple-message-summary\nContent-Length: 0\n\n"
    )
}
