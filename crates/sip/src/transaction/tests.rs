//! The machines in virtual time: a client and a server core joined by a network that the test rules.

use super::*;
use crate::header::HeaderName;
use crate::message::{Message, Request, Response, parse};
use crate::method::Method;
use crate::name_addr::NameAddr;
use bytes::Bytes;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Two cores; whatever one sends the other receives at once, unless the test loses it.
struct Pair {
    now: Duration,
    uac: Transactions,
    uas: Transactions,
    flow: Flow,
    /// Loses the next message that starts so.
    lose: Vec<&'static str>,
    /// Every message in the order it was sent, by its first words: `> INVITE`, `< 200 INVITE`.
    ladder: Vec<String>,
    told_uac: Vec<Output>,
    told_uas: Vec<Output>,
}

impl Pair {
    fn new(transport: crate::Transport) -> Pair {
        let (a, b) = ("192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap());
        Pair {
            now: Duration::ZERO,
            uac: Transactions::new(Settings::default(), 1),
            uas: Transactions::new(Settings::default(), 2),
            flow: match transport {
                crate::Transport::Udp => Flow::udp(a, b),
                transport => Flow::connected(transport, a, b, 7),
            },
            lose: Vec::new(),
            ladder: Vec::new(),
            told_uac: Vec::new(),
            told_uas: Vec::new(),
        }
    }

    fn back(&self) -> Flow {
        Flow { local: self.flow.remote, remote: self.flow.local, ..self.flow }
    }

    fn lost(&mut self, line: &str) -> bool {
        let found = self.lose.iter().position(|l| line.starts_with(l));
        found.map(|at| self.lose.remove(at)).is_some()
    }

    fn settle(&mut self) {
        loop {
            if let Some(output) = self.uac.poll() {
                let Output::Transmit { bytes, flow } = output else {
                    self.told_uac.push(output);
                    continue;
                };
                assert_eq!(flow, self.flow);
                let line = format!("> {}", words(&bytes));
                self.ladder.push(line.clone());
                if !self.lost(&line) {
                    self.uas.receive(self.now, self.back(), bytes);
                }
            } else if let Some(output) = self.uas.poll() {
                let Output::Transmit { bytes, flow } = output else {
                    self.told_uas.push(output);
                    continue;
                };
                assert_eq!(flow, self.back());
                let line = format!("< {}", words(&bytes));
                self.ladder.push(line.clone());
                if !self.lost(&line) {
                    self.uac.receive(self.now, self.flow, bytes);
                }
            } else {
                return;
            }
        }
    }

    fn run(&mut self, until: Duration) {
        self.settle();
        while let Some(next) = [self.uac.deadline(), self.uas.deadline()].into_iter().flatten().min() {
            if next > until {
                break;
            }
            self.now = next;
            self.uac.advance(next);
            self.uas.advance(next);
            self.settle();
        }
        self.now = until;
    }

    fn request(&mut self, method: Method) -> ClientKey {
        let uri = "sip:bob@192.0.2.2".parse().unwrap();
        let mut n = 40;
        let from = NameAddr::new("sip:alice@192.0.2.1".parse().unwrap());
        let request = Request::build(method, uri).from(from).finish(&mut || {
            n += 1;
            n
        });
        let key = self.uac.request(self.now, self.flow, request).unwrap();
        self.settle();
        key
    }

    fn received(&self) -> (ServerKey, Request) {
        let find = |o: &Output| match o {
            Output::Request { key, request, .. } => Some((*key, request.clone())),
            _ => None,
        };
        self.told_uas.iter().find_map(find).expect("the request arrived")
    }

    fn respond(&mut self, status: u16) -> Result<(), crate::Error> {
        let (key, request) = self.received();
        let result = self.uas.respond(self.now, key, Response::to(&request, status));
        self.settle();
        result
    }

    fn responses(&self) -> Vec<u16> {
        let status = |o: &Output| match o {
            Output::Response { response, .. } => Some(response.status),
            _ => None,
        };
        self.told_uac.iter().filter_map(status).collect()
    }

    fn acknowledge(&mut self, key: ClientKey) {
        let find = |o: &Output| match o {
            Output::Response { response, .. } if response.is_success() => Some(response.clone()),
            _ => None,
        };
        let response = self.told_uac.iter().rev().find_map(find).expect("a 2xx came");
        let mut ack = Request::build(Method::Ack, "sip:bob@192.0.2.2".parse().unwrap())
            .from(response.headers.from().unwrap())
            .to(response.headers.to().unwrap())
            .call_id(response.headers.call_id())
            .finish(&mut || 0);
        ack.headers.set(HeaderName::CSeq, "1 ACK");
        self.uac.acknowledge(key, self.flow, ack).unwrap();
        self.settle();
    }

    fn count(&self, line: &str) -> usize {
        self.ladder.iter().filter(|l| *l == line).count()
    }

    /// Nothing may outlive its time: no transaction, index entry or timer.
    fn assert_empty(&mut self) {
        self.run(self.now + Duration::from_secs(200));
        for side in [&self.uac, &self.uas] {
            let left = (side.clients.len(), side.servers.len(), side.timers.len());
            assert_eq!(left, (0, 0, 0));
            assert!(side.by_ack.is_empty() && side.by_branch.is_empty() && side.by_merge.is_empty());
            assert!(side.cancels.is_empty() && side.by_connection.is_empty());
        }
    }
}

fn words(bytes: &Bytes) -> String {
    match parse(bytes.clone()).expect("we send well-formed messages") {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => format!("{} {}", response.status, response.method().unwrap()),
    }
}

fn udp() -> Pair {
    Pair::new(crate::Transport::Udp)
}

fn tcp() -> Pair {
    Pair::new(crate::Transport::Tcp)
}

#[test]
fn a_call_is_set_up_over_udp() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.run(ms(300));
    p.respond(180).unwrap();
    p.respond(200).unwrap();
    p.acknowledge(key);
    assert_eq!(p.ladder, ["> INVITE", "< 100 INVITE", "< 180 INVITE", "< 200 INVITE", "> ACK"]);
    assert_eq!(p.responses(), [100, 180, 200]);
    assert!(matches!(p.told_uas[1], Output::AckReceived { .. }));
    assert_eq!(p.respond(486), Err(crate::Error::AlreadyAnswered));
    p.assert_empty();
    assert_eq!(p.told_uas.len(), 2);
}

// RFC 3261 §17.1.1.2
#[test]
fn an_unanswered_invite_is_sent_seven_times_and_times_out() {
    let mut p = udp();
    p.lose = vec!["> INVITE"; 7];
    let key = p.request(Method::Invite);
    p.run(ms(31_999));
    assert_eq!(p.count("> INVITE"), 7);
    assert_eq!(p.told_uac, []);
    p.run(ms(32_000));
    assert_eq!(p.told_uac, [Output::Timeout { key }]);
    p.assert_empty();
}

#[test]
fn over_tcp_nothing_is_retransmitted_but_the_2xx() {
    let mut p = tcp();
    p.lose = vec!["> INVITE", "> BYE"];
    let invite = p.request(Method::Invite);
    let bye = p.request(Method::Bye);
    p.run(ms(40_000));
    assert_eq!(p.ladder, ["> INVITE", "> BYE"]);
    assert_eq!(p.told_uac, [Output::Timeout { key: invite }, Output::Timeout { key: bye }]);
    let mut p = tcp();
    p.request(Method::Invite);
    p.respond(200).unwrap();
    p.run(ms(600));
    assert_eq!(p.count("< 200 INVITE"), 2);
}

// RFC 3261 §13.3.1.4
#[test]
fn a_lost_200_is_sent_again_and_told_once() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.lose = vec!["< 200"];
    p.respond(200).unwrap();
    assert_eq!(p.responses(), Vec::<u16>::new());
    p.run(ms(500));
    assert_eq!(p.responses(), [200]);
    p.acknowledge(key);
    p.run(ms(20_000));
    assert_eq!((p.count("< 200 INVITE"), p.count("> ACK")), (2, 1));
    p.assert_empty();
}

#[test]
fn a_lost_ack_to_200_is_repeated_without_the_user() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.respond(200).unwrap();
    p.lose = vec!["> ACK", "> ACK"];
    p.acknowledge(key);
    p.run(ms(20_000));
    assert_eq!((p.count("< 200 INVITE"), p.count("> ACK")), (3, 3));
    assert_eq!(p.responses(), [200]);
    let acks = p.told_uas.iter().filter(|o| matches!(o, Output::AckReceived { .. })).count();
    assert_eq!(acks, 1);
    p.assert_empty();
}

#[test]
fn a_200_that_is_never_acknowledged_is_told_after_32_seconds() {
    for mut p in [udp(), tcp()] {
        p.request(Method::Invite);
        p.respond(200).unwrap();
        let key = p.received().0;
        p.run(ms(31_999));
        assert_eq!(p.told_uas.len(), 1);
        p.run(ms(32_000));
        assert_eq!(p.told_uas[1], Output::AckTimeout { key, status: 200 });
        assert_eq!(p.count("< 200 INVITE"), 11);
        p.assert_empty();
    }
}

// RFC 3261 §17.1.1.3, §17.2.1
#[test]
fn a_refusal_is_acknowledged_by_the_transaction() {
    let mut p = udp();
    p.request(Method::Invite);
    p.lose = vec!["> ACK"];
    p.respond(486).unwrap();
    p.run(ms(10_000));
    assert_eq!((p.count("< 486 INVITE"), p.count("> ACK")), (2, 2));
    assert_eq!(p.responses(), [486]);
    assert_eq!(p.told_uas.len(), 1);
    p.assert_empty();
    let mut p = tcp();
    p.request(Method::Invite);
    p.respond(486).unwrap();
    assert_eq!(p.ladder, ["> INVITE", "< 486 INVITE", "> ACK"]);
    assert_eq!((p.uac.client_count(), p.uas.server_count()), (0, 0));
}

#[test]
fn a_refusal_never_acknowledged_is_told() {
    let mut p = udp();
    p.request(Method::Invite);
    p.lose = vec!["> ACK"; 20];
    p.respond(486).unwrap();
    let key = p.received().0;
    p.run(ms(32_000));
    assert_eq!(p.told_uas[1], Output::AckTimeout { key, status: 486 });
    p.assert_empty();
}

#[test]
fn a_retransmitted_invite_gets_the_last_response_and_is_told_once() {
    let mut p = udp();
    p.lose = vec!["< 100", "< 180"];
    p.request(Method::Invite);
    p.run(ms(250));
    p.respond(180).unwrap();
    p.run(ms(500));
    assert_eq!(p.ladder, ["> INVITE", "< 100 INVITE", "< 180 INVITE", "> INVITE", "< 180 INVITE"]);
    assert_eq!(p.told_uas.len(), 1);
}

// RFC 3261 §9
#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.uac.cancel(p.now, key).unwrap();
    p.settle();
    assert_eq!(p.ladder, ["> INVITE"]);
    p.run(ms(200));
    assert_eq!(p.ladder, ["> INVITE", "< 100 INVITE", "> CANCEL", "< 200 CANCEL"]);
    assert!(matches!(p.told_uas[1], Output::Cancel { key, .. } if key == p.received().0));
    p.respond(487).unwrap();
    assert_eq!(p.ladder[4..], ["< 487 INVITE", "> ACK"]);
    assert_eq!(p.responses(), [100, 487]);
    assert_eq!(p.uac.cancel(p.now, key), Err(crate::Error::TooLate));
    p.assert_empty();
}

#[test]
fn cancel_and_its_invite_get_the_same_to_tag() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.respond(180).unwrap();
    p.uac.cancel(p.now, key).unwrap();
    let mut cancel = None;
    while let Some(output) = p.uac.poll() {
        if let Output::Transmit { bytes, .. } = output {
            cancel = Some(bytes);
        }
    }
    p.uas.receive(p.now, p.back(), cancel.unwrap());
    let Some(Output::Transmit { bytes, .. }) =
        std::iter::from_fn(|| p.uas.poll()).find(|o| matches!(o, Output::Transmit { .. }))
    else {
        panic!("CANCEL is answered")
    };
    let answer = parse(bytes).unwrap();
    assert_eq!(answer.headers().to_tag(), p.uas.to_tag(p.received().0));
}

#[test]
fn a_200_that_crosses_the_cancel_wins() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.respond(180).unwrap();
    p.lose = vec!["< 200 INVITE"];
    p.respond(200).unwrap();
    p.uac.cancel(p.now, key).unwrap();
    p.settle();
    assert_eq!(p.ladder[3..], ["> CANCEL", "< 200 CANCEL"]);
    assert!(!p.told_uas.iter().any(|o| matches!(o, Output::Cancel { .. })), "too late to cancel");
    p.run(ms(500));
    p.acknowledge(key);
    assert_eq!(p.responses(), [180, 200]);
    p.assert_empty();
}

#[test]
fn a_cancelled_invite_without_final_response_times_out() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    p.respond(180).unwrap();
    p.uac.cancel(p.now, key).unwrap();
    p.run(ms(32_000));
    assert_eq!(p.told_uac.last(), Some(&Output::Timeout { key }));
    assert_eq!(p.uac.client_count(), 0);
}

#[test]
fn a_cancel_for_nothing_gets_481() {
    let mut p = udp();
    let text = "CANCEL sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnone\r\nFrom: <sip:a@h>;tag=1\r\n\
                To: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 1 CANCEL\r\n\r\n";
    p.uas.receive(p.now, p.back(), Bytes::from(text));
    let Some(Output::Transmit { bytes, .. }) = p.uas.poll() else { panic!("CANCEL is answered") };
    assert_eq!(words(&bytes), "481 CANCEL");
    assert_eq!(p.uas.poll(), None);
}

// RFC 3261 §17.1.2.2
#[test]
fn a_request_is_repeated_until_answered() {
    let mut p = udp();
    p.lose = vec!["> BYE", "> BYE", "< 200"];
    p.request(Method::Bye);
    p.run(ms(1_500));
    p.respond(200).unwrap();
    p.run(ms(3_500));
    assert_eq!(p.ladder, ["> BYE", "> BYE", "> BYE", "< 200 BYE", "> BYE", "< 200 BYE"]);
    assert_eq!(p.responses(), [200]);
    assert_eq!(p.told_uas.len(), 1);
    p.assert_empty();
}

#[test]
fn an_unanswered_request_is_sent_eleven_times() {
    let mut p = udp();
    p.lose = vec!["> OPTIONS"; 20];
    let key = p.request(Method::Options);
    p.run(ms(32_000));
    assert_eq!((p.count("> OPTIONS"), p.told_uac.clone()), (11, vec![Output::Timeout { key }]));
}

// RFC 4320
#[test]
fn requests_other_than_invite_get_no_408_and_no_late_answer() {
    let mut p = udp();
    p.request(Method::Options);
    assert_eq!(p.respond(408), Err(crate::Error::InviteOnly));
    assert_eq!(p.respond(180), Err(crate::Error::InviteOnly));
    p.run(ms(33_000));
    assert_eq!(p.respond(200), Err(crate::Error::NoTransaction));
    p.assert_empty();
}

#[test]
fn a_broken_connection_ends_its_clients() {
    let mut p = tcp();
    p.lose = vec!["> INVITE", "> BYE"];
    let a = p.request(Method::Invite);
    let b = p.request(Method::Bye);
    p.uac.flow_failed(p.now, p.flow);
    p.settle();
    assert_eq!(p.told_uac, [Output::TransportError { key: a }, Output::TransportError { key: b }]);
    p.assert_empty();
}

#[test]
fn a_full_server_says_503_and_keeps_room_for_dialogs() {
    let mut p = udp();
    p.uas.settings.max_servers = 8;
    for _ in 0..8 {
        p.request(Method::Options);
    }
    let requests = p.told_uas.iter().filter(|o| matches!(o, Output::Request { .. })).count();
    assert_eq!((requests, p.responses()), (7, vec![503]));
    assert!(matches!(
        p.told_uas.last(),
        Some(Output::Refused { error: crate::Error::TooManyTransactions, answered: Some(503), .. })
    ));
    let text = "BYE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKbye\r\nFrom: <sip:a@h>;tag=1\r\n\
                To: <sip:b@h>;tag=2\r\nCall-ID: x\r\nCSeq: 2 BYE\r\n\r\n";
    p.uas.receive(p.now, p.back(), Bytes::from(text));
    assert!(matches!(p.uas.poll(), Some(Output::Request { .. })));
    p.uas.receive(p.now, p.back(), Bytes::from(text.replace("Kbye", "Kbye2")));
    assert!(matches!(p.uas.poll(), Some(Output::Refused { answered: None, .. })));
    assert_eq!(p.uas.poll(), None);
}

#[test]
fn a_full_client_says_so() {
    let mut p = udp();
    p.uac.settings.max_clients = 0;
    let request = Request::build(Method::Bye, "sip:h".parse().unwrap()).finish(&mut || 0);
    assert_eq!(p.uac.request(p.now, p.flow, request), Err(crate::Error::TooManyTransactions));
}

#[test]
fn every_fork_of_a_2xx_is_told_and_acknowledged_apart() {
    let mut p = udp();
    let key = p.request(Method::Invite);
    let (_, request) = p.received();
    for tag in ["a", "b", "a", "b"] {
        let response = Response::to(&request, 200).with_to_tag(tag);
        p.uac.receive(p.now, p.flow, response.to_bytes());
        let before = p.told_uac.len();
        p.settle();
        if p.told_uac.len() > before {
            p.acknowledge(key);
        }
    }
    assert_eq!((p.responses(), p.count("> ACK")), (vec![200, 200], 4));
}

#[test]
fn a_response_with_a_guessed_branch_or_sent_by_is_stray() {
    let mut p = udp();
    p.request(Method::Options);
    let (_, request) = p.received();
    let response = String::from_utf8(Response::to(&request, 200).to_bytes().to_vec()).unwrap();
    let sent_by = response.replace("UDP 192.0.2.1", "UDP 192.0.2.9");
    let branch = response.replace("z9hG4bK0000000000000000", "z9hG4bK0000000000000001");
    let forged = with_zeroed_tail(&response);
    for text in [sent_by, branch, forged] {
        p.uac.receive(p.now, p.flow, Bytes::from(text));
        assert!(matches!(p.uac.poll(), Some(Output::StrayResponse { .. })));
    }
}

/// The same response with the random half of the branch zeroed.
fn with_zeroed_tail(response: &str) -> String {
    let at = response.find("z9hG4bK").unwrap() + 7 + 16;
    format!("{}{}{}", &response[..at], "0".repeat(16), &response[at + 16..])
}

// RFC 3581, RFC 3261 §18.2.2
#[test]
fn responses_go_where_the_request_came_from() {
    let mut core = Transactions::new(Settings::default(), 3);
    let local = "192.0.2.2:5060".parse().unwrap();
    let flow = Flow::udp(local, "198.51.100.7:40000".parse().unwrap());
    let ask = |via: &str| {
        format!(
            "OPTIONS sip:h SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:h>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n"
        )
    };
    let mut answer = |via: &str| {
        core.receive(Duration::ZERO, flow, Bytes::from(ask(via)));
        let Some(Output::Request { key, request, .. }) = core.poll() else { panic!("told") };
        core.respond(Duration::ZERO, key, Response::to(&request, 200)).unwrap();
        let Some(Output::Transmit { flow, bytes }) = core.poll() else { panic!("sent") };
        (flow.remote.to_string(), parse(bytes).unwrap().headers().via().unwrap().to_string())
    };
    let (to, via) = answer("SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bK1");
    assert_eq!(to, "198.51.100.7:40000");
    assert_eq!(via, "SIP/2.0/UDP 10.0.0.1:5080;rport=40000;branch=z9hG4bK1;received=198.51.100.7");
    let (to, via) = answer("SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK2");
    assert_eq!(to, "198.51.100.7:5080");
    assert_eq!(via, "SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bK2;received=198.51.100.7");
    assert_eq!(answer("SIP/2.0/UDP host.example;branch=z9hG4bK3").0, "198.51.100.7:5060");
}

#[test]
fn malformed_requests_are_answered_without_a_transaction() {
    let mut core = Transactions::new(Settings::default(), 3);
    let flow = Flow::udp("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
    let text = "OPTIONS sip:h SIP/3.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\n\
                To: <sip:h>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n";
    core.receive(Duration::ZERO, flow, Bytes::from(text));
    let Some(Output::Transmit { bytes, .. }) = core.poll() else { panic!("answered") };
    assert_eq!(words(&bytes), "505 OPTIONS");
    assert!(matches!(core.poll(), Some(Output::Refused { answered: Some(505), .. })));
    core.receive(Duration::ZERO, flow, Bytes::from_static(b"\r\n\r\n"));
    assert_eq!((core.poll(), core.server_count()), (None, 0));
}

#[test]
fn a_peer_of_rfc_2543_is_served() {
    let mut core = Transactions::new(Settings::default(), 3);
    let flow = Flow::udp("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
    let invite = "INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@h>;tag=1\r\n\
                  To: <sip:h>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n";
    core.receive(Duration::ZERO, flow, Bytes::from(invite));
    let Some(Output::Request { key, request, .. }) = core.poll() else { panic!("told") };
    core.receive(Duration::ZERO, flow, Bytes::from(invite));
    assert_eq!(core.poll(), None, "a retransmission");
    core.respond(Duration::ZERO, key, Response::to(&request, 486)).unwrap();
    let tag = core.to_tag(key).unwrap();
    core.poll().unwrap();
    let ack = invite.replace("INVITE", "ACK").replace("To: <sip:h>", &format!("To: <sip:h>;tag={tag}"));
    core.receive(Duration::ZERO, flow, Bytes::from(ack));
    core.advance(Duration::from_secs(31));
    assert_eq!((core.poll(), core.server_count()), (None, 0));
}

#[test]
fn a_ringing_call_repeats_its_180_every_minute() {
    let mut p = udp();
    p.request(Method::Invite);
    p.respond(180).unwrap();
    p.run(Duration::from_secs(121));
    assert_eq!(p.count("< 180 INVITE"), 3);
}

/// Reliable provisional responses (RFC 3262 §3).
mod reliable {
    use super::*;
    use crate::dialog::{Dialog, Provisional};
    use crate::typed::{RAck, RSeq, Typed};

    fn ring(p: &mut Pair, status: u16) -> Result<(), crate::Error> {
        let (key, request) = p.received();
        let response = Response::to(&request, status).with(HeaderName::Contact, "<sip:bob@192.0.2.2>");
        let result = p.uas.respond_reliably(p.now, key, response);
        p.settle();
        result
    }

    /// The caller's provisional responses to be acknowledged, oldest first.
    fn numbered(p: &Pair) -> Vec<Response> {
        let reliable = |o: &Output| match o {
            Output::Response { response, .. } if response.headers.value(RSeq::NAME).is_some() => {
                Some(response.clone())
            }
            _ => None,
        };
        p.told_uac.iter().filter_map(reliable).collect()
    }

    fn prack(p: &mut Pair, response: &Response) -> ClientKey {
        let RSeq(rseq) = response.headers.read().unwrap().unwrap();
        let rack = RAck { rseq, cseq: response.headers.cseq().unwrap() };
        let prack = Request::build(Method::Prack, "sip:bob@192.0.2.2".parse().unwrap())
            .from(response.headers.from().unwrap())
            .to(response.headers.to().unwrap())
            .call_id(response.headers.call_id())
            .cseq(2)
            .finish(&mut || 0)
            .with(RAck::NAME, rack);
        let key = p.uac.request(p.now, p.flow, prack).unwrap();
        p.settle();
        key
    }

    /// The server answers the last PRACK that it was told.
    fn answer(p: &mut Pair) {
        let find = |o: &Output| match o {
            Output::Request { key, request, .. } if request.method == Method::Prack => {
                Some((*key, request.clone()))
            }
            _ => None,
        };
        let (key, request) = p.told_uas.iter().rev().find_map(find).expect("a PRACK came");
        p.uas.respond(p.now, key, Response::to(&request, 200)).unwrap();
        p.settle();
    }

    #[test]
    fn it_is_sent_again_until_it_is_acknowledged_also_over_tcp() {
        for mut p in [udp(), tcp()] {
            let key = p.request(Method::Invite);
            ring(&mut p, 180).unwrap();
            p.run(ms(3600));
            assert_eq!(p.count("< 180 INVITE"), 4, "at 0, 500, 1500 and 3500 ms");
            let first = numbered(&p).remove(0);
            assert!(first.headers.lists(HeaderName::Require, "100rel"));
            prack(&mut p, &first);
            answer(&mut p);
            p.run(ms(40_000));
            assert_eq!(p.count("< 180 INVITE"), 4);
            p.respond(200).unwrap();
            p.acknowledge(key);
            p.assert_empty();
        }
    }

    #[test]
    fn others_and_the_answer_wait_for_the_prack_to_be_answered() {
        let mut p = udp();
        let key = p.request(Method::Invite);
        ring(&mut p, 183).unwrap();
        ring(&mut p, 180).unwrap();
        p.respond(200).unwrap();
        assert_eq!(p.respond(486), Err(crate::Error::AlreadyAnswered));
        assert_eq!(ring(&mut p, 180), Err(crate::Error::AlreadyAnswered));
        assert_eq!(p.ladder, ["> INVITE", "< 183 INVITE"]);
        let first = numbered(&p).remove(0);
        prack(&mut p, &first);
        assert_eq!(p.ladder[2..], ["> PRACK"]);
        answer(&mut p);
        assert_eq!(p.ladder[3..], ["< 200 PRACK", "< 180 INVITE"]);
        let second = numbered(&p).remove(1);
        let number = |r: &Response| r.headers.read::<RSeq>().unwrap().unwrap().0;
        assert_eq!(number(&second), number(&first) + 1);
        prack(&mut p, &second);
        answer(&mut p);
        assert_eq!(p.ladder[5..], ["> PRACK", "< 200 PRACK", "< 200 INVITE"]);
        p.acknowledge(key);
        p.assert_empty();
    }

    #[test]
    fn a_prack_that_names_no_outstanding_response_gets_481() {
        let mut p = udp();
        p.request(Method::Invite);
        ring(&mut p, 180).unwrap();
        let mut wrong = numbered(&p).remove(0);
        let RSeq(rseq) = wrong.headers.read().unwrap().unwrap();
        wrong.headers.write(RSeq(rseq + 1));
        prack(&mut p, &wrong);
        assert_eq!(p.ladder.last().unwrap(), "< 481 PRACK");
        let right = numbered(&p).remove(0);
        prack(&mut p, &right);
        answer(&mut p);
        prack(&mut p, &right);
        assert_eq!(p.ladder.last().unwrap(), "< 481 PRACK", "acknowledged before");
        p.respond(486).unwrap();
        p.assert_empty();
    }

    #[test]
    fn without_a_prack_the_invite_gets_504() {
        for answered in [false, true] {
            let mut p = udp();
            p.request(Method::Invite);
            ring(&mut p, 180).unwrap();
            if answered {
                p.respond(200).unwrap();
            }
            p.run(ms(31_900));
            assert_eq!(p.count("< 180 INVITE"), 7);
            p.run(ms(32_100));
            assert_eq!(p.ladder[p.ladder.len() - 2..], ["< 504 INVITE", "> ACK"]);
            assert!(p.told_uas.iter().any(|o| matches!(o, Output::PrackTimeout { .. })));
            p.assert_empty();
        }
    }

    #[test]
    fn a_refusal_goes_out_at_once_and_ends_the_retransmission() {
        let mut p = udp();
        p.request(Method::Invite);
        ring(&mut p, 180).unwrap();
        ring(&mut p, 181).unwrap();
        p.respond(486).unwrap();
        p.assert_empty();
        assert_eq!(p.ladder, ["> INVITE", "< 180 INVITE", "< 486 INVITE", "> ACK"]);
    }

    #[test]
    fn so_many_wait_and_no_more_and_only_an_invite_has_any() {
        let mut p = udp();
        p.request(Method::Invite);
        for _ in 0..=super::super::reliable::MAX_WAITING {
            ring(&mut p, 182).unwrap();
        }
        assert_eq!(ring(&mut p, 182), Err(crate::Error::TooManyProvisionals));
        assert_eq!(ring(&mut p, 200), Err(crate::Error::InviteOnly));
        let mut p = udp();
        p.request(Method::Message);
        assert_eq!(ring(&mut p, 180), Err(crate::Error::InviteOnly));
    }

    #[test]
    fn a_prack_without_a_readable_rack_gets_400() {
        let mut p = udp();
        let from = NameAddr::new("sip:alice@192.0.2.1".parse().unwrap());
        for rack in [None, Some("x")] {
            let mut prack = Request::build(Method::Prack, "sip:bob@192.0.2.2".parse().unwrap())
                .from(from.clone())
                .finish(&mut || 3);
            if let Some(rack) = rack {
                prack.headers.push(RAck::NAME, rack);
            }
            p.uac.request(p.now, p.flow, prack).unwrap();
            p.settle();
            assert_eq!(p.ladder.last().unwrap(), "< 400 PRACK");
        }
    }

    // RFC 3262 §4
    #[test]
    fn the_caller_works_each_once_and_in_its_turn() {
        let mut p = udp();
        p.request(Method::Invite);
        ring(&mut p, 183).unwrap();
        let first = numbered(&p).remove(0);
        let (_, mut invite) = p.received();
        invite.headers.push(HeaderName::Contact, "<sip:alice@192.0.2.1>");
        let mut dialog = Dialog::uac(&invite, &first).unwrap();
        let Ok(Provisional::Reliable(prack)) = dialog.provisional(&first) else { panic!("reliable") };
        let RSeq(rseq) = first.headers.read().unwrap().unwrap();
        assert_eq!(prack.headers.read::<RAck>().unwrap().unwrap().rseq, rseq);
        assert_eq!(prack.headers.cseq().unwrap().number, 2);
        assert_eq!(dialog.provisional(&first), Ok(Provisional::OutOfTurn), "sent again");
        let mut later = first.clone();
        later.headers.write(RSeq(rseq + 2));
        assert_eq!(dialog.provisional(&later), Ok(Provisional::OutOfTurn), "one is missing between");
        later.headers.write(RSeq(rseq + 1));
        assert!(matches!(dialog.provisional(&later), Ok(Provisional::Reliable(_))));
        later.headers.remove(HeaderName::Require);
        assert_eq!(dialog.provisional(&later), Ok(Provisional::Unreliable));
        later.headers.set(HeaderName::Require, "100rel");
        later.headers.remove(HeaderName::RSeq);
        assert!(dialog.provisional(&later).is_err());
    }
}

// RFC 3261 §8.2.2.2
#[test]
fn the_same_request_on_another_way_is_merged() {
    for (method, statuses) in [(Method::Invite, 1), (Method::Options, 0)] {
        let mut p = udp();
        p.request(method.clone());
        let (_, mut request) = p.received();
        let way = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother;rport";
        request.headers.set(HeaderName::Via, way);
        p.uas.receive(p.now, p.back(), request.to_bytes());
        let refused = std::iter::from_fn(|| p.uas.poll()).filter(|o| {
            matches!(o, Output::Refused { error: crate::Error::Merged, answered: Some(482), .. })
        });
        assert_eq!(refused.count(), statuses, "{method}");
    }
}

#[test]
fn the_same_request_after_the_first_is_over_is_a_new_one() {
    let mut p = udp();
    p.request(Method::Message);
    let (_, mut request) = p.received();
    p.respond(200).unwrap();
    p.assert_empty();
    request.headers.set(HeaderName::Via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother;rport");
    p.uas.receive(p.now, p.back(), request.to_bytes());
    assert!(matches!(p.uas.poll(), Some(Output::Request { .. })));
}

// RFC 3261 §16.8
#[test]
fn an_invite_that_rings_too_long_is_cancelled_where_that_is_wanted() {
    let mut p = udp();
    p.uac = Transactions::new(Settings { timer_c: Some(Duration::from_secs(180)), ..Settings::default() }, 1);
    p.request(Method::Invite);
    p.respond(180).unwrap();
    p.run(ms(100_000));
    p.respond(180).unwrap();
    // The server's own repetitions each minute would go on for ever.
    p.lose = vec!["< 180 INVITE"; 9];
    p.run(ms(279_000));
    assert_eq!(p.count("> CANCEL"), 0);
    p.run(ms(281_000));
    assert_eq!(p.count("> CANCEL"), 1);
    p.respond(487).unwrap();
    p.assert_empty();
}
