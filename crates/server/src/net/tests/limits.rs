//! Who is slow, silent, loud or many.

use super::*;

fn count_of(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sip_is_closed() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    phone.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    assert!(matches!(bench.next(), Input::FlowFailed { .. }));
    assert_eq!((bench.net.connections(), count_of(&bench.net.counters().unreadable)), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_too_long_closes_its_connection_and_no_other() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut good = TcpStream::connect(address).await.unwrap();
    let mut bad = TcpStream::connect(address).await.unwrap();
    let endless = format!("{}X: {}\r\n", &INVITE[..INVITE.len() - 2], "y".repeat(sip::MAX_MESSAGE));
    // The server may close before it is written whole.
    let _ = bad.write_all(endless.as_bytes()).await;
    assert!(matches!(bench.next(), Input::FlowFailed { .. }));
    let _ = bad.read_to_end(&mut Vec::new()).await;
    good.write_all(INVITE.as_bytes()).await.unwrap();
    received(bench.next());
    assert_eq!((bench.net.connections(), count_of(&bench.net.counters().unreadable)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_many_segments_is_one_message() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.set_nodelay(true).unwrap();
    for octet in INVITE.as_bytes() {
        phone.write_all(&[*octet]).await.unwrap();
    }
    assert_eq!(received(bench.next()).1, INVITE.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_is_closed() {
    let (mut bench, address) = listening(Protocol::Tcp);
    let mut phone = TcpStream::connect(address).await.unwrap();
    phone.write_all(INVITE.as_bytes()).await.unwrap();
    let (flow, _) = received(bench.next());
    let large = Bytes::from(vec![b'x'; 1 << 20]);
    for _ in 0..WRITE_QUEUE + 64 {
        bench.net.perform(Output::Send { flow, message: large.clone() });
    }
    assert_eq!(bench.net.connections(), 0);
    assert_eq!(count_of(&bench.net.counters().slow_readers), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_whole_is_closed_in_time() {
    for said in ["", "INVITE sip:1000@127.0.0.1 SIP/2.0\r\n"] {
        let (bench, address) = listening(Protocol::Tcp);
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(said.as_bytes()).await.unwrap();
        let begun = tokio::time::Instant::now();
        silent.read_to_end(&mut Vec::new()).await.unwrap();
        assert!(begun.elapsed() <= FIRST_MESSAGE + Duration::from_secs(1));
        assert_eq!(bench.net.connections(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_handshake_is_closed_in_time() {
    let certificate = super::tls::Certificate::of("localhost");
    let options = SocketOptions { tls: certificate.tls(), ..SocketOptions::default() };
    let bench = Bench::with(&[transport(Protocol::Tls)], options);
    let mut silent = TcpStream::connect(bench.net.addresses()[0]).await.unwrap();
    silent.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
    let begun = tokio::time::Instant::now();
    silent.read_to_end(&mut Vec::new()).await.unwrap();
    assert!(begun.elapsed() <= HANDSHAKE + Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!((bench.net.connections(), count_of(&bench.net.counters().failed_handshakes)), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_may_not_take_all_connections() {
    let (bench, address) = listening(Protocol::Tcp);
    let mut phones = Vec::new();
    for _ in 0..MAX_PER_ADDRESS {
        phones.push(TcpStream::connect(address).await.unwrap());
    }
    let mut one_more = TcpStream::connect(address).await.unwrap();
    one_more.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!(bench.net.connections(), MAX_PER_ADDRESS);
    assert_eq!(count_of(&bench.net.counters().refused_connections), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_connections_in_all_and_no_more() {
    let bench = Bench::new(&[]);
    let address = |n: usize| std::net::IpAddr::from((n as u32 / 200).to_be_bytes());
    let places: Vec<_> =
        (0..MAX_CONNECTIONS).filter_map(|n| bench.net.connections.admit(address(n), None)).collect();
    assert_eq!(places.len(), MAX_CONNECTIONS);
    assert!(bench.net.connections.admit("192.0.2.1".parse().unwrap(), None).is_none());
    drop(places);
    assert_eq!(bench.net.connections(), 0);
    assert!(bench.net.connections.admit("192.0.2.1".parse().unwrap(), None).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_on_udp_never_reaches_the_switch() {
    let (mut bench, address) = listening(Protocol::Udp);
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    phone.send_to(b"there is no such protocol as this one\r\n", address).await.unwrap();
    phone.send_to(INVITE.as_bytes(), address).await.unwrap();
    assert_eq!(received(bench.next()).1, INVITE.as_bytes());
    let counters = bench.net.counters();
    assert_eq!(count_of(&counters.unreadable), 1);
    let udp = counters.of(sip::Transport::Udp);
    assert_eq!((count_of(&udp.messages_in), count_of(&udp.bytes_in)), (1, INVITE.len() as u64));
}
