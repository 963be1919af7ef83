use std::collections::VecDeque;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::*;
use crate::inbox::{CAPACITY, Intake, inbox};

mod limits;
mod tls;
mod websocket;

const INVITE: &str = "INVITE sip:1000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa;rport\r\n\
    From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:1000@127.0.0.1>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

fn transport(protocol: Protocol) -> Transport {
    Transport {
        name: "t".into(),
        protocol,
        bind: "127.0.0.1:0".parse().unwrap(),
        external_signaling_address: None,
        external_signaling_port: None,
        external_media_address: None,
        local_nets: vec![],
        symmetric: false,
    }
}

/// The switch's thread, as far as sockets need one.
struct Bench {
    inbox: Inbox<switch::Input>,
    intake: Intake<switch::Input>,
    net: Net,
}

impl Bench {
    fn new(transports: &[Transport]) -> Bench {
        Bench::with(transports, SocketOptions::default())
    }

    /// All transports with these options.
    fn with(transports: &[Transport], options: SocketOptions) -> Bench {
        let (inbox, intake) = inbox().unwrap();
        let options = transports.iter().map(|it| (it.name.clone(), options.clone())).collect();
        let mut net = Net::bind(transports, &options, inbox.clone()).unwrap();
        net.register(intake.registry()).unwrap();
        Bench { inbox, intake, net }
    }

    /// Waits once, and reads what came.
    fn turn(&mut self) {
        let (net, intake) = (&mut self.net, &mut self.intake);
        tokio::task::block_in_place(|| {
            let mut ready = Vec::new();
            intake.wait(Instant::now() + Duration::from_secs(10), &mut ready).unwrap();
            net.read(&mut ready);
        });
    }

    /// The next thing told to the switch.
    fn next(&mut self) -> Input {
        let until = Instant::now() + Duration::from_secs(10);
        let mut batch = VecDeque::new();
        while batch.is_empty() {
            assert!(Instant::now() < until, "nothing was told");
            self.turn();
            self.intake.take(&mut batch);
        }
        assert_eq!(batch.len(), 1);
        match batch.pop_front() {
            Some(switch::Input::Sip(input)) => input,
            Some(_) | None => panic!("nothing of SIP was told"),
        }
    }
}

fn received(input: Input) -> (Flow, Bytes) {
    match input {
        Input::Received { flow, message } => (flow, message),
        Input::FlowFailed { .. } | Input::Resolved { .. } | Input::Connected { .. } => panic!("{input:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_datagram_comes_in_with_its_flow_and_is_answered_on_it() {
    let mut bench = Bench::new(&[transport(Protocol::Udp)]);
    let server = bench.net.addresses()[0];
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    phone.send_to(b"\r\n\r\n", server).await.unwrap();
    phone.send_to(INVITE.as_bytes(), server).await.unwrap();
    let (flow, message) = received(bench.next());
    assert_eq!(flow, Flow::udp(server, phone.local_addr().unwrap()));
    assert_eq!(message, INVITE.as_bytes());
    bench.net.perform(Output::Send { flow, message: Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n") });
    let mut buffer = [0; 100];
    let (length, from) = phone.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..length], from), (&b"SIP/2.0 200 OK\r\n\r\n"[..], server));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_call_is_refused_where_there_is_no_room() {
    let mut bench = Bench::new(&[transport(Protocol::Udp)]);
    while bench.inbox.post(Class::NewCall, switch::Input::Tick).is_ok() {}
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    phone.send_to(INVITE.as_bytes(), bench.net.addresses()[0]).await.unwrap();
    let mut buffer = [0; 1_000];
    let until = Instant::now() + Duration::from_secs(10);
    let answered = loop {
        assert!(Instant::now() < until, "nothing came back");
        bench.turn();
        if let Ok((length, _)) = phone.try_recv_from(&mut buffer) {
            break length;
        }
    };
    assert!(buffer[..answered].starts_with(b"SIP/2.0 503 "));
    assert_eq!(bench.inbox.len(), CAPACITY / 2);
}

#[test]
fn a_new_call_is_told_from_what_belongs_to_one() {
    assert_eq!(class_of(INVITE.as_bytes()), Class::NewCall);
    let within = INVITE.replace("To: <sip:1000@127.0.0.1>", "t : <sip:1000@127.0.0.1>;Tag=2");
    assert_eq!(class_of(within.as_bytes()), Class::Sip);
    assert_eq!(class_of(INVITE.replace("INVITE", "BYE").as_bytes()), Class::Sip);
}

/// A server that listens by one protocol.
fn listening(protocol: Protocol) -> (Bench, SocketAddr) {
    let bench = Bench::new(&[transport(protocol)]);
    let address = bench.net.addresses()[0];
    (bench, address)
}

fn say(bench: &Bench, flow: Flow, text: &'static str) {
    bench.net.perform(Output::Send { flow, message: Bytes::from_static(text.as_bytes()) });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_framed_answered_and_told_when_it_goes() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    let (first, second) = INVITE.split_at(100);
    phone.write_all(first.as_bytes()).await.unwrap();
    phone.write_all(second.as_bytes()).await.unwrap();
    let (flow, message) = received(bench.next());
    assert_eq!((flow.local, flow.remote), (address, phone.local_addr().unwrap()));
    assert_eq!(message, INVITE.as_bytes());
    say(&bench, flow, "hello");
    let mut buffer = [0; 5];
    phone.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
    phone.write_all(b"\r\n\r\n").await.unwrap();
    phone.read_exact(&mut buffer[..2]).await.unwrap();
    assert_eq!(&buffer[..2], b"\r\n");
    drop(phone);
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
    say(&bench, flow, "late");
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_kept_open_and_closed_where_that_is_wanted() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(INVITE.as_bytes()).await.unwrap();
    let (flow, _) = received(bench.next());
    bench.net.perform(Output::KeepAlive { flow });
    let mut buffer = [0; 4];
    phone.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"\r\n\r\n");
    phone.write_all(b"\r\n").await.unwrap();
    say(&bench, flow, "last words");
    bench.net.perform(Output::Close { flow });
    let mut rest = String::new();
    phone.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "last words");
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
}

#[tokio::test(flavor = "multi_thread")]
async fn outgoing_connections_are_made_once_and_names_are_answered() {
    let mut bench = Bench::new(&[transport(Protocol::Tcp)]);
    let (_theirs, address) = listening(Protocol::Tcp);
    let connect =
        |transport| Output::Connect { attempt: 7, transport, remote: address, name: "h".to_owned() };
    bench.net.perform(connect(sip::Transport::Tcp));
    let Input::Connected { attempt: 7, flow: Some(flow) } = bench.next() else { panic!("not connected") };
    assert_eq!((flow.remote, bench.net.connections()), (address, 1));
    bench.net.perform(connect(sip::Transport::Tcp));
    let Input::Connected { flow: Some(again), .. } = bench.next() else { panic!("not connected") };
    assert_eq!((again, bench.net.connections()), (flow, 1));
    bench.net.perform(connect(sip::Transport::Tls));
    let Input::Connected { flow: None, .. } = bench.next() else { panic!("there is no such transport") };
    bench.net.perform(Output::Resolve { lookup: 3, query: Query::Addresses("127.0.0.1".to_owned()) });
    let Input::Resolved { lookup: 3, found } = bench.next() else { panic!("not looked up") };
    assert_eq!(found, Ok(sip::resolve::Records::Addresses(vec!["127.0.0.1".parse().unwrap()])));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_end_with_the_server_and_say_what_they_had_to_say() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(INVITE.as_bytes()).await.unwrap();
    let (flow, _) = received(bench.next());
    say(&bench, flow, "goodbye");
    drop(bench);
    let mut rest = String::new();
    phone.read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest, "goodbye");
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_and_connections_are_marked() {
    let options = SocketOptions { tos: 0x60, ..SocketOptions::default() };
    let socket = tcp::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let stream = TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
    manner(&transport(Protocol::Tcp), &options).unwrap().settle(&stream);
    assert_eq!(socket2::SockRef::from(&stream).tos_v4().unwrap(), 0x60);
    let bench = Bench::with(&[transport(Protocol::Udp)], options);
    assert_eq!(bench.net.udp[0].type_of_service(), 0x60);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_watches_over_connections_where_that_is_wanted() {
    let second = Duration::from_secs(1);
    let keepalive = Keepalive { idle: 40 * second, interval: 7 * second, probes: 3 };
    let options = SocketOptions { keepalive: Some(keepalive), ..SocketOptions::default() };
    let socket = tcp::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let stream = TcpStream::connect(socket.local_addr().unwrap()).await.unwrap();
    assert!(!socket2::SockRef::from(&stream).keepalive().unwrap());
    manner(&transport(Protocol::Tcp), &options).unwrap().settle(&stream);
    let raw = socket2::SockRef::from(&stream);
    assert!(raw.keepalive().unwrap());
    let found = (raw.tcp_keepalive_time().unwrap(), raw.tcp_keepalive_interval().unwrap());
    assert_eq!((found, raw.tcp_keepalive_retries().unwrap()), ((40 * second, 7 * second), 3));
}

#[test]
fn a_port_in_use_is_one_sentence_with_the_way_out() {
    let error = io::Error::from(io::ErrorKind::AddrInUse);
    let text = sentence("127.0.0.1:5060".parse().unwrap(), "UDP", &error);
    assert!(
        text.starts_with("UDP port 5060 of 127.0.0.1 is in use:") && text.contains("another port"),
        "{text}"
    );
}

#[test]
fn sip_is_told_from_noise() {
    assert!(is_sip(INVITE.as_bytes()) && is_sip(b"SIP/2.0 200 OK\r\n\r\n"));
    assert!(is_sip(b"\r\nOPTIONS sip:a sip/7.0\r\n") && is_sip(b"INVITE sip:a SIP/2.0 \r\n"));
    assert!(!is_sip(b"GET / HTTP/1.1\r\n\r\n") && !is_sip(b"") && !is_sip(&[0; 500]));
    assert!(!is_sip(b"hello\r\nSIP/2.0 200 OK\r\n"));
}
