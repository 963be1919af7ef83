use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_resolver::Hosts;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::{Record, rdata};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::*;

/// A name server of one small zone on loopback.
struct Server {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

fn zone(name: &str, kind: RecordType) -> Option<Vec<RData>> {
    let at = |name: &str| Name::from_utf8(name).unwrap();
    let found = match (name, kind) {
        ("example.test.", RecordType::NAPTR) => vec![RData::NAPTR(rdata::NAPTR::new(
            10,
            20,
            (*b"s").into(),
            (*b"SIP+D2U").into(),
            Box::default(),
            at("_sip._udp.example.test."),
        ))],
        ("_sip._udp.example.test.", RecordType::SRV) => {
            vec![RData::SRV(rdata::SRV::new(1, 2, 5070, at("host.example.test.")))]
        }
        ("host.example.test.", RecordType::A) => {
            vec![RData::A(rdata::A(Ipv4Addr::new(192, 0, 2, 1)))]
        }
        ("host.example.test.", RecordType::AAAA) => {
            vec![RData::AAAA(rdata::AAAA(Ipv6Addr::LOCALHOST))]
        }
        ("host.example.test." | "example.test.", _) => vec![],
        _ => return None,
    };
    Some(found)
}

async fn server() -> Server {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: socket.local_addr().unwrap(), asked: Arc::default() };
    let asked = server.asked.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            asked.fetch_add(1, Ordering::Relaxed);
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let question = query.queries[0].clone();
            let mut reply = Message::response(query.metadata.id, query.metadata.op_code);
            reply.metadata.message_type = MessageType::Response;
            reply.metadata.recursion_available = true;
            reply.add_query(question.clone());
            match zone(&question.name().to_lowercase().to_utf8(), question.query_type()) {
                Some(found) => {
                    let records = found.into_iter();
                    reply.add_answers(
                        records.map(|data| Record::from_rdata(question.name().clone(), 300, data)),
                    );
                }
                None => reply.metadata.response_code = ResponseCode::NXDomain,
            }
            socket.send_to(&reply.to_vec().unwrap(), from).await.unwrap();
        }
    });
    server
}

fn dns(address: SocketAddr) -> Dns {
    let mut connection = ConnectionConfig::udp();
    connection.port = address.port();
    let name_server = NameServerConfig::new(address.ip(), true, vec![connection]);
    let config = ResolverConfig::from_name_servers(vec![name_server]);
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    set(builder.options_mut());
    Dns { resolver: Some(builder.build().unwrap()), counters: Arc::default() }
}

fn addresses(host: &str) -> Query {
    Query::Addresses(host.to_owned())
}

#[tokio::test]
async fn each_kind_of_record_is_found() {
    let dns = dns(server().await.address);
    let Ok(Records::Naptr(naptr)) = dns.look_up(&Query::Naptr("example.test".to_owned())).await else {
        panic!("no NAPTR")
    };
    assert_eq!((naptr[0].service.as_str(), naptr[0].flags.as_str()), ("SIP+D2U", "s"));
    let Ok(Records::Srv(srv)) = dns.look_up(&Query::Srv(naptr[0].replacement.clone())).await else {
        panic!("no SRV")
    };
    assert_eq!((srv[0].port, srv[0].priority, srv[0].weight), (5070, 1, 2));
    let Ok(Records::Addresses(mut found)) = dns.look_up(&addresses(&srv[0].target)).await else {
        panic!("no address")
    };
    found.sort();
    assert_eq!(found, ["192.0.2.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
}

#[tokio::test]
async fn a_name_that_is_not_there_is_told_from_one_without_such_records() {
    let dns = dns(server().await.address);
    let none = dns.look_up(&Query::Srv("host.example.test".to_owned())).await;
    assert_eq!(none, Ok(Records::Srv(vec![])));
    assert_eq!(dns.look_up(&addresses("gone.example.test")).await, Err(LookupFailure::NoSuchName));
    let none = dns.look_up(&Query::Naptr("gone.example.test".to_owned())).await;
    assert_eq!(none, Err(LookupFailure::NoSuchName));
}

#[tokio::test]
async fn an_answer_is_kept_as_long_as_it_may_be() {
    let server = server().await;
    let dns = dns(server.address);
    let first = dns.look_up(&addresses("host.example.test")).await;
    let asked = server.asked.load(Ordering::Relaxed);
    assert_eq!(dns.look_up(&addresses("host.example.test")).await, first);
    assert_eq!(server.asked.load(Ordering::Relaxed), asked);
}

#[tokio::test]
async fn the_hosts_file_is_read_before_anybody_is_asked() {
    let server = server().await;
    let mut dns = dns(server.address);
    let mut hosts = Hosts::default();
    hosts.read_hosts_conf("192.0.2.77 pbx.example.test pbx\n".as_bytes()).unwrap();
    dns.resolver.as_mut().unwrap().set_hosts(Arc::new(hosts));
    for name in ["pbx.example.test", "pbx"] {
        let found = dns.look_up(&addresses(name)).await;
        assert_eq!(found, Ok(Records::Addresses(vec!["192.0.2.77".parse().unwrap()])), "{name}");
    }
}

#[tokio::test]
async fn an_address_is_its_own_answer() {
    let dns = Dns { resolver: None, counters: Arc::default() };
    for ip in ["192.0.2.1", "2001:db8::1"] {
        let found = dns.look_up(&addresses(ip)).await;
        assert_eq!(found, Ok(Records::Addresses(vec![ip.parse().unwrap()])));
    }
    assert_eq!(dns.look_up(&addresses("host.test")).await, Err(LookupFailure::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn a_dead_name_server_costs_seconds_and_keeps_nobody_waiting() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dns = Arc::new(dns(silent.local_addr().unwrap()));
    let begun = Instant::now();
    let all: Vec<_> = (0..20)
        .map(|n| {
            let dns = dns.clone();
            tokio::spawn(async move { dns.look_up(&addresses(&format!("h{n}.example.test"))).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), Err(LookupFailure::Unavailable));
    }
    assert!(begun.elapsed() <= LOOKUP_TIMEOUT + Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(dns.counters.failed_lookups.load(Ordering::Relaxed), 20);
}
