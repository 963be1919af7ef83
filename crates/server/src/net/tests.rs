use std::collections::VecDeque;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::*;
use crate::inbox::{CAPACITY, Intake, inbox};

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
        let (inbox, intake) = inbox().unwrap();
        let mut net = Net::bind(transports, inbox.clone()).unwrap();
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

async fn tcp() -> (Bench, Arc<tcp::Connections>, SocketAddr) {
    let bench = Bench::new(&[]);
    let connections = Arc::new(tcp::Connections::new(bench.inbox.clone()));
    let listener = tcp::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tcp::accept(connections.clone(), listener));
    (bench, connections, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_framed_answered_and_told_when_it_goes() {
    let (mut bench, connections, address) = tcp().await;
    let mut phone = TcpStream::connect(address).await.unwrap();
    let (first, second) = INVITE.split_at(100);
    phone.write_all(first.as_bytes()).await.unwrap();
    phone.write_all(second.as_bytes()).await.unwrap();
    let (flow, message) = received(bench.next());
    assert_eq!((flow.local, flow.remote), (address, phone.local_addr().unwrap()));
    assert_eq!(message, INVITE.as_bytes());
    assert!(connections.send(flow.connection, Bytes::from_static(b"hello")));
    let mut buffer = [0; 5];
    phone.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
    phone.write_all(b"\r\n\r\n").await.unwrap();
    phone.read_exact(&mut buffer[..2]).await.unwrap();
    assert_eq!(&buffer[..2], b"\r\n");
    drop(phone);
    assert!(matches!(bench.next(), Input::FlowFailed { flow: gone } if gone == flow));
    assert!(!connections.send(flow.connection, Bytes::from_static(b"late")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sip_is_closed() {
    let (mut bench, connections, address) = tcp().await;
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    phone.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    assert!(matches!(bench.next(), Input::FlowFailed { .. }));
    assert_eq!(connections.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_is_closed() {
    let (mut bench, connections, address) = tcp().await;
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(INVITE.as_bytes()).await.unwrap();
    let (flow, _) = received(bench.next());
    let large = Bytes::from(vec![b'x'; 1 << 20]);
    let sent = (0..WRITE_QUEUE + 64).take_while(|_| connections.send(flow.connection, large.clone())).count();
    assert!((WRITE_QUEUE..WRITE_QUEUE + 64).contains(&sent), "{sent}");
    assert_eq!(connections.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_whole_is_closed_in_time() {
    let (_bench, connections, address) = tcp().await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"INVITE sip:1000@127.0.0.1 SIP/2.0\r\n").await.unwrap();
    let begun = tokio::time::Instant::now();
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).await.unwrap();
    assert!(begun.elapsed() <= FIRST_MESSAGE + Duration::from_secs(1));
    assert_eq!(connections.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_may_not_take_all_connections() {
    let (_bench, connections, address) = tcp().await;
    let mut phones = Vec::new();
    for _ in 0..MAX_PER_ADDRESS {
        phones.push(TcpStream::connect(address).await.unwrap());
    }
    let mut one_more = TcpStream::connect(address).await.unwrap();
    let mut rest = Vec::new();
    one_more.read_to_end(&mut rest).await.unwrap();
    assert_eq!(connections.count(), MAX_PER_ADDRESS);
}

#[tokio::test(flavor = "multi_thread")]
async fn outgoing_connections_and_names_are_answered() {
    let mut bench = Bench::new(&[]);
    let (_their_inbox, theirs, address) = tcp().await;
    bench.net.perform(Output::Connect {
        attempt: 7,
        transport: sip::Transport::Tcp,
        remote: address,
        name: "127.0.0.1".to_owned(),
    });
    let Input::Connected { attempt: 7, flow: Some(flow) } = bench.next() else { panic!("not connected") };
    assert_eq!((flow.remote, bench.net.connections()), (address, 1));
    drop(theirs);
    bench.net.perform(Output::Resolve { lookup: 3, query: Query::Addresses("127.0.0.1".to_owned()) });
    let Input::Resolved { lookup: 3, found } = bench.next() else { panic!("not looked up") };
    assert_eq!(found, Ok(Records::Addresses(vec!["127.0.0.1".parse().unwrap()])));
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
